import assert from "node:assert/strict";
import { test } from "node:test";

import { describeWork } from "../../web/static/js/minutes-work.js";

const idle = {
  recordings: 3,
  transcribed: 3,
  failed: 0,
  done: 0,
  total: 0,
  drafting: false,
  rendering: false,
  settled: true,
  version: 1,
  revision: 1,
  state: "draft",
  documents: [],
};

test("says what is being worked on", () => {
  const told = (change) => describeWork({ ...idle, ...change });
  assert.equal(told({ transcribed: 1, done: 65, total: 3700 }), "Đang nhận dạng tiếng nói: 1:05 trong 1:01:40.");
  assert.equal(told({ transcribed: 0, failed: 1 }), "Có 2 bản ghi chờ nhận dạng tiếng nói.");
  assert.equal(told({ drafting: true }), "Đang dự thảo biên bản.");
  assert.equal(told({ rendering: true, drafting: true }), "Đang lập văn bản PDF và DOCX.");
  assert.equal(told({}), "Đã xử lý xong.");
});
