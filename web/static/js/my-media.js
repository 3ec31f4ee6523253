/**
 * My microphone, camera and screen: opened when they are switched on, handed to the publisher, watched while they run.
 * No DOM.
 *
 * @typedef {import("./devices.js").Trouble} Trouble
 * @typedef {{ on: boolean, wanted: boolean, opening: boolean, trouble: Trouble | null, track: MediaStreamTrack | null }} Input
 * @typedef {{ microphone: Input, camera: Input, screen: MediaStreamTrack | null, dead: boolean }} Mine
 *   `wanted`: switched on, though it may still be opening or have failed; `dead`: the microphone is on and gives nothing at all
 */
import { DeviceError, listDevices, openCamera, openMicrophone, openScreen } from "./devices.js";
import { SilenceWatch, watchLevel } from "./levels.js";

/** @returns {Input} */
function off() {
  return { on: false, wanted: false, opening: false, trouble: null, track: null };
}

export class MyMedia {
  /** @type {Mine} */ mine = { microphone: off(), camera: off(), screen: null, dead: false };
  #silence = new SilenceWatch();
  #unwatch = () => {};

  /**
   * @param {{ publish: (source: import("./wire.js").Source, track: MediaStreamTrack | null) => void,
   *   onChange: () => void, onLevel: (level: number) => void, onLost: (source: "microphone" | "camera") => void,
   *   microphone: string | null, camera: string | null, hall?: boolean, watch?: typeof watchLevel }} parts
   *   `microphone` and `camera` are the wished devices; `hall`: they are a mixer and a capture card; `onLevel` gets the microphone's level in dBFS; `onLost` tells that
   *   a device which ran is gone
   */
  constructor(parts) {
    this.parts = parts;
    this.watch = parts.watch ?? watchLevel;
  }

  /** @param {boolean} on */
  async setMicrophone(on) {
    const { microphone } = this.mine;
    microphone.wanted = on;
    if (microphone.opening) return; // whoever opens it looks at the wish afterwards
    if (on && microphone.track === null) await this.#open("microphone");
    microphone.on = microphone.wanted && microphone.track !== null;
    if (microphone.track !== null) microphone.track.enabled = microphone.on;
    this.#silence.reset();
    this.mine.dead = false;
    this.parts.onChange();
  }

  /** Sound and picture of a hall from now on, or of a person. @param {boolean} hall */
  async setHall(hall) {
    if ((this.parts.hall ?? false) === hall) return;
    this.parts.hall = hall;
    await this.useDevice("microphone", this.parts.microphone);
    await this.useDevice("camera", this.parts.camera);
  }

  /**
   * Devices came or went, or the page woke up: open again what was lost, if it is there. What was switched off stays so, and
   * nothing else is taken in its place: nobody should be heard by a microphone that they did not choose.
   */
  async retryLost() {
    const { microphones, cameras } = await listDevices();
    for (const [source, there] of /** @type {const} */ ([
      ["microphone", microphones],
      ["camera", cameras],
    ])) {
      const input = this.mine[source];
      const wished = this.parts[source];
      if (!input.wanted || input.opening || input.trouble !== "not_found") continue;
      if (wished === null ? there.length === 0 : there.every(({ id }) => id !== wished)) continue;
      await (source === "microphone" ? this.setMicrophone(true) : this.setCamera(true));
    }
  }

  /** @param {boolean} on */
  async setCamera(on) {
    const { camera } = this.mine;
    camera.wanted = on;
    if (camera.opening) return;
    if (on && camera.track === null) await this.#open("camera");
    if (!camera.wanted) this.#close("camera");
    camera.on = camera.track !== null;
    this.parts.onChange();
  }

  /** Share the screen that the person picks, or stop. @param {boolean} on */
  async setScreen(on) {
    const { screen } = this.mine;
    if (on === (screen !== null)) return;
    if (screen !== null) {
      this.#endScreen();
      return;
    }
    const track = await openScreen();
    if (track === null) return;
    track.addEventListener("ended", () => this.#endScreen());
    this.mine.screen = track;
    this.parts.publish("screen", track);
    this.parts.onChange();
  }

  /**
   * Take another device from now on; one that is running is exchanged, on the same line.
   * @param {"microphone" | "camera"} source @param {string | null} id
   */
  async useDevice(source, id) {
    this.parts[source] = id;
    const input = this.mine[source];
    if (input.track === null || input.opening) return;
    if (source === "microphone") this.#stopWatching();
    input.track.stop(); // first: a phone opens one camera at a time
    input.track = null;
    await this.#open(source);
    if (input.track === null) this.parts.publish(source, null);
    input.on = input.wanted && input.track !== null;
    this.parts.onChange();
  }

  /** Let go of the microphone: its light goes out. In the room it stays open, so that it is on again at once. */
  stopMicrophone() {
    this.#close("microphone");
    this.parts.onChange();
  }

  /** Let go of everything. */
  stop() {
    this.#close("microphone");
    this.#close("camera");
    this.mine.screen?.stop();
    this.mine.screen = null;
  }

  /** @param {"microphone" | "camera"} source */
  async #open(source) {
    const input = this.mine[source];
    input.opening = true;
    input.trouble = null;
    this.parts.onChange();
    try {
      const track = await (source === "microphone" ? openMicrophone : openCamera)(this.parts[source], this.parts.hall);
      track.addEventListener("ended", () => this.#lost(source, track));
      track.enabled = input.wanted; // the wish may have changed while it was being opened
      input.track = track;
      if (source === "microphone") this.#watch(track);
      this.parts.publish(source, track);
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      input.trouble = error.trouble;
    } finally {
      input.opening = false;
    }
  }

  /** @param {"microphone" | "camera"} source */
  #close(source) {
    const input = this.mine[source];
    if (source === "microphone") this.#stopWatching();
    if (input.track !== null) this.parts.publish(source, null);
    input.track?.stop();
    input.track = null;
    input.on = false;
  }

  /**
   * The device was unplugged, or its permission taken away.
   * @param {"microphone" | "camera"} source
   * @param {MediaStreamTrack} track
   */
  #lost(source, track) {
    if (this.mine[source].track !== track) return;
    this.#close(source);
    this.mine[source].trouble = "not_found";
    this.parts.onLost(source);
    this.parts.onChange();
  }

  #stopWatching() {
    this.#unwatch();
    this.#unwatch = () => {};
  }

  #endScreen() {
    this.mine.screen?.stop();
    this.mine.screen = null;
    this.parts.publish("screen", null);
    this.parts.onChange();
  }

  /** @param {MediaStreamTrack} track */
  #watch(track) {
    this.#stopWatching();
    this.#unwatch = this.watch(track, (level) => {
      const { on } = this.mine.microphone;
      this.parts.onLevel(on ? level : -100);
      if (!on) return;
      const dead = this.#silence.feed(level, Date.now());
      if (dead === this.mine.dead) return;
      this.mine.dead = dead;
      this.parts.onChange();
    });
  }
}
