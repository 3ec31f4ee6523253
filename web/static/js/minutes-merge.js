/**
 * Two people's changes of the same minutes, put together: what only one of them changed is taken, what both changed is a
 * conflict for a person to decide. No DOM here.
 *
 * The common ancestor is the content that both started from. Lists are compared entry by entry; the course of the
 * meeting is one list of section heads and statements, so that a new section does not set all others against each other.
 *
 * @typedef {{ [name: string]: unknown }} Entry
 * @typedef {"mine" | "theirs" | "both"} Choice
 * @typedef {object} Conflict
 * @property {string} field of the content in which it is
 * @property {unknown[]} base
 * @property {unknown[]} mine
 * @property {unknown[]} theirs
 * @typedef {object} Merge
 * @property {Conflict[]} conflicts
 * @property {boolean} news whether anything of theirs comes in without being asked
 * @property {(choices: readonly Choice[]) => Entry} resolve the content, with one choice for each conflict
 */

const LISTS = ["places", "sections", "votes", "conclusions", "recipients"];
const LEFT_OUT = ["names", "struck", "supporting", "product"]; // where they are empty
const WRITTEN = ["title", "chair", "secretary"]; // single values that a person types; all others are the program's

/** The same text for equal values, whatever the order of their names. @param {unknown} value @returns {string} */
export function canonical(value) {
  return JSON.stringify(value, (_name, part) =>
    isEntry(part)
      ? Object.fromEntries(
          Object.entries(part)
            .filter(([name, value]) => !LEFT_OUT.includes(name) || !isBlank(value))
            .sort(([one], [other]) => (one < other ? -1 : 1)),
        )
      : part,
  ) ?? "";
}

/** @param {unknown} value */
const isBlank = (value) => value === undefined || value === "" || value === false || (Array.isArray(value) && value.length === 0);

/** @param {unknown} one @param {unknown} other */
const same = (one, other) => (isBlank(one) && isBlank(other)) || canonical(one) === canonical(other);

/** Sections and what was said in them as one list. @param {unknown} sections @returns {Entry[]} */
function flatten(sections) {
  return /** @type {Entry[]} */ (sections ?? []).flatMap(({ statements, ...head }) => [
    { head },
    .../** @type {Entry[]} */ (statements ?? []).map((statement) => ({ statement })),
  ]);
}

/** @param {readonly unknown[]} course @returns {Entry[]} */
function unflatten(course) {
  /** @type {(Entry & { statements: unknown[] })[]} */
  const sections = [];
  for (const each of /** @type {Entry[]} */ (course)) {
    if (each["head"] !== undefined) sections.push({ .../** @type {Entry} */ (each["head"]), statements: [] });
    else {
      if (sections.length === 0) sections.push({ title: "", presenter: "", summary: "", statements: [] });
      sections.at(-1)?.statements.push(each["statement"]);
    }
  }
  return sections;
}

/**
 * For each entry of `base` the place of its equal in `other`, in order (longest common subsequence), or -1.
 * @param {readonly string[]} base @param {readonly string[]} other @returns {number[]}
 */
function pair(base, other) {
  const width = other.length + 1;
  const length = new Uint32Array((base.length + 1) * width);
  for (let i = base.length - 1; i >= 0; i -= 1) {
    for (let j = other.length - 1; j >= 0; j -= 1) {
      length[i * width + j] = base[i] === other[j]
        ? (length[(i + 1) * width + j + 1] ?? 0) + 1
        : Math.max(length[(i + 1) * width + j] ?? 0, length[i * width + j + 1] ?? 0);
    }
  }
  const found = base.map(() => -1);
  for (let i = 0, j = 0; i < base.length && j < other.length; ) {
    if (base[i] === other[j]) found[i++] = j++;
    else if ((length[(i + 1) * width + j] ?? 0) >= (length[i * width + j + 1] ?? 0)) i += 1;
    else j += 1;
  }
  return found;
}

/**
 * @param {readonly unknown[]} base @param {readonly unknown[]} mine @param {readonly unknown[]} theirs
 * @returns {{ base: unknown[], mine: unknown[], theirs: unknown[] }[]} stretches, equal and different ones by turns
 */
function align(base, mine, theirs) {
  const inMine = pair(base.map(canonical), mine.map(canonical));
  const inTheirs = pair(base.map(canonical), theirs.map(canonical));
  const stretches = [];
  let [b, m, t] = [0, 0, 0];
  for (let next = 0; next <= base.length; next += 1) {
    const atEnd = next === base.length;
    const [nextMine, nextTheirs] = [atEnd ? mine.length : inMine[next] ?? -1, atEnd ? theirs.length : inTheirs[next] ?? -1];
    if (nextMine < 0 || nextTheirs < 0) continue;
    stretches.push({ base: base.slice(b, next), mine: mine.slice(m, nextMine), theirs: theirs.slice(t, nextTheirs) });
    if (!atEnd) stretches.push({ base: [base[next]], mine: [base[next]], theirs: [base[next]] });
    [b, m, t] = [next + 1, nextMine + 1, nextTheirs + 1];
  }
  return stretches.filter((each) => each.base.length + each.mine.length + each.theirs.length > 0);
}

/** @param {unknown} value @returns {value is Entry} */
const isEntry = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Three states of one thing: the merged one, or null when both changed the same part of it.
 * @param {unknown} base @param {unknown} mine @param {unknown} theirs @returns {{ value: unknown } | null}
 */
function mergeOne(base, mine, theirs) {
  if (same(mine, theirs) || same(base, theirs)) return { value: mine };
  if (same(base, mine)) return { value: theirs };
  if (!isEntry(base) || !isEntry(mine) || !isEntry(theirs)) return null;
  /** @type {Entry} */
  const value = {};
  for (const name of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
    const merged = mergeOne(base[name], mine[name], theirs[name]);
    if (merged === null) return null;
    if (merged.value !== undefined) value[name] = merged.value;
  }
  return { value };
}

/**
 * @param {string} field @param {unknown[]} base @param {unknown[]} mine @param {unknown[]} theirs
 * @param {Conflict[]} conflicts @returns {(unknown[] | Conflict)[]}
 */
function mergeStretch(field, base, mine, theirs, conflicts) {
  const conflict = () => {
    const found = { field, base, mine, theirs };
    conflicts.push(found);
    return [found];
  };
  if (same(mine, theirs) || same(base, theirs)) return [mine];
  if (same(base, mine)) return [theirs];
  if (base.length !== mine.length || base.length !== theirs.length) return conflict();
  return base.flatMap((entry, place) => {
    const merged = mergeOne(entry, mine[place], theirs[place]);
    if (merged !== null) return [[merged.value]];
    const found = { field, base: [entry], mine: [mine[place]], theirs: [theirs[place]] };
    conflicts.push(found);
    return [found];
  });
}

/** @param {Entry} base @param {Entry} mine @param {Entry} theirs @returns {Merge} */
export function mergeContents(base, mine, theirs) {
  /** @type {Conflict[]} */
  const conflicts = [];
  /** @type {Map<string, (unknown[] | Conflict)[]>} */
  const parts = new Map();
  for (const field of Object.keys(theirs)) {
    const list = LISTS.includes(field);
    const open = (/** @type {Entry} */ content) =>
      field === "sections" ? flatten(content[field]) : list ? /** @type {unknown[]} */ (content[field] ?? []) : [content[field]];
    if (list) {
      const stretches = align(open(base), open(mine), open(theirs));
      parts.set(field, stretches.flatMap((each) => mergeStretch(field, each.base, each.mine, each.theirs, conflicts)));
    } else if (WRITTEN.includes(field)) {
      parts.set(field, mergeStretch(field, open(base), open(mine), open(theirs), conflicts));
    } else parts.set(field, [[theirs[field]]]);
  }
  const resolve = (/** @type {readonly Choice[]} */ choices) => {
    const content = /** @type {Entry} */ ({});
    for (const [field, pieces] of parts) {
      const values = pieces.flatMap((piece) =>
        Array.isArray(piece) ? piece : choose(piece, choices[conflicts.indexOf(piece)] ?? "both"),
      );
      content[field] = field === "sections" ? unflatten(values) : LISTS.includes(field) ? values : values[0];
    }
    return content;
  };
  return { conflicts, resolve, news: !same(resolve(conflicts.map(() => "mine")), mine) };
}

/** @param {Conflict} conflict @param {Choice} choice @returns {unknown[]} */
function choose(conflict, choice) {
  if (choice === "mine") return conflict.mine;
  if (choice === "theirs") return conflict.theirs;
  if (LISTS.includes(conflict.field)) return [...conflict.theirs, ...conflict.mine];
  return [joinValues(conflict.theirs[0], conflict.mine[0])];
}

/** Both of two single values. @param {unknown} theirs @param {unknown} mine @returns {unknown} */
function joinValues(theirs, mine) {
  if (isEntry(theirs) && isEntry(mine)) {
    return Object.fromEntries(Object.keys(theirs).map((name) => [name, joinValues(theirs[name], mine[name])]));
  }
  return same(theirs, mine) ? mine : [theirs, mine].filter((text) => text !== "").join(" / ");
}

const UNSHOWN = ["segments", "starts_at", "suspect", "struck"];

/** What a person reads of entries: every text in them, one below the other. @param {unknown} value @returns {string} */
export function tellEntries(value) {
  if (typeof value === "string" || typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.map(tellEntries).filter((text) => text !== "").join("\n");
  if (!isEntry(value)) return "";
  return tellEntries(Object.entries(value).filter(([name]) => !UNSHOWN.includes(name)).map(([, part]) => part));
}
