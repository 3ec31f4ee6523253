/** The paper as it is worked on: saved by itself, put together with what others saved, and never lost. */
import { byId, pageValue, setText } from "./elements.js";
import { t } from "./i18n.js";
import { showConflicts } from "./minutes-conflict.js";
import { fitAll, openForm, readEntry, writeEntry } from "./minutes-form.js";
import { canonical, mergeContents } from "./minutes-merge.js";
import { Saver } from "./minutes-saver.js";
import { openStatements } from "./minutes-statements.js";

/** @typedef {import("./minutes-saver.js").Theirs} Theirs */
/** @typedef {import("./minutes-saver.js").Copy} Copy */
/** @typedef {import("./minutes-merge.js").Entry} Entry */

const PROGRAMS = ["attendance", "gaps", "form", "started_at", "ended_at", "organ", "parent_organ", "notation", "number"];

/** @param {HTMLElement} page @param {HTMLFormElement} paper @returns {Saver} */
export function openEditing(page, paper) {
  const base = pageValue(page, "base");
  const copyName = `giaoban.minutes ${pageValue(page, "account")} ${base} ${pageValue(page, "version")}`;
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRF-Token": pageValue(page, "csrf") };
  const line = byId("save-state", HTMLElement);
  /** @type {Theirs | null} what overtook the last save and is not taken in yet */
  let theirs = null;
  let stale = false; // what the program wrote on the paper is older than what is saved

  /** @param {import("./minutes-saver.js").Draft} draft @returns {RequestInit} */
  const request = (draft) => ({ method: "POST", headers, body: JSON.stringify(draft) });
  const saver = new Saver(Number(pageValue(page, "revision")), {
    read: () => readEntry(paper),
    send: async (draft) => readAnswer(draft.revision, () => fetch(`${base}/save`, request(draft))),
    keep: (copy) => keepCopy(copyName, copy),
    later: (call, ms) => setTimeout(call, ms),
    forget: (timer) => clearTimeout(/** @type {number} */ (timer)),
    show: (state, answer) => {
      showState(line, state, answer?.savedAt ?? "", answer?.error ?? "");
      if (state === "saved" && stale) location.reload();
      if (state === "overtaken") overtaken(answer?.theirs ?? null, answer?.error ?? "");
    },
  });

  /** Somebody saved in between. @param {Theirs | null} found @param {string} error */
  function overtaken(found, error) {
    theirs = found;
    byId("compare", HTMLButtonElement).hidden = found === null;
    byId("load-theirs", HTMLAnchorElement).hidden = found !== null;
    if (found === null) {
      warn(error, t("Nội dung bạn đã nhập vẫn ở trên trang này. Hãy sao chép lại, tải bản mới nhất rồi nhập tiếp."));
    } else settle(found, /** @type {Entry} */ (saver.base), readEntry(paper), false);
  }

  /** Put both together; where both changed the same, a person decides. @param {Theirs} found @param {Entry} base
   * @param {Entry} mine @param {boolean} asked whether the person wants to see it now */
  function settle(found, base, mine, asked) {
    const merge = mergeContents(base, mine, /** @type {Entry} */ (found.content));
    const who = [found.editedBy, found.editedAt].filter((text) => text !== "").join(", ");
    const take = (/** @type {import("./minutes-merge.js").Choice[]} */ choices) => {
      stale = PROGRAMS.some((name) => canonical(base[name]) !== canonical(/** @type {Entry} */ (found.content)[name]));
      putOn(paper, merge.resolve(choices));
      byId("unsaved", HTMLElement).hidden = true;
      theirs = null;
      saver.goOnFrom(found);
      if (merge.news && who !== "") setText(byId("merged", HTMLElement), t("Đã gộp phần {who} vừa lưu vào trang này.", { who }));
    };
    if (merge.conflicts.length === 0) take([]);
    else if (asked) showConflicts(merge, who, take);
    else {
      const system = t("Hệ thống");
      warn(
        t("{who} đã lưu, có {n} chỗ cùng sửa với bạn", { who: who || system, n: merge.conflicts.length }),
        t("Nội dung bạn đã nhập vẫn ở trên trang này. Bấm “So sánh và chọn” để xem hai bản cạnh bản gốc; không phần nào bị mất."),
      );
    }
  }

  const changed = () => saver.changed();
  openForm(paper, changed, (bringBack) => offerUndo(bringBack, changed));
  openStatements(paper, changed, (words) => setText(byId("merged", HTMLElement), words));
  saver.base = readEntry(paper); // as it reads once it is dressed
  byId("compare", HTMLButtonElement).addEventListener("click", () => {
    if (theirs !== null) settle(theirs, /** @type {Entry} */ (saver.base), readEntry(paper), true);
  });
  byId("conflict-later", HTMLButtonElement).addEventListener("click", () => byId("conflict", HTMLDialogElement).close());
  offerCopy(copyName, paper, saver, settle);
  guardLeaving(saver, () => void fetch(`${base}/save`, { ...request(saver.draft()), keepalive: true }).catch(() => undefined));
  sendWhenSaved(saver);
  byId("copy-mine", HTMLButtonElement).addEventListener("click", () => {
    void navigator.clipboard.writeText(textOf(readEntry(paper))).then(() => setText(line, t("Đã sao chép nội dung của bạn.")));
  });
  return saver;
}

/** @param {number} revision @param {() => Promise<Response>} send @returns {Promise<import("./minutes-saver.js").Answer>} */
async function readAnswer(revision, send) {
  try {
    const answer = await send();
    const body = await answer.json().catch(() => ({}));
    const theirs = answer.status === 409 && body.content !== undefined
      ? { revision: body.revision, content: body.content, editedBy: body.edited_by ?? "", editedAt: body.edited_at ?? "" }
      : null;
    return { status: answer.status, revision: body.revision ?? revision, savedAt: body.saved_at ?? "", error: body.error ?? "", theirs };
  } catch {
    return { status: 0, revision, savedAt: "", error: "" };
  }
}

/** Write content onto the paper; the cursor stays in its text. @param {HTMLElement} paper @param {Entry} content */
function putOn(paper, content) {
  const active = document.activeElement;
  const typing = active instanceof HTMLTextAreaElement && paper.contains(active) ? active : null;
  const [field, value, at] = [typing?.dataset["field"], typing?.value, typing?.selectionStart ?? 0];
  writeEntry(paper, content);
  fitAll(paper);
  const again = [...paper.querySelectorAll("textarea")].find((box) => box.dataset["field"] === field && box.value === value);
  if (typing === null || again === undefined) return;
  again.focus();
  again.setSelectionRange(at, at);
}

/** The form that submits goes when everything is saved, with the revision that this gave. @param {Saver} saver */
function sendWhenSaved(saver) {
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
}

/** @param {() => void} bringBack @param {() => void} changed */
function offerUndo(bringBack, changed) {
  const bar = byId("undo-bar", HTMLElement);
  bar.hidden = false;
  byId("undo", HTMLButtonElement).onclick = () => {
    bar.hidden = true;
    bringBack();
    changed();
  };
}

/** @param {string} name @param {Copy | null} copy */
function keepCopy(name, copy) {
  try {
    if (copy === null) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(copy));
  } catch {
    // A browser that keeps nothing: the server still gets every change.
  }
}

/** @param {string} name @returns {Copy | null} */
function readCopy(name) {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

/**
 * What this browser kept of an earlier visit and the server never got.
 * @param {string} name @param {HTMLElement} paper @param {Saver} saver
 * @param {(theirs: Theirs, base: Entry, mine: Entry, asked: boolean) => void} settle
 */
function offerCopy(name, paper, saver, settle) {
  const kept = readCopy(name);
  if (kept === null) return;
  if (canonical(kept.content) === canonical(readEntry(paper))) {
    keepCopy(name, null);
    return;
  }
  const restore = byId("restore-mine", HTMLButtonElement);
  restore.hidden = false;
  restore.addEventListener("click", () => {
    const content = readEntry(paper);
    const mine = /** @type {Entry} */ (kept.content);
    const present = { revision: saver.revision, content, editedBy: t("Bản trên máy chủ"), editedAt: "" };
    settle(present, /** @type {Entry} */ (kept.base ?? content), mine, true);
  });
  byId("compare", HTMLButtonElement).hidden = true;
  warn(
    t("Trình duyệt này còn giữ nội dung chưa lưu"),
    t("Lần trước có phần nhập chưa kịp lưu lên máy chủ. Có thể khôi phục vào biên bản này rồi kiểm tra lại."),
  );
}

/** Closing the tab: a last save on the way out, and a question when there is something it may lose. @param {Saver} saver
 * @param {() => void} save a last one; the browser refuses it above 64 KiB, then its copy is offered on the next visit */
function guardLeaving(saver, save) {
  addEventListener("beforeunload", (event) => {
    if (saver.unsaved) event.preventDefault();
  });
  addEventListener("pagehide", () => {
    if (saver.unsaved && saver.state !== "overtaken") save();
  });
}

/** @param {HTMLElement} line @param {import("./minutes-saver.js").State} state @param {string} savedAt @param {string} error */
function showState(line, state, savedAt, error) {
  const words = {
    saved: t("Đã lưu lúc {time}.", { time: savedAt }),
    dirty: t("Đang soạn, sẽ lưu ngay sau đây."),
    saving: t("Đang lưu."),
    offline: t("Chưa lưu được vì mất kết nối. Nội dung vẫn ở đây và sẽ được lưu khi có kết nối."),
    refused: t("Chưa lưu: {reason}", { reason: error }),
    overtaken: t("Đã ngừng lưu."),
    "signed-out": t("Chưa lưu: {reason}", { reason: error }),
  };
  setText(line, words[state]);
  line.dataset["state"] = state;
  if (state === "saved") byId("unsaved", HTMLElement).hidden = true;
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
