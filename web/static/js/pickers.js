/** The choice of microphone, camera and speaker, and the test of the speaker: in the lobby and in the room. */
import { listDevices, onDeviceChange } from "./devices.js";
import { byId, part, setText } from "./elements.js";
import { t } from "./i18n.js";

/** @typedef {"microphone" | "camera" | "speaker"} Pick */

export class Pickers {
  /** @type {Record<Pick, HTMLSelectElement>} */
  #selects = {
    microphone: byId("pick-microphone", HTMLSelectElement),
    camera: byId("pick-camera", HTMLSelectElement),
    speaker: byId("pick-speaker", HTMLSelectElement),
  };

  /** @param {{ chosen: Record<Pick, string | null>, onPick: (pick: Pick, id: string | null) => void }} parts */
  constructor({ chosen, onPick }) {
    this.chosen = chosen;
    for (const pick of /** @type {Pick[]} */ (["microphone", "camera", "speaker"])) {
      this.#selects[pick].addEventListener("change", () => {
        this.chosen[pick] = this.#selects[pick].value || null;
        onPick(pick, this.chosen[pick]);
      });
    }
    const test = byId("speaker-test", HTMLButtonElement);
    test.addEventListener("click", () => this.#testSpeaker(test));
    onDeviceChange(() => void this.refresh());
  }

  /** List what there is now; to be called when a device was opened, for names come with the permission. */
  async refresh() {
    const { microphones, cameras, speakers } = await listDevices();
    fill(this.#selects.microphone, microphones, this.chosen.microphone, t("Không có micro"));
    fill(this.#selects.camera, cameras, this.chosen.camera, t("Không có camera"));
    fill(this.#selects.speaker, speakers, this.chosen.speaker, t("Loa mặc định của máy"));
  }

  /** @param {HTMLButtonElement} button */
  async #testSpeaker(button) {
    button.disabled = true;
    setText(part(button, "text", HTMLElement), t("Đang phát tiếng thử"));
    await playChime(this.chosen.speaker);
    setText(part(button, "text", HTMLElement), t("Nghe thử loa"));
    button.disabled = false;
  }
}

/**
 * @param {HTMLSelectElement} select
 * @param {import("./devices.js").Device[]} devices
 * @param {string | null} chosen
 * @param {string} none
 */
function fill(select, devices, chosen, none) {
  const options = devices.map(({ id, label }, index) => {
    const option = document.createElement("option");
    option.value = id;
    option.textContent = label || t("Thiết bị {number}", { number: index + 1 });
    return option;
  });
  if (options.length === 0) {
    const option = document.createElement("option");
    option.value = "";
    option.textContent = none;
    options.push(option);
  }
  select.replaceChildren(...options);
  select.disabled = devices.length === 0;
  if (chosen !== null && devices.some(({ id }) => id === chosen)) select.value = chosen;
}

/** Three tones, a second in all. @param {string | null} speaker */
async function playChime(speaker) {
  const context = new AudioContext();
  if (speaker !== null && "setSinkId" in context) {
    await /** @type {{ setSinkId(id: string): Promise<void> }} */ (/** @type {unknown} */ (context)).setSinkId(speaker);
  }
  const gain = new GainNode(context, { gain: 0.2 });
  gain.connect(context.destination);
  const tones = [523, 659, 784].map((frequency, index) => {
    const tone = new OscillatorNode(context, { frequency });
    tone.connect(gain);
    tone.start(context.currentTime + index * 0.3);
    tone.stop(context.currentTime + index * 0.3 + 0.28);
    return tone;
  });
  await new Promise((resolve) => tones.at(-1)?.addEventListener("ended", resolve));
  await context.close();
}
