/** Somebody else saved meanwhile: what both changed stands side by side with what it was, and a person decides. */
import { byId, copyTemplate, part, setText } from "./elements.js";
import { t } from "./i18n.js";
import { tellEntries } from "./minutes-merge.js";

/** @typedef {import("./minutes-merge.js").Merge} Merge */
/** @typedef {import("./minutes-merge.js").Choice} Choice */

/** @param {string} field */
function nameField(field) {
  const names = /** @type {{ [name: string]: string }} */ ({
    title: t("Tên cuộc họp"),
    chair: t("Chủ tọa"),
    secretary: t("Thư ký"),
    places: t("Địa điểm"),
    sections: t("Nội dung, ý kiến phát biểu"),
    votes: t("Kết quả biểu quyết"),
    conclusions: t("Kết luận của chủ tọa"),
    recipients: t("Nơi nhận"),
  });
  return names[field] ?? field;
}

/**
 * Show the conflicts of a merge.
 * @param {Merge} merge
 * @param {string} who saved, and when
 * @param {(choices: Choice[]) => void} decided
 */
export function showConflicts(merge, who, decided) {
  const dialog = byId("conflict", HTMLDialogElement);
  setText(byId("conflict-who", HTMLElement), who);
  const list = byId("conflict-list", HTMLElement);
  list.replaceChildren(...merge.conflicts.map((conflict, index) => {
    const item = copyTemplate("conflict-item", HTMLElement);
    setText(part(item, "name", HTMLElement), `${index + 1}. ${nameField(conflict.field)}`);
    for (const side of /** @type {("base" | "mine" | "theirs")[]} */ (["base", "theirs", "mine"])) {
      const text = tellEntries(conflict[side]);
      setText(part(item, side, HTMLElement), text === "" ? t("(không có)") : text);
    }
    for (const radio of item.querySelectorAll("input[type=radio]")) radio.setAttribute("name", `conflict-${index}`);
    return item;
  }));
  byId("conflict-form", HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    dialog.close();
    decided(merge.conflicts.map((_conflict, index) => choiceOf(list, index)));
  };
  if (!dialog.open) dialog.showModal();
}

/** @param {HTMLElement} list @param {number} index @returns {Choice} */
function choiceOf(list, index) {
  const chosen = list.querySelector(`input[name="conflict-${index}"]:checked`);
  return /** @type {Choice} */ (chosen instanceof HTMLInputElement ? chosen.value : "both");
}
