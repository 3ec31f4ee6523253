import assert from "node:assert/strict";
import { test } from "node:test";
import { Saver } from "../../web/static/js/saver.js";
import { composeView, pixelsOf } from "../../web/static/js/view.js";
import { PLANS } from "../../web/static/js/weak.js";
import { HandClock } from "./hand-clock.js";

const CAMERA = { track: "t1", source: "camera", height: 360 };
const SCREEN = { track: "t2", source: "screen", height: 720 };

function setUp(parts = {}) {
  const all = { clock: new HandClock(), sent: [], plans: [], steps: [], joined: true };
  all.saver = new Saver({
    send: (message) => all.joined && all.sent.push(message) > 0,
    onPlan: (plan) => all.plans.push(plan),
    onStep: ({ step }) => all.steps.push(step),
    onChange: () => {},
    weak: false,
    companion: false,
    clock: all.clock,
    ...parts,
  });
  all.views = () => all.sent.filter(({ type }) => type === "view");
  all.look = (level, times) => {
    for (let time = 0; time < times; time += 1) {
      all.clock.advance(2500);
      all.saver.takeLevel(level);
    }
  };
  return all;
}

test("what is shown is told, when it changes", () => {
  const { saver, views } = setUp();
  saver.setShown([CAMERA, SCREEN]);
  saver.setShown([{ ...CAMERA }, { ...SCREEN }]);
  assert.deepEqual(views(), [
    {
      type: "view",
      tracks: [
        { track: "t1", height: 360 },
        { track: "t2", height: 720 },
      ],
      audio: true,
      limit: null,
    },
  ]);
  saver.setShown([SCREEN, CAMERA]);
  assert.equal(views().length, 2);
});

test("nothing is told before it is known what is shown", () => {
  const { saver, sent } = setUp();
  saver.tellAll();
  assert.deepEqual(sent, []);
});

test("what could not be told is told after joining", () => {
  const all = setUp({ companion: true });
  all.joined = false;
  all.saver.setShown([CAMERA]);
  all.joined = true;
  all.saver.tellAll();
  assert.deepEqual(
    all.sent.map(({ type }) => type),
    ["companion", "view"],
  );
  assert.equal(all.views()[0].audio, false);
});

test("mạng yếu gives up pictures in its order, tells the room, and takes my own camera with it", () => {
  const { saver, views, sent, plans } = setUp();
  saver.setShown([CAMERA, SCREEN]);
  saver.setWeak(true);
  assert.deepEqual(views().at(-1), { type: "view", tracks: [{ track: "t2", height: 720 }], audio: true, limit: 400_000 });
  assert.deepEqual(sent.at(-1), { type: "link", quality: "weak", weak: true });
  assert.equal(plans.at(-1).own, "small");
  saver.setWeak(false);
  assert.equal(views().at(-1).tracks.length, 2);
  assert.equal(plans.at(-1).own, "full");
});

test("the quality of the link is told when it changes, and saves by itself", () => {
  const { saver, look, sent, plans, steps } = setUp();
  saver.setShown([CAMERA]);
  look("good", 5);
  assert.deepEqual(sent.at(-1), { type: "link", quality: "good", weak: false });
  const before = sent.length;
  look("good", 5);
  assert.equal(sent.length, before);
  look("bad", 20);
  const links = sent.filter(({ type }) => type === "link");
  assert.deepEqual(links.at(-1), { type: "link", quality: "bad", weak: true });
  assert.equal(plans.at(-1).own, "off");
  assert.deepEqual(steps, [1, 2, 3, 4]);
});

test("what was told too fast is told again a little later", () => {
  const { saver, clock, views } = setUp();
  saver.setShown([CAMERA]);
  saver.tellLater();
  saver.tellLater();
  clock.advance(2000);
  assert.equal(views().length, 2);
});

test("a second device in the room hears nothing", () => {
  const { saver, sent, views } = setUp();
  saver.setShown([CAMERA]);
  saver.setCompanion(true);
  assert.deepEqual(sent.slice(1).map(({ type }) => type), ["companion", "view"]);
  assert.equal(views().at(-1).audio, false);
  saver.setCompanion(false);
  assert.equal(views().at(-1).audio, true);
});

test("a view has at most 64 pictures, none of no height", () => {
  const many = Array.from({ length: 100 }, (_, index) => ({ ...CAMERA, track: `t${index}`, height: index }));
  const { tracks } = composeView(many, PLANS[0], false);
  assert.deepEqual([tracks.length, tracks[0].track], [64, "t1"]);
});

test("heights are those of the screen, in steps", () => {
  assert.deepEqual([pixelsOf(180, 1), pixelsOf(187, 1), pixelsOf(180, 2), pixelsOf(10, 1)], [180, 180, 360, 0]);
});
