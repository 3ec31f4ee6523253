import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Receiver, sessionOf } from "../../web/static/js/receiver.js";
import { FakePeer, settle } from "./fake-peer.js";
import { HandClock } from "./hand-clock.js";

beforeEach(() => (FakePeer.made = []));

const SLOTS = [
  { mid: "0", kind: "audio" },
  { mid: "1", kind: "audio" },
  { mid: "2", kind: "video" },
];
const VOICE = { mid: "0", participant: "p1", track: "t1", source: "microphone" };
const PICTURE = { mid: "2", participant: "p1", track: "t2", source: "camera" };

const offer = (generation, session = 1) => ({
  type: "offer",
  sdp: `v=0\r\no=- ${session} ${generation} IN IP4 127.0.0.1\r\n`,
  generation,
  slots: SLOTS,
});

function setUp() {
  const all = { sent: [], links: [], faults: [], incoming: [], sounds: [], clock: new HandClock() };
  all.receiver = new Receiver({
    send: (message) => all.sent.push(message) > 0,
    onIncoming: (incoming) => (all.incoming = incoming),
    onSounds: (sounds) => (all.sounds = sounds),
    onLink: (link) => all.links.push(link),
    onFailure: (error) => all.faults.push(error),
    create: () => new FakePeer(),
    clock: all.clock,
  });
  return all;
}

test("an offer is answered with its generation, and its slots are told", async () => {
  const all = setUp();
  all.receiver.takeOffer(offer(3));
  await settle();
  assert.deepEqual(all.sent, [{ type: "answer", sdp: "answer", generation: 3 }]);
  assert.deepEqual([all.sounds, all.incoming], [["sound 0", "sound 1"], []]);
  all.receiver.takeSlots([VOICE, PICTURE]);
  assert.deepEqual(all.incoming, [
    { ...VOICE, media: "sound 0" },
    { ...PICTURE, media: "picture" },
  ]);
});

test("an offer that a newer one has overtaken is not answered", async () => {
  const all = setUp();
  for (const generation of [1, 2, 3]) all.receiver.takeOffer(offer(generation));
  await settle();
  assert.deepEqual(
    all.sent.map(({ generation }) => generation),
    [3],
  );
});

test("a slot changes hands without an offer", async () => {
  const all = setUp();
  all.receiver.takeOffer(offer(1));
  all.receiver.takeSlots([PICTURE]); // before the offer was answered
  await settle();
  assert.deepEqual(all.incoming, [{ ...PICTURE, media: "picture" }]);
  const other = { ...PICTURE, participant: "p2", track: "t9" };
  all.receiver.takeSlots([other]);
  assert.deepEqual(all.incoming, [{ ...other, media: "picture" }]);
  all.receiver.takeSlots([]);
  assert.deepEqual(all.incoming, []);
  assert.equal(all.sent.length, 1);
});

test("a slot whose line does not exist is left out", async () => {
  const all = setUp();
  all.receiver.takeOffer(offer(1));
  all.receiver.takeSlots([{ ...PICTURE, mid: "9" }]);
  await settle();
  assert.deepEqual(all.incoming, []);
});

test("what slots carried in one session says nothing of another", async () => {
  const all = setUp();
  all.receiver.takeOffer(offer(1));
  all.receiver.takeSlots([PICTURE]);
  await settle();
  all.receiver.takeOffer(offer(1, 2));
  await settle();
  assert.deepEqual(all.incoming, []);
});

test("another session of the server is another connection", async () => {
  const all = setUp();
  all.receiver.takeOffer(offer(1));
  await settle();
  all.receiver.takeOffer(offer(2));
  await settle();
  assert.equal(FakePeer.made.length, 1);
  all.receiver.takeOffer(offer(1, 2));
  await settle();
  assert.equal(FakePeer.made.length, 2);
  assert.equal(FakePeer.made[0].closed, true);
});

test("closing in the middle of an offer does not block the next", async () => {
  for (let turns = 0; turns < 4; turns += 1) {
    const all = setUp();
    all.receiver.takeOffer(offer(1));
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    all.receiver.close();
    all.receiver.takeOffer(offer(1));
    await settle();
    assert.equal(all.sounds.length, 2, `closed after ${turns} turns`);
    assert.deepEqual(all.faults, []);
  }
});

test("a broken connection asks for a restart until it is whole", async () => {
  const all = setUp();
  all.receiver.takeOffer(offer(1));
  await settle();
  const [peer] = FakePeer.made;
  peer.become("connected");
  peer.become("failed");
  assert.deepEqual(all.sent.at(-1), { type: "restart", connection: "receive" });
  all.clock.advance(5000);
  assert.equal(all.sent.filter(({ type }) => type === "restart").length, 2);
  peer.become("connected");
  all.clock.advance(60_000);
  assert.equal(all.sent.filter(({ type }) => type === "restart").length, 2);
  assert.deepEqual(all.links, ["none", "connecting", "connected", "broken", "connected"]);
});

test("an offer that cannot be used is told", async () => {
  const all = setUp();
  all.receiver.takeOffer({ ...offer(1), sdp: "broken" });
  await settle();
  assert.equal(all.faults.length, 1);
});

test("the session stands in the origin line", () => {
  assert.equal(sessionOf("v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\n"), "4611731400430051336");
  assert.equal(sessionOf("v=0"), "");
});
