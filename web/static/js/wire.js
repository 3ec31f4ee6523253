/**
 * The room's messages, a mirror of `signaling/PROTOCOL.md`: their types, and the only place that turns them into text
 * and back. Nothing that is not in the protocol gets past `encode` or `parse`.
 *
 * @typedef {"microphone" | "camera" | "screen"} Source
 * @typedef {"audio" | "video"} Kind
 * @typedef {"publish" | "receive"} Side
 * @typedef {"waiting" | "in_session" | "ended"} Phase
 * @typedef {"chair" | "co_chair" | "secretary" | "technician" | "delegate" | "site" | "observer" | "guest"
 *   | "projection"} RoomRole
 * @typedef {"record" | "start" | "end" | "mute" | "remove" | "admit" | "floor" | "vote" | "appoint"
 *   | "caption"} Permission
 * @typedef {"good" | "weak" | "bad"} Quality
 * @typedef {{ id: string, source: Source, kind: Kind }} Track
 * @typedef {{ mid: string, source: Source }} SentTrack
 * @typedef {{ mid: string, kind: Kind }} Slot  a line of the receiving connection
 * @typedef {{ mid: string, participant: string, track: string, source: Source }} Filled  what a slot carries
 * @typedef {{ track: string, height: number }} Wanted  a picture that is shown so many pixels of the screen high
 * @typedef {{ title: string, presenter: string, minutes: number | null }} AgendaItem
 * @typedef {{ on: boolean, since: string | null, by: string | null }} RecordingState
 * @typedef {"nobody" | "guests" | "uninvited" | "everybody"} LobbyPolicy  who waits until admitted
 * @typedef {"everybody" | "chairs" | "nobody"} ChatPolicy
 * @typedef {{ lobby: LobbyPolicy, locked: boolean, chat: ChatPolicy, history: boolean, reactions: boolean }} Policy
 * @typedef {{ participant: string, since: string, seconds: number | null }} Floor
 * @typedef {"for" | "against" | "abstain"} Choice
 * @typedef {"ballot" | "opinion"} VoteKind
 * @typedef {{ id: number, subject: string, kind: VoteKind, secret: boolean, state: "open" | "closed" | "withdrawn",
 *   opened_at: string, closed_at: string | null, entitled: number, present: number, cast: number, quorum: number,
 *   valid: boolean | null, tally: { for: number, against: number, abstain: number } | null,
 *   choices: { name: string, choice: Choice }[] }} Vote  `tally` is null, and `choices` empty, while it is open
 * @typedef {{ id: number, title: string, type: string, size: number }} Paper
 * @typedef {{ title: string, phase: Phase, started_at: string | null, ends_at: string, recording: RecordingState,
 *   agenda: AgendaItem[], item: number | null, item_since: string | null, policy: Policy, floor: Floor | null,
 *   speaking_seconds: number | null, queue: string[], spotlight: string | null, shares: string[], votes: Vote[],
 *   capacity: number, papers: Paper[] }} RoomFacts
 *   `item`: place in `agenda` of the item under discussion, from 0, since `item_since`; `queue`: hands in the order in
 *   which they will speak; `shares`: who shares a screen, the first one's is shown
 * @typedef {{ id: string, name: string, detail: string, role: RoomRole, connected: boolean, muted: boolean,
 *   hand: string | null, order: number, tracks: Track[], votes: boolean, companion: boolean, weak: boolean,
 *   link: Quality | null, heads: number | null, names: string[] }} Participant
 *   `hand` is the instant it went up; `votes`: entitled to vote; `companion`: a second device in the room of another;
 *   `weak`: saves its link; `heads` and `names`: who sits at this site
 * @typedef {"everybody" | "chairs"} Audience
 * @typedef {{ id: number, from: string, name: string, text: string, at: string, to: Audience }} Chat
 * @typedef {{ id: string, name: string, detail: string, since: string }} Waiting  somebody who asks to be let in
 * @typedef {"agree" | "applause" | "question" | "slower"} ReactionKind
 * @typedef {{ urls: string[], username: string, credential: string }} IceServer
 * @typedef {{ vote: number, choice: Choice | null }} MyVote  without the choice where the ballot is secret
 *
 * @typedef {{ type: "join", version: 2, resume: string | null, name: string | null }} Join
 * @typedef {{ type: "publish", sdp: string, tracks: SentTrack[] }} Publish
 * @typedef {{ type: "answer", sdp: string, generation: number }} GiveAnswer
 * @typedef {{ type: "restart", connection: Side }} Restart
 * @typedef {{ type: "candidate", connection: Side, candidate: string, mid: string | null }} Candidate
 * @typedef {{ type: "view", tracks: Wanted[], audio: boolean, limit: number | null }} View
 * @typedef {Join | Publish | GiveAnswer | Restart | Candidate | View
 *   | { type: "muted", muted: boolean } | { type: "hand", up: boolean } | { type: "chat", text: string, to: Audience }
 *   | { type: "record", on: boolean } | { type: "start" } | { type: "end" } | { type: "agenda", item: number | null }
 *   | { type: "admit", participant: string | null } | { type: "refuse", participant: string }
 *   | { type: "policy" } & Partial<Policy> | { type: "mute", participant: string | null }
 *   | { type: "ask_unmute", participant: string } | { type: "remove", participant: string, may_return: boolean }
 *   | { type: "appoint", participant: string, on: boolean } | { type: "lower_hand", participant: string | null }
 *   | { type: "queue", participants: string[] }
 *   | { type: "floor", participant: string | null, seconds: number | null }
 *   | { type: "spotlight", participant: string | null } | { type: "speaking_time", seconds: number | null }
 *   | { type: "present", participant: string } | { type: "react", kind: ReactionKind }
 *   | { type: "vote_open", subject: string, kind: VoteKind, secret: boolean, quorum: number | null }
 *   | { type: "vote_cast", vote: number, choice: Choice } | { type: "vote_close", vote: number }
 *   | { type: "vote_withdraw", vote: number } | { type: "declare", heads: number | null, names: string[] }
 *   | { type: "companion", on: boolean } | { type: "link", quality: Quality, weak: boolean }
 *   | { type: "caption", text: string } | { type: "leave" }} ClientMessage
 *
 * @typedef {{ type: "joined", you: string, resume: string, now: string, room: RoomFacts, may: Permission[],
 *   participants: Participant[], chat: Chat[], ice_servers: IceServer[], lobby: Waiting[], my_votes: MyVote[] }} Joined
 * @typedef {{ type: "waiting", now: string, title: string, starts_at: string, since: string }} Wait
 *   to me, who must wait until somebody lets me in
 * @typedef {{ type: "answer", sdp: string }} TakeAnswer
 * @typedef {{ type: "offer", sdp: string, generation: number, slots: Slot[] }} Offer
 * @typedef {"disk_low" | "recording_refused" | "media_restarted" | "hand_lowered"} NoticeCode
 * @typedef {"not_allowed" | "not_now" | "no_such_participant" | "not_waiting" | "full" | "bad_sdp" | "too_long"
 *   | "too_many" | "too_fast" | "switched_off" | "companion" | "no_such_vote" | "vote_running" | "not_entitled"
 *   | "already_voted"} ErrorCode
 * @typedef {{ type: "error", code: ErrorCode, text: string, about: string }} Refusal
 * @typedef {Joined | Wait | TakeAnswer | Offer | Candidate | Refusal
 *   | { type: "slots", slots: Filled[] } | { type: "lobby", people: Waiting[] }
 *   | { type: "participant", participant: Participant } | { type: "participants", participants: Participant[] }
 *   | { type: "may", may: Permission[] } | { type: "left", id: string } | { type: "chat" } & Chat
 *   | { type: "room", room: RoomFacts } | { type: "speaking", ids: string[] } | { type: "muted_by", name: string }
 *   | { type: "asked", what: "unmute" | "floor", by: string }
 *   | { type: "reaction", participant: string, kind: ReactionKind } | { type: "my_vote" } & MyVote
 *   | { type: "caption", participant: string | null, name: string, text: string, at: string }
 *   | { type: "notice", code: NoticeCode, text: string }} ServerMessage
 */
import { flag, instant, listOf, nullable, object, oneOf, optional, ShapeError, text, whole } from "./shapes.js";

export { ShapeError as WireError };

/** @typedef {import("./shapes.js").Check} Check */

export const VERSION = 2;

/** Most characters of one chat message. */
export const CHAT_LIMIT = 2000;
/** Most characters of one caption. */
export const CAPTION_LIMIT = 300;
/** Most characters of what is voted on. */
const SUBJECT_LIMIT = 500;
/** Most pictures of one `view`. */
export const VIEW_LIMIT = 64;
/** Most names of those at one site. */
export const NAMES_LIMIT = 200;

const anyText = text();
const named = text(1);
const source = oneOf("microphone", "camera", "screen");
const side = oneOf("publish", "receive");
const quality = oneOf("good", "weak", "bad");
const choice = oneOf("for", "against", "abstain");
const voteKind = oneOf("ballot", "opinion");
const reaction = oneOf("agree", "applause", "question", "slower");
const audience = oneOf("everybody", "chairs");
const permission = oneOf(
  "record",
  "start",
  "end",
  "mute",
  "remove",
  "admit",
  "floor",
  "vote",
  "appoint",
  "caption",
);
const candidate = { connection: side, candidate: anyText, mid: nullable(anyText) };

const participant = object({
  id: named,
  name: anyText,
  detail: anyText,
  role: oneOf(
    "chair",
    "co_chair",
    "secretary",
    "technician",
    "delegate",
    "site",
    "observer",
    "guest",
    "projection",
  ),
  connected: flag,
  muted: flag,
  hand: nullable(instant),
  order: whole,
  tracks: listOf(object({ id: named, source, kind: oneOf("audio", "video") })),
  votes: flag,
  companion: flag,
  weak: flag,
  link: nullable(quality),
  heads: nullable(whole),
  names: listOf(anyText),
});

const waiting = object({ id: named, name: anyText, detail: anyText, since: instant });
const chat = { id: whole, from: named, name: anyText, text: text(1, CHAT_LIMIT), at: instant, to: audience };
const myVote = { vote: whole, choice: nullable(choice) };

/** @type {Record<keyof Policy, Check>} */
const policy = {
  lobby: oneOf("nobody", "guests", "uninvited", "everybody"),
  locked: flag,
  chat: oneOf("everybody", "chairs", "nobody"),
  history: flag,
  reactions: flag,
};

const vote = object({
  id: whole,
  subject: anyText,
  kind: voteKind,
  secret: flag,
  state: oneOf("open", "closed", "withdrawn"),
  opened_at: instant,
  closed_at: nullable(instant),
  entitled: whole,
  present: whole,
  cast: whole,
  quorum: whole,
  valid: nullable(flag),
  tally: nullable(object({ for: whole, against: whole, abstain: whole })),
  choices: listOf(object({ name: anyText, choice })),
});

const room = object({
  title: anyText,
  phase: oneOf("waiting", "in_session", "ended"),
  started_at: nullable(instant),
  ends_at: instant,
  recording: object({ on: flag, since: nullable(instant), by: nullable(anyText) }),
  agenda: listOf(object({ title: anyText, presenter: anyText, minutes: nullable(whole) })),
  item: nullable(whole),
  item_since: nullable(instant),
  policy: object(policy),
  floor: nullable(object({ participant: named, since: instant, seconds: nullable(whole) })),
  speaking_seconds: nullable(whole),
  queue: listOf(named),
  spotlight: nullable(named),
  shares: listOf(named),
  votes: listOf(vote),
  capacity: whole,
  papers: listOf(object({ id: whole, title: anyText, type: anyText, size: whole })),
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
  view: {
    tracks: listOf(object({ track: named, height: whole }), VIEW_LIMIT),
    audio: flag,
    limit: nullable(whole),
  },
  muted: { muted: flag },
  hand: { up: flag },
  chat: { text: text(1, CHAT_LIMIT), to: audience },
  react: { kind: reaction },
  record: { on: flag },
  start: {},
  agenda: { item: nullable(whole) },
  end: {},
  admit: { participant: nullable(named) },
  refuse: { participant: named },
  policy: Object.fromEntries(Object.entries(policy).map(([name, check]) => [name, optional(check)])),
  mute: { participant: nullable(named) },
  ask_unmute: { participant: named },
  remove: { participant: named, may_return: flag },
  appoint: { participant: named, on: flag },
  lower_hand: { participant: nullable(named) },
  queue: { participants: listOf(named) },
  floor: { participant: nullable(named), seconds: nullable(whole) },
  spotlight: { participant: nullable(named) },
  speaking_time: { seconds: nullable(whole) },
  present: { participant: named },
  vote_open: { subject: text(1, SUBJECT_LIMIT), kind: voteKind, secret: flag, quorum: nullable(whole) },
  vote_cast: { vote: whole, choice },
  vote_close: { vote: whole },
  vote_withdraw: { vote: whole },
  declare: { heads: nullable(whole), names: listOf(text(1, 100), NAMES_LIMIT) },
  companion: { on: flag },
  link: { quality, weak: flag },
  caption: { text: text(1, CAPTION_LIMIT) },
  leave: {},
};

/** What the server says: the fields of each type. @type {Record<ServerMessage["type"], Record<string, Check>>} */
export const SERVER_FIELDS = {
  joined: {
    you: named,
    resume: named,
    now: instant,
    room,
    may: listOf(permission),
    participants: listOf(participant),
    chat: listOf(object(chat)),
    ice_servers: listOf(object({ urls: listOf(named), username: anyText, credential: anyText })),
    lobby: listOf(waiting),
    my_votes: listOf(object(myVote)),
  },
  waiting: { now: instant, title: anyText, starts_at: instant, since: instant },
  lobby: { people: listOf(waiting) },
  answer: { sdp: named },
  offer: { sdp: named, generation: whole, slots: listOf(object({ mid: named, kind: oneOf("audio", "video") })) },
  slots: { slots: listOf(object({ mid: named, participant: named, track: named, source })) },
  candidate,
  participant: { participant },
  participants: { participants: listOf(participant) },
  may: { may: listOf(permission) },
  left: { id: named },
  chat,
  room: { room },
  speaking: { ids: listOf(named) },
  muted_by: { name: anyText },
  asked: { what: oneOf("unmute", "floor"), by: anyText },
  reaction: { participant: named, kind: reaction },
  my_vote: myVote,
  caption: { participant: nullable(named), name: anyText, text: anyText, at: instant },
  notice: { code: oneOf("disk_low", "recording_refused", "media_restarted", "hand_lowered"), text: anyText },
  error: {
    code: oneOf(
      "not_allowed",
      "not_now",
      "no_such_participant",
      "not_waiting",
      "full",
      "bad_sdp",
      "too_long",
      "too_many",
      "too_fast",
      "switched_off",
      "companion",
      "no_such_vote",
      "vote_running",
      "not_entitled",
      "already_voted",
    ),
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
