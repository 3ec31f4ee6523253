/**
 * Dragging a meeting on the grid, with a mouse at once, with a finger after holding it for a moment (a swipe scrolls).
 * Where it is dropped is sent by calendar-move.js; until the server agrees it has not moved.
 */
import { dropMeeting } from "./calendar-move.js";
import { addMinutes, clockOf, columnAt, minutesBetween, minutesOf, startAt } from "./calendar-places.js";

const HOLD = 350; // ms that a finger rests before it holds a meeting
const SLACK = 6; // px that a hand trembles

/**
 * @typedef {object} Held
 * @property {HTMLElement} card
 * @property {number} pointer
 * @property {number} x where it was taken
 * @property {number} y
 * @property {number} grip from its upper edge to the pointer
 * @property {number} minutes
 * @property {boolean} moving
 * @property {string} start where it is now
 */

/** @type {Held | null} */
let held = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let resting;

/** @param {Document} document */
export function followPointer(document) {
  document.addEventListener("pointerdown", take);
  document.addEventListener("pointermove", carry);
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", () => release());
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") release();
  });
  // While a meeting is held by a finger the page must not scroll under it.
  document.addEventListener("touchmove", (event) => held?.moving && event.preventDefault(), { passive: false });
  document.addEventListener("dragstart", (event) => {
    if (event.target instanceof Element && event.target.closest(".event[data-slug]")) event.preventDefault();
  });
}

/** @param {PointerEvent} event */
function take(event) {
  const card = event.target instanceof Element ? event.target.closest(".event[data-slug]") : null;
  if (!(card instanceof HTMLElement) || event.button !== 0 || gridOf(card) === null) return;
  const { start, end } = card.dataset;
  if (start === undefined || end === undefined) return;
  held = {
    card,
    pointer: event.pointerId,
    x: event.clientX,
    y: event.clientY,
    grip: event.clientY - card.getBoundingClientRect().top,
    minutes: minutesBetween(start, end),
    moving: false,
    start,
  };
  if (event.pointerType !== "mouse") resting = setTimeout(lift, HOLD);
}

/** The grid of hours under a card; `null` where the week is a list. @param {HTMLElement} card */
function gridOf(card) {
  const days = card.closest(".days");
  const slots = card.closest(".slots");
  if (!(days instanceof HTMLElement) || !(slots instanceof HTMLElement)) return null;
  if (getComputedStyle(slots).display !== "grid") return null;
  const box = slots.getBoundingClientRect();
  return { top: box.top, height: box.height, quarters: Number(days.dataset["quarters"]), first: Number(days.dataset["first"]) };
}

function lift() {
  if (held === null) return;
  held.moving = true;
  held.card.classList.add("is-held");
}

/** @param {PointerEvent} event */
function carry(event) {
  if (held === null || event.pointerId !== held.pointer) return;
  const far = Math.hypot(event.clientX - held.x, event.clientY - held.y) > SLACK;
  if (!held.moving && far && event.pointerType === "mouse") lift();
  else if (!held.moving && far) return release(); // it scrolls
  if (!held.moving) return;
  const grid = gridOf(held.card);
  const column = columnAt(columnsOf(held.card), event.clientX);
  if (grid === null || column === null) return;
  const start = startAt(grid, event.clientY - held.grip, column.day, held.minutes);
  if (start !== held.start) show(held, grid, start);
}

/** @param {HTMLElement} card */
function columnsOf(card) {
  return [...(card.closest(".days")?.querySelectorAll(".day-column") ?? [])].flatMap((column) => {
    if (!(column instanceof HTMLElement)) return [];
    const { left, right } = column.getBoundingClientRect();
    return [{ day: column.dataset["day"] ?? "", left, right }];
  });
}

/** @param {Held} one @param {{ top: number, height: number, quarters: number, first: number }} grid @param {string} start */
function show(one, grid, start) {
  one.start = start;
  one.card.style.transform = "";
  const own = one.card.getBoundingClientRect();
  const column = columnsOf(one.card).find(({ day }) => start.startsWith(day));
  const home = columnsOf(one.card).find(({ day }) => one.card.closest(`[data-day="${day}"]`));
  if (column === undefined || home === undefined) return;
  const y = grid.top + ((minutesOf(start) / 60 - grid.first) / (grid.quarters / 4)) * grid.height;
  one.card.style.transform = `translate(${column.left - home.left}px, ${y - own.top}px)`;
  writeTime(one.card, start, addMinutes(start, one.minutes));
}

/** @param {HTMLElement} card @param {string} start @param {string} end */
function writeTime(card, start, end) {
  const [from, until] = [card.querySelector(".event-from"), card.querySelector(".event-until")];
  if (from !== null) from.textContent = clockOf(minutesOf(start));
  if (until !== null) until.textContent = `–${clockOf(minutesOf(end))}`;
}

/** @param {PointerEvent} event */
function drop(event) {
  if (held === null || event.pointerId !== held.pointer) return;
  const { card, moving, start, minutes } = held;
  clearTimeout(resting);
  held = null;
  card.classList.remove("is-held");
  if (!moving) return;
  // The click that ends a drag opens no page.
  card.addEventListener("click", (click) => click.preventDefault(), { capture: true, once: true });
  setTimeout(() => card.dispatchEvent(new Event("click", { cancelable: true })));
  if (start === card.dataset["start"]) return putBack(card);
  void dropMeeting(card, start, addMinutes(start, minutes), () => putBack(card));
}

function release() {
  clearTimeout(resting);
  if (held?.moving) {
    held.card.classList.remove("is-held");
    putBack(held.card);
  }
  held = null;
}

/** @param {HTMLElement} card */
function putBack(card) {
  card.style.transform = "";
  writeTime(card, card.dataset["start"] ?? "", card.dataset["end"] ?? "");
}
