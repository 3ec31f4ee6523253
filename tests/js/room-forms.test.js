import assert from "node:assert/strict";
import { test } from "node:test";
import { countSite, keepChanges } from "../../web/static/js/room-forms.js";
import { placeAfter } from "../../web/static/js/roving.js";
import { room } from "./examples.js";

test("only what was changed of the policy is sent", () => {
  const { policy } = room();
  assert.deepEqual(keepChanges(policy, { ...policy, locked: true, chat: "chairs" }), { locked: true, chat: "chairs" });
  assert.deepEqual(keepChanges(policy, { ...policy }), {});
});

test("there are at least as many heads as names", () => {
  assert.deepEqual(countSite(12, " Nguyễn  Văn An \n\nTrần Thị Bình\n"), {
    heads: 12,
    names: ["Nguyễn Văn An", "Trần Thị Bình"],
  });
  assert.deepEqual(countSite(1, "A\nB\nC"), { heads: 3, names: ["A", "B", "C"] });
  assert.deepEqual(countSite(null, ""), { heads: null, names: [] });
  assert.equal(countSite(null, "x".repeat(300)).names[0].length, 100);
  assert.equal(countSite(null, "x\n".repeat(300)).names.length, 200);
});

test("arrow keys go round, Home and End to the ends", () => {
  const go = (key, at) => placeAfter(key, at, 3);
  assert.deepEqual([go("ArrowDown", 2), go("ArrowUp", 0), go("ArrowRight", 0), go("ArrowLeft", 1)], [0, 2, 1, 0]);
  assert.deepEqual([go("Home", 2), go("End", 0), go("a", 0), placeAfter("End", 0, 0)], [0, 2, null, null]);
});
