/** A file that is too large is said to be so before it is sent: over a slow line that saves minutes. */
import { readCatalogue, t } from "./i18n.js";

readCatalogue(document);

for (const form of document.querySelectorAll("form[data-limit]")) {
  const field = form.querySelector("input[type='file']");
  const limit = Number(form.getAttribute("data-limit"));
  if (field instanceof HTMLInputElement) field.addEventListener("change", () => judge(field, limit));
  form.addEventListener("submit", (event) => {
    if (field instanceof HTMLInputElement && !judge(field, limit)) event.preventDefault();
  });
}

/** Whether the chosen file may be sent. @param {HTMLInputElement} field @param {number} limit in MiB */
function judge(field, limit) {
  const size = field.files?.[0]?.size ?? 0;
  const fits = size <= limit * 2 ** 20;
  field.setCustomValidity(fits ? "" : t("Tệp lớn hơn {limit} MB nên không nhận. Hãy nén ảnh trong tệp hoặc chia thành nhiều tệp.", { limit }));
  if (!fits) field.reportValidity();
  return fits;
}
