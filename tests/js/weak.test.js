import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, measure, trimReadings, UNKNOWN } from "../../web/static/js/link-quality.js";
import { explainWeak, nameWeak } from "../../web/static/js/weak-words.js";
import { beginWeak, chooseWeak, followLink, planOf, PLANS } from "../../web/static/js/weak.js";

const STEP = 2500;
const MINUTE = 60_000;

/** Ask the rule every 2.5 s for a time; every change of its step, as [seconds, step]. */
function follow(begun, quality, ms, from = 0) {
  let weak = begun;
  const changes = [];
  for (let now = from; now <= from + ms; now += STEP) {
    const next = followLink(weak, typeof quality === "function" ? quality(now - from) : quality, now);
    if (next.step !== weak.step) changes.push([(now - from) / 1000, next.step]);
    weak = next;
  }
  return { weak, changes };
}

/** A generator of numbers from 0 to 1 that is the same in every run. */
function dice(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * A link as it is in packets, judged and followed as the room does: 50 packets of sound a second, of which `isLost` takes
 * some; `trip` is the way there and back, and `rate` the part of the packets that comes at all, from milliseconds.
 */
function simulate(ms, { isLost = () => false, trip = () => 0.05, rate = () => 1 }) {
  const totals = { kind: "audio", packets: 0, lost: 0, samples: 0, concealed: 0, jitter: 0.01, delay: 0 };
  let [weak, judgement, readings, owed] = [beginWeak(false, 0), UNKNOWN, [], 0];
  const steps = [];
  for (let at = 0; at < ms; at += 20) {
    owed += rate(at);
    if (owed >= 1) {
      owed -= 1;
      totals[isLost(at) ? "lost" : "packets"] += 1;
    }
    if (at % STEP !== 0) continue;
    const streams = new Map([["a", { ...totals }]]);
    readings = trimReadings([...readings, { at, streams, trip: trip(at), arrived: totals.packets, expected: true }], at);
    judgement = judge(judgement, measure(readings), at);
    weak = followLink(weak, judgement.level, at);
    steps.push(weak.step);
  }
  return { weak, steps, highest: Math.max(...steps) };
}

/** How often it changed its mind. */
const turns = (steps) => steps.filter((step, index) => index > 0 && step !== steps[index - 1]).length;

test("others' cameras go first, then the share, then my own camera, and my sound never", () => {
  assert.deepEqual(PLANS[0], { cameras: true, screen: true, limit: null, own: "full", thrifty: false });
  const gone = (of) => PLANS.findIndex(of);
  const cameras = gone((plan) => !plan.cameras);
  const share = gone((plan) => !plan.screen);
  const own = gone((plan) => plan.own === "off");
  assert.ok(cameras < share && share < own, `${cameras} ${share} ${own}`);
  assert.ok(PLANS.findIndex(({ own: mine }) => mine === "small") < own);
  const given = PLANS.map(({ cameras: c, screen, own: mine }) => Number(c) + Number(screen) + Number(mine !== "off"));
  assert.deepEqual(given, [...given].sort((a, b) => b - a));
});

test("half an hour with one packet in a hundred lost gives nothing up, however the losses fall", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const roll = dice(seed);
    assert.equal(simulate(30 * MINUTE, { isLost: () => roll() < 0.01 }).highest, 0, `evenly, seed ${seed}`);
  }
  for (let seed = 1; seed <= 20; seed += 1) {
    // In bursts: the link is lost for some 200 ms, once in some twenty seconds.
    const roll = dice(seed);
    let bad = false;
    const isLost = () => {
      bad = bad ? roll() > 0.1 : roll() < 0.001;
      return bad;
    };
    assert.equal(simulate(30 * MINUTE, { isLost }).highest, 0, `in bursts, seed ${seed}`);
  }
});

test("a third of the packets lost leaves sound alone within a minute", () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const roll = dice(seed);
    const { steps } = simulate(2 * MINUTE, { isLost: () => roll() < 0.36 });
    assert.ok(steps.findIndex((step) => step >= 1) * STEP <= 20_000, `seed ${seed}: ${steps}`);
    assert.equal(steps[MINUTE / STEP], 4, `seed ${seed}: ${steps}`);
  }
});

test("a tenth lost gives up the others' cameras and no more than the small share", () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const roll = dice(seed);
    const { steps, highest } = simulate(5 * MINUTE, { isLost: () => roll() < 0.1 });
    assert.deepEqual([highest, steps.at(-1)], [2, 2], `seed ${seed}`);
  }
});

test("a way of two seconds, and hardly a packet, are bad too", () => {
  assert.equal(simulate(2 * MINUTE, { trip: () => 2 }).highest, 4);
  assert.equal(simulate(2 * MINUTE, { rate: () => 0.1 }).highest, 4);
});

test("after a bad time everything comes back, one thing after another", () => {
  const roll = dice(3);
  const { steps, weak } = simulate(10 * MINUTE, { isLost: (at) => at < MINUTE && roll() < 0.5 });
  assert.equal(weak.step, 0);
  const after = steps.slice(steps.indexOf(4));
  assert.deepEqual(after.filter((step, index) => step !== after[index - 1]), [4, 3, 2, 1, 0]);
});

test("after half a bad minute the pictures are back within another", () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const roll = dice(seed);
    const { steps } = simulate(2 * MINUTE, { isLost: (at) => at < MINUTE / 2 && roll() < 0.2 });
    assert.ok(steps.includes(1), `seed ${seed}: ${steps}`);
    assert.deepEqual(new Set(steps.slice((1.2 * MINUTE) / STEP)), new Set([0]), `seed ${seed}: ${steps}`);
  }
});

test("a link that is bad again and again is not asked again and again", () => {
  for (let period = 20_000; period <= 120_000; period += 20_000) {
    const roll = dice(period);
    const { steps } = simulate(30 * MINUTE, { isLost: (at) => at % period < period / 2 && roll() < 0.4 });
    assert.ok(turns(steps) <= 40, `every ${period / 1000} s: ${turns(steps)} changes in half an hour`);
  }
});

test("a link whose picture breaks it settles without", () => {
  // Good as long as the others' cameras are off, weak as soon as they are on.
  let [weak, judgedGood] = [beginWeak(false, 0), 0];
  const steps = [];
  for (let now = 0; now < 60 * MINUTE; now += STEP) {
    weak = followLink(weak, weak.step === 0 ? "weak" : "good", now);
    steps.push(weak.step);
    judgedGood += weak.step > 0 ? 1 : 0;
  }
  assert.ok(turns(steps.slice(steps.length / 2)) <= 16, `${turns(steps.slice(steps.length / 2))} changes in half an hour`);
  assert.ok(judgedGood / steps.length > 0.9);
});

test("switched on by hand it saves at once, and stays though the link is good", () => {
  const on = chooseWeak(beginWeak(false, 0), true, 0);
  assert.equal(on.step, 2);
  assert.deepEqual(follow(on, "good", 10 * MINUTE).changes, []);
  const worse = follow(on, "bad", MINUTE);
  assert.equal(worse.weak.step, 4);
  assert.equal(follow(worse.weak, "good", 10 * MINUTE, 2 * MINUTE).weak.step, 2);
  assert.equal(beginWeak(true, 0).step, 2);
});

test("switched off by hand everything comes at once, and the rule rests for five minutes", () => {
  const saving = follow(beginWeak(false, 0), "bad", MINUTE).weak;
  const off = chooseWeak(saving, false, MINUTE);
  assert.equal(off.step, 0);
  assert.equal(planOf(off).cameras, true);
  const after = follow(off, "bad", 10 * MINUTE, MINUTE);
  assert.ok(after.changes[0][0] >= 300, String(after.changes[0]));
});

test("nothing changes while nothing is known", () => {
  const saving = follow(beginWeak(false, 0), "weak", MINUTE).weak;
  assert.deepEqual(follow(saving, null, 10 * MINUTE, MINUTE).changes, []);
});

test("each step says what is gone and that the sound stays", () => {
  const texts = [1, 2, 3, 4].map((step) => explainWeak({ chosen: false, step }));
  assert.equal(new Set(texts).size, 4);
  assert.ok(texts.every((text) => text.includes("Tiếng nói luôn được giữ.")));
  assert.deepEqual(
    [nameWeak({ chosen: false, step: 0 }), nameWeak({ chosen: false, step: 1 }), nameWeak({ chosen: true, step: 2 })],
    ["tự động", "tự bật", "đang bật"],
  );
});
