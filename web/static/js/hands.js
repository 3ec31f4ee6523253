/** The queue of those who ask to speak; whoever may give the floor orders it and sets the time for each. */
import { byId, copyTemplate, part, setText, syncChildren } from "./elements.js";
import { t } from "./i18n.js";
import { may, moveInQueue, queueHands } from "./room-state.js";

/** @typedef {import("./room-state.js").RoomState} RoomState */

export class Hands {
  #part = byId("hands", HTMLElement);
  #list = byId("hands-list", HTMLOListElement);
  #down = byId("hands-down", HTMLButtonElement);
  #timeRow = byId("speaking-time-row", HTMLElement);
  #time = byId("speaking-time", HTMLSelectElement);
  /** @type {Map<string, HTMLElement>} */ #rows = new Map();
  /** @type {string[]} */ #queue = [];

  /**
   * @param {{ onFloor: (id: string) => void, onLower: (id: string | null) => void, onOrder: (queue: string[]) => void,
   *   onTime: (seconds: number | null) => void }} parts
   */
  constructor(parts) {
    this.parts = parts;
    this.#down.addEventListener("click", () => parts.onLower(null));
    this.#time.addEventListener("change", () => {
      parts.onTime(this.#time.value === "" ? null : Number(this.#time.value));
    });
  }

  /** @param {RoomState} state */
  show(state) {
    const hands = queueHands(state);
    const runs = may(state, "floor");
    this.#queue = hands.map(({ id }) => id);
    this.#part.hidden = hands.length === 0 && !runs;
    this.#down.hidden = !runs || hands.length < 2;
    this.#timeRow.hidden = !runs;
    if (document.activeElement !== this.#time) this.#showTime(state.room.speaking_seconds);
    syncChildren(this.#list, this.#rows, this.#queue, (id) => this.#create(id));
    hands.forEach((person, place) => {
      const row = this.#rows.get(person.id);
      if (row !== undefined) fillHand(row, person, place, hands.length, runs);
    });
  }

  /** A time that is none of the choices becomes one. @param {number | null} seconds */
  #showTime(seconds) {
    const value = seconds === null ? "" : String(seconds);
    if (![...this.#time.options].some((option) => option.value === value)) {
      this.#time.add(new Option(t("{minutes} phút", { minutes: Math.round((seconds ?? 0) / 60) }), value));
    }
    this.#time.value = value;
  }

  /** @param {string} id */
  #create(id) {
    const row = copyTemplate("hand-template", HTMLLIElement);
    part(row, "floor", HTMLButtonElement).addEventListener("click", () => this.parts.onFloor(id));
    part(row, "lower", HTMLButtonElement).addEventListener("click", () => this.parts.onLower(id));
    part(row, "up", HTMLButtonElement).addEventListener("click", () => this.#move(id, -1));
    part(row, "down", HTMLButtonElement).addEventListener("click", () => this.#move(id, 1));
    row.addEventListener("keydown", (event) => {
      const step = event.altKey ? { ArrowUp: /** @type {const} */ (-1), ArrowDown: /** @type {const} */ (1) }[event.key] : undefined;
      if (step === undefined) return;
      event.preventDefault();
      this.#move(id, step);
    });
    return row;
  }

  /** @param {string} id @param {-1 | 1} step */
  #move(id, step) {
    const queue = moveInQueue(this.#queue, id, step);
    if (queue !== null) this.parts.onOrder(queue);
  }
}

/**
 * @param {HTMLElement} row @param {import("./wire.js").Participant} person @param {number} place from 0
 * @param {number} count @param {boolean} runs whether I may give the floor
 */
function fillHand(row, { name, detail }, place, count, runs) {
  setText(part(row, "name", HTMLElement), name);
  setText(part(row, "detail", HTMLElement), detail);
  part(row, "tools", HTMLElement).hidden = !runs;
  const label = (/** @type {string} */ tool, /** @type {string} */ text) =>
    part(row, tool, HTMLButtonElement).setAttribute("aria-label", text);
  label("floor", t("Mời phát biểu: {name}", { name }));
  label("up", t("Lên trước một lượt: {name}", { name }));
  label("down", t("Xuống sau một lượt: {name}", { name }));
  label("lower", t("Hạ tay: {name}", { name }));
  part(row, "up", HTMLButtonElement).disabled = place === 0;
  part(row, "down", HTMLButtonElement).disabled = place === count - 1;
}
