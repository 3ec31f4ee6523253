/**
 * Words for people. The Vietnamese text is the key; a page in another language carries a catalogue in
 *
 *     <script type="application/json" id="catalogue">{"Rời": "Leave", …}</script>
 *
 * with the translation of every string that the scripts use. The strings are found by their calls, so `t` is only ever
 * called with a literal in double quotes, and fields stand in it by name: `t("{name} đã vào họp", { name })`.
 * A string that the catalogue lacks is shown in Vietnamese.
 */

/** @type {Readonly<Record<string, string>>} */
let catalogue = {};
let locale = "vi";

/**
 * Take the language of the page and its catalogue from the document.
 * @param {Document} document
 */
export function readCatalogue(document) {
  const block = document.getElementById("catalogue");
  useCatalogue(document.documentElement.lang || "vi", block?.textContent ? JSON.parse(block.textContent) : {});
}

/**
 * @param {string} language a BCP 47 tag
 * @param {unknown} translations Vietnamese text to translated text
 */
export function useCatalogue(language, translations) {
  if (typeof translations !== "object" || translations === null || Array.isArray(translations)) {
    throw new TypeError("The catalogue must be an object");
  }
  for (const [text, translated] of Object.entries(translations)) {
    if (typeof translated !== "string") throw new TypeError(`The catalogue has no text for ${JSON.stringify(text)}`);
  }
  locale = language;
  catalogue = { ...translations };
}

/**
 * `text` in the page's language, with its `{named}` fields filled in.
 * @param {string} text a literal
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(text, values = {}) {
  const translated = (Object.hasOwn(catalogue, text) && catalogue[text]) || text;
  return translated.replace(/\{(\w+)\}/g, (field, name) =>
    Object.hasOwn(values, name) ? String(values[name]) : field,
  );
}

/** @param {Intl.DateTimeFormatOptions} options */
function format(options) {
  return new Intl.DateTimeFormat(locale, { ...options, hourCycle: "h23", timeZone: "Asia/Ho_Chi_Minh" });
}

/**
 * The hour and minute of an instant in Viet Nam, such as `08:05`.
 * @param {string | number} instant ISO 8601, or milliseconds since 1970
 */
export function clockTime(instant) {
  return format({ hour: "2-digit", minute: "2-digit" }).format(new Date(instant));
}

/**
 * A length of time as a clock shows it: `4:05`, or `1:04:05`.
 * @param {number} ms milliseconds; less than nothing is nothing
 */
export function clockLength(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pad = (/** @type {number} */ part) => String(part).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

/**
 * A number as it is written here: `1,5`, or `1.5` in English.
 * @param {number} value @param {number} [digits] after the comma
 */
export function number(value, digits = 0) {
  return new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}
