import assert from "node:assert/strict";
import { test } from "node:test";
import { findEquipment } from "../../web/static/js/hall.js";

test("a mixer and a capture card are found by their names", () => {
  const devices = ["Integrated Camera", "USB3 HDMI Video Capture", "Line In (Realtek)"].map((label) => ({ id: label, label }));
  assert.deepEqual(
    findEquipment(devices).map(({ label }) => label),
    ["USB3 HDMI Video Capture", "Line In (Realtek)"],
  );
});
