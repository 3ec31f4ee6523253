import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkWatch } from "../../web/static/js/link-watch.js";
import { settle } from "./fake-peer.js";
import { HandClock } from "./hand-clock.js";

function setUp() {
  const all = { clock: new HandClock(), looks: [], levels: [], here: true };
  all.watch = new LinkWatch({
    clock: all.clock,
    onLook: (level) => all.levels.push(level),
    read: async () => {
      all.looks.push(all.clock.now());
      const packets = all.clock.now() / 20;
      const sound = { kind: "audio", packets, lost: 0, samples: 0, concealed: 0, jitter: 0, delay: 0 };
      return all.here ? { streams: new Map([["a", sound]]) } : null;
    },
  });
  all.wait = async (ms) => {
    for (let left = ms; left > 0; left -= 500) {
      all.clock.advance(500);
      await settle();
    }
  };
  return all;
}

test("a level is known after a window, and forgotten some time after nothing is to be seen", async () => {
  const all = setUp();
  all.watch.start();
  await all.wait(4500);
  assert.equal(all.watch.level, null);
  await all.wait(10_000);
  assert.equal(all.watch.level, "good");
  all.here = false;
  await all.wait(20_000);
  assert.equal(all.watch.level, null);
  assert.deepEqual([...new Set(all.levels)], [null, "good"]);
});

test("it looks at most every two seconds, and not at all while stopped", async () => {
  const all = setUp();
  all.watch.start();
  all.watch.start();
  await all.wait(20_000);
  const gaps = all.looks.slice(1).map((at, index) => at - all.looks[index]);
  assert.ok(Math.min(...gaps) >= 2000, String(gaps));
  all.watch.stop();
  const before = all.looks.length;
  await all.wait(60_000);
  assert.equal(all.looks.length, before);
  all.watch.start();
  await all.wait(7500);
  assert.equal(all.watch.level, "good");
});
