/**
 * What I receive: one connection, always offered by the server, with slots of which the server fills each as it sees fit:
 * `slots` tells who is in which. Offers are answered one after another; one that a newer has overtaken is skipped. No DOM.
 *
 * @typedef {import("./wire.js").Offer} Offer
 * @typedef {import("./wire.js").Filled} Filled
 * @typedef {Filled & { media: MediaStreamTrack }} Incoming
 */
import { systemClock } from "./clock.js";
import { createPeer, Mender } from "./peer.js";

/** How long to wait after asking too often. */
const LATER = 1500;

/**
 * The session that a description belongs to (RFC 8829 section 5.2.1: the same for as long as a connection lives).
 * @param {string} sdp
 * @returns {string}
 */
export function sessionOf(sdp) {
  return /^o=\S+ (\S+)/m.exec(sdp)?.[1] ?? "";
}

export class Receiver {
  /** @type {RTCPeerConnection | null} */ #pc = null;
  /** @type {Mender | null} */ #mender = null;
  /** @type {Filled[]} */ #filled = [];
  /** Of the newest offer, and of the connection. */
  #announced = "";
  #session = "";
  #newest = -1;
  /** Grows with each closing: what was begun before it no longer matters. */
  #epoch = 0;
  #work = Promise.resolve();

  /**
   * @param {{ send: (message: import("./wire.js").ClientMessage) => boolean,
   *   onIncoming: (incoming: Incoming[]) => void, onSounds: (sounds: MediaStreamTrack[]) => void,
   *   onLink: (link: import("./peer.js").MediaLink) => void, onFailure: (error: unknown) => void,
   *   create?: import("./peer.js").CreatePeer, clock?: import("./clock.js").Clock }} parts
   *   `onIncoming` gets everything that comes in, whenever that changes; `onSounds` the tracks of all slots for sound, filled
   *   or not, which stay for as long as the connection
   */
  constructor(parts) {
    this.parts = parts;
    this.create = parts.create ?? createPeer;
    this.clock = parts.clock ?? systemClock;
  }

  /** @param {Offer} offer */
  takeOffer(offer) {
    this.#newest = offer.generation;
    const session = sessionOf(offer.sdp);
    if (session !== this.#announced) this.#filled = []; // what its slots carry is told after it
    this.#announced = session;
    const epoch = this.#epoch;
    this.#work = this.#work
      .then(() => this.#answer(offer))
      .catch((error) => {
        if (epoch === this.#epoch) this.parts.onFailure(error);
      });
  }

  /** @param {Filled[]} filled what the slots carry from now on; the others are empty */
  takeSlots(filled) {
    this.#filled = filled;
    this.#tell();
  }

  /** The network changed, or was away: ask the checks again at once. */
  networkChanged() {
    this.#mender?.now();
  }

  /** The server found that I asked too often for a restart. */
  askLater() {
    const pc = this.#pc;
    this.clock.set(() => {
      if (pc === this.#pc && pc?.connectionState !== "connected") this.#mender?.now();
    }, LATER);
  }

  /** The way through relays of ours. @param {RTCConfiguration} ways */
  useWays(ways) {
    this.#pc?.setConfiguration({ ...this.#pc.getConfiguration(), ...ways });
  }

  /** What the connection reports; null while there is none that carries anything. */
  async readStats() {
    return this.#pc?.connectionState === "connected" ? this.#pc.getStats() : null;
  }

  /** Close; the next offer begins a new connection. */
  close() {
    // What waits for a connection that was closed waits forever (WebRTC 4.4.1.2: such promises never settle).
    this.#work = Promise.resolve();
    this.#epoch += 1;
    this.#filled = [];
    this.#announced = "";
    this.#drop();
  }

  #drop() {
    this.#mender?.stop();
    this.#pc?.close();
    this.#pc = this.#mender = null;
    this.#session = "";
    this.parts.onSounds([]);
    this.parts.onIncoming([]);
    this.parts.onLink("none");
  }

  /** @param {string} session */
  #open(session) {
    this.#drop();
    const pc = this.create();
    this.#pc = pc;
    this.#session = session;
    pc.addEventListener("icecandidate", ({ candidate }) => {
      const line = { candidate: candidate?.candidate ?? "", mid: candidate?.sdpMid ?? null };
      if (pc === this.#pc) this.parts.send({ type: "candidate", connection: "receive", ...line });
    });
    this.#mender = new Mender(pc, {
      clock: this.clock,
      onLink: this.parts.onLink,
      restart: () => this.parts.send({ type: "restart", connection: "receive" }),
    });
    return pc;
  }

  /** @param {Offer} offer */
  async #answer(offer) {
    if (offer.generation !== this.#newest) return;
    const session = sessionOf(offer.sdp);
    // Another session is another connection at the server's end, which knows nothing of the keys of this one.
    const pc = this.#pc !== null && session === this.#session ? this.#pc : this.#open(session);
    await pc.setRemoteDescription({ type: "offer", sdp: offer.sdp });
    await pc.setLocalDescription();
    if (pc !== this.#pc) return;
    this.parts.send({ type: "answer", sdp: pc.localDescription?.sdp ?? "", generation: offer.generation });
    const heard = offer.slots.filter(({ kind }) => kind === "audio").map(({ mid }) => mid);
    this.parts.onSounds(
      pc.getTransceivers().flatMap(({ mid, receiver }) => (heard.includes(mid ?? "") ? [receiver.track] : [])),
    );
    this.#tell();
  }

  #tell() {
    const lines = new Map(this.#pc?.getTransceivers().map((line) => [line.mid, line.receiver.track]));
    this.parts.onIncoming(
      this.#filled.flatMap((slot) => {
        const media = lines.get(slot.mid);
        return media ? [{ ...slot, media }] : [];
      }),
    );
  }
}
