/** The time until a room opens, by the server's clock: that of an official's laptop may be minutes off. No DOM. */

/**
 * How far the server's clock is ahead of ours, in milliseconds; 0 when it cannot be told.
 * @param {string} url any page of the server
 */
async function measureAhead(url) {
  const sent = Date.now();
  const answer = await fetch(url, { method: "HEAD", cache: "no-store" }).catch(() => null);
  const date = Date.parse(answer?.headers.get("Date") ?? "");
  // The header has whole seconds: half a second is its error either way.
  return Number.isNaN(date) ? 0 : date + 500 - (sent + Date.now()) / 2;
}

/**
 * Count down to `opens`, then call `onOpen` once.
 * @param {number} opens milliseconds since 1970
 * @param {string} url a page of the server, to ask for its clock
 * @param {{ onTick: (left: number) => void, onOpen: () => void }} calls `onTick` gets milliseconds, every second
 */
export async function countDown(opens, url, { onTick, onOpen }) {
  const ahead = await measureAhead(url);
  const left = () => opens - (Date.now() + ahead);
  if (left() <= 0) return onOpen();
  onTick(left());
  const timer = setInterval(() => {
    if (left() > 0) return onTick(left());
    clearInterval(timer);
    return onOpen();
  }, 1000);
  return undefined;
}
