"""The lines of somebody else's calendar, reduced to those that are understood here, within limits.

What comes in may be hostile: lines without end, zones whose rules never stop, components in components. Nothing is
handed to a parser but the properties below, of events, in lines that end; zones are reduced to the offset that they
have outside summer time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from unicodedata import category

from meetings.errors import N_, Invalid

TIMES = ("DTSTAMP", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
WORDS = ("UID", "SEQUENCE", "SUMMARY", "DESCRIPTION", "LOCATION", "URL", "STATUS", "CATEGORIES", "COMMENT")
KEPT = frozenset((*TIMES, *WORDS, "ORGANIZER", "ATTENDEE"))
NAME = re.compile(r"[A-Za-z0-9-]{1,40}(?=[:;])")
# A zone is looked for among files: nothing is handed on that could be none's name.
ODD_ZONE = re.compile(r";TZID=(?!\"?[\w+/ .,()&-]{1,64}\"?[:;])(\"[^\"]*\"|[^:;\"]*)", re.ASCII | re.IGNORECASE)
LONGEST_LINE = 20_000
DEEPEST = 5  # VCALENDAR, VEVENT, VALARM and some to spare


@dataclass(frozen=True, slots=True)
class Limits:
    """``occurrences``: of one file, with every rule worked out. ``lines``: of those that are kept."""

    size: int = 2 * 2**20
    events: int = 2000
    attendees: int = 500
    occurrences: int = 5000

    @property
    def lines(self) -> int:
        return 50 * self.events


REPLY_LIMITS = Limits(size=256 * 2**10, events=50, attendees=200)


@dataclass
class Sheet:
    """``events``: the kept lines of each event. ``offsets``: of the zones that the file defines, by their names."""

    method: str = ""
    name: str = ""
    events: list[list[str]] = field(default_factory=list)
    offsets: dict[str, timezone] = field(default_factory=dict)


def read_lines(content: str | bytes, limits: Limits) -> Sheet:
    """``Invalid`` for what is no calendar or goes beyond ``limits``."""
    sheet, stack, zone, count = Sheet(), list[str](), "", 0
    for line in _unfold(_decode(content, limits)):
        match = NAME.match(line)
        if match is None:
            continue
        name, rest = match[0].upper(), line[match.end() :]
        if name == "BEGIN":
            _begin(sheet, stack, rest[1:].strip().upper(), limits)
        elif name == "END":
            _end(stack, rest[1:].strip().upper())
        elif not stack:
            raise _no_calendar()
        elif stack == ["VCALENDAR", "VEVENT"] and name in KEPT:
            count += 1
            if count > limits.lines:
                raise Invalid(N_("Tệp lịch có quá nhiều dòng."), field="file")
            sheet.events[-1].append(name + ODD_ZONE.sub("", rest[:LONGEST_LINE]))
        elif stack == ["VCALENDAR"]:
            _note_head(sheet, name, rest)
        elif "VTIMEZONE" in stack:
            zone = _note_zone(sheet, stack, zone, name, rest)
    if stack or not sheet.events:
        raise _no_calendar()
    return sheet


def _decode(content: str | bytes, limits: Limits) -> str:
    size = len(content) if isinstance(content, bytes) else len(content.encode("utf-8", "surrogatepass"))
    if size > limits.size:
        raise Invalid(N_("Tệp lịch lớn hơn {n} kB."), field="file", n=limits.size // 1024)
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(N_("Tệp lịch phải dùng bảng mã UTF-8."), field="file") from None


def _unfold(text: str) -> Iterator[str]:
    """Whole lines without control characters. Some programs end lines with LF alone, or with CR."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n ", "").replace("\n\t", "")
    for line in plain.split("\n"):
        yield "".join(letter for letter in line if letter == "\t" or category(letter) not in ("Cc", "Cs"))


def _begin(sheet: Sheet, stack: list[str], name: str, limits: Limits) -> None:
    if len(stack) >= DEEPEST or (not stack and name != "VCALENDAR"):
        raise _no_calendar()
    if name == "VEVENT" and stack == ["VCALENDAR"]:
        if len(sheet.events) >= limits.events:
            raise Invalid(N_("Tệp lịch có nhiều hơn {n} cuộc họp."), field="file", n=limits.events)
        sheet.events.append([])
    stack.append(name)


def _end(stack: list[str], name: str) -> None:
    if not stack or stack.pop() != name:
        raise _no_calendar()


def _note_head(sheet: Sheet, name: str, rest: str) -> None:
    if name == "METHOD":
        sheet.method = rest[1:].strip().upper()[:20]
    elif name == "X-WR-CALNAME":
        sheet.name = rest.rpartition(":")[2].strip()[:200]


def _note_zone(sheet: Sheet, stack: list[str], zone: str, name: str, rest: str) -> str:
    """The name of the zone at hand. Of its rules only the offset of standard time is kept."""
    if stack[-1] == "VTIMEZONE" and name == "TZID":
        return rest.partition(":")[2].strip()[:200]
    match = re.fullmatch(r"([+-])([01]\d|2[0-3])([0-5]\d)([0-5]\d)?", rest.partition(":")[2].strip())
    if stack[-1] == "STANDARD" and name == "TZOFFSETTO" and match and zone:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        sheet.offsets.setdefault(zone, timezone(-offset if match[1] == "-" else offset))
    return zone


def _no_calendar() -> Invalid:
    return Invalid(N_("Tệp này không phải là lịch iCalendar (.ics) hợp lệ."), field="file")
