import assert from "node:assert/strict";
import { test } from "node:test";
import { nameOver, nameSpeech, steadyClock, tellLate } from "../../web/static/js/floor-words.js";

test("a speech has its clock, with its time if it was given one", () => {
  assert.equal(nameSpeech({ spent: 151_000, planned: 300_000, over: 0 }), "02:31 / 05:00");
  assert.equal(nameSpeech({ spent: 151_000, planned: null, over: 0 }), "02:31");
  assert.equal(steadyClock(3_725_000), "1:02:05");
});

test("what is over is said in words", () => {
  assert.equal(nameOver(0), "");
  assert.equal(nameOver(20_000), "đã hết giờ");
  assert.equal(nameOver(121_000), "quá 2 phút");
});

test("whoever comes late is told in one line", () => {
  const late = { by: 720_000, item: 1, count: 5, recording: true };
  assert.equal(tellLate(late), "Bạn vào muộn 12 phút; đang ở mục 2/5; cuộc họp đang được ghi âm.");
  assert.equal(tellLate({ ...late, item: null, recording: false }), "Bạn vào muộn 12 phút.");
});
