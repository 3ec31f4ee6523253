import assert from "node:assert/strict";
import { test } from "node:test";
import { findDiscussed, findMe, findParticipant, queueHands, reduce, timeInSession } from "../../web/static/js/room-state.js";
import { chat, FROM_SERVER, joined, participant, room } from "./examples.js";

const NOW = Date.parse("2026-11-24T00:59:58.000Z"); // our clock is two seconds late

const begin = (changes) => reduce(null, joined(changes), NOW);
const play = (state, ...messages) => messages.reduce((now, message) => reduce(now, message, NOW), state);

test("joined begins with what the server knows", () => {
  const state = begin({ may: ["record"], chat: [chat()] });
  assert.equal(state.you, "p2");
  assert.equal(state.ahead, 2000);
  assert.deepEqual(state.may, ["record"]);
  assert.deepEqual(state.chat, [chat()]);
  assert.equal(findMe(state).name, "Điểm cầu phường Xuân Hương");
});

test("nothing else may come before joined", () => {
  for (const message of FROM_SERVER.filter(({ type }) => type !== "joined")) {
    assert.throws(() => reduce(null, message, NOW), /before joined/);
  }
});

test("every message leaves the state before it alone", () => {
  const state = begin();
  const frozen = JSON.stringify(state);
  for (const message of FROM_SERVER) reduce(state, message, NOW);
  assert.equal(JSON.stringify(state), frozen);
});

test("people stand in official order, the chair first", () => {
  const state = begin({
    participants: [
      participant({ id: "p1", order: 30, name: "C" }),
      participant({ id: "p2", order: 20, name: "B" }),
      participant({ id: "p3", order: 20, name: "A" }),
      participant({ id: "p4", order: 90, name: "D", role: "chair" }),
    ],
  });
  assert.deepEqual(
    state.participants.map(({ id }) => id),
    ["p4", "p3", "p2", "p1"],
  );
});

test("participant adds, and replaces what was known", () => {
  const state = play(begin(), { type: "participant", participant: participant({ id: "p9", order: 1 }) });
  assert.deepEqual(
    state.participants.map(({ id }) => id),
    ["p9", "p2", "p1"],
  );
  const later = play(state, {
    type: "participant",
    participant: participant({ id: "p9", order: 1, connected: false, tracks: [] }),
  });
  assert.equal(findParticipant(later, "p9").connected, false);
  assert.equal(later.participants.length, 3);
});

test("left takes somebody away, with their voice and the floor", () => {
  const state = play(begin(), { type: "speaking", ids: ["p1"] }, { type: "left", id: "p1" });
  assert.deepEqual(
    state.participants.map(({ id }) => id),
    ["p2"],
  );
  assert.deepEqual(state.speaking, []);
  assert.equal(state.floor, null);
});

test("left of somebody unknown changes nothing", () => {
  const state = begin();
  assert.deepEqual(play(state, { type: "left", id: "p77" }), state);
});

test("chat grows, and a line that is there already is not told twice", () => {
  const line = { type: "chat", ...chat({ id: 2 }) };
  const state = play(begin({ chat: [chat()] }), line, line);
  assert.deepEqual(
    state.chat.map(({ id }) => id),
    [1, 2],
  );
  assert.equal("type" in state.chat[1], false);
});

test("room replaces the facts", () => {
  const facts = room({ phase: "in_session", started_at: "2026-11-24T01:00:00.000Z" });
  const state = play(begin(), { type: "room", room: facts });
  assert.deepEqual(state.room, facts);
  assert.equal(timeInSession(state, NOW), 0);
  assert.equal(timeInSession(state, NOW + 60_000), 60_000);
  assert.equal(timeInSession(begin(), NOW), null);
});

test("speaking gives the floor to another, who keeps it while heard", () => {
  const state = play(begin(), { type: "speaking", ids: ["p2", "p1"] });
  assert.equal(state.floor, "p1");
  const both = play(state, { type: "speaking", ids: ["p3", "p1"] });
  assert.equal(both.floor, "p1");
  assert.equal(play(both, { type: "speaking", ids: ["p3"] }).floor, "p3");
  assert.equal(play(both, { type: "speaking", ids: [] }).floor, "p1");
  assert.equal(play(begin(), { type: "speaking", ids: ["p2"] }).floor, null);
});

test("muted_by is remembered until I unmute", () => {
  const state = play(begin(), { type: "muted_by", name: "Chủ trì" });
  assert.equal(state.mutedBy, "Chủ trì");
  const me = participant({ id: "p2", muted: true });
  assert.equal(play(state, { type: "participant", participant: me }).mutedBy, "Chủ trì");
  assert.equal(play(state, { type: "participant", participant: { ...me, muted: false } }).mutedBy, null);
});

test("what carries no news of the room changes nothing", () => {
  const state = begin();
  for (const type of ["answer", "offer", "candidate", "notice", "error"]) {
    assert.equal(
      reduce(
        state,
        FROM_SERVER.find((message) => message.type === type),
        NOW,
      ),
      state,
    );
  }
});

test("a second joined keeps who had the floor, if they are still here", () => {
  const state = play(begin(), { type: "speaking", ids: ["p1"] });
  assert.equal(reduce(state, joined(), NOW).floor, "p1");
  assert.equal(reduce(state, joined({ participants: [participant({ id: "p2" })] }), NOW).floor, null);
});

test("hands stand in the order in which they went up", () => {
  const state = begin({
    participants: [
      participant({ id: "p1", hand: "2026-11-24T01:02:00.000Z" }),
      participant({ id: "p2" }),
      participant({ id: "p3", order: 99, hand: "2026-11-24T01:01:00.000Z" }),
    ],
  });
  assert.deepEqual(
    queueHands(state).map(({ id }) => id),
    ["p3", "p1"],
  );
});

const inSession = { phase: "in_session", started_at: "2026-11-24T01:00:00.000Z" };
const discussing = (item, item_since, agenda = room().agenda) => {
  const state = begin({ room: room({ ...inSession, agenda }) });
  return play(state, { type: "room", room: room({ ...inSession, agenda, item, item_since }) });
};

test("the item under discussion has its clock, by the server's time", () => {
  const agenda = [...room().agenda, { title: "Giải ngân", presenter: "", minutes: null }];
  const state = discussing(0, "2026-11-24T01:00:00.000Z", agenda);
  const item = findDiscussed(state, NOW + 192_000);
  assert.deepEqual(
    [item.title, item.place, item.count, item.spent, item.planned, item.over],
    ["Tình hình thu ngân sách", 0, 2, 192_000, 600_000, 0],
  );
  assert.equal(findDiscussed(state, NOW + 660_000).over, 60_000);
  const open = findDiscussed(discussing(1, "2026-11-24T01:00:00.000Z", agenda), NOW + 9_000_000);
  assert.deepEqual([open.planned, open.over], [null, 0]);
});

test("whoever comes later finds the item under discussion", () => {
  const facts = room({ ...inSession, item: 0, item_since: "2026-11-24T00:59:00.000Z" });
  assert.equal(findDiscussed(begin({ room: facts }), NOW).spent, 60_000);
});

test("no item is under discussion before, between and after", () => {
  assert.equal(findDiscussed(begin(), NOW), null);
  assert.equal(findDiscussed(discussing(null, null), NOW), null);
  assert.equal(findDiscussed(discussing(4, "2026-11-24T01:00:00.000Z"), NOW), null);
  const ended = room({ phase: "ended", item: 0, item_since: "2026-11-24T01:00:00.000Z" });
  assert.equal(findDiscussed(play(begin(), { type: "room", room: ended }), NOW), null);
});
