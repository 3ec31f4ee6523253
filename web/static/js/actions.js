/** What the buttons and keys of the room do, with the questions that come before. */
import { saveChoices } from "./choices.js";
import { DeviceError } from "./devices.js";
import { askConfirmation, openDialog } from "./dialogs.js";
import { t } from "./i18n.js";
import { may } from "./room-state.js";

/** @typedef {import("./bar.js").Action} Action */
/** @typedef {import("./room-session.js").RoomSession} RoomSession */
/** @typedef {(news: import("./news.js").News) => void} Tell */

/** @param {RoomSession} session @param {Tell} tell @param {Action} action @returns {Promise<void>} */
export async function act(session, tell, action) {
  const { microphone, camera, screen } = session.media.mine;
  switch (action) {
    case "microphone":
      return switchInput(session, tell, "microphone", !microphone.on);
    case "camera":
      return switchInput(session, tell, "camera", !camera.on);
    case "screen":
      return switchScreen(session, tell, screen === null);
    case "hand":
      session.send({ type: "hand", up: !session.handUp });
      return;
    case "start":
      session.send({ type: "start" });
      return;
    case "record":
      return switchRecording(session);
    case "leave":
      return leave(session);
  }
}

/** @param {RoomSession} session @param {Tell} tell @param {"microphone" | "camera"} source @param {boolean} on */
export async function switchInput({ media, companion }, tell, source, on) {
  if (companion && on && source === "microphone") {
    const text = t("Máy này đang dùng chung loa và micro với máy khác trong phòng nên micro luôn tắt.");
    return tell({ text, urgent: true, shown: true });
  }
  await (source === "microphone" ? media.setMicrophone(on) : media.setCamera(on));
  const input = media.mine[source];
  saveChoices(localStorage, source === "microphone" ? { withMicrophone: input.on } : { withCamera: input.on });
  if (input.trouble !== null)
    void openDialog("devices"); // there it says what is wrong and what to do
  else tell({ text: nameSwitch(source, input.on), urgent: false, shown: false });
}

/** @param {"microphone" | "camera"} source @param {boolean} on */
function nameSwitch(source, on) {
  if (source === "microphone") return on ? t("Micro đang bật.") : t("Micro đang tắt.");
  return on ? t("Camera đang bật.") : t("Camera đang tắt.");
}

/** Open again what could not be opened. @param {RoomSession} session @param {Tell} tell */
export async function retryInputs(session, tell) {
  for (const source of /** @type {const} */ (["microphone", "camera"])) {
    if (session.media.mine[source].trouble !== null) await switchInput(session, tell, source, true);
  }
}

/** @param {RoomSession} session @param {Tell} tell @param {boolean} on */
async function switchScreen({ media }, tell, on) {
  try {
    await media.setScreen(on);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    tell({ text: t("Không chia sẻ được màn hình trên thiết bị này."), urgent: true, shown: true });
  }
}

/** @param {RoomSession} session */
async function switchRecording(session) {
  const on = !session.state?.room.recording.on;
  const text = t("Phần đã ghi được giữ nguyên. Có thể ghi tiếp bất cứ lúc nào.");
  if (!on && !(await askConfirmation({ title: t("Dừng ghi âm?"), text, yes: t("Dừng ghi âm") }))) return;
  session.send({ type: "record", on });
}

/** Whoever may end the meeting is asked whether they mean that; all others leave at once, and may come back. */
/** @param {RoomSession} session */
async function leave(session) {
  const { state } = session;
  if (state !== null && may(state, "end") && state.room.phase === "in_session") {
    const answer = await openDialog("leaving");
    if (answer === "end") session.send({ type: "end" });
    if (answer !== "leave") return;
  }
  session.connection.leave();
}
