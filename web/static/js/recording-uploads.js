/** The page of a meeting's recordings: files are chosen, described, and brought piece by piece, also after a lost connection. */
import { byId, setText } from "./elements.js";
import { t } from "./i18n.js";
import { followingTime, judgeAnswer, nextPiece, waitAfter } from "./upload-plan.js";

const page = byId("uploads", HTMLElement);
const base = page.dataset.base ?? "";
const csrf = page.dataset.csrf ?? "";
const chosen = byId("files", HTMLInputElement);
const rows = byId("upload-rows", HTMLElement);
const start = byId("upload-start", HTMLButtonElement);
const said = byId("upload-said", HTMLElement);

/** One chosen file: its row, and its way to the server. */
class Row {
  token = "";
  offset = 0;
  /** @type {"waiting" | "going" | "paused" | "done"} */ stage = "waiting";
  seconds = NaN;

  /** @param {File} file @param {Row | undefined} before */
  constructor(file, before) {
    this.file = file;
    const template = byId("upload-row", HTMLTemplateElement).content.cloneNode(true);
    this.element = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (template).firstElementChild);
    setText(this.part("name", HTMLElement), file.name);
    this.part("pause", HTMLButtonElement).addEventListener("click", () => this.togglePause());
    this.part("drop", HTMLButtonElement).addEventListener("click", () => drop(this));
    this.#describe(before);
    this.tell(t("{size} MB", { size: formatMegabytes(file.size) }));
  }

  /** @template {HTMLElement} T @param {string} name @param {new () => T} kind @returns {T} */
  part(name, kind) {
    const found = this.element.querySelector(`[data-part=${name}]`);
    if (!(found instanceof kind)) throw new Error(`no ${name}`);
    return found;
  }

  /** As it was told for the same file before; else after the file before it. @param {Row | undefined} before */
  #describe(before) {
    const known = [...document.querySelectorAll("[data-unfinished]")].find(
      (one) => one instanceof HTMLElement && one.dataset.name === this.file.name && one.dataset.size === String(this.file.size),
    );
    for (const name of ["speaker", "day", "time"]) {
      const input = this.part(name, HTMLInputElement);
      if (known instanceof HTMLElement) input.value = known.dataset[name] ?? "";
      else if (before) input.value = before.part(name, HTMLInputElement).value;
    }
    if (!known && before) {
      const time = this.part("time", HTMLInputElement);
      time.value = followingTime(time.value, before.seconds);
    }
  }

  /** @param {string} text */
  tell(text) {
    setText(this.part("state", HTMLElement), text);
  }

  /** @param {"waiting" | "going" | "paused" | "done"} stage */
  enter(stage) {
    this.stage = stage;
    const pause = this.part("pause", HTMLButtonElement);
    pause.hidden = stage === "waiting" || stage === "done";
    setText(pause, stage === "paused" ? t("Tiếp tục") : t("Tạm dừng"));
    this.part("drop", HTMLButtonElement).hidden = stage !== "waiting";
    this.part("bar", HTMLProgressElement).hidden = stage === "waiting";
    for (const name of ["speaker", "day", "time"]) this.part(name, HTMLInputElement).disabled = this.token !== "";
  }

  togglePause() {
    if (this.stage === "going") {
      this.enter("paused");
      this.tell(t("Đã tạm dừng. Phần đã tải lên vẫn còn trên máy chủ."));
    } else void bringAll([this]);
  }

  showProgress() {
    this.part("bar", HTMLProgressElement).value = this.offset / this.file.size;
    const [done, total] = [formatMegabytes(this.offset), formatMegabytes(this.file.size)];
    this.tell(t("Đã tải lên {done} trong {total} MB.", { done, total }));
  }

  /** @param {string} text what keeps it from going on */
  stop(text) {
    this.enter("paused");
    this.tell(text);
    setText(said, `${this.file.name}: ${text}`);
  }

  async bring() {
    if (!this.token && !(await this.#announce())) return;
    this.enter("going");
    for (let faults = 0; this.stage === "going"; ) {
      const piece = nextPiece(this.offset, this.file.size);
      if (piece === null) {
        this.enter("done");
        this.tell(t("Đã tải lên xong, máy chủ đang đọc tệp."));
        return;
      }
      this.showProgress();
      const answer = await sendPiece(this.token, this.file.slice(piece.start, piece.end), piece.start);
      const next = judgeAnswer(answer.status);
      if (next === "on") [this.offset, faults] = [piece.end, 0];
      else if (next === "stop") this.stop(answer.text || t("Máy chủ không nhận tệp này. Hãy tải lại trang rồi thử lại."));
      else {
        faults += 1;
        this.tell(t("Mất kết nối. Đang thử lại, phần đã tải lên vẫn còn."));
        await new Promise((done) => setTimeout(done, waitAfter(faults)));
        this.offset = (await askOffset(this.token)) ?? this.offset;
      }
    }
  }

  /** @returns {Promise<boolean>} whether the server has a place for it */
  async #announce() {
    const body = new URLSearchParams({ csrf_token: csrf, name: this.file.name, size: String(this.file.size) });
    for (const name of ["speaker", "day", "time"]) body.set(name, this.part(name, HTMLInputElement).value);
    try {
      const answer = await fetch(`${base}/uploads`, { method: "POST", body, headers: { Accept: "application/json" } });
      const told = await answer.json();
      if (answer.ok) {
        [this.token, this.offset] = [told.token, told.offset];
        return true;
      }
      this.tell(told.error ?? Object.values(told.errors ?? {}).join(" "));
    } catch {
      this.tell(t("Không kết nối được máy chủ. Hãy kiểm tra mạng rồi bấm Tải lên lại."));
    }
    return false;
  }
}

/** @type {Row[]} */ let list = [];

/** @param {Row} row */
function drop(row) {
  list = list.filter((one) => one !== row);
  row.element.remove();
  refresh();
}

function refresh() {
  rows.hidden = list.length === 0;
  start.disabled = !list.some((row) => row.stage === "waiting");
}

/** One after the other: each gets the whole line. @param {Row[]} some */
async function bringAll(some) {
  start.disabled = true;
  for (const row of some) await row.bring();
  refresh();
  if (list.length > 0 && list.every((row) => row.stage === "done")) location.assign(base);
}

/** @param {string} token @param {Blob} piece @param {number} offset */
async function sendPiece(token, piece, offset) {
  const headers = {
    Accept: "application/json",
    "Content-Type": "application/offset+octet-stream",
    "Upload-Offset": String(offset),
    "X-CSRF-Token": csrf,
  };
  try {
    const answer = await fetch(`${base}/uploads/${token}`, { method: "PATCH", body: piece, headers });
    const text = answer.ok ? "" : String((await answer.json()).error ?? "");
    return { status: answer.status, text };
  } catch {
    return { status: 0, text: "" };
  }
}

/** @param {string} token @returns {Promise<number | null>} */
async function askOffset(token) {
  try {
    const answer = await fetch(`${base}/uploads/${token}`, { method: "HEAD" });
    const told = answer.headers.get("Upload-Offset");
    return answer.ok && told !== null ? Number(told) : null;
  } catch {
    return null;
  }
}

/** @param {number} size */
function formatMegabytes(size) {
  return (size / 1048576).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
}

/** How long a file plays, where the browser knows. @param {File} file @returns {Promise<number>} */
function readSeconds(file) {
  return new Promise((done) => {
    const sound = document.createElement("video");
    const address = URL.createObjectURL(file);
    const end = () => {
      URL.revokeObjectURL(address);
      done(sound.duration);
    };
    sound.addEventListener("loadedmetadata", end);
    sound.addEventListener("error", end);
    sound.preload = "metadata";
    sound.src = address;
  });
}

chosen.addEventListener("change", async () => {
  const files = [...(chosen.files ?? [])];
  chosen.value = "";
  for (const file of files) {
    const before = list.at(-1);
    if (before && Number.isNaN(before.seconds)) before.seconds = await readSeconds(before.file);
    const row = new Row(file, before);
    list.push(row);
    rows.append(row.element);
  }
  refresh();
  list.at(-files.length)?.part("speaker", HTMLInputElement).focus();
});

byId("upload-form", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  void bringAll(list.filter((row) => row.stage === "waiting"));
});

window.addEventListener("beforeunload", (event) => {
  if (list.some((row) => row.stage === "going")) event.preventDefault();
});
