/** Entry of the hall's big screen: it only shows, makes no sound, and comes back by itself for as long as it is open. */
import { keepAwake } from "./awake.js";
import { Connection } from "./connection.js";
import { byId, setText, socketAddress } from "./elements.js";
import { clockLength, clockTime, readCatalogue, t } from "./i18n.js";
import { watchNetwork } from "./network.js";
import { createPeer, waysThrough } from "./peer.js";
import { setPicture } from "./picture.js";
import { chooseScene, pauseAfter, wishFor } from "./projection-scene.js";
import { Receiver } from "./receiver.js";
import { shortName } from "./person-words.js";
import { findDiscussed, reduce, timeInSession } from "./room-state.js";

readCatalogue(document);

/** After the connection itself has given up, in milliseconds. */
const AGAIN = 10_000;

const page = byId("projection", HTMLElement);
const large = byId("projection-large", HTMLVideoElement);
const small = byId("projection-small", HTMLVideoElement);

/** @type {import("./room-state.js").RoomState | null} */
let state = null;
/** @type {import("./receiver.js").Incoming[]} */
let incoming = [];
/** @type {RTCConfiguration} */
let ways = waysThrough([], false);
let wished = "";

const connection = new Connection({
  url: socketAddress(page),
  name: null,
  onMessage: receive,
  onLink: follow,
});
const receiver = new Receiver({
  send: (message) => connection.send(message),
  create: () => createPeer(ways),
  onIncoming: (tracks) => {
    incoming = tracks;
    show();
  },
  onSounds: () => {}, // the hall's own loudspeakers belong to its meeting device
  onLink: () => {},
  onFailure: (error) => {
    console.error("The pictures could not be set up:", error);
    receiver.close();
    connection.send({ type: "restart", connection: "receive" });
  },
});

/** @param {import("./wire.js").ServerMessage} message */
function receive(message) {
  state = reduce(state, message, Date.now());
  switch (message.type) {
    case "joined":
      ways = waysThrough(message.ice_servers, false);
      receiver.useWays(ways);
      wished = "";
      break;
    case "offer":
      receiver.takeOffer(message);
      break;
    case "slots":
      receiver.takeSlots(message.slots);
      break;
    case "notice":
      if (message.code === "media_restarted") receiver.close();
      break;
    case "error":
      if (message.code === "too_fast") receiver.askLater();
      break;
    default:
  }
  show();
}

/** @param {import("./connection.js").Link} link */
function follow(link) {
  setText(byId("projection-link", HTMLElement), describeLink(link));
  if (link.state === "lost") setTimeout(() => connection.retry(), AGAIN);
  if (link.state !== "closed") return;
  receiver.close();
  state = null;
  show();
  const pause = pauseAfter(link.why);
  if (pause === null) return;
  // A page of an older release than the server's must be loaded anew.
  setTimeout(() => (link.why === "protocol" ? location.reload() : connection.start()), pause);
}

/** @param {import("./connection.js").Link} link */
function describeLink(link) {
  switch (link.state) {
    case "joined":
      return "";
    case "connecting":
      return t("Đang kết nối");
    case "waiting":
      return t("Chờ người điều hành cho vào phòng");
    case "reconnecting":
      return t("Mất kết nối, đang nối lại, lần {attempt}", { attempt: link.attempt });
    case "lost":
      return t("Mất kết nối, sẽ tự nối lại");
    case "closed":
      return describeEnd(link.why);
  }
}

/** @param {import("./connection.js").Why} why */
function describeEnd(why) {
  switch (why) {
    case "early":
      return t("Phòng họp chưa mở. Màn hình này tự vào khi phòng mở.");
    case "ended":
      return t("Cuộc họp đã kết thúc.");
    case "elsewhere":
      return t("Màn hình lớn của tài khoản này đã mở ở nơi khác. Tải lại trang để chuyển về đây.");
    case "sign_in":
      return t("Phiên đăng nhập đã hết. Hãy đăng nhập lại rồi mở lại trang này.");
    case "refused":
      return t("Tài khoản này không vào được phòng họp. Hãy liên hệ thư ký cuộc họp.");
    default:
      return t("Chưa vào được phòng họp, sẽ tự thử lại.");
  }
}

function show() {
  const scene = state === null ? null : chooseScene(state);
  const screen = scene === null || scene.screen === null ? null : findMedia(scene.screen);
  const camera = scene === null || scene.camera === null ? null : findMedia(scene.camera);
  setPicture(large, screen ?? camera);
  setPicture(small, screen === null ? null : camera);
  page.dataset["scene"] = screen !== null ? "screen" : camera !== null ? "camera" : "name";
  const speaker = scene?.speaker ?? null;
  setText(byId("projection-name", HTMLElement), speaker?.name ?? "");
  const detail = speaker?.detail ?? "";
  setText(byId("projection-detail", HTMLElement), detail === shortName(speaker?.name ?? "") ? "" : detail);
  byId("projection-label", HTMLElement).hidden = speaker === null;
  setText(
    byId("projection-presenter", HTMLElement),
    screen !== null && scene?.presenter ? t("{name} đang trình bày", { name: scene.presenter.name }) : "",
  );
  byId("projection-recording", HTMLElement).hidden = !(state?.room.recording.on ?? false);
  tick();
  wish(scene);
}

/** @param {import("./projection-scene.js").Scene | null} scene */
function wish(scene) {
  if (scene === null || connection.link.state !== "joined") return;
  const tracks = wishFor(scene, innerHeight * devicePixelRatio);
  const text = JSON.stringify(tracks);
  if (text !== wished && connection.send({ type: "view", tracks, audio: false, limit: null })) wished = text;
}

/** @param {string} track */
function findMedia(track) {
  return incoming.find((one) => one.track === track)?.media ?? null;
}

function tick() {
  const now = Date.now();
  setText(byId("projection-clock", HTMLElement), clockTime(now + (state?.ahead ?? 0)));
  const discussed = state === null ? null : findDiscussed(state, now);
  setText(
    byId("projection-item", HTMLElement),
    discussed === null
      ? ""
      : t("Mục {place}/{count}: {title}", { place: discussed.place + 1, count: discussed.count, title: discussed.title }),
  );
  const spent = discussed?.spent ?? (state === null ? null : timeInSession(state, now));
  setText(byId("projection-spent", HTMLElement), spent === null ? "" : clockLength(spent));
}

byId("projection-full", HTMLButtonElement).addEventListener("click", () => {
  void (document.fullscreenElement === null ? document.documentElement.requestFullscreen() : document.exitFullscreen());
});
document.addEventListener("fullscreenchange", () => {
  byId("projection-full", HTMLButtonElement).hidden = document.fullscreenElement !== null;
});
watchNetwork({
  onGone: () => connection.suspect(),
  onChange: () => {
    connection.suspect();
    connection.retry();
    receiver.networkChanged();
  },
});
addEventListener("resize", () => show());
setInterval(tick, 1000);
keepAwake();
show();
connection.start();
