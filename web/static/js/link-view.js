/** How the link stands, in plain words: connecting, returning, lost, connected without media, connected. */
import { byId, part, setIcon, setText } from "./elements.js";
import { t } from "./i18n.js";
import { isUp } from "./peer.js";

/** @typedef {import("./connection.js").Link} Link */
/** @typedef {{ publish: import("./peer.js").MediaLink, receive: import("./peer.js").MediaLink }} MediaLinks */

export class LinkView {
  #mark = byId("link", HTMLElement);
  #banner = byId("banner", HTMLElement);
  #action = part(this.#banner, "action", HTMLButtonElement);

  /** @param {{ onRetry: () => void }} parts */
  constructor({ onRetry }) {
    this.#action.addEventListener("click", onRetry);
  }

  /**
   * @param {Link} link
   * @param {MediaLinks} media
   * @param {boolean} stuck media have been down for long although the socket is up
   */
  show(link, media, stuck) {
    switch (link.state) {
      case "connecting":
        this.#set("connecting", "wifi", t("Đang kết nối"));
        return this.#warn("");
      case "joined":
        return this.#showMedia(media, stuck);
      case "reconnecting":
        this.#set("reconnecting", "refresh-cw", t("Đang nối lại, lần {attempt}", { attempt: link.attempt }));
        return this.#warn(
          t("Mất kết nối với máy chủ. Đang nối lại, lần {attempt}. Chỗ của bạn trong cuộc họp được giữ.", {
            attempt: link.attempt,
          }),
          t("Nối lại ngay"),
        );
      case "lost":
        this.#set("lost", "wifi-off", t("Mất kết nối"));
        return this.#warn(t("Mất kết nối. Kiểm tra mạng của điểm cầu, rồi bấm Nối lại."), t("Nối lại"));
      case "closed":
        this.#set("closed", "wifi-off", t("Đã ngắt"));
        if (link.why !== "protocol") return this.#warn("");
        return this.#warn(t("Trang này không còn khớp với máy chủ. Hãy tải lại trang."), t("Tải lại trang"));
    }
  }

  /** @param {MediaLinks} media @param {boolean} stuck */
  #showMedia({ publish, receive }, stuck) {
    if (isUp(publish) && isUp(receive)) {
      this.#set("connected", "wifi", t("Đã kết nối"));
      return this.#warn("");
    }
    const again = publish === "broken" || receive === "broken";
    this.#set("media", "refresh-cw", again ? t("Đang nối lại tiếng và hình") : t("Đang nối tiếng và hình"));
    return this.#warn(
      stuck
        ? t(
            "Tiếng và hình không qua được mạng này. Hãy báo cán bộ kỹ thuật: có thể tường lửa chặn cổng UDP của máy chủ.",
          )
        : "",
    );
  }

  /** @param {string} state @param {string} icon @param {string} text */
  #set(state, icon, text) {
    this.#mark.dataset["state"] = state;
    setIcon(this.#mark, icon);
    setText(part(this.#mark, "text", HTMLElement), text);
  }

  /** @param {string} text @param {string} [action] */
  #warn(text, action = "") {
    this.#banner.hidden = text === "";
    setText(part(this.#banner, "text", HTMLElement), text);
    this.#action.hidden = action === "";
    setText(this.#action, action);
  }
}
