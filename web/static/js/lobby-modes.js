/** What this device is in the meeting: of one person, of a hall, or a second one in a room; and "Mạng yếu". All is kept. */
import { saveChoices } from "./choices.js";
import { byId } from "./elements.js";

/** @typedef {"person" | "hall" | "companion"} Mode */

/** @param {import("./choices.js").Choices} choices @returns {Mode} */
function modeOf({ hall, companion }) {
  return companion ? "companion" : hall ? "hall" : "person";
}

/**
 * @param {import("./choices.js").Choices} choices
 * @param {(mode: Mode) => void} onMode called at once, and whenever another is chosen
 */
export function wireModes(choices, onMode) {
  const weak = byId("weak", HTMLInputElement);
  weak.checked = choices.weak;
  weak.addEventListener("change", () => saveChoices(localStorage, { weak: weak.checked }));
  for (const mode of /** @type {Mode[]} */ (["person", "hall", "companion"])) {
    const button = byId(`mode-${mode}`, HTMLInputElement);
    button.checked = modeOf(choices) === mode;
    button.addEventListener("change", () => {
      saveChoices(localStorage, { hall: mode === "hall", companion: mode === "companion" });
      onMode(mode);
    });
  }
  onMode(modeOf(choices));
}
