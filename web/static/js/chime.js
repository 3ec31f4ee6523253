/** Two soft notes, for what somebody should look at. */

/** Hertz, and when they begin, in seconds. */
const NOTES = /** @type {const} */ ([
  [659, 0],
  [880, 0.16],
]);
const LENGTH = 0.5;
const LOUDNESS = 0.12;

export class Chime {
  /** @type {AudioContext | null} */ #context = null;

  ring() {
    this.#context ??= new AudioContext();
    const { destination, currentTime } = this.#context;
    // Before the first touch of the page a browser makes no sound: the mark on the screen must do.
    if (this.#context.state === "suspended") void this.#context.resume();
    for (const [frequency, after] of NOTES) {
      const note = new OscillatorNode(this.#context, { frequency });
      const loudness = new GainNode(this.#context, { gain: 0 });
      const start = currentTime + after;
      loudness.gain.setValueAtTime(0, start);
      loudness.gain.linearRampToValueAtTime(LOUDNESS, start + 0.02);
      loudness.gain.exponentialRampToValueAtTime(0.001, start + LENGTH);
      note.connect(loudness).connect(destination);
      note.start(start);
      note.stop(start + LENGTH);
    }
  }
}
