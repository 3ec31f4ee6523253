/**
 * Which tile is large and which are small: pure. A tile is a person (with or without a picture) or a shared screen.
 *
 * @typedef {import("./room-state.js").RoomState} RoomState
 * @typedef {{ key: string, participant: string, screen: boolean }} Tile
 * @typedef {{ large: Tile | null, small: Tile[] }} Stage  without a large tile the small ones are a grid
 */

/** With more people than this, a grid shows nobody well. */
const GRID_LIMIT = 6;

/**
 * @param {RoomState} state
 * @param {{ layout: "auto" | "grid" | "speaker", pinned: string | null }} wish `pinned` is the key of a tile
 * @returns {Stage}
 */
export function arrangeStage(state, { layout, pinned }) {
  const people = state.participants.map(({ id }) => ({ key: id, participant: id, screen: false }));
  const screens = state.participants.flatMap(({ id, tracks }) =>
    tracks
      .filter(({ source }) => source === "screen")
      .map((track) => ({ key: `${id} ${track.id}`, participant: id, screen: true })),
  );
  const tiles = [...screens, ...people];
  // My own screen as the large tile would show me a picture of itself.
  const shown = screens.filter(({ participant }) => participant !== state.you);
  const large =
    tiles.find(({ key }) => key === pinned) ??
    shown.at(-1) ??
    (layoutOf(layout, people.length) === "speaker" ? findSpeaker(state, people) : null);
  return { large, small: tiles.filter((tile) => tile !== large) };
}

/** @param {"auto" | "grid" | "speaker"} layout @param {number} people */
export function layoutOf(layout, people) {
  if (layout !== "auto") return layout;
  return people > GRID_LIMIT ? "speaker" : "grid";
}

/**
 * The other person who spoke last, else the chair (who stands first), else anyone.
 * @param {RoomState} state
 * @param {Tile[]} people
 */
function findSpeaker(state, people) {
  const others = people.filter(({ participant }) => participant !== state.you);
  return others.find(({ participant }) => participant === state.floor) ?? others[0] ?? people[0] ?? null;
}

/** The shapes that a tile of the grid may have: pictures are 16:9, and on a narrow screen some of it may be cut off. */
const [WIDEST, HIGHEST] = [16 / 9, 4 / 3];
/** Under this width, in pixels, no name can be read: the grid scrolls instead. */
const NARROWEST = 152;
/** A full last row is worth this part of a tile's width. */
const FULL_ROW = 0.1;

/**
 * The grid in which `count` tiles become as large as they can, but wide enough to read the names.
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
  if (best.tileWidth >= NARROWEST || best.tileWidth === 0) return best;
  const columns = Math.max(1, Math.min(count, Math.floor(width / NARROWEST)));
  return fitColumns(count, columns, width, Infinity);
}

/** @param {number} count @param {number} columns @param {number} width @param {number} height */
function fitColumns(count, columns, width, height) {
  const rows = Math.ceil(count / columns);
  const tileWidth = Math.min(width / columns, (height / rows) * WIDEST);
  return { columns, rows, tileWidth, tileHeight: Math.min(height / rows, tileWidth / HIGHEST) };
}
