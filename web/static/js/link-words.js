/**
 * How the link stands, in plain words. Three states are told honestly: connected, coming back (and for the which time),
 * back; and three causes are told apart: no network, a server that does not answer, data that come late. Pure.
 *
 * @typedef {import("./connection.js").Link} Link
 * @typedef {{ publish: import("./peer.js").MediaLink, receive: import("./peer.js").MediaLink }} MediaLinks
 * @typedef {"retry" | "reload"} Action
 * @typedef {{ state: string, icon: string, text: string, banner: string, action: Action | null }} LinkWords
 *   `text` always stands there; `banner` only when something is to be known or done
 */
import { t } from "./i18n.js";
import { isUp } from "./peer.js";

/**
 * @param {Link} link
 * @param {MediaLinks} media
 * @param {{ stuck: boolean, level: import("./wire.js").Quality | null, back: boolean }} more
 *   `stuck`: media have been down for long although the socket is up; `back`: only just come back
 * @returns {LinkWords}
 */
export function describeLink(link, media, { stuck, level, back }) {
  switch (link.state) {
    case "connecting":
      return say("connecting", "wifi", t("Đang kết nối"));
    case "waiting":
      return say("waiting", "wifi", t("Đang chờ được mời vào"));
    case "joined":
      return describeMedia(media, stuck, level, back);
    case "reconnecting":
      return describeReturn(link.attempt, link.cause);
    case "lost":
      return {
        ...say("lost", "wifi-off", link.cause === "offline" ? t("Mất mạng") : t("Mất kết nối")),
        banner:
          link.cause === "offline"
            ? t("Mất mạng. Kiểm tra dây mạng hoặc Wi-Fi của điểm cầu, rồi bấm Nối lại.")
            : t("Máy chủ chưa trả lời. Mạng của máy này vẫn có. Hãy chờ một lát rồi bấm Nối lại, hoặc báo cán bộ kỹ thuật."),
        action: "retry",
      };
    case "closed":
      return link.why === "protocol"
        ? {
            ...say("closed", "wifi-off", t("Đã ngắt")),
            banner: t("Trang này không còn khớp với máy chủ. Hãy tải lại trang."),
            action: "reload",
          }
        : say("closed", "wifi-off", t("Đã ngắt"));
  }
}

/** @param {number} attempt @param {import("./connection.js").Cause} cause @returns {LinkWords} */
function describeReturn(attempt, cause) {
  const offline = cause === "offline";
  return {
    ...say("reconnecting", "refresh-cw", t("Đang nối lại, lần {attempt}", { attempt })),
    banner: offline
      ? t("Mất mạng. Đang nối lại, lần {attempt}. Chỗ của bạn trong cuộc họp được giữ.", { attempt })
      : t("Máy chủ chưa trả lời. Đang nối lại, lần {attempt}. Chỗ của bạn trong cuộc họp được giữ.", { attempt }),
    action: "retry",
  };
}

/**
 * @param {MediaLinks} media @param {boolean} stuck @param {import("./wire.js").Quality | null} level @param {boolean} back
 * @returns {LinkWords}
 */
function describeMedia({ publish, receive }, stuck, level, back) {
  if (!isUp(publish) || !isUp(receive)) {
    const again = publish === "broken" || receive === "broken";
    return {
      ...say("media", "refresh-cw", again ? t("Đang nối lại tiếng và hình") : t("Đang nối tiếng và hình")),
      banner: stuck
        ? t("Tiếng và hình không qua được mạng này. Hãy báo cán bộ kỹ thuật: có thể tường lửa chặn đường truyền của máy chủ.")
        : "",
    };
  }
  if (back) return say("connected", "wifi", t("Đã vào lại"));
  if (level !== "bad") return say("connected", "wifi", t("Đã kết nối"));
  return {
    ...say("slow", "wifi", t("Dữ liệu đến chậm")),
    banner: t("Dữ liệu đến chậm: tiếng có thể ngắt quãng. Hãy bật Mạng yếu, hoặc chuyển sang mạng khác."),
  };
}

/** @param {string} state @param {string} icon @param {string} text @returns {LinkWords} */
function say(state, icon, text) {
  return { state, icon, text, banner: "", action: null };
}
