/** The part "Lặp lại" of the booking form: shows what the chosen rule needs, and the days it makes while one types. */

const WAIT_MS = 300;
const HEEDED = /^(starts_|ends_|repeat|wish-|day-|from-|to-|hall_id|chair_id|unit|site-)/;

const form = /** @type {HTMLFormElement} */ (document.getElementById("booking"));
const repeat = /** @type {HTMLSelectElement | null} */ (document.getElementById("repeat"));
const preview = document.getElementById("series-preview");

let waiting = 0;
let asked = 0;

/** Fields that the chosen rule does not use are out of the way; those with a fault stay. */
function showParts() {
  if (!repeat) return;
  const end = new FormData(form).get("repeat_end");
  for (const part of form.querySelectorAll("[data-repeat]")) {
    const wanted = (part.getAttribute("data-repeat") ?? "").split(" ").includes(repeat.value);
    part.toggleAttribute("hidden", !wanted && !part.querySelector("[aria-invalid]"));
  }
  for (const part of form.querySelectorAll("[data-repeat-end]")) {
    part.toggleAttribute("hidden", part.getAttribute("data-repeat-end") !== end && !part.querySelector("[aria-invalid]"));
  }
}

async function loadPreview() {
  if (!preview || !repeat) return;
  const turn = ++asked;
  if (repeat.value === "none") {
    preview.textContent = "";
    return;
  }
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
  try {
    const answer = await fetch("/series/preview", { method: "POST", body });
    const text = await answer.text();
    if (answer.ok && turn === asked) putPreview(text);
  } catch {
    // Without a connection the days stay as they were; the button "Xem các buổi" and saving ask again.
    for (const button of form.querySelectorAll("[data-no-script]")) button.removeAttribute("hidden");
  }
}

/** @param {string} text */
function putPreview(text) {
  if (!preview) return;
  const active = document.activeElement;
  const name = preview.contains(active) ? active?.getAttribute("name") : null;
  const top = preview.querySelector(".preview-days")?.scrollTop ?? 0;
  preview.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
  const list = preview.querySelector(".preview-days");
  if (list) list.scrollTop = top;
  if (name) /** @type {HTMLElement | null} */ (preview.querySelector(`[name="${CSS.escape(name)}"]`))?.focus();
}

function schedule() {
  clearTimeout(waiting);
  waiting = window.setTimeout(loadPreview, WAIT_MS);
}

if (repeat) {
  for (const button of form.querySelectorAll("[data-no-script]")) button.setAttribute("hidden", "");
  for (const kind of ["change", "input"]) {
    form.addEventListener(kind, (event) => {
      const name = event.target instanceof Element ? (event.target.getAttribute("name") ?? "") : "";
      if (!HEEDED.test(name)) return;
      if (kind === "change") showParts();
      if (kind === "change" || name.startsWith("repeat_")) schedule();
    });
  }
  form.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest('[value^="units_"]')) schedule();
  });
  showParts();
}
