/** Above the stage: who has the floor, with the clock, and the prompt to whoever is invited to speak. */
import { nameAsked } from "./asked-words.js";
import { byId, part, setText } from "./elements.js";
import { nameOver, nameSpeech } from "./floor-words.js";
import { t } from "./i18n.js";
import { nameFor } from "./person-words.js";
import { findParticipant, findSpeech, may, queueHands } from "./room-state.js";

/** @typedef {import("./room-state.js").RoomState} RoomState */

export class SpeechView {
  #box = byId("speech", HTMLElement);
  #next = part(this.#box, "next", HTMLButtonElement);
  #asked = byId("asked", HTMLElement);
  /** `since` of the speech whose end of time was told. */ #told = "";
  /** @type {string | null} */ #first = null;

  /**
   * @param {{ onFloor: (id: string | null) => void, onUnmute: () => void, onLater: () => void,
   *   onNews: (news: import("./news.js").News) => void }} parts
   */
  constructor(parts) {
    this.parts = parts;
    this.#next.addEventListener("click", () => parts.onFloor(this.#first));
    part(this.#box, "end", HTMLButtonElement).addEventListener("click", () => parts.onFloor(null));
    part(this.#asked, "yes", HTMLButtonElement).addEventListener("click", parts.onUnmute);
    part(this.#asked, "later", HTMLButtonElement).addEventListener("click", parts.onLater);
  }

  /** @param {RoomState} state @param {boolean} unmuted whether my microphone is on */
  show(state, unmuted) {
    this.#showAsked(state, unmuted);
    const next = queueHands(state)[0];
    this.#first = next?.id ?? null;
    part(this.#box, "tools", HTMLElement).hidden = !may(state, "floor");
    this.#next.hidden = next === undefined;
    setText(part(this.#next, "next-text", HTMLElement), next === undefined ? "" : t("Mời tiếp: {name}", { name: next.name }));
    this.tick(state, Date.now());
  }

  /** @param {RoomState} state @param {number} now by our clock */
  tick(state, now) {
    const speech = findSpeech(state, now);
    const person = speech === null ? undefined : findParticipant(state, speech.participant);
    this.#box.hidden = speech === null || person === undefined;
    if (speech === null || person === undefined) return;
    const mine = person.id === state.you;
    setText(part(this.#box, "name", HTMLElement), nameFor(person, state.you));
    setText(part(this.#box, "clock", HTMLElement), nameSpeech(speech));
    part(this.#box, "over", HTMLElement).hidden = speech.over <= 0;
    setText(part(this.#box, "over-text", HTMLElement), nameOver(speech.over));
    const since = state.room.floor?.since ?? "";
    if (speech.over > 0 && this.#told !== since && (mine || may(state, "floor"))) {
      this.#told = since;
      const text = mine ? t("Bạn đã hết thời gian phát biểu.") : t("{name} đã hết thời gian phát biểu.", { name: person.name });
      this.parts.onNews({ text, urgent: false, shown: mine });
    }
  }

  /** @param {RoomState} state @param {boolean} unmuted */
  #showAsked({ asked }, unmuted) {
    this.#asked.hidden = asked === null || unmuted;
    if (asked !== null) setText(part(this.#asked, "text", HTMLElement), nameAsked(asked.what));
  }
}
