import assert from "node:assert/strict";
import { test } from "node:test";
import { listSteps } from "../../web/static/js/device-help.js";
import { findEquipment } from "../../web/static/js/hall.js";
import { readPlatform } from "../../web/static/js/platform.js";

const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)";
const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)";

for (const [text, browser, system] of [
  [`${WINDOWS} Chrome/141.0.0.0 Safari/537.36`, "chrome", "windows"],
  [`${WINDOWS} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0`, "edge", "windows"],
  [`${WINDOWS} coc_coc_browser/130.0.0 Chrome/124.0.0.0 Safari/537.36`, "coccoc", "windows"],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "firefox", "windows"],
  [`${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15`, "safari", "macos"],
  [`${ANDROID} Chrome/141.0.0.0 Mobile Safari/537.36`, "chrome", "android"],
  [`${ANDROID} Chrome/141.0.0.0 Mobile Safari/537.36 EdgA/141.0`, "edge", "android"],
  ["Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "firefox", "android"],
  [`${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1`, "safari", "ios"],
  [`${IPHONE} CriOS/141.0 Mobile/15E148 Safari/604.1`, "chrome", "ios"],
  [`${IPHONE} FxiOS/140.0 Mobile/15E148 Safari/605.1.15`, "firefox", "ios"],
  [`${ANDROID} Version/4.0 Chrome/130.0 Mobile Safari/537.36 Zalo android`, "other", "android"],
  ["curl/8.0", "other", "other"],
]) {
  test(`${browser} on ${system} is known: ${text.slice(-30)}`, () => {
    const found = readPlatform({ userAgent: text, maxTouchPoints: 0 });
    assert.deepEqual([found.browser, found.system], [browser, system]);
  });
}

test("an iPad that calls itself a Mac is an iPad", () => {
  const text = `${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15`;
  assert.equal(readPlatform({ userAgent: text, maxTouchPoints: 5 }).system, "ios");
});

test("every browser on every system has its steps for what can be helped, in full sentences", () => {
  const browsers = ["chrome", "edge", "coccoc", "firefox", "safari", "other"];
  for (const browser of browsers) {
    for (const system of ["windows", "macos", "android", "ios", "linux", "other"]) {
      for (const source of ["microphone", "camera"]) {
        for (const trouble of ["denied", "blocked", "in_use", "not_found", "silent"]) {
          const steps = listSteps(source, trouble, { browser, system });
          assert.ok(steps.length > 0, `${browser} ${system} ${trouble}`);
          assert.ok(steps.every((step) => step.endsWith(".") && !/[{}]/.test(step)), steps.join(" "));
        }
      }
    }
  }
});

test("steps differ where what must be pressed differs", () => {
  const denied = (browser, system) => listSteps("microphone", "denied", { browser, system }).join(" ");
  const all = [denied("chrome", "windows"), denied("firefox", "windows"), denied("safari", "macos"), denied("safari", "ios")];
  all.push(denied("chrome", "ios"), denied("chrome", "android"));
  assert.equal(new Set(all).size, all.length);
  const blocked = ["windows", "macos", "android", "ios"].map((system) =>
    listSteps("camera", "blocked", { browser: "edge", system }).join(" "),
  );
  assert.equal(new Set(blocked).size, 4);
});

test("what has nothing to press has no steps", () => {
  assert.deepEqual(listSteps("camera", "dismissed", { browser: "chrome", system: "windows" }), []);
  assert.deepEqual(listSteps("camera", "insecure", { browser: "chrome", system: "windows" }), []);
});

test("a mixer and a capture card are found by their names", () => {
  const devices = ["Integrated Camera", "USB3 HDMI Video Capture", "Line In (Realtek)"].map((label) => ({ id: label, label }));
  assert.deepEqual(
    findEquipment(devices).map(({ label }) => label),
    ["USB3 HDMI Video Capture", "Line In (Realtek)"],
  );
});
