/** The small sign in the lobby that says how the way to the server is, and what to do when it is weak. */
import { byId, part, setIcon, setText } from "./elements.js";
import { t } from "./i18n.js";
import { askServer, probe } from "./network-probe.js";

/** @typedef {import("./network-probe.js").Probe} Probe */

/** How long to wait before looking again, in milliseconds. */
const AGAIN = 20_000;
const SERVER = "/healthz";

export class NetworkChip {
  #chip = byId("network", HTMLElement);
  #looking = false;

  /** Look, and look again for as long as the page is looked at. */
  start() {
    void this.#look();
    addEventListener("offline", () => this.#show({ quality: null, trip: null }));
    addEventListener("online", () => void this.#look());
    setInterval(() => {
      if (!document.hidden) void this.#look();
    }, AGAIN);
  }

  async #look() {
    if (this.#looking) return;
    this.#looking = true;
    this.#show(await probe(() => askServer(SERVER), () => performance.now()));
    this.#looking = false;
  }

  /** @param {Probe} seen */
  #show({ quality, trip }) {
    const state = quality ?? "none";
    this.#chip.dataset["state"] = state;
    setIcon(this.#chip, ICONS[state]);
    setText(part(this.#chip, "text", HTMLElement), nameNetwork(quality));
    setText(part(this.#chip, "detail", HTMLElement), adviseNetwork(quality, trip));
  }
}

const ICONS = { good: "signal", weak: "signal-medium", bad: "signal-low", none: "wifi-off" };

/** @param {Probe["quality"]} quality */
function nameNetwork(quality) {
  switch (quality) {
    case "good":
      return t("Mạng tốt");
    case "weak":
      return t("Mạng chậm");
    case "bad":
      return t("Mạng rất chậm");
    case null:
      return navigator.onLine ? t("Máy chủ chưa trả lời") : t("Mất mạng");
  }
}

/** @param {Probe["quality"]} quality @param {number | null} trip */
function adviseNetwork(quality, trip) {
  const ms = Math.round(trip ?? 0);
  switch (quality) {
    case "good":
      return t("Máy chủ trả lời sau {ms} mili giây.", { ms });
    case "weak":
      return t("Máy chủ trả lời sau {ms} mili giây. Nếu tiếng ngắt quãng, hãy bật Mạng yếu.", { ms });
    case "bad":
      return t("Máy chủ trả lời sau {ms} mili giây. Nên bật Mạng yếu trước khi vào họp.", { ms });
    case null:
      return t("Kiểm tra dây mạng hoặc Wi-Fi của điểm cầu.");
  }
}
