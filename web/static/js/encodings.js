/**
 * In how many sizes, at what rate and with what care each of my sources is sent. Pure.
 *
 * A camera is sent in three layers, so that the server can give each viewer the one that they show and can take; saving
 * switches layers off and lowers rates in place (`setParameters`), which needs no new offer.
 *
 * @typedef {import("./wire.js").Source} Source
 * @typedef {import("./weak.js").Camera} Camera
 * @typedef {{ own: Camera, thrifty: boolean }} Saving
 * @typedef {RTCRtpSendParameters & { degradationPreference?: string }} Parameters  not all browsers know the preference
 */

/** The layers from the smallest: a quarter, half and all of 1280 × 720. */
const LAYERS = [
  { rid: "l", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: "m", scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: "h", scaleResolutionDownBy: 1, maxBitrate: 1_500_000 },
];
/** The smallest layer while saving: a face that moves still fits. */
const SMALL = { maxBitrate: 100_000, maxFramerate: 10 };
/** How many layers are sent. @type {Record<Camera, number>} */
const SENT = { full: 3, half: 2, small: 1, off: 0 };

/** A shared screen keeps every letter and moves seldom. */
const SCREEN = { maxBitrate: 1_500_000, maxFramerate: 8 };
const THRIFTY_SCREEN = { maxBitrate: 250_000, maxFramerate: 2 };

/** Sound leaves before pictures. @type {{ priority: RTCPriorityType }} */
const SOUND = { priority: "high" };
/** Opus in one channel: what speech needs, and what is still understood when lost packets must be mended too. */
const SOUND_RATE = 32_000;
const THRIFTY_SOUND_RATE = 20_000;

/**
 * The encodings with which a source begins.
 * @param {Source} source
 * @param {Saving} saving
 * @returns {RTCRtpEncodingParameters[]}
 */
export function beginEncodings(source, saving) {
  const encodings = source === "camera" ? LAYERS.map((layer) => ({ ...layer })) : [{}];
  return saveOn(source, /** @type {Parameters} */ ({ encodings }), saving).encodings;
}

/**
 * The parameters of a sender as `saving` wants them.
 * @param {Source} source
 * @param {Parameters} parameters those it has
 * @param {Saving} saving
 * @returns {Parameters}
 */
export function saveOn(source, parameters, { own, thrifty }) {
  const encodings = parameters.encodings.map((encoding, place) => {
    if (source === "microphone") return { ...encoding, ...SOUND, maxBitrate: thrifty ? THRIFTY_SOUND_RATE : SOUND_RATE };
    if (source === "screen") return { ...encoding, ...(thrifty ? THRIFTY_SCREEN : SCREEN) };
    return saveLayer(encoding, place, own);
  });
  // Text must stay sharp and may stutter; a face may blur and must not freeze.
  if (source === "screen") return { ...parameters, encodings, degradationPreference: "maintain-resolution" };
  return { ...parameters, encodings };
}

/** @param {RTCRtpEncodingParameters} encoding @param {number} place @param {Camera} own @returns {RTCRtpEncodingParameters} */
function saveLayer(encoding, place, own) {
  const layer = LAYERS.find(({ rid }) => rid === encoding.rid) ?? LAYERS[place];
  const { maxFramerate: _, ...rest } = encoding;
  const small = own === "small" && place === 0;
  return { ...rest, ...(layer && { maxBitrate: layer.maxBitrate }), ...(small && SMALL), active: place < SENT[own] };
}
