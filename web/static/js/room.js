/** Entry of the room page: joins the files around it. */
import { act, muteOther, removeOther, retryInputs } from "./actions.js";
import { keepAwake } from "./awake.js";
import { loadChoices, saveChoices } from "./choices.js";
import { canShareScreen } from "./devices.js";
import { openDialog } from "./dialogs.js";
import { byId, pageValue } from "./elements.js";
import { readCatalogue } from "./i18n.js";
import { listenToKeys } from "./keys.js";
import { LinkWatch } from "./link-watch.js";
import { Pickers } from "./pickers.js";
import { RoomSession } from "./room-session.js";
import { RoomView } from "./room-view.js";
import { Sound } from "./sound.js";
import { layoutOf } from "./stage.js";

readCatalogue(document);

const page = byId("room", HTMLElement);
const leftUrl = pageValue(page, "left");
const canSend = pageValue(page, "role") !== "observer";
const choices = loadChoices(localStorage);
const sound = new Sound(choices.speaker);

/** @type {import("./tiles.js").Wish} */
let wish = { layout: choices.layout, pinned: null };
let showing = false;

const session = new RoomSession({
  url: new URL(pageValue(page, "socket"), location.href).href.replace(/^http/, "ws"),
  name: pageValue(page, "guest") || null,
  microphone: choices.microphone,
  camera: choices.camera,
  onChange: show,
  onIncoming: (incoming) => sound.show(incoming),
  onLevel: (level) => view.bar.showLevel(level),
  onNews: tell,
  onMuted: () => saveChoices(localStorage, { withMicrophone: false }),
  onRecorded: () => void noticeRecording(),
  onEnd: (why, reason) => void finish(why, reason),
});

const view = new RoomView({
  onAction: (action) => void act(session, tell, action),
  onMute: (id) => void muteOther(session, id),
  onRemove: (id) => void removeOther(session, id),
  onItem: (item) => void session.send({ type: "agenda", item }),
  onChat: (text) => session.send({ type: "chat", text }),
  onRetry: () => (session.connection.link.state === "closed" ? location.reload() : session.connection.retry()),
  onPin: (key) => {
    wish = { ...wish, pinned: wish.pinned === key ? null : key };
    show();
  },
  onLayout: () => {
    const grid = layoutOf(wish.layout, session.state?.participants.length ?? 0) === "grid";
    wish = { layout: grid ? "speaker" : "grid", pinned: null };
    saveChoices(localStorage, { layout: wish.layout });
    show();
  },
  canSend,
  canShare: canShareScreen(),
});

const pickers = new Pickers({
  chosen: { microphone: choices.microphone, camera: choices.camera, speaker: choices.speaker },
  onPick: (pick, id) => {
    saveChoices(localStorage, { [pick]: id });
    if (pick === "speaker") void sound.useSpeaker(id);
    else void session.media.useDevice(pick, id);
  },
});

const watch = new LinkWatch({ read: () => session.readLinks(), onChange: show });

/** Show everything, once for all that changed in this turn. */
function show() {
  if (showing) return;
  showing = true;
  queueMicrotask(() => {
    showing = false;
    const { state, links, stuck, incoming, media, connection } = session;
    view.show(state, { link: connection.link, media: links, stuck, mine: media.mine, incoming, levels: watch.levels, wish });
  });
}

/** @param {import("./news.js").News} news */
function tell(news) {
  view.notes.tell(news);
}

async function noticeRecording() {
  if ((await openDialog("recorded")) === "leave") session.connection.leave();
}

/** @param {import("./connection.js").Why} why @param {string} reason */
async function finish(why, reason) {
  switch (why) {
    case "left":
    case "ended":
      return location.assign(`${leftUrl}?reason=${why}`);
    case "refused":
      return location.assign(`${leftUrl}?reason=${reason === "removed" ? "removed" : "closed"}`);
    case "sign_in":
    case "early":
      return location.assign(pageValue(page, "lobby"));
    case "elsewhere":
      if ((await openDialog("elsewhere")) !== "back") return location.assign(`${leftUrl}?reason=replaced`);
      session.takeBack();
      return openInputs();
    case "protocol":
      return undefined; // the banner offers to load the page again
  }
}

async function openInputs() {
  if (!canSend) return;
  const { withMicrophone, withCamera } = loadChoices(localStorage);
  await Promise.all([
    withMicrophone ? session.media.setMicrophone(true) : undefined,
    withCamera ? session.media.setCamera(true) : undefined,
  ]);
  await pickers.refresh();
}

/** @param {string} id of a button @param {() => void} call */
function onPress(id, call) {
  byId(id, HTMLButtonElement).addEventListener("click", call);
}

function openDevices() {
  void pickers.refresh();
  void openDialog("devices");
}

function wireTools() {
  const letters = byId("letters", HTMLInputElement);
  letters.checked = choices.letters;
  letters.addEventListener("change", () => saveChoices(localStorage, { letters: letters.checked }));
  listenToKeys({
    useLetters: () => letters.checked,
    onLetter: (letter) => {
      if (canSend || letter === "hand") void act(session, tell, letter);
    },
    onTalk: (on) => {
      if (canSend) void session.talk(on);
    },
    onHelp: () => void openDialog("shortcuts"),
  });
  onPress("shortcuts-open", () => void openDialog("shortcuts"));
  onPress("devices-open", openDevices);
  onPress("device-retry", () => void retryInputs(session, tell));
  onPress("dead-microphone-devices", openDevices);
  onPress("fullscreen", () => {
    void (document.fullscreenElement === null
      ? document.documentElement.requestFullscreen()
      : document.exitFullscreen());
  });
}

/** Nobody looks at a hidden page. */
function watchLinks() {
  if (document.hidden) watch.stop();
  else watch.start();
}

addEventListener("online", () => session.networkChanged());
addEventListener("offline", () => session.connection.suspect()); // the socket itself would notice only much later
wireTools();
keepAwake();
show();
session.connection.start();
document.addEventListener("visibilitychange", watchLinks);
watchLinks();
void openInputs();
