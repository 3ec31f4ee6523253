// Reads calendars with ical.js and prints what it understood, for a comparison with another parser.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const MOST = 500;

/** @param {ICAL.Time} time */
const toInstant = (time) => time.toJSDate().toISOString();

/** @param {string} text */
function read(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(zone);
  }
  const events = calendar.getAllSubcomponents("vevent").map((component) => new ICAL.Event(component));
  return {
    method: calendar.getFirstPropertyValue("method"),
    events: events.map((event) => ({
      uid: event.uid,
      sequence: event.sequence,
      stamp: toInstant(event.component.getFirstPropertyValue("dtstamp")),
      start: toInstant(event.startDate),
      end: toInstant(event.endDate),
      title: event.summary,
      description: event.description,
      location: event.location,
      url: event.component.getFirstPropertyValue("url"),
      status: event.component.getFirstPropertyValue("status"),
      categories: event.component.getFirstProperty("categories")?.getValues() ?? [],
      recurrence: event.recurrenceId ? toInstant(event.recurrenceId) : null,
      organizer: event.organizer,
      attendees: event.attendees.map((each) => [
        each.getFirstValue(), each.getParameter("cn"), each.getParameter("role"),
        each.getParameter("partstat"), each.getParameter("rsvp"),
      ]),
    })),
    occurrences: events.filter((event) => !event.recurrenceId).flatMap((master) => {
      for (const other of events) if (other.recurrenceId && other.uid === master.uid) master.relateException(other);
      if (!master.isRecurring()) return [toInstant(master.startDate)];
      const found = [], walk = master.iterator();
      for (let next = walk.next(); next && found.length < MOST; next = walk.next()) {
        found.push(toInstant(master.getOccurrenceDetails(next).startDate));
      }
      return found;
    }).sort(),
  };
}

console.log(JSON.stringify(process.argv.slice(2).map((path) => read(readFileSync(path, "utf8")))));
