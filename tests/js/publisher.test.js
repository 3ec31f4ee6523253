import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { preferCodecs, waysThrough } from "../../web/static/js/peer.js";
import { Publisher } from "../../web/static/js/publisher.js";
import { FakePeer, settle } from "./fake-peer.js";
import { HandClock } from "./hand-clock.js";

beforeEach(() => (FakePeer.made = []));

function setUp() {
  const all = { sent: [], links: [], faults: [], silences: 0, joined: true, clock: new HandClock() };
  all.publisher = new Publisher({
    send: (message) => {
      if (all.joined) all.sent.push(message);
      return all.joined;
    },
    onLink: (link) => all.links.push(link),
    onSilence: () => (all.silences += 1),
    onFailure: (error) => all.faults.push(error),
    create: () => new FakePeer(),
    clock: all.clock,
  });
  all.offers = () => all.sent.filter(({ type }) => type === "publish");
  all.last = () => FakePeer.made.at(-1);
  return all;
}

async function setUpConnected() {
  const all = setUp();
  all.publisher.begin();
  all.publisher.setTrack("microphone", "voice");
  await settle();
  all.publisher.takeAnswer("answer");
  await settle();
  all.last().become("connected");
  all.sent.length = 0;
  return all;
}

test("a track is offered, and named with its line", async () => {
  const { publisher, offers, last } = setUp();
  publisher.begin();
  publisher.setTrack("microphone", "voice");
  await settle();
  assert.deepEqual(
    offers().map(({ tracks }) => tracks),
    [[{ mid: "0", source: "microphone" }]],
  );
  publisher.takeAnswer("answer");
  await settle();
  assert.equal(last().signalingState, "stable");
});

test("nothing to send opens nothing", async () => {
  const { publisher, sent } = setUp();
  publisher.begin();
  publisher.setTrack("camera", null);
  await settle();
  assert.equal(FakePeer.made.length, 0);
  assert.deepEqual(sent, []);
});

test("tracks that were there before joining are offered with it, though the first offer was given up", async () => {
  for (let turns = 0; turns < 8; turns += 1) {
    const all = setUp();
    all.joined = false;
    all.publisher.setTrack("microphone", "voice");
    all.publisher.setTrack("camera", "picture");
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    all.joined = true;
    all.publisher.begin();
    await settle();
    const sources = all.offers().map(({ tracks }) => tracks.map(({ source }) => source));
    assert.deepEqual(sources, [["microphone", "camera"]], `joined after ${turns} turns`);
    assert.deepEqual(all.faults, []);
  }
});

test("only one offer is open; what comes meanwhile waits for its answer", async () => {
  const { publisher, offers } = setUp();
  publisher.begin();
  publisher.setTrack("microphone", "voice");
  await settle();
  publisher.setTrack("camera", "picture");
  await settle();
  assert.equal(offers().length, 1);
  publisher.takeAnswer("answer");
  await settle();
  assert.deepEqual(
    offers()[1].tracks.map(({ source }) => source),
    ["microphone", "camera"],
  );
});

test("another track of the same source needs no offer, none at all does", async () => {
  const { publisher, offers, last } = await setUpConnected();
  publisher.setTrack("microphone", "other voice");
  await settle();
  assert.equal(offers().length, 0);
  assert.equal(last().getTransceivers()[0].sender.track, "other voice");
  publisher.setTrack("microphone", null);
  await settle();
  assert.deepEqual(offers()[0].tracks, []);
});

test("a camera is offered in three layers, lowest first; sound and screen in one", async () => {
  const { publisher, last } = setUp();
  publisher.begin();
  for (const source of ["camera", "screen", "microphone"]) publisher.setTrack(source, source);
  await settle();
  publisher.takeAnswer("answer");
  await settle();
  const encodings = last().getTransceivers().map(({ sender }) => sender.getParameters().encodings);
  assert.deepEqual(
    encodings[0].map(({ rid, scaleResolutionDownBy, maxBitrate, active }) => [rid, scaleResolutionDownBy, maxBitrate, active]),
    [
      ["l", 4, 150_000, true],
      ["m", 2, 500_000, true],
      ["h", 1, 1_500_000, true],
    ],
  );
  assert.deepEqual([encodings[1].length, encodings[2].length], [1, 1]);
});

test("saving changes what is sent in place, without an offer, and back again", async () => {
  const { publisher, offers, last } = setUp();
  publisher.begin();
  publisher.setTrack("camera", "picture");
  await settle();
  publisher.takeAnswer("answer");
  await settle();
  const layers = () => last().getTransceivers()[0].sender.getParameters().encodings;
  const active = () => layers().map((layer) => layer.active);
  publisher.save({ own: "small", thrifty: true });
  await settle();
  assert.deepEqual([active(), layers()[0].maxBitrate, layers()[0].maxFramerate], [[true, false, false], 100_000, 10]);
  publisher.save({ own: "half", thrifty: false });
  await settle();
  assert.deepEqual(active(), [true, true, false]);
  publisher.save({ own: "full", thrifty: false });
  await settle();
  assert.deepEqual([active(), layers()[0].maxBitrate, layers()[0].maxFramerate], [[true, true, true], 150_000, undefined]);
  assert.equal(offers().length, 1);
});

test("what is sent later begins as saving has it", async () => {
  const { publisher, last } = setUp();
  publisher.save({ own: "small", thrifty: true });
  publisher.begin();
  publisher.setTrack("screen", "screen");
  await settle();
  publisher.takeAnswer("answer");
  await settle();
  const parameters = last().getTransceivers()[0].sender.getParameters();
  assert.deepEqual(parameters, {
    encodings: [{ maxBitrate: 250_000, maxFramerate: 2 }],
    degradationPreference: "maintain-resolution",
  });
});

test("an offer that came too fast is made again later", async () => {
  const { publisher, offers, clock } = setUp();
  publisher.begin();
  publisher.setTrack("microphone", "voice");
  await settle();
  publisher.refused(true);
  await settle();
  assert.equal(offers().length, 1);
  clock.advance(1500);
  await settle();
  assert.equal(offers().length, 2);
});

test("relays of the server reach the connection that there is", async () => {
  const { publisher, last } = await setUpConnected();
  const iceServers = [{ urls: ["turn:hop.example"], username: "u", credential: "c" }];
  publisher.useWays(waysThrough(iceServers, true));
  assert.deepEqual(last().configuration, { iceServers, iceTransportPolicy: "relay" });
  assert.deepEqual(waysThrough([], true), { iceServers: [], iceTransportPolicy: "all" });
});

test("a refused offer is rolled back", async () => {
  const { publisher, last } = setUp();
  publisher.begin();
  publisher.setTrack("microphone", "voice");
  await settle();
  publisher.refused();
  await settle();
  assert.equal(last().signalingState, "stable");
});

test("a broken connection restarts ICE, twice, and then begins anew", async () => {
  const { publisher, offers, last, clock, sent, links } = await setUpConnected();
  last().become("disconnected");
  assert.equal(links.at(-1), "broken");
  clock.advance(2000);
  await settle();
  assert.match(offers()[0].sdp, /restart/);
  publisher.takeAnswer("answer");
  await settle();
  clock.advance(5000);
  await settle();
  publisher.takeAnswer("answer");
  await settle();
  assert.equal(FakePeer.made.length, 1);
  clock.advance(5000);
  await settle();
  assert.equal(FakePeer.made.length, 2);
  assert.equal(FakePeer.made[0].closed, true);
  assert.ok(sent.some(({ type, connection }) => type === "restart" && connection === "publish"));
});

test("a short gap heals by itself", async () => {
  const { offers, last, clock } = await setUpConnected();
  last().become("disconnected");
  clock.advance(1000);
  last().become("connected");
  clock.advance(60_000);
  await settle();
  assert.equal(offers().length, 0);
});

test("after a return what still flows is left alone", async () => {
  const { publisher, offers, clock } = await setUpConnected();
  publisher.carryOn();
  clock.advance(1000);
  await settle();
  assert.equal(offers().length, 0);
});

test("after a return what broke is restarted", async () => {
  const { publisher, offers, last, clock } = await setUpConnected();
  last().become("failed");
  await settle();
  publisher.takeAnswer("answer");
  await settle();
  publisher.carryOn();
  clock.advance(200);
  await settle();
  assert.match(offers().at(-1).sdp, /restart/);
});

test("an offer whose answer was lost with the socket is made again", async () => {
  const { publisher, offers, clock } = setUp();
  publisher.begin();
  publisher.setTrack("microphone", "voice");
  await settle();
  publisher.carryOn();
  clock.advance(200);
  await settle();
  assert.equal(offers().length, 2);
});

test("a server that began anew gets a new connection, once", async () => {
  const { publisher, offers, clock } = await setUpConnected();
  publisher.carryOn();
  publisher.beginAnew();
  clock.advance(1000);
  await settle();
  assert.equal(FakePeer.made.length, 2);
  assert.equal(offers().length, 1);
});

test("the answer of a connection that was given up is not taken for that of the next", async () => {
  const { publisher, last } = setUp();
  publisher.begin();
  publisher.setTrack("microphone", "voice");
  await settle();
  publisher.reopen();
  await settle();
  publisher.takeAnswer("of the first");
  await settle();
  assert.equal(last().signalingState, "have-local-offer");
  publisher.takeAnswer("of the second");
  await settle();
  assert.equal(last().signalingState, "stable");
});

test("no answer at all is told", async () => {
  const all = setUp();
  all.publisher.begin();
  all.publisher.setTrack("microphone", "voice");
  await settle();
  all.clock.advance(8000);
  assert.equal(all.silences, 1);
});

test("an answer that cannot be used is told", async () => {
  const { publisher, faults } = setUp();
  publisher.begin();
  publisher.setTrack("microphone", "voice");
  await settle();
  publisher.takeAnswer("broken");
  await settle();
  assert.equal(faults.length, 1);
});

test("Opus and VP8 come first, and a browser without them keeps its own", () => {
  const codecs = ["video/H264", "video/VP8", "video/rtx", "video/red"].map((mimeType) => ({ mimeType }));
  assert.deepEqual(
    preferCodecs("video", codecs).map(({ mimeType }) => mimeType),
    ["video/VP8", "video/rtx"],
  );
  assert.deepEqual(preferCodecs("audio", [{ mimeType: "audio/G722" }]), [{ mimeType: "audio/G722" }]);
});
