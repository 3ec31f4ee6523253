/**
 * Holds together what I receive and send less of: what the page shows, "Mạng yếu", and a second device in the same room.
 * It tells the server when any of that changes, and all of it after each joining. No DOM.
 *
 * @typedef {import("./view.js").Shown} Shown
 * @typedef {import("./wire.js").Quality} Quality
 */
import { systemClock } from "./clock.js";
import { composeView, sameView } from "./view.js";
import { beginWeak, chooseWeak, followLink, isSaving, planOf } from "./weak.js";

/** How long to wait after the server found that too much was told. */
const LATER = 1500;

export class Saver {
  /** @type {Quality | null} how good my link is; null: not known */ level = null;
  /** @type {readonly Shown[] | null} null: nothing was said of it yet */ #shown = null;
  /** @type {import("./wire.js").View | null} */ #told = null;
  #toldLink = "";
  #toldCompanion = false;
  /** @type {unknown} */ #timer = null;

  /**
   * @param {{ send: (message: import("./wire.js").ClientMessage) => boolean,
   *   onPlan: (plan: import("./weak.js").Plan) => void, onStep: (weak: import("./weak.js").Weak) => void,
   *   onChange: () => void, weak: boolean, companion: boolean,
   *   clock?: import("./clock.js").Clock }} parts
   *   `onPlan`: what I send has to follow; `onStep`: something more, or less, is given up, of which the person is told; `weak` and `companion` as they were chosen before
   */
  constructor(parts) {
    this.parts = parts;
    this.clock = parts.clock ?? systemClock;
    this.companion = parts.companion;
    this.weak = beginWeak(parts.weak, this.clock.now());
  }

  /** What is given up now. */
  get plan() {
    return planOf(this.weak);
  }

  /** @param {readonly Shown[]} shown what the page shows, most important first */
  setShown(shown) {
    this.#shown = shown;
    this.#tell();
  }

  /** @param {boolean} on */
  setWeak(on) {
    this.#follow(chooseWeak(this.weak, on, this.clock.now()));
  }

  /** @param {boolean} on sound comes from another device in this room, and goes by it */
  setCompanion(on) {
    this.companion = on;
    this.#tell();
    this.parts.onChange();
  }

  /** The link was looked at. @param {Quality | null} level */
  takeLevel(level) {
    const changed = level !== this.level;
    this.level = level;
    this.#follow(followLink(this.weak, level, this.clock.now()), changed);
  }

  /** I joined, or the server forgot what it knew of me. */
  tellAll() {
    this.#told = null;
    this.#toldLink = "";
    this.#toldCompanion = false;
    this.parts.onPlan(this.plan);
    this.#tell();
  }

  /** The server has not taken what I told last. */
  tellLater() {
    this.clock.clear(this.#timer);
    this.#timer = this.clock.set(() => this.tellAll(), LATER);
  }

  /** @param {import("./weak.js").Weak} weak @param {boolean} [changed] something else has changed */
  #follow(weak, changed = false) {
    const before = this.weak;
    this.weak = weak;
    if (before.step !== weak.step) {
      this.parts.onPlan(this.plan);
      this.parts.onStep(weak);
    }
    if (before.step === weak.step && before.chosen === weak.chosen && !changed) return;
    this.#tell();
    this.parts.onChange();
  }

  #tell() {
    const { send } = this.parts;
    const { companion } = this;
    if (companion !== this.#toldCompanion && send({ type: "companion", on: companion })) this.#toldCompanion = companion;
    if (this.#shown !== null || companion || isSaving(this.weak)) {
      const view = composeView(this.#shown ?? [], this.plan, companion);
      if (!sameView(this.#told, view) && send(view)) this.#told = view;
    }
    this.#tellLink();
  }

  #tellLink() {
    const weak = isSaving(this.weak);
    if (this.level === null && !weak) return;
    const quality = this.level ?? "weak";
    const text = `${quality} ${weak}`;
    if (text !== this.#toldLink && this.parts.send({ type: "link", quality, weak })) this.#toldLink = text;
  }
}
