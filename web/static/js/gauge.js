/** The gauge of the microphone, in the lobby and in the connection test: what is seen, and what a screen reader says. */
import { byId } from "./elements.js";
import { gaugeOf } from "./levels.js";

/** @param {number} level in dBFS */
export function showGauge(level) {
  const gauge = byId("gauge", HTMLElement);
  const part = gaugeOf(level);
  gauge.style.setProperty("--level", String(part));
  gauge.setAttribute("aria-valuenow", String(Math.round(part * 100)));
}
