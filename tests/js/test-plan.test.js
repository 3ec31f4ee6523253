/** What the outcomes of a connection test mean together. */
import assert from "node:assert/strict";
import test from "node:test";
import { beginPlan, fail, judge, judgeLoss, judgeRate, judgeRound, nameRate, pass, skip, STEPS, warn, writeReport } from "../../web/static/js/test-plan.js";

/** @param {Record<string, any>} changes */
function outcomes(changes = {}) {
  const plan = beginPlan();
  for (const id of STEPS) plan.set(id, id === "relay" ? skip("không dùng") : pass("tốt"));
  for (const [id, outcome] of Object.entries(changes)) plan.set(/** @type {any} */ (id), outcome);
  return plan;
}

test("all passed is good, and no relay is no fault", () => {
  assert.equal(judge(outcomes()), "good");
});

test("a blocked TCP is no fault while UDP is open", () => {
  assert.equal(judge(outcomes({ tcp: warn("bị chặn", "") })), "good");
});

test("without UDP another way makes it weak, without any it is bad", () => {
  assert.equal(judge(outcomes({ udp: fail("bị chặn", "") })), "weak");
  assert.equal(judge(outcomes({ udp: fail("", ""), tcp: warn("", "") })), "weak");
  assert.equal(judge(outcomes({ udp: fail("", ""), tcp: fail("", "") })), "bad");
});

test("what a meeting needs is bad when it fails, what it can do without is weak", () => {
  for (const id of ["browser", "secure", "microphone", "socket", "loop", "rate"]) {
    assert.equal(judge(outcomes({ [id]: fail("", "") })), "bad", id);
  }
  for (const id of ["camera", "speaker", "loss"]) assert.equal(judge(outcomes({ [id]: fail("", "") })), "weak", id);
  assert.equal(judge(outcomes({ microphone: warn("", "") })), "weak");
});

test("an answer that is missing about the speaker is no fault", () => {
  assert.equal(judge(outcomes({ speaker: { state: "running", finding: "", advice: "" } })), "good");
});

test("a rate is judged by both directions", () => {
  assert.equal(judgeRate(800_000, 2_000_000).state, "passed");
  assert.equal(judgeRate(100_000, 2_000_000).state, "warned");
  assert.equal(judgeRate(2_000_000, 64_000).state, "warned");
  assert.equal(judgeRate(40_000, 2_000_000).state, "failed");
  assert.equal(judgeRate(812_000, 4_200_000).finding, "gửi 812 kbit/s, nhận 4,2 Mbit/s");
});

test("a link of 10 % loss and 300 ms is usable with a warning", () => {
  assert.equal(judgeLoss(0.004, 40).state, "passed");
  assert.equal(judgeLoss(0.1, 300).state, "warned");
  assert.equal(judgeLoss(0.2, 40).state, "failed");
  assert.equal(judgeLoss(0, 1200).state, "failed");
  assert.equal(judgeLoss(0.004, null).finding, "mất 0,4\u00a0% gói");
});

test("rates are named as people say them", () => {
  assert.equal(nameRate(64_000), "64 kbit/s");
  assert.equal(nameRate(1_250_000), "1,3 Mbit/s");
});

test("the report names every step with what to do about it", () => {
  const text = writeReport({
    verdict: "weak",
    outcomes: outcomes({ udp: fail("bị chặn", "Hãy mở cổng.") }),
    platform: "Chrome 130, Windows",
    who: "Điểm cầu xã Đức Trọng",
    when: "08:00 24/11/2026",
    server: "hop.example.vn",
  });
  assert.match(text, /^BÁO CÁO KIỂM TRA KẾT NỐI\nKết quả: Vào họp được, có chỗ cần lưu ý\n/);
  assert.match(text, /7\. Tiếng và hình qua UDP: Không đạt – bị chặn\n {3}Hãy mở cổng\.\n/);
  assert.equal(text.match(/^\d+\. /gm)?.length, STEPS.length);
});

test("a silent microphone is no fault of the network", () => {
  assert.equal(judgeRound("", 90, 290).state, "passed");
  assert.equal(judgeRound("", 90, 0).state, "warned");
  assert.match(judgeRound("", 90, 0).advice, /^Micro/);
  assert.equal(judgeRound("", 0, 290).state, "failed");
});
