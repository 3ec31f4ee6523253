/** What a failed step of the connection test means and what to do about it, by browser and system. Pure. */
import { t } from "./i18n.js";

/** @typedef {import("./platform.js").Platform} Platform */

/** The oldest versions that keep to the standards the room uses. */
const OLDEST = { chrome: 94, edge: 94, coccoc: 94, firefox: 113, safari: 15, other: 0 };

/** Whether this browser is too old to be trusted with a meeting. @param {Platform} platform */
export function isOld({ browser, version }) {
  return version !== null && version < OLDEST[browser];
}

/** @param {Platform} platform */
export function adviseOnBrowser({ system }) {
  if (system === "ios") {
    return t("Trên iPhone và iPad hãy cập nhật iOS trong Cài đặt, Cài đặt chung, Cập nhật phần mềm, rồi mở lại bằng Safari.");
  }
  return t("Hãy cài bản mới của Chrome, Edge, Cốc Cốc hoặc Firefox, rồi mở lại trang này bằng trình duyệt đó.");
}

/**
 * Where permissions of the microphone and the camera are given.
 * @param {Platform} platform
 */
export function adviseOnPermission({ browser, system }) {
  if (system === "ios") {
    return t("Trên iPhone và iPad: mở Cài đặt, Ứng dụng, Safari, đặt Micro và Camera thành Hỏi hoặc Cho phép.");
  }
  if (system === "android") {
    return t("Trên Android: chạm biểu tượng bên trái địa chỉ trang, chọn Quyền, bật Micro và Camera.");
  }
  if (browser === "firefox") {
    return t("Trên Firefox: bấm biểu tượng bên trái địa chỉ trang, xóa dấu chặn ở Micro và Camera, rồi tải lại trang.");
  }
  if (browser === "safari") {
    return t("Trên Safari: mở menu Safari, Cài đặt cho trang web này, đặt Micro và Camera thành Cho phép.");
  }
  return t("Bấm biểu tượng bên trái địa chỉ trang, bật Micro và Camera, rồi tải lại trang.");
}

/** Where the operating system itself holds a device back. @param {Platform} platform */
export function adviseOnSystem({ system }) {
  if (system === "windows") {
    return t("Trên Windows: mở Cài đặt, Quyền riêng tư và bảo mật, lần lượt Micro và Camera, bật cho ứng dụng trên máy.");
  }
  if (system === "macos") {
    return t("Trên macOS: mở Cài đặt hệ thống, Quyền riêng tư và bảo mật, lần lượt Micro và Camera, bật cho trình duyệt.");
  }
  return t("Mở phần cài đặt của hệ điều hành, mục quyền riêng tư, cho phép trình duyệt dùng micro và camera.");
}

/** @param {boolean} udp whether UDP comes through */
export function adviseOnWays(udp) {
  return udp
    ? t("Không ảnh hưởng: tiếng và hình đi đường UDP, là đường tốt nhất.")
    : t(
        "Tường lửa hoặc bộ định tuyến của điểm cầu chặn cổng này. Hãy gửi báo cáo cho kỹ thuật: cần mở cổng UDP của máy chủ họp.",
      );
}

export function adviseOnSocket() {
  return t(
    "Trang không giữ được kết nối với máy chủ. Tắt VPN và phần mềm chặn quảng cáo; nếu mạng cơ quan có proxy, báo kỹ thuật cho phép WebSocket.",
  );
}

export function adviseOnLoop() {
  return t(
    "Không đường nào đưa được tiếng và hình qua mạng này. Hãy thử mạng khác (dây mạng, 4G), rồi gửi báo cáo cho kỹ thuật.",
  );
}

/** @param {Platform} platform */
export function adviseOnSpeaker({ system }) {
  if (system === "ios") return t("Gạt nút tắt tiếng bên cạnh máy, tăng âm lượng, rút tai nghe, rồi nghe thử lại.");
  if (system === "android") return t("Tăng âm lượng nội dung đa phương tiện, tắt loa Bluetooth, rồi nghe thử lại.");
  return t("Kiểm tra âm lượng và dây loa, chọn đúng loa ở phần Thiết bị, rồi nghe thử lại.");
}

export function adviseOnQuiet() {
  return t(
    "Micro đã mở nhưng chưa nghe tiếng. Kiểm tra công tắc trên micro, dây cắm, chọn đúng micro ở phần Thiết bị, rồi kiểm tra lại và nói to hơn.",
  );
}

export function adviseOnDark() {
  return t("Camera đã mở nhưng hình tối đen. Mở nắp che ống kính, bật đèn, rồi kiểm tra lại.");
}
