/**
 * What a message means in words, for the screen reader and the short notes on the screen. Pure.
 *
 * @typedef {import("./room-state.js").RoomState} RoomState
 * @typedef {{ text: string, urgent: boolean, shown: boolean, about?: string }} News
 *   `urgent` interrupts the screen reader; `shown` also stands on the screen for a while, and takes the place of what was
 *   said `about` the same before
 */
import { tellLate } from "./floor-words.js";
import { t } from "./i18n.js";
import { describeLateness, findOpenVote, findParticipant, findTrack, mayCast } from "./room-state.js";
import { nameAsked } from "./asked-words.js";
import { tellResult } from "./vote-words.js";

/** Rooms above this size do not announce who comes and goes. */
const SMALL = 12;

/**
 * @param {RoomState | null} before the state before the message
 * @param {import("./wire.js").ServerMessage} message
 * @returns {News[]}
 */
export function tellNews(before, message) {
  if (message.type === "joined") return tellReturn(before, message);
  if (before === null) return [];
  switch (message.type) {
    case "participant":
      return tellParticipant(before, message.participant);
    case "participants":
      return []; // many at once: nobody could listen to that
    case "left": {
      const gone = findParticipant(before, message.id);
      if (gone === undefined || before.participants.length > SMALL) return [];
      return [say(t("{name} đã rời cuộc họp.", { name: gone.name }))];
    }
    case "chat":
      return tellChat(before, message);
    case "room":
      return [...tellRoom(before.room, message.room), ...tellFloor(before, message.room), ...tellVotes(before, message.room)];
    case "lobby":
      return tellLobby(before, message.people);
    case "asked":
      return [{ text: nameAsked(message.what), urgent: true, shown: false }]; // it stands on the screen until answered
    case "may":
      return tellMay(before, message.may);
    case "muted_by":
      return [warn(t("{name} đã tắt micro của bạn. Bấm Micro khi cần nói.", { name: message.name }))];
    case "notice":
    case "error":
      return message.text === "" ? [] : [warn(message.text)];
    default:
      return [];
  }
}

/** @param {string} text @returns {News} */
function say(text) {
  return { text, urgent: false, shown: false };
}

/** @param {string} text @returns {News} */
function show(text) {
  return { text, urgent: false, shown: true };
}

/** @param {string} text @returns {News} */
function warn(text) {
  return { text, urgent: true, shown: true };
}

/** @param {RoomState} before @param {import("./wire.js").Chat} line @returns {News[]} */
function tellChat({ you }, { from, name, text, to }) {
  if (from === you) return [];
  return [say(to === "chairs" ? t("{name} nhắn riêng: {text}", { name, text }) : t("{name} nhắn: {text}", { name, text }))];
}

/** Who knocks at the door, to whoever may open it. @param {RoomState} before @param {import("./wire.js").Waiting[]} people */
function tellLobby({ lobby }, people) {
  const fresh = people.filter(({ id }) => !lobby.some((known) => known.id === id));
  return fresh.map(({ name }) => say(t("{name} đang chờ vào họp.", { name })));
}

/** @param {RoomState} before @param {import("./wire.js").Permission[]} may @returns {News[]} */
function tellMay(before, may) {
  if (may.length === before.may.length) return [];
  if (may.length > before.may.length) return [warn(t("Bạn vừa được cử làm đồng chủ trì."))];
  return [warn(t("Bạn thôi làm đồng chủ trì."))];
}

/** @param {RoomState} before @param {import("./wire.js").RoomFacts} room @returns {News[]} */
function tellFloor(before, { floor }) {
  if (floor?.since === before.room.floor?.since || floor === null || floor.participant === before.you) return [];
  const name = findParticipant(before, floor.participant)?.name;
  return name === undefined ? [] : [say(t("Mời {name} phát biểu.", { name }))];
}

/** Whoever may vote is told of a vote at once; its result is told to all. */
/** @param {RoomState} before @param {import("./wire.js").RoomFacts} room @returns {News[]} */
function tellVotes(before, room) {
  const then = findOpenVote(before.room);
  const now = findOpenVote(room);
  const news = [];
  const result = room.votes.find(({ id, state }) => id === then?.id && state !== "open");
  if (result !== undefined) news.push(say(`${result.subject}. ${tellResult(result)}`));
  if (now !== undefined && now.id !== then?.id) {
    const text = t("Biểu quyết: {subject}", { subject: now.subject });
    const asked = mayCast({ ...before, room }, now);
    news.push({ text, urgent: asked, shown: asked }); // on a phone the panel may cover the vote itself
  }
  return news;
}

/** Whoever comes late hears what they missed in one line. @param {import("./wire.js").Joined} joined @returns {News[]} */
function tellArrival({ room, now }) {
  const late = describeLateness(room, Date.parse(now));
  return late === null ? [] : [say(tellLate(late))];
}

/** @param {RoomState | null} before @param {import("./wire.js").Joined} joined */
function tellReturn(before, joined) {
  if (before === null) return tellArrival(joined);
  const { room } = joined;
  return [show(t("Đã vào lại cuộc họp.")), ...tellRoom(before.room, room)];
}

/** @param {RoomState} before @param {import("./wire.js").Participant} now */
function tellParticipant(before, now) {
  const then = findParticipant(before, now.id);
  if (now.id === before.you) return [];
  const small = before.participants.length < SMALL;
  const { name } = now;
  if (then === undefined) return small ? [say(t("{name} đã vào họp.", { name }))] : [];
  const news = [];
  if (then.hand === null && now.hand !== null) news.push(say(t("{name} giơ tay xin phát biểu.", { name })));
  if (then.connected && !now.connected) news.push(say(t("{name} đang mất kết nối.", { name })));
  if (!then.connected && now.connected) news.push(say(t("{name} đã kết nối lại.", { name })));
  const sharing = (/** @type {typeof now} */ one) => findTrack(one, "screen") !== undefined;
  if (!sharing(then) && sharing(now)) news.push(say(t("{name} đang chia sẻ màn hình.", { name })));
  return news;
}

/** @param {import("./wire.js").RoomFacts} before @param {import("./wire.js").RoomFacts} now */
function tellRoom(before, now) {
  const news = [];
  if (before.phase === "waiting" && now.phase === "in_session") news.push(show(t("Cuộc họp bắt đầu.")));
  news.push(...tellItem(before, now));
  if (before.phase !== "ended" && now.phase === "ended") news.push(warn(t("Cuộc họp đã kết thúc.")));
  if (!before.recording.on && now.recording.on) {
    news.push(
      warn(
        now.recording.by
          ? t("{name} đã bật ghi âm cuộc họp.", { name: now.recording.by })
          : t("Cuộc họp bắt đầu được ghi âm."),
      ),
    );
  }
  if (before.recording.on && !now.recording.on) news.push(show(t("Đã dừng ghi âm.")));
  return news;
}

/** @param {import("./wire.js").RoomFacts} before @param {import("./wire.js").RoomFacts} now @returns {News[]} */
function tellItem(before, { item, item_since, agenda }) {
  if (item_since === before.item_since || before.phase === "ended") return [];
  const title = item === null ? undefined : agenda[item]?.title;
  if (item === null || title === undefined) return [say(t("Đã kết thúc mục đang thảo luận."))];
  return [say(t("Chuyển sang mục {place}/{count}: {title}.", { place: item + 1, count: agenda.length, title }))];
}
