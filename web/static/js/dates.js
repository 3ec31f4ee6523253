/** Days as people here type them, `dd/mm/yyyy`, and a calendar beside the field for those who would rather pick. */
import { t } from "./i18n.js";

/**
 * The ISO day of what was typed, `""` when it is none.
 * @param {string} text
 */
export function isoDay(text) {
  const typed = /^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*$/.exec(text);
  const [year, month, day] = typed ? [typed[3], typed[2], typed[1]] : (/^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []).slice(1);
  if (!year || !month || !day) return "";
  const iso = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const date = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso) ? iso : "";
}

/**
 * `HH:MM` of what was typed (`8:30`, `8h30`, `0830`), `""` when it is none.
 * @param {string} text
 */
export function clock(text) {
  const typed = /^\s*([01]?\d|2[0-3])(?:[:hg.]\s*|(?=\d{2}\s*$))([0-5]\d)\s*$/.exec(text);
  return typed?.[1] && typed[2] ? `${typed[1].padStart(2, "0")}:${typed[2]}` : "";
}

/**
 * Give the field in `place` a button that opens the browser's calendar.
 * @param {Element} place
 */
export function addCalendar(place) {
  const field = place.querySelector("input");
  if (!field || !("showPicker" in HTMLInputElement.prototype)) return;
  const picker = document.createElement("input");
  picker.type = "date";
  picker.className = "date-picker";
  picker.tabIndex = -1;
  picker.setAttribute("aria-hidden", "true");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-icon";
  button.append(drawIcon("calendar"));
  button.setAttribute("aria-label", t("Chọn ngày trên lịch"));
  button.addEventListener("click", () => {
    picker.value = isoDay(field.value);
    picker.showPicker();
  });
  picker.addEventListener("change", () => {
    if (picker.value) field.value = picker.value.split("-").reverse().join("/");
    field.dispatchEvent(new Event("change", { bubbles: true }));
    button.focus();
  });
  place.append(button, picker);
}

/** @param {string} name */
function drawIcon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${document.body.dataset["icons"]}#${name}`);
  svg.append(use);
  return svg;
}
