/** What a vote comes to, in figures and words. Pure. */
import { t } from "./i18n.js";

/** @typedef {import("./wire.js").Vote} Vote */
/** @typedef {import("./wire.js").Choice} Choice */

/** @type {Choice[]} */
export const CHOICES = ["for", "against", "abstain"];

/** @param {Choice} choice */
export function nameChoice(choice) {
  switch (choice) {
    case "for":
      return t("Tán thành");
    case "against":
      return t("Không tán thành");
    case "abstain":
      return t("Không có ý kiến");
  }
}

/** @param {Vote} vote */
export function nameKind({ kind, secret }) {
  if (kind === "opinion") return secret ? t("Lấy ý kiến các điểm cầu, kín") : t("Lấy ý kiến các điểm cầu");
  return secret ? t("Biểu quyết kín") : t("Biểu quyết");
}

/** How far it has come: of those who are here, or, of an opinion, of those who may. @param {Vote} vote */
export function tellProgress({ cast, present, entitled, quorum, kind }) {
  const words = t("Đã biểu quyết {cast}/{present}.", { cast, present });
  if (kind === "opinion" || present >= quorum) return words;
  const more = t("Có mặt {present}/{entitled}, cần ít nhất {quorum}.", { present, entitled, quorum });
  return `${words} ${more}`;
}

/** Why there is nothing to press, for those who have no vote in it. @param {Vote} vote */
export function tellShut({ kind }) {
  if (kind === "opinion") return t("Mỗi đơn vị được mời cho một ý kiến. Bạn theo dõi kết quả ở đây.");
  return t("Chỉ các thành viên có quyền mới biểu quyết. Bạn theo dõi kết quả ở đây.");
}

/**
 * The shares of a result, in percent of the votes cast.
 * @param {NonNullable<Vote["tally"]>} tally
 * @returns {{ choice: Choice, count: number, percent: number }[]}
 */
export function sharesOf(tally) {
  const all = tally.for + tally.against + tally.abstain;
  return CHOICES.map((choice) => {
    const count = tally[choice];
    return { choice, count, percent: all === 0 ? 0 : Math.round((count / all) * 1000) / 10 };
  });
}

/** The result in a sentence or two. @param {Vote} vote */
export function tellResult(vote) {
  if (vote.state === "withdrawn") return t("Lần biểu quyết này đã hủy, không tính.");
  if (vote.tally === null) return tellProgress(vote);
  const { for: yes, against: no, abstain } = vote.tally;
  const counts = t("Tán thành {yes}, không tán thành {no}, không có ý kiến {abstain}.", { yes, no, abstain });
  if (vote.kind === "opinion") return counts;
  if (vote.valid === false) {
    const { present, quorum } = vote;
    return `${t("Không đủ số người: có mặt {present}, cần {quorum}.", { present, quorum })} ${counts}`;
  }
  return counts;
}
