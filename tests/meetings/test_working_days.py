from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.working_days import WorkingDays

DAYS = st.dates(date(2021, 12, 1), date(2022, 3, 31))
SPECIAL = st.dictionaries(DAYS, st.booleans(), max_size=40)
ONE = timedelta(days=1)


class Slow:
    """The same by looking at every day of a list, one after the other."""

    def __init__(self, special: dict[date, bool]) -> None:
        days = [date(2021, 1, 1) + n * ONE for n in range(3 * 365)]
        self.worked = [day for day in days if special.get(day, day.isoweekday() <= 5)]

    def after(self, day: date, n: int) -> date:
        return day if n == 0 else [each for each in self.worked if each > day][n - 1]

    def before(self, day: date, n: int) -> date:
        return day if n == 0 else [each for each in self.worked if each < day][-n]

    def within(self, first: date, last: date) -> int:
        return len([each for each in self.worked if first <= each <= last])


@given(special=SPECIAL, day=DAYS, n=st.integers(0, 12))
def test_days_are_walked_as_a_list_of_them_is(special: dict[date, bool], day: date, n: int) -> None:
    working, slow = WorkingDays(special), Slow(special)
    assert working.add(day, n) == slow.after(day, n)
    assert working.subtract(day, n) == slow.before(day, n)
    assert working.last_until(day) == slow.before(day + ONE, 1)
    assert working.is_working(day) is (day in slow.worked)


@given(special=SPECIAL, first=DAYS, last=DAYS)
def test_days_are_counted_as_a_list_of_them_is(special: dict[date, bool], first: date, last: date) -> None:
    working, slow = WorkingDays(special), Slow(special)
    assert working.count(first, last) == slow.within(first, last)
    assert working.between(first, last) == slow.within(first + ONE, last - ONE)


@given(special=SPECIAL, day=DAYS, n=st.integers(1, 12))
def test_there_and_back_counts_n_days(special: dict[date, bool], day: date, n: int) -> None:
    working = WorkingDays(special)
    assert working.count(day + ONE, working.add(day, n)) == n
    assert working.count(working.subtract(day, n), day - ONE) == n


def test_tet_of_2022_with_its_days_off() -> None:
    """From Monday 31/01 to Friday 04/02 nobody works: three working days before Wednesday 09/02 begin on 28/01."""
    tet = WorkingDays({date(2022, 1, 31) + n * ONE: False for n in range(5)})
    assert tet.subtract(date(2022, 2, 9), 3) == date(2022, 1, 28)
    assert tet.add(date(2022, 1, 28), 1) == date(2022, 2, 7)


def test_saturday_worked_in_exchange_counts() -> None:
    working = WorkingDays({date(2024, 4, 29): False, date(2024, 5, 4): True})
    assert working.is_working(date(2024, 5, 4))
    assert working.count(date(2024, 4, 29), date(2024, 5, 5)) == 5


def test_negative_number_is_refused() -> None:
    with pytest.raises(ValueError, match="forwards or backwards"):
        WorkingDays().add(date(2022, 1, 1), -1)
