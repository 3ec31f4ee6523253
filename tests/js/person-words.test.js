import assert from "node:assert/strict";
import { test } from "node:test";
import { describePerson, initialsOf, isSilent, shortName } from "../../web/static/js/person-words.js";
import { participant } from "./examples.js";

test("a person is described by role, unit, heads and what is out of the ordinary", () => {
  assert.equal(describePerson(participant()), "UBND xã Đức Trọng");
  assert.equal(
    describePerson(participant({ role: "chair", heads: 12, weak: true, companion: true, connected: false })),
    "Chủ trì · UBND xã Đức Trọng · 12 người · máy phụ · mạng yếu · đang mất kết nối",
  );
  assert.equal(describePerson(participant({ role: "guest", detail: "Khách mời" })), "Khách mời");
});

test("a microphone that is off, absent or a second one in a hall is silent", () => {
  assert.equal(isSilent(participant()), false);
  assert.equal(isSilent(participant({ muted: true })), true);
  assert.equal(isSilent(participant({ tracks: [] })), true);
  assert.equal(isSilent(participant({ companion: true })), true);
});

test("names are short where there is little room", () => {
  assert.equal(shortName("Điểm cầu xã Đức Trọng"), "Xã Đức Trọng");
  assert.equal(shortName("Điểm cầu đặc khu Phú Quý (bạn)"), "Đặc khu Phú Quý (bạn)");
  assert.equal(shortName("Điểm cầu"), "Điểm cầu");
  assert.equal(initialsOf("Nguyễn Văn An"), "VA");
  assert.equal(initialsOf("Phường Xuân Hương - Đà Lạt"), "ĐL");
});
