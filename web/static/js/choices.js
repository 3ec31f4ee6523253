/** What the person chose on this device: which microphone, camera and speaker, and whether to come in with them. */

/**
 * @typedef {{ microphone: string | null, camera: string | null, speaker: string | null, withMicrophone: boolean,
 *   withCamera: boolean, layout: "auto" | "grid" | "speaker", letters: boolean,
 *   captions: boolean, captionSize: string, weak: boolean, companion: boolean, hall: boolean }} Choices
 *   `weak`: "Mạng yếu" was switched on; `companion`: this is a second device in a room; `hall`: microphone and camera are a
 *   hall's; `letters`: single letters are shortcuts; `captionSize`: "0" (as other text) to "2"
 */

const KEY = "giaoban.choices";

/** @type {Choices} */
const DEFAULTS = {
  microphone: null,
  camera: null,
  speaker: null,
  withMicrophone: true,
  withCamera: true,
  layout: "auto",
  letters: true,
  captions: false,
  captionSize: "1",
  weak: false,
  companion: false,
  hall: false,
};

/**
 * What was kept; the defaults for what was not, or is no longer readable.
 * @param {Pick<Storage, "getItem">} storage
 * @returns {Choices}
 */
export function loadChoices(storage) {
  const kept = parse(storage.getItem(KEY));
  const names = /** @type {(keyof Choices)[]} */ (Object.keys(DEFAULTS));
  return /** @type {Choices} */ (
    Object.fromEntries(names.map((name) => [name, isLike(name, kept[name]) ? kept[name] : DEFAULTS[name]]))
  );
}

/** @param {string | null} text @returns {Record<string, unknown>} */
function parse(text) {
  try {
    const value = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** @param {keyof Choices} name @param {unknown} value */
function isLike(name, value) {
  if (name === "captionSize") return value === "0" || value === "1" || value === "2";
  if (name === "layout") return value === "auto" || value === "grid" || value === "speaker";
  if (DEFAULTS[name] === null) return value === null || typeof value === "string";
  return typeof value === typeof DEFAULTS[name];
}

/**
 * @param {Pick<Storage, "getItem" | "setItem">} storage
 * @param {Partial<Choices>} changes
 * @returns {Choices}
 */
export function saveChoices(storage, changes) {
  const choices = { ...loadChoices(storage), ...changes };
  storage.setItem(KEY, JSON.stringify(choices));
  return choices;
}
