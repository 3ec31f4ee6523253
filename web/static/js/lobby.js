/** Entry of the lobby: try the devices, choose how to come in, wait until the room opens. */
import { loadChoices, saveChoices } from "./choices.js";
import { onDeviceChange } from "./devices.js";
import { byId, pageValue, part, setText } from "./elements.js";
import { showGauge } from "./gauge.js";
import { clockTime, readCatalogue, t } from "./i18n.js";
import { wireModes } from "./lobby-modes.js";
import { MyMedia } from "./my-media.js";
import { NetworkChip } from "./network-chip.js";
import { countDown } from "./opening.js";
import { Pickers } from "./pickers.js";
import { setPicture } from "./picture.js";
import { showSilence, showTrouble } from "./trouble-view.js";

/** @typedef {"microphone" | "camera"} Source */

readCatalogue(document);

const page = byId("lobby", HTMLElement);

function prepareDevices() {
  const choices = loadChoices(localStorage);
  const media = new MyMedia({
    publish: () => {}, // nothing leaves this page
    onChange: () => show(),
    onLost: () => {}, // the page shows it where the device stands
    onLevel: showGauge,
    microphone: choices.microphone,
    camera: choices.camera,
    hall: choices.hall,
  });
  const pickers = new Pickers({
    chosen: { microphone: choices.microphone, camera: choices.camera, speaker: choices.speaker },
    onPick: (pick, id) => {
      saveChoices(localStorage, { [pick]: id });
      if (pick !== "speaker") void media.useDevice(pick, id);
    },
  });

  const show = () => {
    const { microphone, camera, dead } = media.mine;
    showPicture(camera.track);
    showSwitch("microphone", microphone);
    showSwitch("camera", camera);
    showInsecure(microphone.trouble === "insecure" || camera.trouble === "insecure");
    setText(byId("gauge-text", HTMLElement), describeGauge(microphone.on, dead));
    showSilence(byId("gauge-steps", HTMLElement), microphone.on && dead);
    byId("gauge", HTMLElement).hidden = !microphone.on;
  };

  /** @param {Source} source @param {boolean} on */
  const turn = async (source, on) => {
    await (source === "microphone" ? media.setMicrophone(on) : media.setCamera(on));
    if (source === "microphone" && !on) media.stopMicrophone();
    await pickers.refresh();
    show();
  };

  /** @param {Source} source @param {boolean} wanted */
  const wire = (source, wanted) => {
    const box = byId(`with-${source}`, HTMLInputElement);
    box.checked = wanted;
    box.addEventListener("change", () => {
      const { checked } = box;
      saveChoices(localStorage, source === "microphone" ? { withMicrophone: checked } : { withCamera: checked });
      void turn(source, box.checked);
    });
    const retry = part(byId(`${source}-trouble`, HTMLElement), "retry", HTMLButtonElement);
    retry.addEventListener("click", () => void turn(source, true));
  };

  /** A second device in a room is never heard, and opens no microphone. @param {import("./lobby-modes.js").Mode} mode */
  const useMode = async (mode) => {
    const box = byId("with-microphone", HTMLInputElement);
    const companion = mode === "companion";
    byId("microphone-line", HTMLElement).hidden = companion;
    byId("gauge-line", HTMLElement).hidden = companion;
    await media.setHall(mode === "hall");
    // One after another: two questions of the browser at once confuse.
    await turn("microphone", box.checked && !companion);
    await turn("camera", byId("with-camera", HTMLInputElement).checked);
  };

  wire("microphone", choices.withMicrophone);
  wire("camera", choices.withCamera);
  show();
  onDeviceChange(() => void media.retryLost().then(show));
  let work = Promise.resolve();
  wireModes(choices, (mode) => (work = work.then(() => useMode(mode))));
}

/** @param {MediaStreamTrack | null} track */
function showPicture(track) {
  setPicture(byId("preview", HTMLVideoElement), track);
  byId("preview-off", HTMLElement).hidden = track !== null;
}

/** @param {Source} source @param {import("./my-media.js").Input} input */
function showSwitch(source, { on, opening, trouble }) {
  const wanted = byId(`with-${source}`, HTMLInputElement).checked;
  setText(byId(`${source}-state`, HTMLElement), describeInput(on, opening, wanted));
  if (source === "camera" && !opening) {
    const none = wanted ? t("Chưa có hình.") : t("Vào họp không có hình. Mọi người vẫn thấy tên của bạn.");
    setText(byId("preview-text", HTMLElement), none);
  }
  const place = byId(`${source}-trouble`, HTMLElement);
  place.hidden = trouble === null || !wanted;
  if (trouble !== null) showTrouble(part(place, "text", HTMLElement), part(place, "steps", HTMLElement), source, trouble);
}

/** @param {boolean} on @param {boolean} opening @param {boolean} wanted */
function describeInput(on, opening, wanted) {
  if (opening) return t("đang mở, hãy chọn Cho phép nếu trình duyệt hỏi");
  if (on) return t("đang chạy tốt");
  return wanted ? t("chưa dùng được") : t("không dùng");
}

/** Without HTTPS one sentence tells it for both, and there is nothing to try again. @param {boolean} insecure */
function showInsecure(insecure) {
  byId("insecure-why", HTMLElement).hidden = !insecure;
  byId("gauge-line", HTMLElement).hidden = insecure; // it would promise a microphone in the room
  for (const source of ["microphone", "camera"]) {
    part(byId(`${source}-trouble`, HTMLElement), "retry", HTMLButtonElement).hidden = insecure;
  }
  const second = byId("camera-trouble", HTMLElement);
  second.hidden ||= insecure && !byId("microphone-trouble", HTMLElement).hidden;
}

/** @param {boolean} on @param {boolean} dead */
function describeGauge(on, dead) {
  if (!on) return t("Vào họp không có micro. Có thể bật micro trong phòng họp.");
  if (dead)
    return t("Micro đang bật nhưng không có tiếng. Kiểm tra công tắc trên micro và dây cắm, hoặc chọn micro khác.");
  return t("Nói thử vài câu: vạch xanh phải chạy theo tiếng nói.");
}

function waitForOpening() {
  const opens = Date.parse(pageValue(page, "opens"));
  const enter = byId("enter", HTMLButtonElement);
  const text = byId("countdown", HTMLElement);
  if (!enter.disabled) return;
  void countDown(opens, pageValue(page, "lobby"), {
    onTick: (left) =>
      setText(text, t("Phòng họp mở lúc {time}, còn {left}.", { time: clockTime(opens), left: nameLength(left) })),
    onOpen: () => {
      text.hidden = true;
      enter.disabled = false;
      setText(byId("opened", HTMLElement), t("Phòng họp đã mở. Bấm Vào họp."));
    },
  });
}

/** @param {number} ms */
function nameLength(ms) {
  const seconds = Math.ceil(ms / 1000);
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return t("{days} ngày {hours} giờ", { days, hours });
  if (hours > 0) return t("{hours} giờ {minutes} phút", { hours, minutes });
  if (minutes > 0) return t("{minutes} phút {seconds} giây", { minutes, seconds: seconds % 60 });
  return t("{seconds} giây", { seconds });
}

// A form that is sent by GET would leave a lone question mark in the address.
const form = byId("enter-form", HTMLFormElement);
form.addEventListener("submit", (event) => {
  if (form.method !== "get") return;
  event.preventDefault();
  location.assign(form.action);
});

if (pageValue(page, "sends") === "yes") prepareDevices();
new NetworkChip().start();
waitForOpening();
