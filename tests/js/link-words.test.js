import assert from "node:assert/strict";
import { test } from "node:test";
import { describeLink } from "../../web/static/js/link-words.js";

const UP = { publish: "connected", receive: "connected" };
const CALM = { stuck: false, level: "good", back: false };

test("the three states and the three causes have words of their own", () => {
  const texts = [
    describeLink({ state: "joined", again: false }, UP, CALM),
    describeLink({ state: "reconnecting", attempt: 2, cause: "offline" }, UP, CALM),
    describeLink({ state: "reconnecting", attempt: 2, cause: "server" }, UP, CALM),
    describeLink({ state: "joined", again: true }, UP, { ...CALM, back: true }),
    describeLink({ state: "joined", again: false }, UP, { ...CALM, level: "bad" }),
    describeLink({ state: "joined", again: false }, { ...UP, receive: "broken" }, CALM),
    describeLink({ state: "waiting" }, { publish: "none", receive: "none" }, CALM),
    describeLink({ state: "lost", cause: "offline" }, UP, CALM),
    describeLink({ state: "lost", cause: "server" }, UP, CALM),
  ].map(({ text, banner }) => `${text} / ${banner}`);
  assert.equal(new Set(texts).size, texts.length);
  assert.match(texts[1], /Mất mạng\. Đang nối lại, lần 2/);
  assert.match(texts[2], /Máy chủ chưa trả lời\. Đang nối lại, lần 2/);
  assert.match(texts[3], /Đã vào lại/);
  assert.match(texts[4], /Dữ liệu đến chậm/);
});

test("a weak link alone is no reason for a banner", () => {
  assert.equal(describeLink({ state: "joined", again: false }, UP, { ...CALM, level: "weak" }).banner, "");
});

test("whoever can do something gets a button", () => {
  assert.equal(describeLink({ state: "lost", cause: "server" }, UP, CALM).action, "retry");
  assert.equal(describeLink({ state: "closed", why: "protocol", reason: "" }, UP, CALM).action, "reload");
  assert.equal(describeLink({ state: "closed", why: "ended", reason: "" }, UP, CALM).action, null);
});
