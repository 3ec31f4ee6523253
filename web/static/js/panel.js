/** The side panel: four tabs, open beside the stage or, on a small screen, over it. */
import { byId } from "./elements.js";
import { placeAfter } from "./roving.js";

/** @typedef {"people" | "chat" | "agenda" | "papers"} Tab */

/** @type {Tab[]} */
const TABS = ["people", "chat", "agenda", "papers"];
/** Buttons outside the panel that open a tab. @type {Partial<Record<Tab, string>>} */
const OPENERS = { people: "panel-open", chat: "chat-open" };
/** Below this width the panel covers the stage (panel.css knows the same number). */
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
      this.#opener(tab)?.addEventListener("click", () => this.toggle(tab));
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
    (this.#opener(this.tab) ?? byId("panel-open", HTMLButtonElement)).focus();
  }

  /** @param {Tab} tab */
  toggle(tab) {
    if (this.isShown(tab)) return this.close();
    this.show(tab);
    return byId(`tab-${tab}`, HTMLButtonElement).focus();
  }

  /** @param {Tab} tab */
  #opener(tab) {
    const id = OPENERS[tab];
    return id === undefined ? null : byId(id, HTMLButtonElement);
  }

  /** The arrow keys go from tab to tab (WAI-ARIA Authoring Practices, tabs). @param {KeyboardEvent} event */
  #move(event) {
    const next = placeAfter(event.key, TABS.indexOf(this.tab), TABS.length);
    if (next === null || event.key === "ArrowUp" || event.key === "ArrowDown") return;
    event.preventDefault();
    const tab = TABS[next] ?? "people";
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
      this.#opener(tab)?.setAttribute("aria-expanded", String(this.isShown(tab)));
    }
    this.parts.onChange();
  }
}
