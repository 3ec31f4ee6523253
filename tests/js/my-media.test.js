import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { MyMedia } from "../../web/static/js/my-media.js";

class Track extends EventTarget {
  enabled = true;
  stopped = false;
  constructor(device) {
    super();
    this.device = device;
  }
  stop() {
    this.stopped = true;
  }
}

/** A browser whose questions are answered by the test. */
let questions = [];
let plugged = [];
const mediaDevices = {
  enumerateDevices: async () => plugged,
  getUserMedia: (constraints) =>
    new Promise((resolve, reject) => {
      const track = new Track((constraints.audio ?? constraints.video).deviceId ?? "default");
      questions.push({
        constraints,
        track,
        allow: () => resolve({ getTracks: () => [track] }),
        refuse: (name) => reject(Object.assign(new Error(), { name })),
      });
    }),
};

beforeEach(() => {
  questions = [];
  plugged = [];
  globalThis.isSecureContext = true;
  Object.defineProperty(globalThis, "navigator", { value: { mediaDevices }, configurable: true });
});

function setUp() {
  const all = { published: [], lost: [], level: () => {} };
  all.media = new MyMedia({
    publish: (source, track) => all.published.push([source, track]),
    onChange: () => {},
    onLevel: () => {},
    onLost: (source) => all.lost.push(source),
    microphone: null,
    camera: null,
    watch: (_, onLevel) => {
      all.level = onLevel;
      return () => {};
    },
  });
  return all;
}

async function open(all, source) {
  const done = source === "microphone" ? all.media.setMicrophone(true) : all.media.setCamera(true);
  questions.at(-1).allow();
  await done;
  return questions.at(-1).track;
}

test("a microphone is opened in mono with the browser's processing, and published", async () => {
  const all = setUp();
  const track = await open(all, "microphone");
  assert.deepEqual(questions[0].constraints.audio, {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    channelCount: 1,
  });
  assert.deepEqual(all.published, [["microphone", track]]);
  assert.equal(all.media.mine.microphone.on, true);
});

test("a microphone that is switched off stays open and sends nothing", async () => {
  const all = setUp();
  const track = await open(all, "microphone");
  await all.media.setMicrophone(false);
  assert.deepEqual([track.enabled, track.stopped, all.media.mine.microphone.on], [false, false, false]);
  await all.media.setMicrophone(true);
  assert.equal(track.enabled, true);
  assert.equal(questions.length, 1);
});

test("a camera that is switched off is let go", async () => {
  const all = setUp();
  const track = await open(all, "camera");
  await all.media.setCamera(false);
  assert.equal(track.stopped, true);
  assert.deepEqual(all.published.at(-1), ["camera", null]);
});

for (const source of ["microphone", "camera"]) {
  test(`a ${source} switched off while it is being opened stays off`, async () => {
    const all = setUp();
    const set = (on) => (source === "microphone" ? all.media.setMicrophone(on) : all.media.setCamera(on));
    const opening = set(true);
    await set(false);
    questions[0].allow();
    await opening;
    assert.equal(all.media.mine[source].on, false);
    assert.ok(!questions[0].track.enabled || questions[0].track.stopped);
  });

  test(`a ${source} that cannot be had says why, and can be tried again`, async () => {
    const all = setUp();
    const set = (on) => (source === "microphone" ? all.media.setMicrophone(on) : all.media.setCamera(on));
    const opening = set(true);
    questions[0].refuse("NotReadableError");
    await opening;
    assert.deepEqual([all.media.mine[source].on, all.media.mine[source].trouble], [false, "in_use"]);
    await open(all, source);
    assert.deepEqual([all.media.mine[source].on, all.media.mine[source].trouble], [true, null]);
  });
}

test("another device takes the place of the first without an interruption", async () => {
  const all = setUp();
  const first = await open(all, "microphone");
  await all.media.setMicrophone(false);
  const change = all.media.useDevice("microphone", "second");
  questions[1].allow();
  await change;
  assert.equal(first.stopped, true);
  assert.deepEqual(
    all.published.map(([, track]) => track.device),
    ["default", "second"],
  );
  assert.equal(questions[1].track.enabled, false);
});

test("a device that was pulled out is told and let go", async () => {
  const all = setUp();
  const track = await open(all, "camera");
  track.dispatchEvent(new Event("ended"));
  assert.deepEqual(all.lost, ["camera"]);
  assert.deepEqual([all.media.mine.camera.on, all.media.mine.camera.trouble], [false, "not_found"]);
  assert.deepEqual(all.published.at(-1), ["camera", null]);
});

test("a hall's microphone and camera come without the browser's processing, and change on the fly", async () => {
  const all = setUp();
  await open(all, "microphone");
  const change = all.media.setHall(true);
  questions[1].allow();
  await change;
  const { echoCancellation, noiseSuppression, autoGainControl, channelCount } = questions[1].constraints.audio;
  assert.deepEqual([echoCancellation, noiseSuppression, autoGainControl, channelCount], [false, false, false, 1]);
  assert.equal(questions[0].track.stopped, true);
  assert.equal(questions.length, 2); // the camera was off
  await all.media.setHall(true);
  assert.equal(questions.length, 2);
});

test("a device that was pulled out runs again when it is back, and no other in its place", async () => {
  const all = setUp();
  all.media.parts.camera = "hdmi";
  const track = await open(all, "camera");
  track.dispatchEvent(new Event("ended"));
  plugged = [{ kind: "videoinput", deviceId: "laptop", label: "Laptop" }];
  await all.media.retryLost();
  assert.equal(questions.length, 1);
  plugged.push({ kind: "videoinput", deviceId: "hdmi", label: "HDMI" });
  const back = all.media.retryLost();
  await new Promise((resolve) => setImmediate(resolve));
  questions[1].allow();
  await back;
  assert.equal(all.media.mine.camera.on, true);
  await all.media.setCamera(false);
  await all.media.retryLost();
  assert.equal(questions.length, 2);
});

test("wishes that no device can meet are given up, not the device", async () => {
  const all = setUp();
  const opening = all.media.setCamera(true);
  questions[0].refuse("OverconstrainedError");
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(questions[1].constraints.video, true);
  questions[1].allow();
  await opening;
  assert.equal(all.media.mine.camera.on, true);
});

test("a microphone that gives nothing at all is noticed, but not while it is off", async () => {
  const all = setUp();
  await open(all, "microphone");
  const start = Date.now();
  const clock = Date.now;
  Date.now = () => start + 9000;
  all.level(-100);
  Date.now = () => start + 18_000;
  all.level(-100);
  assert.equal(all.media.mine.dead, true);
  await all.media.setMicrophone(false);
  assert.equal(all.media.mine.dead, false);
  all.level(-100);
  assert.equal(all.media.mine.dead, false);
  Date.now = clock;
});
