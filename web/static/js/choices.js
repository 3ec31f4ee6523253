/** What the person chose on this device: which microphone, camera and speaker, and whether to come in with them. */

/**
 * @typedef {{ microphone: string | null, camera: string | null, speaker: string | null, withMicrophone: boolean,
 *   withCamera: boolean, layout: "auto" | "grid" | "speaker", letters: boolean }} Choices
 *   `letters`: single letters are shortcuts
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
};

/** @param {Pick<Storage, "getItem">} storage @returns {Choices} */
export function loadChoices(storage) {
  const kept = storage.getItem(KEY);
  return { ...DEFAULTS, ...(kept === null ? {} : JSON.parse(kept)) };
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
