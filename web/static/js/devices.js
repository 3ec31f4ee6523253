/**
 * Microphone, camera and screen: opening them, listing them, and saying in one word what is wrong. No DOM.
 *
 * @typedef {"insecure" | "denied" | "blocked" | "in_use" | "not_found" | "unsupported" | "failed"} Trouble
 *   `denied`: the person or the browser refused; `blocked`: the operating system did; `insecure`: the page did not come
 *   over HTTPS, so that browsers give it no devices
 * @typedef {{ id: string, label: string }} Device
 * @typedef {{ microphones: Device[], cameras: Device[], speakers: Device[] }} DeviceLists
 */

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
  OverconstrainedError: "not_found",
  NotReadableError: "in_use",
  TrackStartError: "in_use",
  AbortError: "in_use",
  NotSupportedError: "unsupported",
};

/**
 * What an error of the browser means.
 * @param {unknown} error
 * @returns {Trouble}
 */
export function explainError(error) {
  if (!(error instanceof Error)) return "failed";
  if (error.name === "NotAllowedError" && /system/i.test(error.message)) return "blocked";
  return TROUBLES[error.name] ?? "failed";
}

/** @returns {MediaDevices} */
function mediaDevices() {
  // Outside a secure context `navigator.mediaDevices` does not exist at all.
  if (!globalThis.isSecureContext) throw new DeviceError("insecure");
  if (!navigator.mediaDevices?.getUserMedia) throw new DeviceError("unsupported");
  return navigator.mediaDevices;
}

/**
 * @param {MediaStreamConstraints} constraints for one track
 * @returns {Promise<MediaStreamTrack>}
 */
async function openTrack(constraints) {
  const devices = mediaDevices();
  try {
    const [track] = (await devices.getUserMedia(constraints)).getTracks();
    if (track === undefined) throw new DeviceError("failed");
    return track;
  } catch (error) {
    throw error instanceof DeviceError ? error : new DeviceError(explainError(error), error);
  }
}

/**
 * One channel, because echo cancellation does not work on two.
 * @param {string | null} id the wished device; another one is taken when it is not there
 */
export function openMicrophone(id) {
  return openTrack({
    audio: {
      ...(id === null ? {} : { deviceId: id }),
      echoCancellation: true,
      noiseSuppression: true,
      autoGainControl: true,
      channelCount: 1,
    },
  });
}

/** @param {string | null} id the wished device; another one is taken when it is not there */
export async function openCamera(id) {
  const track = await openTrack({
    video: {
      ...(id === null ? {} : { deviceId: id }),
      width: { ideal: 960 },
      height: { ideal: 540 },
      frameRate: { ideal: 20, max: 30 },
    },
  });
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

/** The device a track comes from. @param {MediaStreamTrack} track */
export function deviceOf(track) {
  return track.getSettings().deviceId ?? null;
}
