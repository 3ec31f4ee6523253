"""Days and hours for the demo's meetings: working days of the province, never two meetings in one hall at a time."""

from datetime import UTC, date, datetime, time, timedelta

from meetings.interval import Span
from meetings.periods import ZONE, Period

HOURS = ((8, 0, 120), (14, 0, 90), (9, 30, 100), (15, 30, 75))  # begin (hour, minute) and length in minutes


def working_days(first: date, last: date) -> list[date]:
    """Monday to Friday from ``first`` to ``last``, both included."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def spread_days(period: Period, count: int, before: date) -> list[date]:
    """``count`` working days of ``period`` before ``before``, spread evenly; fewer when there are not as many."""
    days = working_days(period.start, min(period.end, before - timedelta(days=1)))
    count = min(count, len(days))
    return [days[(2 * number + 1) * len(days) // (2 * count)] for number in range(count)]


def at_hour(day: date, hour: int, minute: int = 0) -> datetime:
    """That wall time of the province, as an instant in UTC."""
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


def slot_of(day: date, number: int) -> Span:
    """The ``number``-th usual time of a day."""
    hour, minute, length = HOURS[number % len(HOURS)]
    start = at_hour(day, hour, minute)
    return Span(start, start + timedelta(minutes=length))


def next_working_day(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day
