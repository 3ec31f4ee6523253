/** What the hall's big screen shows, and when it comes back. */
import assert from "node:assert/strict";
import test from "node:test";
import { chooseScene, pauseAfter, wishFor } from "../../web/static/js/projection-scene.js";
import { participant, room } from "./examples.js";

const camera = (/** @type {string} */ id) => ({ id, source: "camera", kind: "video" });

/** @param {any} facts @param {any} changes */
function stateOf(facts = {}, changes = {}) {
  return /** @type {any} */ ({
    you: "p9",
    ahead: 0,
    room: room(facts),
    participants: [
      participant({ id: "p1", role: "chair", name: "Chủ trì", tracks: [camera("c1")] }),
      participant({ id: "p2", name: "Đức Trọng", tracks: [camera("c2"), { id: "s2", source: "screen", kind: "video" }] }),
      participant({ id: "p3", name: "Đinh Văn", tracks: [] }),
      participant({ id: "p9", role: "projection", tracks: [] }),
    ],
    speaking: [],
    voice: null,
    ...changes,
  });
}

test("the chair is shown while nobody else speaks", () => {
  const scene = chooseScene(stateOf());
  assert.equal(scene.speaker?.id, "p1");
  assert.equal(scene.camera, "c1");
  assert.equal(scene.screen, null);
});

test("spotlight stands before floor, floor before voice", () => {
  assert.equal(chooseScene(stateOf({}, { voice: "p3" })).speaker?.id, "p3");
  const floor = { participant: "p2", since: "2026-11-24T01:00:00.000Z", seconds: null };
  assert.equal(chooseScene(stateOf({ floor }, { voice: "p3" })).speaker?.id, "p2");
  assert.equal(chooseScene(stateOf({ floor, spotlight: "p1" })).speaker?.id, "p1");
});

test("somebody without a camera is shown by name", () => {
  const scene = chooseScene(stateOf({ spotlight: "p3" }));
  assert.equal(scene.speaker?.name, "Đinh Văn");
  assert.equal(scene.camera, null);
  assert.deepEqual(wishFor(scene, 1080), []);
});

test("a presented screen is large and who speaks is asked for small", () => {
  const scene = chooseScene(stateOf({ shares: ["p2"] }));
  assert.equal(scene.screen, "s2");
  assert.equal(scene.presenter?.name, "Đức Trọng");
  assert.deepEqual(wishFor(scene, 1080), [{ track: "c1", height: 270 }]);
  assert.deepEqual(wishFor(chooseScene(stateOf()), 1080), [{ track: "c1", height: 1080 }]);
});

test("the big screen is never its own speaker, and somebody who is away is not shown", () => {
  assert.equal(chooseScene(stateOf({ spotlight: "p9" })).speaker?.id, "p1");
  const away = stateOf({ spotlight: "p2" });
  away.participants[1].connected = false;
  assert.equal(chooseScene(away).speaker?.id, "p1");
});

test("it tries again by itself unless there is nothing to come back to", () => {
  for (const why of ["early", "full", "locked", "turned_down", "protocol"]) assert.ok(pauseAfter(/** @type {any} */ (why)), why);
  for (const why of ["ended", "refused", "sign_in", "elsewhere"]) assert.equal(pauseAfter(/** @type {any} */ (why)), null, why);
});
