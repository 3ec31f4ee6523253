/**
 * What I send: one connection, offered by us. Sources come and go by renegotiation on the same connection; only one
 * offer is ever open, and wishes that come meanwhile wait for its answer. No DOM.
 *
 * @typedef {import("./wire.js").Source} Source
 * @typedef {import("./wire.js").ClientMessage} ClientMessage
 */
import { systemClock } from "./clock.js";
import { beginEncodings, saveOn } from "./encodings.js";
import { chooseCodecs, createPeer, Mender } from "./peer.js";

/** Restarts on the old connection before a new one is made. */
const RESTARTS = 2;
/** An answer that takes longer than this means that nobody listens at the other end. */
const ANSWER_LIMIT = 8000;
/** How long to wait after offers that came too fast. */
const LATER = 1500;
/** How long after joining again nothing is offered. */
const BREATH = 200;

export class Publisher {
  /** @type {Map<Source, MediaStreamTrack>} */ #tracks = new Map();
  /** @type {Map<Source, RTCRtpTransceiver>} */ #lines = new Map();
  /** @type {RTCPeerConnection | null} */ #pc = null;
  /** @type {Mender | null} */ #mender = null;
  /** @type {unknown} */ #timer = null;
  #offering = false;
  #again = false;
  #restart = false;
  /** Grows with each connection: what was begun for an earlier one no longer matters. */
  #epoch = 0;
  /** Answers that are still to come for connections that were given up; they come in the order of the offers. */
  #stale = 0;
  /** Sends and negotiations in the order in which they were asked for. */
  #work = Promise.resolve();
  /** @type {import("./encodings.js").Saving} */ #saving = { own: "full", thrifty: false };

  /**
   * @param {{ send: (message: ClientMessage) => boolean, onLink: (link: import("./peer.js").MediaLink) => void,
   *   onSilence: () => void, onFailure: (error: unknown) => void, create?: import("./peer.js").CreatePeer,
   *   clock?: import("./clock.js").Clock }} parts
   *   `send` tells whether the message went out, `onSilence` is called when no answer came
   */
  constructor(parts) {
    this.parts = parts;
    this.create = parts.create ?? createPeer;
    this.clock = parts.clock ?? systemClock;
  }

  /**
   * Send `track` as `source` from now on, or nothing. Another track in its place needs no new offer.
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   */
  setTrack(source, track) {
    if (track === null) this.#tracks.delete(source);
    else this.#tracks.set(source, track);
    if (this.#pc === null && track === null) return;
    this.#then(async () => {
      if (await this.#place(source)) await this.#offer();
    });
  }

  /** Send less, or all again, on the lines that there are. @param {import("./encodings.js").Saving} saving */
  save(saving) {
    const { own, thrifty } = this.#saving;
    if (own === saving.own && thrifty === saving.thrifty) return;
    this.#saving = saving;
    for (const source of this.#lines.keys()) this.#then(() => this.#apply(source));
  }

  /** The socket has joined, for the first time on this page: publish what there is. */
  begin() {
    this.#stale = 0;
    this.reopen();
  }

  /**
   * The socket has joined again: mend what broke with it. Should the server have forgotten us, it says so in the same
   * breath (`beginAnew`), so it is given a moment for that.
   */
  carryOn() {
    this.#stale = 0;
    this.#settle();
    this.#timer = this.clock.set(() => this.#mend(), BREATH);
  }

  /** The server began anew and knows nothing of us; answers to what was asked before will not come. */
  beginAnew() {
    this.close();
    this.#stale = 0;
    this.reopen();
  }

  /** Forget the connection and make another one with the same tracks. */
  reopen() {
    this.close();
    if (this.#tracks.size === 0) return;
    this.parts.send({ type: "restart", connection: "publish" });
    this.#then(async () => {
      for (const source of this.#tracks.keys()) await this.#place(source);
      await this.#offer();
    });
  }

  /** The network changed, or was away: ask the checks again at once. */
  networkChanged() {
    this.#mender?.now();
  }

  /** The way through relays of ours, whose names and words are good for some hours. @param {RTCConfiguration} ways */
  useWays(ways) {
    this.#pc?.setConfiguration({ ...this.#pc.getConfiguration(), ...ways });
  }

  /** What the connection reports; null while there is none that carries anything. */
  async readStats() {
    return this.#pc?.connectionState === "connected" ? this.#pc.getStats() : null;
  }

  /** @param {string} sdp the server's answer to the open offer */
  takeAnswer(sdp) {
    if (this.#isStale()) return;
    this.#then(async () => {
      if (this.#pc?.signalingState !== "have-local-offer") return; // of an offer that was rolled back meanwhile
      await this.#pc.setRemoteDescription({ type: "answer", sdp });
      this.#settle();
      // What was set before the first answer does not outlast it in every browser.
      for (const source of this.#lines.keys()) await this.#apply(source);
      if (this.#again) await this.#offer();
    });
  }

  /** The server refused the open offer. @param {boolean} [fast] it came too soon after others: make it again, later */
  refused(fast = false) {
    if (this.#isStale()) return;
    this.#then(async () => {
      this.#settle();
      await this.#rollBack();
      if (fast) this.#timer = this.clock.set(() => this.#then(() => this.#offer()), LATER);
      else if (this.#again) await this.#offer();
    });
  }

  /** What is sent as `source`, or would be. @param {Source} source */
  trackOf(source) {
    return this.#tracks.get(source) ?? null;
  }

  /** Close the connection and keep the tracks. */
  close() {
    if (this.#offering) this.#stale += 1;
    this.#settle();
    this.#epoch += 1;
    // What waits for a connection that was closed waits forever (WebRTC 4.4.1.2: such promises never settle).
    this.#work = Promise.resolve();
    this.#again = this.#restart = false;
    this.#mender?.stop();
    this.#pc?.close();
    this.#pc = this.#mender = null;
    this.#lines.clear();
    this.parts.onLink("none");
  }

  /** @param {() => Promise<void>} step */
  #then(step) {
    const epoch = this.#epoch;
    this.#work = this.#work
      .then(() => (epoch === this.#epoch ? step() : undefined))
      .catch((error) => {
        if (epoch === this.#epoch) this.parts.onFailure(error);
      });
  }

  #open() {
    const pc = this.create();
    pc.addEventListener("icecandidate", ({ candidate }) => {
      const line = { candidate: candidate?.candidate ?? "", mid: candidate?.sdpMid ?? null };
      if (pc === this.#pc) this.parts.send({ type: "candidate", connection: "publish", ...line });
    });
    this.#mender = new Mender(pc, {
      clock: this.clock,
      onLink: this.parts.onLink,
      restart: (tries) => {
        if (tries > RESTARTS) return this.reopen();
        this.#restart = true;
        return this.#then(() => this.#offer());
      },
    });
    this.#pc = pc;
    return pc;
  }

  /** @param {Source} source @returns {Promise<boolean>} whether a new offer is needed */
  async #place(source) {
    const track = this.#tracks.get(source) ?? null;
    const line = this.#lines.get(source);
    if (line !== undefined) {
      await line.sender.replaceTrack(track);
      const direction = track === null ? "inactive" : "sendonly";
      const changes = line.direction !== direction;
      line.direction = direction;
      return changes;
    }
    if (track === null) return false;
    const pc = this.#pc ?? this.#open();
    const added = pc.addTransceiver(track, { direction: "sendonly", sendEncodings: beginEncodings(source, this.#saving) });
    chooseCodecs(added, source === "microphone" ? "audio" : "video");
    this.#lines.set(source, added);
    return true;
  }

  /** @param {Source} source */
  async #apply(source) {
    const sender = this.#lines.get(source)?.sender;
    if (sender === undefined) return;
    // They must be those just read: the browser refuses any that are older.
    await sender.setParameters(saveOn(source, sender.getParameters(), this.#saving));
  }

  async #offer() {
    const pc = this.#pc;
    if (pc === null) return;
    this.#again = this.#offering;
    if (this.#offering) return;
    await pc.setLocalDescription(await pc.createOffer({ iceRestart: this.#restart }));
    if (pc !== this.#pc) return; // given up meanwhile
    /** @type {import("./wire.js").SentTrack[]} */
    const tracks = [];
    for (const [source, line] of this.#lines) {
      if (line.direction === "sendonly" && line.mid !== null) tracks.push({ mid: line.mid, source });
    }
    const sent = this.parts.send({ type: "publish", sdp: pc.localDescription?.sdp ?? "", tracks });
    if (!sent) return this.#rollBack(); // the next `joined` offers again
    this.#restart = false;
    this.#offering = true;
    this.#timer = this.clock.set(() => {
      this.#settle();
      this.parts.onSilence();
    }, ANSWER_LIMIT);
  }

  async #rollBack() {
    if (this.#pc?.signalingState === "have-local-offer") await this.#pc.setLocalDescription({ type: "rollback" });
  }

  #mend() {
    const pc = this.#pc;
    if (pc === null) return this.reopen();
    this.#restart ||= pc.connectionState !== "connected";
    if (pc.signalingState === "stable" && !this.#again && !this.#restart) return undefined;
    return this.#then(async () => {
      await this.#rollBack();
      await this.#offer();
    });
  }

  #isStale() {
    if (this.#stale === 0) return false;
    this.#stale -= 1;
    return true;
  }

  #settle() {
    this.clock.clear(this.#timer);
    this.#offering = false;
  }
}
