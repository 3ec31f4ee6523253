/** The bar with the buttons, and the head with the state of the meeting. */
import { nameTrouble } from "./device-words.js";
import { byId, part, setIcon, setText } from "./elements.js";
import { clockLength, t } from "./i18n.js";
import { gaugeOf } from "./levels.js";
import { findMe, may, maySend, queueHands, timeInSession } from "./room-state.js";

/** @typedef {import("./room-state.js").RoomState} RoomState */
/** @typedef {import("./my-media.js").Mine} Mine */
/** @typedef {"microphone" | "camera" | "screen" | "hand" | "start" | "record" | "leave"} Action */

/** @type {Action[]} */
const ACTIONS = ["microphone", "camera", "screen", "hand", "start", "record", "leave"];

export class Bar {
  #level = byId("level", HTMLElement);
  #phase = byId("phase", HTMLElement);
  #recording = byId("recording", HTMLElement);
  #record = byId("record", HTMLButtonElement);

  /**
   * @param {{ onAction: (action: Action) => void, canSend: boolean, canShare: boolean }} parts
   *   `canSend`: as far as is known before I am in the room
   */
  constructor({ onAction, canSend, canShare }) {
    this.canShare = canShare;
    for (const action of ACTIONS) {
      const button = byId(action, HTMLButtonElement);
      button.addEventListener("click", (event) => {
        // After a click with the mouse the space bar means talking again, not this button.
        if (event.detail > 0) button.blur();
        onAction(action);
      });
    }
    this.#offer(canSend);
  }

  /** Whoever only listens has nothing to switch on. @param {boolean} canSend */
  #offer(canSend) {
    for (const id of ["microphone", "camera", "hand"]) byId(id, HTMLButtonElement).hidden = !canSend;
    byId("screen", HTMLButtonElement).hidden = !canSend || !this.canShare;
  }

  /** @param {Mine} mine */
  showMine({ microphone, camera, screen }) {
    showInput("microphone", microphone, "mic");
    showInput("camera", camera, "video");
    setIcon(byId("screen", HTMLButtonElement), screen === null ? "monitor-up" : "monitor-x");
    showSwitch("screen", screen !== null, screen === null ? "" : t("đang chia sẻ"));
  }

  /** @param {RoomState} state */
  showRoom(state) {
    const { room } = state;
    const me = findMe(state);
    if (me !== undefined) this.#offer(maySend(me.role)); // an observer may become a co-chair
    byId("opening", HTMLElement).hidden = !may(state, "start") || room.phase !== "waiting";
    this.#record.hidden = !may(state, "record") || room.phase === "ended";
    this.#record.setAttribute("aria-pressed", String(room.recording.on));
    setText(part(this.#record, "text", HTMLElement), room.recording.on ? t("Dừng ghi âm") : t("Ghi âm"));
    setIcon(this.#record, room.recording.on ? "square" : "circle-dot");
    this.#record.classList.toggle("room-worded", !room.recording.on); // while it runs the mark beside it says so
    this.#recording.hidden = !room.recording.on;
    const up = me?.hand != null;
    const place = queueHands(state).findIndex(({ id }) => id === state.you) + 1;
    showSwitch("hand", up, up ? t("thứ {place}", { place }) : "");
    byId("reactions", HTMLElement).hidden = !room.policy.reactions;
    byId("policy-open", HTMLButtonElement).hidden = !may(state, "admit");
    const operates = /** @type {const} */ (["admit", "vote", "caption"]).some((one) => may(state, one));
    byId("more-operators", HTMLElement).hidden = !operates;
    this.tick(state, Date.now());
  }

  /** @param {RoomState} state @param {number} now */
  tick(state, now) {
    const length = timeInSession(state, now);
    if (length !== null) setText(this.#phase, t("Đang họp, {length}", { length: clockLength(length) }));
    else setText(this.#phase, state.room.phase === "ended" ? t("Đã kết thúc") : t("Chưa bắt đầu"));
  }

  /** @param {number} level of my microphone, in dBFS */
  showLevel(level) {
    this.#level.style.setProperty("--level", String(gaugeOf(level)));
  }

  /** The words beside a button that opens the panel. @param {"panel-open" | "chat-open"} id @param {string} state */
  showCount(id, state) {
    const count = part(byId(id, HTMLButtonElement), "state", HTMLElement);
    count.hidden = state === "";
    setText(count, state);
  }
}

/** A switch, with its state in words. @param {string} id @param {boolean} on @param {string} [words] */
export function showSwitch(id, on, words = on ? t("đang bật") : t("đang tắt")) {
  const button = byId(id, HTMLButtonElement);
  button.setAttribute("aria-pressed", String(on));
  setText(part(button, "state", HTMLElement), words);
}

/** @param {"microphone" | "camera"} id @param {import("./my-media.js").Input} input @param {string} icon */
function showInput(id, { on, opening, trouble }, icon) {
  const button = byId(id, HTMLButtonElement);
  button.classList.toggle("has-trouble", trouble !== null);
  setIcon(button, on ? icon : `${icon}-off`);
  showSwitch(id, on, opening ? t("đang mở") : trouble !== null ? nameTrouble(trouble) : undefined);
}
