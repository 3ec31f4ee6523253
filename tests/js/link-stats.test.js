import assert from "node:assert/strict";
import { test } from "node:test";
import { countArrived, readReceived, readSent, readTrip } from "../../web/static/js/link-stats.js";

const report = (...entries) => new Map(entries.map((entry) => [entry.id, entry]));

const SOUND = { type: "inbound-rtp", id: "I1", mid: "0", kind: "audio", packetsReceived: 90, packetsLost: 10 };
const PLAYED = { jitter: 0.02, totalSamplesReceived: 480, concealedSamples: 48, silentConcealedSamples: 40 };
const PICTURE = { type: "inbound-rtp", id: "I2", mid: "1", kind: "video", packetsReceived: 7 };
const IDLE = { type: "inbound-rtp", id: "I3", mid: "9", kind: "video", packetsReceived: 5 };

test("what is received is counted by slot and sender; what a sender's own link spoils is left out", () => {
  const all = report({ ...SOUND, ...PLAYED }, PICTURE, IDLE, { type: "transport", id: "T" });
  const incoming = [
    { mid: "0", participant: "p1" },
    { mid: "1", participant: "p2" },
  ];
  const found = readReceived(all, incoming, () => false);
  assert.deepEqual([...found.keys()], ["I1 p1", "I2 p2"]);
  const heard = { packets: 90, lost: 10, samples: 480, concealed: 8, jitter: 0.02, delay: 0 };
  assert.deepEqual(found.get("I1 p1"), { kind: "audio", ...heard });
  assert.deepEqual([found.get("I2 p2").packets, found.get("I2 p2").lost], [7, 0]);
  assert.deepEqual([...readReceived(all, incoming, (id) => id === "p1").keys()], ["I2 p2"]);
  assert.equal(countArrived(all), 102);
});

test("the way there and back is that of the pair in use", () => {
  const pair = (id, currentRoundTripTime, more = {}) => ({ type: "candidate-pair", id, currentRoundTripTime, ...more });
  const transport = { type: "transport", id: "T", selectedCandidatePairId: "P2" };
  assert.equal(readTrip(report(pair("P1", 3), pair("P2", 0.04), transport)), 0.04);
  assert.equal(readTrip(report(pair("P1", 3), pair("P2", 0.05, { selected: true }))), 0.05); // Firefox
  assert.equal(readTrip(report(pair("P1", 3))), 0);
});

test("what I send is counted by what the server says of it", () => {
  const own = { type: "outbound-rtp", id: "O1", kind: "audio", packetsSent: 100 };
  const said = { type: "remote-inbound-rtp", id: "R1", localId: "O1", packetsLost: 4, jitter: 0.01, roundTripTime: 0.2 };
  const other = { type: "remote-inbound-rtp", id: "R2", localId: "gone", packetsLost: 4 };
  assert.deepEqual(
    readSent(report(said, own, other)),
    new Map([["R1", { kind: "audio", packets: 96, lost: 4, samples: 0, concealed: 0, jitter: 0.01, delay: 0.2 }]]),
  );
});
