/**
 * Media of a connection test: one connection that sends, one that receives the same again, over one kind of way each.
 * No DOM but for the picture that stands in where there is no camera.
 *
 * @typedef {"udp" | "tcp" | "relay"} Way
 * @typedef {{ sent: number, lost: number, roundTrip: number | null, received: number, missing: number, frames: number,
 *   heard: number }} Counters
 *   packets `sent` and `lost` on the way to the server, `received` and `missing` on the way back, `roundTrip` in
 *   milliseconds, `frames` decoded and packets of sound `heard`
 */
import { chooseCodecs, createPeer, waysThrough } from "./peer.js";
import { TestBroken } from "./test-socket.js";

/** How long a way may take to open: checks of ICE and the handshake, with some loss. */
const OPEN_LIMIT = 10_000;

/**
 * The description without the candidates of other ways.
 * @param {string} sdp @param {Way} way
 */
export function keepWay(sdp, way) {
  if (way === "relay") return sdp;
  return sdp.replace(/^a=candidate:\S+ \d+ (\S+) .*\r?\n/gim, (line, transport) =>
    transport.toLowerCase() === way ? line : "",
  );
}

/** Whether the description names a candidate of this way at all. @param {string} sdp @param {"udp" | "tcp"} way */
export function offersWay(sdp, way) {
  return new RegExp(`^a=candidate:\\S+ \\d+ ${way} `, "im").test(sdp);
}

/** The server does not offer this way. */
export class NoSuchWay extends Error {}

export class Loopback {
  /** @type {RTCPeerConnection | null} */ #sender = null;
  /** @type {RTCPeerConnection | null} */ #receiver = null;

  /**
   * @param {import("./test-socket.js").TestSocket} socket
   * @param {import("./peer.js").IceServer[]} iceServers
   * @param {{ microphone: MediaStreamTrack, camera: MediaStreamTrack }} tracks
   */
  constructor(socket, iceServers, tracks) {
    this.socket = socket;
    this.iceServers = iceServers;
    this.tracks = tracks;
  }

  /**
   * Send over this way alone. Returns the milliseconds until it was open.
   * @param {Way} way
   */
  async send(way) {
    this.#sender?.close();
    const pc = this.#create(way);
    this.#sender = pc;
    const began = performance.now();
    const microphone = pc.addTransceiver(this.tracks.microphone, { direction: "sendonly" });
    const camera = pc.addTransceiver(this.tracks.camera, {
      direction: "sendonly",
      sendEncodings: [{ maxBitrate: 600_000 }],
    });
    chooseCodecs(microphone, "audio");
    chooseCodecs(camera, "video");
    await pc.setLocalDescription();
    this.socket.send({
      type: "publish",
      sdp: pc.localDescription?.sdp ?? "",
      tracks: [
        { mid: microphone.mid ?? "", source: "microphone" },
        { mid: camera.mid ?? "", source: "camera" },
      ],
    });
    const { type, sdp } = await this.socket.next("answer refused", OPEN_LIMIT);
    if (type === "refused") throw new TestBroken("the offer was refused");
    if (way !== "relay" && !offersWay(sdp, way)) throw new NoSuchWay(way);
    await pc.setRemoteDescription({ type: "answer", sdp: keepWay(sdp, way) });
    await connected(pc);
    return performance.now() - began;
  }

  /**
   * Receive over this way what is being sent; returns the incoming picture and sound.
   * @param {Way} way
   */
  async receive(way) {
    this.#receiver?.close();
    const pc = this.#create(way);
    this.#receiver = pc;
    this.socket.send({ type: "receive" });
    const { sdp, generation } = await this.socket.next("offer", OPEN_LIMIT);
    await pc.setRemoteDescription({ type: "offer", sdp: keepWay(sdp, way) });
    await pc.setLocalDescription();
    this.socket.send({ type: "answer", sdp: pc.localDescription?.sdp ?? "", generation });
    await connected(pc);
    return pc.getReceivers().map((receiver) => receiver.track);
  }

  /** @returns {Promise<Counters>} */
  async read() {
    /** @type {Counters} */
    const counters = { sent: 0, lost: 0, roundTrip: null, received: 0, missing: 0, frames: 0, heard: 0 };
    (await this.#sender?.getStats())?.forEach((entry) => {
      if (entry.type === "outbound-rtp") counters.sent += entry.packetsSent ?? 0;
      if (entry.type !== "remote-inbound-rtp") return;
      counters.lost += Math.max(0, entry.packetsLost ?? 0);
      if (entry.roundTripTime !== undefined) counters.roundTrip = entry.roundTripTime * 1000;
    });
    (await this.#receiver?.getStats())?.forEach((entry) => {
      if (entry.type !== "inbound-rtp") return;
      counters.received += entry.packetsReceived ?? 0;
      counters.missing += Math.max(0, entry.packetsLost ?? 0);
      if (entry.kind === "video") counters.frames += entry.framesDecoded ?? 0;
      else counters.heard += entry.packetsReceived ?? 0;
    });
    return counters;
  }

  /** The way that was really taken, from the pair in use. @returns {Promise<Way | "">} */
  async findRoute() {
    const report = await this.#sender?.getStats();
    if (report === undefined) return "";
    /** @type {Map<string, any>} */
    const entries = new Map();
    report.forEach((entry) => entries.set(entry.id, entry));
    const pairs = [...entries.values()].filter(({ type }) => type === "candidate-pair");
    const pair = pairs.find(({ nominated, state }) => nominated && state === "succeeded") ?? pairs.find(({ selected }) => selected);
    const local = entries.get(pair?.localCandidateId);
    if (local === undefined) return "";
    if (local.candidateType === "relay") return "relay";
    return local.protocol === "tcp" ? "tcp" : "udp";
  }

  close() {
    this.#sender?.close();
    this.#receiver?.close();
    this.#sender = this.#receiver = null;
  }

  /** @param {Way} way */
  #create(way) {
    return createPeer(way === "relay" ? waysThrough(this.iceServers, true) : undefined);
  }
}

/** @param {RTCPeerConnection} pc */
function connected(pc) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TestBroken("no connection in time")), OPEN_LIMIT);
    const look = () => {
      if (pc.connectionState === "connected") {
        clearTimeout(timer);
        resolve(null);
      } else if (pc.connectionState === "failed" || pc.connectionState === "closed") {
        clearTimeout(timer);
        reject(new TestBroken("the connection failed"));
      }
    };
    pc.addEventListener("connectionstatechange", look);
    look();
  });
}

/** A quiet tone, where there is no microphone: the network can be tested without one. */
export function makeSound() {
  const context = new AudioContext();
  const [tone, gain] = [new OscillatorNode(context, { frequency: 440 }), new GainNode(context, { gain: 0.05 })];
  const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  tone.connect(gain).connect(out);
  tone.start();
  return /** @type {MediaStreamTrack} */ (out.stream.getAudioTracks()[0]);
}

/** A moving picture, where there is no camera. */
export function makePicture() {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [320, 180];
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  let turn = 0;
  const timer = setInterval(() => {
    turn += 1;
    pen.fillStyle = `hsl(${(turn * 7) % 360} 60% 50%)`;
    pen.fillRect(0, 0, canvas.width, canvas.height);
  }, 66);
  const track = /** @type {MediaStreamTrack} */ (canvas.captureStream(15).getVideoTracks()[0]);
  const stop = track.stop.bind(track);
  track.stop = () => {
    clearInterval(timer);
    stop();
  };
  return track;
}
