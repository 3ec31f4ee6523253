import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection, pauseBefore } from "../../web/static/js/connection.js";
import { FROM_SERVER, joined } from "./examples.js";
import { HandClock } from "./hand-clock.js";

/** A socket whose other end is the test. */
class Line {
  onopen = (this.onmessage = this.onclose = null);
  sent = [];
  closed = null;
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close(code) {
    this.closed ??= code ?? 1005; // a second close changes nothing
  }
  say(message) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  join(changes) {
    this.onopen();
    this.say(joined(changes));
  }
  break(code = 1006, reason = "") {
    this.onclose?.({ code, reason });
  }
}

function setUp(parts = {}) {
  const clock = new HandClock();
  const lines = [];
  const links = [];
  const messages = [];
  const connection = new Connection({
    url: "ws://hop.example/meetings/m1/ws",
    name: null,
    onMessage: (message) => messages.push(message),
    onLink: (link) => links.push(link),
    open: (url) => {
      const line = Object.assign(new Line(), { url, at: clock.time });
      lines.push(line);
      return line;
    },
    clock,
    random: () => 0,
    online: () => true,
    ...parts,
  });
  return { clock, lines, links, messages, connection, last: () => lines.at(-1) };
}

function setUpJoined(parts) {
  const all = setUp(parts);
  all.connection.start();
  all.last().join();
  return all;
}

test("the first message is join, and joined makes it a link", () => {
  const { connection, last, links, messages } = setUp({ name: "Nguyễn Văn An" });
  connection.start();
  last().onopen();
  assert.deepEqual(last().sent, [{ type: "join", version: 2, resume: null, name: "Nguyễn Văn An" }]);
  last().say(joined());
  assert.deepEqual(links, [{ state: "connecting" }, { state: "joined", again: false }]);
  assert.equal(messages[0].type, "joined");
});

test("nothing is sent before joined", () => {
  const { connection, last } = setUp();
  connection.start();
  last().onopen();
  assert.equal(connection.send({ type: "hand", up: true }), false);
  assert.equal(last().sent.length, 1);
});

test("a broken link returns with the secret of the last joined", () => {
  const { clock, last, links, lines } = setUpJoined();
  clock.advance(10_000);
  last().break();
  assert.deepEqual(links.at(-1), { state: "reconnecting", attempt: 1, cause: "server" });
  clock.advance(0);
  assert.equal(lines.length, 2);
  last().onopen();
  assert.equal(last().sent[0].resume, "secret");
  last().say(joined({ resume: "another" }));
  clock.advance(10_000);
  last().break();
  clock.advance(0);
  last().onopen();
  assert.equal(last().sent[0].resume, "another");
});

test("attempts follow the schedule, then a button", () => {
  const { clock, last, lines, links, connection } = setUpJoined();
  clock.advance(10_000);
  last().break();
  const start = clock.time;
  for (let step = 0; step < 200 && links.at(-1).state !== "lost"; step += 1) {
    if (last().at >= start && last().onclose !== null) last().break();
    clock.advance(500);
  }
  const begun = lines.slice(1).map(({ at }) => at - start);
  const gaps = begun.slice(1).map((at, index) => at - begun[index]);
  assert.equal(begun[0], 0);
  assert.ok(begun.at(-1) >= 40_000 && begun.at(-1) <= 50_000, `the last began after ${begun.at(-1)} ms`);
  assert.ok(
    gaps.every((gap, index) => gap >= pauseBefore(index + 2, 0)),
    String(gaps),
  );
  assert.deepEqual(links.at(-1), { state: "lost", cause: "server" });
  assert.deepEqual(
    links.filter(({ state }) => state === "reconnecting").map(({ attempt }) => attempt),
    begun.map((_, index) => index + 1),
  );
  connection.retry();
  assert.equal(lines.length, begun.length + 2);
  last().join();
  assert.deepEqual(links.at(-1), { state: "joined", again: true });
});

test("a server that was away for long is found again without a button", () => {
  const { clock, last, lines, links } = setUpJoined();
  clock.advance(10_000);
  last().break();
  while (links.at(-1).state !== "lost") {
    if (last().onclose !== null && lines.length > 1) last().break();
    clock.advance(500);
  }
  const before = lines.length;
  for (let minute = 0; minute < 10; minute += 1) {
    clock.advance(60_000);
    if (last().onclose !== null) last().break();
  }
  const since = links.slice(links.findIndex(({ state }) => state === "lost"));
  assert.ok(since.every(({ state }) => state === "lost"));
  const tries = lines.length - before;
  assert.ok(tries >= 8 && tries <= 20, `${tries} in ten minutes`);
  while (last().onopen === null) clock.advance(1000);
  last().join();
  assert.deepEqual(links.at(-1), { state: "joined", again: true });
});

test("it tries for at least 44 seconds whatever chance says", () => {
  for (const chance of [0, 0.5, 0.999]) {
    const { clock, last, links } = setUpJoined({ random: () => chance });
    clock.advance(10_000);
    last().break();
    const lost = clock.time;
    while (links.at(-1).state !== "lost") {
      if (last().onclose !== null && clock.time >= last().at && last().at >= lost) last().break();
      else clock.advance(100);
    }
    assert.ok(clock.time - lost >= 40_000, `gave up after ${clock.time - lost} ms`);
  }
});

test("each pause is that of the protocol plus up to a second", () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 20].map((attempt) => pauseBefore(attempt, 0)),
    [0, 300, 1200, 2700, 4800, 5000, 5000],
  );
  assert.equal(pauseBefore(2, 0.5), 800);
});

test("a server that stops is asked again at once, with chance", () => {
  const { clock, last, lines } = setUpJoined({ random: () => 0.7 });
  clock.advance(10_000);
  last().break(1001);
  clock.advance(699);
  assert.equal(lines.length, 1);
  clock.advance(1);
  assert.equal(lines.length, 2);
});

test("too much said waits longer", () => {
  const { clock, last, lines } = setUpJoined();
  clock.advance(10_000);
  last().break(4413);
  clock.advance(4999);
  assert.equal(lines.length, 1);
  clock.advance(1);
  assert.equal(lines.length, 2);
});

test("a server that closes right after joined is not asked without a pause", () => {
  const { clock, last, lines } = setUpJoined();
  for (let time = 0; time < 20; time += 1) {
    last().break(4500);
    const before = lines.length;
    clock.advance(pauseBefore(time + 1, 0));
    if (lines.length === before) break;
    last().join();
  }
  assert.ok(lines.length < 15, `${lines.length} attempts`);
});

for (const [code, why] of [
  [1000, "left"],
  [4400, "protocol"],
  [4401, "sign_in"],
  [4403, "refused"],
  [4406, "turned_down"],
  [4409, "elsewhere"],
  [4410, "ended"],
  [4414, "full"],
  [4423, "locked"],
  [4425, "early"],
]) {
  test(`close code ${code} means ${why} and no return`, () => {
    const { clock, last, lines, links } = setUpJoined();
    clock.advance(10_000);
    last().break(code, "a word");
    assert.deepEqual(links.at(-1), { state: "closed", why, reason: "a word" });
    clock.advance(120_000);
    assert.equal(lines.length, 1);
  });
}

for (const code of [1006, 1011, 4500]) {
  test(`close code ${code} means return`, () => {
    const { clock, last, lines } = setUpJoined();
    clock.advance(10_000);
    last().break(code);
    clock.advance(0);
    assert.equal(lines.length, 2);
  });
}

test("an attempt that gets no answer is given up", () => {
  const { clock, last, lines, connection } = setUp();
  connection.start();
  const first = last();
  clock.advance(8000);
  assert.equal(first.closed, 1005);
  assert.equal(lines.length, 2);
  first.say(joined()); // too late
  assert.equal(connection.link.state, "reconnecting");
});

test("leaving says so and needs no answer", () => {
  const { clock, last, links, connection, lines } = setUpJoined();
  connection.leave();
  assert.deepEqual(last().sent.at(-1), { type: "leave" });
  clock.advance(2000);
  assert.deepEqual(links.at(-1), { state: "closed", why: "left", reason: "" });
  clock.advance(60_000);
  assert.equal(lines.length, 1);
});

test("leaving while the link is down ends at once", () => {
  const { clock, last, links, connection } = setUpJoined();
  clock.advance(10_000);
  last().break();
  connection.leave();
  assert.deepEqual(links.at(-1), { state: "closed", why: "left", reason: "" });
});

test("a server that breaks the protocol is left with 4400", () => {
  const { last, links } = setUpJoined();
  const line = last();
  const quiet = console.error;
  console.error = () => {};
  line.say({ type: "shout" });
  console.error = quiet;
  assert.equal(line.closed, 4400);
  assert.equal(links.at(-1).why, "protocol");
});

test("a suspected socket is replaced and its late words do not count", () => {
  const { clock, last, lines, messages, connection } = setUpJoined();
  clock.advance(10_000);
  const old = last();
  connection.suspect();
  clock.advance(0);
  assert.equal(lines.length, 2);
  assert.equal(old.closed, 1005);
  old.say({ type: "left", id: "p1" });
  assert.equal(messages.length, 1);
});

test("without a network it says so, and that it is back", () => {
  let online = false;
  const { clock, last, links } = setUpJoined({ online: () => online });
  clock.advance(10_000);
  last().break();
  assert.deepEqual(links.at(-1), { state: "reconnecting", attempt: 1, cause: "offline" });
  online = true;
  clock.advance(0);
  last().break();
  assert.deepEqual(links.at(-1), { state: "reconnecting", attempt: 2, cause: "server" });
  clock.advance(300);
  last().join();
  assert.deepEqual(links.at(-1), { state: "joined", again: true });
});

const WAITING = FROM_SERVER.find(({ type }) => type === "waiting");

test("whoever waits to be let in is told so, can say nothing but that they leave, and comes in by joined", () => {
  const { connection, clock, last, lines, links, messages } = setUp();
  connection.start();
  last().onopen();
  last().say(WAITING);
  assert.deepEqual([links.at(-1), messages], [{ state: "waiting" }, [WAITING]]);
  assert.equal(connection.send({ type: "hand", up: true }), false);
  clock.advance(600_000);
  assert.equal(lines.length, 1);
  last().say(joined());
  assert.deepEqual(links.at(-1), { state: "joined", again: false });
});

test("whoever waits may leave, and waits again after a break of the line", () => {
  const { connection, clock, last, lines, links } = setUp();
  connection.start();
  last().onopen();
  last().say(WAITING);
  clock.advance(60_000);
  last().break();
  clock.advance(0);
  assert.equal(lines.length, 2);
  last().onopen();
  last().say(WAITING);
  connection.leave();
  assert.deepEqual(lines[1].sent.at(-1), { type: "leave" });
  assert.deepEqual(links.at(-1), { state: "closed", why: "left", reason: "" });
});

for (const code of [4406, 4414, 4423]) {
  test(`after ${code} the person may knock again`, () => {
    const { connection, last, lines, links } = setUp();
    connection.start();
    last().onopen();
    last().break(code);
    connection.knock();
    assert.equal(lines.length, 2);
    last().join();
    assert.deepEqual(links.at(-1), { state: "joined", again: false });
    connection.knock();
    assert.equal(lines.length, 2);
  });
}

test("after being replaced elsewhere the place can be taken back", () => {
  const { clock, last, lines, links, connection } = setUpJoined();
  clock.advance(10_000);
  last().break(4409);
  connection.takeBack();
  assert.equal(lines.length, 2);
  last().onopen();
  assert.equal(last().sent[0].resume, null);
  last().say(joined());
  assert.deepEqual(links.at(-1), { state: "joined", again: false });
});
