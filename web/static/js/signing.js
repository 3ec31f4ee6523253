// The button that has the signing program on this computer sign: it is asked by the function and text that our server
// gives, and what it says is shown. Whether the signature is good, the server finds out from the file that it gets.

import { t } from "./i18n.js";

/** @typedef {{ ok: boolean, message: string }} Told */

/**
 * What the program answered; anything else is a failure.
 * @param {string} text
 * @returns {Told}
 */
export function readAnswer(text) {
  try {
    const told = JSON.parse(text);
    return { ok: told.Status === 0, message: typeof told.Message === "string" ? told.Message : "" };
  } catch {
    return { ok: false, message: "" };
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} said
 */
async function sign(button, said) {
  button.disabled = true;
  said.textContent = t("Đang mở chương trình ký số…");
  try {
    const token = document.querySelector('input[name="csrf_token"]');
    const answer = await fetch(button.dataset.sign ?? "", {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRF-Token": token instanceof HTMLInputElement ? token.value : "" },
    });
    const asked = await answer.json();
    if (!answer.ok) {
      said.textContent = asked.error;
      return;
    }
    const call = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (window))[asked.function];
    if (typeof call !== "function") {
      said.textContent = t("Không thấy chương trình ký số trên máy này. Hãy cài đặt, mở chương trình rồi thử lại.");
      return;
    }
    const told = readAnswer(await new Promise((resolve) => call(asked.request, resolve)));
    if (told.ok) location.reload();
    else said.textContent = told.message || t("Chưa ký được. Hãy kiểm tra thiết bị ký rồi thử lại.");
  } catch {
    said.textContent = t("Mất kết nối với máy chủ. Hãy thử lại.");
  } finally {
    button.disabled = false;
  }
}

if (typeof document !== "undefined") {
  const button = document.querySelector("button[data-sign]");
  const said = document.querySelector("[data-said]");
  if (button instanceof HTMLButtonElement && said instanceof HTMLElement) {
    button.addEventListener("click", () => void sign(button, said));
  }
}
