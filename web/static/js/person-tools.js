/**
 * What can be done with a person or their screen: the entries of the menu that stands on their row and their tile. Pure.
 *
 * @typedef {import("./room-state.js").RoomState} RoomState
 * @typedef {import("./wire.js").Participant} Participant
 * @typedef {"pin" | "unpin" | "floor" | "floor_end" | "spotlight" | "spotlight_end" | "mute" | "ask" | "lower"
 *   | "present" | "appoint" | "dismiss" | "remove" | "ban"} Tool
 */
import { t } from "./i18n.js";
import { isOperator, maySend } from "./room-facts.js";

/**
 * @param {RoomState} state @param {Participant} person
 * @param {boolean} pinned whether their tile is pinned here
 * @returns {Tool[]} in the order of the menu
 */
export function listTools(state, person, pinned) {
  const { room, may, you } = state;
  const { floor, spotlight, shares } = room;
  const mine = person.id === you;
  const speaks = maySend(person.role);
  const has = (/** @type {import("./wire.js").Permission} */ permission) => may.includes(permission);
  /** @type {[Tool, boolean][]} */
  const tools = [
    [pinned ? "unpin" : "pin", person.role !== "projection"],
    ["floor", has("floor") && speaks && floor?.participant !== person.id],
    ["floor_end", has("floor") && floor?.participant === person.id],
    [spotlight === person.id ? "spotlight_end" : "spotlight", has("floor") && person.role !== "projection"],
    ["lower", has("floor") && person.hand !== null && !mine],
    ["mute", has("mute") && !person.muted && !mine],
    ["ask", has("mute") && speaks && person.muted && !person.companion && !mine],
    ["present", has("floor") && shares.indexOf(person.id) > 0],
    ["appoint", has("appoint") && !isOperator(person.role) && !["guest", "projection"].includes(person.role) && !mine],
    ["dismiss", has("appoint") && person.role === "co_chair" && !mine],
    ["remove", has("remove") && person.role !== "chair" && !mine],
    ["ban", has("remove") && person.role !== "chair" && !mine],
  ];
  return tools.flatMap(([tool, offered]) => (offered ? [tool] : []));
}

/** The word and the icon of an entry. @param {Tool} tool @returns {[text: string, icon: string]} */
export function nameTool(tool) {
  switch (tool) {
    case "pin":
      return [t("Ghim ở màn hình này"), "pin"];
    case "unpin":
      return [t("Bỏ ghim"), "pin-off"];
    case "floor":
      return [t("Mời phát biểu"), "mic"];
    case "floor_end":
      return [t("Kết thúc lượt phát biểu"), "check"];
    case "spotlight":
      return [t("Chiếu cho mọi người"), "eye"];
    case "spotlight_end":
      return [t("Dừng chiếu"), "eye"];
    case "lower":
      return [t("Hạ tay"), "hand"];
    case "mute":
      return [t("Tắt micro"), "mic-off"];
    case "ask":
      return [t("Mời bật micro"), "bell"];
    case "present":
      return [t("Chiếu màn hình này trước"), "monitor-up"];
    case "appoint":
      return [t("Cử làm đồng chủ trì"), "shield"];
    case "dismiss":
      return [t("Cho thôi đồng chủ trì"), "shield"];
    case "remove":
      return [t("Mời ra, vào lại được"), "log-out"];
    case "ban":
      return [t("Mời ra, không cho vào lại"), "user-x"];
  }
}
