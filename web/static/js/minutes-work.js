/** The work behind the page: recordings being transcribed, the draft, the documents. Asked for until nothing is left. */
import { byId, setText } from "./elements.js";
import { clockLength, t } from "./i18n.js";

/**
 * @typedef {object} Work
 * @property {number} recordings
 * @property {number} transcribed
 * @property {number} failed
 * @property {number} done seconds of sound gone through
 * @property {number} total seconds of sound known
 * @property {string} ends when it will have been gone through, as `16:40`; empty where nobody can say
 * @property {number} importing files brought from elsewhere that are still read
 * @property {boolean} drafting
 * @property {boolean} rendering
 * @property {boolean} settled
 * @property {number} version
 * @property {number} revision
 * @property {string} state
 * @property {string[]} documents
 */

const EVERY = 2000; // ms
const PATIENT = 5; // so many times slower when nothing moves for long, as without a model

/** What is being done now, in words. @param {Work} work */
export function describeWork(work) {
  if (work.rendering) return t("Đang lập văn bản PDF và DOCX.");
  const open = work.recordings - work.transcribed - work.failed;
  if (open > 0 && work.total > 0) {
    const [done, total] = [clockLength(work.done * 1000), clockLength(work.total * 1000)];
    const told = t("Đang nhận dạng tiếng nói: {done} trong {total}.", { done, total });
    if (!work.ends) return told;
    const ends = t("Dự kiến xong lúc {time}.", { time: work.ends });
    return `${told} ${ends}`;
  }
  if (work.importing > 0) return t("Đang đọc tệp ghi âm được tải lên.");
  if (open > 0) return t("Có {n} bản ghi chờ nhận dạng tiếng nói.", { n: open });
  if (work.drafting) return t("Đang dự thảo biên bản.");
  return t("Đã xử lý xong.");
}

/**
 * @param {string} address of the JSON
 * @param {(work: Work, settled: boolean) => void} moved called when something came that the page does not show yet
 */
export function followWork(address, moved) {
  const box = byId("work", HTMLElement);
  const bar = byId("work-bar", HTMLProgressElement);
  const text = byId("work-text", HTMLElement);
  /** @type {string | null} */
  let seen = null;
  let last = "";
  let still = 0; // answers in a row that said the same

  const ask = async () => {
    const work = await fetchWork(address);
    if (work === null) {
      setTimeout(ask, EVERY * 3);
      return;
    }
    const state = [work.version, work.revision, work.state, work.documents.join()].join(" ");
    const now = `${state} ${work.done} ${work.transcribed}`;
    still = now === last ? still + 1 : 0;
    last = now;
    box.hidden = work.settled;
    setText(text, describeWork(work));
    if (work.total > 0 && !work.rendering && work.done < work.total) bar.value = work.done / work.total;
    else bar.removeAttribute("value");
    if ((seen !== null && seen !== state) || work.settled) moved(work, work.settled);
    seen = state;
    if (!work.settled) setTimeout(ask, EVERY * Math.min(PATIENT, 1 + Math.floor(still / 10)));
  };
  void ask();
}

/** @param {string} address @returns {Promise<Work | null>} null when the server did not answer */
async function fetchWork(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok ? /** @type {Work} */ (await answer.json()) : null;
  } catch {
    return null;
  }
}
