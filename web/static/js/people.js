/** The list of people with their hands, and the chair's tools on each. */
import { byId, copyTemplate, part, setIcon, setText, syncChildren } from "./elements.js";
import { t } from "./i18n.js";
import { queueHands } from "./room-state.js";
import { fillSound } from "./tiles.js";

/** @typedef {import("./room-state.js").RoomState} RoomState */
/** @typedef {import("./wire.js").Participant} Participant */

export class People {
  #list = byId("people-list", HTMLUListElement);
  #hands = byId("hands", HTMLElement);
  #handsList = byId("hands-list", HTMLOListElement);
  #count = byId("people-count", HTMLElement);
  /** @type {Map<string, HTMLElement>} */ #rows = new Map();
  /** @type {Map<string, HTMLElement>} */ #queue = new Map();

  /** @param {{ onMute: (id: string) => void, onRemove: (id: string) => void }} parts */
  constructor(parts) {
    this.parts = parts;
  }

  /** @param {RoomState} state */
  show(state) {
    const { participants } = state;
    setText(this.#count, String(participants.length));
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
    const hands = queueHands(state);
    this.#hands.hidden = hands.length === 0;
    syncChildren(
      this.#handsList,
      this.#queue,
      hands.map(({ id }) => id),
      () => document.createElement("li"),
    );
    for (const { id, name } of hands) {
      const row = this.#queue.get(id);
      if (row !== undefined) setText(row, name);
    }
  }

  /** @param {string} id */
  #create(id) {
    const row = copyTemplate("person-template", HTMLLIElement);
    part(row, "mute", HTMLButtonElement).addEventListener("click", () => this.parts.onMute(id));
    part(row, "remove", HTMLButtonElement).addEventListener("click", () => this.parts.onRemove(id));
    return row;
  }
}

/** @param {HTMLElement} row @param {Participant} person @param {RoomState} state */
function fillRow(row, person, state) {
  const { name } = person;
  const mine = person.id === state.you;
  setText(part(row, "name", HTMLElement), mine ? t("{name} (bạn)", { name }) : name);
  const words = [nameRole(person.role), person.detail, person.connected ? "" : t("đang mất kết nối")];
  setText(part(row, "detail", HTMLElement), [...new Set(words.filter(Boolean))].join(" · "));
  row.classList.toggle("is-away", !person.connected);
  fillSound(row, person, state.speaking.includes(person.id));
  const hasCamera = person.tracks.some(({ source }) => source === "camera");
  const camera = part(row, "camera", HTMLElement);
  setIcon(camera, hasCamera ? "video" : "video-off");
  setText(part(camera, "camera-text", HTMLElement), hasCamera ? t("có hình") : t("không có hình"));
  fillTools(row, person, state);
}

/** @param {HTMLElement} row @param {Participant} person @param {RoomState} state */
function fillTools(row, person, { you, may }) {
  const { name } = person;
  const mute = part(row, "mute", HTMLButtonElement);
  const remove = part(row, "remove", HTMLButtonElement);
  mute.hidden = !may.includes("mute") || person.muted;
  remove.hidden = !may.includes("remove") || person.role === "chair";
  mute.setAttribute("aria-label", t("Tắt micro: {name}", { name }));
  remove.setAttribute("aria-label", t("Mời ra: {name}", { name }));
  part(row, "tools", HTMLElement).hidden = person.id === you || (mute.hidden && remove.hidden);
}

/** @param {import("./wire.js").RoomRole} role */
function nameRole(role) {
  switch (role) {
    case "chair":
      return t("Chủ trì");
    case "secretary":
      return t("Thư ký");
    case "technician":
      return t("Kỹ thuật");
    case "observer":
      return t("Quan sát");
    case "guest":
      return t("Khách mời");
    case "delegate":
    case "site":
      return "";
  }
}
