/** Elements of the page, looked up with their type. When template and script disagree, it fails loudly and at once. */

/**
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  return expect(document.getElementById(id), `#${id}`, type);
}

/**
 * The part of a repeated piece, marked `data-part="name"`.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} name
 * @param {new () => T} type
 * @returns {T}
 */
export function part(root, name, type) {
  return expect(root.querySelector(`[data-part="${name}"]`), `[data-part=${name}]`, type);
}

/**
 * A fresh copy of the one element in a `<template>`.
 * @template {Element} T
 * @param {string} id of the template
 * @param {new () => T} type
 * @returns {T}
 */
export function copyTemplate(id, type) {
  const copy = byId(id, HTMLTemplateElement).content.firstElementChild?.cloneNode(true) ?? null;
  return expect(/** @type {Element | null} */ (copy), `template #${id}`, type);
}

/**
 * @template {Element} T
 * @param {Element | null} element
 * @param {string} name
 * @param {new () => T} type
 * @returns {T}
 */
function expect(element, name, type) {
  if (element instanceof type) return element;
  throw new Error(`${name}: ${type.name} expected, ${element === null ? "nothing" : element.tagName} found`);
}

/** A value that the page's template gives in `data-…`. @param {HTMLElement} element @param {string} name */
export function pageValue(element, name) {
  const value = element.dataset[name];
  if (value === undefined) throw new Error(`data-${name} is missing`);
  return value;
}

/** The address of the socket whose path the page's template gives. @param {HTMLElement} element */
export function socketAddress(element) {
  return new URL(pageValue(element, "socket"), location.href).href.replace(/^http/, "ws");
}

/**
 * Write text, unless it stands there already: a screen reader would read it again.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Show another icon of the sprite in the `<svg>` inside `element`. @param {Element} element @param {string} name */
export function setIcon(element, name) {
  const use = element.querySelector("use");
  if (use === null) throw new Error("there is no icon to change");
  const [sprite] = (use.getAttribute("href") ?? "").split("#");
  const href = `${sprite}#${name}`;
  if (use.getAttribute("href") !== href) use.setAttribute("href", href);
}

/**
 * Make the children of `parent` those of `keys`, in this order: known ones are kept and moved only where they must be,
 * so that focus and pictures stay.
 * @template {HTMLElement} T
 * @param {HTMLElement} parent
 * @param {Map<string, T>} known the elements by their keys; kept up to date
 * @param {string[]} keys
 * @param {(key: string) => T} create
 */
export function syncChildren(parent, known, keys, create) {
  const wanted = new Set(keys);
  for (const [key, element] of known) {
    if (wanted.has(key)) continue;
    element.remove();
    known.delete(key);
  }
  keys.forEach((key, index) => {
    let element = known.get(key);
    if (element === undefined) known.set(key, (element = create(key)));
    const there = parent.children[index] ?? null;
    if (there !== element) parent.insertBefore(element, there);
  });
}
