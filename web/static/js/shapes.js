/**
 * What a JSON value must look like: small checks that throw a `ShapeError` with the path of the first fault.
 * Fields that a shape does not name are dropped, so that nothing unchecked goes further.
 */

/** A value that is not of the wanted shape. */
export class ShapeError extends Error {}

/** @typedef {(value: unknown, path: string) => unknown} Check returns the checked value, or throws. */

/** @param {string} path @param {string} wanted @returns {never} */
function refuse(path, wanted) {
  throw new ShapeError(`${path}: ${wanted} expected`);
}

/** @param {number} [least] @param {number} [most] length in characters @returns {Check} */
export function text(least = 0, most = Infinity) {
  return (value, path) => {
    if (typeof value !== "string") refuse(path, "a string");
    const length = [...value].length;
    return length >= least && length <= most ? value : refuse(path, `${least} to ${most} characters`);
  };
}

/** @type {Check} */
export function whole(value, path) {
  return Number.isSafeInteger(value) ? value : refuse(path, "a whole number");
}

/** @type {Check} */
export function flag(value, path) {
  return typeof value === "boolean" ? value : refuse(path, "true or false");
}

/** An instant in UTC, ISO 8601 with a `Z`. @type {Check} */
export function instant(value, path) {
  const wellFormed = typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value);
  return wellFormed && !Number.isNaN(Date.parse(value)) ? value : refuse(path, "an instant in UTC");
}

/** @param {string[]} words @returns {Check} */
export function oneOf(...words) {
  return (value, path) =>
    typeof value === "string" && words.includes(value) ? value : refuse(path, `one of ${words.join(", ")}`);
}

/** @param {Check} check @returns {Check} */
export function nullable(check) {
  return (value, path) => (value === null ? null : check(value, path));
}

/** What may be left out of an object. @param {Check} check @returns {Check} */
export function optional(check) {
  /** @type {Check} */
  const left = (value, path) => (value === undefined ? undefined : check(value, path));
  return Object.assign(left, { optional: true });
}

/** @param {Check} check @param {number} [most] items @returns {Check} */
export function listOf(check, most = Infinity) {
  return (value, path) => {
    if (!Array.isArray(value)) refuse(path, "a list");
    if (value.length > most) refuse(path, `${most} items at most`);
    return value.map((item, index) => check(item, `${path}[${index}]`));
  };
}

/** @param {Record<string, Check>} fields @returns {Check} */
export function object(fields) {
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(path, "an object");
    const given = /** @type {Record<string, unknown>} */ (value);
    /** @type {Record<string, unknown>} */
    const checked = {};
    for (const [name, check] of Object.entries(fields)) {
      const inner = path ? `${path}.${name}` : name;
      if (!Object.hasOwn(given, name)) {
        if ("optional" in check) continue;
        refuse(inner, "a value");
      }
      checked[name] = check(given[name], inner);
    }
    return checked;
  };
}
