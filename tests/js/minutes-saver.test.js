import assert from "node:assert/strict";
import { test } from "node:test";

import { PAUSE, RETRY, Saver } from "../../web/static/js/minutes-saver.js";

/** A saver whose clock and server are in the test's hands. */
function open(revision = 3) {
  const desk = { text: "", sent: [], kept: undefined, shown: [], timers: new Map(), answers: [] };
  let next = 1;
  const saver = new Saver(revision, {
    read: () => ({ title: desk.text }),
    send: (draft) => {
      desk.sent.push(structuredClone(draft));
      return new Promise((resolve) => desk.answers.push(resolve));
    },
    keep: (draft) => (desk.kept = draft === null ? null : structuredClone(draft)),
    later: (call, ms) => {
      desk.timers.set(next, { call, ms });
      return next++;
    },
    forget: (timer) => desk.timers.delete(timer),
    show: (state) => desk.shown.push(state),
  });
  const type = (text) => {
    desk.text = text;
    saver.changed();
  };
  const tick = () => {
    const [[timer, { call, ms }]] = desk.timers;
    desk.timers.delete(timer);
    call();
    return ms;
  };
  const answer = async (status, revision = 0, error = "") => {
    desk.answers.shift()({ status, revision, savedAt: "08:00", error });
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { desk, saver, type, tick, answer };
}

test("saves once a while after the last change, with the revision it knows", async () => {
  const { desk, saver, type, tick, answer } = open();
  type("a");
  type("ab");
  assert.equal(desk.timers.size, 1);
  assert.equal(tick(), PAUSE);
  assert.deepEqual(desk.sent, [{ revision: 3, content: { title: "ab" } }]);
  await answer(200, 4);
  assert.equal(saver.state, "saved");
  assert.equal(saver.revision, 4);
  assert.equal(desk.kept, null);
  assert.deepEqual(desk.shown, ["dirty", "dirty", "saving", "saved"]);
});

test("keeps a copy of every change until the server has it", async () => {
  const { desk, type, tick, answer } = open();
  type("mất điện");
  assert.deepEqual(desk.kept, { revision: 3, content: { title: "mất điện" }, base: { title: "" } });
  tick();
  assert.notEqual(desk.kept, null);
  await answer(200, 4);
  assert.equal(desk.kept, null);
});

test("what is typed while a save runs is saved after it, with the new revision", async () => {
  const { desk, saver, type, tick, answer } = open();
  type("một");
  tick();
  type("một hai");
  await answer(200, 4);
  assert.equal(saver.unsaved, true);
  assert.deepEqual(desk.kept, { revision: 4, content: { title: "một hai" }, base: { title: "một" } });
  tick();
  assert.deepEqual(desk.sent[1], { revision: 4, content: { title: "một hai" } });
  await answer(200, 5);
  assert.equal(saver.unsaved, false);
});

test("never has two saves on the way", async () => {
  const { desk, type, tick, answer } = open();
  type("một");
  tick();
  type("hai");
  tick(); // the pause is over while the first save still runs
  assert.equal(desk.sent.length, 1);
  await answer(200, 4);
  tick();
  assert.equal(desk.sent.length, 2);
});

test("tries again by itself when there is no connection, and loses nothing", async () => {
  const { desk, saver, type, tick, answer } = open();
  type("ngoại tuyến");
  tick();
  await answer(0);
  assert.equal(saver.state, "offline");
  assert.notEqual(desk.kept, null);
  assert.equal(tick(), RETRY);
  await answer(503);
  assert.equal(saver.state, "offline");
  tick();
  await answer(200, 4);
  assert.equal(saver.state, "saved");
});

test("stops for good when somebody else saved in between, and keeps what was typed", async () => {
  const { desk, saver, type, tick, answer } = open();
  type("của tôi");
  tick();
  await answer(409, 0, "đã được sửa");
  assert.equal(saver.state, "overtaken");
  type("của tôi nữa");
  assert.equal(desk.timers.size, 0);
  assert.equal(await saver.flush(), false);
  assert.equal(desk.sent.length, 1);
  assert.deepEqual(desk.kept, { revision: 3, content: { title: "của tôi nữa" }, base: { title: "" } });
});

test("a refused content is tried again only when it changes", async () => {
  const { desk, saver, type, tick, answer } = open();
  type("");
  tick();
  await answer(422, 0, "title");
  assert.equal(saver.state, "refused");
  assert.equal(desk.timers.size, 0);
  type("có tên");
  tick();
  await answer(200, 4);
  assert.equal(saver.state, "saved");
});

test("a person who was signed out is told so", async () => {
  const { saver, type, tick, answer } = open();
  type("x");
  tick();
  await answer(401, 0, "Phiên làm việc đã hết.");
  assert.equal(saver.state, "signed-out");
  assert.equal(saver.unsaved, true);
});

test("flush saves at once and says whether everything is saved", async () => {
  const { desk, saver, type, answer } = open();
  assert.equal(await saver.flush(), true);
  assert.equal(desk.sent.length, 0);
  type("gửi đi");
  const flushed = saver.flush();
  await new Promise((resolve) => setImmediate(resolve));
  await answer(200, 4);
  assert.equal(await flushed, true);
  assert.equal(desk.timers.size, 0);
});

test("flush waits for the save on the way and then saves the rest", async () => {
  const { desk, saver, type, tick, answer } = open();
  type("một");
  tick();
  type("hai");
  const flushed = saver.flush();
  await answer(200, 4);
  await answer(200, 5);
  assert.equal(await flushed, true);
  assert.equal(desk.sent.length, 2);
});
