import assert from "node:assert/strict";
import { test } from "node:test";
import { tellNews } from "../../web/static/js/news.js";
import { reduce } from "../../web/static/js/room-state.js";
import { chat, joined, participant, room, vote, waiting } from "./examples.js";

const state = reduce(null, joined(), 0);
const tell = (message, before = state) => tellNews(before, message);
const change = (changes) => tell({ type: "participant", participant: participant(changes) });

test("the first joined is no news, a return is", () => {
  assert.deepEqual(tellNews(null, joined()), []);
  assert.match(tell(joined())[0].text, /Đã vào lại/);
});

test("the recording is told at once, seen and spoken, with its name", () => {
  const recording = { on: true, since: "2026-11-24T01:00:00.000Z", by: "Trần Thị Bình" };
  const [news] = tell({ type: "room", room: room({ recording }) });
  assert.deepEqual([news.urgent, news.shown], [true, true]);
  assert.match(news.text, /Trần Thị Bình đã bật ghi âm/);
  const after = { ...state, room: room({ recording }) };
  assert.match(tell({ type: "room", room: room() }, after)[0].text, /dừng ghi âm/);
  assert.match(tell(joined({ room: room({ recording }) }))[1].text, /ghi âm/);
});

test("who comes, goes, breaks off and returns is told", () => {
  assert.match(change({ id: "p7", name: "Điểm cầu xã Lạc Dương" })[0].text, /Lạc Dương đã vào họp/);
  assert.match(change({ connected: false })[0].text, /mất kết nối/);
  assert.match(tell({ type: "left", id: "p1" })[0].text, /đã rời/);
  assert.match(change({ hand: "2026-11-24T01:00:00.000Z" })[0].text, /giơ tay/);
  assert.match(change({ tracks: [{ id: "t4", source: "screen", kind: "video" }] })[0].text, /chia sẻ màn hình/);
  assert.deepEqual(change({ muted: true }), []);
});

test("large rooms do not announce who comes and goes", () => {
  const people = Array.from({ length: 40 }, (_, index) => participant({ id: `p${index}` }));
  const large = reduce(null, joined({ participants: people }), 0);
  assert.deepEqual(tell({ type: "participant", participant: participant({ id: "p99" }) }, large), []);
  assert.deepEqual(tell({ type: "left", id: "p3" }, large), []);
});

test("my own changes are no news to me", () => {
  assert.deepEqual(change({ id: "p2", hand: "2026-11-24T01:00:00.000Z" }), []);
  assert.deepEqual(tell({ type: "chat", ...chat({ from: "p2" }) }), []);
});

test("being muted, a notice and a refusal are urgent and shown", () => {
  for (const message of [
    { type: "muted_by", name: "Chủ trì" },
    { type: "notice", code: "disk_low", text: "Máy chủ sắp hết chỗ." },
    { type: "error", code: "not_now", text: "Chưa thể.", about: "end" },
  ]) {
    assert.deepEqual(
      tell(message).map(({ urgent, shown }) => [urgent, shown]),
      [[true, true]],
    );
  }
});

test("the beginning and the end are told", () => {
  assert.match(tell({ type: "room", room: room({ phase: "in_session" }) })[0].text, /bắt đầu/);
  assert.match(tell({ type: "room", room: room({ phase: "ended" }) })[0].text, /kết thúc/);
});

test("another item is told calmly, once", () => {
  const facts = room({ phase: "in_session", item: 0, item_since: "2026-11-24T01:05:00.000Z" });
  const [news, ...more] = tell({ type: "room", room: facts }, { ...state, room: room({ phase: "in_session" }) });
  assert.deepEqual([news.urgent, news.shown, more], [false, false, []]);
  assert.match(news.text, /mục 1\/1: Tình hình thu ngân sách/);
  const after = { ...state, room: facts };
  assert.deepEqual(tell({ type: "room", room: facts }, after), []);
  assert.match(tell({ type: "room", room: { ...facts, item: null, item_since: null } }, after)[0].text, /kết thúc mục/);
});

const facts = (changes) => ({ type: "room", room: room(changes) });

test("those who wait are told to whoever may let them in, once each", () => {
  const before = { ...state, lobby: [waiting()] };
  const people = [waiting(), waiting({ id: "w2", name: "Trần Thị Bình" })];
  const news = tell({ type: "lobby", people }, before);
  assert.deepEqual(
    news.map(({ text, shown }) => [text, shown]),
    [["Trần Thị Bình đang chờ vào họp.", false]],
  );
});

test("what the chair asks of me is told at once; that another has the floor, calmly", () => {
  assert.equal(tell({ type: "asked", what: "unmute", by: "Chủ trì" })[0].urgent, true);
  const floor = { participant: "p1", since: "2026-11-24T01:00:00.000Z", seconds: null };
  const [news] = tell(facts({ floor }));
  assert.deepEqual([news.urgent, news.shown, /Mời .*Đức Trọng phát biểu/.test(news.text)], [false, false, true]);
  assert.deepEqual(tell(facts({ floor: { ...floor, participant: "p2" } })), []);
});

test("a vote interrupts those who may vote, and its result is told to all", () => {
  const voter = { ...state, participants: [participant({ id: "p2", votes: true })] };
  const [mine] = tell(facts({ votes: [vote()] }), voter);
  assert.deepEqual([mine.urgent, mine.shown], [true, true]);
  const [others] = tell(facts({ votes: [vote()] }));
  assert.deepEqual([others.urgent, others.shown], [false, false]);
  const closed = vote({ state: "closed", valid: true, tally: { for: 3, against: 0, abstain: 0 } });
  const [result] = tell(facts({ votes: [closed] }), { ...state, room: room({ votes: [vote()] }) });
  assert.match(result.text, /Tán thành 3/);
});

test("a private word is told as one", () => {
  const message = { type: "chat", ...chat({ to: "chairs" }) };
  assert.match(tell(message)[0].text, /nhắn riêng/);
});

test("whoever comes late hears it in one line; many changes at once are no news", () => {
  const late = joined({
    now: "2026-11-24T01:12:00.000Z",
    room: room({ phase: "in_session", started_at: "2026-11-24T01:00:00.000Z" }),
  });
  assert.match(tellNews(null, late)[0].text, /muộn 12 phút/);
  assert.deepEqual(tell({ type: "participants", participants: [participant({ connected: false })] }), []);
});

test("a co-chair is told of becoming one, and of being one no longer", () => {
  assert.match(tell({ type: "may", may: ["mute"] })[0].text, /cử làm đồng chủ trì/);
  assert.match(tell({ type: "may", may: [] }, { ...state, may: ["mute"] })[0].text, /thôi làm/);
});
