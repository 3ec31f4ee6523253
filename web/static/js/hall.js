/**
 * How a microphone and a camera are asked for: by one person at a computer, or by a hall, whose mixer and HDMI capture give
 * sound and picture that were prepared already. There the browser's own processing is off: it would cut the quiet
 * speakers, pump the loud ones and take the hall's sound for an echo. One channel either way: with two, browsers leave echo
 * cancellation out without a word, and speech needs one. Pure.
 */

/**
 * @param {string | null} id the wished device
 * @param {boolean} hall
 * @returns {MediaTrackConstraints}
 */
export function microphoneWishes(id, hall) {
  const processing = !hall;
  return {
    ...wishDevice(id),
    echoCancellation: processing,
    noiseSuppression: processing,
    autoGainControl: processing,
    channelCount: 1,
  };
}

/**
 * 720 lines, from which the smaller layers are made.
 * @param {string | null} id the wished device
 * @param {boolean} hall a capture card gives its picture in steps of its own
 * @returns {MediaTrackConstraints}
 */
export function cameraWishes(id, hall) {
  const frameRate = hall ? { ideal: 25, max: 30 } : { ideal: 20, max: 30 };
  return { ...wishDevice(id), width: { ideal: 1280 }, height: { ideal: 720 }, frameRate };
}

/** @param {string | null} id */
function wishDevice(id) {
  return id === null ? {} : { deviceId: id };
}

/** Words by which mixers and capture cards are called in the lists of devices. */
const EQUIPMENT = /hdmi|capture|cam ?link|blackmagic|decklink|magewell|atem|line[ -]?in|mixer|usb audio codec|behringer|yamaha/i;

/**
 * The devices that look like a hall's.
 * @param {import("./devices.js").Device[]} devices
 */
export function findEquipment(devices) {
  return devices.filter(({ label }) => EQUIPMENT.test(label));
}
