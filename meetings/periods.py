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
FIRST_YEAR, LAST_YEAR = 2000, 2200
UNKNOWN = N_("Kỳ báo cáo không đúng. Hãy viết như 2022, 2022Q3, 2022H1, 2022M9, 2022-09 hoặc 2022-01-01..2022-03-31.")


class Profile(StrEnum):
    REPORTING = "reporting"
    CIVIL = "civil"


class PeriodKind(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    NINE_MONTHS = "nine_months"
    YEAR = "year"
    CUSTOM = "custom"  # any days, in either profile


MONTHS_IN = {
    PeriodKind.MONTH: 1,
    PeriodKind.QUARTER: 3,
    PeriodKind.HALF: 6,
    PeriodKind.NINE_MONTHS: 9,
    PeriodKind.YEAR: 12,
}


@dataclass(frozen=True, slots=True)
class Period:
    """``start`` and ``end`` are its first and last day; ``number`` counts from 1 within ``year``.

    A custom one is the first of the year in which it ends.
    """

    kind: PeriodKind
    start: date
    end: date
    year: int
    number: int
    profile: Profile

    @property
    def last_month(self) -> int:
        """The number, within its year, of the last month that it holds days of."""
        if self.kind is PeriodKind.CUSTOM:
            return month_of_day(self.end, self.profile).number
        return self.number * MONTHS_IN[self.kind]

    @property
    def code(self) -> str:
        """``2022``, ``2022H1``, ``2022M9``, ``2022Q3``, ``2022-09``, or ``2022-01-01..2022-03-31``."""
        if self.kind is PeriodKind.CUSTOM:
            return f"{self.start}..{self.end}"
        marks = {PeriodKind.MONTH: f"-{self.number:02d}", PeriodKind.QUARTER: f"Q{self.number}"}
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
    if not 1 <= number <= count or not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid(UNKNOWN, field="period")
    first = (number - 1) * MONTHS_IN[kind] + 1
    last = first + MONTHS_IN[kind] - 1
    if profile is Profile.CIVIL:
        return Period(kind, date(year, first, 1), _last_day_of_month(year, last), year, number, profile)
    before = date(year - 1, 12, 1) if first == 1 else date(year, first - 1, 1)
    start = before.replace(day=LAST_DAY + 1)
    return Period(kind, start, date(year, last, LAST_DAY), year, number, profile)


def make_custom(start: date, end: date, profile: Profile | str) -> Period:
    """The days from ``start`` to ``end``, both included."""
    if end < start or not FIRST_YEAR <= start.year <= end.year <= LAST_YEAR:
        raise Invalid(N_("Ngày cuối của kỳ phải từ ngày đầu trở đi, trong các năm từ 2000 đến 2200."), field="period")
    year = month_of_day(end, profile).year
    return Period(PeriodKind.CUSTOM, start, end, year, 1, Profile(profile))


def parse(code: str, profile: Profile | str = Profile.REPORTING) -> Period:
    """The period that ``code`` names (see ``Period.code``). ``202209`` and ``20223`` are read as well."""
    text = code.strip().upper()
    for pattern, kind in (
        (r"(\d{4})()", PeriodKind.YEAR),
        (r"(\d{4})-?(\d{2})", PeriodKind.MONTH),
        (r"(\d{4})Q?(\d)", PeriodKind.QUARTER),
        (r"(\d{4})H(\d)", PeriodKind.HALF),
        (r"(\d{4})M9()", PeriodKind.NINE_MONTHS),
    ):
        if match := re.fullmatch(pattern, text, re.ASCII):
            return make_period(kind, int(match[1]), int(match[2] or 1), profile)
    if match := re.fullmatch(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", text, re.ASCII):
        try:
            return make_custom(date.fromisoformat(match[1]), date.fromisoformat(match[2]), profile)
        except ValueError as error:
            raise Invalid(UNKNOWN, field="period") from error
    raise Invalid(UNKNOWN, field="period")


def accumulate(period: Period) -> Period:
    """From the first day of the year to the last day of ``period``."""
    year = make_period(PeriodKind.YEAR, period.year, 1, period.profile)
    return period if period.start == year.start else make_custom(year.start, period.end, period.profile)


def year_before(period: Period) -> Period:
    """The same period of the year before. ``Invalid`` before the first year that periods are made for."""
    if period.kind is not PeriodKind.CUSTOM:
        return make_period(period.kind, period.year - 1, period.number, period.profile)
    return make_custom(_same_day_before(period.start), _same_day_before(period.end), period.profile)


def _same_day_before(day: date) -> date:
    """The same day of the year before; the last day of February stays the last."""
    last = _last_day_of_month(day.year, day.month)
    before = _last_day_of_month(day.year - 1, day.month)
    return before if day == last else day.replace(year=day.year - 1, day=min(day.day, before.day))


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
