import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, measure, trimReadings, UNKNOWN } from "../../web/static/js/link-quality.js";

const STEP = 2500;
const FINE = { loss: 0, concealed: 0, jitter: 0.01, delay: 0.05, starved: 0 };

const stream = (changes = {}) => ({
  kind: "audio",
  packets: 0,
  lost: 0,
  samples: 0,
  concealed: 0,
  jitter: 0.01,
  delay: 0,
  ...changes,
});

/** Judge figures that come every 2.5 s; the levels that were shown. */
function show(figures, before = UNKNOWN, from = 0) {
  let judgement = before;
  const levels = figures.map((one, index) => {
    judgement = judge(judgement, one, from + index * STEP);
    return judgement.level;
  });
  return { levels, judgement };
}

const repeat = (count, figures) => Array.from({ length: count }, () => figures);

/** A generator of numbers from 0 to 1 that is the same in every run. */
function dice(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Half an hour of 50 packets a second of which `isLost` takes some, looked at as the room does. */
function listen(isLost) {
  const totals = { packets: 0, lost: 0 };
  const seen = new Set();
  let [readings, judgement] = [[], UNKNOWN];
  for (let number = 0; number < 30 * 60 * 50; number += 1) {
    totals[isLost(number) ? "lost" : "packets"] += 1;
    const at = number * 20;
    if (at % STEP !== 0) continue;
    readings = trimReadings([...readings, { at, streams: new Map([["a", stream(totals)]]) }], at);
    judgement = judge(judgement, measure(readings), at);
    seen.add(judgement.level);
  }
  return { seen: [...seen], judgement };
}

test("half an hour with one packet in a hundred lost is never weak, let alone bad", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const roll = dice(seed);
    assert.deepEqual(listen(() => roll() < 0.01).seen, [null, "good"]);
  }
});

test("the same loss in bursts is no reason to complain", () => {
  assert.deepEqual(listen((number) => number % 5000 < 50).seen, [null, "good"]); // a second in a hundred
  assert.deepEqual(listen((number) => number % 10_000 < 100).seen, [null, "good"]); // two seconds in two hundred
});

test("loss that stays is told by its size", () => {
  const roll = dice(7);
  assert.equal(listen(() => roll() < 0.07).judgement.level, "weak");
  assert.equal(listen(() => roll() < 0.4).judgement.level, "bad");
});

test("one bad window changes nothing", () => {
  const { levels } = show([FINE, FINE, { ...FINE, loss: 0.5 }, FINE, { ...FINE, loss: 1 }, { ...FINE, loss: 1 }, FINE]);
  assert.deepEqual(new Set(levels), new Set(["good"]));
});

test("a bad link steps down one level at a time, and up again more slowly", () => {
  const down = show([FINE, ...repeat(10, { ...FINE, loss: 0.35 })]);
  assert.deepEqual(down.levels, [...repeat(5, "good"), ...repeat(4, "weak"), ...repeat(2, "bad")]);
  const up = show(repeat(10, FINE), down.judgement, 11 * STEP);
  assert.deepEqual(up.levels, [...repeat(4, "bad"), ...repeat(4, "weak"), ...repeat(2, "good")]);
});

test("a link at a bound does not flicker", () => {
  const figures = Array.from({ length: 200 }, (_, index) => ({ ...FINE, loss: index % 8 < 4 ? 0.055 : 0.045 }));
  const { levels } = show([...repeat(5, { ...FINE, loss: 0.055 }), ...figures]);
  assert.deepEqual([...new Set(levels.slice(5))], ["weak"]);
});

test("jitter, delay and concealment count as loss does", () => {
  const settle = (changes) => show(repeat(20, { ...FINE, ...changes })).judgement.level;
  assert.deepEqual([0.04, 0.07, 0.4].map((jitter) => settle({ jitter })), ["good", "weak", "bad"]);
  assert.deepEqual([0.3, 0.6, 1.6].map((delay) => settle({ delay })), ["good", "weak", "bad"]);
  assert.deepEqual([0.02, 0.1, 0.4].map((concealed) => settle({ concealed })), ["good", "weak", "bad"]);
});

test("nothing is shown before it is known, and not for long after", () => {
  assert.deepEqual(show([null, null, FINE]).levels, [null, null, "good"]);
  assert.equal(show([{ ...FINE, loss: 0.5 }]).levels[0], null);
  const { levels } = show([FINE, ...repeat(8, null)]);
  assert.deepEqual(levels, [...repeat(7, "good"), null, null]);
});

test("a window is measured by what was lost in it", () => {
  const reading = (at, changes) => ({ at, streams: new Map([["a", stream(changes)]]) });
  const figures = measure([
    reading(0, { packets: 1000, lost: 500, samples: 480_000, concealed: 1000 }),
    reading(5000, { packets: 1225, lost: 525, samples: 720_000, concealed: 13_000, jitter: 0.02 }),
  ]);
  assert.deepEqual(figures, { loss: 0.1, concealed: 0.05, jitter: 0.02, delay: 0, starved: 0 });
});

test("too few packets, too short a time and counters that began anew say nothing", () => {
  const reading = (at, packets, lost = 0) => ({ at, streams: new Map([["a", stream({ packets, lost })]]) });
  assert.equal(measure([]), null);
  assert.equal(measure([reading(0, 0), reading(2500, 500)]), null);
  assert.equal(measure([reading(0, 0), reading(5000, 12, 1)]), null); // in a pause: one of twelve
  assert.equal(measure([reading(0, 9000), reading(5000, 200)]), null);
});

test("the worse of sound and picture counts, without the jitter of pictures", () => {
  const streams = (packets, lost) =>
    new Map([
      ["a", stream({ packets })],
      ["v", stream({ kind: "video", packets, lost, jitter: 0.9 })],
    ]);
  const figures = measure([
    { at: 0, streams: streams(0, 0) },
    { at: 5000, streams: streams(90, 10) },
  ]);
  assert.deepEqual([figures.loss, figures.jitter], [0.1, 0.01]);
});

test("a window takes readings that come a little early", () => {
  const readings = [0, 2500, 4900].map((at) => ({ at, streams: new Map([["a", stream({ packets: at })]]) }));
  assert.equal(trimReadings(readings, 4900).length, 3);
  assert.equal(measure(readings).loss, 0);
});

test("readings from before a pause are dropped", () => {
  const readings = [0, 2500, 5000, 7500, 10_000].map((at) => ({ at, streams: new Map() }));
  const times = (now) => trimReadings(readings, now).map(({ at }) => at);
  assert.deepEqual(times(10_000), [5000, 7500, 10_000]);
  assert.deepEqual(times(60_000), []);
});

test("hardly anything coming in is bad only where something is expected", () => {
  const readings = (rate, expected) =>
    [0, 2500, 5000].map((at) => ({ at, streams: new Map(), arrived: (rate * at) / 1000, expected }));
  assert.equal(measure(readings(4, true)).starved, 1);
  assert.equal(measure(readings(4, false)), null); // nobody speaks
  assert.equal(measure(readings(12, true)), null);
  const began = readings(4, true).map((one) => ({ ...one, arrived: 100 - one.arrived }));
  assert.equal(measure(began), null); // another connection
  assert.equal(show(repeat(20, { ...FINE, starved: 1 })).judgement.level, "bad");
});

test("the way there and back counts though nothing is sent or heard", () => {
  const readings = [0, 2500, 5000].map((at) => ({ at, streams: new Map(), trip: 1.8 }));
  assert.equal(measure(readings).delay, 1.8);
});
