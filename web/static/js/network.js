/** When the network of this device changes, goes or comes back, and when the device wakes up. */

/** How often the clock is looked at, and from how long a gap on the device must have slept. Milliseconds. */
const BEAT = 5000;
const ASLEEP = 15_000;
/** One change comes as several events. */
const TOGETHER = 300;

/** @typedef {EventTarget & { type?: string }} Bearer  `navigator.connection`, where there is one */

/**
 * @param {{ onGone: () => void, onChange: () => void }} parts
 *   `onGone`: there is no network; `onChange`: it is there again, or another one, or the device has slept
 */
export function watchNetwork({ onGone, onChange }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, TOGETHER);
  };
  addEventListener("online", changed);
  addEventListener("offline", onGone);
  const bearer = /** @type {{ connection?: Bearer }} */ (/** @type {unknown} */ (navigator)).connection;
  let kind = bearer?.type;
  bearer?.addEventListener("change", () => {
    // It also fires whenever the browser estimates the speed anew.
    if (bearer.type !== kind && navigator.onLine) changed();
    kind = bearer.type;
  });
  let last = Date.now();
  setInterval(() => {
    const now = Date.now();
    if (now - last > BEAT + ASLEEP && !document.hidden) changed();
    last = now;
  }, BEAT);
}
