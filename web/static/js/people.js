/** The list of people; what can be done with each stands in the menu on their row. */
import { byId, copyTemplate, part, setIcon, setText, syncChildren } from "./elements.js";
import { t } from "./i18n.js";
import { describePerson, nameFor } from "./person-words.js";
import { findTrack, isOperator, listPresent, may } from "./room-state.js";
import { rove } from "./roving.js";
import { fillSound } from "./tile.js";

/** @typedef {import("./room-state.js").RoomState} RoomState */
/** @typedef {import("./wire.js").Participant} Participant */

export class People {
  #list = byId("people-list", HTMLUListElement);
  #count = byId("people-count", HTMLElement);
  #muteAll = byId("mute-all", HTMLButtonElement);
  /** @type {Map<string, HTMLElement>} */ #rows = new Map();

  /** @param {{ onMenu: (id: string, anchor: HTMLElement, key: string) => void, onMuteAll: () => void }} parts */
  constructor(parts) {
    this.parts = parts;
    this.#muteAll.addEventListener("click", parts.onMuteAll);
    rove(this.#list, "[data-part=menu]");
  }

  /** @param {RoomState} state */
  show(state) {
    const { participants, you } = state;
    setText(this.#count, String(listPresent(state).length));
    const audible = participants.some(({ id, muted, role }) => !muted && id !== you && !isOperator(role));
    this.#muteAll.hidden = !may(state, "mute");
    this.#muteAll.disabled = !audible;
    syncChildren(
      this.#list,
      this.#rows,
      participants.map(({ id }) => id),
      (id) => this.#create(id),
    );
    for (const person of participants) {
      const row = this.#rows.get(person.id);
      if (row !== undefined) fillRow(row, person, state);
    }
  }

  /** @param {string} id */
  #create(id) {
    const row = copyTemplate("person-template", HTMLLIElement);
    const menu = part(row, "menu", HTMLButtonElement);
    menu.addEventListener("click", () => this.parts.onMenu(id, menu, id));
    return row;
  }
}

/** @param {HTMLElement} row @param {Participant} person @param {RoomState} state */
function fillRow(row, person, state) {
  const { name, names } = person;
  setText(part(row, "name", HTMLElement), nameFor(person, state.you));
  const detail = part(row, "detail", HTMLElement);
  setText(detail, describePerson(person));
  detail.title = names.join(", ");
  row.classList.toggle("is-away", !person.connected);
  fillSound(row, person, state.speaking.includes(person.id));
  const hasCamera = findTrack(person, "camera") !== undefined;
  const camera = part(row, "camera", HTMLElement);
  setIcon(camera, hasCamera ? "video" : "video-off");
  setText(part(camera, "camera-text", HTMLElement), hasCamera ? t("có hình") : t("không có hình"));
  const menu = part(row, "menu", HTMLButtonElement);
  menu.hidden = person.role === "projection";
  menu.setAttribute("aria-label", t("Thao tác với {name}", { name }));
}
