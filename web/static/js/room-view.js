/** The room on the screen: hands what is known to the parts that show it. Only these files touch elements. */
import { AgendaView, ItemView } from "./agenda.js";
import { Bar } from "./bar.js";
import { ChatView } from "./chat.js";
import { explainTrouble } from "./device-words.js";
import { byId, setText } from "./elements.js";
import { t } from "./i18n.js";
import { LinkView } from "./link-view.js";
import { Notes } from "./notes.js";
import { Panel } from "./panel.js";
import { People } from "./people.js";
import { showLayout, Tiles } from "./tiles.js";

/** @typedef {import("./room-state.js").RoomState} RoomState */
/**
 * @typedef {{ link: import("./connection.js").Link, media: import("./link-view.js").MediaLinks, stuck: boolean,
 *   mine: import("./my-media.js").Mine, incoming: import("./receiver.js").Incoming[],
 *   levels: ReadonlyMap<string, import("./link-quality.js").Level>, wish: import("./tiles.js").Wish }} Here  what is known on this side, beside the state of the room
 * @typedef {{ onAction: (action: import("./bar.js").Action) => void, onPin: (key: string) => void, onRetry: () => void,
 *   onMute: (id: string) => void, onRemove: (id: string) => void, onChat: (text: string) => boolean,
 *   onItem: (item: number | null) => void, onLayout: () => void, canSend: boolean, canShare: boolean }} Parts
 */

export class RoomView {
  notes = new Notes();
  #layout = byId("layout", HTMLButtonElement);
  #unread = byId("chat-unread", HTMLElement);
  #seen = -1;
  /** @type {{ state: RoomState | null, here: Here } | null} */ #latest = null;

  /** @param {Parts} parts */
  constructor(parts) {
    this.bar = new Bar(parts);
    this.link = new LinkView(parts);
    this.tiles = new Tiles(parts);
    this.people = new People(parts);
    this.agenda = new AgendaView(parts);
    this.item = new ItemView({ onNews: (news) => this.notes.tell(news) });
    this.chat = new ChatView({ onSend: parts.onChat });
    this.panel = new Panel({ onChange: () => this.#again() });
    this.#layout.addEventListener("click", parts.onLayout);
    for (const button of byId("more", HTMLElement).querySelectorAll("button")) {
      button.addEventListener("click", () => closeMore());
    }
    setInterval(() => this.#tick(), 1000);
  }

  /** @param {RoomState | null} state @param {Here} here */
  show(state, here) {
    this.#latest = { state, here };
    this.bar.showMine(here.mine);
    this.link.show(here.link, here.media, here.stuck);
    byId("dead-microphone", HTMLElement).hidden = !here.mine.dead;
    showTrouble(here.mine);
    if (state === null) return;
    // While the link is down nobody knows who speaks.
    const heard = here.link.state === "joined" ? state : { ...state, speaking: [] };
    setText(byId("title", HTMLElement), state.room.title);
    this.bar.showRoom(state);
    this.tiles.show(heard, here.wish, {
      findPicture: (id, source) => findPicture(state, here, id, source),
      findLevel: (id) => here.levels.get(id) ?? null,
    });
    showLayout(this.#layout, here.wish, state.participants.length);
    this.people.show(heard);
    this.chat.show(state.chat);
    this.agenda.show(state);
    this.item.tick(state, Date.now());
    this.#count(state);
  }

  /** @param {RoomState} state */
  #count({ chat, participants }) {
    if (this.panel.isShown("chat")) {
      this.chat.toEnd();
      this.#seen = chat.at(-1)?.id ?? 0;
    } else if (this.#seen < 0) {
      this.#seen = chat.at(-1)?.id ?? 0; // what was said before I came is no news
    }
    const unread = chat.filter(({ id }) => id > this.#seen).length;
    this.#unread.hidden = unread === 0;
    setText(this.#unread, unread === 0 ? "" : t("{count} mới", { count: unread }));
    this.bar.showCount("chat-open", unread === 0 ? "" : t("{count} mới", { count: unread }));
    this.bar.showCount("panel-open", String(participants.length));
  }

  #again() {
    if (this.#latest?.state) this.#count(this.#latest.state);
  }

  #tick() {
    const state = this.#latest?.state ?? null;
    if (state === null) return;
    this.bar.tick(state, Date.now());
    this.item.tick(state, Date.now());
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
function showTrouble({ microphone, camera }) {
  const lines = [];
  if (microphone.trouble !== null) lines.push(explainTrouble("microphone", microphone.trouble));
  if (camera.trouble !== null) lines.push(explainTrouble("camera", camera.trouble));
  byId("device-trouble", HTMLElement).hidden = lines.length === 0;
  setText(byId("device-trouble-text", HTMLElement), [...new Set(lines)].join(" "));
}

/** On a small screen the further buttons lie in a sheet; what was chosen there closes it. */
function closeMore() {
  const more = byId("more", HTMLElement);
  if (more.matches(":popover-open")) more.hidePopover();
}
