/** The sound of the others: one audio element for each microphone that comes in. */
import { byId } from "./elements.js";

export class Sound {
  #home = byId("sounds", HTMLElement);
  #blocked = byId("sound-blocked", HTMLElement);
  /** @type {Map<string, HTMLAudioElement>} */ #playing = new Map();

  /** @param {string | null} speaker the wished device, null for the system's own */
  constructor(speaker) {
    this.speaker = speaker;
    byId("sound-start", HTMLButtonElement).addEventListener("click", () => this.#playAll());
  }

  /** @param {import("./receiver.js").Incoming[]} incoming everything that comes in */
  show(incoming) {
    const sounds = new Map(
      incoming.filter(({ source }) => source === "microphone").map((one) => [one.track, one.media]),
    );
    for (const [key, audio] of this.#playing) {
      if (sounds.get(key) === streamOf(audio)) continue;
      audio.srcObject = null;
      audio.remove();
      this.#playing.delete(key);
    }
    for (const [key, track] of sounds) {
      if (this.#playing.has(key)) continue;
      const audio = new Audio();
      audio.srcObject = new MediaStream([track]);
      this.#playing.set(key, audio);
      this.#home.append(audio);
      void this.#play(audio);
    }
  }

  /** @param {string | null} speaker */
  async useSpeaker(speaker) {
    this.speaker = speaker;
    for (const audio of this.#playing.values()) await setSpeaker(audio, speaker);
  }

  #playAll() {
    this.#blocked.hidden = true;
    for (const audio of this.#playing.values()) void this.#play(audio);
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

/** @param {HTMLAudioElement} audio */
function streamOf(audio) {
  return audio.srcObject instanceof MediaStream ? audio.srcObject.getAudioTracks()[0] : undefined;
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
