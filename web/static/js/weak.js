/**
 * "Mạng yếu": what is given up, in which order, while a link is weak. Pure; `now` is milliseconds of one clock.
 *
 * The order is that of what a meeting can do without: first the others' cameras, then the shared screen, which is kept
 * for as long as possible, then my own camera, first made small and then off. My own sound is never given up.
 *
 * By itself the rule goes one step at a time: further down soon, as long as the link is not good enough for the step it
 * is on, and back up slowly. A step back that proves wrong makes it wait longer before the next.
 *
 * @typedef {import("./wire.js").Quality} Quality
 * @typedef {0 | 1 | 2 | 3 | 4} Step
 * @typedef {"full" | "half" | "small" | "off"} Camera  how much of my own camera is sent
 * @typedef {{ cameras: boolean, screen: boolean, limit: number | null, own: Camera, thrifty: boolean }} Plan
 *   `cameras`: of the others; `limit`: bit/s to receive; `thrifty`: sound and screen of mine at their lowest rate
 * @typedef {{ chosen: boolean, step: Step, since: number, way: number, wayFrom: number, patience: number,
 *   steady: number, rest: number }} Weak
 *   `chosen` by the person; `step` since `since`; the link has asked for more saving (`way` 1) or for less (-1) since
 *   `wayFrom`; `patience`: how long it must ask for less; `steady`: when a step was last taken back; until `rest` nothing
 *   is given up, because the person said so
 */

/** What each step keeps. @type {readonly Plan[]} */
export const PLANS = [
  { cameras: true, screen: true, limit: null, own: "full", thrifty: false },
  { cameras: false, screen: true, limit: null, own: "half", thrifty: false },
  { cameras: false, screen: true, limit: 400_000, own: "small", thrifty: true },
  { cameras: false, screen: false, limit: 150_000, own: "small", thrifty: true },
  { cameras: false, screen: false, limit: 150_000, own: "off", thrifty: true },
];

/** The step of a person who switched it on. */
const CHOSEN = 2;
/** Where a link of each quality is at rest. @type {Record<Quality, number>} */
const GOALS = { good: 0, weak: 2, bad: 4 };
/** How long a step must have had its effect before the next: the window in which the link is judged, and a little. */
const WORSE_AFTER = 5000;
const BETTER_AFTER = 10_000;
const LONGEST = 240_000;
/** A step back that is followed by another one down within this time was wrong. */
const WRONG_WITHIN = 60_000;
/** How long the rule keeps still after the person switched it off. */
const REST = 300_000;

/** @param {boolean} chosen @param {number} now @returns {Weak} */
export function beginWeak(chosen, now) {
  const step = chosen ? CHOSEN : 0;
  return { chosen, step, since: now, way: 0, wayFrom: now, patience: BETTER_AFTER, steady: -Infinity, rest: -Infinity };
}

/**
 * The person switches it on, or off: then everything comes at once, and the rule rests for a while.
 * @param {Weak} weak @param {boolean} on @param {number} now @returns {Weak}
 */
export function chooseWeak(weak, on, now) {
  const begun = beginWeak(on, now);
  if (!on) return { ...begun, rest: now + REST };
  return { ...begun, step: /** @type {Step} */ (Math.max(weak.step, CHOSEN)) };
}

/**
 * What follows from the quality of the link; to be asked every few seconds.
 * @param {Weak} weak @param {Quality | null} quality null: not known @param {number} now @returns {Weak}
 */
export function followLink(weak, quality, now) {
  if (quality === null || now < weak.rest) return { ...weak, way: 0, wayFrom: now };
  const goal = Math.max(GOALS[quality], weak.chosen ? CHOSEN : 0);
  const way = Math.sign(goal - weak.step);
  const wayFrom = way === weak.way ? weak.wayFrom : now;
  const held = now - Math.max(wayFrom, weak.since);
  if (way > 0 && held >= WORSE_AFTER) return goDown(weak, now);
  if (way < 0 && held >= weak.patience) return goUp(weak, now);
  return { ...weak, way, wayFrom };
}

/** @param {Weak} weak @param {number} now @returns {Weak} */
function goDown(weak, now) {
  const wrong = now - weak.steady < WRONG_WITHIN;
  const patience = wrong ? Math.min(LONGEST, weak.patience * 2) : weak.patience;
  return { ...weak, step: /** @type {Step} */ (weak.step + 1), since: now, patience };
}

/** @param {Weak} weak @param {number} now @returns {Weak} */
function goUp(weak, now) {
  // A step back that held makes it trust the link again.
  const trusted = weak.steady === weak.since;
  const patience = trusted ? BETTER_AFTER : weak.patience;
  return { ...weak, step: /** @type {Step} */ (weak.step - 1), since: now, steady: now, patience };
}

/** @param {Weak} weak @returns {Plan} */
export function planOf(weak) {
  return /** @type {Plan} */ (PLANS[weak.step]);
}

/** Whether anything is given up. @param {Weak} weak */
export function isSaving(weak) {
  return weak.step > 0;
}
