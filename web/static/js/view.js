/**
 * What I want to receive: from what the page shows, and from what a weak link or a second device in the same room gives
 * up. Pure.
 *
 * @typedef {import("./wire.js").View} View
 * @typedef {import("./wire.js").Wanted} Wanted
 * @typedef {Wanted & { source: "camera" | "screen" }} Shown  so many pixels of the screen high
 */
import { VIEW_LIMIT } from "./wire.js";

/** Heights are told in these steps, so that a window that is drawn larger does not ask anew with each pixel. */
const STEP = 30;
/** Under this height nobody is recognised; a picture that is not shown at all has none. */
const LEAST = 30;

/** @param {number} height of an element, in CSS pixels @param {number} density of the screen */
export function pixelsOf(height, density) {
  const pixels = Math.round((height * density) / STEP) * STEP;
  return pixels < LEAST ? 0 : Math.min(pixels, 4320);
}

/**
 * @param {readonly Shown[]} shown most important first
 * @param {import("./weak.js").Plan} plan
 * @param {boolean} companion the sound of the room comes from another device
 * @returns {View}
 */
export function composeView(shown, plan, companion) {
  const wanted = shown.filter(({ source, height }) => height > 0 && (source === "screen" ? plan.screen : plan.cameras));
  const tracks = wanted.slice(0, VIEW_LIMIT).map(({ track, height }) => ({ track, height }));
  return { type: "view", tracks, audio: !companion, limit: plan.limit };
}

/** @param {View | null} a @param {View} b */
export function sameView(a, b) {
  if (a === null || a.audio !== b.audio || a.limit !== b.limit || a.tracks.length !== b.tracks.length) return false;
  return a.tracks.every(({ track, height }, index) => {
    const other = b.tracks[index];
    return track === other?.track && height === other.height;
  });
}
