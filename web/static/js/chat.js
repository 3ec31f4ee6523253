/** The chat. What people wrote is only ever set as text. */
import { byId, copyTemplate, part, setText } from "./elements.js";
import { clockTime } from "./i18n.js";
import { CHAT_LIMIT } from "./wire.js";

export class ChatView {
  #scroll = byId("chat-scroll", HTMLElement);
  #list = byId("chat-list", HTMLOListElement);
  #empty = byId("chat-empty", HTMLElement);
  #text = byId("chat-text", HTMLTextAreaElement);
  #newest = 0;

  /**
   * @param {{ onSend: (text: string) => boolean }} parts `onSend` tells whether it was sent; what was not stays in the field
   */
  constructor(parts) {
    this.parts = parts;
    byId("chat-form", HTMLFormElement).addEventListener("submit", (event) => {
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

  /** @param {import("./wire.js").Chat[]} chat */
  show(chat) {
    this.#empty.hidden = chat.length > 0;
    const atEnd = this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight < 40;
    const fresh = chat.filter(({ id }) => id > this.#newest);
    for (const line of fresh) {
      this.#list.append(createLine(line));
      this.#newest = line.id;
    }
    if (fresh.length > 0 && atEnd) this.toEnd();
  }

  toEnd() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }

  focus() {
    this.#text.focus();
  }

  #send() {
    const text = this.#text.value.trim();
    if (text === "" || [...text].length > CHAT_LIMIT) return;
    if (this.parts.onSend(text)) this.#text.value = "";
  }
}

/** @param {import("./wire.js").Chat} line */
function createLine({ name, text, at }) {
  const element = copyTemplate("chat-template", HTMLLIElement);
  setText(part(element, "name", HTMLElement), name);
  const time = part(element, "at", HTMLTimeElement);
  setText(time, clockTime(at));
  time.dateTime = at;
  setText(part(element, "text", HTMLElement), text);
  return element;
}
