import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { clockLength, clockTime, readCatalogue, t, useCatalogue } from "../../web/static/js/i18n.js";

const SCRIPTS = new URL("../../web/static/js/", import.meta.url);

beforeEach(() => useCatalogue("vi", {}));

test("t gives the Vietnamese text when there is no translation", () => {
  assert.equal(t("Rời"), "Rời");
  useCatalogue("en", { Micro: "Microphone", "Giơ tay": "" });
  assert.equal(t("Rời"), "Rời");
  assert.equal(t("Giơ tay"), "Giơ tay");
  assert.equal(t("toString"), "toString");
});

test("t translates and fills in the fields", () => {
  useCatalogue("en", { "{name} đã vào họp.": "{name} joined." });
  assert.equal(t("{name} đã vào họp.", { name: "An" }), "An joined.");
});

test("t does not look for fields in what it fills in", () => {
  assert.equal(t("{name}: {text}", { name: "{text}", text: "xin chào" }), "{text}: xin chào");
  assert.equal(t("{name}", {}), "{name}");
});

test("the catalogue is read from its block in the page", () => {
  const page = (block) => ({
    documentElement: { lang: "en" },
    getElementById: (id) => (id === "catalogue" ? block : null),
  });
  readCatalogue(page({ textContent: '{"Rời": "Leave"}' }));
  assert.equal(t("Rời"), "Leave");
  readCatalogue(page(null));
  assert.equal(t("Rời"), "Rời");
});

test("a catalogue of another shape is refused", () => {
  for (const wrong of [null, [], "x", { Rời: 1 }]) assert.throws(() => useCatalogue("en", wrong), TypeError);
});

test("times are those of Viet Nam, on 24 hours", () => {
  assert.equal(clockTime("2026-11-24T01:05:00Z"), "08:05");
  assert.equal(clockTime("2026-11-24T17:00:00Z"), "00:00");
});

test("lengths read as a clock", () => {
  assert.deepEqual([-5, 0, 59_999, 65_000, 3_845_000].map(clockLength), ["0:00", "0:00", "0:59", "1:05", "1:04:05"]);
});

test("every text in the scripts is a literal, so that it can be found", () => {
  for (const name of readdirSync(SCRIPTS).filter((file) => file.endsWith(".js") && file !== "i18n.js")) {
    const script = readFileSync(new URL(name, SCRIPTS), "utf8");
    const calls = script.match(/(?<![\w.])t\(\s*[^)]/g) ?? [];
    for (const call of calls) assert.match(call, /"$/, `${name}: ${call}`);
  }
});
