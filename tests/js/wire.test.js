import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CLIENT_FIELDS, encode, parse, SERVER_FIELDS, WireError } from "../../web/static/js/wire.js";
import { FROM_CLIENT, FROM_SERVER, joined, participant } from "./examples.js";

const protocol = readFileSync(new URL("../../signaling/PROTOCOL.md", import.meta.url), "utf8");

/** The rows of the table under a heading: type, and the names in its second column. */
function readTable(heading) {
  const section = protocol.split(`## ${heading}\n`)[1].split("\n## ")[0];
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return new Map(rows.map((row) => [/^\| `(\w+)`/.exec(row)[1], row.split("|")[2]]));
}

for (const message of FROM_SERVER) {
  test(`parse takes ${message.type} as it is`, () => {
    assert.deepEqual(parse(JSON.stringify(message)), message);
  });
  for (const field of Object.keys(message).filter((name) => name !== "type")) {
    test(`parse refuses ${message.type} without ${field} and with a wrong one`, () => {
      const { [field]: _, ...rest } = message;
      assert.throws(() => parse(JSON.stringify(rest)), WireError);
      assert.throws(() => parse(JSON.stringify({ ...message, [field]: { wrong: 1 } })), WireError);
    });
  }
}

for (const message of FROM_CLIENT) {
  test(`encode writes ${message.type} as it is`, () => {
    assert.deepEqual(JSON.parse(encode(message)), message);
  });
}

test("the examples cover every type", () => {
  assert.deepEqual(FROM_SERVER.map(({ type }) => type).sort(), Object.keys(SERVER_FIELDS).sort());
  assert.deepEqual(FROM_CLIENT.map(({ type }) => type).sort(), Object.keys(CLIENT_FIELDS).sort());
});

test("the types are those of PROTOCOL.md", () => {
  assert.deepEqual([...readTable("Client to server").keys()].sort(), Object.keys(CLIENT_FIELDS).sort());
  assert.deepEqual([...readTable("Server to client").keys()].sort(), Object.keys(SERVER_FIELDS).sort());
});

test("the fields are those of PROTOCOL.md", () => {
  const elsewhere = new Set(["join", "joined", "chat"]); // their fields stand in the examples of the page
  for (const [heading, fields] of [
    ["Client to server", CLIENT_FIELDS],
    ["Server to client", SERVER_FIELDS],
  ]) {
    for (const [type, column] of readTable(heading)) {
      if (elsewhere.has(type)) continue;
      for (const name of Object.keys(fields[type]))
        assert.match(column, new RegExp(`\\b${name}\\b`), `${type}.${name}`);
    }
  }
});

test("parse refuses a type that is not in the protocol", () => {
  for (const type of ["shout", "toString", "__proto__", "join", "", 7, null]) {
    assert.throws(() => parse(JSON.stringify({ type })), WireError, String(type));
  }
});

test("parse refuses what is no message at all", () => {
  for (const data of ["", "{", "null", "[]", "7", '"joined"', new ArrayBuffer(2), undefined]) {
    assert.throws(() => parse(data), WireError);
  }
});

test("parse says where the fault is", () => {
  const broken = joined({
    participants: [participant(), participant({ tracks: [{ id: "t", source: "radio", kind: "audio" }] })],
  });
  assert.throws(() => parse(JSON.stringify(broken)), /participants\[1\]\.tracks\[0\]\.source: one of microphone/);
});

test("parse drops fields that it does not know", () => {
  assert.deepEqual(parse('{"type":"left","id":"p1","secret":"x"}'), { type: "left", id: "p1" });
});

test("parse refuses instants that are not in UTC", () => {
  for (const now of ["2026-11-24T01:00:00+07:00", "2026-11-24", "2026-13-45T01:00:00Z", 1]) {
    assert.throws(() => parse(JSON.stringify(joined({ now }))), WireError);
  }
});

test("encode refuses what the server would close the connection for", () => {
  assert.throws(() => encode({ type: "chat", text: "", to: "everybody" }), WireError);
  assert.throws(() => encode({ type: "chat", text: "ệ".repeat(2001), to: "everybody" }), WireError);
  assert.throws(() => encode({ type: "join", version: 1, resume: null, name: null }), WireError);
  assert.throws(() => encode({ type: "muted", muted: "yes" }), WireError);
  const tracks = Array.from({ length: 65 }, (_, index) => ({ track: `t${index}`, height: 180 }));
  assert.throws(() => encode({ type: "view", tracks, audio: true, limit: null }), WireError);
  assert.throws(() => encode({ type: "shout" }), WireError);
});

test("encode counts characters, not their code units", () => {
  assert.equal(JSON.parse(encode({ type: "chat", text: "🏛".repeat(2000), to: "everybody" })).type, "chat");
});

test("a policy names only what changes", () => {
  assert.deepEqual(JSON.parse(encode({ type: "policy", locked: true })), { type: "policy", locked: true });
  assert.deepEqual(JSON.parse(encode({ type: "policy" })), { type: "policy" });
  assert.throws(() => encode({ type: "policy", locked: "yes" }), WireError);
});
