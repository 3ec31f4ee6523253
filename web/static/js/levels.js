/** How loud a sound track is, and whether a microphone that is on gives nothing at all. No DOM. */

/** Below this, in dBFS, not even a quiet room is heard: the microphone is switched off by a button or a cable. */
const DEAD = -72;
/** How long it must last, in milliseconds. */
const DEAD_FOR = 8000;
/** The quietest and the loudest end of the gauge, in dBFS. */
const [FLOOR, CEILING] = [-60, -10];
const EVERY = 66;

/**
 * The level of samples in dBFS (RMS); at most 0, at least -100.
 * @param {Float32Array} samples
 */
export function levelOf(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum === 0 ? -100 : Math.max(-100, Math.min(0, 10 * Math.log10(sum / samples.length)));
}

/**
 * A level as a part of the gauge, 0 to 1.
 * @param {number} level in dBFS
 */
export function gaugeOf(level) {
  return Math.max(0, Math.min(1, (level - FLOOR) / (CEILING - FLOOR)));
}

/** Tells after a while that a microphone which is on is dead, and at once that it is heard again. */
export class SilenceWatch {
  /** @type {number | null} */ #since = null;

  /**
   * @param {number} level in dBFS
   * @param {number} now in milliseconds
   * @returns {boolean} dead
   */
  feed(level, now) {
    if (level > DEAD) this.#since = null;
    else this.#since ??= now;
    return this.#since !== null && now - this.#since >= DEAD_FOR;
  }

  /** It was switched off: begin anew when it is on again. */
  reset() {
    this.#since = null;
  }
}

/**
 * Measure `track` about fifteen times a second until the returned function is called.
 * @param {MediaStreamTrack} track
 * @param {(level: number) => void} onLevel gets dBFS
 * @returns {() => void}
 */
export function watchLevel(track, onLevel) {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  const source = new MediaStreamAudioSourceNode(context, { mediaStream: new MediaStream([track]) });
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    // A browser may hold the context back until the person touches the page: that is not silence.
    if (context.state !== "running") return void context.resume();
    analyser.getFloatTimeDomainData(samples);
    onLevel(levelOf(samples));
  }, EVERY);
  return () => {
    clearInterval(timer);
    source.disconnect();
    void context.close();
  };
}
