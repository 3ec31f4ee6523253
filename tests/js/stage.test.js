import assert from "node:assert/strict";
import { test } from "node:test";
import { reduce } from "../../web/static/js/room-state.js";
import { arrangeStage, fitGrid } from "../../web/static/js/stage.js";
import { joined, participant } from "./examples.js";

const WISH = { layout: "auto", pinned: null };
const screen = [{ id: "t9", source: "screen", kind: "video" }];

function roomOf(count, changes = {}) {
  const people = Array.from({ length: count }, (_, index) =>
    participant({ id: `p${index + 1}`, order: index, ...changes[`p${index + 1}`] }),
  );
  return reduce(null, joined({ you: "p1", participants: people }), 0);
}

const keys = ({ large, small }) => [large?.key ?? null, ...small.map(({ key }) => key)];

test("few people are a grid", () => {
  assert.deepEqual(keys(arrangeStage(roomOf(3), WISH)), [null, "p1", "p2", "p3"]);
});

test("in a large room whoever spoke last is large", () => {
  const state = { ...roomOf(8), floor: "p5" };
  assert.equal(arrangeStage(state, WISH).large.key, "p5");
  assert.equal(arrangeStage(state, WISH).small.length, 7);
});

test("before anybody spoke the first of the others is large", () => {
  assert.equal(arrangeStage(roomOf(8), WISH).large.key, "p2");
  assert.equal(arrangeStage(roomOf(1), { layout: "speaker", pinned: null }).large.key, "p1");
});

test("a wish for a grid or a speaker is followed", () => {
  assert.equal(arrangeStage(roomOf(8), { layout: "grid", pinned: null }).large, null);
  assert.equal(arrangeStage(roomOf(2), { layout: "speaker", pinned: null }).large.key, "p2");
});

test("a shared screen is large, the newest of several", () => {
  const one = roomOf(3, { p2: { tracks: screen } });
  assert.deepEqual(keys(arrangeStage(one, WISH)), ["p2 t9", "p1", "p2", "p3"]);
  const two = roomOf(3, { p2: { tracks: screen }, p3: { tracks: [{ ...screen[0], id: "t10" }] } });
  assert.deepEqual(keys(arrangeStage(two, WISH)), ["p3 t10", "p2 t9", "p1", "p2", "p3"]);
});

test("my own screen is not large by itself", () => {
  assert.deepEqual(keys(arrangeStage(roomOf(2, { p1: { tracks: screen } }), WISH)), [null, "p1 t9", "p1", "p2"]);
});

test("what is pinned comes before all, while it is there", () => {
  const state = roomOf(3, { p2: { tracks: screen } });
  assert.equal(arrangeStage(state, { layout: "grid", pinned: "p3" }).large.key, "p3");
  assert.equal(arrangeStage(state, { layout: "grid", pinned: "gone" }).large.key, "p2 t9");
});

test("the grid makes tiles as large as they can be", () => {
  const columns = (count, width, height) => fitGrid(count, width, height).columns;
  assert.deepEqual(
    [1, 2, 3, 4, 9].map((count) => columns(count, 1300, 600)),
    [1, 2, 2, 2, 3],
  );
  assert.equal(columns(2, 1000, 600), 2); // beside each other, though one above the other would be a little larger
  assert.equal(columns(2, 390, 700), 1);
  assert.equal(columns(2, 0, 0), 1);
});

test("tiles stay wide enough for a name, and then the grid scrolls", () => {
  const narrow = fitGrid(42, 390, 700);
  assert.deepEqual([narrow.columns, narrow.tileWidth], [2, 195]);
  assert.ok(fitGrid(42, 1000, 600).tileWidth >= 152);
});

test("tiles are never wider than 16:9 nor higher than 4:3", () => {
  const wide = fitGrid(1, 2000, 600);
  assert.ok(Math.abs(wide.tileWidth / wide.tileHeight - 16 / 9) < 0.01);
  const narrow = fitGrid(2, 390, 800);
  assert.ok(Math.abs(narrow.tileWidth / narrow.tileHeight - 4 / 3) < 0.01);
});
