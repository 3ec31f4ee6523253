"""Days on which offices work: Monday to Friday, but for the days off and the weekends worked in exchange.

The exceptions are data (``Holiday``): they are announced year by year.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

ONE = timedelta(days=1)
SATURDAY = 5  # of ``date.weekday``


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """``special``: the days that differ from their weekday; ``True`` where they are worked."""

    special: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        return self.special.get(day, day.weekday() < SATURDAY)

    def add(self, day: date, n: int) -> date:
        """The ``n``-th working day after ``day``, which does not count itself; ``day`` for none."""
        return self._walk(day, n, ONE)

    def subtract(self, day: date, n: int) -> date:
        """The ``n``-th working day before ``day``, which does not count itself; ``day`` for none."""
        return self._walk(day, n, -ONE)

    def count(self, first: date, last: date) -> int:
        """How many working days there are from ``first`` to ``last``, both included; none where ``last`` is before."""
        if last < first:
            return 0
        days = (last - first).days + 1
        weeks, rest = divmod(days, 7)
        usual = weeks * 5 + sum(1 for n in range(rest) if (first.weekday() + n) % 7 < SATURDAY)
        for day, works in self.special.items():
            if first <= day <= last:
                usual += works - (day.weekday() < SATURDAY)
        return usual

    def between(self, first: date, last: date) -> int:
        """How many working days lie between two days, neither of which counts."""
        return self.count(first + ONE, last - ONE)

    def last_until(self, day: date) -> date:
        """The last working day up to ``day``, ``day`` included."""
        return day if self.is_working(day) else self.subtract(day, 1)

    def _walk(self, day: date, n: int, step: timedelta) -> date:
        if n < 0:
            raise ValueError("count working days forwards or backwards, not by a negative number")
        while n:
            day += step
            n -= self.is_working(day)
        return day
