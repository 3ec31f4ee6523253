/** Entry of the page of the ratio: the picture beside the table of months. The numbers are the table's own. */
import { byId } from "./elements.js";

/** @typedef {{ month: string, share: number | null, target: number | null }} Month */

/** @param {HTMLElement} row @returns {Month} */
function readMonth(row) {
  const number = (/** @type {string | undefined} */ text) => (text === undefined || text === "" ? null : Number(text));
  return {
    month: row.dataset["month"] ?? "",
    share: number(row.dataset["share"]),
    target: number(row.dataset["target"]),
  };
}

/** @param {string} name of a token of base.css */
function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/**
 * What the chart shows, in the terms of Apache ECharts.
 * @param {Month[]} months
 * @param {{ share: string, target: string, description: string, locale: string }} words
 * @param {boolean} roomy whether the numbers have room beside the points
 */
function describeChart(months, words, roomy) {
  const write = new Intl.NumberFormat(words.locale, { maximumFractionDigits: 1 });
  const percent = (/** @type {number | null} */ value) => (value === null ? "" : `${write.format(value)} %`);
  const text = { color: token("--color-text"), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 13 };
  const shares = months.map(({ share }, index) => {
    const valley = [months[index - 1], months[index + 1]].every((next) => (next?.share ?? 100) > (share ?? 0));
    return share === null ? null : { value: share, label: { position: !valley ? "top" : share > 8 ? "bottom" : "right" } };
  });
  const line = { type: "line", data: shares, connectNulls: false };
  const paper = { backgroundColor: token("--color-paper"), padding: [1, 3] };
  return {
    animation: false,
    aria: { enabled: true, label: { description: words.description } },
    textStyle: text,
    grid: { left: 48, right: 24, top: 28, bottom: 32 },
    xAxis: {
      type: "category",
      data: months.map((month) => month.month.replace(/^(\d\d)\/\d\d(\d\d)$/, "$1/$2")),
      axisLabel: { ...text, hideOverlap: true },
      axisTick: { alignWithLabel: true },
    },
    yAxis: { type: "value", min: 0, max: 100, interval: 20, axisLabel: { ...text, formatter: "{value} %" } },
    series: [
      {
        ...line,
        name: words.share,
        symbol: "circle",
        symbolSize: 9,
        lineStyle: { width: 3, color: token("--color-action") },
        itemStyle: { color: token("--color-action") },
        label: { show: roomy, ...text, ...paper, distance: 8, formatter: (/** @type {{ value: number }} */ point) => percent(point.value) },
        labelLayout: { hideOverlap: true },
      },
      {
        type: "line",
        data: months.map(({ target }) => target),
        name: words.target,
        silent: true,
        symbolSize: 0.1,
        lineStyle: { width: 2, type: "dashed", color: token("--color-danger") },
        itemStyle: { color: token("--color-danger") },
      },
    ],
  };
}

/** @param {HTMLElement} place */
async function draw(place) {
  const months = [...document.querySelectorAll("#months tbody tr")].filter((row) => row instanceof HTMLElement).map(readMonth);
  const library = await import(place.dataset["library"] ?? "");
  const chart = library.init(place, null, { renderer: "svg" });
  chart.setOption(
    describeChart(months, {
      share: place.dataset["shareName"] ?? "",
      target: place.dataset["targetName"] ?? "",
      description: place.dataset["describe"] ?? "",
      locale: place.dataset["locale"] ?? "vi",
    }, place.clientWidth > 480),
  );
  new ResizeObserver(() => chart.resize()).observe(place);
}

const place = document.getElementById("chart");
/** @type {Promise<void> | null} */
let drawn = null;

function show() {
  drawn ??= place instanceof HTMLElement ? draw(place) : Promise.resolve();
  return drawn;
}

/** Paper shows the picture too, wherever the page was scrolled to. */
async function print() {
  await show().catch(() => undefined); // without the library its numbers are printed all the same
  window.print();
}

// The picture is heavy and stands below the number: it is fetched when it is about to be seen.
if (place instanceof HTMLElement) {
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    void show();
  }, { rootMargin: "200px" });
  seen.observe(place);
}

const button = byId("print", HTMLButtonElement);
button.closest("li")?.removeAttribute("hidden");
button.addEventListener("click", () => {
  button.closest("details")?.removeAttribute("open");
  void print();
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "p" || event.shiftKey || event.altKey) return;
  event.preventDefault();
  void print();
});
