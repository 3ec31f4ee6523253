/** The sound and the words: what is heard is lit, what is clicked is heard, the space bar plays and stops. */

import { copyTemplate } from "./elements.js";

/** @typedef {{ start: number, end: number, element: HTMLElement }} Line seconds from the beginning */

const TYPING = "input, textarea, select, [contenteditable]";
const OWN_SPACE = "button, a, summary, audio, [role=button]";
const HEARS = ".talk-line, .paper-play, .paper-hear";
const ROUNDING = 0.02; // seconds: a player that is sent to 13.02 may say that it is at 13.0199
const FOLLOW_AGAIN = 5000; // ms after the reader scrolled by hand

/**
 * The line under a moment: the last that began, unless it is over for good.
 * @param {readonly { start: number, end: number }[]} lines by their start
 * @param {number} at seconds
 * @returns {number} its index, or -1
 */
export function lineAt(lines, at) {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.start ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  const last = lines[low - 1];
  return last !== undefined && at < last.end + 0.5 ? low - 1 : -1;
}

/** @param {HTMLElement} list the transcript @returns {Line[]} */
function readLines(list) {
  const lines = [...list.children].filter((item) => item instanceof HTMLElement).map((element) => ({
    start: Number(element.dataset["start"]),
    end: Number(element.dataset["end"]),
    element,
  }));
  return lines.sort((one, other) => one.start - other.start);
}

/**
 * @param {HTMLAudioElement} sound
 * @param {HTMLElement} list the transcript's lines
 * @param {HTMLElement} paper
 */
export function openPlayer(sound, list, paper) {
  const lines = readLines(list);
  let lit = -1;
  let scrolledAt = -FOLLOW_AGAIN;
  list.addEventListener("wheel", () => (scrolledAt = performance.now()), { passive: true });
  list.addEventListener("touchmove", () => (scrolledAt = performance.now()), { passive: true });

  const follow = () => {
    const now = lineAt(lines, sound.currentTime + ROUNDING);
    if (now === lit) return;
    light(paper, lines[lit], false);
    light(paper, lines[now], true);
    lit = now;
    const element = lines[now]?.element;
    if (element && performance.now() - scrolledAt > FOLLOW_AGAIN) reveal(list, element);
  };
  sound.addEventListener("timeupdate", follow);
  sound.addEventListener("seeked", follow);

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest(HEARS) : null;
    if (!(button instanceof HTMLElement)) return;
    const item = button.closest("[data-start]");
    const at = button.dataset["play"] ?? (item instanceof HTMLElement ? item.dataset["start"] : undefined);
    if (at !== undefined) playFrom(sound, Number(at));
  });
  offerPlaying(lines, paper);
  handleSpace(sound);
  openAt(sound, list);
}

/** On the paper that is read, each paragraph of what was said gets a button to hear it. @param {Line[]} lines @param {ParentNode} paper */
function offerPlaying(lines, paper) {
  const starts = new Map(lines.map((line) => [line.element.dataset["segment"], line.start]));
  for (const paragraph of paper.querySelectorAll("article.paper .paper-text[data-segments]")) {
    const first = paragraph.getAttribute("data-segments")?.split(" ").find((id) => starts.has(id));
    if (first === undefined) continue;
    const button = copyTemplate("hear", HTMLButtonElement);
    button.dataset["play"] = String(starts.get(first));
    paragraph.prepend(button);
  }
}

/** An address that ends in `#segment-12` stands at that sentence. @param {HTMLAudioElement} sound @param {HTMLElement} list */
function openAt(sound, list) {
  const line = location.hash.startsWith("#segment-") ? document.getElementById(location.hash.slice(1)) : null;
  if (line === null || !list.contains(line)) return;
  const button = document.querySelector('[data-show="transcript"]');
  if (button instanceof HTMLButtonElement) button.click();
  sound.currentTime = Math.max(0, Number(line.dataset["start"]));
  reveal(list, line);
  line.querySelector("button")?.focus({ preventScroll: true });
}

/** @param {HTMLAudioElement} sound @param {number} at seconds */
function playFrom(sound, at) {
  sound.currentTime = Math.max(0, at);
  void sound.play().catch(() => undefined); // the browser says in the player itself what it cannot play
}

/** @param {ParentNode} paper @param {Line | undefined} line @param {boolean} on */
function light(paper, line, on) {
  if (line === undefined) return;
  const said = paper.querySelectorAll(`[data-segments~="${line.element.dataset["segment"] || "none"}"]`);
  for (const element of [line.element, ...said]) element.classList.toggle("is-heard", on);
  if (on) line.element.setAttribute("aria-current", "true");
  else line.element.removeAttribute("aria-current");
}

/** Scroll the list, and only it, so that the line is in its middle. @param {HTMLElement} list @param {HTMLElement} line */
function reveal(list, line) {
  const place = line.getBoundingClientRect();
  const frame = list.getBoundingClientRect();
  const [top, bottom] = [Math.max(frame.top, 0), Math.min(frame.bottom, innerHeight)]; // what of it is on the screen
  if (place.top >= top + 40 && place.bottom <= bottom - 40) return;
  list.scrollTop += place.top - top - (bottom - top) / 3;
}

/** Space plays and stops, but types a blank where text is typed; there it is Ctrl and space. @param {HTMLAudioElement} sound */
function handleSpace(sound) {
  let swallow = false;
  document.addEventListener("keydown", (event) => {
    if (event.code !== "Space" || event.altKey || event.metaKey || event.shiftKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (target.closest(TYPING) !== null && !event.ctrlKey) return;
    if (target.closest(OWN_SPACE) !== null && target.closest(HEARS) === null && !event.ctrlKey) return;
    event.preventDefault();
    swallow = true; // a button would be pressed when the key comes up
    if (event.repeat) return;
    if (sound.paused) void sound.play().catch(() => undefined);
    else sound.pause();
  });
  document.addEventListener("keyup", (event) => {
    if (event.code !== "Space" || !swallow) return;
    swallow = false;
    event.preventDefault();
  });
}
