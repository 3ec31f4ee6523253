import assert from "node:assert/strict";
import { test } from "node:test";

import { clock, isoDay } from "../../web/static/js/dates.js";

test("a day is read as people here write it", () => {
  for (const text of ["24/11/2026", "24-11-2026", " 24.11.2026 ", "2026-11-24"])
    assert.equal(isoDay(text), "2026-11-24");
  assert.equal(isoDay("3/2/2026"), "2026-02-03");
});

test("what is no day is nothing", () => {
  for (const text of ["", "31/02/2026", "11/24/2026", "24/11/26", "hôm nay", "2026-13-01"])
    assert.equal(isoDay(text), "");
});

test("a time is read in 24 hours", () => {
  for (const text of ["8:30", "08:30", "8h30", "8g30", "0830", "830", " 8.30 "]) assert.equal(clock(text), "08:30");
  for (const text of ["", "24:00", "8:60", "8", "8 AM", "12345"]) assert.equal(clock(text), "");
});
