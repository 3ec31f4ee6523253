/**
 * How good the way to the server is before anything is sent: a few small questions, one after another. It shows a dead, slow
 * or limping link; what it can carry is measured by the connection test. No DOM.
 *
 * @typedef {import("./wire.js").Quality} Quality
 * @typedef {{ quality: Quality | null, trip: number | null }} Probe
 *   `trip`: there and back, in milliseconds; `quality` is null where nothing answers
 */

/** The first question also opens the connection and does not count. */
const QUESTIONS = 5;
/** Longer than this counts as no answer, in milliseconds. */
export const PATIENCE = 4000;
/** From where on a link is weak, and bad, in milliseconds there and back. */
const [WEAK, BAD] = [400, 1200];

/**
 * @param {() => Promise<boolean>} ask one question; whether it was answered
 * @param {() => number} now milliseconds
 * @returns {Promise<Probe>}
 */
export async function probe(ask, now) {
  /** @type {number[]} */
  const trips = [];
  let missing = 0;
  for (let question = 0; question < QUESTIONS; question += 1) {
    const asked = now();
    if (!(await ask())) missing += 1;
    else if (question > 0) trips.push(now() - asked);
    if (missing > 1) break; // no need to wait for all of them
  }
  if (trips.length === 0) return { quality: null, trip: null };
  const trip = trips.sort((a, b) => a - b)[Math.floor(trips.length / 2)] ?? 0;
  return { quality: rate(trip, missing), trip };
}

/** @param {number} trip @param {number} missing @returns {Quality} */
function rate(trip, missing) {
  if (trip >= BAD) return "bad";
  return trip >= WEAK || missing > 0 ? "weak" : "good";
}

/** Ask the server for something small. @param {string} url @returns {Promise<boolean>} */
export async function askServer(url) {
  try {
    const answer = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false; // no network, or no answer in time
  }
}
