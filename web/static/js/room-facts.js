/**
 * Questions about the room: pure functions of what is known.
 *
 * @typedef {import("./room-state.js").RoomState} RoomState
 * @typedef {import("./wire.js").Participant} Participant
 * @typedef {import("./wire.js").RoomFacts} RoomFacts
 *
 * @typedef {import("./wire.js").AgendaItem & { place: number, count: number, spent: number, planned: number | null,
 *   over: number }} Discussed  the item under discussion: the `place` from 0 among `count`; `spent`, `planned` and how
 *   much is `over` what was planned, in milliseconds
 * @typedef {{ participant: string, spent: number, planned: number | null, over: number }} Speech
 *   who has the floor, and its clock in milliseconds
 * @typedef {{ by: number, item: number | null, count: number, recording: boolean }} Late
 *   I came `by` milliseconds late; the place of the item under discussion, and whether I am recorded
 */

/** Whoever comes within this time after the start is not called late; milliseconds. */
const GRACE = 60_000;
/** How long a reaction is shown, in milliseconds. */
export const REACTION_FOR = 6000;
/** The roles that run a meeting. @type {ReadonlySet<import("./wire.js").RoomRole>} */
const OPERATORS = new Set(["chair", "co_chair", "secretary", "technician"]);

/** The chair first, then the official order of units, then the name. @param {Participant} a @param {Participant} b */
export function compareParticipants(a, b) {
  const chair = Number(b.role === "chair") - Number(a.role === "chair");
  return chair || a.order - b.order || a.name.localeCompare(b.name, "vi", { numeric: true }) || a.id.localeCompare(b.id);
}

/** @param {RoomState} state @param {string} id */
export function findParticipant(state, id) {
  return state.participants.find((participant) => participant.id === id);
}

/** What somebody sends of this source. @param {Participant} person @param {import("./wire.js").Source} source */
export function findTrack({ tracks }, source) {
  return tracks.find((track) => track.source === source);
}

/** Me, as the server knows me. @param {RoomState} state */
export function findMe(state) {
  return findParticipant(state, state.you);
}

/** @param {RoomState} state @param {import("./wire.js").Permission} permission */
export function may({ may }, permission) {
  return may.includes(permission);
}

/** Whether this role runs the meeting. @param {import("./wire.js").RoomRole} role */
export function isOperator(role) {
  return OPERATORS.has(role);
}

/** Whether somebody with this role speaks and shows anything. @param {import("./wire.js").RoomRole} role */
export function maySend(role) {
  return role !== "observer" && role !== "projection";
}

/** Those who sit in the meeting: a projection is a screen in a hall. @param {RoomState} state */
export function listPresent({ participants }) {
  return participants.filter(({ role }) => role !== "projection");
}

/** Who asks to speak, in the order of the chair. @param {RoomState} state @returns {Participant[]} */
export function queueHands(state) {
  const { queue } = state.room;
  const place = (/** @type {Participant} */ { id }) => (queue.includes(id) ? queue.indexOf(id) : queue.length);
  return state.participants
    .filter(({ hand }) => hand !== null)
    .sort(
      (a, b) =>
        place(a) - place(b) || Date.parse(a.hand ?? "") - Date.parse(b.hand ?? "") || compareParticipants(a, b),
    );
}

/**
 * The queue with somebody one place further up (-1) or down (1); null when they cannot go there.
 * @param {string[]} queue @param {string} id @param {-1 | 1} step
 */
export function moveInQueue(queue, id, step) {
  const from = queue.indexOf(id);
  const to = from + step;
  if (from < 0 || to < 0 || to >= queue.length) return null;
  const moved = queue.filter((other) => other !== id);
  moved.splice(to, 0, id);
  return moved;
}

/**
 * Time in session so far, in milliseconds; null before the meeting has begun.
 * @param {RoomState} state @param {number} now by our clock
 */
export function timeInSession(state, now) {
  const { phase, started_at } = state.room;
  return phase === "in_session" && started_at !== null ? now + state.ahead - Date.parse(started_at) : null;
}

/**
 * The item under discussion with its clock; null while there is none.
 * @param {RoomState} state @param {number} now by our clock
 * @returns {Discussed | null}
 */
export function findDiscussed({ room, ahead }, now) {
  const item = room.item === null ? undefined : room.agenda[room.item];
  if (item === undefined || room.item === null || room.item_since === null || room.phase !== "in_session") return null;
  const planned = item.minutes === null ? null : item.minutes * 60_000;
  return { ...item, place: room.item, count: room.agenda.length, planned, ...clockSince(room.item_since, planned, now + ahead) };
}

/**
 * Who has the floor, with the clock; null while nobody has it.
 * @param {RoomState} state @param {number} now by our clock
 * @returns {Speech | null}
 */
export function findSpeech({ room: { floor }, ahead }, now) {
  if (floor === null) return null;
  const planned = floor.seconds === null ? null : floor.seconds * 1000;
  return { participant: floor.participant, planned, ...clockSince(floor.since, planned, now + ahead) };
}

/** @param {string} since @param {number | null} planned @param {number} now by the server's clock */
function clockSince(since, planned, now) {
  const spent = Math.max(0, now - Date.parse(since));
  return { spent, over: planned === null ? 0 : Math.max(0, spent - planned) };
}

/**
 * What somebody who comes in at `now` (by the server's clock) has missed; null when they are in time.
 * @param {RoomFacts} room @param {number} now
 * @returns {Late | null}
 */
export function describeLateness({ phase, started_at, item, agenda, recording }, now) {
  if (phase !== "in_session" || started_at === null) return null;
  const by = now - Date.parse(started_at);
  return by < GRACE ? null : { by, item, count: agenda.length, recording: recording.on };
}

/** The vote that is open, if one is. @param {RoomFacts} room */
export function findOpenVote({ votes }) {
  return votes.findLast(({ state }) => state === "open");
}

/** Whether I may cast in this vote. @param {RoomState} state @param {import("./wire.js").Vote} vote */
export function mayCast(state, { kind, state: open }) {
  const me = findMe(state);
  if (me === undefined || open !== "open" || !maySend(me.role)) return false;
  return kind === "ballot" ? me.votes : me.role !== "guest" && me.role !== "technician";
}

/** My choice in a vote; undefined when I have not voted, null when the ballot keeps it. */
/** @param {RoomState} state @param {number} vote */
export function findMyVote({ myVotes }, vote) {
  return myVotes.find((mine) => mine.vote === vote)?.choice;
}

/** Whose screen is shown: the first in the order of shares. @param {RoomFacts} room */
export function findPresenter({ shares }) {
  return shares[0] ?? null;
}

/** Whether I may write to that audience. @param {RoomState} state @param {import("./wire.js").Audience} audience */
export function mayChat(state, audience) {
  const { chat } = state.room.policy;
  const role = findMe(state)?.role ?? "observer";
  if (isOperator(role)) return true;
  return audience === "everybody" ? chat === "everybody" : chat !== "nobody";
}

/** Reactions that are still shown, by person. @param {RoomState} state @param {number} now by our clock */
export function listReactions({ reactions }, now) {
  return new Map(reactions.filter(({ at }) => now - at < REACTION_FOR).map((one) => [one.participant, one.kind]));
}
