"""Meetings as iCalendar text (RFC 5545, 5546): requests, cancellations and feeds. Values in, text out.

Times are wall times of the province in one zone that has one offset and no rules: some programs know a wrong history
of ``Asia/Ho_Chi_Minh``, and a rule they would have to work out is one more that they can get wrong. The site's address
and the organiser's are not known where letters are written; ``fill_in`` puts them in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from unicodedata import category

from icalendar import Calendar, Component, Timezone, TimezoneStandard, vCalAddress, vRecur
from icalendar import Event as EventComponent

from meetings.interval import Span
from meetings.invitations.addresses import read_address
from meetings.kinds import Answer
from meetings.periods import ZONE

ORIGIN = "https://origin.invalid"  # stands for the site's address, as the next one for the organiser's (RFC 2606)
ORGANIZER = "organizer@origin.invalid"
OWN = "@giaoban"  # how the UID of what was first written here ends
PRODUCT = "-//Giao Ban//giaoban//VI"
OFFSET = timedelta(hours=7)
WIDEST = 75  # bytes of a line, its end not counted
PARTSTAT = {
    Answer.NEEDS_ACTION: "NEEDS-ACTION",
    Answer.ACCEPTED: "ACCEPTED",
    Answer.DECLINED: "DECLINED",
    Answer.TENTATIVE: "TENTATIVE",
}


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody invited. ``role`` as in RFC 5545: ``CHAIR``, ``REQ-PARTICIPANT`` or ``OPT-PARTICIPANT``."""

    address: str
    name: str = ""
    role: str = "REQ-PARTICIPANT"
    answer: Answer = Answer.NEEDS_ACTION
    rsvp: bool = True
    is_group: bool = False  # a unit's mailbox, behind which several people sit


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A meeting in a calendar.

    ``stamp`` says when this was written and ``sequence`` how often it was moved. A series is one event with ``rule``
    (a RRULE) and ``exdates``, and one event more for each occurrence that differs, with ``recurrence_at``, the start
    that the rule gave it. ``exdates`` and ``recurrence_at`` are instants. ``organizer``: the name that stands there.
    """

    uid: str
    stamp: datetime
    span: Span
    title: str
    sequence: int = 0
    description: str = ""
    location: str = ""
    url: str = ""
    categories: tuple[str, ...] = ()
    organizer: str = ""
    attendees: tuple[Attendee, ...] = ()
    rule: str = ""
    exdates: tuple[datetime, ...] = ()
    recurrence_at: datetime | None = None
    is_cancelled: bool = False
    is_public: bool = False


def uid_of(slug: str, calendar_uid: str = "") -> str:
    """The UID of a meeting: the one it was given, else one made of its slug."""
    return calendar_uid or f"{slug}{OWN}"


def slug_of(uid: str) -> str:
    """The slug of which a UID was made here; nothing for one from elsewhere."""
    return uid.removesuffix(OWN) if uid.endswith(OWN) else ""


def write_request(events: Sequence[Event]) -> str:
    """An invitation or its update."""
    return _write("REQUEST", events)


def write_cancel(events: Sequence[Event]) -> str:
    """What is called off: all of it, or the occurrences that ``recurrence_at`` names."""
    return _write("CANCEL", events)


def write_feed(name: str, events: Sequence[Event], refresh: timedelta = timedelta(hours=1)) -> str:
    """A calendar to subscribe to. It names nobody who is invited."""
    calendar = _begin("PUBLISH")
    calendar.add("x-wr-calname", clean_line(name))
    calendar.add("x-wr-timezone", ZONE.key)
    calendar.add("refresh-interval", refresh, {"VALUE": "DURATION"})
    calendar.add("x-published-ttl", refresh, {"VALUE": "DURATION"})
    return _finish(calendar, events, with_people=False)


def fill_in(text: str, origin: str, organizer: str) -> str:
    """The same calendar with the site's and the organiser's address in their places."""
    unfolded = text.replace("\r\n ", "").replace(ORIGIN, origin).replace(ORGANIZER, organizer)
    return "".join(f"{fold_line(line)}\r\n" for line in unfolded.removesuffix("\r\n").split("\r\n"))


def fold_line(line: str) -> str:
    """Cut into lines of at most 75 bytes of UTF-8 without cutting a letter; a blank begins each further one."""
    parts, width = [""], 0
    for letter in line:
        size = len(letter.encode())
        if width + size > WIDEST:
            parts.append("")
            width = 1
        parts[-1] += letter
        width += size
    return "\r\n ".join(parts)


def clean_line(text: str) -> str:
    """One line without control characters: what a name or a title may be inside a calendar or a letter's head."""
    return "".join(" " if category(letter) in ("Cc", "Zl", "Zp") else letter for letter in _encodable(text)).strip()


def clean_lines(text: str) -> str:
    """The same for text of several lines."""
    return "\n".join(clean_line(line) for line in text.splitlines()).strip()


def _clean_name(text: str) -> str:
    """As a parameter, where few programs understand an escaped quotation mark."""
    return clean_line(text).replace('"', "'").replace("^", "")


def _encodable(text: str) -> str:
    return text.encode("utf-8", "ignore").decode()


def _write(method: str, events: Sequence[Event]) -> str:
    return _finish(_begin(method), events, with_people=True)


def _begin(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _finish(calendar: Calendar, events: Iterable[Event], *, with_people: bool) -> str:
    calendar.add_component(_write_zone())
    for event in events:
        calendar.add_component(_write_event(event, with_people=with_people))
    return fill_in(calendar.to_ical().decode(), ORIGIN, ORGANIZER)  # folded in one way, here and when it is sent


def _write_zone() -> Component:
    """One offset from 1970 on and no rule."""
    standard = TimezoneStandard()
    standard.add("dtstart", datetime.combine(date(1970, 1, 1), time()))  # wall time, as RFC 5545 wants it here
    standard.add("tzoffsetfrom", OFFSET)
    standard.add("tzoffsetto", OFFSET)
    standard.add("tzname", "+07")
    zone = Timezone()
    zone.add("tzid", ZONE.key)
    zone.add_component(standard)
    return zone


def _write_event(event: Event, *, with_people: bool) -> Component:
    made = EventComponent()
    made.add("uid", clean_line(event.uid))
    made.add("dtstamp", event.stamp.astimezone(UTC))
    made.add("sequence", event.sequence)
    made.add("dtstart", event.span.start.astimezone(ZONE))
    made.add("dtend", event.span.end.astimezone(ZONE))
    made.add("summary", clean_line(event.title))
    made.add("status", "CANCELLED" if event.is_cancelled else "CONFIRMED")
    made.add("transp", "TRANSPARENT" if event.is_cancelled else "OPAQUE")
    made.add("class", "PUBLIC" if event.is_public else "PRIVATE")
    if event.description:
        made.add("description", clean_lines(event.description))
    if event.location:
        made.add("location", clean_line(event.location))
    if event.url:
        made.add("url", clean_line(event.url).replace(" ", "%20"))
    if event.categories:
        made.add("categories", [clean_line(each) for each in event.categories])
    if event.recurrence_at is not None:
        made.add("recurrence-id", event.recurrence_at.astimezone(ZONE))
    if event.rule:
        made.add("rrule", vRecur.from_ical(event.rule))
    if event.exdates:
        made.add("exdate", [each.astimezone(ZONE) for each in sorted(event.exdates)])
    if with_people:
        _add_people(made, event)
    return made


def _add_people(made: Component, event: Event) -> None:
    organizer = vCalAddress(f"mailto:{ORGANIZER}")
    if event.organizer:
        organizer.params["CN"] = _clean_name(event.organizer)
    made.add("organizer", organizer, encode=False)
    for each in event.attendees:
        address = read_address(each.address)
        if address is None:
            continue
        attendee = vCalAddress(f"mailto:{address}")
        attendee.params["CN"] = _clean_name(each.name) or address
        attendee.params["CUTYPE"] = "GROUP" if each.is_group else "INDIVIDUAL"
        attendee.params["ROLE"] = each.role
        attendee.params["PARTSTAT"] = PARTSTAT[each.answer]
        attendee.params["RSVP"] = "TRUE" if each.rsvp else "FALSE"
        made.add("attendee", attendee, encode=False)
