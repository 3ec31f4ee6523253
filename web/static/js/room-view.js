/** The room on the screen: hands what is known to the parts that show it. Only these files touch elements. */
import { AgendaView, ItemView } from "./agenda.js";
import { Bar, showSwitch } from "./bar.js";
import { Captions } from "./captions.js";
import { ChatView } from "./chat.js";
import { byId, part, setText } from "./elements.js";
import { Hands } from "./hands.js";
import { t } from "./i18n.js";
import { LateCard } from "./late-card.js";
import { LinkView } from "./link-view.js";
import { LobbyList } from "./lobby-list.js";
import { Notes } from "./notes.js";
import { Panel } from "./panel.js";
import { Papers } from "./papers.js";
import { People } from "./people.js";
import { PersonMenu } from "./person-menu.js";
import { FloatingWindow } from "./pip.js";
import { findMe, findParticipant, findTrack, listPresent } from "./room-state.js";
import { Shares } from "./shares.js";
import { SpeechView } from "./speech.js";
import { showLayout, Tiles } from "./tiles.js";
import { showTrouble } from "./trouble-view.js";
import { ViewWishes } from "./view-wishes.js";
import { Votes } from "./votes.js";
import { isSaving } from "./weak.js";
import { nameWeak } from "./weak-words.js";

/** @typedef {import("./room-state.js").RoomState} RoomState */
/** @typedef {import("./person-tools.js").Tool} Tool */
/**
 * @typedef {{ link: import("./connection.js").Link, media: import("./link-view.js").MediaLinks, stuck: boolean,
 *   mine: import("./my-media.js").Mine, incoming: import("./receiver.js").Incoming[],
 *   level: import("./wire.js").Quality | null, wish: import("./stage.js").Wish, weak: import("./weak.js").Weak,
 *   companion: boolean }} Here  what is known on this side, beside the state of the room
 * @typedef {{ send: (message: import("./wire.js").ClientMessage) => boolean,
 *   onAction: (action: import("./bar.js").Action) => void, onPin: (key: string) => void, onPage: (page: number) => void,
 *   onTool: (tool: Exclude<Tool, "pin" | "unpin">, id: string) => void, onRetry: () => void, onMuteAll: () => void,
 *   onRefuse: (id: string) => void, onLater: () => void, onUnmute: () => void, onShown: (shown: import("./view.js").Shown[]) => void,
 *   onVote: { open: () => void, close: (vote: import("./wire.js").Vote) => void, withdraw: (vote: import("./wire.js").Vote) => void },
 *   onChoice: (choice: Partial<import("./choices.js").Choices>) => void,
 *   choices: import("./choices.js").Choices, papers: string, canSend: boolean, canShare: boolean }} Parts
 *   `onLater`: not now, to what the chair asks; `onShown`: the pictures that are shown; `papers`: the path of the papers
 */

export class RoomView {
  notes = new Notes();
  #unread = byId("chat-unread", HTMLElement);
  #late = new LateCard();
  #seen = -1;
  /** @type {{ state: RoomState | null, here: Here } | null} */ #latest = null;

  /** @param {Parts} parts */
  constructor(parts) {
    const { send } = parts;
    const onMenu = (/** @type {string} */ id, /** @type {HTMLElement} */ anchor, /** @type {string} */ key) =>
      this.#openMenu(id, anchor, key);
    this.bar = new Bar(parts);
    this.link = new LinkView(parts);
    this.tiles = new Tiles({ ...parts, onMenu, onResize: () => this.#again() });
    this.people = new People({ onMenu, onMuteAll: parts.onMuteAll });
    this.menu = new PersonMenu({
      onTool: (tool, id, key) => (tool === "pin" || tool === "unpin" ? parts.onPin(key) : parts.onTool(tool, id)),
    });
    this.lobby = new LobbyList({
      onAdmit: (participant) => void send({ type: "admit", participant }),
      onRefuse: parts.onRefuse,
      onOpen: () => this.panel.show("people"),
    });
    this.hands = new Hands({
      onFloor: (participant) => void send({ type: "floor", participant, seconds: null }),
      onLower: (participant) => void send({ type: "lower_hand", participant }),
      onOrder: (participants) => void send({ type: "queue", participants }),
      onTime: (seconds) => void send({ type: "speaking_time", seconds }),
    });
    this.shares = new Shares({ onPresent: (participant) => void send({ type: "present", participant }) });
    this.speech = new SpeechView({
      ...parts,
      onFloor: (participant) => void send({ type: "floor", participant, seconds: null }),
      onNews: (news) => this.notes.tell(news),
    });
    this.votes = new Votes({
      onCast: (vote, choice) => void send({ type: "vote_cast", vote, choice }),
      onClose: parts.onVote.close,
      onWithdraw: parts.onVote.withdraw,
      onNew: parts.onVote.open,
    });
    this.agenda = new AgendaView({ onItem: (item) => void send({ type: "agenda", item }) });
    this.item = new ItemView({ onNews: (news) => this.notes.tell(news) });
    this.chat = new ChatView({ onSend: (text, to) => send({ type: "chat", text, to }) });
    this.papers = new Papers({ base: parts.papers });
    this.captions = new Captions({
      on: parts.choices.captions,
      size: parts.choices.captionSize,
      onChange: parts.onChoice,
      onCaption: (text) => send({ type: "caption", text }),
    });
    this.pip = new FloatingWindow({ findVideo: () => this.#findLarge(), onChange: () => this.#again() });
    this.wishes = new ViewWishes({ onWishes: parts.onShown });
    this.panel = new Panel({ onChange: () => this.#again() });
    for (const button of byId("more", HTMLElement).querySelectorAll("button")) {
      button.addEventListener("click", () => closeMore());
    }
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("#reactions button"))) {
      const kind = /** @type {import("./wire.js").ReactionKind} */ (button.dataset["kind"]);
      button.addEventListener("click", () => void send({ type: "react", kind }));
    }
    setInterval(() => this.#tick(), 1000);
  }

  /** @param {RoomState | null} state @param {Here} here */
  show(state, here) {
    this.#latest = { state, here };
    this.bar.showMine(here.mine);
    this.link.show(here.link, here.media, here.stuck, here.level);
    byId("dead-microphone", HTMLElement).hidden = !here.mine.dead;
    showTroubles(here.mine);
    const saving = isSaving(here.weak);
    showSwitch("weak", saving, nameWeak(here.weak));
    byId("weak-mark", HTMLElement).hidden = !saving;
    showSwitch("companion", here.companion);
    if (state !== null) this.#showRoom(state, here);
  }

  /** @param {RoomState} state @param {Here} here */
  #showRoom(state, here) {
    // While the link is down nobody knows who speaks.
    const heard = here.link.state === "joined" ? state : { ...state, speaking: [] };
    setText(byId("title", HTMLElement), state.room.title);
    this.bar.showRoom(state);
    this.#late.show(state);
    this.lobby.show(state.lobby);
    this.hands.show(state);
    this.shares.show(state);
    this.speech.show(state, here.mine.microphone.on);
    this.votes.show(state);
    this.people.show(heard);
    this.chat.show(state);
    this.agenda.show(state);
    this.papers.show(state.room.papers);
    this.captions.show(state);
    this.item.tick(state, Date.now());
    this.#showSite(state);
    this.#count(state);
    this.#showStage(heard, here); // last: what else stands on the stage leaves it its room
  }

  /** @param {RoomState} state @param {Here} here */
  #showStage(state, here) {
    this.tiles.show(state, here.wish, (id, source) => findPicture(state, here, id, source));
    showLayout(byId("layout", HTMLButtonElement), here.wish, listPresent(state).length);
    const listed = this.tiles.listed();
    const first = listed.find(({ participant }) => participant !== state.you) ?? listed[0]; // I know what I look like
    const person = first === undefined ? undefined : findParticipant(state, first.participant);
    if (first !== undefined && person !== undefined) {
      this.pip.show(findPicture(state, here, person.id, first.screen ? "screen" : "camera"), person.name);
    }
    this.wishes.show(
      listed.flatMap(({ key, participant, screen }) => {
        const source = screen ? /** @type {const} */ ("screen") : /** @type {const} */ ("camera");
        const element = this.tiles.elementOf(key);
        const person = findParticipant(state, participant);
        const track = person && findTrack(person, source)?.id;
        if (participant === state.you || track === undefined || element === null) return [];
        return [{ track, source, element }];
      }),
    );
  }

  /** @param {RoomState} state */
  #showSite(state) {
    const me = findMe(state);
    const button = byId("site-open", HTMLButtonElement);
    button.hidden = me === undefined || ["guest", "observer", "projection"].includes(me.role);
    const heads = me?.heads ?? null;
    setText(part(button, "state", HTMLElement), heads === null ? "" : t("{heads} người", { heads }));
  }

  /** @param {RoomState} state */
  #count(state) {
    const { chat } = state;
    if (this.panel.isShown("chat")) {
      this.chat.toEnd();
      this.#seen = chat.at(-1)?.id ?? 0;
    } else if (this.#seen < 0) {
      this.#seen = chat.at(-1)?.id ?? 0; // what was said before I came is no news
    }
    const unread = chat.filter(({ id }) => id > this.#seen).length;
    const words = unread === 0 ? "" : t("{count} mới", { count: unread });
    this.#unread.hidden = unread === 0;
    setText(this.#unread, words);
    this.bar.showCount("chat-open", words);
    this.bar.showCount("panel-open", String(listPresent(state).length));
  }

  /** @param {string} id @param {HTMLElement} anchor @param {string} key */
  #openMenu(id, anchor, key) {
    const { state, here } = this.#latest ?? {};
    if (state && here) this.menu.open(state, id, anchor, key, here.wish.pinned === key);
  }

  /** @returns {HTMLVideoElement | null} */
  #findLarge() {
    const [first] = this.tiles.listed();
    const video = first === undefined ? null : this.tiles.elementOf(first.key)?.querySelector("video");
    return video instanceof HTMLVideoElement && !video.hidden ? video : null;
  }

  #again() {
    const { state, here } = this.#latest ?? {};
    if (!state || !here) return;
    this.#count(state);
    this.#showStage(state, here);
  }

  #tick() {
    const state = this.#latest?.state ?? null;
    if (state === null) return;
    const now = Date.now();
    for (const one of [this.bar, this.item, this.speech, this.tiles, this.captions]) one.tick(state, now);
  }
}

/**
 * @param {RoomState} state
 * @param {Here} here
 * @param {string} id
 * @param {"camera" | "screen"} source
 * @returns {MediaStreamTrack | null}
 */
function findPicture(state, { mine, incoming }, id, source) {
  if (id === state.you) return source === "camera" ? mine.camera.track : mine.screen;
  return incoming.find((one) => one.participant === id && one.source === source)?.media ?? null;
}

/** What is wrong with my devices, in the dialog of the devices. @param {import("./my-media.js").Mine} mine */
function showTroubles(mine) {
  for (const source of /** @type {const} */ (["microphone", "camera"])) {
    const { trouble } = mine[source];
    const place = byId(`device-trouble-${source}`, HTMLElement);
    place.hidden = trouble === null;
    if (trouble !== null) showTrouble(part(place, "text", HTMLElement), part(place, "steps", HTMLElement), source, trouble);
  }
  const insecure = mine.microphone.trouble === "insecure";
  if (insecure) byId("device-trouble-camera", HTMLElement).hidden = true; // it would say the same again
  byId("insecure-why", HTMLElement).hidden = !insecure;
  byId("device-trouble", HTMLElement).hidden = mine.microphone.trouble === null && mine.camera.trouble === null;
}

/** The further buttons lie in a sheet; what was chosen there closes it. */
function closeMore() {
  const more = byId("more", HTMLElement);
  if (more.matches(":popover-open")) more.hidePopover();
}
