"""What others write as iCalendar: answers to our requests, and calendars to import. Text in, values out.

``Invalid`` says what is wrong with a file, in words for whoever chose it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from icalendar import Component, vDDDLists
from icalendar import Event as EventComponent

from meetings.errors import N_, Invalid
from meetings.interval import Span
from meetings.invitations.addresses import read_address
from meetings.invitations.ical import PARTSTAT, Attendee, Event, clean_line, clean_lines
from meetings.invitations.ical_lines import REPLY_LIMITS, Limits, Sheet, read_lines
from meetings.kinds import Answer
from meetings.periods import ZONE
from meetings.recurrence import end_by, expand, parse_rule

ANSWERS = {partstat: answer for answer, partstat in PARTSTAT.items()} | {"DELEGATED": Answer.DECLINED}
LIMITS = Limits()
LONGEST_TITLE, LONGEST_NOTE = 300, 300


@dataclass(frozen=True, slots=True)
class CalendarReply:
    """What somebody answered by their calendar. ``sequence`` and ``stamp`` are missing where the program wrote none;
    ``recurrence``: the occurrence meant, a day where no time was given."""

    uid: str
    address: str
    answer: Answer
    sequence: int | None
    stamp: datetime | None
    recurrence: datetime | date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one meeting of a calendar."""

    title: str
    error: Invalid


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """A calendar to import: its name, its meetings, and those that cannot be used."""

    name: str
    events: list[Event]
    faults: list[Fault]


def read_reply(content: str | bytes, method: str = "") -> list[CalendarReply]:
    """The answers in a REPLY; none in anything else. ``method``: that of the letter's part, if it names one."""
    sheet = read_lines(content, REPLY_LIMITS)
    if (sheet.method or method.strip().upper()) != "REPLY":
        return []
    return [reply for lines in sheet.events for reply in _list_replies(_parse(lines), sheet)]


def _list_replies(event: Component, sheet: Sheet) -> Iterator[CalendarReply]:
    recurrence = _read_when(event, "RECURRENCE-ID", sheet)
    for attendee in _list_all(event, "ATTENDEE")[: REPLY_LIMITS.attendees]:
        address = read_address(str(attendee))
        params = getattr(attendee, "params", {})
        answer = ANSWERS.get(str(params.get("PARTSTAT", "")).upper())
        if address is None or answer is None or answer is Answer.NEEDS_ACTION:
            continue
        note = str(params.get("X-RESPONSE-COMMENT", "")) or _read_text(event, "COMMENT")
        yield CalendarReply(
            uid=_read_text(event, "UID"),
            address=address,
            answer=answer,
            sequence=_read_sequence(event) if "SEQUENCE" in event else None,
            stamp=_read_stamp(event, sheet),
            recurrence=recurrence,
            note=clean_line(note)[:LONGEST_NOTE],
        )


def read_events(content: str | bytes, limits: Limits = LIMITS) -> CalendarFile:
    """Every meeting of a calendar, by its start; a series as its occurrences, each where and when it really is.

    What is no calendar, or goes beyond ``limits``, is ``Invalid``. One meeting that cannot be used is a fault beside
    the others. A time without a zone is the province's; a day without a time lasts from midnight to midnight.
    """
    sheet = read_lines(content, limits)
    masters: list[tuple[Event, Component]] = []
    moved: dict[tuple[str, datetime], Event] = {}
    found, faults = list[Event](), list[Fault]()
    for lines in sheet.events:
        component = _parse(lines)
        try:
            event = _read_event(component, sheet, limits)
        except Invalid as error:
            faults.append(Fault(_title_of(component), error))
            continue
        if event.recurrence_at is None:
            masters.append((event, component))
        else:
            moved[event.uid, event.recurrence_at] = event
    for event, component in masters:
        try:
            each_time = list(_expand(event, component, sheet))
        except Invalid as error:
            faults.append(Fault(event.title, error))
            continue
        found += [moved.pop((each.uid, each.recurrence_at), each) if each.recurrence_at else each for each in each_time]
        if len(found) > limits.occurrences:
            raise Invalid(N_("Tệp lịch có nhiều hơn {n} buổi họp."), field="file", n=limits.occurrences)
    found += moved.values()
    return CalendarFile(sheet.name, sorted(found, key=lambda each: (each.span, each.uid)), faults)


def _expand(event: Event, component: Component, sheet: Sheet) -> Iterator[Event]:
    rules = _list_all(component, "RRULE")
    starts = {_to_instant(each) for each in _list_dates(component, "RDATE", sheet)}
    if not rules and not starts:
        yield event
        return
    starts.add(event.span.start)
    if rules:
        start = _read_when(component, "DTSTART", sheet)
        zone = start.tzinfo if isinstance(start, datetime) and start.tzinfo is not None else ZONE
        starts.update(_follow(rules, event.span.start, zone))
    left_out = list(_list_dates(component, "EXDATE", sheet))
    gone = {_to_instant(each) for each in left_out}
    days = {each for each in left_out if not isinstance(each, datetime)}
    for at in sorted(starts):
        if at not in gone and at.astimezone(ZONE).date() not in days:
            yield replace(event, span=Span(at, at + event.span.length), recurrence_at=at)


def _follow(rules: list[Any], start: datetime, zone: tzinfo) -> list[datetime]:
    """Rules run in the wall time of the event's own zone: it is handed on as if it were the province's."""
    if len(rules) > 1:
        raise Invalid(N_("Cuộc họp có nhiều quy tắc lặp."), field="rule")
    text = rules[0].to_ical().decode()
    if "INTERVAL" not in text:  # then it does not matter on which day a week begins
        text = ";".join(part for part in text.split(";") if not part.startswith("WKST"))
    rule = parse_rule(text)
    if rule.until is not None and text.partition("UNTIL=")[2].partition(";")[0].endswith("Z"):
        rule = end_by(rule, until=rule.until.astimezone(zone).replace(tzinfo=ZONE))
    spans = expand(rule, start.astimezone(zone).replace(tzinfo=ZONE), 0)
    return [span.start.astimezone(ZONE).replace(tzinfo=zone).astimezone(UTC) for span in spans]


def _read_event(component: Component, sheet: Sheet, limits: Limits) -> Event:
    people = _list_all(component, "ATTENDEE")
    if len(people) > limits.attendees:
        raise Invalid(N_("Cuộc họp có nhiều hơn {n} người."), field="attendees", n=limits.attendees)
    start = _read_when(component, "DTSTART", sheet)
    if start is None:
        raise Invalid(N_("Không đọc được thời gian bắt đầu."), field="starts_at")
    recurrence = _read_when(component, "RECURRENCE-ID", sheet)
    begins = _to_instant(start)
    ends = _read_end(component, start, begins, sheet)
    if ends < begins:
        raise Invalid(N_("Thời gian kết thúc phải sau thời gian bắt đầu."), field="ends_at")
    return Event(
        uid=_read_text(component, "UID")[:255],
        stamp=_read_stamp(component, sheet) or begins,
        span=Span(begins, ends),
        title=_title_of(component),
        sequence=_read_sequence(component),
        description=clean_lines(_read_text(component, "DESCRIPTION")),
        location=clean_line(_read_text(component, "LOCATION"))[:LONGEST_TITLE],
        url=clean_line(_read_text(component, "URL"))[:LONGEST_TITLE],
        organizer=_name_of(component.get("ORGANIZER")),
        attendees=tuple(_list_attendees(people)),
        recurrence_at=None if recurrence is None else _to_instant(recurrence),
        is_cancelled=_read_text(component, "STATUS").upper() == "CANCELLED",
    )


def _title_of(component: Component) -> str:
    return clean_line(_read_text(component, "SUMMARY"))[:LONGEST_TITLE]


def _list_attendees(people: list[Any]) -> Iterator[Attendee]:
    for each in people:
        address = read_address(str(each))
        if address is not None:
            yield Attendee(address, _name_of(each))


def _name_of(person: Any) -> str:
    return clean_line(str(getattr(person, "params", {}).get("CN", "")))[:150]


def _parse(lines: list[str]) -> Component:
    """One event of kept lines. A line that cannot be read is as if it were not there."""
    text = "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])
    try:
        return EventComponent.from_ical(text)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError) as error:
        raise Invalid(N_("Tệp này không phải là lịch iCalendar (.ics) hợp lệ."), field="file") from error


def _list_all(component: Component, name: str) -> list[Any]:
    value = component.get(name)
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _read_text(component: Component, name: str) -> str:
    values = _list_all(component, name)
    return str(values[0]).strip() if values else ""


def _read_sequence(component: Component) -> int:
    try:
        return max(0, min(int(_read_text(component, "SEQUENCE") or 0), 2**31 - 1))
    except ValueError:
        return 0


def _read_stamp(component: Component, sheet: Sheet) -> datetime | None:
    value = _read_when(component, "DTSTAMP", sheet)
    return None if value is None else _to_instant(value)


def _read_when(component: Component, name: str, sheet: Sheet) -> datetime | date | None:
    """A day, or a time with its zone; ``None`` for none, or one that cannot be read."""
    values = _list_all(component, name)
    try:
        value = values[0].dt if values else None
    except (AttributeError, ValueError):
        return None
    if not isinstance(value, date) or not 1900 <= value.year <= 2200:
        return None
    return _with_zone(value, values[0], sheet)


def _read_end(component: Component, start: datetime | date, begins: datetime, sheet: Sheet) -> datetime:
    end = _read_when(component, "DTEND", sheet)
    if end is not None:
        return _to_instant(end)
    length = getattr(next(iter(_list_all(component, "DURATION")), None), "dt", None)
    if isinstance(length, timedelta) and timedelta() <= length <= timedelta(days=366):
        return begins + length
    return begins if isinstance(start, datetime) else begins + timedelta(days=1)


def _list_dates(component: Component, name: str, sheet: Sheet) -> Iterator[datetime | date]:
    for values in _list_all(component, name):
        for each in values.dts if isinstance(values, vDDDLists) else []:
            if isinstance(each.dt, date) and 1900 <= each.dt.year <= 2200:
                yield _with_zone(each.dt, values, sheet)


def _with_zone(value: datetime | date, source: Any, sheet: Sheet) -> datetime | date:
    """Of a zone that only this file knows, its offset; the province's where nothing is known."""
    if not isinstance(value, datetime) or value.tzinfo is not None:
        return value
    return value.replace(tzinfo=sheet.offsets.get(str(source.params.get("TZID", "")), ZONE))


def _to_instant(value: datetime | date) -> datetime:
    """Of a day, its midnight in the province."""
    at = value if isinstance(value, datetime) else datetime.combine(value, time(), ZONE)
    return at.astimezone(UTC)
