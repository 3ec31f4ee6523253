/**
 * My stay in a room: socket, both media connections, my devices and what is known, held together. No DOM.
 *
 * @typedef {import("./wire.js").ServerMessage} ServerMessage
 * @typedef {import("./wire.js").ClientMessage} ClientMessage
 * @typedef {import("./peer.js").MediaLink} MediaLink
 * @typedef {{ url: string, name: string | null, microphone: string | null, camera: string | null, hall: boolean,
 *   weak: boolean, companion: boolean, again: boolean, relay?: boolean, onChange: () => void,
 *   onIncoming: (incoming: import("./receiver.js").Incoming[]) => void, onSounds: (sounds: MediaStreamTrack[]) => void,
 *   onLevel: (level: number) => void, onNews: (news: import("./news.js").News) => void, onMuted: () => void,
 *   onRecorded: () => void, onEnd: (why: import("./connection.js").Why, reason: string) => void }} Parts
 *   `url` of the socket; `name` of a guest; `microphone` and `camera`: the wished devices, which are a mixer's in a `hall`;
 *   `weak`, `companion`: as chosen before; `again`: this page was in the room before it was loaded anew; `relay`: only through a relay; `onIncoming`: who is in which slot; `onSounds`:
 *   everything that is to be heard; `onMuted`: a chair muted me; `onRecorded`: I came into a meeting that is being recorded
 */
import { Connection } from "./connection.js";
import { explainTrouble } from "./device-words.js";
import { t } from "./i18n.js";
import { countArrived, readReceived, readSent, readTrip } from "./link-stats.js";
import { LinkWatch } from "./link-watch.js";
import { MyMedia } from "./my-media.js";
import { tellNews } from "./news.js";
import { createPeer, isUp, waysThrough } from "./peer.js";
import { Publisher } from "./publisher.js";
import { Receiver } from "./receiver.js";
import { findMe, findParticipant, reduce } from "./room-state.js";
import { Saver } from "./saver.js";
import { explainWeak } from "./weak-words.js";

/** How long media may be down, with the socket up, before it is called by its name. */
const STUCK_AFTER = 12_000;

/** What a person says and not the page: when it was too fast they are told, for nobody says it again for them. */
const SAID = new Set(["react", "chat", "hand", "vote_cast", "declare"]);

export class RoomSession {
  /** @type {import("./room-state.js").RoomState | null} */ state = null;
  /** @type {{ publish: MediaLink, receive: MediaLink }} */ links = { publish: "none", receive: "none" };
  /** @type {import("./receiver.js").Incoming[]} */ incoming = [];
  /** @type {import("./wire.js").Wait | null} while I wait to be let in */ waiting = null;
  /** Media have been down for long. */
  stuck = false;
  /** Nothing of this page is known to the server yet. */
  #fresh = true;
  /** What the server knows of my microphone, or will know when it has read what I sent. */
  #told = true;
  /** The microphone is on only while a key is held. */
  #talking = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #stuckTimer;
  /** @type {RTCConfiguration} */ #ways = waysThrough([], false);
  /** @type {MediaStreamTrack | null} my camera, sent or not */ #picture = null;

  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
    const send = (/** @type {ClientMessage} */ message) => this.connection.send(message);
    const create = () => createPeer(this.#ways);
    this.publisher = new Publisher({
      send,
      create,
      onLink: (link) => this.#setLink("publish", link),
      onSilence: () => this.connection.suspect(),
      onFailure: (error) => this.#reportMedia(error),
    });
    this.receiver = new Receiver({
      send,
      create,
      onLink: (link) => this.#setLink("receive", link),
      onIncoming: (incoming) => {
        this.incoming = incoming;
        parts.onIncoming(incoming);
        parts.onChange();
      },
      onSounds: parts.onSounds,
      onFailure: (error) => this.#reportMedia(error),
    });
    this.media = new MyMedia({
      publish: (source, track) => this.#publish(source, track),
      onChange: () => {
        this.#tellMuted();
        parts.onChange();
      },
      onLevel: parts.onLevel,
      onLost: (source) => parts.onNews({ text: explainTrouble(source, "not_found"), urgent: true, shown: true }),
      microphone: parts.microphone,
      camera: parts.camera,
      hall: parts.hall,
    });
    this.saver = new Saver({
      send,
      onPlan: (plan) => this.#save(plan),
      onStep: (weak) => parts.onNews({ text: explainWeak(weak), urgent: false, shown: true, about: "weak" }),
      onChange: parts.onChange,
      weak: parts.weak,
      companion: parts.companion,
    });
    this.watch = new LinkWatch({ read: () => this.#readLink(), onLook: (level) => this.saver.takeLevel(level) });
    this.connection = new Connection({
      url: parts.url,
      name: parts.name,
      onMessage: (message) => this.#receive(message),
      onLink: (link) => {
        parts.onChange();
        if (link.state !== "waiting") this.waiting = null;
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

  /** How good my own link is; null: not known. */
  get level() {
    return this.saver.level;
  }

  /** What is given up for a weak link. */
  get weak() {
    return this.saver.weak;
  }

  /** Whether another device in this room hears and speaks for me. */
  get companion() {
    return this.saver.companion;
  }

  /** @param {boolean} on "Mạng yếu" */
  setWeak(on) {
    this.saver.setWeak(on);
  }

  /** Neither speak nor play sound, because another device in this room does. @param {boolean} on */
  setCompanion(on) {
    if (on) void this.media.setMicrophone(false).then(() => this.media.stopMicrophone());
    this.saver.setCompanion(on);
  }

  /** @param {readonly import("./view.js").Shown[]} shown what the page shows, most important first */
  setShown(shown) {
    this.saver.setShown(shown);
  }

  /** After another device took my place: take it back. */
  takeBack() {
    this.#fresh = true;
    this.connection.takeBack();
  }

  /** Ask once more to be let in. */
  knock() {
    this.#fresh = true;
    this.connection.knock();
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
    if (this.companion || (on ? this.media.mine.microphone.on : !this.#talking)) return;
    this.#talking = on;
    await this.media.setMicrophone(on);
  }

  /** @param {ServerMessage} message */
  #receive(message) {
    const before = this.state;
    const again = message.type === "joined" && before === null && this.parts.again;
    this.state = reduce(before, message, Date.now());
    if (again && this.state !== null) this.state = { ...this.state, late: null };
    if (!again && !this.#isOurs(message)) for (const news of tellNews(before, message)) this.parts.onNews(news);
    switch (message.type) {
      case "waiting":
        this.waiting = message;
        break;
      case "joined":
        this.#enter(message, before?.you ?? null);
        break;
      case "answer":
        this.publisher.takeAnswer(message.sdp);
        break;
      case "offer":
        this.receiver.takeOffer(message);
        break;
      case "slots":
        this.receiver.takeSlots(message.slots);
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
        this.#refused(message);
        break;
      default:
    }
    this.parts.onChange();
  }

  /** Whether it refuses what we said by ourselves and say again: no news for anybody. @param {ServerMessage} message */
  #isOurs(message) {
    return message.type === "error" && message.code === "too_fast" && !SAID.has(message.about);
  }

  /** @param {import("./wire.js").Refusal} refusal */
  #refused(refusal) {
    const fast = refusal.code === "too_fast";
    if (refusal.code === "companion") {
      this.#told = true; // the room has it off, and so it is
      void this.media.setMicrophone(false);
    }
    if (refusal.about === "publish") this.publisher.refused(fast);
    else if (fast && refusal.about === "restart") this.receiver.askLater();
    else if (fast && !SAID.has(refusal.about)) this.saver.tellLater();
  }

  /** @param {import("./wire.js").Joined} joined @param {string | null} before the id that I had */
  #enter(joined, before) {
    const { you, participants } = joined;
    const known = participants.find(({ id }) => id === you)?.muted ?? true;
    this.#told = known;
    this.#ways = waysThrough(joined.ice_servers, this.parts.relay ?? false);
    this.publisher.useWays(this.#ways);
    this.receiver.useWays(this.#ways);
    this.saver.tellAll();
    if (this.#fresh) {
      this.publisher.begin();
      if (joined.room.recording.on) this.parts.onRecorded();
    } else {
      this.publisher.carryOn();
      // A chair may have muted me while I was away. A new stay, with another id, begins as I am.
      if (known && you === before && this.media.mine.microphone.on) void this.media.setMicrophone(false);
    }
    this.#fresh = false;
    this.#tellMuted();
    this.watch.start();
  }

  /** @param {import("./wire.js").Source} source @param {MediaStreamTrack | null} track */
  #publish(source, track) {
    if (source === "camera") this.#picture = track;
    this.publisher.setTrack(source, source === "camera" && this.saver.plan.own === "off" ? null : track);
  }

  /** @param {import("./weak.js").Plan} plan */
  #save(plan) {
    this.publisher.save(plan);
    const sent = plan.own === "off" ? null : this.#picture;
    if (this.publisher.trackOf("camera") !== sent) this.publisher.setTrack("camera", sent);
  }

  /** What can be seen of my link; null when nothing can. */
  async #readLink() {
    const { incoming, state } = this;
    const [received, sent] = await Promise.all([this.receiver.readStats(), this.publisher.readStats()]);
    if (state === null || (received === null && sent === null)) return null;
    const isSpoiled = (/** @type {string} */ id) => ["weak", "bad"].includes(findParticipant(state, id)?.link ?? "");
    const streams = new Map([
      ...(received === null ? [] : readReceived(received, incoming, isSpoiled)),
      ...(sent === null ? [] : readSent(sent)),
    ]);
    const trip = Math.max(received === null ? 0 : readTrip(received), sent === null ? 0 : readTrip(sent));
    const arrived = received === null ? 0 : countArrived(received);
    const heard = state.speaking.some((id) => incoming.some(({ participant }) => participant === id));
    return { streams, trip, arrived, expected: received !== null && heard && !this.companion };
  }

  /** Tell the server whether my microphone is on, when it was last told otherwise. */
  #tellMuted() {
    const muted = !this.media.mine.microphone.on;
    if (this.#told !== muted && this.send({ type: "muted", muted })) this.#told = muted;
  }

  #restartMedia() {
    this.receiver.close();
    this.publisher.beginAnew();
    this.saver.tellAll();
  }

  /** @param {import("./connection.js").Why} why @param {string} reason */
  #end(why, reason) {
    this.watch.stop();
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
