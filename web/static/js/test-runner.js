/** Runs the steps of a connection test one after another and tells of each. What people see is the page's matter. */
import { explainTrouble, nameTrouble } from "./device-words.js";
import { DeviceError, openCamera, openMicrophone } from "./devices.js";
import { number, t } from "./i18n.js";
import { watchLevel } from "./levels.js";
import { Loopback, makePicture, makeSound, NoSuchWay } from "./loopback.js";
import { namePlatform } from "./platform.js";
import {
  adviseOnBrowser,
  adviseOnDark,
  adviseOnLoop,
  adviseOnPermission,
  adviseOnQuiet,
  adviseOnSocket,
  adviseOnSystem,
  adviseOnWays,
  isOld,
} from "./test-advice.js";
import { beginPlan, fail, judgeLoss, judgeRate, judgeRound, pass, skip, warn } from "./test-plan.js";
import { TestBroken, TestSocket } from "./test-socket.js";

/** @typedef {import("./test-plan.js").StepId} StepId */
/** @typedef {import("./test-plan.js").Outcome} Outcome */
/** @typedef {import("./loopback.js").Way} Way */

/** How long somebody may take to say a word, and how loud it must be in dBFS. */
const LISTEN = 8000;
const HEARD = -50;
/** How long sound and picture go round, in milliseconds. */
const ROUND = 6000;
/** Too many tests at a time (PROTOCOL.md, close codes). */
const BUSY = 4413;

/** @type {Record<Way, string>} */
const WAY_NAMES = { udp: "UDP", tcp: "TCP", relay: "TURN" };

export class TestRunner {
  outcomes = beginPlan();
  /** @type {import("./test-plan.js").Figures} */
  figures = { route: "", up: null, down: null, lossUp: null, lossDown: null, roundTrip: null };
  /** @type {MediaStreamTrack | null} */ #microphone = null;
  /** @type {MediaStreamTrack | null} */ #camera = null;

  /**
   * @param {{ url: string, platform: import("./platform.js").Platform, microphone: string | null, camera: string | null,
   *   onStep: (id: StepId) => void, onLevel: (level: number) => void,
   *   onPicture: (track: MediaStreamTrack | null) => Promise<{ dark: boolean, size: string }>,
   *   askSpeaker: () => void }} parts
   *   `onPicture` shows the picture and tells what it is like; `askSpeaker` begins the test that a person must answer
   */
  constructor(parts) {
    this.parts = parts;
  }

  /** @param {StepId} id @param {Outcome} outcome */
  set(id, outcome) {
    this.outcomes.set(id, outcome);
    this.parts.onStep(id);
  }

  async run() {
    try {
      await this.#runAll();
    } finally {
      this.#stop();
    }
  }

  async #runAll() {
    await this.#step("browser", async () => this.#checkBrowser());
    await this.#step("secure", async () =>
      globalThis.isSecureContext
        ? pass(location.protocol === "https:" ? t("trang mở bằng HTTPS") : t("trang mở ngay trên máy chủ"))
        : fail(t("trang không mở bằng HTTPS"), explainTrouble("microphone", "insecure")),
    );
    await this.#step("microphone", () => this.#checkMicrophone());
    await this.#step("camera", () => this.#checkCamera());
    this.parts.askSpeaker();
    await this.#checkNetwork();
  }

  /** Let go of the devices. */
  #stop() {
    this.#microphone?.stop();
    this.#camera?.stop();
    this.#microphone = this.#camera = null;
    void this.parts.onPicture(null);
  }

  /** @param {StepId} id @param {() => Promise<Outcome>} check */
  async #step(id, check) {
    this.set(id, { state: "running", finding: "", advice: "" });
    this.set(id, await check());
  }

  #checkBrowser() {
    const { platform } = this.parts;
    const name = namePlatform(platform);
    if (typeof RTCPeerConnection !== "function" || typeof WebSocket !== "function") {
      return fail(name, adviseOnBrowser(platform));
    }
    if (isOld(platform)) return warn(t("{name}: bản cũ", { name }), adviseOnBrowser(platform));
    return pass(name);
  }

  async #checkMicrophone() {
    try {
      this.#microphone = await openMicrophone(this.parts.microphone);
    } catch (error) {
      return this.#blame("microphone", error);
    }
    const loudest = await listen(this.#microphone, this.parts.onLevel);
    const { label } = this.#microphone;
    return loudest > HEARD ? pass(label || t("nghe được tiếng")) : warn(t("chưa nghe tiếng"), adviseOnQuiet());
  }

  async #checkCamera() {
    try {
      this.#camera = await openCamera(this.parts.camera);
    } catch (error) {
      return this.#blame("camera", error);
    }
    const { dark, size } = await this.parts.onPicture(this.#camera);
    return dark ? warn(t("hình tối đen"), adviseOnDark()) : pass([this.#camera.label, size].filter(Boolean).join(", "));
  }

  /** @param {"microphone" | "camera"} source @param {unknown} error */
  #blame(source, error) {
    if (!(error instanceof DeviceError)) throw error;
    const { trouble } = error;
    const { platform } = this.parts;
    const more = { denied: adviseOnPermission, blocked: adviseOnSystem }[/** @type {string} */ (trouble)];
    const advice = [explainTrouble(source, trouble), more?.(platform) ?? ""].join(" ").trim();
    const finding = nameTrouble(trouble);
    // Without a camera a meeting can be followed and spoken in.
    return source === "camera" ? warn(finding, advice) : fail(finding, advice);
  }

  async #checkNetwork() {
    const socket = new TestSocket(this.parts.url);
    const tracks = { microphone: this.#microphone ?? makeSound(), camera: this.#camera ?? makePicture() };
    /** @type {Loopback | null} */
    let loop = null;
    try {
      /** @type {import("./peer.js").IceServer[]} */
      let iceServers = [];
      await this.#step("socket", async () => {
        try {
          ({ iceServers } = await socket.open());
          const ms = await socket.measureRoundTrip();
          this.figures.roundTrip = ms;
          return pass(t("khứ hồi {ms} ms", { ms: number(ms) }));
        } catch (error) {
          return blameSocket(error);
        }
      });
      if (this.outcomes.get("socket")?.state !== "passed") return this.#giveUp();
      loop = new Loopback(socket, iceServers, tracks);
      await this.#checkMedia(loop, iceServers.length > 0);
      await this.#step("rate", () => this.#checkRate(socket));
    } finally {
      loop?.close();
      socket.close();
      tracks.microphone.stop();
      tracks.camera.stop();
    }
  }

  /** @param {Loopback} loop @param {boolean} relayed */
  async #checkMedia(loop, relayed) {
    /** @type {Way[]} */
    const open = [];
    for (const way of /** @type {Way[]} */ (["udp", "tcp", "relay"])) {
      await this.#step(way, async () => {
        if (way === "relay" && !relayed) return skip(t("máy chủ không dùng máy chủ chuyển tiếp"));
        const outcome = await tryWay(loop, way, open[0] === "udp");
        if (outcome.state === "passed") open.push(way);
        return outcome;
      });
    }
    const [best] = open;
    if (best === undefined) {
      this.set("loop", fail(t("không có đường"), adviseOnLoop()));
      this.set("loss", skip(t("không đo được")));
      return;
    }
    await this.#step("loop", () => this.#goRound(loop, best));
    const { lossUp, lossDown, roundTrip } = this.figures;
    this.set(
      "loss",
      lossUp === null || lossDown === null
        ? skip(t("không đo được"))
        : judgeLoss(Math.max(lossUp, lossDown), roundTrip),
    );
  }

  /** @param {Loopback} loop @param {Way} way */
  async #goRound(loop, way) {
    try {
      await loop.send(way);
      await loop.receive(way);
    } catch (error) {
      if (!(error instanceof TestBroken)) throw error;
      return fail(t("không nhận lại được"), adviseOnLoop());
    }
    const route = (await loop.findRoute()) || way;
    this.figures.route = route;
    await pause(ROUND);
    const { sent, lost, received, missing, frames, heard, roundTrip } = await loop.read();
    this.figures.lossUp = sent > 0 ? Math.min(1, lost / sent) : null;
    this.figures.lossDown = received > 0 ? missing / (received + missing) : null;
    this.figures.roundTrip = roundTrip ?? this.figures.roundTrip;
    const finding = t("qua {way}: {frames} hình, {heard} gói tiếng", { way: WAY_NAMES[route], frames, heard });
    return judgeRound(finding, frames, heard);
  }

  /** @param {TestSocket} socket */
  async #checkRate(socket) {
    try {
      this.figures.down = await socket.measureDown();
      this.figures.up = await socket.measureUp();
      return judgeRate(this.figures.up, this.figures.down);
    } catch (error) {
      if (!(error instanceof TestBroken)) throw error;
      return fail(t("không đo được"), adviseOnSocket());
    }
  }

  #giveUp() {
    for (const id of /** @type {StepId[]} */ (["udp", "tcp", "relay", "loop", "loss", "rate"])) {
      this.set(id, skip(t("cần kết nối tới máy chủ trước")));
    }
  }
}

/** @param {Loopback} loop @param {Way} way @param {boolean} udp whether UDP is open */
async function tryWay(loop, way, udp) {
  try {
    const ms = await loop.send(way);
    return pass(t("mở trong {ms} ms", { ms: number(ms) }));
  } catch (error) {
    if (error instanceof NoSuchWay) return skip(t("máy chủ không mở đường này"));
    if (!(error instanceof TestBroken)) throw error;
    const blocked = t("bị chặn");
    return way === "udp" ? fail(blocked, adviseOnWays(false)) : warn(blocked, adviseOnWays(udp));
  }
}

/** @param {unknown} error */
function blameSocket(error) {
  if (!(error instanceof TestBroken)) throw error;
  return error.code === BUSY
    ? fail(t("nhiều người đang kiểm tra"), t("Máy chủ đang kiểm tra cho nhiều điểm cầu. Hãy thử lại sau một phút."))
    : fail(t("không kết nối được"), adviseOnSocket());
}

/**
 * The loudest level until a voice is heard, or the time is up.
 * @param {MediaStreamTrack} track @param {(level: number) => void} onLevel
 * @returns {Promise<number>}
 */
function listen(track, onLevel) {
  return new Promise((resolve) => {
    let loudest = -100;
    let heard = 0;
    const end = () => {
      clearTimeout(timer);
      stop();
      resolve(loudest);
    };
    const timer = setTimeout(end, LISTEN);
    const stop = watchLevel(track, (level) => {
      onLevel(level);
      loudest = Math.max(loudest, level);
      if (level > HEARD) heard += 1;
      if (heard === 5) end(); // a click of the cable is no voice
    });
  });
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
