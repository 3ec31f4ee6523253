/** The chat. What people wrote is only ever set as text. */
import { byId, copyTemplate, part, setText } from "./elements.js";
import { clockTime, t } from "./i18n.js";
import { mayChat } from "./room-state.js";
import { CHAT_LIMIT } from "./wire.js";

/** @typedef {import("./wire.js").Audience} Audience */

export class ChatView {
  #scroll = byId("chat-scroll", HTMLElement);
  #list = byId("chat-list", HTMLOListElement);
  #empty = byId("chat-empty", HTMLElement);
  #closed = byId("chat-closed", HTMLElement);
  #form = byId("chat-form", HTMLFormElement);
  #to = byId("chat-to", HTMLSelectElement);
  #text = byId("chat-text", HTMLTextAreaElement);
  #newest = 0;

  /**
   * @param {{ onSend: (text: string, to: Audience) => boolean }} parts `onSend` tells whether it was sent; what was not stays in the field
   */
  constructor(parts) {
    this.parts = parts;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#text.addEventListener("keydown", (event) => {
      // While an input method composes a letter, Enter belongs to it.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
  }

  /** @param {import("./room-state.js").RoomState} state */
  show(state) {
    const { chat } = state;
    this.#showPolicy(state);
    this.#empty.hidden = chat.length > 0;
    const atEnd = this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight < 40;
    const fresh = chat.filter(({ id }) => id > this.#newest);
    for (const line of fresh) {
      this.#list.append(createLine(line));
      this.#newest = line.id;
    }
    if (fresh.length > 0 && atEnd) this.toEnd();
  }

  /** To whom I may write, and why not. @param {import("./room-state.js").RoomState} state */
  #showPolicy(state) {
    const all = mayChat(state, "everybody");
    const chairs = mayChat(state, "chairs");
    const everybody = this.#to.options[0];
    if (everybody !== undefined) everybody.disabled = !all;
    if (!all && this.#to.value === "everybody") this.#to.value = "chairs";
    this.#form.hidden = !chairs;
    this.#closed.hidden = all;
    const words = chairs
      ? t("Chủ trì đã tắt trao đổi chung. Bạn vẫn viết riêng cho chủ trì được.")
      : t("Chủ trì đã tắt trao đổi trong phòng họp.");
    setText(this.#closed, all ? "" : words);
  }

  toEnd() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }

  focus() {
    if (!this.#form.hidden) this.#text.focus();
  }

  #send() {
    const text = this.#text.value.trim();
    if (text === "" || [...text].length > CHAT_LIMIT) return;
    if (this.parts.onSend(text, this.#to.value === "chairs" ? "chairs" : "everybody")) this.#text.value = "";
  }
}

/** @param {import("./wire.js").Chat} line */
function createLine({ name, text, at, to }) {
  const element = copyTemplate("chat-template", HTMLLIElement);
  setText(part(element, "name", HTMLElement), name);
  const time = part(element, "at", HTMLTimeElement);
  setText(time, clockTime(at));
  time.dateTime = at;
  part(element, "to", HTMLElement).hidden = to !== "chairs";
  setText(part(element, "text", HTMLElement), text);
  return element;
}
