"""Reporting periods: windows of NĐ 09/2019/NĐ-CP (from the 15th to the 14th), or calendar ones.

Profile ``reporting``: month m runs from the 15th of month m-1 to the 14th of month m, and every
longer period is the union of its months. Profile ``civil``: months as the calendar has them. Days are days of the
province (Asia/Ho_Chi_Minh); ``span`` turns them into instants.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from meetings.errors import N_, Invalid
from meetings.interval import Span

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LAST_DAY = 14  # of a month in the profile "reporting"


class Profile(StrEnum):
    REPORTING = "reporting"
    CIVIL = "civil"


class PeriodKind(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    NINE_MONTHS = "nine_months"
    YEAR = "year"


MONTHS_IN = {
    PeriodKind.MONTH: 1,
    PeriodKind.QUARTER: 3,
    PeriodKind.HALF: 6,
    PeriodKind.NINE_MONTHS: 9,
    PeriodKind.YEAR: 12,
}


@dataclass(frozen=True, slots=True)
class Period:
    """``start`` and ``end`` are its first and last day; ``number`` counts from 1 within ``year``."""

    kind: PeriodKind
    start: date
    end: date
    year: int
    number: int
    profile: Profile

    @property
    def first_month(self) -> int:
        return (self.number - 1) * MONTHS_IN[self.kind] + 1

    @property
    def last_month(self) -> int:
        return self.first_month + MONTHS_IN[self.kind] - 1

    @property
    def label_start(self) -> date:
        """The first day of the months it is named after: a target is bound to these, not to the window."""
        return date(self.year, self.first_month, 1)

    @property
    def label_end(self) -> date:
        return _last_day_of_month(self.year, self.last_month)

    @property
    def code(self) -> str:
        """``YYYYMM``, ``YYYYQ``, ``YYYY`` as in the reporting system; ``YYYYH1`` is a half, ``YYYYM9`` nine months."""
        marks = {PeriodKind.MONTH: f"{self.number:02d}", PeriodKind.QUARTER: f"{self.number}"}
        marks |= {PeriodKind.HALF: f"H{self.number}", PeriodKind.NINE_MONTHS: "M9", PeriodKind.YEAR: ""}
        return f"{self.year}{marks[self.kind]}"

    @property
    def span(self) -> Span:
        """Its instants in UTC: from 00:00 of the first day up to 00:00 after the last, in the province."""
        return span_of_days(self.start, self.end)

    def contains(self, day: date) -> bool:
        return self.start <= day <= self.end


def make_period(kind: PeriodKind, year: int, number: int, profile: Profile | str) -> Period:
    """The ``number``-th period of ``kind`` in ``year``; ``Invalid`` when the year has no such period."""
    profile = Profile(profile)
    count = 1 if kind is PeriodKind.NINE_MONTHS else 12 // MONTHS_IN[kind]
    if not 1 <= number <= count or not 2000 <= year <= 2200:
        raise Invalid(N_("Kỳ báo cáo không đúng."), field="period")
    first = (number - 1) * MONTHS_IN[kind] + 1
    last = first + MONTHS_IN[kind] - 1
    if profile is Profile.CIVIL:
        return Period(kind, date(year, first, 1), _last_day_of_month(year, last), year, number, profile)
    before = date(year - 1, 12, 1) if first == 1 else date(year, first - 1, 1)
    start = before.replace(day=LAST_DAY + 1)
    return Period(kind, start, date(year, last, LAST_DAY), year, number, profile)


def parse(code: str, profile: Profile | str = Profile.REPORTING) -> Period:
    """The period that ``code`` names: ``2022``, ``202206``, ``20222`` or ``2022Q2``, ``2022H1``, ``2022M9``."""
    text = code.strip().upper()
    for pattern, kind in (
        (r"(\d{4})()", PeriodKind.YEAR),
        (r"(\d{4})(\d{2})", PeriodKind.MONTH),
        (r"(\d{4})Q?(\d)", PeriodKind.QUARTER),
        (r"(\d{4})H(\d)", PeriodKind.HALF),
        (r"(\d{4})M9()", PeriodKind.NINE_MONTHS),
    ):
        if match := re.fullmatch(pattern, text, re.ASCII):
            return make_period(kind, int(match[1]), int(match[2] or 1), profile)
    raise Invalid(N_("Kỳ báo cáo không đúng."), field="period")


def month_of_day(day: date, profile: Profile | str) -> Period:
    """The month-long period that ``day`` falls in."""
    year, month = day.year, day.month
    if Profile(profile) is Profile.REPORTING and day.day > LAST_DAY:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return make_period(PeriodKind.MONTH, year, month, profile)


def half_of_day(day: date) -> date:
    """The first day of the half of its month, up to the 14th or from the 15th on: periods of both profiles are made of
    such halves, so what is counted by half adds up in each of them."""
    return day.replace(day=1 if day.day <= LAST_DAY else LAST_DAY + 1)


def months_back(period: Period, count: int) -> list[Period]:
    """``count`` months that end with the last month of ``period``, in order."""

    def walk() -> Iterator[Period]:
        index = period.year * 12 + period.last_month - 1
        for each in range(index - count + 1, index + 1):
            yield make_period(PeriodKind.MONTH, each // 12, each % 12 + 1, period.profile)

    return list(walk())


def local_day(instant: datetime) -> date:
    """The day of ``instant`` in the province. A naive instant is a ``ValueError``."""
    if instant.tzinfo is None:
        raise ValueError("a naive instant has no day")
    return instant.astimezone(ZONE).date()


def start_of_day(day: date) -> datetime:
    """The instant, in UTC, at which ``day`` begins in the province."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def span_of_days(first: date, last: date) -> Span:
    """The instants of the days from ``first`` to ``last``, both included."""
    return Span(start_of_day(first), start_of_day(last + timedelta(days=1)))


def _last_day_of_month(year: int, month: int) -> date:
    following = date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)
    return following - timedelta(days=1)
