/** Captions under the stage, for whoever switched them on, and the line in which an operator types them. */
import { showSwitch } from "./bar.js";
import { byId, part, setText } from "./elements.js";
import { t } from "./i18n.js";
import { may } from "./room-state.js";
import { CAPTION_LIMIT } from "./wire.js";

/** A caption that was followed by nothing goes after this time, in milliseconds. */
const SHOWN_FOR = 20_000;
const SIZES = ["0", "1", "2"];

export class Captions {
  #area = byId("captions", HTMLElement);
  #lines = byId("captions-lines", HTMLElement);
  #empty = byId("captions-empty", HTMLElement);
  #size = byId("captions-size", HTMLButtonElement);
  #form = byId("captioning", HTMLFormElement);
  #text = byId("captioning-text", HTMLInputElement);
  #typing = false;

  /**
   * @param {{ on: boolean, size: string, onChange: (choice: { captions?: boolean, captionSize?: string }) => void,
   *   onCaption: (text: string) => boolean }} parts
   *   `onChange`: to be remembered; `onCaption` tells whether it was sent
   */
  constructor(parts) {
    this.parts = parts;
    this.on = parts.on;
    this.size = parts.size;
    byId("captions-switch", HTMLButtonElement).addEventListener("click", () => this.toggle());
    this.#size.addEventListener("click", () => this.#resize());
    byId("captioning-open", HTMLButtonElement).addEventListener("click", () => this.#type(true));
    byId("captioning-close", HTMLButtonElement).addEventListener("click", () => this.#type(false));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.#text.value.trim().slice(0, CAPTION_LIMIT);
      if (text !== "" && parts.onCaption(text)) this.#text.value = "";
    });
    this.#apply();
  }

  toggle() {
    this.on = !this.on;
    this.parts.onChange({ captions: this.on });
    this.#apply();
    return this.on;
  }

  /** @param {import("./room-state.js").RoomState} state */
  show(state) {
    const types = may(state, "caption");
    byId("captioning-open", HTMLButtonElement).hidden = !types;
    if (!types) this.#typing = false;
    this.#form.hidden = !this.#typing;
    this.tick(state, Date.now());
  }

  /** @param {import("./room-state.js").RoomState} state @param {number} now */
  tick({ captions }, now) {
    const shown = captions.filter(({ at }) => now - at < SHOWN_FOR);
    this.#empty.hidden = shown.length > 0;
    while (this.#lines.children.length > shown.length) this.#lines.firstElementChild?.remove();
    shown.forEach(({ name, text }, place) => {
      const line = this.#lines.children[place] ?? this.#lines.appendChild(document.createElement("p"));
      setText(line, name === "" ? text : `${name}: ${text}`);
    });
  }

  #resize() {
    this.size = SIZES[(SIZES.indexOf(this.size) + 1) % SIZES.length] ?? "1";
    this.parts.onChange({ captionSize: this.size });
    this.#apply();
  }

  /** @param {boolean} on */
  #type(on) {
    this.#typing = on;
    this.#form.hidden = !on;
    if (on) this.#text.focus();
    else byId("more-open", HTMLButtonElement).focus();
  }

  #apply() {
    this.#area.hidden = !this.on;
    this.#area.dataset["size"] = this.size;
    showSwitch("captions-switch", this.on);
    const names = [t("Cỡ chữ vừa"), t("Cỡ chữ lớn"), t("Cỡ chữ rất lớn")];
    setText(part(this.#size, "text", HTMLElement), names[SIZES.indexOf(this.size)] ?? "");
  }
}
