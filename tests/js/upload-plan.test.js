import assert from "node:assert/strict";
import { test } from "node:test";

import { followingTime, judgeAnswer, nextPiece, PIECE, waitAfter } from "../../web/static/js/upload-plan.js";

test("pieces follow each other to the end of the file", () => {
  const size = 2 * PIECE + 5;
  const pieces = [];
  for (let at = 0, piece = nextPiece(at, size); piece; piece = nextPiece(at, size)) {
    pieces.push(piece.end - piece.start);
    at = piece.end;
  }
  assert.deepEqual(pieces, [PIECE, PIECE, 5]);
  assert.equal(nextPiece(size, size), null);
});

test("a lost connection is tried again, ever more slowly", () => {
  assert.deepEqual([1, 2, 3, 9].map(waitAfter), [1000, 2000, 4000, 30_000]);
});

test("what can pass is tried again, what cannot is not", () => {
  assert.equal(judgeAnswer(204), "on");
  assert.deepEqual([0, 409, 500, 503].map(judgeAnswer), ["look", "look", "look", "look"]);
  assert.deepEqual([400, 401, 403, 404, 507].map(judgeAnswer), ["stop", "stop", "stop", "stop", "stop"]);
});

test("the next file of a recorder begins where the last one ends", () => {
  assert.equal(followingTime("08:30", 45 * 60), "09:15");
  assert.equal(followingTime("23:50", 1200), "00:10");
  assert.equal(followingTime("8h30", 60), "8h30");
  assert.equal(followingTime("08:30", NaN), "08:30");
});
