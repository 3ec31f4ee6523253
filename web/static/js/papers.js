/** The meeting's papers: the list beside the stage, and one of them open over it. */
import { byId, copyTemplate, part, setText, syncChildren } from "./elements.js";
import { number, t } from "./i18n.js";

/** @typedef {import("./wire.js").Paper} Paper */

/** What a browser shows by itself; anything else is downloaded. */
const SHOWN = /^(application\/pdf$|image\/|text\/plain)/;

export class Papers {
  #list = byId("papers-list", HTMLUListElement);
  #empty = byId("papers-empty", HTMLElement);
  #viewer = byId("paper", HTMLElement);
  #frame = byId("paper-frame", HTMLElement);
  /** @type {Map<string, HTMLElement>} */ #rows = new Map();
  /** @type {Paper[]} */ #papers = [];
  /** @type {number | null} */ #open = null;

  /** @param {{ base: string }} parts `base`: the path below which the papers are */
  constructor(parts) {
    this.parts = parts;
    byId("paper-close", HTMLButtonElement).addEventListener("click", () => this.#close(true));
    this.#viewer.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#close(true);
    });
  }

  /** @param {Paper[]} papers */
  show(papers) {
    this.#papers = papers;
    this.#empty.hidden = papers.length > 0;
    syncChildren(
      this.#list,
      this.#rows,
      papers.map(({ id }) => String(id)),
      (key) => this.#create(Number(key)),
    );
    for (const paper of papers) {
      const row = this.#rows.get(String(paper.id));
      if (row !== undefined) fillRow(row, paper, paper.id === this.#open);
    }
    if (this.#open !== null && !papers.some(({ id }) => id === this.#open)) this.#close(false);
  }

  /** @param {number} id */
  #create(id) {
    const row = copyTemplate("paper-template", HTMLLIElement);
    part(row, "open", HTMLButtonElement).addEventListener("click", () => this.#show(id));
    return row;
  }

  /** @param {number} id */
  #show(id) {
    const paper = this.#papers.find((one) => one.id === id);
    if (paper === undefined) return;
    const address = `${this.parts.base}/${id}`;
    if (!SHOWN.test(paper.type)) {
      location.assign(`${address}?download=1`);
      return;
    }
    this.#open = id;
    const frame = document.createElement("iframe");
    // A sandbox would take the browser's own viewer of PDF away.
    if (paper.type !== "application/pdf") frame.setAttribute("sandbox", "");
    frame.src = address;
    frame.title = paper.title;
    this.#frame.replaceChildren(frame);
    setText(byId("paper-title", HTMLElement), paper.title);
    byId("paper-tab", HTMLAnchorElement).href = address;
    this.#viewer.hidden = false;
    byId("paper-close", HTMLButtonElement).focus();
    this.show(this.#papers);
  }

  /** @param {boolean} byHand */
  #close(byHand) {
    const row = this.#rows.get(String(this.#open));
    this.#open = null;
    this.#viewer.hidden = true;
    this.#frame.replaceChildren();
    this.show(this.#papers);
    if (byHand && row !== undefined) part(row, "open", HTMLButtonElement).focus();
  }
}

/** @param {HTMLElement} row @param {Paper} paper @param {boolean} open */
function fillRow(row, { title, type, size }, open) {
  setText(part(row, "title", HTMLElement), title);
  const words = [nameType(type), nameSize(size), open ? t("đang mở") : ""];
  setText(part(row, "detail", HTMLElement), words.filter(Boolean).join(" · "));
  row.classList.toggle("is-open", open);
}

/** @param {string} type */
function nameType(type) {
  if (type === "application/pdf") return "PDF";
  if (type.startsWith("image/")) return t("hình ảnh");
  if (type.startsWith("text/")) return t("văn bản");
  return t("tải về để xem");
}

/** @param {number} octets */
function nameSize(octets) {
  if (octets < 1_000_000) return `${Math.max(1, Math.round(octets / 1000))} kB`;
  return `${number(octets / 1_000_000, 1)} MB`;
}
