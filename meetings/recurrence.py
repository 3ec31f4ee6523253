"""The rule of a series and the occurrences it makes: the part of RFC 5545's RRULE that offices use.

Daily, weekly on some weekdays, monthly on days of the month or on a weekday's position in it ("the first Monday"), each
with an end. The rule speaks of wall time in the province, where clocks are never changed; instants are aware. Which
days a rule names is worked out by dateutil.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Any, Literal

from dateutil import rrule

from meetings.errors import N_, Invalid
from meetings.interval import Span
from meetings.periods import ZONE, local_day

MOST, YEARS = 400, 5  # occurrences of a series, and how long it may go on
LONGEST_RULE, MOST_APART = 500, 99
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Frequency(StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


FREQUENCIES: Mapping[Frequency, Literal[1, 2, 3]] = {
    Frequency.DAILY: rrule.DAILY,
    Frequency.WEEKLY: rrule.WEEKLY,
    Frequency.MONTHLY: rrule.MONTHLY,
}


@dataclass(frozen=True, slots=True, order=True)
class Weekday:
    """``day`` counts from Monday, which is 0. ``position`` in the month: 1 is the first, -1 the last, 0 every one."""

    day: int
    position: int = 0

    def __str__(self) -> str:
        return f"{self.position or ''}{WEEKDAYS[self.day]}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that ends; one that cannot be is ``Invalid`` with field ``rule``.

    ``count`` counts those occurrences too that were called off. ``until`` is the last instant at which one may start.
    Without ``weekdays`` and ``month_days`` the day is that of the series' start.
    """

    frequency: Frequency
    interval: int = 1
    weekdays: tuple[Weekday, ...] = ()
    month_days: tuple[int, ...] = ()
    count: int | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.count is None and self.until is None:
            raise refuse(N_("Chuỗi họp cần có ngày kết thúc hoặc số buổi."))
        if self.count is not None and self.until is not None:
            raise refuse(N_("Chuỗi họp chỉ được có ngày kết thúc hoặc số buổi, không có cả hai."))
        if self.count is not None and self.count < 1:
            raise refuse(N_("Chuỗi họp cần có ít nhất một buổi."))
        if self.count is not None and self.count > MOST:
            raise _too_many()
        if not 1 <= self.interval <= MOST_APART:
            raise refuse(N_("Khoảng cách giữa các lần lặp từ 1 đến {most}."), most=MOST_APART)
        _check_days(self)

    def __str__(self) -> str:
        """As RFC 5545 writes it."""
        parts = [f"FREQ={self.frequency}"]
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.weekdays:
            parts.append("BYDAY=" + ",".join(map(str, self.weekdays)))
        if self.month_days:
            parts.append("BYMONTHDAY=" + ",".join(map(str, self.month_days)))
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append(f"UNTIL={self.until.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        return ";".join(parts)


def parse_rule(text: str) -> Rule:
    """The rule that a RRULE writes, with or without its name. ``Invalid`` says what it cannot be."""
    text = text.strip().upper().removeprefix("RRULE:")
    if not text or len(text) > LONGEST_RULE:
        raise _unreadable(text[:40])
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, sign, value = part.partition("=")
        if not sign or not value or name in parts:
            raise _unreadable(part[:40])
        parts[name] = value
    frequency = _read_frequency(parts.pop("FREQ", ""))
    if parts.pop("WKST", "MO") != "MO":
        raise refuse(N_("Tuần của chuỗi họp bắt đầu từ thứ Hai."))
    readers = {"INTERVAL": _read_number, "COUNT": _read_number, "UNTIL": _read_until}
    readers |= {"BYDAY": _read_weekdays, "BYMONTHDAY": _read_month_days}
    names = {"BYDAY": "weekdays", "BYMONTHDAY": "month_days"}
    for name in parts:
        if name not in readers:
            raise refuse(N_("Quy tắc lặp có phần chưa hỗ trợ: {part}."), part=name[:40])
    values: dict[str, Any] = {names.get(name, name.lower()): readers[name](value) for name, value in parts.items()}
    return Rule(frequency, **values)


def list_starts(rule: Rule, start: datetime) -> list[datetime]:
    """The starts that ``rule`` gives from ``start`` on, in UTC; ``start`` itself is one only where the rule says so."""
    return list(_list_starts(rule, start))


@lru_cache(maxsize=128)
def _list_starts(rule: Rule, start: datetime) -> tuple[datetime, ...]:
    first = to_wall(start)
    latest = _years_after(first)
    until = to_wall(rule.until) if rule.until is not None else latest
    if until > latest:
        raise _too_long()
    found = list(islice(_walk(rule, first, until), MOST + 1 if rule.count is None else rule.count))
    if len(found) > MOST:
        raise _too_many()
    if rule.count is not None and len(found) < rule.count:
        raise _too_long()
    if not found:
        raise refuse(N_("Quy tắc lặp không cho buổi họp nào. Hãy xem lại ngày kết thúc và các ngày đã chọn."))
    return tuple(from_wall(each) for each in found)


def expand(rule: Rule, start: datetime, minutes: int) -> list[Span]:
    """The occurrences from ``start`` on, each of that many minutes."""
    length = timedelta(minutes=minutes)
    return [Span(each, each + length) for each in list_starts(rule, start)]


def _walk(rule: Rule, first: datetime, until: datetime) -> Iterator[datetime]:
    return iter(
        rrule.rrule(
            FREQUENCIES[rule.frequency],
            dtstart=first,
            interval=rule.interval,
            wkst=rrule.MO,
            until=until,
            byweekday=[rrule.weekday(each.day, each.position or None) for each in rule.weekdays] or None,
            bymonthday=rule.month_days or None,
        )
    )


def fix_days(rule: Rule, start: datetime) -> Rule:
    """The same rule with its days written out, so that it no longer hangs on the start of the series."""
    if rule.weekdays or rule.month_days or rule.frequency is Frequency.DAILY:
        return rule
    day = local_day(start)
    if rule.frequency is Frequency.WEEKLY:
        return replace(rule, weekdays=(Weekday(day.weekday()),))
    return replace(rule, month_days=(day.day,))


def end_by(rule: Rule, *, count: int | None = None, until: datetime | None = None) -> Rule:
    """The same rule with this end in place of its own."""
    return replace(rule, count=count, until=until)


def end_of_day(day: date) -> datetime:
    """The last second of a day in the province, in UTC: what "until this day" means."""
    return from_wall(datetime.combine(day, time(23, 59, 59)))


def position_of(day: date, *, from_end: bool = False) -> int:
    """Which of its weekday in the month a day is: 1 to 5, or -1 to -5 counted from the month's end."""
    if not from_end:
        return (day.day - 1) // 7 + 1
    return -((days_in_month(day) - day.day) // 7 + 1)


def days_in_month(day: date) -> int:
    return ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day


def to_wall(instant: datetime) -> datetime:
    """Wall time in the province, without a zone. A naive instant is a ``ValueError``."""
    if instant.tzinfo is None:
        raise ValueError("a naive instant has no wall time")
    return instant.astimezone(ZONE).replace(tzinfo=None)


def from_wall(wall: datetime) -> datetime:
    return wall.replace(tzinfo=ZONE).astimezone(UTC)


def _years_after(wall: datetime) -> datetime:
    day = wall.day if (wall.month, wall.day) != (2, 29) else 28
    return wall.replace(year=wall.year + YEARS, day=day)


def _check_days(rule: Rule) -> None:
    monthly = rule.frequency is Frequency.MONTHLY
    if rule.month_days and (not monthly or rule.weekdays):
        raise refuse(N_("Ngày trong tháng chỉ dùng cho chuỗi hằng tháng, và không dùng cùng thứ trong tuần."))
    if any(not 1 <= abs(day) <= 31 for day in rule.month_days):
        raise refuse(N_("Ngày trong tháng từ 1 đến 31."))
    if rule.weekdays and rule.frequency is Frequency.DAILY:
        raise refuse(N_("Chuỗi hằng ngày không chọn thứ trong tuần. Hãy dùng chuỗi hằng tuần."))
    if any((each.position != 0) != monthly or abs(each.position) > 5 for each in rule.weekdays):
        raise refuse(N_("Chuỗi hằng tháng cần vị trí của thứ trong tháng, chuỗi hằng tuần thì không."))
    if len(set(rule.weekdays)) < len(rule.weekdays) or len(set(rule.month_days)) < len(rule.month_days):
        raise refuse(N_("Quy tắc lặp có ngày được chọn hai lần."))


def _read_frequency(text: str) -> Frequency:
    if text in ("SECONDLY", "MINUTELY", "HOURLY"):
        raise refuse(N_("Chuỗi họp không lặp nhiều lần trong một ngày."))
    if text == "YEARLY":
        raise refuse(N_("Chuỗi họp lặp hằng ngày, hằng tuần hoặc hằng tháng."))
    try:
        return Frequency(text)
    except ValueError:
        raise _unreadable(f"FREQ={text[:40]}") from None


def _read_number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise _unreadable(text[:40])
    return int(text)


def _read_until(text: str) -> datetime:
    match = re.fullmatch(r"([0-9]{8})(?:T([0-9]{6})(Z?))?", text)
    if match is None:
        raise _unreadable(text[:40])
    zone = UTC if match[3] else ZONE
    try:
        until = datetime.strptime(match[1] + (match[2] or "235959"), "%Y%m%d%H%M%S").replace(tzinfo=zone)
    except ValueError:
        raise _unreadable(text) from None
    if not 1900 <= until.year <= 2200:
        raise _unreadable(text)
    return until.astimezone(UTC)


def _read_weekdays(text: str) -> tuple[Weekday, ...]:
    found = []
    for part in text.split(","):
        match = re.fullmatch(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)", part)
        if match is None or (match[1] is not None and int(match[1]) == 0):
            raise _unreadable(part[:40])
        found.append(Weekday(WEEKDAYS.index(match[2]), int(match[1] or 0)))
    return tuple(found)


def _read_month_days(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if any(not re.fullmatch(r"[+-]?[0-9]{1,2}", part) for part in parts):
        raise _unreadable(text[:40])
    return tuple(int(part) for part in parts)


def refuse(message: str, **values: object) -> Invalid:
    return Invalid(message, field="rule", **values)


def _unreadable(part: str) -> Invalid:
    return refuse(N_("Không đọc được quy tắc lặp: “{part}”."), part=part)


def _too_many() -> Invalid:
    return refuse(N_("Chuỗi họp có nhiều nhất {most} buổi. Hãy rút ngắn chuỗi hoặc lặp thưa hơn."), most=MOST)


def _too_long() -> Invalid:
    return refuse(N_("Chuỗi họp kéo dài nhiều nhất {years} năm. Hãy chọn ngày kết thúc sớm hơn."), years=YEARS)
