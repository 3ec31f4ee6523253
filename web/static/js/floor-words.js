/** Clocks of those who speak and what is over, in words. Pure. */
import { clockLength, t } from "./i18n.js";

/** @param {number} ms with two digits for the minutes, so that nothing moves at the tenth: `03:12` */
export function steadyClock(ms) {
  return clockLength(ms).padStart(5, "0");
}

/** How far something is over its time, in words; nothing while it is not. @param {number} over milliseconds */
export function nameOver(over) {
  const minutes = Math.floor(over / 60_000);
  if (over <= 0) return "";
  return minutes === 0 ? t("đã hết giờ") : t("quá {minutes} phút", { minutes });
}

/** The clock of a speech: `02:31 / 05:00`. @param {import("./room-facts.js").Speech} speech */
export function nameSpeech({ spent, planned }) {
  const clock = steadyClock(spent);
  return planned === null ? clock : `${clock} / ${steadyClock(planned)}`;
}

/** What somebody who came late should know, in one line. @param {import("./room-facts.js").Late} late */
export function tellLate({ by, item, count, recording }) {
  const minutes = Math.max(1, Math.round(by / 60_000));
  const words = [t("Bạn vào muộn {minutes} phút", { minutes })];
  if (item !== null) words.push(t("đang ở mục {place}/{count}", { place: item + 1, count }));
  if (recording) words.push(t("cuộc họp đang được ghi âm"));
  return `${words.join("; ")}.`;
}
