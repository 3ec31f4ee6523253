/** The stage: tiles for people and shared screens, one of them large with a strip, or a grid; both in pages. */
import { byId, copyTemplate, part, setIcon, setText, syncChildren } from "./elements.js";
import { t } from "./i18n.js";
import { ignoreInterruption } from "./picture.js";
import { rove } from "./roving.js";
import { arrangeStage, fitGrid, fitPage, layoutOf } from "./stage.js";
import { fillTile, tickTile } from "./tile.js";

/** @typedef {import("./room-state.js").RoomState} RoomState */
/** @typedef {import("./stage.js").Tile} Tile */
/** @typedef {import("./stage.js").Wish} Wish */
/** @typedef {import("./tile.js").FindPicture} FindPicture */

/** The least width of a tile of the strip, with its gap, in root em: on wide screens and on phones (room.css knows them). */
const STRIP = { wide: 13, narrow: 7.75 };
const NARROW = "(max-width: 56rem)";

export class Tiles {
  #main = byId("main", HTMLElement);
  #large = byId("large", HTMLElement);
  #small = byId("small", HTMLElement);
  #alone = byId("alone", HTMLElement);
  #pages = byId("pages", HTMLElement);
  #back = byId("page-back", HTMLButtonElement);
  #next = byId("page-next", HTMLButtonElement);
  /** @type {Map<string, HTMLElement>} */ #tiles = new Map();
  /** @type {import("./stage.js").Stage} */ #stage = { large: null, small: [], page: 0, pages: 1 };
  #grid = true;

  /**
   * @param {{ onPin: (key: string) => void, onMenu: (id: string, anchor: HTMLElement, key: string) => void,
   *   onPage: (page: number) => void, onResize: () => void }} parts
   */
  constructor(parts) {
    this.parts = parts;
    const watch = new ResizeObserver(() => this.#resized());
    watch.observe(this.#small);
    watch.observe(this.#main);
    this.#back.addEventListener("click", () => this.turn(-1));
    this.#next.addEventListener("click", () => this.turn(1));
    rove(this.#main, ".tile [data-part=menu]");
  }

  /** @param {RoomState} state @param {Wish} wish @param {FindPicture} findPicture */
  show(state, wish, findPicture) {
    const stage = arrangeStage(state, wish, (grid) => this.#measure(grid));
    const { large, small } = stage;
    this.#stage = stage;
    this.#grid = large === null;
    const tiles = this.listed();
    this.#forget(new Set(tiles.map(({ key }) => key)));
    for (const tile of tiles) fillTile(this.#find(tile), tile, state, wish, findPicture);
    this.#large.hidden = large === null;
    this.#place(this.#large, large === null ? [] : [large]);
    this.#place(this.#small, small);
    this.#small.hidden = small.length === 0;
    this.#small.dataset["mode"] = this.#grid ? "grid" : "strip";
    this.#alone.hidden = state.participants.length > 1;
    this.#showPages();
    this.#fit();
  }

  /** Every tile on the stage, the most important first. */
  listed() {
    const { large, small } = this.#stage;
    return large === null ? small : [large, ...small];
  }

  /** @param {string} key */
  elementOf(key) {
    return this.#tiles.get(key) ?? null;
  }

  /** @param {RoomState} state @param {number} now */
  tick(state, now) {
    for (const { key, participant } of this.listed()) {
      const element = this.#tiles.get(key);
      if (element !== undefined) tickTile(element, participant, state, now);
    }
  }

  /** @param {-1 | 1} step */
  turn(step) {
    const page = this.#stage.page + step;
    if (page >= 0 && page < this.#stage.pages) this.parts.onPage(page);
  }

  /** @param {Set<string>} keys that stay */
  #forget(keys) {
    for (const [key, tile] of this.#tiles) {
      if (keys.has(key)) continue;
      tile.remove();
      this.#tiles.delete(key);
    }
  }

  /** @param {Tile} tile */
  #find({ key, participant }) {
    const known = this.#tiles.get(key);
    if (known !== undefined) return known;
    const tile = copyTemplate("tile-template", HTMLElement);
    part(tile, "pin", HTMLButtonElement).addEventListener("click", () => this.parts.onPin(key));
    const menu = part(tile, "menu", HTMLButtonElement);
    menu.addEventListener("click", () => this.parts.onMenu(participant, menu, key));
    this.#tiles.set(key, tile);
    return tile;
  }

  /** @param {HTMLElement} parent @param {Tile[]} tiles */
  #place(parent, tiles) {
    const known = new Map(tiles.map((tile) => [tile.key, this.#find(tile)]));
    syncChildren(parent, known, [...known.keys()], (key) => known.get(key) ?? parent);
    for (const tile of parent.children) {
      const video = tile.querySelector("video");
      if (video?.srcObject && video.paused) void video.play().catch(ignoreInterruption); // moving it stopped it
    }
  }

  /** How many small tiles there is room for. @param {boolean} grid */
  #measure(grid) {
    const style = getComputedStyle(this.#main);
    const width = this.#main.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (width <= 0) return Infinity;
    if (grid) return fitPage(width, this.#small.hidden ? this.#main.clientHeight : this.#roomForGrid());
    const em = parseFloat(getComputedStyle(document.documentElement).fontSize);
    return Math.max(2, Math.floor(width / (em * (matchMedia(NARROW).matches ? STRIP.narrow : STRIP.wide))));
  }

  /** What the stage has left for a grid beside all else that stands on it. */
  #roomForGrid() {
    const others = [...this.#main.children].filter((one) => one !== this.#small && one !== this.#large);
    const taken = others.reduce((sum, one) => {
      const flows = one instanceof HTMLElement && getComputedStyle(one).position === "static";
      return sum + (flows ? one.getBoundingClientRect().height : 0);
    }, 0);
    return this.#main.clientHeight - taken;
  }

  #showPages() {
    const { page, pages } = this.#stage;
    this.#pages.hidden = pages < 2;
    setText(byId("page-text", HTMLElement), t("Trang {page}/{pages}", { page: page + 1, pages }));
    this.#back.disabled = page === 0;
    this.#next.disabled = page === pages - 1;
  }

  #resized() {
    this.#fit();
    this.parts.onResize();
  }

  #fit() {
    const count = this.#stage.small.length;
    if (!this.#grid || count === 0) return;
    const { clientWidth, clientHeight } = this.#small;
    const gap = parseFloat(getComputedStyle(this.#small).columnGap) || 0;
    // With a gap after each tile they fill the width and one gap more.
    const { tileWidth, tileHeight } = fitGrid(count, clientWidth + gap, clientHeight + gap);
    const { style } = this.#small;
    style.setProperty("--tile-width", `${Math.floor(tileWidth - gap)}px`);
    style.setProperty("--tile-height", `${Math.floor(tileHeight - gap)}px`);
  }
}

/** The button between grid and speaker. @param {HTMLButtonElement} button @param {Wish} wish @param {number} people */
export function showLayout(button, wish, people) {
  const grid = layoutOf(wish.layout, people) === "grid";
  setText(part(button, "text", HTMLElement), grid ? t("Xem người nói") : t("Xem dạng lưới"));
  setIcon(button, grid ? "user" : "layout-grid");
}
