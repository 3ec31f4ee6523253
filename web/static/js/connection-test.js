/** Entry of the connection test's page: shows the steps as they are done, then the report and what can be done with it. */
import { loadChoices, saveChoices } from "./choices.js";
import { byId, copyTemplate, pageValue, part, setIcon, setText, socketAddress } from "./elements.js";
import { showGauge } from "./gauge.js";
import { clockTime, readCatalogue, t } from "./i18n.js";
import { Pickers } from "./pickers.js";
import { setPicture } from "./picture.js";
import { namePlatform, readPlatform } from "./platform.js";
import { adviseOnSpeaker } from "./test-advice.js";
import { fail, judge, nameState, nameStep, nameVerdict, pass, STEPS, writeReport } from "./test-plan.js";
import { TestRunner } from "./test-runner.js";

/** @typedef {import("./test-plan.js").StepId} StepId */

readCatalogue(document);

const page = byId("connection-test", HTMLElement);
const start = byId("start", HTMLButtonElement);
const result = byId("result", HTMLElement);
const platform = readPlatform(navigator);
const choices = loadChoices(localStorage);
const ICONS = {
  waiting: "circle",
  running: "refresh-cw",
  passed: "circle-check",
  warned: "triangle-alert",
  failed: "circle-x",
  skipped: "minus",
};
const VERDICT_ICONS = { good: "circle-check", weak: "triangle-alert", bad: "circle-x" };

const pickers = new Pickers({
  chosen: { microphone: choices.microphone, camera: choices.camera, speaker: choices.speaker },
  onPick: (pick, id) => saveChoices(localStorage, { [pick]: id }),
});

/** @type {Map<StepId, HTMLElement>} */
const rows = new Map(
  STEPS.map((id) => {
    const row = copyTemplate("step-template", HTMLLIElement);
    row.dataset["step"] = id;
    setText(part(row, "name", HTMLElement), nameStep(id));
    return [id, row];
  }),
);
byId("steps", HTMLOListElement).replaceChildren(...rows.values());

/** @type {TestRunner | null} */
let runner = null;
let over = false;

/** @param {StepId} id */
function showStep(id) {
  const row = rows.get(id);
  const outcome = runner?.outcomes.get(id);
  if (row === undefined || outcome === undefined) return;
  row.dataset["state"] = outcome.state;
  setIcon(part(row, "mark", HTMLElement), ICONS[outcome.state]);
  setText(part(row, "state", HTMLElement), nameState(outcome.state));
  setText(part(row, "finding", HTMLElement), outcome.finding);
  const advice = part(row, "advice", HTMLElement);
  setText(advice, outcome.advice);
  advice.hidden = outcome.advice === "";
  if (over) showResult();
}

/** @param {MediaStreamTrack | null} track */
async function showPicture(track) {
  const video = byId("preview", HTMLVideoElement);
  setPicture(video, track);
  byId("preview-off", HTMLElement).hidden = track !== null;
  if (track === null) {
    showGauge(-100);
    return { dark: false, size: "" };
  }
  await Promise.race([
    new Promise((resolve) => video.addEventListener("loadeddata", resolve, { once: true })),
    new Promise((resolve) => setTimeout(resolve, 5000)),
  ]);
  await new Promise((resolve) => setTimeout(resolve, 700)); // the first pictures of many cameras are dark
  const size = video.videoWidth > 0 ? `${video.videoWidth}×${video.videoHeight}` : "";
  return { dark: size === "" || brightness(video) < 6, size };
}

/** The mean of all colours, 0 to 255. @param {HTMLVideoElement} video */
function brightness(video) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [32, 18];
  const pen = canvas.getContext("2d");
  if (pen === null) return 255;
  pen.drawImage(video, 0, 0, canvas.width, canvas.height);
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let index = 0; index < data.length; index += 4) sum += (data[index] ?? 0) + (data[index + 1] ?? 0) + (data[index + 2] ?? 0);
  return sum / (data.length / 4) / 3;
}

function askSpeaker() {
  runner?.set("speaker", { state: "running", finding: t("bấm Nghe thử loa rồi trả lời"), advice: "" });
  byId("speaker-question", HTMLElement).hidden = false;
}

/** @param {boolean} heard */
function answerSpeaker(heard) {
  byId("speaker-question", HTMLElement).hidden = true;
  runner?.set("speaker", heard ? pass(t("nghe được")) : fail(t("không nghe được"), adviseOnSpeaker(platform)));
  if (over && pageValue(page, "auto") === "yes") void send();
}

async function run() {
  start.disabled = true;
  over = false;
  result.hidden = true;
  const { microphone, camera } = pickers.chosen;
  runner = new TestRunner({
    url: socketAddress(page),
    platform,
    microphone,
    camera,
    onStep: showStep,
    onLevel: showGauge,
    onPicture: showPicture,
    askSpeaker,
  });
  for (const id of STEPS) showStep(id);
  try {
    await runner.run();
  } finally {
    start.disabled = false;
    setText(part(start, "text", HTMLElement), t("Kiểm tra lại"));
  }
  await pickers.refresh();
  over = true;
  showResult();
  result.hidden = false;
  result.focus();
  if (pageValue(page, "auto") === "yes") await send();
}

function showResult() {
  if (runner === null) return;
  const verdict = judge(runner.outcomes);
  result.dataset["verdict"] = verdict;
  setIcon(byId("verdict", HTMLElement), VERDICT_ICONS[verdict]);
  setText(part(byId("verdict", HTMLElement), "text", HTMLElement), nameVerdict(verdict));
  byId("report-text", HTMLTextAreaElement).value = describe();
}

function describe() {
  if (runner === null) return "";
  return writeReport({
    verdict: judge(runner.outcomes),
    outcomes: runner.outcomes,
    platform: namePlatform(platform),
    who: pageValue(page, "who"),
    when: `${clockTime(Date.now())} ${new Date().toLocaleDateString("vi-VN")}`,
    server: location.host,
  });
}

async function send() {
  if (runner === null) return;
  const { outcomes, figures } = runner;
  const steps = STEPS.map((id) => ({ id, state: outcomes.get(id)?.state, finding: outcomes.get(id)?.finding.slice(0, 200) }));
  const body = { state: judge(outcomes), platform: namePlatform(platform), steps, figures };
  const answer = await fetch(pageValue(page, "report"), {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": pageValue(page, "csrf") },
    body: JSON.stringify(body),
  }).catch(() => null);
  say(
    answer?.ok
      ? t("Đã gửi báo cáo. Cán bộ kỹ thuật xem được kết quả này.")
      : t("Chưa gửi được báo cáo. Hãy sao chép hoặc tải về rồi gửi cho cán bộ kỹ thuật."),
  );
}

/** @param {string} text */
function say(text) {
  setText(byId("report-said", HTMLElement), text);
}

async function copy() {
  const area = byId("report-text", HTMLTextAreaElement);
  try {
    await navigator.clipboard.writeText(area.value);
    say(t("Đã sao chép báo cáo."));
  } catch {
    area.closest("details")?.setAttribute("open", "");
    area.select(); // where the browser does not let us, the person can
    say(t("Báo cáo đã được chọn: bấm Ctrl+C để sao chép."));
  }
}

function download() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([describe()], { type: "text/plain;charset=utf-8" }));
  link.download = `kiem-tra-ket-noi-${new Date().toISOString().slice(0, 16).replace(/[:T]/g, "-")}.txt`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** @param {string} id of a button @param {() => unknown} call */
function onPress(id, call) {
  byId(id, HTMLButtonElement).addEventListener("click", () => void call());
}

onPress("start", run);
onPress("heard-play", () => byId("speaker-test", HTMLButtonElement).click());
onPress("heard-yes", () => answerSpeaker(true));
onPress("heard-no", () => answerSpeaker(false));
onPress("report-send", send);
onPress("report-copy", copy);
onPress("report-download", download);
start.disabled = false;
void pickers.refresh();
