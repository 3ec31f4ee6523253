import assert from "node:assert/strict";
import { test } from "node:test";
import { explainTrouble, nameTrouble } from "../../web/static/js/device-words.js";
import { DeviceError, explainError, openMicrophone } from "../../web/static/js/devices.js";
import { gaugeOf, levelOf, SilenceWatch } from "../../web/static/js/levels.js";

const fault = (name, message = "") => Object.assign(new Error(message), { name });

test("what the browser says is told apart", () => {
  assert.equal(explainError(fault("NotAllowedError", "Permission denied")), "denied");
  assert.equal(explainError(fault("NotAllowedError", "Permission denied by system")), "blocked");
  assert.equal(explainError(fault("NotFoundError")), "not_found");
  assert.equal(explainError(fault("NotReadableError")), "in_use");
  assert.equal(explainError(fault("SomethingNew")), "failed");
  assert.equal(explainError(fault("OverconstrainedError")), "unsuitable");
  assert.equal(explainError("no error"), "failed");
});

test("a refusal is the system's where the browser allows it, and nobody's where it was never answered", () => {
  const refusal = fault("NotAllowedError", "The request is not allowed by the user agent or the platform");
  assert.deepEqual(
    ["granted", "denied", "prompt", null].map((noted) => explainError(refusal, noted)),
    ["blocked", "denied", "dismissed", "denied"],
  );
  assert.equal(explainError(fault("NotAllowedError", "Permission dismissed")), "dismissed");
  assert.equal(explainError(fault("NotReadableError"), "granted"), "in_use");
});

test("every trouble has its sentence for both devices", () => {
  const troubles = ["insecure", "denied", "dismissed", "blocked", "in_use", "not_found", "unsuitable"];
  troubles.push("unsupported", "failed");
  for (const source of ["microphone", "camera"]) {
    const sentences = troubles.map((trouble) => explainTrouble(source, trouble));
    assert.equal(new Set(sentences).size, troubles.length);
    assert.ok(sentences.every((sentence) => sentence.endsWith(".")));
  }
  assert.equal(new Set(troubles.map(nameTrouble)).size, troubles.length);
});

test("outside a secure context there are no devices, and it says so", async () => {
  await assert.rejects(openMicrophone(null), (error) => error instanceof DeviceError && error.trouble === "insecure");
});

test("levels are measured in dBFS", () => {
  assert.equal(levelOf(new Float32Array(64)), -100);
  assert.equal(levelOf(new Float32Array(64).fill(1)), 0);
  assert.ok(Math.abs(levelOf(new Float32Array(64).fill(0.1)) + 20) < 0.01);
  assert.deepEqual([-100, -35, 0].map(gaugeOf), [0, 0.5, 1]);
});

test("a dead microphone is told after a while, and heard again at once", () => {
  const watch = new SilenceWatch();
  assert.equal(watch.feed(-100, 0), false);
  assert.equal(watch.feed(-100, 7999), false);
  assert.equal(watch.feed(-100, 8000), true);
  assert.equal(watch.feed(-50, 8100), false);
  assert.equal(watch.feed(-100, 8200), false);
  watch.feed(-100, 16_000);
  watch.reset();
  assert.equal(watch.feed(-100, 30_000), false);
});

test("a quiet room is not a dead microphone", () => {
  const watch = new SilenceWatch();
  for (let now = 0; now < 60_000; now += 66) assert.equal(watch.feed(-62, now), false);
});
