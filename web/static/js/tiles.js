/** The stage: one tile for each person and each shared screen, one of them large or all in a grid. */
import { copyTemplate, byId, part, setIcon, setText, syncChildren } from "./elements.js";
import { t } from "./i18n.js";
import { findParticipant, queueHands } from "./room-state.js";
import { arrangeStage, fitGrid, layoutOf } from "./stage.js";

/** @typedef {import("./room-state.js").RoomState} RoomState */
/** @typedef {import("./stage.js").Tile} Tile */
/** @typedef {import("./wire.js").Participant} Participant */
/** @typedef {{ layout: "auto" | "grid" | "speaker", pinned: string | null }} Wish */
/** @typedef {import("./link-quality.js").Level} Level */
/**
 * @typedef {{ findPicture: (participant: string, source: "camera" | "screen") => MediaStreamTrack | null,
 *   findLevel: (participant: string) => Level | null }} Finders  of pictures, and of how good links are
 */

export class Tiles {
  #large = byId("large", HTMLElement);
  #small = byId("small", HTMLElement);
  #alone = byId("alone", HTMLElement);
  /** @type {Map<string, HTMLElement>} */ #tiles = new Map();
  #gridOf = 0;

  /** @param {{ onPin: (key: string) => void }} parts `onPin`: the pin of a tile was pressed */
  constructor(parts) {
    this.parts = parts;
    new ResizeObserver(() => this.#fit()).observe(this.#small);
  }

  /** @param {RoomState} state @param {Wish} wish @param {Finders} finders */
  show(state, wish, finders) {
    const { large, small } = arrangeStage(state, wish);
    const tiles = large === null ? small : [large, ...small];
    this.#forget(new Set(tiles.map(({ key }) => key)));
    for (const tile of tiles) this.#fill(this.#find(tile.key), tile, state, wish, finders);
    this.#large.hidden = large === null;
    this.#place(this.#large, large === null ? [] : [large.key]);
    this.#place(
      this.#small,
      small.map(({ key }) => key),
    );
    this.#small.dataset["mode"] = large === null ? "grid" : "strip";
    this.#gridOf = large === null ? small.length : 0;
    this.#alone.hidden = state.participants.length > 1;
    this.#fit();
  }

  /** @param {Set<string>} keys that stay */
  #forget(keys) {
    for (const [key, tile] of this.#tiles) {
      if (keys.has(key)) continue;
      tile.remove();
      this.#tiles.delete(key);
    }
  }

  /** @param {string} key */
  #find(key) {
    const known = this.#tiles.get(key);
    if (known !== undefined) return known;
    const tile = copyTemplate("tile-template", HTMLElement);
    part(tile, "pin", HTMLButtonElement).addEventListener("click", () => this.parts.onPin(key));
    this.#tiles.set(key, tile);
    return tile;
  }

  /** @param {HTMLElement} parent @param {string[]} keys */
  #place(parent, keys) {
    syncChildren(parent, new Map(keys.map((key) => [key, this.#find(key)])), keys, (key) => this.#find(key));
    for (const tile of parent.children) {
      const video = tile.querySelector("video");
      if (video?.srcObject && video.paused) void video.play().catch(ignoreInterruption); // moving it stopped it
    }
  }

  /**
   * @param {HTMLElement} element
   * @param {Tile} tile
   * @param {RoomState} state
   * @param {Wish} wish
   * @param {Finders} finders
   */
  #fill(element, tile, state, wish, { findPicture, findLevel }) {
    const person = findParticipant(state, tile.participant);
    if (person === undefined) return;
    const mine = person.id === state.you;
    const picture = findPicture(person.id, tile.screen ? "screen" : "camera");
    showPicture(part(element, "video", HTMLVideoElement), picture);
    element.dataset["kind"] = tile.screen ? "screen" : mine ? "mine" : "person";
    element.classList.toggle("tile-pinned", wish.pinned === tile.key);
    const initials = part(element, "initials", HTMLElement);
    initials.hidden = picture !== null;
    setText(initials, tile.screen ? "" : initialsOf(person.name));
    part(element, "away", HTMLElement).hidden = person.connected;
    nameTile(element, person, tile.screen, mine);
    fillSound(element, person, !tile.screen && state.speaking.includes(person.id), tile.screen);
    fillLink(element, tile.screen || !person.connected ? null : findLevel(person.id));
    fillHand(element, tile.screen ? 0 : queueHands(state).findIndex(({ id }) => id === person.id) + 1);
    const pin = part(element, "pin", HTMLButtonElement);
    const pinned = wish.pinned === tile.key;
    pin.setAttribute("aria-pressed", String(pinned));
    pin.setAttribute(
      "aria-label",
      pinned ? t("Bỏ ghim: {name}", { name: person.name }) : t("Ghim: {name}", { name: person.name }),
    );
    setText(part(pin, "pin-text", HTMLElement), pinned ? t("Bỏ ghim") : t("Ghim"));
    setIcon(pin, pinned ? "pin-off" : "pin");
  }

  #fit() {
    if (this.#gridOf === 0) return;
    const { clientWidth, clientHeight } = this.#small;
    const { columns, rows, tileWidth, tileHeight } = fitGrid(this.#gridOf, clientWidth, clientHeight);
    const { style } = this.#small;
    style.setProperty("--columns", String(columns));
    style.setProperty("--rows", String(rows));
    style.setProperty("--tile-width", `${tileWidth}px`);
    style.setProperty("--tile-height", `max(7rem, ${tileHeight}px)`);
  }
}

/** The button between grid and speaker. @param {HTMLButtonElement} button @param {Wish} wish @param {number} people */
export function showLayout(button, wish, people) {
  const grid = layoutOf(wish.layout, people) === "grid";
  setText(part(button, "text", HTMLElement), grid ? t("Xem người nói") : t("Xem dạng lưới"));
  setIcon(button, grid ? "user" : "layout-grid");
}

/** @param {HTMLVideoElement} video @param {MediaStreamTrack | null} track */
function showPicture(video, track) {
  video.hidden = track === null;
  const shown = video.srcObject instanceof MediaStream ? (video.srcObject.getVideoTracks()[0] ?? null) : null;
  if (shown === track) return;
  video.srcObject = track === null ? null : new MediaStream([track]);
  if (track !== null) void video.play().catch(ignoreInterruption);
}

/** A picture that is taken away or moved while it begins to play is no fault. @param {unknown} error */
function ignoreInterruption(error) {
  if (!(error instanceof DOMException) || error.name !== "AbortError") throw error;
}

/** @param {HTMLElement} element @param {Participant} person @param {boolean} screen @param {boolean} mine */
function nameTile(element, person, screen, mine) {
  const name = mine ? t("{name} (bạn)", { name: person.name }) : person.name;
  setText(part(element, "name", HTMLElement), screen ? t("Màn hình của {name}", { name }) : name);
  setText(part(element, "detail", HTMLElement), screen ? "" : person.detail);
  element.setAttribute("aria-label", screen ? t("Màn hình của {name}", { name }) : name);
}

/** @param {HTMLElement} element @param {Participant} person @param {boolean} speaking @param {boolean} [hidden] */
export function fillSound(element, person, speaking, hidden = false) {
  const sound = part(element, "sound", HTMLElement);
  sound.hidden = hidden;
  const silent = person.muted || !person.tracks.some(({ source }) => source === "microphone");
  const audible = speaking && !silent;
  setIcon(sound, silent ? "mic-off" : audible ? "volume-2" : "mic");
  setText(part(sound, "sound-text", HTMLElement), silent ? t("micro tắt") : audible ? t("đang nói") : t("micro bật"));
  element.classList.toggle("is-speaking", audible);
  element.classList.toggle("is-silent", silent);
}

/** As bars, and in words. @param {HTMLElement} element @param {Level | null} level null: not known */
function fillLink(element, level) {
  const link = part(element, "link", HTMLElement);
  link.hidden = level === null;
  if (level === null) return;
  const words = nameLevel(level);
  link.dataset["level"] = level;
  link.title = words;
  setText(part(link, "link-text", HTMLElement), words);
}

/** @param {Level} level */
function nameLevel(level) {
  switch (level) {
    case "good":
      return t("Đường truyền tốt");
    case "fair":
      return t("Đường truyền trung bình");
    case "poor":
      return t("Đường truyền kém");
  }
}

/** @param {HTMLElement} element @param {number} place in the queue, 0: no hand */
function fillHand(element, place) {
  part(element, "hand", HTMLElement).hidden = place === 0;
  setText(part(element, "queue", HTMLElement), place === 0 ? "" : String(place));
}

/** The first letters of the last two words, as names are spoken: "Nguyễn Văn An" -> "VA". @param {string} name */
function initialsOf(name) {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  return words
    .slice(-2)
    .map((word) => [...word][0]?.toLocaleUpperCase("vi") ?? "")
    .join("");
}
