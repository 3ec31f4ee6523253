import assert from "node:assert/strict";
import { test } from "node:test";

import { addMinutes, bookingUrl, clockOf, columnAt, dateOf, minutesBetween, minutesOf, pickStretch, startAt } from "../../web/static/js/calendar-places.js";

const GRID = { top: 100, height: 440, quarters: 44, first: 7 }; // ten pixels a quarter, from 07:00

test("wall times are counted without a time zone", () => {
  assert.equal(minutesOf("2026-11-25T08:30"), 510);
  assert.equal(clockOf(510), "08:30");
  assert.equal(minutesBetween("2026-11-25T23:00", "2026-11-26T01:30"), 150);
  assert.equal(addMinutes("2026-11-25T23:30", 45), "2026-11-26T00:15");
  assert.equal(dateOf("2026-11-25T23:30"), "25/11/2026");
});

test("a point finds its day, and beside the grid the nearest one", () => {
  const columns = [{ day: "a", left: 0, right: 100 }, { day: "b", left: 100, right: 200 }];
  assert.equal(columnAt(columns, -5)?.day, "a");
  assert.equal(columnAt(columns, 100)?.day, "b");
  assert.equal(columnAt(columns, 900)?.day, "b");
  assert.equal(columnAt([], 1), null);
});

test("a meeting starts at the quarter that its upper edge is nearest to", () => {
  assert.equal(startAt(GRID, 140, "2026-11-25", 60), "2026-11-25T08:00");
  assert.equal(startAt(GRID, 146, "2026-11-25", 60), "2026-11-25T08:15");
  assert.equal(startAt(GRID, 144, "2026-11-25", 60), "2026-11-25T08:00");
});

test("a meeting never leaves the hours that are drawn", () => {
  assert.equal(startAt(GRID, -400, "2026-11-25", 60), "2026-11-25T07:00");
  assert.equal(startAt(GRID, 900, "2026-11-25", 60), "2026-11-25T17:00");
  assert.equal(startAt(GRID, 900, "2026-11-25", 24 * 60), "2026-11-25T07:00");
});

test("a click on a free stretch picks the half hour under it, at most two hours and no more than is free", () => {
  const gap = { row: 4, length: 16, first: 7 }; // 08:00 to 12:00
  const told = (/** @type {number} */ share) => {
    const { from, to } = pickStretch({ ...gap, share });
    return `${clockOf(from)}-${clockOf(to)}`;
  };
  assert.equal(told(0), "08:00-10:00");
  assert.equal(told(0.26), "09:00-11:00");
  assert.equal(told(0.99), "11:30-12:00");
  assert.equal(told(7), "11:30-12:00");
  for (const [share, from] of [[0, "08:15"], [0.9, "08:30"]]) { // of 08:15 to 09:00: on the half hour where there is one
    const odd = pickStretch({ row: 5, length: 3, first: 7, share: Number(share) });
    assert.equal(`${clockOf(odd.from)}-${clockOf(odd.to)}`, `${from}-09:00`);
  }
});

test("the address of a booking takes the picked time and keeps the rest", () => {
  const url = bookingUrl("/meetings/new?date=2026-11-25&from=08%3A00&to=10%3A00&hall=3", 540, 600);
  assert.equal(url, "/meetings/new?date=2026-11-25&from=09%3A00&to=10%3A00&hall=3");
});
