import assert from "node:assert/strict";
import { test } from "node:test";
import { probe } from "../../web/static/js/network-probe.js";

/** Answers that take so many milliseconds each; null: none. */
async function look(...trips) {
  let now = 0;
  let asked = 0;
  const ask = async () => {
    const trip = trips[asked];
    asked += 1;
    now += trip ?? 4000;
    return trip !== null;
  };
  return { ...(await probe(ask, () => now)), asked };
}

test("the middle of what was answered counts, without the first question", async () => {
  assert.deepEqual(await look(900, 40, 50, 60, 300), { quality: "good", trip: 60, asked: 5 });
});

test("a slow way is weak, a very slow one bad", async () => {
  assert.equal((await look(500, 500, 500, 500, 500)).quality, "weak");
  assert.equal((await look(1500, 1500, 1500, 1500, 1500)).quality, "bad");
});

test("an answer that does not come makes it weak, two end the questions", async () => {
  assert.equal((await look(40, null, 40, 40, 40)).quality, "weak");
  assert.deepEqual(await look(null, null), { quality: null, trip: null, asked: 2 });
});
