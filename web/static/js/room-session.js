/**
 * My stay in a room: socket, both media connections, my devices and what is known, held together. No DOM.
 *
 * @typedef {import("./wire.js").ServerMessage} ServerMessage
 * @typedef {import("./wire.js").ClientMessage} ClientMessage
 * @typedef {import("./peer.js").MediaLink} MediaLink
 * @typedef {{ url: string, name: string | null, microphone: string | null, camera: string | null, onChange: () => void,
 *   onIncoming: (incoming: import("./receiver.js").Incoming[]) => void, onLevel: (level: number) => void,
 *   onNews: (news: import("./news.js").News) => void, onMuted: () => void, onRecorded: () => void,
 *   onEnd: (why: import("./connection.js").Why, reason: string) => void }} Parts
 *   `url` of the socket; `name` of a guest; `microphone` and `camera`: the wished devices; `onMuted`: a chair muted me;
 *   `onRecorded`: I came into a meeting that is being recorded
 */
import { Connection } from "./connection.js";
import { explainTrouble } from "./device-words.js";
import { t } from "./i18n.js";
import { readReceived, readSent } from "./link-stats.js";
import { MyMedia } from "./my-media.js";
import { tellNews } from "./news.js";
import { isUp } from "./peer.js";
import { Publisher } from "./publisher.js";
import { Receiver } from "./receiver.js";
import { findMe, reduce } from "./room-state.js";

/** How long media may be down, with the socket up, before it is called by its name. */
const STUCK_AFTER = 12_000;

export class RoomSession {
  /** @type {import("./room-state.js").RoomState | null} */ state = null;
  /** @type {{ publish: MediaLink, receive: MediaLink }} */ links = { publish: "none", receive: "none" };
  /** @type {import("./receiver.js").Incoming[]} */ incoming = [];
  /** Media have been down for long. */
  stuck = false;
  /** Nothing of this page is known to the server yet. */
  #fresh = true;
  /** What the server knows of my microphone, or will know when it has read what I sent. */
  #told = true;
  /** The microphone is on only while a key is held. */
  #talking = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #stuckTimer;

  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
    const send = (/** @type {ClientMessage} */ message) => this.connection.send(message);
    this.publisher = new Publisher({
      send,
      onLink: (link) => this.#setLink("publish", link),
      onSilence: () => this.connection.suspect(),
      onFailure: (error) => this.#reportMedia(error),
    });
    this.receiver = new Receiver({
      send,
      onLink: (link) => this.#setLink("receive", link),
      onTracks: (incoming) => {
        this.incoming = incoming;
        parts.onIncoming(incoming);
        parts.onChange();
      },
      onFailure: (error) => this.#reportMedia(error),
    });
    this.media = new MyMedia({
      publish: (source, track) => this.publisher.setTrack(source, track),
      onChange: () => {
        this.#tellMuted();
        parts.onChange();
      },
      onLevel: parts.onLevel,
      onLost: (source) => parts.onNews({ text: explainTrouble(source, "not_found"), urgent: true, shown: true }),
      microphone: parts.microphone,
      camera: parts.camera,
    });
    this.connection = new Connection({
      url: parts.url,
      name: parts.name,
      onMessage: (message) => this.#receive(message),
      onLink: (link) => {
        parts.onChange();
        if (link.state === "closed") this.#end(link.why, link.reason);
      },
    });
  }

  /** @param {ClientMessage} message @returns {boolean} whether it was sent */
  send(message) {
    return this.connection.send(message);
  }

  /** Whether my hand is up. */
  get handUp() {
    return this.state !== null && findMe(this.state)?.hand != null;
  }

  /** The streams of each participant whose link can be told, mine by what arrives of it. */
  async readLinks() {
    const { incoming, state } = this;
    const [received, sent] = await Promise.all([this.receiver.readStats(), this.publisher.readStats()]);
    const links = received === null ? new Map() : readReceived(received, incoming);
    if (sent !== null && state !== null) links.set(state.you, readSent(sent));
    return links;
  }

  /** After another device took my place: take it back. */
  takeBack() {
    this.#fresh = true;
    this.connection.takeBack();
  }

  /** The network is there again, or another one. */
  networkChanged() {
    this.connection.suspect();
    this.connection.retry();
    this.publisher.networkChanged();
    this.receiver.networkChanged();
  }

  /** Speak while a key is held, with the microphone off before and after. @param {boolean} on */
  async talk(on) {
    if (on ? this.media.mine.microphone.on : !this.#talking) return;
    this.#talking = on;
    await this.media.setMicrophone(on);
  }

  /** @param {ServerMessage} message */
  #receive(message) {
    const before = this.state;
    this.state = reduce(before, message, Date.now());
    for (const news of tellNews(before, message)) this.parts.onNews(news);
    switch (message.type) {
      case "joined":
        this.#enter(this.state, before?.you ?? null);
        break;
      case "answer":
        this.publisher.takeAnswer(message.sdp);
        break;
      case "offer":
        this.receiver.takeOffer(message);
        break;
      case "muted_by":
        this.#talking = false;
        this.#told = true;
        void this.media.setMicrophone(false);
        this.parts.onMuted();
        break;
      case "notice":
        if (message.code === "media_restarted") this.#restartMedia();
        break;
      case "error":
        if (message.about === "publish") this.publisher.refused();
        break;
      default:
    }
    this.parts.onChange();
  }

  /** @param {import("./room-state.js").RoomState} state @param {string | null} before the id that I had */
  #enter(state, before) {
    const known = findMe(state)?.muted ?? true;
    this.#told = known;
    if (this.#fresh) {
      this.publisher.begin();
      if (state.room.recording.on) this.parts.onRecorded();
    } else {
      this.publisher.carryOn();
      // A chair may have muted me while I was away. A new stay, with another id, begins as I am.
      if (known && state.you === before && this.media.mine.microphone.on) void this.media.setMicrophone(false);
    }
    this.#fresh = false;
    this.#tellMuted();
  }

  /** Tell the server whether my microphone is on, when it was last told otherwise. */
  #tellMuted() {
    const muted = !this.media.mine.microphone.on;
    if (this.#told !== muted && this.send({ type: "muted", muted })) this.#told = muted;
  }

  #restartMedia() {
    this.receiver.close();
    this.publisher.beginAnew();
  }

  /** @param {import("./connection.js").Why} why @param {string} reason */
  #end(why, reason) {
    this.media.stop();
    this.publisher.close();
    this.receiver.close();
    this.parts.onEnd(why, reason);
  }

  /** @param {"publish" | "receive"} side @param {MediaLink} link */
  #setLink(side, link) {
    this.links = { ...this.links, [side]: link };
    if (isUp(this.links.publish) && isUp(this.links.receive)) {
      clearTimeout(this.#stuckTimer);
      this.#stuckTimer = undefined;
      this.stuck = false;
    } else {
      this.#stuckTimer ??= setTimeout(() => {
        this.stuck = true;
        this.parts.onChange();
      }, STUCK_AFTER);
    }
    this.parts.onChange();
  }

  /** @param {unknown} error */
  #reportMedia(error) {
    console.error("A media connection could not be set up:", error);
    this.parts.onNews({
      text: t("Không thiết lập được đường truyền tiếng và hình. Hãy tải lại trang."),
      urgent: true,
      shown: true,
    });
  }
}
