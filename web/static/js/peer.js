/**
 * What the two media connections have in common: how they are made, and when a broken one is mended.
 * No DOM; what makes a connection can be handed in.
 */

/** @typedef {() => RTCPeerConnection} CreatePeer */
/** @typedef {import("./wire.js").IceServer} IceServer */
/** @typedef {import("./clock.js").Clock} Clock */
/** @typedef {"none" | "connecting" | "connected" | "broken"} MediaLink  `none`: there is nothing to carry */

/**
 * How to reach the server: straight, or through the relays that it names. Never through those of others.
 * @param {IceServer[]} servers
 * @param {boolean} relayed only through a relay, as in a network that lets nothing else pass
 * @returns {RTCConfiguration}
 */
export function waysThrough(servers, relayed) {
  return { iceServers: servers, iceTransportPolicy: relayed && servers.length > 0 ? "relay" : "all" };
}

/** @param {RTCConfiguration} [ways] */
export function createPeer(ways = waysThrough([], false)) {
  return new RTCPeerConnection({ ...ways, bundlePolicy: "max-bundle" });
}

/**
 * The first choices of `codecs` for a kind: Opus, or VP8 with its retransmission. The server forwards nothing else.
 * An unknown browser without them keeps its own order and is refused by the server, not by us.
 * @template {{ mimeType: string }} T
 * @param {"audio" | "video"} kind
 * @param {T[]} codecs
 * @returns {T[]}
 */
export function preferCodecs(kind, codecs) {
  const wanted = kind === "audio" ? ["audio/opus"] : ["video/vp8", "video/rtx"];
  const chosen = codecs.filter((codec) => wanted.includes(codec.mimeType.toLowerCase()));
  return chosen.length > 0 ? chosen : codecs;
}

/** Send by `line` what the server forwards. @param {RTCRtpTransceiver} line @param {"audio" | "video"} kind */
export function chooseCodecs(line, kind) {
  line.setCodecPreferences(preferCodecs(kind, RTCRtpSender.getCapabilities(kind)?.codecs ?? []));
}

/** Whether a media connection carries what it should. @param {MediaLink} link */
export function isUp(link) {
  return link === "none" || link === "connected";
}

/** A gap in the checks often heals by itself; an ICE restart earlier than this would only disturb. */
const GRACE = 2000;
/** How long a restart may take before the next. */
const NEXT = 5000;

/**
 * Watches one connection and asks for a restart when it breaks, again and again until it is whole or closed.
 */
export class Mender {
  /** @type {unknown} */ #timer = null;
  #tries = 0;

  /**
   * @param {RTCPeerConnection} pc
   * @param {{ clock: Clock, restart: (tries: number) => void, onLink: (link: MediaLink) => void }} parts
   *   `restart` gets the number of this try, from 1
   */
  constructor(pc, parts) {
    this.pc = pc;
    this.parts = parts;
    pc.addEventListener("connectionstatechange", this.#look);
    parts.onLink("connecting");
  }

  /** The network changed: do not wait for the checks to fail. */
  now() {
    this.parts.clock.clear(this.#timer);
    this.#restart();
  }

  stop() {
    this.parts.clock.clear(this.#timer);
    this.pc.removeEventListener("connectionstatechange", this.#look);
  }

  #look = () => {
    const state = this.pc.connectionState;
    if (state === "connected") {
      this.parts.clock.clear(this.#timer);
      this.#tries = 0;
      this.parts.onLink("connected");
    } else if (state === "failed") {
      this.parts.onLink("broken");
      this.now();
    } else if (state === "disconnected") {
      this.parts.onLink("broken");
      this.parts.clock.clear(this.#timer);
      this.#timer = this.parts.clock.set(() => this.#restart(), GRACE);
    }
  };

  #restart() {
    this.#tries += 1;
    this.#timer = this.parts.clock.set(() => {
      if (this.pc.connectionState !== "connected") this.#restart();
    }, NEXT);
    this.parts.restart(this.#tries);
  }
}
