import assert from "node:assert/strict";
import { test } from "node:test";
import { placeMenu } from "../../web/static/js/person-menu.js";
import { listTools, nameTool } from "../../web/static/js/person-tools.js";
import { reduce } from "../../web/static/js/room-state.js";
import { joined, participant, room } from "./examples.js";

const ALL = ["record", "start", "end", "mute", "remove", "admit", "floor", "vote", "appoint", "caption"];

/** The tools that I (p2) have on p1. */
function toolsOn(changes, { may = ALL, facts = {}, pinned = false } = {}) {
  const people = [participant({ muted: true, ...changes }), participant({ id: "p2", role: "secretary" })];
  const state = reduce(null, joined({ may, participants: people, room: room(facts) }), 0);
  return listTools(state, state.participants.find(({ id }) => id === "p1"), pinned);
}

test("whoever runs nothing pins, and no more", () => {
  assert.deepEqual(toolsOn({}, { may: [] }), ["pin"]);
  assert.deepEqual(toolsOn({}, { may: [], pinned: true }), ["unpin"]);
});

test("somebody muted is asked, never unmuted; somebody heard is muted", () => {
  assert.deepEqual(toolsOn({}, { may: ["mute"] }), ["pin", "ask"]);
  assert.deepEqual(toolsOn({ muted: false }, { may: ["mute"] }), ["pin", "mute"]);
  assert.deepEqual(toolsOn({ companion: true }, { may: ["mute"] }), ["pin"]);
});

test("the floor is given and ended, a hand lowered, a screen put first", () => {
  assert.deepEqual(toolsOn({ hand: "2026-11-24T01:00:00.000Z" }, { may: ["floor"] }), [
    "pin",
    "floor",
    "spotlight",
    "lower",
  ]);
  const floor = { participant: "p1", since: "2026-11-24T01:00:00.000Z", seconds: null };
  assert.deepEqual(toolsOn({}, { may: ["floor"], facts: { floor, spotlight: "p1" } }), [
    "pin",
    "floor_end",
    "spotlight_end",
  ]);
  assert.ok(toolsOn({}, { may: ["floor"], facts: { shares: ["p2", "p1"] } }).includes("present"));
  assert.ok(!toolsOn({}, { may: ["floor"], facts: { shares: ["p1", "p2"] } }).includes("present"));
});

test("the chair is not asked out, a guest is made no co-chair", () => {
  assert.deepEqual(toolsOn({ role: "chair" }, { may: ["remove", "appoint"] }), ["pin"]);
  assert.deepEqual(toolsOn({}, { may: ["remove", "appoint"] }), ["pin", "appoint", "remove", "ban"]);
  assert.deepEqual(toolsOn({ role: "guest" }, { may: ["appoint"] }), ["pin"]);
  assert.deepEqual(toolsOn({ role: "observer" }, { may: ["appoint", "floor"] }), ["pin", "spotlight", "appoint"]);
  assert.deepEqual(toolsOn({ role: "co_chair" }, { may: ["appoint"] }), ["pin", "dismiss"]);
  assert.deepEqual(toolsOn({ role: "projection" }, { may: ["mute"] }), []);
});

test("every tool has a word and an icon", () => {
  for (const tool of toolsOn({ hand: "2026-11-24T01:00:00.000Z", muted: false })) {
    assert.equal(nameTool(tool).filter(Boolean).length, 2);
  }
});

test("the menu never lies over its button", () => {
  const button = (left, top) => ({ left, top, right: left + 44, bottom: top + 44 });
  const menu = { width: 320, height: 400 };
  assert.deepEqual(placeMenu(button(1300, 100), menu, 1366, 768), { left: 1024, top: 150 });
  assert.deepEqual(placeMenu(button(1300, 600), menu, 1366, 768), { left: 1024, top: 194 });
  assert.deepEqual(placeMenu(button(1300, 350), menu, 1366, 768), { left: 974, top: 350 });
  assert.deepEqual(placeMenu(button(4, 20), menu, 390, 844), { left: 6, top: 70 });
});
