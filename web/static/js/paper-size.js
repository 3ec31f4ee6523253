/** A file that is too large is said to be so before it is sent: over a slow line that saves minutes. */
import { readCatalogue, t } from "./i18n.js";

readCatalogue(document);

for (const [number, form] of document.querySelectorAll("form[data-limit]").entries()) {
  const field = form.querySelector("input[type='file']");
  if (!(field instanceof HTMLInputElement)) continue;
  const limit = Number(form.getAttribute("data-limit"));
  const note = makeNote(field, `too-large-${number}`);
  field.addEventListener("change", () => judge(field, note, limit));
  form.addEventListener("submit", (event) => {
    if (judge(field, note, limit)) return;
    event.preventDefault();
    field.focus();
  });
}

/** Where it is said: over the field, to stay until another file is chosen. @param {HTMLInputElement} field @param {string} id */
function makeNote(field, id) {
  const note = document.createElement("p");
  note.className = "field-error";
  note.id = id;
  note.setAttribute("role", "alert");
  note.hidden = true;
  field.before(note);
  field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${id}`.trim());
  return note;
}

/** Whether the chosen file may be sent. @param {HTMLInputElement} field @param {HTMLElement} note @param {number} limit in MiB */
function judge(field, note, limit) {
  const size = field.files?.[0]?.size ?? 0;
  const fits = size <= limit * 2 ** 20;
  note.textContent = fits ? "" : t("Tệp lớn hơn {limit} MB nên không nhận. Hãy nén ảnh trong tệp hoặc chia thành nhiều tệp.", { limit });
  note.hidden = fits;
  field.setAttribute("aria-invalid", String(!fits));
  return fits;
}
