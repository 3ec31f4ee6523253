/** What is wrong with a device, in a sentence, and step by step what to press: the same in the lobby and in the room. */
import { listSteps } from "./device-help.js";
import { explainTrouble } from "./device-words.js";
import { setText } from "./elements.js";
import { readPlatform } from "./platform.js";

/** @typedef {import("./devices.js").Trouble} Trouble */

/**
 * @param {HTMLElement} text where the sentence stands
 * @param {HTMLElement} steps a list
 * @param {"microphone" | "camera"} source
 * @param {Trouble} trouble
 */
export function showTrouble(text, steps, source, trouble) {
  setText(text, explainTrouble(source, trouble));
  showSteps(steps, listSteps(source, trouble, readPlatform(navigator)));
}

/** For a microphone that is on and gives nothing. @param {HTMLElement} steps a list @param {boolean} silent */
export function showSilence(steps, silent) {
  const platform = readPlatform(navigator);
  showSteps(steps, silent ? listSteps("microphone", "silent", platform) : []);
}

/** @param {HTMLElement} list @param {string[]} steps */
function showSteps(list, steps) {
  list.hidden = steps.length === 0;
  const text = steps.join("\n");
  if (list.dataset["shown"] === text) return; // a screen reader would read it again
  list.dataset["shown"] = text;
  list.replaceChildren(
    ...steps.map((step) => {
      const item = document.createElement("li");
      item.textContent = step;
      return item;
    }),
  );
}
