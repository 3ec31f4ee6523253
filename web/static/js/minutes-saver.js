/**
 * Saves minutes by itself a moment after the last change, one save at a time, and never gives up what was typed.
 *
 * No DOM and no network here: both are handed in. A copy of what is not yet saved is kept in the browser until the
 * server has it. A save that somebody else overtook (409) ends the saving: only the person can decide what holds.
 *
 * @typedef {{ revision: number, content: unknown }} Draft
 * @typedef {Draft & { base: unknown }} Copy `base`: the content of that revision, from which the typing began
 * @typedef {{ revision: number, content: unknown, editedBy: string, editedAt: string }} Theirs what overtook a save
 * @typedef {{ status: number, revision: number, savedAt: string, error: string, theirs?: Theirs | null }} Answer
 *   status 0: no connection
 * @typedef {"saved" | "dirty" | "saving" | "offline" | "refused" | "overtaken" | "signed-out"} State
 *
 * @typedef {object} Ports
 * @property {() => unknown} read the content as it is typed now
 * @property {(draft: Draft) => Promise<Answer>} send
 * @property {(copy: Copy | null) => void} keep the copy in the browser; null: nothing is unsaved any more
 * @property {(call: () => void, ms: number) => unknown} later
 * @property {(timer: unknown) => void} forget a call that `later` promised
 * @property {(state: State, answer: Answer | null) => void} show
 */

export const PAUSE = 1200; // ms after the last change
export const RETRY = 5000; // ms until the next try when there is no connection

export class Saver {
  /** @type {State} */
  state = "saved";
  #changes = 0;
  /** @type {unknown} */
  #timer = null;
  /** @type {Promise<void> | null} */
  #running = null;

  /** @param {number} revision @param {Ports} ports */
  constructor(revision, ports) {
    this.revision = revision;
    this.ports = ports;
    this.base = ports.read();
  }

  /** Whether something is typed that the server does not have. */
  get unsaved() {
    return this.state !== "saved";
  }

  /** Something was typed. */
  changed() {
    this.#changes += 1;
    this.#keep();
    if (this.state === "overtaken") return;
    if (this.state !== "saving") this.#show("dirty", null);
    this.#plan(PAUSE);
  }

  /** @returns {Draft} */
  draft() {
    return { revision: this.revision, content: this.ports.read() };
  }

  #keep() {
    this.ports.keep({ ...this.draft(), base: this.base });
  }

  /** What overtook the typing is taken into it: go on from there. @param {Draft} theirs */
  goOnFrom(theirs) {
    this.revision = theirs.revision;
    this.base = theirs.content;
    this.state = "dirty";
    this.changed();
  }

  /** Save now what is unsaved. @returns {Promise<boolean>} whether everything is saved then */
  async flush() {
    this.#cancel();
    while (this.#running !== null) await this.#running;
    if (this.unsaved && this.state !== "overtaken") await this.#save();
    return !this.unsaved;
  }

  /** @param {number} ms */
  #plan(ms) {
    this.#cancel();
    this.#timer = this.ports.later(() => {
      this.#timer = null;
      if (this.#running === null) void this.#save();
    }, ms);
  }

  #cancel() {
    if (this.#timer !== null) this.ports.forget(this.#timer);
    this.#timer = null;
  }

  #save() {
    this.#running = this.#saveOnce().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #saveOnce() {
    const before = this.#changes;
    this.#show("saving", null);
    const draft = this.draft();
    const answer = await this.ports.send(draft);
    if (answer.status === 200) {
      this.revision = answer.revision;
      this.base = draft.content;
      if (this.#changes === before) {
        this.ports.keep(null);
        this.#show("saved", answer);
      } else {
        this.#keep();
        this.#show("dirty", answer);
        this.#plan(PAUSE);
      }
      return;
    }
    if (answer.status === 409) this.#show("overtaken", answer);
    else if (answer.status === 401 || answer.status === 403) this.#show("signed-out", answer);
    else if (answer.status >= 400 && answer.status < 500) this.#show("refused", answer);
    else this.#show("offline", answer);
    if (this.state === "offline") this.#plan(RETRY);
  }

  /** @param {State} state @param {Answer | null} answer */
  #show(state, answer) {
    this.state = state;
    this.ports.show(state, answer);
  }
}
