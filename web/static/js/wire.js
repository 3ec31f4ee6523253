/**
 * The room's messages, a mirror of `signaling/PROTOCOL.md`: their types, and the only place that turns them into text
 * and back. Nothing that is not in the protocol gets past `encode` or `parse`.
 *
 * @typedef {"microphone" | "camera" | "screen"} Source
 * @typedef {"audio" | "video"} Kind
 * @typedef {"publish" | "receive"} Side
 * @typedef {"waiting" | "in_session" | "ended"} Phase
 * @typedef {"chair" | "secretary" | "technician" | "delegate" | "site" | "observer" | "guest"} RoomRole
 * @typedef {"record" | "start" | "end" | "mute" | "remove"} Permission
 * @typedef {{ id: string, source: Source, kind: Kind }} Track
 * @typedef {{ mid: string, source: Source }} SentTrack
 * @typedef {{ mid: string, participant: string, track: string, source: Source }} ReceivedTrack
 * @typedef {{ title: string, presenter: string, minutes: number | null }} AgendaItem
 * @typedef {{ on: boolean, since: string | null, by: string | null }} RecordingState
 * @typedef {{ title: string, phase: Phase, started_at: string | null, ends_at: string, recording: RecordingState,
 *   agenda: AgendaItem[], item: number | null, item_since: string | null }} RoomFacts
 *   `item`: place in `agenda` of the item under discussion, from 0, since `item_since`
 * @typedef {{ id: string, name: string, detail: string, role: RoomRole, connected: boolean, muted: boolean,
 *   hand: string | null, order: number, tracks: Track[] }} Participant  `hand` is the instant it went up
 * @typedef {{ id: number, from: string, name: string, text: string, at: string }} Chat
 *
 * @typedef {{ type: "join", version: 1, resume: string | null, name: string | null }} Join
 * @typedef {{ type: "publish", sdp: string, tracks: SentTrack[] }} Publish
 * @typedef {{ type: "answer", sdp: string, generation: number }} GiveAnswer
 * @typedef {{ type: "restart", connection: Side }} Restart
 * @typedef {{ type: "candidate", connection: Side, candidate: string, mid: string | null }} Candidate
 * @typedef {Join | Publish | GiveAnswer | Restart | Candidate
 *   | { type: "muted", muted: boolean } | { type: "hand", up: boolean } | { type: "chat", text: string }
 *   | { type: "record", on: boolean } | { type: "start" } | { type: "end" } | { type: "agenda", item: number | null }
 *   | { type: "mute", participant: string } | { type: "remove", participant: string } | { type: "leave" }} ClientMessage
 *
 * @typedef {{ type: "joined", you: string, resume: string, now: string, room: RoomFacts, may: Permission[],
 *   participants: Participant[], chat: Chat[] }} Joined
 * @typedef {{ type: "answer", sdp: string }} TakeAnswer
 * @typedef {{ type: "offer", sdp: string, generation: number, tracks: ReceivedTrack[] }} Offer
 * @typedef {"disk_low" | "recording_refused" | "media_restarted"} NoticeCode
 * @typedef {"not_allowed" | "not_now" | "no_such_participant" | "bad_sdp" | "too_long" | "too_many"} ErrorCode
 * @typedef {{ type: "error", code: ErrorCode, text: string, about: string }} Refusal
 * @typedef {Joined | TakeAnswer | Offer | Candidate | Refusal
 *   | { type: "participant", participant: Participant } | { type: "left", id: string } | { type: "chat" } & Chat
 *   | { type: "room", room: RoomFacts } | { type: "speaking", ids: string[] } | { type: "muted_by", name: string }
 *   | { type: "notice", code: NoticeCode, text: string }} ServerMessage
 */
import { flag, instant, listOf, nullable, object, oneOf, ShapeError, text, whole } from "./shapes.js";

export { ShapeError as WireError };

/** @typedef {import("./shapes.js").Check} Check */

export const VERSION = 1;

/** Most characters of one chat message. */
export const CHAT_LIMIT = 2000;

const anyText = text();
const named = text(1);
const source = oneOf("microphone", "camera", "screen");
const side = oneOf("publish", "receive");
const candidate = { connection: side, candidate: anyText, mid: nullable(anyText) };

const participant = object({
  id: named,
  name: anyText,
  detail: anyText,
  role: oneOf("chair", "secretary", "technician", "delegate", "site", "observer", "guest"),
  connected: flag,
  muted: flag,
  hand: nullable(instant),
  order: whole,
  tracks: listOf(object({ id: named, source, kind: oneOf("audio", "video") })),
});

const chat = { id: whole, from: named, name: anyText, text: text(1, CHAT_LIMIT), at: instant };

const room = object({
  title: anyText,
  phase: oneOf("waiting", "in_session", "ended"),
  started_at: nullable(instant),
  ends_at: instant,
  recording: object({ on: flag, since: nullable(instant), by: nullable(anyText) }),
  agenda: listOf(object({ title: anyText, presenter: anyText, minutes: nullable(whole) })),
  item: nullable(whole),
  item_since: nullable(instant),
});

/** @type {Check} */
function version(value, path) {
  if (value !== VERSION) throw new ShapeError(`${path}: version ${VERSION} expected`);
  return value;
}

/** What the client says: the fields of each type. @type {Record<ClientMessage["type"], Record<string, Check>>} */
export const CLIENT_FIELDS = {
  join: { version, resume: nullable(named), name: nullable(named) },
  publish: { sdp: named, tracks: listOf(object({ mid: named, source })) },
  answer: { sdp: named, generation: whole },
  restart: { connection: side },
  candidate,
  muted: { muted: flag },
  hand: { up: flag },
  chat: { text: text(1, CHAT_LIMIT) },
  record: { on: flag },
  start: {},
  agenda: { item: nullable(whole) },
  end: {},
  mute: { participant: named },
  remove: { participant: named },
  leave: {},
};

/** What the server says: the fields of each type. @type {Record<ServerMessage["type"], Record<string, Check>>} */
export const SERVER_FIELDS = {
  joined: {
    you: named,
    resume: named,
    now: instant,
    room,
    may: listOf(oneOf("record", "start", "end", "mute", "remove")),
    participants: listOf(participant),
    chat: listOf(object(chat)),
  },
  answer: { sdp: named },
  offer: {
    sdp: named,
    generation: whole,
    tracks: listOf(object({ mid: named, participant: named, track: named, source })),
  },
  candidate,
  participant: { participant },
  left: { id: named },
  chat,
  room: { room },
  speaking: { ids: listOf(named) },
  muted_by: { name: anyText },
  notice: { code: oneOf("disk_low", "recording_refused", "media_restarted"), text: anyText },
  error: {
    code: oneOf("not_allowed", "not_now", "no_such_participant", "bad_sdp", "too_long", "too_many"),
    text: anyText,
    about: anyText,
  },
};

/**
 * The text to send. A message that is not in the protocol is our own fault and throws a `WireError`.
 * @param {ClientMessage} message
 * @returns {string}
 */
export function encode(message) {
  return JSON.stringify(check(CLIENT_FIELDS, message));
}

/**
 * The message in `data`, or a `WireError` that says what is wrong with it.
 * @param {unknown} data the payload of a WebSocket message
 * @returns {ServerMessage}
 */
export function parse(data) {
  if (typeof data !== "string") throw new ShapeError("a text message expected");
  let value;
  try {
    value = JSON.parse(data);
  } catch {
    throw new ShapeError("JSON expected");
  }
  return /** @type {ServerMessage} */ (check(SERVER_FIELDS, value));
}

/** @param {Record<string, Record<string, Check>>} table @param {unknown} value */
function check(table, value) {
  const { type } = /** @type {{ type: string }} */ (object({ type: anyText })(value, ""));
  const fields = Object.hasOwn(table, type) ? table[type] : undefined;
  if (fields === undefined) throw new ShapeError(`type: ${JSON.stringify(type)} is not in the protocol`);
  return { type, .../** @type {object} */ (object(fields)(value, "")) };
}
