/** What is done to statements on the paper: cut in two, joined, struck and taken back, given the name of who spoke. */
import { byId, part, setText } from "./elements.js";
import { t } from "./i18n.js";
import { changeKept, dress, heardIn, readKept } from "./minutes-dress.js";
import { makeItem } from "./minutes-form.js";
import { chooseRenamed, cut, segmentAt } from "./minutes-words.js";

/** @typedef {"one" | "onward" | "all"} Scope */

/**
 * @param {HTMLFormElement} form the paper
 * @param {() => void} changed
 * @param {(words: string) => void} tell what cannot be done, and why
 */
export function openStatements(form, changed, tell) {
  for (const item of statements(form)) dress(item);
  form.addEventListener("input", (event) => {
    const item = event.target instanceof Element ? event.target.closest(".statement") : null;
    if (item instanceof HTMLElement && event.target === speakerOf(item)) dress(item);
  });
  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const item = button?.closest(".statement");
    if (!button || !(item instanceof HTMLElement)) return;
    if (button.dataset["part"] === "play") aim(button, item);
    const act = ACTS[button.dataset["act"] ?? ""];
    if (act === undefined) return;
    const refusal = act(item);
    if (refusal === "") changed();
    else tell(refusal);
  });
  openNaming(form, changed);
}

/** @param {ParentNode} root @returns {HTMLElement[]} */
function statements(root) {
  return [...root.querySelectorAll(".statement")].filter((found) => found instanceof HTMLElement);
}

/** @param {HTMLElement} item */
const textOf = (item) => part(item, "text", HTMLTextAreaElement);
/** @param {HTMLElement} item */
const speakerOf = (item) => part(item, "speaker", HTMLTextAreaElement);

/** @type {{ [name: string]: (item: HTMLElement) => string }} each gives why it was not done, else "" */
const ACTS = {
  split: (item) => {
    const text = textOf(item);
    const at = text.selectionStart;
    if (text.value.slice(0, at).trim() === "" || text.value.slice(at).trim() === "") {
      return t("Hãy đặt con trỏ vào giữa đoạn, ngay trước câu sẽ tách ra, rồi bấm Tách.");
    }
    const [, second] = divide(item, [at]);
    if (second !== undefined) textOf(second).focus();
    return "";
  },
  merge: (item) => {
    const upper = item.previousElementSibling;
    if (!(upper instanceof HTMLElement) || readKept(upper).struck) return t("Không có ý kiến nào liền trên để gộp.");
    if (speakerOf(upper).value.trim() !== speakerOf(item).value.trim()) {
      return t("Hai ý kiến ghi tên hai người. Hãy đổi cho cùng một người phát biểu rồi gộp.");
    }
    const [first, second] = [readKept(upper), readKept(item)];
    textOf(upper).value = [textOf(upper).value, textOf(item).value].filter((text) => text !== "").join(" ");
    item.remove();
    changeKept(upper, {
      segments: [...new Set([...(first.segments ?? []), ...(second.segments ?? [])])],
      suspect: first.suspect || second.suspect || "",
    });
    textOf(upper).focus();
    return "";
  },
  strike: (item) => {
    const text = textOf(item);
    const [from, to] = [text.selectionStart, text.selectionEnd];
    const whole = from === to || text.value.slice(from, to).trim() === text.value.trim();
    const struck = whole ? item : divide(item, [from, to])[text.value.slice(0, from).trim() === "" ? 0 : 1];
    if (struck === undefined) return "";
    changeKept(struck, { struck: true });
    part(struck, "take-back", HTMLButtonElement).focus();
    return "";
  },
  "take-back": (item) => {
    changeKept(item, { struck: false });
    textOf(item).focus();
    return "";
  },
  checked: (item) => {
    changeKept(item, { suspect: "" });
    textOf(item).focus();
    return "";
  },
};

/** Cut a statement at these places; each piece keeps its sentences. @param {HTMLElement} item @param {number[]} places */
function divide(item, places) {
  const kept = readKept(item);
  const sentences = heardIn(item);
  const pieces = cut(textOf(item).value, places, sentences).filter(({ text }) => text !== "");
  const speaker = speakerOf(item).value;
  let last = item;
  return pieces.map((piece, index) => {
    const own = sentences.filter(({ id }) => piece.segments.includes(id));
    const doubtful = sentences.length === 0 || own.some((each) => each.suspect !== "");
    const known = { segments: sentences.length === 0 ? kept.segments ?? [] : piece.segments, suspect: doubtful ? kept.suspect ?? "" : "" };
    const starts = { starts_at: own[0]?.at || (index === 0 ? kept.starts_at ?? null : null) };
    if (index === 0) {
      textOf(item).value = piece.text;
      changeKept(item, known);
      return item;
    }
    const made = makeItem("statements", { ...starts, ...known, speaker, text: piece.text });
    last.after(made);
    last = made;
    return made;
  });
}

/** Play from the sentence that the cursor stands in. @param {HTMLButtonElement} button @param {HTMLElement} item */
function aim(button, item) {
  const sentences = heardIn(item);
  const id = segmentAt(textOf(item).value, sentences, textOf(item).selectionStart);
  const start = sentences.find((each) => each.id === id)?.start;
  if (start !== undefined && !Number.isNaN(start)) button.dataset["play"] = String(start);
}

/** The dialog that asks who spoke, and for which statements that holds. @param {HTMLFormElement} form @param {() => void} changed */
function openNaming(form, changed) {
  const dialog = byId("naming", HTMLDialogElement);
  const name = byId("naming-name", HTMLInputElement);
  /** @type {HTMLElement | null} */
  let asked = null;
  const scope = () => {
    const chosen = dialog.querySelector("input[name=naming-scope]:checked");
    return /** @type {Scope} */ (chosen instanceof HTMLInputElement ? chosen.value : "one");
  };
  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-act=name]") : null;
    const item = button?.closest(".statement");
    if (!(item instanceof HTMLElement)) return;
    asked = item;
    const all = statements(form);
    const speakers = all.map((each) => speakerOf(each).value);
    const at = all.indexOf(item);
    setText(byId("naming-present", HTMLElement), t("Đang ghi: {name}", { name: speakers[at] ?? "" }));
    for (const [which, words] of /** @type {[Scope, string][]} */ ([
      ["one", t("Chỉ ý kiến này")],
      ["onward", t("Từ ý kiến này trở đi ({n} ý kiến cùng tên)", { n: chooseRenamed(speakers, at, "onward").length })],
      ["all", t("Mọi chỗ trong biên bản ({n} ý kiến cùng tên)", { n: chooseRenamed(speakers, at, "all").length })],
    ])) {
      setText(byId(`naming-${which}`, HTMLElement), words);
    }
    name.value = speakers[at] ?? "";
    dialog.showModal();
    name.select();
  });
  byId("naming-cancel", HTMLButtonElement).addEventListener("click", () => dialog.close());
  byId("naming-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    const all = statements(form);
    const given = name.value.trim();
    if (asked === null || given === "") return;
    const speakers = all.map((each) => speakerOf(each).value);
    for (const place of chooseRenamed(speakers, all.indexOf(asked), scope())) {
      const item = all[place];
      if (item === undefined) continue;
      speakerOf(item).value = given;
      dress(item);
    }
    dialog.close();
    speakerOf(asked).focus();
    changed();
  });
}
