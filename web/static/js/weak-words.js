/** "Mạng yếu" in words: what is given up now, and why. Pure. */
import { t } from "./i18n.js";

/** @typedef {import("./weak.js").Weak} Weak */

/** In a few words, for the switch. @param {Weak} weak */
export function nameWeak({ chosen, step }) {
  if (step === 0) return t("tự động");
  return chosen ? t("đang bật") : t("tự bật");
}

/** In whole sentences: what is not there, and what stays. @param {Weak} weak */
export function explainWeak({ chosen, step }) {
  if (step === 0) return t("Đường truyền đủ tốt: mọi hình và tiếng đều được nhận và gửi.");
  const why = chosen ? t("Chế độ mạng yếu đang bật.") : t("Đường truyền đang yếu.");
  const kept = t("Tiếng nói luôn được giữ.");
  return `${why} ${nameLoss(step)} ${kept}`;
}

/** @param {import("./weak.js").Step} step */
function nameLoss(step) {
  switch (step) {
    case 0:
      return "";
    case 1:
      return t("Hình của các điểm cầu khác tạm dừng, hình của bạn được gửi nhỏ hơn.");
    case 2:
      return t("Hình của các điểm cầu khác tạm dừng, hình của bạn được gửi nhỏ, màn hình chia sẻ vẫn hiện nhưng chậm.");
    case 3:
      return t("Hình của các điểm cầu khác và màn hình chia sẻ tạm dừng, hình của bạn được gửi nhỏ.");
    case 4:
      return t("Mọi hình tạm dừng, kể cả hình của bạn.");
  }
}
