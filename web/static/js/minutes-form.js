/**
 * The paper as a form: what is on it as the content of the minutes, and back.
 *
 * The template marks it: `data-field` is a value (`chair.name` one inside an object), `data-list` a list whose children
 * with `data-item` are its entries (`data-item="text"`: an entry is a text of its own), and `data-kept` on an entry holds
 * as JSON what belongs to it and is not shown. A `<template id="new-NAME">` is a blank entry of the list NAME.
 */
import { byId, copyTemplate } from "./elements.js";
import { dress } from "./minutes-dress.js";

/** @typedef {HTMLInputElement | HTMLTextAreaElement} Box */
/** @typedef {{ [name: string]: unknown }} Entry */

const ENTRY = "[data-item], [data-root]";

/** @param {Element} entry @param {string} selector what belongs to the entry itself and not to one inside it */
function own(entry, selector) {
  return [...entry.querySelectorAll(selector)].filter((found) => found.parentElement?.closest(ENTRY) === entry);
}

/** @param {Element} entry @returns {Box[]} */
function boxes(entry) {
  return own(entry, "[data-field]").filter(
    (found) => found instanceof HTMLInputElement || found instanceof HTMLTextAreaElement,
  );
}

/** @param {Element} list @returns {HTMLElement[]} */
function entries(list) {
  return [...list.children].filter((child) => child instanceof HTMLElement && child.dataset["item"] !== undefined)
    .map((child) => /** @type {HTMLElement} */ (child));
}

/** @param {Box} box @returns {string | number | null} */
function valueOf(box) {
  const text = box.value.replaceAll("\r\n", "\n");
  if (box.dataset["type"] === "count") return text === "" ? null : Number(text);
  if (box.dataset["type"] === "day") return text === "" ? null : text;
  return text;
}

/**
 * What the form says now.
 * @param {HTMLElement} entry the form, or an entry of a list
 * @returns {Entry}
 */
export function readEntry(entry) {
  /** @type {Entry} */
  const result = JSON.parse(entry.dataset["kept"] ?? "{}");
  for (const box of boxes(entry)) {
    const [first = "", second] = (box.dataset["field"] ?? "").split(".");
    if (second === undefined) result[first] = valueOf(box);
    else result[first] = { .../** @type {Entry} */ (result[first] ?? {}), [second]: valueOf(box) };
  }
  for (const list of own(entry, "[data-list]")) {
    const name = list.getAttribute("data-list") ?? "";
    result[name] = entries(list).map((item) => (item.dataset["item"] === "text" ? valueOfText(item) : readEntry(item)));
  }
  return result;
}

/** @param {HTMLElement} item */
function valueOfText(item) {
  const box = boxes(item)[0];
  return box === undefined ? "" : valueOf(box);
}

/**
 * Put `content` onto the form: the other way round.
 * @param {HTMLElement} entry
 * @param {Entry} content
 */
export function writeEntry(entry, content) {
  const shown = new Set();
  for (const box of boxes(entry)) {
    const [first = "", second] = (box.dataset["field"] ?? "").split(".");
    const value = second === undefined ? content[first] : /** @type {Entry} */ (content[first] ?? {})[second];
    box.value = value === null || value === undefined ? "" : String(value);
    shown.add(first);
  }
  for (const list of own(entry, "[data-list]")) {
    const name = list.getAttribute("data-list") ?? "";
    shown.add(name);
    list.replaceChildren(.../** @type {unknown[]} */ (content[name] ?? []).map((value) => makeItem(name, value)));
  }
  const kept = Object.entries(content).filter(([name]) => !shown.has(name));
  entry.dataset["kept"] = JSON.stringify(Object.fromEntries(kept));
}

/** @param {string} name of the list @param {unknown} [value] */
export function makeItem(name, value) {
  const item = copyTemplate(`new-${name}`, HTMLElement);
  const box = boxes(item)[0];
  if (typeof value === "string" && box !== undefined) box.value = value;
  else if (typeof value === "object" && value !== null) writeEntry(item, /** @type {Entry} */ (value));
  if (name === "statements") dress(item);
  return item;
}

/** As high as its text, where the browser does not see to it (`field-sizing`). @param {HTMLTextAreaElement} area */
function fit(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight}px`;
}

const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");

/** @param {ParentNode} root */
export function fitAll(root) {
  if (GROWS_BY_ITSELF) return;
  for (const area of root.querySelectorAll("textarea")) fit(area);
}

/**
 * Let the form be worked on: entries come and go, texts grow. `changed` is called after every change, `removed` with what
 * brings an entry back that was taken out.
 * @param {HTMLElement} form
 * @param {() => void} changed
 * @param {(bringBack: () => void) => void} removed
 */
export function openForm(form, changed, removed) {
  fitAll(form);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    if (!GROWS_BY_ITSELF && event.target instanceof HTMLTextAreaElement) fit(event.target);
    changed();
  });
  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button === null || !act(form, button, removed)) return;
    changed();
  });
}

/**
 * @param {HTMLElement} form @param {HTMLButtonElement} button @param {(bringBack: () => void) => void} removed
 * @returns {boolean} whether the content changed
 */
function act(form, button, removed) {
  const item = button.closest("[data-item]");
  if (button.dataset["add"] !== undefined) {
    addItem(button, button.dataset["add"]);
    return true;
  }
  if (!(item instanceof HTMLElement)) return false;
  if (button.dataset["remove"] !== undefined) {
    const [list, next] = [item.parentElement, item.nextElementSibling];
    removeItem(form, item);
    removed(() => list?.insertBefore(item, next?.parentElement === list ? next : null).querySelector("textarea")?.focus());
    return true;
  }
  return false;
}

/** @param {HTMLButtonElement} button @param {string} name */
function addItem(button, name) {
  const list = button.parentElement?.querySelector(`:scope > [data-list="${name}"]`)
    ?? byId("paper", HTMLElement).querySelector(`[data-list="${name}"]`);
  const item = makeItem(name);
  list?.append(item);
  item.querySelector("textarea")?.focus();
}

/** Take an entry out and keep the keyboard near its place. @param {HTMLElement} form @param {HTMLElement} item */
function removeItem(form, item) {
  const neighbour = item.nextElementSibling ?? item.previousElementSibling ?? item.parentElement?.nextElementSibling;
  item.remove();
  const place = neighbour instanceof HTMLButtonElement ? neighbour : neighbour?.querySelector("textarea, button");
  if (place instanceof HTMLElement) place.focus();
  else form.querySelector("textarea")?.focus();
}
