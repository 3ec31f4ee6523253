/**
 * Which pictures the page shows, and how high: watched by what the browser says of their elements, told a few times a second
 * at most. A hidden page shows nothing but the picture that floats above other windows.
 */
import { systemClock } from "./clock.js";
import { pixelsOf } from "./view.js";

/** @typedef {import("./view.js").Shown} Shown */
/** @typedef {{ track: string, source: "camera" | "screen", element: Element }} Picture */

/** While things move, milliseconds from one telling to the next. */
const PAUSE = 300;

export class ViewWishes {
  /** @type {Picture[]} */ #pictures = [];
  /** @type {Set<Element>} */ #watched = new Set();
  /** @type {Set<Element>} scrolled out of sight */ #out = new Set();
  /** @type {unknown} */ #timer = null;
  #told = "";

  /**
   * @param {{ onWishes: (shown: Shown[]) => void, clock?: import("./clock.js").Clock }} parts
   *   `onWishes` gets what is shown, most important first, when that has changed
   */
  constructor(parts) {
    this.parts = parts;
    this.clock = parts.clock ?? systemClock;
    this.sizes = new ResizeObserver(() => this.#soon());
    this.sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) this.#out.delete(target);
        else this.#out.add(target);
      }
      this.#soon();
    });
    for (const event of ["visibilitychange", "enterpictureinpicture", "leavepictureinpicture"]) {
      document.addEventListener(event, () => this.#soon());
    }
  }

  /** @param {Picture[]} pictures everything on the stage, most important first */
  show(pictures) {
    this.#pictures = pictures;
    const elements = new Set(pictures.map(({ element }) => element));
    for (const element of this.#watched) {
      if (elements.has(element)) continue;
      this.sizes.unobserve(element);
      this.sight.unobserve(element);
      this.#watched.delete(element);
      this.#out.delete(element);
    }
    for (const element of elements) {
      if (this.#watched.has(element)) continue;
      this.#watched.add(element);
      this.sizes.observe(element);
      this.sight.observe(element);
    }
    this.#soon();
  }

  #soon() {
    if (this.#timer !== null) return;
    this.#timer = this.clock.set(() => {
      this.#timer = null;
      this.#tell();
    }, PAUSE);
  }

  #tell() {
    const shown = this.#pictures.map(({ track, source, element }) => ({ track, source, height: this.#measure(element) }));
    const seen = shown.filter(({ height }) => height > 0);
    const text = JSON.stringify(seen);
    if (text === this.#told) return;
    this.#told = text;
    this.parts.onWishes(seen);
  }

  /** @param {Element} element */
  #measure(element) {
    const floating = document.pictureInPictureElement;
    if (floating !== null && element.contains(floating)) return pixelsOf(360, devicePixelRatio);
    if (element.ownerDocument !== document) return pixelsOf(element.clientHeight, devicePixelRatio); // a window of its own
    if (document.hidden || this.#out.has(element)) return 0;
    return pixelsOf(element.clientHeight, devicePixelRatio);
  }
}
