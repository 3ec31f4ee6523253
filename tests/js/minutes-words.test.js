import assert from "node:assert/strict";
import { test } from "node:test";

import { chooseRenamed, cut, locate, segmentAt } from "../../web/static/js/minutes-words.js";

const SAID = [{ id: 4, text: "Kính thưa đồng chí." }, { id: 5, text: "Huyện đã giải ngân 62%." }, { id: 9, text: "Xin hết." }];
const TEXT = SAID.map(({ text }) => text).join(" ");

test("finds each sentence, also after others were rewritten", () => {
  assert.deepEqual(locate(TEXT, SAID).get(5), { from: 20, to: 43 });
  assert.deepEqual([...locate("Thưa đồng chí. Huyện đã giải ngân 62%.", SAID).keys()], [5]);
  assert.equal(segmentAt(TEXT, SAID, 25), 5);
  assert.equal(segmentAt(TEXT, SAID, 0), 4);
  assert.equal(segmentAt("khác hẳn", SAID, 3), null);
});

test("a cut text keeps what it was taken from", () => {
  assert.deepEqual(cut(TEXT, [19, 43], SAID), [
    { text: "Kính thưa đồng chí.", segments: [4] },
    { text: "Huyện đã giải ngân 62%.", segments: [5] },
    { text: "Xin hết.", segments: [9] },
  ]);
  assert.deepEqual(cut("viết lại", [4], [SAID[0]]).map(({ segments }) => segments), [[4], [4]]);
});

test("a speaker is named once, from here on, or everywhere", () => {
  const speakers = ["Lâm Hà", "Chủ tịch", "Lâm Hà", "Lâm Hà"];
  assert.deepEqual(chooseRenamed(speakers, 2, "one"), [2]);
  assert.deepEqual(chooseRenamed(speakers, 2, "onward"), [2, 3]);
  assert.deepEqual(chooseRenamed(speakers, 2, "all"), [0, 2, 3]);
});
