/**
 * What a statement on the paper shows beside its words, from what is kept with it: whether it is struck, which of its
 * sentences were heard badly, where it plays from, and under which name the transcript has its speaker.
 */
import { clockLength, t } from "./i18n.js";
import { part, setText } from "./elements.js";

/**
 * @typedef {{ id: number, text: string, speaker: string, start: number, at: string, suspect: string }} Heard
 * @typedef {{ starts_at?: string | null, segments?: number[], suspect?: string, struck?: boolean }} Kept
 */

/** @type {Map<number, Heard>} */
const heard = new Map();

/** Read the transcript of the page. @param {HTMLElement | null} talk */
export function readTalk(talk) {
  for (const line of talk?.querySelectorAll("li[data-segment]") ?? []) {
    if (!(line instanceof HTMLElement) || !line.dataset["segment"]) continue;
    const { segment, speaker = "", start, at = "", suspect = "" } = line.dataset;
    const text = line.querySelector(".talk-text")?.textContent ?? "";
    const id = Number(segment);
    heard.set(id, { id, text, speaker, start: start === undefined ? NaN : Number(start), at, suspect });
  }
}

/** The sentences of the transcript that an entry was taken from. @param {HTMLElement} item @returns {Heard[]} */
export function heardIn(item) {
  return (readKept(item).segments ?? []).flatMap((id) => heard.get(id) ?? []);
}

/** @param {HTMLElement} item @returns {Kept} */
export function readKept(item) {
  return JSON.parse(item.dataset["kept"] ?? "{}");
}

/** @param {HTMLElement} item @param {Kept} change `struck: false` leaves it out, as the minutes do */
export function changeKept(item, change) {
  const { struck, ...kept } = { ...readKept(item), ...change };
  item.dataset["kept"] = JSON.stringify(struck ? { ...kept, struck } : kept);
  dress(item);
}

/** Make a statement look like what it is. @param {HTMLElement} item */
export function dress(item) {
  const kept = readKept(item);
  const sentences = heardIn(item);
  item.dataset["segments"] = (kept.segments ?? []).join(" ");
  item.classList.toggle("is-struck", kept.struck === true);
  const text = part(item, "text", HTMLTextAreaElement);
  text.readOnly = kept.struck === true;
  part(item, "speaker", HTMLTextAreaElement).readOnly = kept.struck === true;
  text.classList.toggle("in-suspect", Boolean(kept.suspect) && !kept.struck);
  part(item, "struck-note", HTMLElement).hidden = !kept.struck;
  part(item, "tools", HTMLElement).hidden = kept.struck === true;
  const play = part(item, "play", HTMLButtonElement);
  const start = sentences.find((each) => !Number.isNaN(each.start))?.start;
  if (start !== undefined) play.dataset["play"] = String(start);
  play.hidden = play.dataset["play"] === undefined;
  showOrigin(item, sentences);
  showDoubts(item, kept, sentences);
}

/** The raw transcript keeps the site's name. @param {HTMLElement} item @param {Heard[]} sentences */
function showOrigin(item, sentences) {
  const speakers = [...new Set(sentences.map((each) => each.speaker))].filter((name) => name !== "");
  const shown = part(item, "speaker", HTMLTextAreaElement).value;
  const note = part(item, "origin", HTMLElement);
  note.hidden = speakers.length === 0 || (speakers.length === 1 && speakers[0] === shown);
  setText(note, note.hidden ? "" : t("Bản gỡ băng: {names}", { names: speakers.join(", ") }));
}

/** @param {HTMLElement} item @param {Kept} kept @param {Heard[]} sentences */
function showDoubts(item, kept, sentences) {
  const box = part(item, "doubts", HTMLElement);
  box.hidden = !kept.suspect || kept.struck === true;
  if (box.hidden) return;
  const list = part(item, "doubt-list", HTMLElement);
  const doubtful = sentences.filter((each) => each.suspect !== "");
  if (doubtful.length === 0) return; // the template's own words stand there
  list.replaceChildren(...doubtful.map((each) => {
    const line = document.createElement("li");
    const words = t("“{text}” ({reason})", { text: shorten(each.text), reason: each.suspect });
    if (Number.isNaN(each.start)) line.textContent = words;
    else {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "paper-link paper-hear";
      button.dataset["play"] = String(each.start);
      button.textContent = t("Nghe {time}", { time: clockLength(each.start * 1000) });
      line.append(button, ` ${words}`);
    }
    return line;
  }));
}

/** @param {string} text */
function shorten(text) {
  return text.length > 90 ? `${text.slice(0, 88)}…` : text;
}
