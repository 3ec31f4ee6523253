/** The socket of a connection test: questions and answers, and loads whose rate is measured. No DOM. */

/** Octets of one binary message; the server takes 64 KiB at most. */
const PIECE = 16 * 1024;
/** How long a load is measured, in milliseconds: enough to fill a slow link, too short to tire anybody. */
const MEASURE = 2500;
const LARGEST = 2 * 1024 * 1024;

/** @typedef {{ type: string } & Record<string, any>} Message */

/** The socket closed, or an answer did not come in time. */
export class TestBroken extends Error {
  /** @param {string} message @param {number} [code] of the close, 0 when there was none */
  constructor(message, code = 0) {
    super(message);
    this.code = code;
  }
}

export class TestSocket {
  /** @type {WebSocket | null} */ #socket = null;
  /** @type {Set<(event: { message?: Message, octets?: number, closed?: number }) => void>} */ #hearers = new Set();
  #sent = 0;
  #closed = -1;

  /** @param {string} url */
  constructor(url) {
    this.url = url;
  }

  /**
   * Open and wait for the server's first message.
   * @returns {Promise<{ iceServers: import("./peer.js").IceServer[] }>}
   */
  async open() {
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#closed = -1;
    socket.addEventListener("message", ({ data }) => {
      if (typeof data === "string") this.#tell({ message: JSON.parse(data) });
      else this.#tell({ octets: data.byteLength });
    });
    socket.addEventListener("close", ({ code }) => {
      this.#closed = code;
      this.#tell({ closed: code });
    });
    const ready = await this.next("ready", 8000);
    return { iceServers: ready["ice_servers"] };
  }

  /** @param {Message} message */
  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) throw new TestBroken("the socket is closed", this.#closed);
    this.#socket.send(JSON.stringify(message));
  }

  /**
   * The next message of one of these types.
   * @param {string} types separated by blanks @param {number} limit milliseconds
   * @returns {Promise<Message>}
   */
  next(types, limit) {
    const wanted = types.split(" ");
    return this.#wait(limit, ({ message }) => (message !== undefined && wanted.includes(message.type) ? message : null));
  }

  /** Milliseconds there and back: the median of five. */
  async measureRoundTrip() {
    /** @type {number[]} */
    const times = [];
    for (let number = 1; number <= 5; number += 1) {
      const sent = performance.now();
      this.send({ type: "ping", number });
      await this.next("pong", 5000);
      times.push(performance.now() - sent);
    }
    return times.sort((a, b) => a - b)[2] ?? 0;
  }

  /** Bits a second from the server: loads that double until one takes long enough to be told from the delay. */
  async measureDown() {
    return grow(async (octets) => {
      let taken = 0;
      /** @type {number | null} */
      let first = null;
      this.send({ type: "load", octets });
      return this.#wait(4 * MEASURE, ({ octets: more }) => {
        if (more === undefined) return null;
        first ??= performance.now();
        taken += more;
        // On a slow link the time is up before the load is through: what has come by then is measured.
        const over = taken >= octets || performance.now() - first > MEASURE;
        return over ? { octets: taken - more, ms: performance.now() - first } : null;
      });
    });
  }

  /** Bits a second to the server. */
  async measureUp() {
    return grow(async (octets) => {
      const socket = this.#socket;
      if (socket === null) throw new TestBroken("the socket is closed");
      const piece = crypto.getRandomValues(new Uint8Array(PIECE));
      const [before, began] = [this.#sent, performance.now()];
      let last = 0;
      const done = this.#wait(4 * MEASURE, ({ message }) => {
        if (message?.type !== "taken") return null;
        last = message["octets"] - before;
        return last >= octets || performance.now() - began > MEASURE
          ? { octets: last, ms: performance.now() - began }
          : null;
      });
      for (let sent = 0; sent < octets; sent += PIECE) {
        socket.send(piece);
        this.#sent += PIECE;
      }
      return done;
    });
  }

  close() {
    this.#socket?.close();
  }

  /**
   * @template T
   * @param {number} limit
   * @param {(event: { message?: Message, octets?: number, closed?: number }) => T | null} pick
   * @returns {Promise<T>}
   */
  #wait(limit, pick) {
    return new Promise((resolve, reject) => {
      const finish = (/** @type {() => void} */ call) => {
        clearTimeout(timer);
        this.#hearers.delete(hear);
        call();
      };
      const hear = (/** @type {{ message?: Message, octets?: number, closed?: number }} */ event) => {
        if (event.closed !== undefined) {
          const code = event.closed;
          finish(() => reject(new TestBroken("the socket closed", code)));
          return;
        }
        const picked = pick(event);
        if (picked !== null) finish(() => resolve(picked));
      };
      const timer = setTimeout(() => finish(() => reject(new TestBroken("no answer in time"))), limit);
      this.#hearers.add(hear);
      if (this.#closed !== -1) hear({ closed: this.#closed });
    });
  }

  /** @param {{ message?: Message, octets?: number, closed?: number }} event */
  #tell(event) {
    for (const hear of [...this.#hearers]) hear(event);
  }
}

/**
 * Measure loads of growing size; the last one says the rate.
 * @param {(octets: number) => Promise<{ octets: number, ms: number }>} measure
 */
async function grow(measure) {
  for (let octets = 4 * PIECE; ; octets *= 4) {
    const found = await measure(octets);
    const rate = (found.octets * 8000) / Math.max(found.ms, 1);
    if (found.ms > MEASURE / 10 || octets * 4 > LARGEST) return rate;
  }
}
