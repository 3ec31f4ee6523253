/**
 * What is known of the room: a pure function from one state and one message to the next. Questions about it stand in
 * `room-facts.js`.
 *
 * @typedef {import("./wire.js").ServerMessage} ServerMessage
 * @typedef {import("./wire.js").Participant} Participant
 * @typedef {{ name: string, text: string, at: number }} Caption  `at` by our clock
 * @typedef {{ participant: string, kind: import("./wire.js").ReactionKind, at: number }} Reaction  `at` by our clock
 *
 * @typedef {{ you: string, ahead: number, room: import("./wire.js").RoomFacts, may: import("./wire.js").Permission[],
 *   participants: Participant[], chat: import("./wire.js").Chat[], speaking: string[], voice: string | null,
 *   mutedBy: string | null, lobby: import("./wire.js").Waiting[], myVotes: import("./wire.js").MyVote[],
 *   asked: { what: "unmute" | "floor", by: string } | null, captions: Caption[], reactions: Reaction[],
 *   late: import("./room-facts.js").Late | null }} RoomState
 *   `ahead`: milliseconds that the server's clock is ahead of ours; `participants` in official order;
 *   `speaking`: loudest first; `voice`: the other person who spoke last; `mutedBy`: who muted me, until I unmute;
 *   `lobby`: who asks to be let in; `asked`: what the chair asked of me; `late`: what I missed, if I came late
 */
import { compareParticipants, describeLateness, REACTION_FOR } from "./room-facts.js";

export * from "./room-facts.js";

/** Lines of captions that are kept. */
const CAPTIONS = 3;

/**
 * The state after `message`. The first message must be `joined`, or `waiting` for those who are not let in yet; what
 * carries no news of the room changes nothing.
 * @param {RoomState | null} state
 * @param {ServerMessage} message
 * @param {number} now milliseconds since 1970 by our clock
 * @returns {RoomState | null} null while I wait to be let in
 */
export function reduce(state, message, now) {
  if (message.type === "joined") return enter(state, message, now);
  if (message.type === "waiting") return null;
  if (state === null) throw new Error(`${message.type} came before joined`);
  switch (message.type) {
    case "participant":
      return putParticipants(state, [message.participant]);
    case "participants":
      return putParticipants(state, message.participants);
    case "left":
      return dropParticipant(state, message.id);
    case "chat": {
      const { type: _, ...chat } = message;
      return state.chat.some(({ id }) => id === chat.id) ? state : { ...state, chat: [...state.chat, chat] };
    }
    case "room":
      return putRoom(state, message.room);
    case "speaking":
      return { ...state, speaking: message.ids, voice: giveVoice(state, message.ids) };
    case "muted_by":
      return { ...state, mutedBy: message.name, asked: null };
    case "may":
      return { ...state, may: message.may, lobby: message.may.includes("admit") ? state.lobby : [] };
    case "lobby":
      return { ...state, lobby: message.people };
    case "asked":
      return { ...state, asked: { what: message.what, by: message.by } };
    case "reaction":
      return putReaction(state, { participant: message.participant, kind: message.kind, at: now });
    case "my_vote":
      return putMyVote(state, { vote: message.vote, choice: message.choice });
    case "caption": {
      const caption = { name: message.name, text: message.text, at: now };
      return { ...state, captions: [...state.captions, caption].slice(-CAPTIONS) };
    }
    case "answer":
    case "offer":
    case "slots":
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
function enter(before, { you, room, may, participants, chat, lobby, my_votes, now: serverNow }, now) {
  const known = new Set(participants.map(({ id }) => id));
  const voice = before?.voice ?? null;
  const ahead = Date.parse(serverNow) - now;
  return {
    you,
    ahead,
    room,
    may,
    participants: [...participants].sort(compareParticipants),
    chat,
    speaking: [],
    voice: voice !== null && known.has(voice) ? voice : null,
    mutedBy: before?.mutedBy ?? null,
    lobby,
    myVotes: my_votes,
    asked: before?.asked ?? null,
    captions: before?.captions ?? [],
    reactions: [],
    // Whoever returns after a break of the line has missed nothing that they did not know of.
    late: before === null ? describeLateness(room, now + ahead) : null,
  };
}

/** @param {RoomState} state @param {Participant[]} changed @returns {RoomState} */
function putParticipants(state, changed) {
  const ids = new Set(changed.map(({ id }) => id));
  const others = state.participants.filter(({ id }) => !ids.has(id));
  const unmuted = changed.some(({ id, muted }) => id === state.you && !muted);
  return {
    ...state,
    participants: [...others, ...changed].sort(compareParticipants),
    mutedBy: unmuted ? null : state.mutedBy,
    asked: unmuted ? null : state.asked,
  };
}

/** @param {RoomState} state @param {string} gone @returns {RoomState} */
function dropParticipant(state, gone) {
  return {
    ...state,
    participants: state.participants.filter(({ id }) => id !== gone),
    speaking: state.speaking.filter((id) => id !== gone),
    voice: state.voice === gone ? null : state.voice,
    reactions: state.reactions.filter(({ participant }) => participant !== gone),
  };
}

/** Whoever has had the floor taken from them is no longer asked to use it. */
/** @param {RoomState} state @param {import("./wire.js").RoomFacts} room @returns {RoomState} */
function putRoom(state, room) {
  const lost = state.room.floor?.participant === state.you && room.floor?.participant !== state.you;
  return { ...state, room, asked: lost && state.asked?.what === "floor" ? null : state.asked };
}

/** One at a time for each person, the newest last. @param {RoomState} state @param {Reaction} reaction @returns {RoomState} */
function putReaction(state, reaction) {
  const others = state.reactions.filter(
    ({ participant, at }) => participant !== reaction.participant && at > reaction.at - REACTION_FOR,
  );
  return { ...state, reactions: [...others, reaction] };
}

/** @param {RoomState} state @param {import("./wire.js").MyVote} mine @returns {RoomState} */
function putMyVote(state, mine) {
  return { ...state, myVotes: [...state.myVotes.filter(({ vote }) => vote !== mine.vote), mine] };
}

/** Whoever was heard last stays while they are heard at all, so that a cough moves no picture. */
/** @param {RoomState} state @param {string[]} ids */
function giveVoice(state, ids) {
  if (state.voice !== null && ids.includes(state.voice)) return state.voice;
  return ids.find((id) => id !== state.you) ?? state.voice;
}

/** I answered what I was asked, or put it off. @param {RoomState} state @returns {RoomState} */
export function answerAsked(state) {
  return { ...state, asked: null };
}
