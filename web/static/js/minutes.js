/** Entry of the page of a meeting's minutes. */
import { byId, pageValue } from "./elements.js";
import { readCatalogue } from "./i18n.js";
import { readTalk } from "./minutes-dress.js";
import { openEditing } from "./minutes-editing.js";
import { fitAll } from "./minutes-form.js";
import { openOutline } from "./minutes-outline.js";
import { openPlayer } from "./minutes-player.js";
import { followWork } from "./minutes-work.js";

readCatalogue(document);
const page = byId("minutes", HTMLElement);
const base = pageValue(page, "base");
const form = document.getElementById("paper");
const desk = document.getElementById("desk");

readTalk(document.getElementById("talk"));
const saver = form instanceof HTMLFormElement ? openEditing(page, form) : null;

if (desk instanceof HTMLElement) {
  openOutline(desk);
  openSwitcher(desk);
  const sound = document.getElementById("sound");
  const talk = document.getElementById("talk");
  if (sound instanceof HTMLAudioElement && talk instanceof HTMLElement) openPlayer(sound, talk, desk);
}
if (pageValue(page, "follows") === "true" && pageValue(page, "settled") === "false") followProgress();

/** On a narrow screen one of paper, transcript and outline is shown. @param {HTMLElement} desk */
function openSwitcher(desk) {
  const buttons = [...document.querySelectorAll("[data-show]")].filter((found) => found instanceof HTMLButtonElement);
  for (const button of buttons) {
    button.addEventListener("click", () => {
      desk.dataset["view"] = button.dataset["show"] ?? "paper";
      for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
      fitAll(desk);
    });
  }
}

function followProgress() {
  const shown = [pageValue(page, "version"), pageValue(page, "revision"), pageValue(page, "state")].join(" ");
  followWork(`${base}/progress`, (work, settled) => {
    const now = [work.version, work.revision, work.state].join(" ");
    const own = saver !== null && saver.revision === work.revision; // what is newer is what was typed here
    if (saver?.unsaved) return;
    if (settled || (now !== shown && !own)) location.reload();
  });
}
