/** The sound of the others: one audio element for each slot that sound comes in by. */
import { byId } from "./elements.js";

export class Sound {
  #home = byId("sounds", HTMLElement);
  #blocked = byId("sound-blocked", HTMLElement);
  /** @type {Map<MediaStreamTrack, HTMLAudioElement>} */ #playing = new Map();
  #silent = false;

  /** @param {string | null} speaker the wished device, null for the system's own */
  constructor(speaker) {
    this.speaker = speaker;
    byId("sound-start", HTMLButtonElement).addEventListener("click", () => this.playAll());
  }

  /** @param {MediaStreamTrack[]} tracks everything that is to be heard */
  show(tracks) {
    const wanted = new Set(tracks);
    for (const [track, audio] of this.#playing) {
      if (wanted.has(track)) continue;
      audio.srcObject = null;
      audio.remove();
      this.#playing.delete(track);
    }
    for (const track of tracks) {
      if (this.#playing.has(track)) continue;
      const audio = new Audio();
      audio.srcObject = new MediaStream([track]);
      audio.muted = this.#silent;
      this.#playing.set(track, audio);
      this.#home.append(audio);
      void this.#play(audio);
    }
  }

  /** @param {string | null} speaker */
  async useSpeaker(speaker) {
    this.speaker = speaker;
    for (const audio of this.#playing.values()) await setSpeaker(audio, speaker);
  }

  /** Play nothing, as on a second device in the same room, or play again. @param {boolean} on */
  silence(on) {
    this.#silent = on;
    for (const audio of this.#playing.values()) audio.muted = on;
  }

  /** Play what stopped: after a telephone call, or when the browser waited for a touch. */
  playAll() {
    this.#blocked.hidden = true;
    for (const audio of this.#playing.values()) if (audio.paused) void this.#play(audio);
  }

  /** @param {HTMLAudioElement} audio */
  async #play(audio) {
    try {
      await setSpeaker(audio, this.speaker);
      await audio.play();
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      // The browser wants a touch of the page before it makes a sound.
      if (error.name === "NotAllowedError") this.#blocked.hidden = false;
      else if (error.name !== "AbortError") throw error;
    }
  }
}

/**
 * Not every browser can choose; a speaker that is gone leaves the system's own.
 * @param {HTMLAudioElement} audio
 * @param {string | null} speaker
 */
async function setSpeaker(audio, speaker) {
  if (typeof audio.setSinkId !== "function") return;
  try {
    await audio.setSinkId(speaker ?? "");
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "NotFoundError") throw error;
  }
}
