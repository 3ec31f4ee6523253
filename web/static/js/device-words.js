/** What is wrong with a device, and what to do about it, in whole sentences. Pure. */
import { t } from "./i18n.js";

/** @typedef {import("./devices.js").Trouble} Trouble */

/**
 * @param {"microphone" | "camera"} source
 * @param {Trouble} trouble
 * @returns {string}
 */
export function explainTrouble(source, trouble) {
  const microphone = source === "microphone";
  switch (trouble) {
    case "insecure":
      return t(
        "Trang này không mở qua HTTPS nên trình duyệt không cho dùng micro và camera. Hãy báo cán bộ kỹ thuật mở trang bằng địa chỉ https. Bạn vẫn vào họp để nghe và xem được.",
      );
    case "denied":
      return microphone
        ? t(
            "Trình duyệt đang chặn micro của trang này. Hãy cho phép theo các bước dưới đây, rồi bấm Thử lại.",
          )
        : t(
            "Trình duyệt đang chặn camera của trang này. Hãy cho phép theo các bước dưới đây, rồi bấm Thử lại.",
          );
    case "dismissed":
      return microphone
        ? t("Câu hỏi về quyền dùng micro đã bị đóng khi chưa trả lời. Bấm Thử lại, rồi chọn Cho phép.")
        : t("Câu hỏi về quyền dùng camera đã bị đóng khi chưa trả lời. Bấm Thử lại, rồi chọn Cho phép.");
    case "blocked":
      return microphone
        ? t(
            "Trang này được dùng micro, nhưng hệ điều hành chưa cho trình duyệt dùng. Hãy mở quyền theo các bước dưới đây, rồi bấm Thử lại.",
          )
        : t(
            "Trang này được dùng camera, nhưng hệ điều hành chưa cho trình duyệt dùng. Hãy mở quyền theo các bước dưới đây, rồi bấm Thử lại.",
          );
    case "in_use":
      return microphone
        ? t("Micro đang được chương trình khác sử dụng. Đóng chương trình đó, rồi bấm Thử lại.")
        : t("Camera đang được chương trình khác sử dụng. Đóng chương trình đó, rồi bấm Thử lại.");
    case "not_found":
      return microphone
        ? t("Không tìm thấy micro. Kiểm tra dây cắm, rồi bấm Thử lại. Bạn vẫn vào họp để nghe và xem được.")
        : t("Không tìm thấy camera. Kiểm tra dây cắm, rồi bấm Thử lại. Bạn vẫn vào họp không có hình được.");
    case "unsuitable":
      return microphone
        ? t("Micro đã chọn không dùng được với trang này. Hãy chọn micro khác ở mục Thiết bị, rồi bấm Thử lại.")
        : t("Camera đã chọn không dùng được với trang này. Hãy chọn camera khác ở mục Thiết bị, rồi bấm Thử lại.");
    case "unsupported":
      return t(
        "Trình duyệt này không hỗ trợ họp trực tuyến. Hãy dùng bản mới của Chrome, Edge, Cốc Cốc, Firefox hoặc Safari.",
      );
    case "failed":
      return microphone
        ? t("Không mở được micro vì lỗi của thiết bị. Rút ra, cắm lại, rồi bấm Thử lại.")
        : t("Không mở được camera vì lỗi của thiết bị. Rút ra, cắm lại, rồi bấm Thử lại.");
  }
}

/** In a few words, for a place where there is no room. @param {Trouble} trouble @returns {string} */
export function nameTrouble(trouble) {
  switch (trouble) {
    case "insecure":
      return t("cần HTTPS");
    case "denied":
      return t("trình duyệt chặn");
    case "dismissed":
      return t("chưa trả lời");
    case "blocked":
      return t("hệ thống chặn");
    case "in_use":
      return t("đang bị chiếm");
    case "not_found":
      return t("không tìm thấy");
    case "unsuitable":
      return t("không phù hợp");
    case "unsupported":
      return t("không hỗ trợ");
    case "failed":
      return t("lỗi thiết bị");
  }
}
