/** Calendars on standard input, one JSON text a line; for each a line with what ical.js makes of it: a second reader, to
 * hold ours against. Instants are seconds; ``occurrences`` are [start, end, title]. */
import { createInterface } from "node:readline";
import ICAL from "ical.js";

const MOST = 1000;

/** @param {ICAL.Time} time */
const toSeconds = (time) => time.toJSDate().getTime() / 1000;

/** @param {string} text */
function read(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
  const components = calendar.getAllSubcomponents("vevent");
  const masters = components.filter((each) => !each.hasProperty("recurrence-id"));
  return {
    method: calendar.getFirstPropertyValue("method"),
    events: components.map(describe),
    occurrences: masters.flatMap((master) => expand(master, components)),
  };
}

/** @param {ICAL.Component} component */
function describe(component) {
  const event = new ICAL.Event(component, { exceptions: [] });
  return {
    uid: event.uid,
    sequence: event.sequence,
    stamp: toSeconds(component.getFirstPropertyValue("dtstamp")),
    start: toSeconds(event.startDate),
    end: toSeconds(event.endDate),
    title: event.summary,
    description: event.description,
    location: event.location,
    url: component.getFirstPropertyValue("url"),
    status: component.getFirstPropertyValue("status"),
    categories: component.getFirstProperty("categories")?.getValues() ?? [],
    recurrence: event.recurrenceId ? toSeconds(event.recurrenceId) : null,
    organizer: event.organizer,
    attendees: event.attendees.map((each) => [
      each.getFirstValue(), each.getParameter("cn"), each.getParameter("role"),
      each.getParameter("partstat"), each.getParameter("rsvp"),
    ]),
  };
}

/** @param {ICAL.Component} master @param {ICAL.Component[]} components */
function expand(master, components) {
  const uid = master.getFirstPropertyValue("uid");
  const exceptions = components.filter(
    (each) => each.hasProperty("recurrence-id") && each.getFirstPropertyValue("uid") === uid,
  );
  const event = new ICAL.Event(master, { exceptions, strictExceptions: true });
  if (!event.isRecurring()) return [[toSeconds(event.startDate), toSeconds(event.endDate), event.summary]];
  const found = [], walk = event.iterator();
  for (let next = walk.next(); next && found.length < MOST; next = walk.next()) {
    const { startDate, endDate, item } = event.getOccurrenceDetails(next);
    found.push([toSeconds(startDate), toSeconds(endDate), item.summary]);
  }
  return found;
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(read(JSON.parse(line))) + "\n");
}
