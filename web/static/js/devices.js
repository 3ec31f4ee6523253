/**
 * Microphone, camera and screen: opening them, listing them, and saying in one word what is wrong. No DOM.
 *
 * @typedef {"insecure" | "denied" | "dismissed" | "blocked" | "in_use" | "not_found" | "unsuitable" | "unsupported"
 *   | "failed"} Trouble
 *   `denied`: the browser has it forbidden to this page; `dismissed`: the question was closed without an answer; `blocked`:
 *   the operating system refuses it to the browser; `unsuitable`: it cannot do what was asked of it; `insecure`: the page
 *   did not come over HTTPS, so that browsers give it no devices
 * @typedef {{ id: string, label: string }} Device
 * @typedef {{ microphones: Device[], cameras: Device[], speakers: Device[] }} DeviceLists
 */
import { cameraWishes, microphoneWishes } from "./hall.js";

export class DeviceError extends Error {
  /** @param {Trouble} trouble @param {unknown} [cause] */
  constructor(trouble, cause) {
    super(trouble, { cause });
    this.trouble = trouble;
  }
}

/**
 * The names of W3C mediacapture-main, and older ones that browsers still use.
 * @type {Readonly<Record<string, Trouble>>}
 */
const TROUBLES = {
  NotAllowedError: "denied",
  PermissionDeniedError: "denied",
  SecurityError: "denied",
  NotFoundError: "not_found",
  DevicesNotFoundError: "not_found",
  OverconstrainedError: "unsuitable",
  ConstraintNotSatisfiedError: "unsuitable",
  NotReadableError: "in_use",
  TrackStartError: "in_use",
  AbortError: "in_use",
  NotSupportedError: "unsupported",
};

/**
 * What an error of the browser means. Browsers use one name for three refusals; what they have noted of this page tells
 * them apart: where it may use the device, only the system can have refused, and where it was never answered, nobody did.
 * @param {unknown} error
 * @param {PermissionState | null} noted null: not known
 * @returns {Trouble}
 */
export function explainError(error, noted = null) {
  if (!(error instanceof Error)) return "failed";
  const trouble = TROUBLES[error.name] ?? "failed";
  if (error.name !== "NotAllowedError") return trouble;
  if (noted === "granted" || /system/i.test(error.message)) return "blocked";
  return noted === "prompt" || /dismissed/i.test(error.message) ? "dismissed" : "denied";
}

/** @param {"microphone" | "camera"} source @returns {Promise<PermissionState | null>} */
async function readPermission(source) {
  try {
    const name = /** @type {PermissionName} */ (/** @type {unknown} */ (source)); // TypeScript does not list all names
    return (await navigator.permissions.query({ name })).state;
  } catch {
    return null; // an older Firefox or Safari, which notes nothing that it would tell
  }
}

/** @returns {MediaDevices} */
function mediaDevices() {
  // Outside a secure context `navigator.mediaDevices` does not exist at all.
  if (!globalThis.isSecureContext) throw new DeviceError("insecure");
  if (!navigator.mediaDevices?.getUserMedia) throw new DeviceError("unsupported");
  return navigator.mediaDevices;
}

/**
 * @param {"microphone" | "camera"} source
 * @param {MediaTrackConstraints} wishes
 * @returns {Promise<MediaStreamTrack>}
 */
async function openTrack(source, wishes) {
  const devices = mediaDevices();
  const ask = async (/** @type {MediaTrackConstraints | true} */ wish) =>
    (await devices.getUserMedia(source === "microphone" ? { audio: wish } : { video: wish })).getTracks()[0];
  try {
    const track = await ask(wishes).catch((error) => {
      if (explainError(error) !== "unsuitable") throw error;
      return ask(true); // better another picture or sound than none
    });
    if (track === undefined) throw new DeviceError("failed");
    return track;
  } catch (error) {
    if (error instanceof DeviceError) throw error;
    throw new DeviceError(explainError(error, await readPermission(source)), error);
  }
}

/**
 * @param {string | null} id the wished device; another one is taken when it is not there
 * @param {boolean} [hall] it is the mixer of a hall
 */
export function openMicrophone(id, hall = false) {
  return openTrack("microphone", microphoneWishes(id, hall));
}

/**
 * @param {string | null} id the wished device; another one is taken when it is not there
 * @param {boolean} [hall] it is the video mixer of a hall
 */
export async function openCamera(id, hall = false) {
  const track = await openTrack("camera", cameraWishes(id, hall));
  track.contentHint = "motion";
  return track;
}

/** Whether this browser can share its screen; phones cannot. */
export function canShareScreen() {
  return globalThis.isSecureContext && typeof navigator.mediaDevices?.getDisplayMedia === "function";
}

/** The screen, window or tab that the person picks; null when they pick none. */
export async function openScreen() {
  try {
    const stream = await mediaDevices().getDisplayMedia({ video: { frameRate: { ideal: 8, max: 15 } }, audio: false });
    const track = stream.getVideoTracks()[0] ?? null;
    if (track !== null) track.contentHint = "detail"; // text must stay sharp; it may stutter
    return track;
  } catch (error) {
    const trouble = error instanceof DeviceError ? error.trouble : explainError(error);
    if (trouble === "denied") return null;
    throw error instanceof DeviceError ? error : new DeviceError(trouble, error);
  }
}

/**
 * The devices that the browser tells of: none where it gives none. Before a permission was given they have no names, or
 * are not listed.
 */
export async function listDevices() {
  /** @type {DeviceLists} */
  const lists = { microphones: [], cameras: [], speakers: [] };
  for (const { kind, deviceId, label } of (await navigator.mediaDevices?.enumerateDevices()) ?? []) {
    if (deviceId === "") continue;
    const list = { audioinput: lists.microphones, videoinput: lists.cameras, audiooutput: lists.speakers }[kind];
    list.push({ id: deviceId, label });
  }
  return lists;
}

/** @param {() => void} call when a device was plugged in or out */
export function onDeviceChange(call) {
  navigator.mediaDevices?.addEventListener("devicechange", call);
}
