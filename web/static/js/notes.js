/** Short notes on the screen and words for the screen reader. */
import { byId, copyTemplate, part, setText } from "./elements.js";

const SHOWN_FOR = 8000;
const MOST = 3;

export class Notes {
  #toasts = byId("toasts", HTMLElement);
  #calm = byId("say", HTMLElement);
  #urgent = byId("say-now", HTMLElement);

  /** @param {import("./news.js").News} news */
  tell({ text, urgent, shown, about }) {
    const line = document.createElement("p");
    line.textContent = text;
    const region = urgent ? this.#urgent : this.#calm;
    region.append(line);
    while (region.childElementCount > MOST) region.firstElementChild?.remove();
    if (shown) this.#show(text, about);
  }

  /** @param {string} text @param {string} [about] */
  #show(text, about) {
    if (about !== undefined) this.#toasts.querySelector(`[data-about="${about}"]`)?.remove();
    const toast = copyTemplate("toast-template", HTMLElement);
    setText(part(toast, "text", HTMLElement), text);
    if (about !== undefined) toast.dataset["about"] = about;
    part(toast, "close", HTMLButtonElement).addEventListener("click", () => toast.remove());
    this.#toasts.append(toast);
    while (this.#toasts.childElementCount > MOST) this.#toasts.firstElementChild?.remove();
    setTimeout(() => toast.remove(), SHOWN_FOR);
  }
}
