/** The large picture in a small window of its own, above all other windows. */
import { byId } from "./elements.js";
import { playPicture } from "./picture.js";

/**
 * @typedef {{ requestWindow(size: { width: number, height: number }): Promise<Window> }} DocumentPip
 *   of the Document Picture-in-Picture API, which not every browser has
 */

const SIZE = { width: 440, height: 280 };

export class FloatingWindow {
  #button = byId("pip", HTMLButtonElement);
  /** @type {{ window: Window, video: HTMLVideoElement, name: HTMLElement } | null} */ #open = null;

  /** @param {{ findVideo: () => HTMLVideoElement | null, onChange: () => void }} parts `findVideo`: the picture to float */
  constructor(parts) {
    this.parts = parts;
    this.#button.hidden = documentPip() === null && !document.pictureInPictureEnabled;
    this.#button.addEventListener("click", () => void this.toggle());
  }

  /** The video in the window, for whoever counts what is shown. */
  get video() {
    return this.#open?.video ?? null;
  }

  async toggle() {
    if (this.#open !== null) return this.#open.window.close();
    if (document.pictureInPictureElement !== null) return document.exitPictureInPicture();
    const pip = documentPip();
    if (pip !== null) return this.#openWindow(await pip.requestWindow(SIZE));
    const video = this.parts.findVideo();
    if (video !== null) await video.requestPictureInPicture();
    return undefined;
  }

  /** @param {MediaStreamTrack | null} picture @param {string} name */
  show(picture, name) {
    if (this.#open === null) return;
    playPicture(this.#open.video, picture);
    this.#open.name.textContent = name;
  }

  /** @param {Window} window */
  #openWindow(window) {
    const { document: inside } = window;
    for (const sheet of document.querySelectorAll("link[rel=stylesheet]")) inside.head.append(sheet.cloneNode());
    inside.documentElement.className = document.documentElement.className;
    inside.documentElement.lang = document.documentElement.lang;
    inside.title = document.title;
    inside.body.className = "room-page pip-page";
    const video = inside.createElement("video");
    Object.assign(video, { muted: true, autoplay: true, playsInline: true, className: "pip-video" });
    const name = inside.createElement("p");
    name.className = "pip-name";
    inside.body.append(video, name);
    this.#open = { window, video, name };
    window.addEventListener("pagehide", () => {
      this.#open = null;
      this.parts.onChange();
    });
    this.parts.onChange();
  }
}

/** @returns {DocumentPip | null} */
function documentPip() {
  const pip = /** @type {{ documentPictureInPicture?: DocumentPip }} */ (/** @type {unknown} */ (globalThis));
  return pip.documentPictureInPicture ?? null;
}
