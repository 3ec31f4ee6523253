/** The booking form's comforts. Without this script every button is a round trip and nothing is lost. */
import { clock, isoDay } from "./dates.js";
import { readCatalogue, t } from "./i18n.js";

readCatalogue(document);

/** @type {HTMLFormElement} */
const form = /** @type {HTMLFormElement} */ (document.getElementById("booking"));
const rows = /** @type {HTMLOListElement} */ (document.getElementById("agenda-rows"));
const search = /** @type {HTMLInputElement} */ (document.getElementById("unit-search"));
const MOST_ROWS = 50;

for (const tool of form.querySelectorAll("[data-script]")) tool.removeAttribute("hidden");

/** @param {string} name */
function input(name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}

/** Lower case, without tone and vowel marks, đ as d: as the server compares. @param {string} text */
function fold(text) {
  return text.toLowerCase().replaceAll("đ", "d").normalize("NFD").replace(/\p{M}/gu, "");
}

// Agenda: the buttons work here and now.

/** @param {HTMLButtonElement} button */
function rearrange(button) {
  const what = button.value.split(":")[0];
  const row = /** @type {HTMLLIElement | null} */ (button.closest("li.agenda-row"));
  if (what === "agenda_add") addRow();
  else if (row && what === "agenda_remove") removeRow(row);
  else if (row && what === "agenda_up") row.previousElementSibling?.before(row);
  else if (row && what === "agenda_down") row.nextElementSibling?.after(row);
  else return false;
  numberRows();
  if (row?.isConnected) (button.checkVisibility({ visibilityProperty: true }) ? button : firstInput(row))?.focus();
  return true;
}

/** @param {Element} row */
function firstInput(row) {
  return row.querySelector("input");
}

function addRow() {
  const last = rows.lastElementChild;
  if (!last || rows.children.length >= MOST_ROWS) return;
  const row = /** @type {HTMLLIElement} */ (last.cloneNode(true));
  for (const field of row.querySelectorAll("input")) field.value = "";
  rows.append(row);
  firstInput(row)?.focus();
}

/** @param {HTMLLIElement} row */
function removeRow(row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  if (next) {
    row.remove();
    firstInput(next)?.focus();
  } else {
    for (const field of row.querySelectorAll("input")) field.value = "";
  }
}

function numberRows() {
  [...rows.children].forEach((row, index) => {
    const number = row.querySelector(".agenda-number");
    if (number) number.textContent = String(index + 1);
    for (const button of row.querySelectorAll("button")) button.value = `${button.value.split(":")[0]}:${index + 1}`;
  });
}

// Units: search, choose a whole level, count.

/** @type {HTMLInputElement[]} */
const boxes = [...form.querySelectorAll('input[name="unit"]')].map((box) => /** @type {HTMLInputElement} */ (box));

/** @param {HTMLButtonElement} button */
function chooseGroup(button) {
  const [what, code] = button.value.split(":");
  if (what !== "units_all" && what !== "units_none") return false;
  const group = form.querySelector(`details[data-group="${code}"]`);
  const convening = input("convening_unit_id").value; // it does not invite itself
  for (const box of boxes) {
    const shown = group?.contains(box) && !box.closest("li")?.hidden;
    if (shown && box.value !== convening) box.checked = what === "units_all";
  }
  countUnits();
  return true;
}

function countUnits() {
  const count = document.getElementById("unit-count");
  if (count) count.textContent = t("Đã chọn {n} đơn vị", { n: boxes.filter((box) => box.checked).length });
}

function filterUnits() {
  const wanted = fold(search.value.trim());
  for (const box of boxes) {
    const row = box.closest("li");
    if (row) row.hidden = wanted !== "" && !fold(box.closest("label")?.textContent ?? "").includes(wanted);
  }
  for (const group of form.querySelectorAll("details.unit-group")) {
    const found = group.querySelector("li:not([hidden])") !== null;
    group.toggleAttribute("hidden", !found);
    if (wanted && found) group.setAttribute("open", "");
  }
}

// Form of meeting: in person, everybody comes to the main room unless somebody says otherwise.

let formBefore = chosenForm();

function chosenForm() {
  return new FormData(form).get("planned_form");
}

function followForm() {
  const now = chosenForm();
  for (const part of form.querySelectorAll("[data-needs-form]")) {
    const needs = (part.getAttribute("data-needs-form") ?? "").split(" ");
    part.toggleAttribute("hidden", !needs.includes(String(now)) && !part.querySelector("[aria-invalid]"));
  }
  for (const part of form.querySelectorAll("[data-form-before]")) {
    const same = part.getAttribute("data-form-before") === now;
    part.toggleAttribute("hidden", same && !part.querySelector("[aria-invalid]"));
  }
  if (now === formBefore) return;
  for (const list of form.querySelectorAll("select[name^='site-']")) {
    const select = /** @type {HTMLSelectElement} */ (list);
    const standard = formBefore === "in_person" ? "hall" : (select.options[0]?.value ?? "");
    if (select.value === standard) select.value = now === "in_person" ? "hall" : (select.options[0]?.value ?? "");
  }
  formBefore = now;
}

// When: said in words, because a browser may show the date in another country's order.

function sayWhen() {
  const place = document.getElementById("when");
  const [day, start, end] = [isoDay(input("starts_on").value), clock(input("starts_at").value), clock(input("ends_at").value)];
  const first = new Date(`${day}T${start || "00:00"}:00+07:00`);
  const last = new Date(`${isoDay(input("ends_on").value) || day}T${end}:00+07:00`);
  if (!place) return;
  if (Number.isNaN(first.getTime())) {
    place.textContent = "";
    return;
  }
  const words = new Intl.DateTimeFormat(document.documentElement.lang, {
    weekday: "long", day: "2-digit", month: "2-digit", year: "numeric", timeZone: "Asia/Ho_Chi_Minh",
  }).format(first);
  const minutes = Math.round((last.getTime() - first.getTime()) / 60_000);
  place.textContent = start && minutes > 0 ? t("{day}, dài {long}", { day: words, long: sayLength(minutes) }) : words;
}

/** @param {number} minutes */
function sayLength(minutes) {
  if (minutes < 60) return t("{n} phút", { n: minutes });
  return t("{hours} giờ {minutes} phút", { hours: Math.floor(minutes / 60), minutes: String(minutes % 60).padStart(2, "0") });
}

form.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (button && (rearrange(button) || chooseGroup(button))) event.preventDefault();
});
form.addEventListener("change", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLElement)) return;
  const name = field.getAttribute("name") ?? "";
  if (name === "unit") countUnits();
  if (name === "planned_form") followForm();
  if (["starts_on", "starts_at", "ends_on", "ends_at"].includes(name)) sayWhen();
});
search.addEventListener("input", filterUnits);
search.addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault(); // searching is not saving
});
countUnits();
followForm();
sayWhen();
