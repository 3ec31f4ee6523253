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
