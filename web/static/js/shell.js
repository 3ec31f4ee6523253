/** What every page does: take the reader to the faults of a form, and keep a form from being sent twice. */
import { addCalendar } from "./dates.js";
import { readCatalogue, t } from "./i18n.js";

readCatalogue(document);

const summary = document.querySelector("[data-focus]");
if (summary instanceof HTMLElement) summary.focus();

for (const place of document.querySelectorAll("[data-date]")) addCalendar(place);

// On a phone the further choices would push what was looked for off the screen: there they stay folded.
if (matchMedia("(min-width: 56.01rem)").matches) {
  for (const part of document.querySelectorAll("details.fold-narrow")) part.setAttribute("open", "");
}

// The browser would tell of an empty field in its own language, which need not be the page's.
document.addEventListener(
  "invalid",
  ({ target }) => {
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement)) return;
    if (target.validity.customError) return;
    target.setCustomValidity(target.validity.valueMissing ? t("Hãy điền mục này.") : t("Nội dung chưa đúng dạng."));
  },
  true,
);
document.addEventListener("input", ({ target }) => {
  if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement) target.setCustomValidity("");
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset["sent"]) event.preventDefault();
  else form.dataset["sent"] = "true";
});

// A page that comes back from the browser's memory may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset["sent"];
});
