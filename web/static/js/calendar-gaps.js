/** Free stretches of the rows: where a click lies is when the booking begins; what it would take is shown under the pointer. */
import { bookingUrl, clockOf, pickStretch } from "./calendar-places.js";

/** @param {Document} document */
export function watchGaps(document) {
  document.addEventListener("pointermove", (event) => {
    const gap = gapAt(event);
    if (gap === null || event.pointerType === "touch") return void clearMarks(document);
    mark(document, gap.link, gap.picked);
  });
  document.addEventListener("click", (event) => {
    const gap = gapAt(event);
    if (gap === null || event.detail === 0) return; // from the keyboard: the whole stretch, as the link says
    event.preventDefault();
    location.assign(bookingUrl(gap.link.href, gap.picked.from, gap.picked.to));
  });
}

/** @param {MouseEvent} event */
function gapAt(event) {
  const link = event.target instanceof Element ? event.target.closest(".gap a") : null;
  const rows = link?.closest(".rows");
  if (!(link instanceof HTMLAnchorElement) || !(rows instanceof HTMLElement)) return null;
  const box = link.getBoundingClientRect();
  const picked = pickStretch({
    row: Number(link.dataset["from"]),
    length: Number(link.dataset["length"]),
    first: Number(rows.dataset["first"]),
    share: (event.clientX - box.left) / box.width,
  });
  return { link, picked };
}

/** @param {Document} document */
function clearMarks(document) {
  for (const old of document.querySelectorAll(".gap-mark")) old.remove();
}

/** @param {Document} document @param {HTMLAnchorElement} link @param {{ from: number, to: number, start: number, span: number }} picked */
function mark(document, link, { from, to, start, span }) {
  let sign = link.querySelector(".gap-mark");
  if (!(sign instanceof HTMLElement)) {
    clearMarks(document);
    sign = document.createElement("span");
    sign.className = "gap-mark";
    sign.setAttribute("aria-hidden", "true");
    link.append(sign);
  }
  if (!(sign instanceof HTMLElement)) return;
  const length = Number(link.dataset["length"]);
  sign.style.left = `${(start / length) * 100}%`;
  sign.style.width = `${(span / length) * 100}%`;
  sign.textContent = `${clockOf(from)}–${clockOf(to)}`;
}
