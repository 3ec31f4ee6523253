/** What the chair asks of somebody, in words. Pure. */
import { t } from "./i18n.js";

/** @param {"unmute" | "floor"} what */
export function nameAsked(what) {
  return what === "floor" ? t("Chủ trì mời đồng chí phát biểu.") : t("Chủ trì mời đồng chí bật micro.");
}
