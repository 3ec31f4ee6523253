/** One line for whoever comes late, until they have read it or it is no longer true. */
import { byId, part, setText } from "./elements.js";
import { tellLate } from "./floor-words.js";

/** Milliseconds. */
const SHOWN_FOR = 90_000;

export class LateCard {
  #card = byId("late", HTMLElement);
  #closed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;

  constructor() {
    part(this.#card, "close", HTMLButtonElement).addEventListener("click", () => {
      this.#close();
      byId("main", HTMLElement).focus();
    });
  }

  #close() {
    this.#closed = true;
    this.#card.hidden = true;
  }

  /** @param {import("./room-state.js").RoomState} state */
  show({ late }) {
    if (late !== null) this.#timer ??= setTimeout(() => this.#close(), SHOWN_FOR);
    this.#card.hidden = late === null || this.#closed;
    if (late !== null) setText(part(this.#card, "text", HTMLElement), tellLate(late));
  }
}
