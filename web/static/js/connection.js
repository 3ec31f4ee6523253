/**
 * The room's WebSocket: joins, comes back by itself by the schedule of `signaling/PROTOCOL.md`, and says honestly how
 * it stands. It knows no DOM; socket, clock and chance can be handed in.
 *
 * The secret for coming back lives in this object alone, not in the browser's storage: it tells the server that the media
 * connections of this page are still there, which is not true of a page that was loaded again, or of a copied tab.
 *
 * @typedef {import("./wire.js").ClientMessage} ClientMessage
 * @typedef {import("./wire.js").ServerMessage} ServerMessage
 *
 * @typedef {"offline" | "server"} Cause  there is no network at all, or the server does not answer
 * @typedef {{ state: "connecting" } | { state: "waiting" } | { state: "joined", again: boolean }
 *   | { state: "reconnecting", attempt: number, cause: Cause } | { state: "lost", cause: Cause }
 *   | { state: "closed", why: Why, reason: string }} Link
 *   `waiting` until somebody lets me in; `again`: after an interruption; `attempt` counts from 1; while `lost` it is
 *   asked for by a button, and by itself only now and then
 * @typedef {"left" | "protocol" | "sign_in" | "refused" | "turned_down" | "elsewhere" | "ended" | "full" | "locked"
 *   | "early"} Why
 *
 * @typedef {{ send(text: string): void, close(code?: number, reason?: string): void,
 *   onopen: (() => void) | null, onmessage: ((event: { data: unknown }) => void) | null,
 *   onclose: ((event: { code: number, reason: string }) => void) | null }} Socket
 * @typedef {import("./clock.js").Clock} Clock
 */
import { systemClock } from "./clock.js";
import { encode, parse, VERSION, WireError } from "./wire.js";

/** Pauses before the first attempts, in milliseconds; each gets up to a second of chance on top. */
const PAUSES = [0, 300, 1200, 2700, 4800];
const LATER_PAUSE = 5000;
const CHANCE = 1000;
/** How long after the loss the last attempt may begin. */
const PATIENCE = 44_000;
/** After that it still asks now and then, for a server that was away for long and a hall in which nobody sits at the keys. */
const QUIET_PAUSE = 30_000;
const QUIET_CHANCE = 10_000;
/** How long a return must hold to count as one: a server that closes at once must not be asked without a pause. */
const SETTLED = 5000;
/** How long one attempt may take before it counts as failed: a dead link gives no answer at all. */
const ATTEMPT_LIMIT = 8000;

/** Close codes that end it for good. @type {Readonly<Record<number, Why>>} */
const FINAL = {
  1000: "left",
  4400: "protocol",
  4401: "sign_in",
  4403: "refused",
  4406: "turned_down",
  4409: "elsewhere",
  4410: "ended",
  4414: "full",
  4423: "locked",
  4425: "early",
};
const TOO_MUCH = 4413;
/** Refusals after which the person may ask again. @type {Why[]} */
const MAY_KNOCK = ["turned_down", "full", "locked"];

/**
 * The pause before an attempt, in milliseconds.
 * @param {number} attempt from 1
 * @param {number} chance from 0 up to 1
 */
export function pauseBefore(attempt, chance) {
  return (PAUSES[attempt - 1] ?? LATER_PAUSE) + chance * CHANCE;
}

export class Connection {
  /** @type {Link} */ link = { state: "connecting" };
  /** @type {Socket | null} */ #socket = null;
  /** @type {unknown} */ #timer = null;
  #attempt = 0;
  #lostAt = 0;
  #joinedAt = 0;
  /** @type {string | null} */ #resume = null;
  #leaving = false;
  /** It has been interrupted since it last held. */
  #again = false;

  /**
   * @param {{ url: string, name: string | null, onMessage: (message: ServerMessage) => void,
   *   onLink: (link: Link) => void, open?: (url: string) => Socket, clock?: Clock, random?: () => number,
   *   online?: () => boolean }} parts
   *   `url` is the socket's address, `name` what a guest calls themselves; `online`: the device has a network at all
   */
  constructor(parts) {
    this.parts = parts;
    this.clock = parts.clock ?? systemClock;
    this.random = parts.random ?? Math.random;
    this.online = parts.online ?? (() => globalThis.navigator?.onLine !== false);
  }

  /** Begin. */
  start() {
    this.#lostAt = this.clock.now();
    this.#show({ state: "connecting" });
    this.#open();
  }

  /** Try again at once, by the person's wish or because the network came back. */
  retry() {
    if (this.link.state !== "lost" && this.link.state !== "reconnecting") return;
    this.#attempt = 1;
    this.#lostAt = this.clock.now();
    this.#show({ state: "reconnecting", attempt: 1, cause: this.#cause() });
    this.#open();
  }

  /** Take this device back into the meeting after another one replaced it. */
  takeBack() {
    if (this.link.state !== "closed" || this.link.why !== "elsewhere") return;
    this.start();
  }

  /** Ask once more, after the room was full or locked or somebody said no. */
  knock() {
    if (this.link.state === "closed" && MAY_KNOCK.includes(this.link.why)) this.start();
  }

  /** Something shows that the socket is dead although it has not closed: replace it. */
  suspect() {
    if (this.link.state === "joined" || this.link.state === "waiting") this.#lose(0);
  }

  /**
   * Send, or tell that it could not be sent. What is not sent is not kept: after a return the caller begins from `joined`.
   * @param {ClientMessage} message
   * @returns {boolean}
   */
  send(message) {
    if (this.link.state !== "joined" || this.#socket === null) return false;
    this.#socket.send(encode(message));
    return true;
  }

  /** Leave for good. The server's close confirms it; without a link we are gone all the same. */
  leave() {
    this.#leaving = true;
    if (this.link.state === "waiting") this.#socket?.send(encode({ type: "leave" }));
    if (this.send({ type: "leave" })) {
      this.#timer = this.clock.set(() => this.#end("left"), 2000);
    } else {
      this.#end("left");
    }
  }

  #open() {
    this.#drop();
    const open = this.parts.open ?? ((url) => /** @type {Socket} */ (/** @type {unknown} */ (new WebSocket(url))));
    const socket = open(this.parts.url);
    this.#socket = socket;
    const resume = this.#resume;
    socket.onopen = () => socket.send(encode({ type: "join", version: VERSION, resume, name: this.parts.name }));
    socket.onmessage = (event) => this.#receive(socket, event.data);
    socket.onclose = (event) => this.#closed(event.code, event.reason);
    this.#timer = this.clock.set(() => this.#lose(0), ATTEMPT_LIMIT);
  }

  /** @param {Socket} socket @param {unknown} data */
  #receive(socket, data) {
    let message;
    try {
      message = parse(data);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      console.error("The server broke the protocol:", error.message);
      socket.close(4400, error.message.slice(0, 100)); // RFC 6455: the reason has at most 123 bytes
      this.#end("protocol");
      return;
    }
    if (message.type === "joined") {
      this.clock.clear(this.#timer);
      this.#joinedAt = this.clock.now();
      this.#resume = message.resume;
      this.#show({ state: "joined", again: this.#again });
      this.#again = false;
    } else if (message.type === "waiting") {
      this.clock.clear(this.#timer);
      this.#joinedAt = this.clock.now();
      this.#show({ state: "waiting" });
    } else if (this.link.state !== "joined") {
      return; // nothing is meant for us before the answer to join
    }
    this.parts.onMessage(message);
  }

  /** @param {number} code @param {string} reason */
  #closed(code, reason) {
    const why = FINAL[code];
    if (this.#leaving) this.#end("left");
    else if (why !== undefined) this.#end(why, reason);
    else this.#lose(code);
  }

  /** @param {number} code 0 when no close was seen */
  #lose(code) {
    this.#drop();
    const now = this.clock.now();
    const { state } = this.link;
    if ((state === "joined" || state === "waiting") && now - this.#joinedAt >= SETTLED) this.#attempt = 0;
    if (state === "joined") this.#again = true;
    if (this.#attempt === 0) this.#lostAt = now;
    this.#attempt += 1;
    const calm = code === TOO_MUCH ? LATER_PAUSE : 0;
    const pause = Math.max(pauseBefore(this.#attempt, this.random()), calm);
    if (now + pause - this.#lostAt > PATIENCE + LATER_PAUSE) {
      this.#show({ state: "lost", cause: this.#cause() });
      this.#timer = this.clock.set(() => this.#open(), QUIET_PAUSE + this.random() * QUIET_CHANCE);
      return;
    }
    this.#show({ state: "reconnecting", attempt: this.#attempt, cause: this.#cause() });
    this.#timer = this.clock.set(() => this.#open(), pause);
  }

  /** @returns {Cause} */
  #cause() {
    return this.online() ? "server" : "offline";
  }

  /** @param {Why} why @param {string} [reason] what the server said, a word */
  #end(why, reason = "") {
    this.#drop();
    this.#resume = null;
    this.#attempt = 0;
    this.#again = false;
    this.#show({ state: "closed", why, reason });
  }

  /** Forget the socket: nothing that it still says counts. */
  #drop() {
    this.clock.clear(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** @param {Link} link */
  #show(link) {
    this.link = link;
    this.parts.onLink(link);
  }
}
