/**
 * What a message means in words, for the screen reader and the short notes on the screen. Pure.
 *
 * @typedef {import("./room-state.js").RoomState} RoomState
 * @typedef {{ text: string, urgent: boolean, shown: boolean }} News
 *   `urgent` interrupts the screen reader; `shown` also stands on the screen for a while
 */
import { t } from "./i18n.js";
import { findParticipant } from "./room-state.js";

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
    case "left": {
      const gone = findParticipant(before, message.id);
      if (gone === undefined || before.participants.length > SMALL) return [];
      return [say(t("{name} đã rời cuộc họp.", { name: gone.name }))];
    }
    case "chat":
      return message.from === before.you
        ? []
        : [say(t("{name} nhắn: {text}", { name: message.name, text: message.text }))];
    case "room":
      return tellRoom(before.room, message.room);
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
function warn(text) {
  return { text, urgent: true, shown: true };
}

/** @param {RoomState | null} before @param {import("./wire.js").Joined} joined */
function tellReturn(before, { room }) {
  if (before === null) return [];
  const back = { text: t("Đã vào lại cuộc họp."), urgent: false, shown: true };
  return [back, ...tellRoom(before.room, room)];
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
  const sharing = (/** @type {typeof now} */ one) => one.tracks.some(({ source }) => source === "screen");
  if (!sharing(then) && sharing(now)) news.push(say(t("{name} đang chia sẻ màn hình.", { name })));
  return news;
}

/** @param {import("./wire.js").RoomFacts} before @param {import("./wire.js").RoomFacts} now */
function tellRoom(before, now) {
  const news = [];
  if (before.phase === "waiting" && now.phase === "in_session") {
    news.push({ text: t("Cuộc họp bắt đầu."), urgent: false, shown: true });
  }
  news.push(...tellItem(before, now));
  if (before.phase !== "ended" && now.phase === "ended") news.push(warn(t("Cuộc họp đã kết thúc.")));
  if (!before.recording.on && now.recording.on) {
    news.push(
      warn(
        now.recording.by
          ? t("Cuộc họp bắt đầu được ghi âm, theo lệnh của {name}.", { name: now.recording.by })
          : t("Cuộc họp bắt đầu được ghi âm."),
      ),
    );
  }
  if (before.recording.on && !now.recording.on) news.push({ text: t("Đã dừng ghi âm."), urgent: false, shown: true });
  return news;
}

/** @param {import("./wire.js").RoomFacts} before @param {import("./wire.js").RoomFacts} now @returns {News[]} */
function tellItem(before, { item, item_since, agenda }) {
  if (item_since === before.item_since || before.phase === "ended") return [];
  const title = item === null ? undefined : agenda[item]?.title;
  if (item === null || title === undefined) return [say(t("Đã kết thúc mục đang thảo luận."))];
  return [say(t("Chuyển sang mục {place}/{count}: {title}.", { place: item + 1, count: agenda.length, title }))];
}
