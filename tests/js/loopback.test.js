/** A description is cut down to one way. */
import assert from "node:assert/strict";
import test from "node:test";
import { keepWay, offersWay } from "../../web/static/js/loopback.js";

const SDP = [
  "v=0",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "a=candidate:1 1 UDP 2130706431 10.0.0.2 8080 typ host",
  "a=candidate:2 1 TCP 1671430143 10.0.0.2 8081 typ host tcptype passive",
  "a=mid:0",
  "",
].join("\r\n");

test("only the candidates of the wanted way stay", () => {
  assert.match(keepWay(SDP, "udp"), / UDP /);
  assert.doesNotMatch(keepWay(SDP, "udp"), / TCP /);
  assert.doesNotMatch(keepWay(SDP, "tcp"), /candidate:1/);
  assert.equal(keepWay(SDP, "tcp").split("\r\n").length, SDP.split("\r\n").length - 1);
});

test("a relay reaches the server by any of its candidates", () => {
  assert.equal(keepWay(SDP, "relay"), SDP);
});

test("it is known whether the server offers a way", () => {
  assert.equal(offersWay(SDP, "tcp"), true);
  assert.equal(offersWay(keepWay(SDP, "udp"), "tcp"), false);
});
