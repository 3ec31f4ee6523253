/**
 * Where on the grid of the calendar a pointer is, and which time that means. No DOM: numbers in, numbers out.
 *
 * Times are wall times in the province, `2026-11-25T08:00`; the grid counts quarters of an hour from its first hour.
 */

export const QUARTER = 15; // minutes
const DAY = 24 * 60;

/** @typedef {{ day: string, left: number, right: number }} Column */
/** @typedef {{ top: number, height: number, quarters: number, first: number }} Grid */

/** The minutes after midnight of a wall time. @param {string} wall */
export function minutesOf(wall) {
  const [hours, minutes] = wall.slice(11).split(":").map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}

/** `08:05` of minutes after midnight. @param {number} minutes */
export function clockOf(minutes) {
  const pad = (/** @type {number} */ part) => String(part).padStart(2, "0");
  return `${pad(Math.floor(minutes / 60) % 24)}:${pad(minutes % 60)}`;
}

/** How many minutes there are between two wall times. @param {string} from @param {string} to */
export function minutesBetween(from, to) {
  return (Date.parse(`${to}Z`) - Date.parse(`${from}Z`)) / 60_000;
}

/** A wall time some minutes later. @param {string} wall @param {number} minutes */
export function addMinutes(wall, minutes) {
  return new Date(Date.parse(`${wall}Z`) + minutes * 60_000).toISOString().slice(0, 16);
}

/** `25/11/2026` of a wall time. @param {string} wall */
export function dateOf(wall) {
  return wall.slice(0, 10).split("-").reverse().join("/");
}

/**
 * The column under a point, or the nearest one.
 * @param {Column[]} columns from left to right @param {number} x
 */
export function columnAt(columns, x) {
  return columns.find(({ right }) => x < right) ?? columns.at(-1) ?? null;
}

/**
 * The start of a meeting whose upper edge is at `y`, to the quarter, so that its start stays on the grid.
 * @param {Grid} grid @param {number} y @param {string} day @param {number} minutes how long it is
 */
export function startAt(grid, y, day, minutes) {
  const quarter = Math.round(((y - grid.top) / grid.height) * grid.quarters);
  const last = grid.first * 60 + grid.quarters * QUARTER - Math.min(minutes, grid.quarters * QUARTER);
  const start = Math.min(Math.max(grid.first * 60 + quarter * QUARTER, grid.first * 60), last, DAY - QUARTER);
  return `${day}T${clockOf(start)}`;
}

/**
 * The stretch of a free gap that a click at `share` of its width picks: from the half hour there, at most two hours long.
 * @param {{ row: number, length: number, first: number, share: number }} gap in quarters
 * @returns {{ from: number, to: number, start: number, span: number }} minutes after midnight; quarters of the gap
 */
export function pickStretch({ row, length, first, share }) {
  const inGap = Math.min(Math.floor((Math.max(0, Math.min(share, 0.999)) * length) / 2) * 2, Math.max(length - 2, 0));
  const aligned = inGap - (inGap > 0 ? (row + inGap) % 2 : 0);
  const span = Math.min(8, length - aligned);
  const from = first * 60 + (row + aligned) * QUARTER;
  return { from, to: from + span * QUARTER, start: aligned, span };
}

/** The address of a booking, with another stretch of time. @param {string} url @param {number} from @param {number} to */
export function bookingUrl(url, from, to) {
  const [path, query] = url.split("?");
  const values = new URLSearchParams(query);
  values.set("from", clockOf(from));
  values.set("to", clockOf(to));
  return `${path}?${values}`;
}
