/** Looks at the links again and again, while somebody looks at the page, and keeps their levels. No DOM. */
import { systemClock } from "./clock.js";
import { judge, measure, trimReadings, UNKNOWN } from "./link-quality.js";

/** @typedef {import("./link-quality.js").Level} Level */
/** @typedef {import("./link-quality.js").Stream} Stream */

/** Milliseconds from one look to the next. */
const PAUSE = 2500;

export class LinkWatch {
  /** @type {ReadonlyMap<string, Level>} what is known, by participant */ levels = new Map();
  /** @type {Map<string, { readings: import("./link-quality.js").Reading[], judgement: import("./link-quality.js").Judgement }>} */
  #links = new Map();
  /** @type {unknown} */ #timer = null;
  #running = false;

  /**
   * @param {{ read: () => Promise<Map<string, Map<string, Stream>>>, onChange: () => void,
   *   clock?: import("./clock.js").Clock }} parts `read` gets the streams of each participant
   */
  constructor(parts) {
    this.parts = parts;
    this.clock = parts.clock ?? systemClock;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    void this.#look();
  }

  stop() {
    this.#running = false;
    this.clock.clear(this.#timer);
  }

  async #look() {
    this.#timer = this.clock.set(() => void this.#look(), PAUSE);
    const found = await this.parts.read();
    if (this.#running) this.#take(found, this.clock.now());
  }

  /** @param {Map<string, Map<string, Stream>>} found @param {number} now */
  #take(found, now) {
    const before = this.levels;
    /** @type {Map<string, Level>} */
    const levels = new Map();
    for (const id of new Set([...this.#links.keys(), ...found.keys()])) {
      const link = this.#links.get(id) ?? { readings: [], judgement: UNKNOWN };
      const streams = found.get(id);
      if (streams !== undefined) link.readings.push({ at: now, streams });
      link.readings = trimReadings(link.readings, now);
      link.judgement = judge(link.judgement, streams === undefined ? null : measure(link.readings), now);
      const { level } = link.judgement;
      if (level !== null) levels.set(id, level);
      if (streams === undefined && level === null) this.#links.delete(id);
      else this.#links.set(id, link);
    }
    this.levels = levels;
    const same = levels.size === before.size && [...levels].every(([id, level]) => before.get(id) === level);
    if (!same) this.parts.onChange();
  }
}
