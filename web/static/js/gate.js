/** What stands before the room: waiting to be let in, or why there is no way in, with one thing to do. */
import { byId, part, setText } from "./elements.js";
import { clockTime, t } from "./i18n.js";

/** @typedef {"waiting" | "turned_down" | "removed" | "full" | "locked"} Barrier */

export class Gate {
  #gate = byId("gate", HTMLElement);
  #room = byId("room", HTMLElement);
  #title = byId("gate-title", HTMLElement);
  #again = byId("gate-again", HTMLButtonElement);
  #leave = byId("gate-leave", HTMLButtonElement);
  /** @type {Barrier | null} */ #shown = null;

  /** @param {{ onAgain: () => void, onLeave: () => void }} parts */
  constructor({ onAgain, onLeave }) {
    this.#again.addEventListener("click", onAgain);
    this.#leave.addEventListener("click", onLeave);
  }

  /** @param {Barrier | null} barrier null: the way is open @param {string | null} [since] when I began to wait */
  show(barrier, since = null) {
    this.#gate.hidden = barrier === null;
    this.#room.inert = barrier !== null;
    if (barrier === this.#shown) return;
    this.#shown = barrier;
    if (barrier === null) {
      byId("main", HTMLElement).focus();
      return;
    }
    const [title, text] = describeBarrier(barrier);
    setText(this.#title, title);
    const waited = since === null ? "" : t("Bạn chờ từ {time}.", { time: clockTime(since) });
    setText(byId("gate-text", HTMLElement), [text, waited].filter(Boolean).join(" "));
    this.#again.hidden = barrier === "waiting";
    const leave = barrier === "waiting" ? t("Không chờ nữa") : t("Về trang trước");
    setText(part(this.#leave, "text", HTMLElement), leave);
    this.#title.focus(); // and so a screen reader says it
  }
}

/** @param {Barrier} barrier @returns {[title: string, text: string]} */
function describeBarrier(barrier) {
  switch (barrier) {
    case "waiting":
      return [
        t("Đang chờ được cho vào"),
        t("Tên bạn đang ở danh sách chờ của chủ trì và thư ký. Khi được cho vào, phòng họp tự mở ra ở đây."),
      ];
    case "turned_down":
      return [
        t("Yêu cầu vào họp không được chấp nhận"),
        t("Nếu cho là nhầm lẫn, hãy liên hệ thư ký cuộc họp, hoặc xin vào lần nữa sau nửa phút."),
      ];
    case "removed":
      return [
        t("Bạn đã được mời ra khỏi cuộc họp"),
        t("Bạn có thể xin vào lần nữa; chủ trì hoặc thư ký sẽ quyết định."),
      ];
    case "full":
      return [
        t("Phòng họp đã đủ chỗ"),
        t("Chỗ của các điểm cầu được mời vẫn giữ. Hãy thử lại khi có người rời phòng họp, hoặc báo thư ký cuộc họp."),
      ];
    case "locked":
      return [
        t("Phòng họp đã khóa"),
        t("Chủ trì đã khóa phòng, không ai vào thêm được. Hãy liên hệ thư ký cuộc họp rồi xin vào lần nữa."),
      ];
  }
}
