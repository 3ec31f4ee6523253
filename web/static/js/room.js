/** Entry of the room page: joins the files around it. */
import { act, retryInputs, switchInput } from "./actions.js";
import { keepAwake } from "./awake.js";
import { changePolicy, closeVote, muteAll, openVote, refuseEntry, useTool, withdrawVote } from "./chair-actions.js";
import { loadChoices, saveChoices } from "./choices.js";
import { canShareScreen, onDeviceChange } from "./devices.js";
import { openDialog } from "./dialogs.js";
import { byId, pageValue, socketAddress } from "./elements.js";
import { Gate } from "./gate.js";
import { readCatalogue, t } from "./i18n.js";
import { listenToKeys } from "./keys.js";
import { watchNetwork } from "./network.js";
import { Pickers } from "./pickers.js";
import { askSite } from "./room-forms.js";
import { RoomSession } from "./room-session.js";
import { answerAsked, findMe, listPresent, maySend } from "./room-state.js";
import { RoomView } from "./room-view.js";
import { Sound } from "./sound.js";
import { layoutOf } from "./stage.js";
import { isSaving } from "./weak.js";

readCatalogue(document);

const page = byId("room", HTMLElement);
/** Which room this tab was in last: whoever loads its page anew, or comes back, is not late. */
const HERE = "giaoban.here";
const leftUrl = pageValue(page, "left");
const choices = loadChoices(localStorage);
const sound = new Sound(choices.speaker);
sound.silence(choices.companion);
if (choices.hall) page.dataset["hall"] = ""; // whose picture may hold writing: it is not shown mirrored

/** @type {import("./stage.js").Wish} */
let wish = { layout: choices.layout, pinned: null, page: 0 };
let showing = false;
/** My devices are opened when I am in the room, not while I wait at its door. */
let opened = false;

/** An observer only listens, until they become a co-chair. */
function canSend() {
  const role = session.state === null ? null : findMe(session.state)?.role;
  return role ? maySend(role) : pageValue(page, "role") !== "observer";
}

const session = new RoomSession({
  url: socketAddress(page),
  name: pageValue(page, "guest") || null,
  microphone: choices.microphone,
  camera: choices.camera,
  weak: choices.weak,
  companion: choices.companion,
  again: sessionStorage.getItem(HERE) === pageValue(page, "socket"),
  hall: choices.hall,
  relay: new URLSearchParams(location.search).has("relay"), // to see whether the relay alone would do
  onChange: show,
  onIncoming: () => show(),
  onSounds: (tracks) => sound.show(tracks),
  onLevel: (level) => view.bar.showLevel(level),
  onNews: tell,
  onMuted: () => saveChoices(localStorage, { withMicrophone: false }),
  onRecorded: () => void noticeRecording(),
  onEnd: (why, reason) => void finish(why, reason),
});

const view = new RoomView({
  send: (message) => session.send(message),
  onAction: (action) => void act(session, tell, action),
  onTool: (tool, id) => void useTool(session, tool, id),
  onMuteAll: () => void muteAll(session),
  onRefuse: (id) => void refuseEntry(session, id),
  onVote: {
    open: () => void openVote(session),
    close: (vote) => void closeVote(session, vote),
    withdraw: (vote) => void withdrawVote(session, vote),
  },
  onUnmute: () => void switchInput(session, tell, "microphone", true),
  onLater: () => {
    if (session.state !== null) session.state = answerAsked(session.state);
    show();
  },
  onRetry: () => (session.connection.link.state === "closed" ? location.reload() : session.connection.retry()),
  onPin: (key) => change({ pinned: wish.pinned === key ? null : key }),
  onPage: (page) => change({ page }),
  onShown: (wants) => session.setShown(wants),
  onChoice: (choice) => void saveChoices(localStorage, choice),
  choices,
  papers: `${pageValue(page, "socket").replace(/\/ws$/, "")}/papers`,
  canSend: pageValue(page, "role") !== "observer",
  canShare: canShareScreen(),
});

const gate = new Gate({
  onAgain: () => session.connection.knock(),
  onLeave: () => {
    session.connection.leave();
    location.assign(pageValue(page, "lobby"));
  },
});

const pickers = new Pickers({
  chosen: { microphone: choices.microphone, camera: choices.camera, speaker: choices.speaker },
  onPick: (pick, id) => {
    saveChoices(localStorage, { [pick]: id });
    if (pick === "speaker") void sound.useSpeaker(id);
    else void session.media.useDevice(pick, id);
  },
});

/** Show everything, once for all that changed in this turn. */
function show() {
  if (showing) return;
  showing = true;
  queueMicrotask(() => {
    showing = false;
    const { state, links, stuck, incoming, media, connection, level, weak, companion } = session;
    if (connection.link.state === "waiting") gate.show("waiting", session.waiting?.since ?? null);
    else if (connection.link.state === "joined") gate.show(null);
    if (state !== null && !opened) {
      opened = true;
      sessionStorage.setItem(HERE, pageValue(page, "socket"));
      void openInputs();
    }
    view.show(state, { link: connection.link, media: links, stuck, mine: media.mine, incoming, level, wish, weak, companion });
  });
}

/** @param {Partial<import("./stage.js").Wish>} changes */
function change(changes) {
  wish = { ...wish, ...changes };
  show();
}

function changeLayout() {
  const people = session.state === null ? 0 : listPresent(session.state).length;
  const layout = layoutOf(wish.layout, people) === "grid" ? "speaker" : "grid";
  saveChoices(localStorage, { layout });
  change({ layout, pinned: null, page: 0 });
  tell({ text: layout === "grid" ? t("Đang xem dạng lưới.") : t("Đang xem người nói."), urgent: false, shown: false });
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
    case "turned_down":
      return gate.show(reason === "removed" ? "removed" : "turned_down");
    case "full":
    case "locked":
      return gate.show(why);
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
  if (!canSend()) return;
  const { withMicrophone, withCamera } = loadChoices(localStorage);
  await Promise.all([
    withMicrophone && !session.companion ? session.media.setMicrophone(true) : undefined,
    withCamera ? session.media.setCamera(true) : undefined,
  ]);
  await pickers.refresh();
}

async function declareSite() {
  const me = session.state === null ? undefined : findMe(session.state);
  const site = me === undefined ? null : await askSite(me);
  if (site !== null) session.send({ type: "declare", ...site });
}

/** @param {import("./keys.js").Letter} letter */
function useLetter(letter) {
  switch (letter) {
    case "layout":
      return changeLayout();
    case "people":
    case "chat":
    case "agenda":
    case "papers":
      return view.panel.toggle(letter);
    case "captions":
      return tell({ text: view.captions.toggle() ? t("Đã bật phụ đề.") : t("Đã tắt phụ đề."), urgent: false, shown: false });
    case "fullscreen":
      return toggleFullScreen();
    case "pip":
      return void view.pip.toggle();
    case "page_back":
      return view.tiles.turn(-1);
    case "page_next":
      return view.tiles.turn(1);
    default:
      if (canSend()) void act(session, tell, letter);
  }
}

function toggleFullScreen() {
  void (document.fullscreenElement === null ? document.documentElement.requestFullscreen() : document.exitFullscreen());
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
    onLetter: useLetter,
    onTalk: (on) => {
      if (canSend()) void session.talk(on);
    },
    onHelp: () => void openDialog("shortcuts"),
  });
  onPress("shortcuts-open", () => void openDialog("shortcuts"));
  onPress("devices-open", openDevices);
  onPress("device-retry", () => void retryInputs(session, tell));
  onPress("dead-microphone-devices", openDevices);
  onPress("layout", changeLayout);
  onPress("fullscreen", toggleFullScreen);
  onPress("policy-open", () => void changePolicy(session));
  onPress("site-open", () => void declareSite());
  onPress("weak", () => {
    const on = !isSaving(session.weak);
    saveChoices(localStorage, { weak: on });
    session.setWeak(on);
  });
  onPress("companion", () => {
    const on = !session.companion;
    saveChoices(localStorage, { companion: on });
    session.setCompanion(on);
    sound.silence(on);
  });
}

watchNetwork({
  onGone: () => session.connection.suspect(), // the socket itself would notice only much later
  onChange: () => {
    session.networkChanged();
    sound.playAll();
    void session.media.retryLost();
  },
});
onDeviceChange(() => void session.media.retryLost());
wireTools();
keepAwake();
show();
session.connection.start();
