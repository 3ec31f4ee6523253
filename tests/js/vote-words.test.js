import assert from "node:assert/strict";
import { test } from "node:test";
import { nameKind, sharesOf, tellProgress, tellResult, tellShut } from "../../web/static/js/vote-words.js";
import { vote } from "./examples.js";

const closed = (changes) =>
  vote({ state: "closed", valid: true, tally: { for: 10, against: 2, abstain: 1 }, cast: 13, ...changes });

test("while it is open it tells how far it has come, and whether enough are here", () => {
  assert.equal(tellProgress(vote({ cast: 7, present: 13, quorum: 8 })), "Đã biểu quyết 7/13.");
  assert.equal(
    tellProgress(vote({ cast: 2, present: 5, entitled: 15, quorum: 8 })),
    "Đã biểu quyết 2/5. Có mặt 5/15, cần ít nhất 8.",
  );
  assert.equal(tellProgress(vote({ kind: "opinion", cast: 2, present: 5, quorum: 8 })), "Đã biểu quyết 2/5.");
});

test("whoever has no vote reads why there is nothing to press", () => {
  assert.match(tellShut(vote({})), /^Chỉ các thành viên có quyền/);
  assert.match(tellShut(vote({ kind: "opinion" })), /^Mỗi đơn vị/);
});

test("the result is told in words", () => {
  assert.equal(tellResult(closed()), "Tán thành 10, không tán thành 2, không có ý kiến 1.");
  assert.match(tellResult(closed({ valid: false, present: 5, quorum: 8 })), /^Không đủ số người: có mặt 5, cần 8\. Tán/);
  assert.match(tellResult(closed({ kind: "opinion", valid: false })), /^Tán thành/);
  assert.match(tellResult(vote({ state: "withdrawn" })), /đã hủy/);
});

test("shares are parts of the votes cast, also of none", () => {
  assert.deepEqual(
    sharesOf({ for: 10, against: 2, abstain: 1 }).map(({ percent }) => percent),
    [76.9, 15.4, 7.7],
  );
  assert.deepEqual(
    sharesOf({ for: 0, against: 0, abstain: 0 }).map(({ percent }) => percent),
    [0, 0, 0],
  );
});

test("a secret vote says that it is one", () => {
  assert.deepEqual(
    [vote(), vote({ secret: true }), vote({ kind: "opinion" })].map(nameKind),
    ["Biểu quyết", "Biểu quyết kín", "Lấy ý kiến các điểm cầu"],
  );
});
