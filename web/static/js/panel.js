/** The side panel: three tabs, open beside the stage or, on a small screen, over it. */
import { byId } from "./elements.js";

/** @typedef {"people" | "chat" | "agenda"} Tab */

/** @type {Tab[]} */
const TABS = ["people", "chat", "agenda"];
const OPENERS = { people: "panel-open", chat: "chat-open", agenda: "agenda-open" };
/** Below this width the panel covers the stage (room.css knows the same number). */
const NARROW = "(max-width: 56rem)";

export class Panel {
  #panel = byId("panel", HTMLElement);
  /** @type {Tab} */ tab = "people";
  open = !matchMedia(NARROW).matches;

  /** @param {{ onChange: () => void }} parts */
  constructor(parts) {
    this.parts = parts;
    for (const tab of TABS) {
      const handle = byId(`tab-${tab}`, HTMLButtonElement);
      handle.addEventListener("click", () => this.show(tab));
      handle.addEventListener("keydown", (event) => this.#move(event));
      byId(OPENERS[tab], HTMLButtonElement).addEventListener("click", () => this.#toggle(tab));
    }
    byId("panel-close", HTMLButtonElement).addEventListener("click", () => this.close());
    this.#panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && matchMedia(NARROW).matches) this.close();
    });
    this.#apply();
  }

  /** Whether this tab can be seen now. @param {Tab} tab */
  isShown(tab) {
    return this.open && this.tab === tab;
  }

  /** @param {Tab} tab */
  show(tab) {
    this.tab = tab;
    this.open = true;
    this.#apply();
  }

  close() {
    this.open = false;
    this.#apply();
    byId(OPENERS[this.tab], HTMLButtonElement).focus();
  }

  /** @param {Tab} tab */
  #toggle(tab) {
    if (this.isShown(tab)) return this.close();
    this.show(tab);
    return byId(`tab-${tab}`, HTMLButtonElement).focus();
  }

  /** The arrow keys go from tab to tab (WAI-ARIA Authoring Practices, tabs). @param {KeyboardEvent} event */
  #move(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const tab = TABS[(TABS.indexOf(this.tab) + step + TABS.length) % TABS.length] ?? "people";
    this.show(tab);
    byId(`tab-${tab}`, HTMLButtonElement).focus();
  }

  #apply() {
    this.#panel.hidden = !this.open;
    for (const tab of TABS) {
      const chosen = tab === this.tab;
      const handle = byId(`tab-${tab}`, HTMLButtonElement);
      handle.setAttribute("aria-selected", String(chosen));
      handle.tabIndex = chosen ? 0 : -1;
      byId(tab, HTMLElement).hidden = !chosen;
      byId(OPENERS[tab], HTMLButtonElement).setAttribute("aria-expanded", String(this.isShown(tab)));
    }
    this.parts.onChange();
  }
}
