/**
 * Which tile is large and which are small, and on which page: pure. A tile is a person (with or without a picture) or a
 * shared screen. Of several screens the room shows one, that of the first in the order of shares.
 *
 * @typedef {import("./room-state.js").RoomState} RoomState
 * @typedef {{ key: string, participant: string, screen: boolean }} Tile
 * @typedef {{ layout: "auto" | "grid" | "speaker", pinned: string | null, page: number }} Wish
 *   `pinned` is the key of a tile, `page` counts from 0
 * @typedef {{ large: Tile | null, small: Tile[], page: number, pages: number }} Stage
 *   without a large tile the small ones are a grid; `small` are those of the page only
 */
import { findPresenter, findTrack, listPresent } from "./room-facts.js";

/** With more people than this, a grid shows nobody well. */
const GRID_LIMIT = 6;
/** So many pictures are sent to one viewer as a rule: a page of the grid asks for no more. */
const PAGE_LIMIT = 9;

/**
 * @param {RoomState} state
 * @param {Wish} wish
 * @param {(grid: boolean, count: number) => number} roomFor how many of so many small tiles there is room for
 * @returns {Stage}
 */
export function arrangeStage(state, wish, roomFor = () => Infinity) {
  const people = listPresent(state).map(({ id }) => ({ key: id, participant: id, screen: false }));
  const tiles = [...listScreens(state), ...people];
  const large = findLarge(state, wish, tiles, people);
  const rest = bringForward(
    state,
    tiles.filter((tile) => tile !== large),
  );
  return { large, ...turnTo(state, rest, wish.page, roomFor(large === null, rest.length), large !== null) };
}

/** @param {"auto" | "grid" | "speaker"} layout @param {number} people */
export function layoutOf(layout, people) {
  if (layout !== "auto") return layout;
  return people > GRID_LIMIT ? "speaker" : "grid";
}

/** The screen that is shown to everybody, and mine, which I see myself. @param {RoomState} state @returns {Tile[]} */
function listScreens(state) {
  const presenter = findPresenter(state.room);
  return state.participants.flatMap((person) => {
    const { id } = person;
    if (id !== presenter && id !== state.you) return [];
    const track = findTrack(person, "screen");
    return track === undefined ? [] : [{ key: `${id} ${track.id}`, participant: id, screen: true }];
  });
}

/** @param {RoomState} state @param {Wish} wish @param {Tile[]} tiles @param {Tile[]} people */
function findLarge(state, { layout, pinned }, tiles, people) {
  const pin = tiles.find(({ key }) => key === pinned);
  if (pin !== undefined) return pin;
  // My own screen as the large tile would show me a picture of itself.
  const screen = tiles.find((tile) => tile.screen && tile.participant !== state.you);
  if (screen !== undefined) return screen;
  if (layout === "grid") return null;
  const shown = people.find(({ key }) => key === state.room.spotlight);
  if (shown !== undefined) return shown;
  return layoutOf(layout, people.length) === "speaker" ? findSpeaker(state, people) : null;
}

/**
 * The other person who spoke last, else the chair (who stands first), else anyone.
 * @param {RoomState} state
 * @param {Tile[]} people
 */
function findSpeaker(state, people) {
  const others = people.filter(({ participant }) => participant !== state.you);
  return others.find(({ participant }) => participant === state.voice) ?? others[0] ?? people[0] ?? null;
}

/** Whoever has the floor or is shown to all stands before the official order. @param {RoomState} state @param {Tile[]} tiles */
function bringForward({ room }, tiles) {
  const first = (/** @type {Tile} */ { screen, participant }) =>
    screen || participant === room.floor?.participant || participant === room.spotlight;
  return [...tiles.filter(first), ...tiles.filter((tile) => !first(tile))];
}

/**
 * The tiles of a page. In a strip my own stays at its end on every page.
 * @param {RoomState} state @param {Tile[]} tiles @param {number} page @param {number} fitting @param {boolean} strip
 */
function turnTo(state, tiles, page, fitting, strip) {
  if (tiles.length <= fitting) return { small: tiles, page: 0, pages: 1 };
  const mine = strip ? tiles.filter((tile) => tile.participant === state.you && !tile.screen) : [];
  const others = tiles.filter((tile) => !mine.includes(tile));
  const size = Math.max(1, fitting - mine.length);
  const pages = Math.ceil(others.length / size);
  const at = Math.min(Math.max(0, page), pages - 1);
  return { small: [...others.slice(at * size, (at + 1) * size), ...mine], page: at, pages };
}

/** The shapes that a tile of the grid may have: pictures are 16:9, and on a narrow screen some of it may be cut off. */
const [WIDEST, HIGHEST] = [16 / 9, 4 / 3];
/** Under this width, in pixels, no name can be read: the rest goes to another page. */
const NARROWEST = 168;
/** A full last row is worth this part of a tile's width. */
const FULL_ROW = 0.1;

/** How many tiles of the grid are large enough to read the names on them. @param {number} width @param {number} height pixels */
export function fitPage(width, height) {
  const columns = Math.max(1, Math.floor(width / NARROWEST));
  const rows = Math.max(1, Math.floor(height / (NARROWEST / HIGHEST)));
  return Math.min(PAGE_LIMIT, columns * rows);
}

/**
 * The grid in which `count` tiles become as large as they can.
 * @param {number} count at least 1
 * @param {number} width of the stage, pixels
 * @param {number} height pixels
 * @returns {{ columns: number, rows: number, tileWidth: number, tileHeight: number }}
 */
export function fitGrid(count, width, height) {
  let best = fitColumns(count, 1, width, height);
  for (let columns = 2; columns <= count; columns += 1) {
    const next = fitColumns(count, columns, width, height);
    const fuller = next.columns * next.rows - count <= best.columns * best.rows - count;
    if (next.tileWidth > best.tileWidth * (fuller ? 1 - FULL_ROW : 1)) best = next;
  }
  return best;
}

/** @param {number} count @param {number} columns @param {number} width @param {number} height */
function fitColumns(count, columns, width, height) {
  const rows = Math.ceil(count / columns);
  const tileWidth = Math.min(width / columns, (height / rows) * WIDEST);
  return { columns, rows, tileWidth, tileHeight: Math.min(height / rows, tileWidth / HIGHEST) };
}
