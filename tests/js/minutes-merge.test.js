import assert from "node:assert/strict";
import { test } from "node:test";

import { canonical, mergeContents, tellEntries } from "../../web/static/js/minutes-merge.js";

const say = (speaker, text, more = {}) => ({ speaker, text, starts_at: null, segments: [], suspect: "", ...more });
const section = (title, ...statements) => ({ title, presenter: "", summary: "", statements });
const minutes = (values = {}) => ({
  title: "Họp giao ban",
  form: "online",
  chair: { name: "Hiệp", position: "Chủ tịch" },
  places: ["Hội trường", "Lâm Hà"],
  sections: [section("Khai mạc", say("A", "một"), say("B", "hai")), section("Giải ngân", say("C", "ba"))],
  votes: [],
  conclusions: [],
  recipients: [],
  ...values,
});

test("takes what only one of the two changed", () => {
  const base = minutes();
  const mine = minutes({ title: "Họp giao ban tháng 11" });
  const theirs = minutes({ places: ["Hội trường", "Lâm Hà", "Đức Trọng"], form: "hybrid" });
  const merge = mergeContents(base, mine, theirs);
  assert.deepEqual(merge.conflicts, []);
  assert.equal(merge.news, true);
  assert.deepEqual(merge.resolve([]), minutes({ title: mine.title, places: theirs.places, form: "hybrid" }));
});

test("a section that somebody added does not set the others against each other", () => {
  const base = minutes();
  const mine = structuredClone(base);
  mine.sections[1].statements[0].text = "ba, đã sửa";
  const theirs = structuredClone(base);
  theirs.sections.splice(1, 0, section("Đột xuất", say("D", "mới")));
  const merged = mergeContents(base, mine, theirs);
  assert.equal(merged.conflicts.length, 0);
  const content = merged.resolve([]);
  assert.deepEqual(content.sections.map((each) => each.title), ["Khai mạc", "Đột xuất", "Giải ngân"]);
  assert.equal(content.sections[2].statements[0].text, "ba, đã sửa");
});

test("the speaker that one changed and the words that the other changed come together", () => {
  const base = minutes();
  const mine = structuredClone(base);
  mine.sections[0].statements[0].speaker = "Ông An";
  const theirs = structuredClone(base);
  theirs.sections[0].statements[0].text = "một hai ba";
  const merged = mergeContents(base, mine, theirs);
  assert.equal(merged.conflicts.length, 0);
  assert.deepEqual(merged.resolve([]).sections[0].statements[0], say("Ông An", "một hai ba"));
});

test("the same words changed by both are a conflict: one, the other or both", () => {
  const base = minutes();
  const [mine, theirs] = [structuredClone(base), structuredClone(base)];
  mine.sections[0].statements[1].text = "hai của tôi";
  theirs.sections[0].statements[1].text = "hai của họ";
  mine.title = "Tôi";
  theirs.title = "Họ";
  const merged = mergeContents(base, mine, theirs);
  assert.deepEqual(merged.conflicts.map(({ field }) => field), ["title", "sections"]);
  assert.equal(tellEntries(merged.conflicts[1].base), "B\nhai");
  const texts = (choices) => merged.resolve(choices).sections[0].statements.map(({ text }) => text);
  assert.deepEqual(texts(["mine", "mine"]), ["một", "hai của tôi"]);
  assert.deepEqual(texts(["mine", "theirs"]), ["một", "hai của họ"]);
  assert.deepEqual(texts(["mine", "both"]), ["một", "hai của họ", "hai của tôi"]);
  assert.equal(merged.resolve(["both", "mine"]).title, "Họ / Tôi");
});

test("what one struck out and the other rewrote is a conflict, and nothing is lost by default", () => {
  const base = minutes();
  const mine = structuredClone(base);
  mine.sections[1].statements[0].text = "ba, viết lại";
  const theirs = structuredClone(base);
  theirs.sections[1].statements = [];
  const merged = mergeContents(base, mine, theirs);
  assert.equal(merged.conflicts.length, 1);
  assert.equal(merged.resolve([]).sections[1].statements[0].text, "ba, viết lại");
});

test("equal changes and equal values in another order are no conflict", () => {
  const base = minutes();
  const both = minutes({ title: "Như nhau" });
  const turned = Object.fromEntries(Object.entries(both).reverse());
  const merged = mergeContents(base, both, turned);
  assert.deepEqual([merged.conflicts.length, merged.news], [0, false]);
  assert.equal(canonical({ a: 1, b: { d: 1, c: [] } }), canonical({ b: { c: [], d: 1 }, a: 1 }));
});

test("random merges keep every text that somebody typed", () => {
  let seed = 7;
  const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
  for (let round = 0; round < 300; round += 1) {
    const base = minutes();
    const [mine, theirs] = [structuredClone(base), structuredClone(base)];
    const typed = [];
    for (const [who, content] of [["tôi", mine], ["họ", theirs]]) {
      for (let change = random(3) + 1; change > 0; change -= 1) {
        const part = content.sections[random(content.sections.length)];
        const text = `${who} ${round}.${change}`;
        if (random(2) === 0 || part.statements.length === 0) part.statements.splice(random(part.statements.length + 1), 0, say("X", text));
        else part.statements[random(part.statements.length)].text = text;
      }
      typed.push(...content.sections.flatMap((each) => each.statements).map(({ text }) => text).filter((text) => text.startsWith(who)));
    }
    const merged = mergeContents(base, mine, theirs);
    const kept = merged.resolve(merged.conflicts.map(() => "both")).sections.flatMap((each) => each.statements).map(({ text }) => text);
    for (const text of typed) assert.ok(kept.includes(text), `${text} is lost`);
  }
});
