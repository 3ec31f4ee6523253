/** The keyboard: single letters, the space bar to talk, and `?` for the list. */
import { isDialogOpen } from "./dialogs.js";

/**
 * @typedef {"microphone" | "camera" | "screen" | "hand" | "layout" | "people" | "chat" | "agenda" | "papers" | "captions"
 *   | "fullscreen" | "pip" | "page_back" | "page_next"} Letter
 */

/**
 * By the place of the key, so that an input method for Vietnamese does not change it.
 * @type {Readonly<Record<string, Letter>>}
 */
const LETTERS = {
  KeyM: "microphone",
  KeyV: "camera",
  KeyS: "screen",
  KeyH: "hand",
  KeyG: "layout",
  KeyP: "people",
  KeyC: "chat",
  KeyA: "agenda",
  KeyD: "papers",
  KeyT: "captions",
  KeyF: "fullscreen",
  KeyI: "pip",
  PageUp: "page_back",
  PageDown: "page_next",
};

/**
 * @param {{ useLetters: () => boolean, onLetter: (letter: Letter) => void, onTalk: (on: boolean) => void,
 *   onHelp: () => void }} parts `onTalk`: the space bar went down or up
 */
export function listenToKeys({ useLetters, onLetter, onTalk, onHelp }) {
  let talking = false;
  const stop = () => {
    if (talking) onTalk(false);
    talking = false;
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (isDialogOpen() || isTyping(event.target)) return;
    if (event.key === "?") return onHelp();
    if (!useLetters()) return;
    if (event.code === "Space") {
      if (isPressable(event.target)) return;
      event.preventDefault();
      if (!event.repeat) {
        talking = true;
        onTalk(true);
      }
      return;
    }
    const letter = LETTERS[event.code];
    if (letter === undefined || event.repeat || event.shiftKey || scrolls(event)) return;
    event.preventDefault();
    onLetter(letter);
  });
  document.addEventListener("keyup", (event) => {
    if (event.code === "Space") stop();
  });
  addEventListener("blur", stop); // the key may come up over another window
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=checkbox]), textarea, select"))
  );
}

/** The space bar presses what has the focus. @param {EventTarget | null} target */
function isPressable(target) {
  return target instanceof HTMLElement && target.matches("button, a, summary, input, select, [role=tab]");
}

/** Page Up and Page Down belong to what is being read. @param {KeyboardEvent} event */
function scrolls({ code, target }) {
  return code.startsWith("Page") && target instanceof Element && target.closest(".panel, .paper-view") !== null;
}
