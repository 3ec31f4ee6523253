/** Where in the text of a statement the sentences of the transcript stand. No DOM here. */

/** @typedef {{ id: number, text: string }} Segment a sentence of the transcript */

/**
 * The stretch of `text` that each sentence takes; a sentence that was rewritten beyond recognition has none.
 * @param {string} text @param {readonly Segment[]} segments
 * @returns {Map<number, { from: number, to: number }>}
 */
export function locate(text, segments) {
  const found = new Map();
  let after = 0;
  for (const { id, text: said } of segments) {
    for (const part of [said, said.split(/(?<=[.?!])\s/)[0] ?? ""]) {
      const from = part === "" ? -1 : text.indexOf(part, after);
      if (from < 0) continue;
      found.set(id, { from, to: from + part.length });
      after = from + part.length;
      break;
    }
  }
  return found;
}

/** The sentence under a place in the text. @param {string} text @param {readonly Segment[]} segments @param {number} at */
export function segmentAt(text, segments, at) {
  let last = null;
  for (const [id, stretch] of locate(text, segments)) if (stretch.from <= at) last = id;
  return last;
}

/**
 * Cut a text in pieces, each with the sentences that it was taken from; one that is found nowhere goes to all.
 * @param {string} text @param {readonly number[]} cuts in order @param {readonly Segment[]} segments
 * @returns {{ text: string, segments: number[] }[]}
 */
export function cut(text, cuts, segments) {
  const places = locate(text, segments);
  const edges = [0, ...cuts, text.length];
  return edges.slice(1).map((to, index) => {
    const from = edges[index] ?? 0;
    const own = segments.filter(({ id }) => {
      const place = places.get(id);
      return place === undefined || (place.from < to && place.to > from);
    });
    return { text: text.slice(from, to).trim(), segments: own.map(({ id }) => id) };
  });
}

/**
 * Which of the statements get a new speaker: this one, this and later ones, or all, of those named as this one was.
 * @param {readonly string[]} speakers @param {number} at @param {"one" | "onward" | "all"} scope @returns {number[]}
 */
export function chooseRenamed(speakers, at, scope) {
  if (scope === "one") return [at];
  return speakers.flatMap((name, place) => (name === speakers[at] && (scope === "all" || place >= at) ? [place] : []));
}
