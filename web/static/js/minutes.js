/** Entry of the page of a meeting's minutes. */
import { byId, pageValue, setText } from "./elements.js";
import { readCatalogue, t } from "./i18n.js";
import { fitAll, openForm, readEntry, writeEntry } from "./minutes-form.js";
import { openOutline } from "./minutes-outline.js";
import { openPlayer } from "./minutes-player.js";
import { Saver } from "./minutes-saver.js";
import { followWork } from "./minutes-work.js";

readCatalogue(document);
const page = byId("minutes", HTMLElement);
const base = pageValue(page, "base");
const form = document.getElementById("paper");
const desk = document.getElementById("desk");
const copyName = `giaoban.minutes ${pageValue(page, "account")} ${base} ${pageValue(page, "version")}`;

/** @type {Saver | null} */
const saver = form instanceof HTMLFormElement ? openEditing(form) : null;

if (desk instanceof HTMLElement) {
  openOutline(desk);
  openSwitcher(desk);
  const sound = document.getElementById("sound");
  const talk = document.getElementById("talk");
  if (sound instanceof HTMLAudioElement && talk instanceof HTMLElement) openPlayer(sound, talk, desk);
}
if (pageValue(page, "follows") === "true" && pageValue(page, "settled") === "false") followProgress();

/** On a narrow screen one of paper, transcript and outline is shown. @param {HTMLElement} desk */
function openSwitcher(desk) {
  const buttons = [...document.querySelectorAll("[data-show]")].filter((found) => found instanceof HTMLButtonElement);
  for (const button of buttons) {
    button.addEventListener("click", () => {
      desk.dataset["view"] = button.dataset["show"] ?? "paper";
      for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
      fitAll(desk);
    });
  }
}

function followProgress() {
  const shown = [pageValue(page, "version"), pageValue(page, "revision"), pageValue(page, "state")].join(" ");
  followWork(`${base}/progress`, (work, settled) => {
    const now = [work.version, work.revision, work.state].join(" ");
    const own = saver !== null && saver.revision === work.revision; // what is newer is what was typed here
    if (saver?.unsaved) return;
    if (settled || (now !== shown && !own)) location.reload();
  });
}

/** @param {HTMLFormElement} paper */
function openEditing(paper) {
  const saver = new Saver(Number(pageValue(page, "revision")), {
    read: () => readEntry(paper),
    send: sendDraft,
    keep: keepCopy,
    later: (call, ms) => setTimeout(call, ms),
    forget: (timer) => clearTimeout(/** @type {number} */ (timer)),
    show: (state, answer) => showState(state, answer?.savedAt ?? "", answer?.error ?? ""),
  });
  openForm(paper, () => saver.changed());
  offerCopy(paper, saver);
  guardLeaving(saver);
  const submit = byId("submit-form", HTMLFormElement);
  submit.addEventListener("submit", (event) => {
    if (!saver.unsaved) {
      for (const field of submit.querySelectorAll("input[data-revision]")) {
        if (field instanceof HTMLInputElement) field.value = String(saver.revision);
      }
      return;
    }
    event.preventDefault();
    event.stopPropagation(); // it is not sent yet
    void saver.flush().then((saved) => {
      if (saved) submit.requestSubmit();
    });
  });
  byId("copy-mine", HTMLButtonElement).addEventListener("click", () => {
    void navigator.clipboard.writeText(textOf(readEntry(paper))).then(() =>
      setText(byId("save-state", HTMLElement), t("Đã sao chép nội dung của bạn.")),
    );
  });
  return saver;
}

/** @param {import("./minutes-saver.js").Draft} draft @returns {Promise<import("./minutes-saver.js").Answer>} */
async function sendDraft(draft) {
  try {
    const answer = await fetch(`${base}/save`, request(draft));
    const body = await answer.json().catch(() => ({}));
    const { revision = draft.revision, saved_at: savedAt = "", error = "" } = body;
    return { status: answer.status, revision, savedAt, error };
  } catch {
    return { status: 0, revision: draft.revision, savedAt: "", error: "" };
  }
}

/** @param {import("./minutes-saver.js").Draft} draft @returns {RequestInit} */
function request(draft) {
  const headers = {
    Accept: "application/json",
    "Content-Type": "application/json",
    "X-CSRF-Token": pageValue(page, "csrf"),
  };
  return { method: "POST", headers, body: JSON.stringify(draft) };
}

/** @param {import("./minutes-saver.js").Draft | null} draft */
function keepCopy(draft) {
  try {
    if (draft === null) localStorage.removeItem(copyName);
    else localStorage.setItem(copyName, JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing: the server still gets every change.
  }
}

/** What this browser kept of an earlier visit and the server never got. @param {HTMLElement} paper @param {Saver} saver */
function offerCopy(paper, saver) {
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(copyName) ?? "null");
  } catch {
    kept = null;
  }
  if (kept === null) return;
  if (JSON.stringify(kept.content) === JSON.stringify(readEntry(paper))) {
    keepCopy(null);
    return;
  }
  const restore = byId("restore-mine", HTMLButtonElement);
  restore.hidden = false;
  restore.addEventListener("click", () => {
    writeEntry(paper, kept.content);
    fitAll(paper);
    byId("unsaved", HTMLElement).hidden = true;
    saver.changed();
  });
  warn(
    t("Trình duyệt này còn giữ nội dung chưa lưu"),
    t("Lần trước có phần nhập chưa kịp lưu lên máy chủ. Có thể khôi phục vào biên bản này rồi kiểm tra lại."),
  );
}

/** Closing the tab: a last save on the way out, and a question when there is something it may lose. @param {Saver} saver */
function guardLeaving(saver) {
  addEventListener("beforeunload", (event) => {
    if (saver.unsaved) event.preventDefault();
  });
  addEventListener("pagehide", () => {
    if (!saver.unsaved || saver.state === "overtaken") return;
    // The browser refuses a last request above 64 KiB; then the copy that it kept is offered on the next visit.
    void fetch(`${base}/save`, { ...request(saver.draft()), keepalive: true }).catch(() => undefined);
  });
}

/** @param {import("./minutes-saver.js").State} state @param {string} savedAt @param {string} error */
function showState(state, savedAt, error) {
  const words = {
    saved: t("Đã lưu lúc {time}.", { time: savedAt }),
    dirty: t("Đang soạn, sẽ lưu ngay sau đây."),
    saving: t("Đang lưu."),
    offline: t("Chưa lưu được vì mất kết nối. Nội dung vẫn ở đây và sẽ được lưu khi có kết nối."),
    refused: t("Chưa lưu: {reason}", { reason: error }),
    overtaken: t("Đã ngừng lưu."),
    "signed-out": t("Chưa lưu: {reason}", { reason: error }),
  };
  const line = byId("save-state", HTMLElement);
  setText(line, words[state]);
  line.dataset["state"] = state;
  if (state === "saved") byId("unsaved", HTMLElement).hidden = true;
  if (state === "overtaken") {
    warn(error, t("Nội dung bạn đã nhập vẫn ở trên trang này. Hãy sao chép lại, tải bản mới nhất rồi nhập tiếp."));
  }
}

/** @param {string} title @param {string} text */
function warn(title, text) {
  setText(byId("unsaved-title", HTMLElement), title);
  setText(byId("unsaved-text", HTMLElement), text);
  byId("unsaved", HTMLElement).hidden = false;
}

/** Every text of the content, one to a line, as it can be pasted anywhere. @param {unknown} value @returns {string} */
function textOf(value) {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return "";
  const shown = Object.entries(value).filter(([name]) => !["segments", "starts_at", "suspect", "kind", "form"].includes(name));
  return shown.map(([, part]) => textOf(part)).filter((text) => text !== "").join("\n");
}
