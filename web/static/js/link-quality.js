/**
 * How good a link is, from counters that are read every few seconds: pure, and slow to complain.
 *
 * A window of five seconds is judged, never one report: of a few packets one lost is a large part. A link must be worse
 * for longer than one burst can stay in the window before it steps down, and clearly better for longer before it steps up.
 *
 * @typedef {import("./wire.js").Quality} Level
 * @typedef {{ kind: "audio" | "video", packets: number, lost: number, samples: number, concealed: number,
 *   jitter: number, delay: number }} Stream
 *   since the stream began: `packets` sent or received, and `lost`; `samples` of sound played, and those of them that were
 *   made up (`concealed`); now: `jitter` and `delay` there and back, in seconds. What is not known is 0
 * @typedef {{ at: number, streams: Map<string, Stream>, trip?: number, arrived?: number, expected?: boolean }} Reading
 *   `at`: milliseconds by a clock that only goes forward; `trip`: there and back by the checks of the connection, in
 *   seconds; `arrived`: packets that came in, of whomever; `expected`: something should be coming in
 * @typedef {{ loss: number, concealed: number, jitter: number, delay: number, starved: number }} Figures
 *   parts of 1, and seconds; `starved` is 1 when hardly anything came although it was expected
 * @typedef {{ level: Level | null, way: number, since: number, known: number }} Judgement
 *   `level` is null while nothing is known; the link has been worse (`way` 1) or better (-1) than that `since`; `known`:
 *   when there were figures last
 */

/** Milliseconds. */
const WINDOW = 5000;
const SLACK = 500; // timers and reports come a little early or late
const WORSE_FOR = 8000;
const BETTER_FOR = 10_000;
/** How long a level stays without figures, as in the pauses of somebody who speaks: silence is hardly sent at all. */
const MEMORY = 15_000;
/** Of fewer packets in a window nothing is concluded. */
const LEAST_PACKETS = 50;
const LEAST_SAMPLES = 48_000;
/** Fewer packets a second than this are no sound, let alone a picture. */
const LEAST_RATE = 10;

/** @type {Level[]} */
const LEVELS = ["good", "weak", "bad"];
/**
 * From where a link is weak, and bad. Loss of 5 % is where video calls begin to lower their picture, and of 30 % where
 * even mended sound is lost; jitter of 60 ms is more than a buffer takes without a word; with half a second there and back
 * people talk over each other, with one and a half they no longer can.
 * @type {Record<keyof Figures, [number, number]>}
 */
const BOUNDS = { loss: [0.05, 0.3], concealed: [0.08, 0.3], jitter: [0.06, 0.3], delay: [0.5, 1.5], starved: [1, 1] };
/** A link is better again only under this part of a bound. */
const EASE = 0.7;

/** @type {Judgement} */
export const UNKNOWN = { level: null, way: 0, since: 0, known: -Infinity };

/**
 * The readings that the window needs: those of the last five seconds, and one before.
 * @param {Reading[]} readings in the order of their time
 * @param {number} now
 */
export function trimReadings(readings, now) {
  const first = readings.findLastIndex(({ at }) => at <= now - WINDOW + SLACK);
  // Older ones than that lie before a pause, in which nobody looked.
  return readings.slice(Math.max(0, first)).filter(({ at }) => at >= now - 2 * WINDOW);
}

/**
 * What happened between the first and the last reading; null where that is too little, or too short.
 * @param {Reading[]} readings
 * @returns {Figures | null}
 */
export function measure(readings) {
  const [first, last] = [readings[0], readings.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < WINDOW - SLACK) return null;
  /** @type {Omit<Figures, "starved">[]} */
  const all = [];
  for (const kind of /** @type {const} */ (["audio", "video"])) {
    const figures = compare(first.streams, last.streams, kind);
    if (figures !== null) all.push(figures);
  }
  const trip = last.trip ?? 0;
  const starved = isStarved(readings, first, last) ? 1 : 0;
  if (all.length === 0 && trip === 0 && starved === 0) return null;
  const worst = (/** @type {"loss" | "concealed" | "jitter" | "delay"} */ name) =>
    Math.max(0, ...all.map((figures) => figures[name]));
  const delay = Math.max(trip, worst("delay"));
  return { loss: worst("loss"), concealed: worst("concealed"), jitter: worst("jitter"), delay, starved };
}

/** @param {Reading[]} readings @param {Reading} first @param {Reading} last */
function isStarved(readings, first, last) {
  const seconds = (last.at - first.at) / 1000;
  const came = (last.arrived ?? 0) - (first.arrived ?? 0);
  // Counters that went back are those of a new connection, which is given its time.
  return readings.every(({ expected }) => expected === true) && came >= 0 && came / seconds < LEAST_RATE;
}

/** @param {Map<string, Stream>} first @param {Map<string, Stream>} last @param {"audio" | "video"} kind */
function compare(first, last, kind) {
  const sum = { packets: 0, lost: 0, samples: 0, concealed: 0, jitter: 0, delay: 0 };
  for (const [key, now] of last) {
    const then = first.get(key);
    if (now.kind !== kind || then === undefined || now.packets < then.packets) continue; // begun, or begun anew
    sum.packets += now.packets - then.packets;
    sum.lost += Math.max(0, now.lost - then.lost);
    sum.samples += now.samples - then.samples;
    sum.concealed += Math.max(0, now.concealed - then.concealed);
    sum.jitter = Math.max(sum.jitter, now.jitter);
    sum.delay = Math.max(sum.delay, now.delay);
  }
  if (sum.packets + sum.lost < LEAST_PACKETS) return null;
  return {
    loss: sum.lost / (sum.packets + sum.lost),
    concealed: sum.samples < LEAST_SAMPLES ? 0 : sum.concealed / sum.samples,
    // Packets of a picture leave in bursts: their jitter says nothing of the link.
    jitter: kind === "audio" ? sum.jitter : 0,
    delay: sum.delay,
  };
}

/**
 * @param {Judgement} before
 * @param {Figures | null} figures null: nothing to judge by now
 * @param {number} at milliseconds
 * @returns {Judgement}
 */
export function judge(before, figures, at) {
  if (figures === null) return at - before.known > MEMORY ? UNKNOWN : before;
  const place = before.level === null ? 0 : LEVELS.indexOf(before.level);
  const way = Math.sign(rate(figures, place) - place);
  const since = way === before.way ? before.since : at;
  const held = way !== 0 && at - since >= (way > 0 ? WORSE_FOR : BETTER_FOR);
  if (held) return { level: LEVELS[place + way] ?? null, way, since: at, known: at };
  return { level: way === 0 ? (LEVELS[place] ?? null) : before.level, way, since, known: at };
}

/** The place in LEVELS that the figures alone would have. @param {Figures} figures @param {number} place the present one */
function rate(figures, place) {
  const names = /** @type {(keyof Figures)[]} */ (Object.keys(BOUNDS));
  const beyond = (/** @type {0 | 1} */ step) =>
    names.some((name) => figures[name] >= BOUNDS[name][step] * (place > step ? EASE : 1));
  return beyond(1) ? 2 : beyond(0) ? 1 : 0;
}
