/** Which browser and system a user-agent string names, and what help that leads to. */
import assert from "node:assert/strict";
import test from "node:test";
import { namePlatform, readPlatform } from "../../web/static/js/platform.js";
import { adviseOnPermission, adviseOnSystem, isOld } from "../../web/static/js/test-advice.js";

const AGENTS = [
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36", "Chrome 130, Windows"],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0", "Edge 130, Windows"],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) coc_coc_browser/129.0.100 Chrome/123.0.0.0 Safari/537.36", "Cốc Cốc 129, Windows"],
  ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox 132, macOS"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "Safari 17, iOS"],
  ["Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36", "Chrome 130, Android"],
  ["curl/8", ""],
];

for (const [agent, name] of AGENTS) {
  test(`${name || "an unknown one"} is known by its name`, () => {
    assert.equal(namePlatform(readPlatform({ userAgent: agent ?? "", maxTouchPoints: 0 })), name);
  });
}

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

test("an old browser is told apart, an unknown one is not called old", () => {
  assert.equal(isOld({ browser: "chrome", version: 80, system: "windows" }), true);
  assert.equal(isOld({ browser: "chrome", version: 130, system: "windows" }), false);
  assert.equal(isOld({ browser: "other", version: null, system: "other" }), false);
});

test("help with permissions is that of the system before that of the browser", () => {
  assert.match(adviseOnPermission({ browser: "chrome", version: 130, system: "ios" }), /iPhone/);
  assert.match(adviseOnPermission({ browser: "chrome", version: 130, system: "android" }), /Android/);
  assert.match(adviseOnPermission({ browser: "firefox", version: 130, system: "windows" }), /Firefox/);
  assert.match(adviseOnSystem({ browser: "firefox", version: 130, system: "macos" }), /macOS/);
});
