import assert from "node:assert/strict";
import { test } from "node:test";

import { lineAt } from "../../web/static/js/minutes-player.js";

const lines = [
  { start: 1.5, end: 2.3 },
  { start: 2.8, end: 4.0 },
  { start: 10, end: 20 },
  { start: 12, end: 13 }, // somebody speaks into it
];

test("the line under the sound is the last that began", () => {
  assert.equal(lineAt(lines, 1.5), 0);
  assert.equal(lineAt(lines, 3), 1);
  assert.equal(lineAt(lines, 12.5), 3);
});

test("before the first word and in a pause no line is lit", () => {
  assert.equal(lineAt(lines, 0), -1);
  assert.equal(lineAt(lines, 7), -1);
  assert.equal(lineAt([], 3), -1);
});

test("a line stays lit over a breath", () => {
  assert.equal(lineAt(lines, 2.5), 0);
});
