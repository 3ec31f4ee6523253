/** One tab stop for many like things: the arrow keys go from one to the next (WAI-ARIA Authoring Practices). */

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

/**
 * Let the arrow keys, Home and End move the focus among what matches `selector` in `root`; one of them is in the order
 * of Tab. Call the function that is returned after the things have changed.
 * @param {HTMLElement} root
 * @param {string} selector
 */
export function rove(root, selector) {
  const list = () => /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]).filter((one) => !one.hidden);
  const settle = (/** @type {HTMLElement | undefined} */ chosen) => {
    const all = list();
    const stop = chosen ?? all.find((one) => one.tabIndex === 0) ?? all[0];
    for (const one of all) one.tabIndex = one === stop ? 0 : -1;
  };
  root.addEventListener("focusin", ({ target }) => {
    if (target instanceof HTMLElement && target.matches(selector)) settle(target);
  });
  root.addEventListener("keydown", (event) => {
    const { target } = event;
    if (!(target instanceof HTMLElement) || !target.matches(selector)) return;
    const all = list();
    const next = placeAfter(event.key, all.indexOf(target), all.length);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    all[next]?.focus();
  });
  new MutationObserver(() => settle(undefined)).observe(root, { childList: true, subtree: true });
  return settle;
}

/** Where a key leads from place `at` among `count`; null when it is none of these keys. */
/** @param {string} key @param {number} at @param {number} count @returns {number | null} */
export function placeAfter(key, at, count) {
  if (count === 0) return null;
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = Object.hasOwn(STEPS, key) ? STEPS[/** @type {keyof typeof STEPS} */ (key)] : 0;
  return step === 0 ? null : (at + step + count) % count;
}
