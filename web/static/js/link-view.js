/** How the link stands, as a mark in the room's head and a banner where something is to be known or done. */
import { systemClock } from "./clock.js";
import { byId, part, setIcon, setText } from "./elements.js";
import { t } from "./i18n.js";
import { describeLink } from "./link-words.js";

/** @typedef {import("./connection.js").Link} Link */
/** @typedef {import("./link-words.js").MediaLinks} MediaLinks */

/** How long "Đã vào lại" stands. */
const BACK_FOR = 6000;

export class LinkView {
  #mark = byId("link", HTMLElement);
  #banner = byId("banner", HTMLElement);
  #action = part(this.#banner, "action", HTMLButtonElement);
  /** @type {Link | null} */ #seen = null;
  #back = false;
  /** Show the latest again. */
  #again = () => {};
  /** @type {unknown} */ #timer = null;

  /** @param {{ onRetry: () => void }} parts */
  constructor({ onRetry }) {
    this.#action.addEventListener("click", onRetry);
  }

  /**
   * @param {Link} link
   * @param {MediaLinks} media
   * @param {boolean} stuck media have been down for long although the socket is up
   * @param {import("./wire.js").Quality | null} [level] of my link
   */
  show(link, media, stuck, level = null) {
    this.#again = () => this.show(link, media, stuck, level);
    if (link !== this.#seen) this.#welcome(link);
    const { state, icon, text, banner, action } = describeLink(link, media, { stuck, level, back: this.#back });
    this.#mark.dataset["state"] = state;
    setIcon(this.#mark, icon);
    setText(part(this.#mark, "text", HTMLElement), text);
    this.#banner.hidden = banner === "";
    setText(part(this.#banner, "text", HTMLElement), banner);
    this.#action.hidden = action === null;
    setText(this.#action, action === null ? "" : action === "reload" ? t("Tải lại trang") : t("Nối lại ngay"));
  }

  /** @param {Link} link that has not been shown before */
  #welcome(link) {
    this.#seen = link;
    systemClock.clear(this.#timer);
    this.#back = link.state === "joined" && link.again;
    if (!this.#back) return;
    this.#timer = systemClock.set(() => {
      this.#back = false;
      this.#again();
    }, BACK_FOR);
  }
}
