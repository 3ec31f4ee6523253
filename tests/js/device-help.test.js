import assert from "node:assert/strict";
import { test } from "node:test";
import { listSteps } from "../../web/static/js/device-help.js";

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
