/** Sends a meeting's new time to the server, asks before where an invitation was sent, and shows why it was refused. */
import { addMinutes, dateOf, minutesBetween } from "./calendar-places.js";
import { clock, isoDay } from "./dates.js";
import { byId, setText } from "./elements.js";
import { t } from "./i18n.js";

/** @typedef {{ ok: boolean, said?: string, faults?: string[], notes?: string[], asks?: boolean, version?: string, slots?: { value: string, words: string }[] }} Answer */
/** @typedef {{ starts_on: string, starts_at: string, ends_on: string, ends_at: string }} Times */

/** @param {string} start @param {string} end wall times @returns {Times} */
function timesOf(start, end) {
  return { starts_on: dateOf(start), starts_at: start.slice(11), ends_on: dateOf(end), ends_at: end.slice(11) };
}

/**
 * A meeting was dropped on another time.
 * @param {HTMLElement} card @param {string} start @param {string} end @param {() => void} putBack
 */
export async function dropMeeting(card, start, end, putBack) {
  const asks = card.dataset["asks"] !== undefined;
  if (!asks) {
    card.classList.add("is-waiting");
    const answer = await send(card, { ...timesOf(start, end) });
    card.classList.remove("is-waiting");
    if (answer.ok) return finish(answer);
    putBack();
    return openMove(card, { start, end, answer });
  }
  putBack();
  return openMove(card, { start, end, answer: null });
}

/**
 * The dialog in which a day and a time are typed: the keyboard's way, and where refusals and questions are shown.
 * @param {HTMLElement} card
 * @param {{ start: string, end: string, answer: Answer | null } | null} wish where it was dropped, and what the server said
 */
export async function openMove(card, wish) {
  const dialog = byId("move", HTMLDialogElement);
  const [day, from, to] = [byId("move-day", HTMLInputElement), byId("move-from", HTMLInputElement), byId("move-to", HTMLInputElement)];
  const start = wish?.start ?? card.dataset["start"] ?? "";
  const end = wish?.end ?? card.dataset["end"] ?? "";
  [day.value, from.value, to.value] = [dateOf(start), start.slice(11), end.slice(11)];
  const title = card.querySelector(".event-title")?.textContent ?? "";
  const [was, until] = [card.dataset["start"] ?? "", card.dataset["end"] ?? ""];
  setText(byId("move-about", HTMLElement), t("{title}. Hiện nay: {day}, {from}–{to}.", { title, day: dateOf(was), from: was.slice(11), to: until.slice(11) }));
  byId("move-asks", HTMLElement).hidden = card.dataset["asks"] === undefined;
  showAnswer(wish?.answer ?? null);

  const submit = async (/** @type {Record<string, string>} */ more) => {
    const answer = await send(card, { ...typedTimes(card, day.value, from.value, to.value), confirmed: "1", ...more });
    if (answer.ok) {
      dialog.close();
      return finish(answer);
    }
    showAnswer(answer);
  };
  byId("move-form", HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    void submit({});
  };
  byId("move-find", HTMLButtonElement).onclick = () => void submit({ do: "find" });
  byId("move-no", HTMLButtonElement).onclick = () => dialog.close();
  byId("move-slot-list", HTMLElement).onclick = ({ target }) => {
    if (target instanceof HTMLButtonElement) void submit({ slot: target.value });
  };
  if (!dialog.open) dialog.showModal();
  if (!byId("move-faults", HTMLElement).hidden) byId("move-faults", HTMLElement).focus();
  else day.select();
}

/**
 * What was typed; a meeting over several days keeps its length.
 * @param {HTMLElement} card @param {string} day @param {string} from @param {string} to
 * @returns {Times}
 */
function typedTimes(card, day, from, to) {
  const [was, until] = [card.dataset["start"] ?? "", card.dataset["end"] ?? ""];
  const typed = { starts_on: day, starts_at: from, ends_on: "", ends_at: to };
  if (was.slice(0, 10) === until.slice(0, 10) || !isoDay(day) || !clock(from)) return typed;
  const end = addMinutes(`${isoDay(day)}T${clock(from)}`, minutesBetween(was, until));
  return { ...typed, ends_on: dateOf(end), ends_at: clock(to) || end.slice(11) };
}

/** @param {Answer | null} answer */
function showAnswer(answer) {
  const faults = answer?.faults ?? [];
  const slots = answer?.slots ?? [];
  byId("move-faults", HTMLElement).hidden = faults.length === 0;
  byId("move-fault-list", HTMLElement).replaceChildren(...faults.map((fault) => element("li", fault)));
  const notes = answer?.notes ?? [];
  byId("move-notes", HTMLElement).hidden = notes.length === 0;
  byId("move-note-list", HTMLElement).replaceChildren(...notes.map((note) => element("li", note)));
  byId("move-slots", HTMLElement).hidden = slots.length === 0;
  byId("move-slot-list", HTMLElement).replaceChildren(
    ...slots.map(({ value, words }) => {
      const button = element("button", words);
      button.className = "button";
      button.setAttribute("type", "button");
      button.setAttribute("value", value);
      return button;
    }),
  );
  if (faults.length > 0) byId("move-faults", HTMLElement).focus();
}

/** @param {string} tag @param {string} text */
function element(tag, text) {
  const one = document.createElement(tag);
  one.textContent = text;
  return one;
}

/** @param {HTMLElement} card @param {Record<string, string>} values @returns {Promise<Answer>} */
async function send(card, values) {
  const token = byId("move-form", HTMLFormElement).querySelector("[name=csrf_token]");
  const body = new URLSearchParams({ version: card.dataset["version"] ?? "", ...values });
  if (token instanceof HTMLInputElement) body.set("csrf_token", token.value);
  try {
    const response = await fetch(`/meetings/${card.dataset["slug"]}/move`, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!(response.headers.get("Content-Type") ?? "").includes("json")) throw new Error(String(response.status));
    /** @type {Answer} */
    const answer = await response.json();
    if (answer.version !== undefined) card.dataset["version"] = String(answer.version);
    return answer;
  } catch {
    return { ok: false, faults: [t("Không gửi được yêu cầu. Hãy kiểm tra kết nối mạng hoặc tải lại trang rồi thử lại.")] };
  }
}

/** Show the calendar as it is now. @param {Answer} answer */
async function finish(answer) {
  const response = await fetch(location.href);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const results = page.getElementById("results");
  if (results !== null) byId("results", HTMLElement).replaceWith(results);
  const said = byId("calendar-said", HTMLElement);
  setText(said, answer.said ?? "");
  setTimeout(() => setText(said, ""), 8000);
}
