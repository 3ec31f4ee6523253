import assert from "node:assert/strict";
import { test } from "node:test";
import { loadChoices, saveChoices } from "../../web/static/js/choices.js";

class Storage {
  constructor(text) {
    this.text = text;
  }
  getItem() {
    return this.text;
  }
  setItem(_name, text) {
    this.text = text;
  }
}

const fresh = loadChoices(new Storage(null));

test("what was chosen is there again, the rest is as at first", () => {
  const storage = new Storage(null);
  assert.deepEqual(saveChoices(storage, { microphone: "usb", layout: "grid" }), loadChoices(storage));
  assert.deepEqual(loadChoices(storage), { ...fresh, microphone: "usb", layout: "grid" });
});

for (const text of ["", "{", "null", "7", '"grid"', "[1]", '{"layout": "round", "camera": 3, "letters": "no", "else": 1}']) {
  test(`what cannot be read is as if nothing had been kept: ${text}`, () => {
    const storage = new Storage(text);
    assert.deepEqual(loadChoices(storage), fresh);
    assert.equal(saveChoices(storage, { letters: false }).letters, false);
    assert.equal(loadChoices(storage).letters, false);
  });
}
