/** The menu of what can be done with a person, opened from their row and from their tile. */
import { byId, copyTemplate, part, setIcon, setText } from "./elements.js";
import { t } from "./i18n.js";
import { listTools, nameTool } from "./person-tools.js";
import { findParticipant } from "./room-state.js";
import { rove } from "./roving.js";

/** @typedef {import("./room-state.js").RoomState} RoomState */
/** @typedef {import("./person-tools.js").Tool} Tool */

/** Tools that end somebody's part in the meeting stand apart and in red. @type {ReadonlySet<Tool>} */
const GRAVE = new Set(["remove", "ban"]);
const GAP = 6;

export class PersonMenu {
  #menu = byId("person-menu", HTMLElement);
  /** @type {HTMLElement | null} */ #anchor = null;

  /** @param {{ onTool: (tool: Tool, id: string, key: string) => void }} parts `key` of the tile to pin */
  constructor(parts) {
    this.parts = parts;
    rove(this.#menu, "[role=menuitem]");
    this.#menu.addEventListener("keydown", (event) => {
      if (event.key === "Tab") this.#menu.hidePopover();
    });
    this.#menu.addEventListener("toggle", (event) => {
      if (!(event instanceof ToggleEvent)) return;
      const open = event.newState === "open";
      this.#anchor?.setAttribute("aria-expanded", String(open));
      // A key that closes the menu leads back to where it was opened.
      if (!open && (document.activeElement === document.body || this.#menu.contains(document.activeElement)))
        this.#anchor?.focus();
    });
  }

  /**
   * @param {RoomState} state @param {string} id
   * @param {HTMLElement} anchor the button that was pressed
   * @param {string} key of the tile @param {boolean} pinned
   */
  open(state, id, anchor, key, pinned) {
    const person = findParticipant(state, id);
    if (person === undefined) return;
    this.#anchor = anchor;
    this.#menu.setAttribute("aria-label", t("Thao tác với {name}", { name: person.name }));
    const heading = document.createElement("p");
    heading.className = "more-title";
    setText(heading, person.name);
    heading.setAttribute("role", "presentation");
    this.#menu.replaceChildren(heading, ...listTools(state, person, pinned).map((tool) => this.#create(tool, id, key)));
    this.#menu.showPopover();
    this.#moveTo(anchor);
    this.#menu.querySelector("button")?.focus();
  }

  /** @param {Tool} tool @param {string} id @param {string} key */
  #create(tool, id, key) {
    const button = copyTemplate("tool-template", HTMLButtonElement);
    const [text, icon] = nameTool(tool);
    setIcon(button, icon);
    setText(part(button, "text", HTMLElement), text);
    button.dataset["tool"] = tool;
    button.classList.toggle("is-grave", GRAVE.has(tool));
    button.addEventListener("click", () => {
      this.#menu.hidePopover();
      this.parts.onTool(tool, id, key);
    });
    return button;
  }

  /** @param {HTMLElement} anchor */
  #moveTo(anchor) {
    const { offsetWidth: width, offsetHeight: height } = this.#menu;
    const { left, top } = placeMenu(anchor.getBoundingClientRect(), { width, height }, innerWidth, innerHeight);
    this.#menu.style.setProperty("top", `${top}px`);
    this.#menu.style.setProperty("left", `${left}px`);
  }
}

/**
 * Below its button, else above it, else beside it: never over it, where a second press would choose something.
 * @param {{ left: number, right: number, top: number, bottom: number }} from the button
 * @param {{ width: number, height: number }} menu
 * @param {number} width of the window @param {number} height
 */
export function placeMenu(from, menu, width, height) {
  const within = (/** @type {number} */ at, /** @type {number} */ most) => Math.max(GAP, Math.min(at, most - GAP));
  const left = within(from.right - menu.width, width - menu.width);
  if (from.bottom + GAP + menu.height <= height) return { left, top: from.bottom + GAP };
  if (from.top - GAP - menu.height >= 0) return { left, top: from.top - GAP - menu.height };
  const beside = from.left - GAP - menu.width;
  return { left: beside >= 0 ? beside : left, top: within(from.top, height - menu.height) };
}
