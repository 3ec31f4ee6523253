/** What is said of a person beside their name. Pure. */
import { t } from "./i18n.js";
import { findTrack } from "./room-facts.js";

/** @typedef {import("./wire.js").Participant} Participant */

/** @param {import("./wire.js").RoomRole} role */
function nameRole(role) {
  switch (role) {
    case "chair":
      return t("Chủ trì");
    case "co_chair":
      return t("Đồng chủ trì");
    case "secretary":
      return t("Thư ký");
    case "technician":
      return t("Kỹ thuật");
    case "observer":
      return t("Quan sát");
    case "guest":
      return t("Khách mời");
    case "projection":
      return t("Màn chiếu");
    case "delegate":
    case "site":
      return "";
  }
}

/** Role, unit, how many they are, and what is out of the ordinary. @param {Participant} person */
export function describePerson({ role, detail, heads, companion, weak, connected }) {
  const words = [
    nameRole(role),
    detail,
    heads === null ? "" : t("{heads} người", { heads }),
    companion ? t("máy phụ") : "",
    weak ? t("mạng yếu") : "",
    connected ? "" : t("đang mất kết nối"),
  ];
  return [...new Set(words.filter(Boolean))].join(" · ");
}

/** Their name, by which I find myself among the others. @param {Participant} person @param {string} you my id */
export function nameFor({ id, name }, you) {
  return id === you ? t("{name} (bạn)", { name }) : name;
}

/** A site's name where there is little room: all of them begin with the same two words. @param {string} name */
export function shortName(name) {
  const short = name.replace(/^Điểm cầu\s+(?=\S)/u, "");
  return short.charAt(0).toLocaleUpperCase("vi") + short.slice(1);
}

/** Whether nothing of their microphone is heard. @param {Participant} person */
export function isSilent(person) {
  return person.muted || person.companion || findTrack(person, "microphone") === undefined;
}

/** @param {import("./wire.js").Quality} quality */
export function nameQuality(quality) {
  switch (quality) {
    case "good":
      return t("Đường truyền tốt");
    case "weak":
      return t("Đường truyền trung bình");
    case "bad":
      return t("Đường truyền kém");
  }
}

/** @param {import("./wire.js").ReactionKind} kind @returns {[text: string, icon: string]} */
export function nameReaction(kind) {
  switch (kind) {
    case "agree":
      return [t("Đồng ý"), "check"];
    case "applause":
      return [t("Hoan nghênh"), "thumbs-up"];
    case "question":
      return [t("Có câu hỏi"), "circle-question-mark"];
    case "slower":
      return [t("Xin nói chậm lại"), "gauge"];
  }
}

/** The first letters of the last two words, as names are spoken: "Nguyễn Văn An" -> "VA". @param {string} name */
export function initialsOf(name) {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  return words
    .slice(-2)
    .map((word) => [...word][0]?.toLocaleUpperCase("vi") ?? "")
    .join("");
}
