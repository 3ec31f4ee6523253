/** A connection that obeys the rules of WebRTC 1.0 which matter here, without a network. */
export class FakePeer extends EventTarget {
  static made = [];
  signalingState = "stable";
  connectionState = "new";
  localDescription = null;
  closed = false;
  log = [];
  #lines = [];
  #version = 0;

  constructor() {
    super();
    FakePeer.made.push(this);
  }

  /** As WebRTC 4.4.1.2 has it: on a closed connection nothing that was begun ever settles. */
  async #work() {
    if (this.closed) throw new DOMException("closed", "InvalidStateError");
    await new Promise((resolve) => setImmediate(resolve));
    if (this.closed) await new Promise(() => {});
  }

  addTransceiver(track, { direction, sendEncodings = [{}] }) {
    let parameters = { encodings: sendEncodings };
    let read = false;
    const line = {
      mid: null,
      direction,
      receiver: { track: null },
      sender: {
        track,
        replaceTrack: async (next) => {
          line.sender.track = next;
        },
        getParameters: () => {
          read = true;
          return structuredClone(parameters);
        },
        setParameters: async (next) => {
          if (!read) throw new DOMException("not the ones read last", "InvalidStateError");
          read = false;
          parameters = next;
        },
      },
      setCodecPreferences: () => {},
    };
    this.#lines.push(line);
    return line;
  }

  getConfiguration() {
    return this.configuration ?? {};
  }

  setConfiguration(configuration) {
    this.configuration = configuration;
  }

  getTransceivers() {
    return this.#lines;
  }

  async createOffer({ iceRestart }) {
    await this.#work();
    this.#version += 1;
    return { type: "offer", sdp: `offer ${this.#version}${iceRestart ? " restart" : ""}` };
  }

  async setLocalDescription(description = { type: "answer", sdp: "answer" }) {
    await this.#work();
    this.log.push(description.type);
    if (description.type === "rollback") {
      this.signalingState = "stable";
      return;
    }
    this.localDescription = description;
    this.signalingState = description.type === "offer" ? "have-local-offer" : "stable";
    this.#lines.forEach((line, index) => (line.mid ??= String(index)));
  }

  async setRemoteDescription(description) {
    await this.#work();
    if (description.sdp === "broken") throw new DOMException("no good", "OperationError");
    this.log.push(`remote ${description.type}`);
    this.signalingState = description.type === "offer" ? "have-remote-offer" : "stable";
    if (description.type === "offer") {
      this.#lines = ["sound 0", "sound 1", "picture"].map((track, index) => ({ mid: String(index), receiver: { track } }));
    }
  }

  become(state) {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }

  close() {
    this.closed = true;
    this.connectionState = "closed"; // without an event, as it is specified
  }
}

globalThis.RTCRtpSender ??= {
  getCapabilities: () => ({ codecs: [{ mimeType: "video/VP8" }, { mimeType: "audio/opus" }] }),
};

/** Let everything that can go on go on. */
export async function settle() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
