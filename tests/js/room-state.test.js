import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answerAsked,
  findDiscussed,
  findMe,
  findMyVote,
  findOpenVote,
  findParticipant,
  findSpeech,
  listReactions,
  mayCast,
  mayChat,
  moveInQueue,
  queueHands,
  reduce,
  timeInSession,
} from "../../web/static/js/room-state.js";
import { chat, FROM_SERVER, joined, participant, room, vote, waiting } from "./examples.js";

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
  for (const message of FROM_SERVER.filter(({ type }) => type !== "joined" && type !== "waiting")) {
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

test("left takes somebody away, with their voice and their reaction", () => {
  const state = play(begin(), { type: "speaking", ids: ["p1"] }, { type: "left", id: "p1" });
  assert.deepEqual(
    state.participants.map(({ id }) => id),
    ["p2"],
  );
  assert.deepEqual(state.speaking, []);
  assert.equal(state.voice, null);
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

test("speaking names another voice, which stays while it is heard", () => {
  const state = play(begin(), { type: "speaking", ids: ["p2", "p1"] });
  assert.equal(state.voice, "p1");
  const both = play(state, { type: "speaking", ids: ["p3", "p1"] });
  assert.equal(both.voice, "p1");
  assert.equal(play(both, { type: "speaking", ids: ["p3"] }).voice, "p3");
  assert.equal(play(both, { type: "speaking", ids: [] }).voice, "p1");
  assert.equal(play(begin(), { type: "speaking", ids: ["p2"] }).voice, null);
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
  for (const type of ["answer", "offer", "slots", "candidate", "notice", "error"]) {
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

test("a second joined keeps whose voice was last, if they are still here", () => {
  const state = play(begin(), { type: "speaking", ids: ["p1"] });
  assert.equal(reduce(state, joined(), NOW).voice, "p1");
  assert.equal(reduce(state, joined({ participants: [participant({ id: "p2" })] }), NOW).voice, null);
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

test("whoever must wait knows nothing of the room yet, also after having been in it", () => {
  assert.equal(reduce(null, { type: "waiting", title: "Giao ban" }, NOW), null);
  assert.equal(reduce(begin(), { type: "waiting", title: "Giao ban" }, NOW), null);
});

test("those who wait are known to whoever may let them in", () => {
  assert.deepEqual(begin({ lobby: [waiting()] }).lobby, [waiting()]);
  assert.deepEqual(play(begin({ lobby: [waiting()] }), { type: "lobby", people: [] }).lobby, []);
});

test("what the chair asks of me stands until I do it, put it off or lose the floor", () => {
  const asked = play(begin(), { type: "asked", what: "unmute", by: "Chủ trì" });
  assert.deepEqual(asked.asked, { what: "unmute", by: "Chủ trì" });
  assert.equal(answerAsked(asked).asked, null);
  const me = { type: "participant", participant: participant({ id: "p2", muted: false }) };
  assert.equal(play(asked, me).asked, null);
  assert.equal(play(asked, { type: "muted_by", name: "Chủ trì" }).asked, null);
  const floor = { participant: "p2", since: "2026-11-24T01:00:00.000Z", seconds: null };
  const invited = play(
    begin(),
    { type: "room", room: room({ floor }) },
    { type: "asked", what: "floor", by: "Chủ trì" },
  );
  assert.equal(play(invited, { type: "room", room: room({ floor, locked: true }) }).asked.what, "floor");
  assert.equal(play(invited, { type: "room", room: room() }).asked, null);
});

test("who has the floor has a clock, by the server's time", () => {
  const floor = { participant: "p1", since: "2026-11-24T01:00:00.000Z", seconds: 180 };
  const state = play(begin(), { type: "room", room: room({ floor }) });
  assert.deepEqual(findSpeech(state, NOW + 60_000), { participant: "p1", spent: 60_000, planned: 180_000, over: 0 });
  assert.equal(findSpeech(state, NOW + 200_000).over, 20_000);
  assert.equal(findSpeech(begin(), NOW), null);
});

test("the queue is the chair's order; a hand that is not in it comes after", () => {
  const state = begin({
    participants: ["p1", "p2", "p3"].map((id, index) =>
      participant({ id, hand: `2026-11-24T01:0${index}:00.000Z` }),
    ),
    room: room({ queue: ["p3", "p2"] }),
  });
  assert.deepEqual(
    queueHands(state).map(({ id }) => id),
    ["p3", "p2", "p1"],
  );
  assert.deepEqual(moveInQueue(["p3", "p2", "p1"], "p2", -1), ["p2", "p3", "p1"]);
  assert.deepEqual(moveInQueue(["p3", "p2", "p1"], "p2", 1), ["p3", "p1", "p2"]);
  assert.equal(moveInQueue(["p3", "p2"], "p3", -1), null);
  assert.equal(moveInQueue(["p3", "p2"], "p9", 1), null);
});

test("a ballot is for those entitled, an opinion for whoever speaks for a unit", () => {
  const me = (changes) => begin({ participants: [participant({ id: "p2", role: "delegate", ...changes })] });
  assert.equal(mayCast(me({ votes: true }), vote()), true);
  assert.equal(mayCast(me(), vote()), false);
  assert.equal(mayCast(me(), vote({ kind: "opinion" })), true);
  assert.equal(mayCast(me({ role: "guest" }), vote({ kind: "opinion" })), false);
  assert.equal(mayCast(me({ votes: true }), vote({ state: "closed" })), false);
  assert.equal(mayCast(me({ votes: true, role: "observer" }), vote()), false);
});

test("my vote is what I cast last; a secret one says only that I did", () => {
  const state = play(begin({ my_votes: [{ vote: 1, choice: "for" }] }), { type: "my_vote", vote: 1, choice: "against" });
  assert.equal(findMyVote(state, 1), "against");
  assert.equal(findMyVote(play(state, { type: "my_vote", vote: 2, choice: null }), 2), null);
  assert.equal(findMyVote(state, 7), undefined);
  assert.equal(findOpenVote(room({ votes: [vote({ state: "closed" }), vote({ id: 2 })] })).id, 2);
  assert.equal(findOpenVote(room({ votes: [vote({ state: "withdrawn" })] })), undefined);
});

test("the policy of the chat says to whom I may write", () => {
  const me = (role, chat) => begin({ participants: [participant({ id: "p2", role })], room: room({ policy: { chat } }) });
  const may = (state) => [mayChat(state, "everybody"), mayChat(state, "chairs")];
  assert.deepEqual(may(me("site", "everybody")), [true, true]);
  assert.deepEqual(may(me("site", "chairs")), [false, true]);
  assert.deepEqual(may(me("site", "nobody")), [false, false]);
  assert.deepEqual(may(me("secretary", "nobody")), [true, true]);
});

test("a reaction is one for each person, and passes", () => {
  const react = (participant, kind) => ({ type: "reaction", participant, kind });
  const state = play(begin(), react("p1", "agree"), react("p2", "question"), react("p1", "applause"));
  assert.deepEqual([...listReactions(state, NOW)], [["p2", "question"], ["p1", "applause"]]);
  assert.equal(listReactions(state, NOW + 6000).size, 0);
  assert.deepEqual(
    play(state, { type: "left", id: "p1" }).reactions.map(({ participant }) => participant),
    ["p2"],
  );
});

test("the last captions are kept", () => {
  const caption = (text) => ({ type: "caption", participant: "p1", name: "Thư ký", text, at: "2026-11-24T01:00:00.000Z" });
  const state = play(begin(), ...["một", "hai", "ba", "bốn"].map(caption));
  assert.deepEqual(
    state.captions.map(({ text }) => text),
    ["hai", "ba", "bốn"],
  );
});

test("whoever comes late is told what they missed, and only the first time", () => {
  const facts = room({ ...inSession, item: 0, recording: { on: true, since: null, by: null } });
  const late = reduce(null, joined({ room: facts, now: "2026-11-24T01:12:00.000Z" }), NOW);
  assert.deepEqual(late.late, { by: 720_000, item: 0, count: 1, recording: true });
  assert.equal(reduce(late, joined({ room: facts, now: "2026-11-24T01:13:00.000Z" }), NOW).late, null);
  assert.equal(reduce(null, joined({ room: facts, now: "2026-11-24T01:00:30.000Z" }), NOW).late, null);
  assert.equal(begin().late, null);
});
