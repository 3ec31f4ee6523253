/**
 * What is known of the room: a pure function from one state and one message to the next, and questions about it.
 *
 * @typedef {import("./wire.js").ServerMessage} ServerMessage
 * @typedef {import("./wire.js").Participant} Participant
 *
 * @typedef {{ you: string, ahead: number, room: import("./wire.js").RoomFacts, may: import("./wire.js").Permission[],
 *   participants: Participant[], chat: import("./wire.js").Chat[], speaking: string[], floor: string | null,
 *   mutedBy: string | null }} RoomState
 *   `ahead`: milliseconds that the server's clock is ahead of ours; `participants` in official order;
 *   `speaking`: loudest first; `floor`: the other person who spoke last; `mutedBy`: who muted me, until I unmute
 *
 * @typedef {import("./wire.js").AgendaItem & { place: number, count: number, spent: number, planned: number | null,
 *   over: number }} Discussed  the item under discussion: the `place` from 0 among `count`; `spent`, `planned` and how
 *   much is `over` what was planned, in milliseconds
 */

/**
 * The state after `message`. The first message must be `joined`; what carries no news of the room changes nothing.
 * @param {RoomState | null} state
 * @param {ServerMessage} message
 * @param {number} now milliseconds since 1970 by our clock
 * @returns {RoomState}
 */
export function reduce(state, message, now) {
  if (message.type === "joined") return enter(state, message, now);
  if (state === null) throw new Error(`${message.type} came before joined`);
  switch (message.type) {
    case "participant":
      return putParticipant(state, message.participant);
    case "left":
      return {
        ...state,
        participants: state.participants.filter(({ id }) => id !== message.id),
        speaking: state.speaking.filter((id) => id !== message.id),
        floor: state.floor === message.id ? null : state.floor,
      };
    case "chat": {
      const { type: _, ...chat } = message;
      return state.chat.some(({ id }) => id === chat.id) ? state : { ...state, chat: [...state.chat, chat] };
    }
    case "room":
      return { ...state, room: message.room };
    case "speaking":
      return { ...state, speaking: message.ids, floor: giveFloor(state, message.ids) };
    case "muted_by":
      return { ...state, mutedBy: message.name };
    case "answer":
    case "offer":
    case "candidate":
    case "notice":
    case "error":
      return state;
  }
}

/**
 * @param {RoomState | null} before
 * @param {import("./wire.js").Joined} joined
 * @param {number} now
 * @returns {RoomState}
 */
function enter(before, { you, room, may, participants, chat, now: serverNow }, now) {
  const known = new Set(participants.map(({ id }) => id));
  const floor = before?.floor ?? null;
  return {
    you,
    ahead: Date.parse(serverNow) - now,
    room,
    may,
    participants: [...participants].sort(compare),
    chat,
    speaking: [],
    floor: floor !== null && known.has(floor) ? floor : null,
    mutedBy: before?.mutedBy ?? null,
  };
}

/** @param {RoomState} state @param {Participant} participant @returns {RoomState} */
function putParticipant(state, participant) {
  const others = state.participants.filter(({ id }) => id !== participant.id);
  const unmuted = participant.id === state.you && !participant.muted;
  return {
    ...state,
    participants: [...others, participant].sort(compare),
    mutedBy: unmuted ? null : state.mutedBy,
  };
}

/** Whoever has the floor keeps it while they are heard at all, so that a cough moves no picture. */
/** @param {RoomState} state @param {string[]} ids */
function giveFloor(state, ids) {
  if (state.floor !== null && ids.includes(state.floor)) return state.floor;
  return ids.find((id) => id !== state.you) ?? state.floor;
}

/** The chair first, then the official order of units, then the name. @param {Participant} a @param {Participant} b */
function compare(a, b) {
  const chair = Number(b.role === "chair") - Number(a.role === "chair");
  return chair || a.order - b.order || a.name.localeCompare(b.name, "vi") || a.id.localeCompare(b.id);
}

/** @param {RoomState} state @param {string} id */
export function findParticipant(state, id) {
  return state.participants.find((participant) => participant.id === id);
}

/** Me, as the server knows me. @param {RoomState} state */
export function findMe(state) {
  return findParticipant(state, state.you);
}

/** Who asks to speak, first come first. @param {RoomState} state */
export function queueHands(state) {
  return state.participants
    .filter(({ hand }) => hand !== null)
    .sort((a, b) => Date.parse(a.hand ?? "") - Date.parse(b.hand ?? "") || compare(a, b));
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
  const spent = Math.max(0, now + ahead - Date.parse(room.item_since));
  const planned = item.minutes === null ? null : item.minutes * 60_000;
  const over = planned === null ? 0 : Math.max(0, spent - planned);
  return { ...item, place: room.item, count: room.agenda.length, spent, planned, over };
}
