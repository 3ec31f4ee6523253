/** Feeds on standard input, one JSON text a line; for each a line with what ical.js makes of it: every occurrence as
 * [start, end, title], by start. A second reader of calendars, to hold ours against. */
import { createInterface } from "node:readline";
import ICAL from "ical.js";

const MOST = 1000;

/** @param {string} text */
function expand(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
  const found = [];
  const components = calendar.getAllSubcomponents("vevent");
  for (const master of components.filter((each) => !each.hasProperty("recurrence-id"))) {
    const uid = master.getFirstPropertyValue("uid");
    const exceptions = components.filter(
      (each) => each.hasProperty("recurrence-id") && each.getFirstPropertyValue("uid") === uid,
    );
    const event = new ICAL.Event(master, { exceptions, strictExceptions: true });
    if (!event.isRecurring()) {
      found.push([event.startDate, event.endDate, event.summary]);
      continue;
    }
    const walk = event.iterator();
    for (let next = walk.next(), count = 0; next && count < MOST; next = walk.next(), count++) {
      const { startDate, endDate, item } = event.getOccurrenceDetails(next);
      found.push([startDate, endDate, item.summary]);
    }
  }
  return found.map(([start, end, title]) => [start.toJSDate().getTime() / 1000, end.toJSDate().getTime() / 1000, title]).sort();
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(expand(JSON.parse(line))) + "\n");
}
