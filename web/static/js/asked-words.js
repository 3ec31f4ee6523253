/** What the chair asks of somebody, in words. Pure. */
import { t } from "./i18n.js";

/** @param {"unmute" | "floor"} what */
export function nameAsked(what) {
  return what === "floor" ? t("Chủ trì mời bạn phát biểu.") : t("Chủ trì mời bạn bật micro.");
}
