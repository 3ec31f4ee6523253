/** The order of a resumable upload: which piece comes next, how long to wait after a fault, what is said. No DOM. */

export const PIECE = 8 * 1024 * 1024;
const FIRST_WAIT = 1000; // ms
const LONGEST_WAIT = 30_000;

/** The next piece of a file of which `offset` bytes are there; null when all are. @param {number} offset @param {number} size */
export function nextPiece(offset, size) {
  return offset >= size ? null : { start: offset, end: Math.min(size, offset + PIECE) };
}

/** How long to wait before the next try. @param {number} faults in a row, at least one */
export function waitAfter(faults) {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (faults - 1));
}

/**
 * What to do after an answer: `on` with the next piece, `look` how much is there, `stop` for good.
 * @param {number} status of the answer; 0 when none came
 */
export function judgeAnswer(status) {
  if (status === 204) return "on";
  if (status === 0 || status === 409 || status === 429 || (status >= 500 && status !== 507)) return "look";
  return "stop";
}

/** When the next file of the same recorder begins, where the length of this one is known. @param {string} time HH:MM @param {number} seconds */
export function followingTime(time, seconds) {
  const found = /^(\d{1,2}):(\d{2})$/.exec(time);
  if (!found || !Number.isFinite(seconds)) return time;
  const minutes = (Number(found[1]) * 60 + Number(found[2]) + Math.round(seconds / 60)) % 1440;
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
