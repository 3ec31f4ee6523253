/**
 * What I receive: one connection, always offered by the server. Offers are answered one after another; one that a newer
 * has overtaken is skipped. No DOM.
 *
 * @typedef {import("./wire.js").Offer} Offer
 * @typedef {import("./wire.js").ReceivedTrack} ReceivedTrack
 * @typedef {ReceivedTrack & { media: MediaStreamTrack }} Incoming
 */
import { systemClock } from "./clock.js";
import { createPeer, Mender } from "./peer.js";

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
  #session = "";
  #newest = -1;
  /** Grows with each closing: what was begun before it no longer matters. */
  #epoch = 0;
  #work = Promise.resolve();

  /**
   * @param {{ send: (message: import("./wire.js").ClientMessage) => boolean, onTracks: (tracks: Incoming[]) => void,
   *   onLink: (link: import("./peer.js").MediaLink) => void, onFailure: (error: unknown) => void,
   *   create?: import("./peer.js").CreatePeer, clock?: import("./clock.js").Clock }} parts
   *   `onTracks` gets everything that comes in, whenever that changes
   */
  constructor(parts) {
    this.parts = parts;
    this.create = parts.create ?? createPeer;
    this.clock = parts.clock ?? systemClock;
  }

  /** @param {Offer} offer */
  takeOffer(offer) {
    this.#newest = offer.generation;
    const epoch = this.#epoch;
    this.#work = this.#work
      .then(() => this.#answer(offer))
      .catch((error) => {
        if (epoch === this.#epoch) this.parts.onFailure(error);
      });
  }

  /** The network changed. */
  networkChanged() {
    this.#mender?.now();
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
    this.#drop();
  }

  #drop() {
    this.#mender?.stop();
    this.#pc?.close();
    this.#pc = this.#mender = null;
    this.#session = "";
    this.parts.onTracks([]);
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
    const lines = new Map(pc.getTransceivers().map((line) => [line.mid, line]));
    this.parts.onTracks(
      offer.tracks.flatMap((track) => {
        const line = lines.get(track.mid);
        return line ? [{ ...track, media: line.receiver.track }] : [];
      }),
    );
  }
}
