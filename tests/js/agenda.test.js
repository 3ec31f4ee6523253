import assert from "node:assert/strict";
import { test } from "node:test";
import { nextItem } from "../../web/static/js/agenda.js";
import { nameOver } from "../../web/static/js/floor-words.js";
import { room } from "./examples.js";

test("the next item is the first, the following one, or none", () => {
  const agenda = [1, 2, 3].map((number) => ({ title: `Mục ${number}`, presenter: "", minutes: null }));
  assert.deepEqual(
    [null, 0, 1, 2].map((item) => nextItem(room({ agenda, item }))),
    [0, 1, 2, null],
  );
  assert.equal(nextItem(room({ agenda: [] })), null);
});

test("time that is over is said in words", () => {
  assert.deepEqual([0, 1, 59_999, 60_000, 185_000].map(nameOver), [
    "",
    "đã hết giờ",
    "đã hết giờ",
    "quá 1 phút",
    "quá 3 phút",
  ]);
});
