/** The bar with the buttons, and the head with the state of the meeting and of the link. */
import { nameTrouble } from "./device-words.js";
import { byId, part, setIcon, setText } from "./elements.js";
import { clockLength, t } from "./i18n.js";
import { gaugeOf } from "./levels.js";
import { findMe, queueHands, timeInSession } from "./room-state.js";

/** @typedef {import("./room-state.js").RoomState} RoomState */
/** @typedef {import("./my-media.js").Mine} Mine */
/** @typedef {"microphone" | "camera" | "screen" | "hand" | "start" | "record" | "end" | "leave"} Action */

/** @type {Action[]} */
const ACTIONS = ["microphone", "camera", "screen", "hand", "start", "record", "end", "leave"];

export class Bar {
  #level = byId("level", HTMLElement);
  #phase = byId("phase", HTMLElement);
  #recording = byId("recording", HTMLElement);

  /** @param {{ onAction: (action: Action) => void, canSend: boolean, canShare: boolean }} parts */
  constructor({ onAction, canSend, canShare }) {
    for (const action of ACTIONS) {
      const button = byId(action, HTMLButtonElement);
      button.addEventListener("click", (event) => {
        // After a click with the mouse the space bar means talking again, not this button.
        if (event.detail > 0) button.blur();
        onAction(action);
      });
    }
    byId("microphone", HTMLButtonElement).hidden = !canSend;
    byId("camera", HTMLButtonElement).hidden = !canSend;
    byId("screen", HTMLButtonElement).hidden = !canSend || !canShare;
  }

  /** @param {Mine} mine */
  showMine({ microphone, camera, screen }) {
    showInput("microphone", microphone, "mic");
    showInput("camera", camera, "video");
    const button = byId("screen", HTMLButtonElement);
    button.setAttribute("aria-pressed", String(screen !== null));
    setIcon(button, screen === null ? "monitor-up" : "monitor-x");
    setText(part(button, "state", HTMLElement), screen === null ? "" : t("đang chia sẻ"));
  }

  /** @param {RoomState} state */
  showRoom(state) {
    const { room, may } = state;
    byId("start", HTMLButtonElement).hidden = !may.includes("start") || room.phase !== "waiting";
    byId("end", HTMLButtonElement).hidden = !may.includes("end") || room.phase !== "in_session";
    const record = byId("record", HTMLButtonElement);
    record.hidden = !may.includes("record") || room.phase === "ended";
    record.setAttribute("aria-pressed", String(room.recording.on));
    setText(part(record, "state", HTMLElement), room.recording.on ? t("đang ghi") : t("đang tắt"));
    this.#recording.hidden = !room.recording.on;
    const hand = byId("hand", HTMLButtonElement);
    const up = findMe(state)?.hand != null;
    const place = queueHands(state).findIndex(({ id }) => id === state.you) + 1;
    hand.setAttribute("aria-pressed", String(up));
    setText(part(hand, "state", HTMLElement), up ? t("thứ {place}", { place }) : "");
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

  /** The words under a button of the side panel. @param {"panel-open" | "chat-open"} id @param {string} state */
  showCount(id, state) {
    setText(part(byId(id, HTMLButtonElement), "state", HTMLElement), state);
  }
}

/** @param {"microphone" | "camera"} id @param {import("./my-media.js").Input} input @param {string} icon */
function showInput(id, { on, opening, trouble }, icon) {
  const button = byId(id, HTMLButtonElement);
  button.setAttribute("aria-pressed", String(on));
  button.classList.toggle("has-trouble", trouble !== null);
  setIcon(button, on ? icon : `${icon}-off`);
  const words = opening ? t("đang mở") : trouble !== null ? nameTrouble(trouble) : on ? t("đang bật") : t("đang tắt");
  setText(part(button, "state", HTMLElement), words);
}
