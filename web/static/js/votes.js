/** Votes: the card while one is open, the result after it, the list of those before. */
import { byId, copyTemplate, part, setText, syncChildren } from "./elements.js";
import { t } from "./i18n.js";
import { showOutcome } from "./outcome.js";
import { findMyVote, findOpenVote, may, mayCast } from "./room-state.js";
import { CHOICES, nameChoice, nameKind, tellProgress, tellResult, tellShut } from "./vote-words.js";

/** @typedef {import("./room-state.js").RoomState} RoomState */
/** @typedef {import("./wire.js").Vote} Vote */

export class Votes {
  #card = byId("vote", HTMLElement);
  #choices = byId("vote-choices", HTMLElement);
  #mine = byId("vote-mine", HTMLElement);
  #tools = byId("vote-tools", HTMLElement);
  #after = byId("vote-after", HTMLElement);
  #list = byId("votes-list", HTMLOListElement);
  /** @type {Map<string, HTMLElement>} */ #rows = new Map();
  /** @type {RoomState | null} */ #state = null;
  /** The vote that was open here last: its result is shown when it is closed. @type {number | null} */ #followed = null;

  /**
   * @param {{ onCast: (vote: number, choice: import("./wire.js").Choice) => void, onClose: (vote: Vote) => void,
   *   onWithdraw: (vote: Vote) => void, onNew: () => void }} parts
   */
  constructor(parts) {
    this.parts = parts;
    for (const choice of CHOICES) this.#button(choice).addEventListener("click", () => this.#cast(choice));
    const press = (/** @type {string} */ id, /** @type {(vote: Vote) => void} */ call) =>
      byId(id, HTMLButtonElement).addEventListener("click", () => {
        const vote = this.#current();
        if (vote !== undefined) call(vote);
      });
    press("vote-close", parts.onClose);
    press("vote-withdraw", parts.onWithdraw);
    press("vote-result", (vote) => void showOutcome(vote));
    press("vote-hide", () => {
      this.#followed = null;
      this.#show();
    });
    for (const id of ["vote-new", "vote-open"]) byId(id, HTMLButtonElement).addEventListener("click", parts.onNew);
  }

  /** @param {RoomState} state */
  show(state) {
    this.#state = state;
    this.#followed = findOpenVote(state.room)?.id ?? this.#followed;
    this.#show();
    const { votes, phase } = state.room;
    const opens = may(state, "vote") && phase === "in_session";
    byId("vote-new", HTMLButtonElement).hidden = !opens || findOpenVote(state.room) !== undefined; // one at a time
    byId("vote-open", HTMLButtonElement).hidden = byId("vote-new", HTMLButtonElement).hidden;
    byId("votes-part", HTMLElement).hidden = votes.length === 0 && !may(state, "vote");
    byId("votes-empty", HTMLElement).hidden = votes.length > 0;
    syncChildren(
      this.#list,
      this.#rows,
      votes.map(({ id }) => String(id)),
      (key) => this.#create(Number(key)),
    );
    for (const vote of votes) {
      const row = this.#rows.get(String(vote.id));
      if (row !== undefined) fillRow(row, vote);
    }
  }

  #current() {
    return this.#state?.room.votes.find(({ id }) => id === this.#followed);
  }

  #show() {
    const [state, vote] = [this.#state, this.#current()];
    this.#card.hidden = vote === undefined;
    if (state === null || vote === undefined) return;
    const open = vote.state === "open";
    setText(byId("vote-kind", HTMLElement), nameKind(vote));
    setText(byId("vote-subject", HTMLElement), vote.subject);
    setText(byId("vote-progress", HTMLElement), open ? tellProgress(vote) : tellResult(vote));
    this.#tools.hidden = !open || !may(state, "vote");
    this.#after.hidden = open;
    byId("vote-result", HTMLButtonElement).hidden = vote.tally === null;
    this.#showMine(state, vote, open);
  }

  /** My own vote, which may be changed until the end unless it is secret. */
  /** @param {RoomState} state @param {Vote} vote @param {boolean} open */
  #showMine(state, vote, open) {
    const mine = findMyVote(state, vote.id);
    const done = mine === null;
    this.#choices.hidden = !open || done || !mayCast(state, vote);
    for (const choice of CHOICES) this.#button(choice).setAttribute("aria-pressed", String(mine === choice));
    const shut = mine === undefined && !mayCast(state, vote);
    this.#mine.hidden = !open || (mine === undefined && !shut);
    if (shut) setText(this.#mine, tellShut(vote));
    else if (done) setText(this.#mine, t("Bạn đã biểu quyết. Phiếu kín không thay đổi được."));
    else if (mine !== undefined) {
      const words = t("Bạn đã chọn: {choice}. Có thể chọn lại đến khi kết thúc biểu quyết.", { choice: nameChoice(mine) });
      setText(this.#mine, words);
    }
  }

  /** @param {import("./wire.js").Choice} choice */
  #button(choice) {
    const button = this.#choices.querySelector(`[data-choice="${choice}"]`);
    if (!(button instanceof HTMLButtonElement)) throw new Error(`there is no button to vote ${choice}`);
    return button;
  }

  /** @param {import("./wire.js").Choice} choice */
  #cast(choice) {
    if (this.#followed !== null) this.parts.onCast(this.#followed, choice);
  }

  /** @param {number} id */
  #create(id) {
    const row = copyTemplate("vote-template", HTMLLIElement);
    part(row, "open", HTMLButtonElement).addEventListener("click", () => {
      const vote = this.#state?.room.votes.find((one) => one.id === id);
      if (vote !== undefined) void showOutcome(vote);
    });
    return row;
  }
}

/** @param {HTMLElement} row @param {Vote} vote */
function fillRow(row, vote) {
  setText(part(row, "subject", HTMLElement), vote.subject);
  setText(part(row, "words", HTMLElement), `${nameKind(vote)}. ${tellResult(vote)}`);
  const open = part(row, "open", HTMLButtonElement);
  open.hidden = vote.tally === null;
  open.setAttribute("aria-label", t("Xem kết quả: {subject}", { subject: vote.subject }));
}
