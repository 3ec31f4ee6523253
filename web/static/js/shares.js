/** Those who share a screen, in their order: the first one's is shown, the others wait. */
import { byId, copyTemplate, part, setText, syncChildren } from "./elements.js";
import { t } from "./i18n.js";
import { nameFor } from "./person-words.js";
import { findParticipant, may } from "./room-state.js";

export class Shares {
  #part = byId("shares", HTMLElement);
  #list = byId("shares-list", HTMLOListElement);
  /** @type {Map<string, HTMLElement>} */ #rows = new Map();

  /** @param {{ onPresent: (id: string) => void }} parts */
  constructor(parts) {
    this.parts = parts;
  }

  /** @param {import("./room-state.js").RoomState} state */
  show(state) {
    const { shares } = state.room;
    this.#part.hidden = shares.length === 0;
    syncChildren(this.#list, this.#rows, shares, (id) => this.#create(id));
    shares.forEach((id, place) => {
      const row = this.#rows.get(id);
      const person = findParticipant(state, id);
      if (row === undefined) return;
      setText(part(row, "name", HTMLElement), person === undefined ? "" : nameFor(person, state.you));
      setText(part(row, "detail", HTMLElement), place === 0 ? t("đang chiếu") : t("đang chờ, thứ {place}", { place }));
      const present = part(row, "present", HTMLButtonElement);
      present.hidden = place === 0 || !may(state, "floor");
      present.setAttribute("aria-label", t("Chiếu trước: {name}", { name: person?.name ?? "" }));
    });
  }

  /** @param {string} id */
  #create(id) {
    const row = copyTemplate("share-template", HTMLLIElement);
    part(row, "present", HTMLButtonElement).addEventListener("click", () => this.parts.onPresent(id));
    return row;
  }
}
