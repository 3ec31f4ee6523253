/** What waits, so that tests can wait without time passing.
 *
 * @typedef {{ now(): number, set(call: () => void, ms: number): unknown, clear(timer: unknown): void }} Clock
 */

/** @type {Clock} */
export const systemClock = {
  now: () => Date.now(),
  set: (call, ms) => setTimeout(call, ms),
  clear: (timer) => clearTimeout(/** @type {number} */ (timer)),
};
