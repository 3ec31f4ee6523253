/** Looks at my link again and again and says how good it is. No DOM. */
import { systemClock } from "./clock.js";
import { judge, measure, trimReadings, UNKNOWN } from "./link-quality.js";

/** @typedef {import("./link-quality.js").Level} Level */
/** @typedef {import("./link-quality.js").Reading} Reading */

/** Milliseconds from one look to the next. */
const PAUSE = 2500;

export class LinkWatch {
  /** @type {Level | null} null: not known */ level = null;
  /** @type {Reading[]} */ #readings = [];
  #judgement = UNKNOWN;
  /** @type {unknown} */ #timer = null;
  #running = false;

  /**
   * @param {{ read: () => Promise<Omit<Reading, "at"> | null>, onLook: (level: Level | null) => void,
   *   clock?: import("./clock.js").Clock }} parts
   *   `read` gets what there is to be seen, null when nothing can be; `onLook` is told after each look, changed or not
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
    const seen = await this.parts.read();
    if (this.#running) this.#take(seen, this.clock.now());
  }

  /** @param {Omit<Reading, "at"> | null} seen @param {number} now */
  #take(seen, now) {
    if (seen !== null) this.#readings.push({ ...seen, at: now });
    this.#readings = trimReadings(this.#readings, now);
    this.#judgement = judge(this.#judgement, seen === null ? null : measure(this.#readings), now);
    this.level = this.#judgement.level;
    this.parts.onLook(this.level);
  }
}
