/** The agenda: the item under discussion with its clock above the stage, and the list beside it. */
import { byId, copyTemplate, part, setIcon, setText, syncChildren } from "./elements.js";
import { nameOver, steadyClock } from "./floor-words.js";
import { t } from "./i18n.js";
import { findDiscussed } from "./room-state.js";

/** @typedef {import("./room-state.js").RoomState} RoomState */

/** Above the stage, for everybody. */
export class ItemView {
  #box = byId("item", HTMLElement);
  /** `item_since` of the item whose end of time was told, or had passed before I came. */
  #told = "";
  /** `item_since` of the item that was shown last. */
  #shown = "";

  /** @param {{ onNews: (news: import("./news.js").News) => void }} parts */
  constructor(parts) {
    this.parts = parts;
  }

  /** @param {RoomState} state @param {number} now by our clock */
  tick(state, now) {
    const discussed = findDiscussed(state, now);
    this.#box.hidden = discussed === null;
    if (discussed === null) return;
    const { place, count, title, presenter, spent, minutes, over } = discussed;
    setText(part(this.#box, "place", HTMLElement), t("Mục {place}/{count}", { place: place + 1, count }));
    setText(part(this.#box, "title", HTMLElement), title);
    setText(part(this.#box, "presenter", HTMLElement), presenter);
    const clock = steadyClock(spent);
    const words = minutes === null ? clock : t("{clock} / {minutes} phút", { clock, minutes });
    setText(part(this.#box, "clock", HTMLElement), words);
    part(this.#box, "over", HTMLElement).hidden = over <= 0;
    setText(part(this.#box, "over-text", HTMLElement), nameOver(over));
    this.#tellOver(state.room.item_since ?? "", discussed);
  }

  /** Once for each item, and not where its time was over when I came. */
  /** @param {string} since @param {import("./room-state.js").Discussed} discussed */
  #tellOver(since, { over, place, count }) {
    const first = this.#shown !== since;
    this.#shown = since;
    if (over <= 0 || this.#told === since) return;
    this.#told = since;
    if (first) return;
    const text = t("Mục {place}/{count} đã hết thời gian dự kiến.", { place: place + 1, count });
    this.parts.onNews({ text, urgent: false, shown: false });
  }
}

/** In the panel; those who may open the meeting choose here what is under discussion. */
export class AgendaView {
  #list = byId("agenda-list", HTMLOListElement);
  #empty = byId("agenda-empty", HTMLElement);
  #hint = byId("agenda-hint", HTMLElement);
  #next = byId("agenda-next", HTMLButtonElement);
  /** @type {Map<string, HTMLElement>} */ #rows = new Map();
  /** @type {RoomState | null} */ #state = null;

  /** @param {{ onItem: (item: number | null) => void }} parts `onItem`: take up this item, or none */
  constructor(parts) {
    this.parts = parts;
    this.#next.addEventListener("click", () => {
      if (this.#state !== null) parts.onItem(nextItem(this.#state.room));
    });
  }

  /** @param {RoomState} state */
  show(state) {
    this.#state = state;
    const { room, may } = state;
    const chooses = may.includes("start") && room.agenda.length > 0;
    this.#empty.hidden = room.agenda.length > 0;
    this.#hint.hidden = !chooses || room.phase !== "waiting";
    const next = nextItem(room);
    this.#next.hidden = !chooses || room.phase !== "in_session" || room.agenda.length < 2;
    this.#next.disabled = next === null;
    setText(part(this.#next, "text", HTMLElement), room.item === null ? t("Vào mục đầu tiên") : t("Mục tiếp theo"));
    syncChildren(this.#list, this.#rows, Object.keys(room.agenda), (key) => this.#create(Number(key)));
    room.agenda.forEach((item, place) => {
      const row = this.#rows.get(String(place));
      if (row !== undefined) fillRow(row, item, room.item === place, chooses && room.phase === "in_session");
    });
  }

  /** @param {number} place */
  #create(place) {
    const row = copyTemplate("agenda-template", HTMLLIElement);
    part(row, "choose", HTMLButtonElement).addEventListener("click", () => {
      this.parts.onItem(this.#state?.room.item === place ? null : place);
    });
    return row;
  }
}

/** @param {import("./wire.js").RoomFacts} room @returns {number | null} the first while there is none */
export function nextItem({ item, agenda }) {
  const next = item === null ? 0 : item + 1;
  return next < agenda.length ? next : null;
}

/** @param {HTMLElement} row @param {import("./wire.js").AgendaItem} item @param {boolean} now @param {boolean} may */
function fillRow(row, { title, presenter, minutes }, now, may) {
  setText(part(row, "title", HTMLElement), title);
  const words = [presenter, minutes === null ? "" : t("{minutes} phút", { minutes })];
  setText(part(row, "detail", HTMLElement), words.filter(Boolean).join(" · "));
  row.classList.toggle("is-now", now);
  if (now) row.setAttribute("aria-current", "true");
  else row.removeAttribute("aria-current");
  part(row, "now", HTMLElement).hidden = !now;
  const choose = part(row, "choose", HTMLButtonElement);
  choose.hidden = !may;
  setIcon(choose, now ? "check" : "arrow-right");
  setText(part(choose, "text", HTMLElement), now ? t("Kết thúc mục này") : t("Chuyển sang mục này"));
  const label = now ? t("Kết thúc mục này: {title}", { title }) : t("Chuyển sang mục này: {title}", { title });
  choose.setAttribute("aria-label", label);
}
