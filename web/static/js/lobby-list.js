/** Those who wait at the door, for whoever may let them in: the mark in the head, a sound, the list. */
import { Chime } from "./chime.js";
import { byId, copyTemplate, part, setText, syncChildren } from "./elements.js";
import { clockTime, t } from "./i18n.js";

/** @typedef {import("./wire.js").Waiting} Waiting */

export class LobbyList {
  #mark = byId("lobby-open", HTMLButtonElement);
  #part = byId("lobby", HTMLElement);
  #list = byId("lobby-list", HTMLUListElement);
  #all = byId("admit-all", HTMLButtonElement);
  /** @type {Map<string, HTMLElement>} */ #rows = new Map();
  /** @type {Set<string>} */ #known = new Set();
  #chime = new Chime();

  /**
   * @param {{ onAdmit: (id: string | null) => void, onRefuse: (id: string) => void, onOpen: () => void }} parts
   *   `onAdmit`: let this one in, or all; `onOpen`: show me the list
   */
  constructor(parts) {
    this.parts = parts;
    this.#all.addEventListener("click", () => parts.onAdmit(null));
    this.#mark.addEventListener("click", () => {
      parts.onOpen();
      this.#list.querySelector("button")?.focus();
    });
  }

  /** @param {Waiting[]} people */
  show(people) {
    this.#mark.hidden = this.#part.hidden = people.length === 0;
    setText(part(this.#mark, "text", HTMLElement), t("{count} người đang chờ", { count: people.length }));
    setText(byId("lobby-count", HTMLElement), String(people.length));
    this.#all.hidden = people.length < 2;
    const ids = people.map(({ id }) => id);
    syncChildren(this.#list, this.#rows, ids, (id) => this.#create(id));
    for (const person of people) {
      const row = this.#rows.get(person.id);
      if (row !== undefined) fillWaiting(row, person);
    }
    if (ids.some((id) => !this.#known.has(id))) this.#chime.ring();
    this.#known = new Set(ids);
  }

  /** @param {string} id */
  #create(id) {
    const row = copyTemplate("waiting-template", HTMLLIElement);
    part(row, "admit", HTMLButtonElement).addEventListener("click", () => this.parts.onAdmit(id));
    part(row, "refuse", HTMLButtonElement).addEventListener("click", () => this.parts.onRefuse(id));
    return row;
  }
}

/** @param {HTMLElement} row @param {Waiting} person */
function fillWaiting(row, { name, detail, since }) {
  setText(part(row, "name", HTMLElement), name);
  const words = [detail, t("chờ từ {time}", { time: clockTime(since) })];
  setText(part(row, "detail", HTMLElement), words.filter(Boolean).join(" · "));
  part(row, "admit", HTMLButtonElement).setAttribute("aria-label", t("Cho vào: {name}", { name }));
  part(row, "refuse", HTMLButtonElement).setAttribute("aria-label", t("Từ chối: {name}", { name }));
}
