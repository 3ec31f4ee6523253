/** What those who run the meeting do, with the questions that come before what cannot be undone. */
import { askConfirmation } from "./dialogs.js";
import { t } from "./i18n.js";
import { findDiscussed, findParticipant } from "./room-state.js";
import { askPolicy, askVote } from "./room-forms.js";

/** @typedef {import("./room-session.js").RoomSession} RoomSession */
/** @typedef {import("./person-tools.js").Tool} Tool */
/** @typedef {import("./wire.js").Vote} Vote */

/** @param {RoomSession} session @param {Exclude<Tool, "pin" | "unpin">} tool @param {string} id of the person */
export async function useTool(session, tool, id) {
  const name = session.state === null ? undefined : findParticipant(session.state, id)?.name;
  if (name === undefined) return;
  switch (tool) {
    case "floor":
      session.send({ type: "floor", participant: id, seconds: null });
      return;
    case "floor_end":
      session.send({ type: "floor", participant: null, seconds: null });
      return;
    case "spotlight":
      session.send({ type: "spotlight", participant: id });
      return;
    case "spotlight_end":
      session.send({ type: "spotlight", participant: null });
      return;
    case "lower":
      session.send({ type: "lower_hand", participant: id });
      return;
    case "mute":
      session.send({ type: "mute", participant: id });
      return;
    case "ask":
      session.send({ type: "ask_unmute", participant: id });
      return;
    case "present":
      session.send({ type: "present", participant: id });
      return;
    case "appoint":
    case "dismiss":
      session.send({ type: "appoint", participant: id, on: tool === "appoint" });
      return;
    case "remove":
    case "ban":
      return removeOther(session, id, name, tool === "remove");
  }
}

/** @param {RoomSession} session @param {string} id @param {string} name @param {boolean} mayReturn */
async function removeOther(session, id, name, mayReturn) {
  const text = mayReturn
    ? t("Người đó rời phòng họp ngay. Muốn vào lại, họ phải chờ được cho vào.")
    : t("Người đó rời phòng họp ngay và không vào lại cuộc họp này được.");
  const yes = await askConfirmation({ title: t("Mời {name} ra khỏi cuộc họp?", { name }), text, yes: t("Mời ra") });
  if (yes) session.send({ type: "remove", participant: id, may_return: mayReturn });
}

/** @param {RoomSession} session */
export async function muteAll(session) {
  const text = t("Micro của chủ trì và của bạn vẫn như cũ. Ai cần nói thì tự bật lại.");
  const yes = await askConfirmation({ title: t("Tắt micro của tất cả?"), text, yes: t("Tắt micro tất cả") });
  if (yes) session.send({ type: "mute", participant: null });
}

/** @param {RoomSession} session @param {string} id of somebody who waits */
export async function refuseEntry(session, id) {
  const name = session.state?.lobby.find((one) => one.id === id)?.name;
  if (name === undefined) return;
  const text = t("Người đó được báo là không vào họp được, và có thể xin vào lần nữa.");
  const yes = await askConfirmation({ title: t("Từ chối {name}?", { name }), text, yes: t("Từ chối") });
  if (yes) session.send({ type: "refuse", participant: id });
}

/** @param {RoomSession} session */
export async function changePolicy(session) {
  if (session.state === null) return;
  const changes = await askPolicy(session.state.room.policy);
  if (Object.keys(changes).length > 0) session.send({ type: "policy", ...changes });
}

/** The item under discussion is what is voted on as a rule. @param {RoomSession} session */
export async function openVote(session) {
  if (session.state === null) return;
  const vote = await askVote(findDiscussed(session.state, Date.now())?.title ?? "");
  if (vote !== null) session.send({ type: "vote_open", ...vote });
}

/** @param {RoomSession} session @param {Vote} vote */
export async function closeVote(session, { id, cast, present }) {
  const title = t("Kết thúc biểu quyết?");
  const text = t("Đã biểu quyết {cast}/{present}. Sau khi kết thúc không ai biểu quyết thêm được.", { cast, present });
  if (cast < present && !(await askConfirmation({ title, text, yes: t("Kết thúc biểu quyết") }))) return;
  session.send({ type: "vote_close", vote: id });
}

/** @param {RoomSession} session @param {Vote} vote */
export async function withdrawVote(session, { id }) {
  const text = t("Các phiếu đã bỏ không được tính. Có thể mở lần biểu quyết khác.");
  const yes = await askConfirmation({ title: t("Hủy lần biểu quyết này?"), text, yes: t("Hủy biểu quyết") });
  if (yes) session.send({ type: "vote_withdraw", vote: id });
}
