/**
 * Step by step, what to press so that a device works: by what is wrong, by browser and by system. Pure. Where there is
 * nothing to press there are no steps, and the sentence of `device-words.js` says all.
 *
 * @typedef {Pick<import("./platform.js").Platform, "browser" | "system">} Agent
 * @typedef {"microphone" | "camera"} Source
 */
import { t } from "./i18n.js";
import { nameBrowser } from "./platform.js";

/**
 * @param {Source} source
 * @param {import("./devices.js").Trouble | "silent"} trouble
 * @param {Agent} agent
 * @returns {string[]}
 */
export function listSteps(source, trouble, agent) {
  const device = source === "microphone" ? t("Micro") : t("Camera");
  switch (trouble) {
    case "denied":
      return allowInBrowser(device, agent);
    case "blocked":
      return allowInSystem(device, agent);
    case "in_use":
      return freeDevice(device, agent);
    case "not_found":
    case "failed":
      return findDevice(device, agent);
    case "silent":
      return wakeMicrophone(agent);
    default:
      return [];
  }
}

/** @param {string} device @param {Agent} agent */
function allowInBrowser(device, { browser, system }) {
  if (system === "ios" && browser !== "safari") return allowInIos(device, browser);
  if (system === "ios") {
    return [
      t("Bấm nút bên trái địa chỉ trang (hình trang giấy hoặc chữ AA)."),
      t("Chọn Cài đặt trang web, mục {device}, chọn Cho phép.", { device }),
    ];
  }
  if (system === "android" && browser === "firefox") {
    return [t("Bấm ổ khóa bên trái địa chỉ trang."), t("Bấm dòng {device} đang bị chặn để cho phép.", { device })];
  }
  if (system === "android") {
    return [
      t("Bấm biểu tượng bên trái địa chỉ trang (hai thanh trượt hoặc ổ khóa)."),
      t("Chọn Quyền, mục {device}, chọn Cho phép.", { device }),
    ];
  }
  if (browser === "firefox") {
    return [
      t("Bấm biểu tượng {device} bị gạch chéo bên trái địa chỉ trang.", { device }),
      t("Bấm dấu nhân cạnh dòng Đã chặn để bỏ chặn {device}.", { device }),
    ];
  }
  if (browser === "safari") {
    return [
      t("Trên thanh trình đơn, mở Safari, chọn Cài đặt cho trang web này."),
      t("Ở mục {device}, chọn Cho phép.", { device }),
    ];
  }
  return [
    t("Bấm biểu tượng bên trái địa chỉ trang (hai thanh trượt hoặc ổ khóa)."),
    t("Bật {device}.", { device }),
  ];
}

/** @param {string} device @param {Agent} agent */
function allowInSystem(device, { browser, system }) {
  const name = nameBrowser(browser) || t("trình duyệt này");
  switch (system) {
    case "windows":
      return [
        t("Mở Cài đặt của Windows, chọn Quyền riêng tư và bảo mật, mục {device}.", { device }),
        t("Bật Quyền truy cập, và bật Cho phép ứng dụng trên máy tính truy cập."),
      ];
    case "macos":
      return [
        t("Mở Cài đặt hệ thống, chọn Quyền riêng tư và bảo mật, mục {device}.", { device }),
        t("Bật {browser}, rồi thoát hẳn {browser} và mở lại.", { browser: name }),
      ];
    case "android":
      return [
        t("Mở Cài đặt của máy, chọn Ứng dụng, {browser}, Quyền.", { browser: name }),
        t("Chọn {device}, rồi chọn Cho phép khi dùng ứng dụng.", { device }),
        t("Vuốt từ mép trên màn hình xuống: nếu có ô chặn {device}, hãy tắt ô đó.", { device }),
      ];
    case "ios":
      return allowInIos(device, browser);
    default:
      return [t("Mở phần cài đặt quyền riêng tư của máy và cho phép {browser} dùng {device}.", { browser: name, device })];
  }
}

/** @param {string} device @param {import("./platform.js").BrowserName} browser */
function allowInIos(device, browser) {
  const name = nameBrowser(browser) || t("trình duyệt này");
  return [
    t("Mở Cài đặt của iPhone hoặc iPad, chọn Ứng dụng, {browser}.", { browser: name }),
    t("Bật {device}, rồi mở lại trang này.", { device }),
  ];
}

/** @param {string} device @param {Agent} agent */
function freeDevice(device, { system }) {
  const phone = system === "android" || system === "ios";
  const steps = [
    phone
      ? t("Kết thúc cuộc gọi đang diễn ra và đóng các ứng dụng gọi hình khác.")
      : t("Đóng các chương trình họp, gọi hình và ghi hình khác, cả những thẻ khác của trình duyệt."),
  ];
  if (system === "windows") {
    steps.push(t("Mở Cài đặt của Windows, mục {device}, xem chương trình nào đang dùng.", { device }));
  }
  return [...steps, t("Nếu thiết bị vẫn đang được chương trình khác dùng, hãy khởi động lại máy.")];
}

/** @param {string} device @param {Agent} agent */
function findDevice(device, { system }) {
  if (system === "android" || system === "ios") return [t("Rút tai nghe hoặc thiết bị ngoài ra rồi cắm lại.")];
  return [
    t("Rút dây của {device} rồi cắm vào cổng khác.", { device }),
    t("Nếu thiết bị có công tắc hoặc nắp che, hãy bật công tắc và mở nắp."),
    system === "windows"
      ? t("Mở Trình quản lý thiết bị của Windows, xem {device} có bị tắt không.", { device })
      : t("Mở phần cài đặt âm thanh và hình của máy, xem {device} có trong danh sách không.", { device }),
  ];
}

/** @param {Agent} agent */
function wakeMicrophone({ system }) {
  const steps = [
    t("Kiểm tra công tắc tắt tiếng trên micro, tai nghe hoặc bàn trộn âm thanh."),
    t("Chọn micro khác ở mục Thiết bị."),
  ];
  if (system === "windows") steps.push(t("Mở Cài đặt của Windows, Hệ thống, Âm thanh, Đầu vào: nâng mức âm lượng của micro."));
  if (system === "macos") steps.push(t("Mở Cài đặt hệ thống, Âm thanh, Đầu vào: nâng mức âm lượng của micro."));
  return steps;
}
