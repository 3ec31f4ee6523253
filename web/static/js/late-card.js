/** One line for whoever comes late, until they have read it or it is no longer true. A question in front goes first. */
import { byId, part, setText } from "./elements.js";
import { tellLate } from "./floor-words.js";

/** Milliseconds. */
const SHOWN_FOR = 90_000;

export class LateCard {
  #card = byId("late", HTMLElement);
  #question = byId("recorded", HTMLDialogElement);
  #closed = false;
  /** @type {import("./room-facts.js").Late | null} */ #late = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;

  constructor() {
    part(this.#card, "close", HTMLButtonElement).addEventListener("click", () => {
      this.#close();
      byId("main", HTMLElement).focus();
    });
    this.#question.addEventListener("close", () => this.#show());
  }

  #close() {
    this.#closed = true;
    this.#card.hidden = true;
  }

  /** @param {import("./room-state.js").RoomState} state */
  show({ late }) {
    this.#late = late;
    this.#show();
  }

  #show() {
    const late = this.#question.open || this.#closed ? null : this.#late;
    this.#card.hidden = late === null;
    if (late === null) return;
    this.#timer ??= setTimeout(() => this.#close(), SHOWN_FOR);
    setText(part(this.#card, "text", HTMLElement), tellLate(late));
  }
}
