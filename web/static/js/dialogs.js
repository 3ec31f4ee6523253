/** Questions that are asked before something is done. */
import { byId, setText } from "./elements.js";

/**
 * Ask, and tell whether the answer was yes.
 * @param {{ title: string, text: string, yes: string }} words
 * @returns {Promise<boolean>}
 */
export async function askConfirmation({ title, text, yes }) {
  setText(byId("confirm-title", HTMLElement), title);
  setText(byId("confirm-text", HTMLElement), text);
  setText(byId("confirm-yes", HTMLButtonElement), yes);
  return (await openDialog("confirm")) === "yes";
}

/**
 * Open a dialog and wait for it to close.
 * @param {string} id
 * @returns {Promise<string>} the value of the button, "" when it was closed otherwise
 */
export function openDialog(id) {
  const dialog = byId(id, HTMLDialogElement);
  if (dialog.open) return Promise.resolve("");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
  });
}

/** Whether a dialog is in front of everything. */
export function isDialogOpen() {
  return document.querySelector("dialog[open]") !== null;
}
