import assert from "node:assert/strict";
import { test } from "node:test";
import { readReceived, readSent } from "../../web/static/js/link-stats.js";

const report = (...entries) => new Map(entries.map((entry) => [entry.id, entry]));

test("what is received is counted by its sender", () => {
  const sound = { type: "inbound-rtp", id: "I1", mid: "0", kind: "audio", packetsReceived: 90, packetsLost: 10 };
  const played = { jitter: 0.02, totalSamplesReceived: 480, concealedSamples: 48, silentConcealedSamples: 40 };
  const picture = { type: "inbound-rtp", id: "I2", mid: "1", kind: "video", packetsReceived: 7 };
  const gone = { type: "inbound-rtp", id: "I3", mid: "9", kind: "video", packetsReceived: 7 };
  const found = readReceived(report({ ...sound, ...played }, picture, gone, { type: "transport", id: "T" }), [
    { mid: "0", participant: "p1" },
    { mid: "1", participant: "p1" },
  ]);
  assert.deepEqual([...found.keys()], ["p1"]);
  const heard = { packets: 90, lost: 10, samples: 480, concealed: 8, jitter: 0.02, delay: 0 };
  assert.deepEqual(found.get("p1").get("I1"), { kind: "audio", ...heard });
  assert.deepEqual([found.get("p1").get("I2").packets, found.get("p1").get("I2").lost], [7, 0]);
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
