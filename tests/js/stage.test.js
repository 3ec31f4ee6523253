import assert from "node:assert/strict";
import { test } from "node:test";
import { reduce } from "../../web/static/js/room-state.js";
import { arrangeStage, fitGrid, fitPage } from "../../web/static/js/stage.js";
import { joined, participant, room } from "./examples.js";

const WISH = { layout: "auto", pinned: null, page: 0 };
const screen = [{ id: "t9", source: "screen", kind: "video" }];

function roomOf(count, changes = {}, facts = {}) {
  const people = Array.from({ length: count }, (_, index) =>
    participant({ id: `p${index + 1}`, order: index, ...changes[`p${index + 1}`] }),
  );
  return reduce(null, joined({ you: "p1", participants: people, room: room(facts) }), 0);
}

const keys = ({ large, small }) => [large?.key ?? null, ...small.map(({ key }) => key)];

test("few people are a grid", () => {
  assert.deepEqual(keys(arrangeStage(roomOf(3), WISH)), [null, "p1", "p2", "p3"]);
});

test("in a large room whoever spoke last is large", () => {
  const state = { ...roomOf(8), voice: "p5" };
  assert.equal(arrangeStage(state, WISH).large.key, "p5");
  assert.equal(arrangeStage(state, WISH).small.length, 7);
});

test("before anybody spoke the first of the others is large", () => {
  assert.equal(arrangeStage(roomOf(8), WISH).large.key, "p2");
  assert.equal(arrangeStage(roomOf(1), { ...WISH, layout: "speaker" }).large.key, "p1");
});

test("a wish for a grid or a speaker is followed", () => {
  assert.equal(arrangeStage(roomOf(8), { ...WISH, layout: "grid" }).large, null);
  assert.equal(arrangeStage(roomOf(2), { ...WISH, layout: "speaker" }).large.key, "p2");
});

test("a shared screen is large: of several that of the first in the order", () => {
  const one = roomOf(3, { p2: { tracks: screen } }, { shares: ["p2"] });
  assert.deepEqual(keys(arrangeStage(one, WISH)), ["p2 t9", "p1", "p2", "p3"]);
  const shares = { p2: { tracks: screen }, p3: { tracks: [{ ...screen[0], id: "t10" }] } };
  assert.deepEqual(keys(arrangeStage(roomOf(3, shares, { shares: ["p3", "p2"] }), WISH)), ["p3 t10", "p1", "p2", "p3"]);
});

test("my own screen is not large by itself", () => {
  assert.deepEqual(keys(arrangeStage(roomOf(2, { p1: { tracks: screen } }, { shares: ["p1"] }), WISH)), [null, "p1 t9", "p1", "p2"]);
});

test("what is pinned comes before all, while it is there", () => {
  const state = roomOf(3, { p2: { tracks: screen } }, { shares: ["p2"] });
  assert.equal(arrangeStage(state, { ...WISH, layout: "grid", pinned: "p3" }).large.key, "p3");
  assert.equal(arrangeStage(state, { ...WISH, layout: "grid", pinned: "gone" }).large.key, "p2 t9");
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

test("whom the chair shows to all is large, but for a screen, a pin and a wish for the grid", () => {
  const shown = roomOf(3, {}, { spotlight: "p3" });
  assert.equal(arrangeStage(shown, WISH).large.key, "p3");
  assert.equal(arrangeStage(shown, { ...WISH, pinned: "p2" }).large.key, "p2");
  assert.deepEqual(keys(arrangeStage(shown, { ...WISH, layout: "grid" })), [null, "p3", "p1", "p2"]);
  const both = roomOf(3, { p2: { tracks: screen } }, { spotlight: "p3", shares: ["p2"] });
  assert.deepEqual(keys(arrangeStage(both, WISH)), ["p2 t9", "p3", "p1", "p2"]);
});

test("a projection has no tile", () => {
  assert.deepEqual(keys(arrangeStage(roomOf(2, { p2: { role: "projection" } }), WISH)), [null, "p1"]);
});

test("what does not fit stands on further pages of the grid", () => {
  const grid = { ...WISH, layout: "grid" };
  const page = (page) => arrangeStage(roomOf(20), { ...grid, page }, () => 9);
  assert.deepEqual([page(0).small.length, page(0).pages], [9, 3]);
  assert.deepEqual(keys(page(2)), [null, "p19", "p20"]);
  assert.equal(page(7).page, 2);
  assert.equal(arrangeStage(roomOf(9), { ...grid, page: 4 }, () => 9).pages, 1);
});

test("in a strip I see myself on every page", () => {
  const strip = (page) => arrangeStage(roomOf(8), { ...WISH, page }, () => 4);
  assert.deepEqual(keys(strip(0)), ["p2", "p3", "p4", "p5", "p1"]);
  assert.deepEqual(keys(strip(1)), ["p2", "p6", "p7", "p8", "p1"]);
});

test("a page holds as many tiles as can be read, and no more pictures than are sent", () => {
  assert.equal(fitPage(1000, 600), 9);
  assert.equal(fitPage(390, 560), 8);
  assert.equal(fitPage(390, 300), 4);
  assert.equal(fitPage(0, 0), 1);
});

test("tiles are never wider than 16:9 nor higher than 4:3", () => {
  const wide = fitGrid(1, 2000, 600);
  assert.ok(Math.abs(wide.tileWidth / wide.tileHeight - 16 / 9) < 0.01);
  const narrow = fitGrid(2, 390, 800);
  assert.ok(Math.abs(narrow.tileWidth / narrow.tileHeight - 4 / 3) < 0.01);
});
