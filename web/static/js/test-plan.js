/**
 * The steps of a connection test, and what their outcomes mean together. Pure.
 *
 * @typedef {"browser" | "secure" | "microphone" | "camera" | "speaker" | "socket" | "udp" | "tcp" | "relay" | "loop"
 *   | "loss" | "rate"} StepId
 * @typedef {"waiting" | "running" | "passed" | "warned" | "failed" | "skipped"} StepState
 * @typedef {{ state: StepState, finding: string, advice: string }} Outcome
 *   `finding`: what was seen, a few words; `advice`: what it means and what to do, empty when all is well
 * @typedef {{ route: string, up: number | null, down: number | null, lossUp: number | null, lossDown: number | null,
 *   roundTrip: number | null }} Figures  bit/s, parts of 1, milliseconds; `route`: "udp", "tcp", "relay" or ""
 * @typedef {"good" | "weak" | "bad"} Verdict
 */
import { number, t } from "./i18n.js";
import { adviseOnLoop, adviseOnQuiet } from "./test-advice.js";

/** @type {StepId[]} in the order in which they run and stand on the page */
export const STEPS = [
  "browser",
  "secure",
  "microphone",
  "camera",
  "speaker",
  "socket",
  "udp",
  "tcp",
  "relay",
  "loop",
  "loss",
  "rate",
];

/** @returns {Map<StepId, Outcome>} */
export function beginPlan() {
  return new Map(STEPS.map((id) => [id, { state: "waiting", finding: "", advice: "" }]));
}

/** @param {string} finding @returns {Outcome} */
export function pass(finding) {
  return { state: "passed", finding, advice: "" };
}

/** @param {string} finding @param {string} advice @returns {Outcome} */
export function warn(finding, advice) {
  return { state: "warned", finding, advice };
}

/** @param {string} finding @param {string} advice @returns {Outcome} */
export function fail(finding, advice) {
  return { state: "failed", finding, advice };
}

/** @param {string} finding @returns {Outcome} */
export function skip(finding) {
  return { state: "skipped", finding, advice: "" };
}

/** A meeting needs these; without any of the others it is only less comfortable. @type {StepId[]} */
const NEEDED = ["browser", "secure", "microphone", "socket", "loop"];
/** One way for sound and picture is enough. @type {StepId[]} */
const WAYS = ["udp", "tcp", "relay"];

/**
 * The whole in one word. That one of several ways is closed is no weakness as long as the fastest one, UDP, is open.
 * @param {ReadonlyMap<StepId, Outcome>} outcomes
 * @returns {Verdict}
 */
export function judge(outcomes) {
  const is = (/** @type {StepId} */ id, /** @type {StepState[]} */ ...states) =>
    states.includes(outcomes.get(id)?.state ?? "waiting");
  if (NEEDED.some((id) => is(id, "failed")) || is("rate", "failed") || !WAYS.some((id) => is(id, "passed", "warned"))) {
    return "bad";
  }
  const others = STEPS.filter((id) => !WAYS.includes(id));
  return others.some((id) => is(id, "failed", "warned")) || !is("udp", "passed") ? "weak" : "good";
}

/**
 * What the rate allows. A meeting needs about 40 kbit/s for sound, 150 for a small picture; 1 Mbit/s down and half of it
 * up carry everything that the room shows.
 * @param {number} up bit/s @param {number} down bit/s
 * @returns {Outcome}
 */
export function judgeRate(up, down) {
  const finding = t("gửi {up}, nhận {down}", { up: nameRate(up), down: nameRate(down) });
  if (up >= 500_000 && down >= 1_000_000) return pass(finding);
  if (up >= 60_000 && down >= 60_000) {
    return warn(
      finding,
      t(
        "Đường truyền đủ cho tiếng, hình sẽ nhỏ. Hãy bật “Mạng yếu” khi vào họp, dùng dây mạng thay Wi-Fi và tắt các chương trình đang tải dữ liệu.",
      ),
    );
  }
  return fail(
    finding,
    t("Đường truyền quá chậm để nghe rõ. Hãy dùng dây mạng hoặc mạng khác, hoặc chuẩn bị vào họp bằng điện thoại."),
  );
}

/**
 * What came back of sound and picture. Pictures alone: the network is good, and the microphone gives nothing to send.
 * @param {string} finding @param {number} frames @param {number} heard
 */
export function judgeRound(finding, frames, heard) {
  if (frames > 0) return heard > 0 ? pass(finding) : warn(finding, adviseOnQuiet());
  return fail(finding, adviseOnLoop());
}

/**
 * @param {number} loss the worse direction, part of 1
 * @param {number | null} roundTrip milliseconds
 * @returns {Outcome}
 */
export function judgeLoss(loss, roundTrip) {
  const lost = nameShare(loss);
  const finding =
    roundTrip === null
      ? t("mất {loss} gói", { loss: lost })
      : t("mất {loss} gói, khứ hồi {ms} ms", { loss: lost, ms: Math.round(roundTrip) });
  if (loss < 0.02 && (roundTrip ?? 0) < 300) return pass(finding);
  if (loss < 0.15 && (roundTrip ?? 0) < 1000) {
    return warn(
      finding,
      t("Tiếng vẫn nghe được nhưng có lúc ngắt hoặc chậm. Hãy dùng dây mạng, ngồi gần bộ phát Wi-Fi, bật “Mạng yếu”."),
    );
  }
  return fail(
    finding,
    t("Mất gói hoặc trễ quá nhiều, người nghe sẽ mất chữ. Hãy đổi sang dây mạng hoặc mạng khác rồi kiểm tra lại."),
  );
}

/** @param {number} rate bit/s */
export function nameRate(rate) {
  const kilo = rate / 1000;
  return kilo >= 1000
    ? t("{n} Mbit/s", { n: number(kilo / 1000, kilo < 10_000 ? 1 : 0) })
    : t("{n} kbit/s", { n: number(kilo) });
}

/** @param {number} share */
function nameShare(share) {
  return `${number(share * 100, 1)}\u00a0%`;
}

/** @param {StepId} id @returns {string} */
export function nameStep(id) {
  switch (id) {
    case "browser":
      return t("Trình duyệt");
    case "secure":
      return t("Kết nối bảo mật (HTTPS)");
    case "microphone":
      return t("Micro");
    case "camera":
      return t("Camera");
    case "speaker":
      return t("Loa");
    case "socket":
      return t("Kết nối tới máy chủ");
    case "udp":
      return t("Tiếng và hình qua UDP");
    case "tcp":
      return t("Tiếng và hình qua TCP");
    case "relay":
      return t("Tiếng và hình qua máy chủ chuyển tiếp");
    case "loop":
      return t("Gửi đi và nhận lại tiếng, hình");
    case "rate":
      return t("Tốc độ đường truyền");
    case "loss":
      return t("Mất gói và độ trễ");
  }
}

/** @param {StepState} state @returns {string} */
export function nameState(state) {
  switch (state) {
    case "waiting":
      return t("Chờ");
    case "running":
      return t("Đang kiểm tra");
    case "passed":
      return t("Đạt");
    case "warned":
      return t("Cần lưu ý");
    case "failed":
      return t("Không đạt");
    case "skipped":
      return t("Bỏ qua");
  }
}

/** @param {Verdict} verdict @returns {string} */
export function nameVerdict(verdict) {
  switch (verdict) {
    case "good":
      return t("Sẵn sàng vào họp");
    case "weak":
      return t("Vào họp được, có chỗ cần lưu ý");
    case "bad":
      return t("Chưa sẵn sàng");
  }
}

/**
 * The report as a person reads it, for a message or a file.
 * @param {{ verdict: Verdict, outcomes: ReadonlyMap<StepId, Outcome>, platform: string, who: string, when: string,
 *   server: string }} report
 */
export function writeReport({ verdict, outcomes, platform, who, when, server }) {
  const lines = [
    t("BÁO CÁO KIỂM TRA KẾT NỐI"),
    t("Kết quả: {verdict}", { verdict: nameVerdict(verdict) }),
    t("Người kiểm tra: {who}", { who }),
    t("Thời gian: {when}", { when }),
    t("Máy chủ: {server}", { server }),
    t("Thiết bị: {platform}", { platform }),
    "",
  ];
  STEPS.forEach((id, index) => {
    const { state, finding, advice } = outcomes.get(id) ?? { state: "waiting", finding: "", advice: "" };
    const found = finding === "" ? "" : ` – ${finding}`;
    lines.push(`${index + 1}. ${nameStep(id)}: ${nameState(state)}${found}`);
    if (advice !== "") lines.push(`   ${advice}`);
  });
  return `${lines.join("\n")}\n`;
}
