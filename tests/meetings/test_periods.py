import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.errors import Invalid
from meetings.periods import (
    MONTHS_IN,
    Period,
    PeriodKind,
    Profile,
    accumulate,
    half_of_day,
    local_day,
    make_custom,
    make_period,
    month_of_day,
    months_back,
    parse,
    span_of_days,
    year_before,
)

YEARS = st.integers(2001, 2100)
PROFILES = st.sampled_from(Profile)
DAYS = st.dates(date(2001, 1, 1), date(2100, 12, 31))
KINDS = st.sampled_from([kind for kind in PeriodKind if kind is not PeriodKind.CUSTOM])


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("202201", date(2021, 12, 15), date(2022, 1, 14)),
        ("202202", date(2022, 1, 15), date(2022, 2, 14)),
        ("202212", date(2022, 11, 15), date(2022, 12, 14)),
        ("20221", date(2021, 12, 15), date(2022, 3, 14)),
        ("2022Q2", date(2022, 3, 15), date(2022, 6, 14)),
        ("2022q3", date(2022, 6, 15), date(2022, 9, 14)),
        ("20224", date(2022, 9, 15), date(2022, 12, 14)),
        ("2022H1", date(2021, 12, 15), date(2022, 6, 14)),
        ("2022H2", date(2022, 6, 15), date(2022, 12, 14)),
        ("2022M9", date(2021, 12, 15), date(2022, 9, 14)),
        ("2022-09", date(2022, 8, 15), date(2022, 9, 14)),
        ("2022-01-01..2022-03-31", date(2022, 1, 1), date(2022, 3, 31)),
        ("2022-01-01..2022-01-01", date(2022, 1, 1), date(2022, 1, 1)),
        (" 2022 ", date(2021, 12, 15), date(2022, 12, 14)),
    ],
)
def test_report_windows_are_those_of_the_decree(code: str, first: date, last: date) -> None:
    period = parse(code, "reporting")
    assert (period.start, period.end) == (first, last)


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("202402", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2022-01-01..2022-03-31", date(2022, 1, 1), date(2022, 3, 31)),
        ("20222", date(2022, 4, 1), date(2022, 6, 30)),
        ("2022H2", date(2022, 7, 1), date(2022, 12, 31)),
        ("2022M9", date(2022, 1, 1), date(2022, 9, 30)),
        ("2022", date(2022, 1, 1), date(2022, 12, 31)),
    ],
)
def test_calendar_windows_are_those_of_the_calendar(code: str, first: date, last: date) -> None:
    period = parse(code, Profile.CIVIL)
    assert (period.start, period.end) == (first, last)


@pytest.mark.parametrize(
    "code",
    [
        *("", "22", "202213", "202200", "20225", "20220", "2022Q0", "2022H3", "2022M8", "1999", "2201", "٢٠٢٢"),
        *("2022-13", "2022-6", "2022-02-30..2022-03-31", "2022-03-31..2022-03-30", "2022-01-01...2022-03-31"),
        *("1999-01-01..2022-03-31", "2022-01-01..2201-03-31", "2022-01-01", "2022-01-01..", "..2022-01-01"),
    ],
)
def test_code_that_names_no_period_is_refused(code: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(code)
    assert refused.value.field == "period"


def test_unknown_profile_is_refused() -> None:
    with pytest.raises(ValueError, match="lunar"):
        parse("2022", "lunar")


@given(YEARS, PROFILES, st.data())
def test_code_names_its_period(year: int, profile: Profile, data: st.DataObject) -> None:
    kind = data.draw(KINDS)
    count = 1 if kind is PeriodKind.NINE_MONTHS else 12 // MONTHS_IN[kind]
    period = make_period(kind, year, data.draw(st.integers(1, count)), profile)
    assert parse(period.code, profile) == period


def joined(periods: list[Period]) -> tuple[date, date]:
    """The first and last day of periods that follow each other without a gap or a day twice."""
    for one, following in itertools.pairwise(periods):
        assert following.start == one.end + timedelta(days=1)
    return periods[0].start, periods[-1].end


@given(YEARS, PROFILES)
def test_months_quarters_and_halves_partition_the_year(year: int, profile: Profile) -> None:
    whole = make_period(PeriodKind.YEAR, year, 1, profile)
    for kind in (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.HALF):
        parts = [make_period(kind, year, number, profile) for number in range(1, 12 // MONTHS_IN[kind] + 1)]
        assert joined(parts) == (whole.start, whole.end)
        assert joined([month for part in parts for month in months_back(part, MONTHS_IN[kind])]) == (
            whole.start,
            whole.end,
        )
    quarters = [make_period(PeriodKind.QUARTER, year, number, profile) for number in (1, 2, 3, 4)]
    halves = [make_period(PeriodKind.HALF, year, number, profile) for number in (1, 2)]
    assert joined(quarters[:2]) == (halves[0].start, halves[0].end)
    assert joined(quarters[2:]) == (halves[1].start, halves[1].end)
    nine = make_period(PeriodKind.NINE_MONTHS, year, 1, profile)
    assert joined(quarters[:3]) == (nine.start, nine.end)
    following = make_period(PeriodKind.YEAR, year + 1, 1, profile)
    assert joined([whole, following]) == (whole.start, following.end)


@given(DAYS, PROFILES)
def test_half_of_a_month_lies_in_the_same_periods_as_its_days(day: date, profile: Profile) -> None:
    half = half_of_day(day)
    assert half <= day
    assert half.day in (1, 15)
    assert month_of_day(half, profile) == month_of_day(day, profile)


@given(DAYS, PROFILES)
def test_every_day_is_in_exactly_one_month(day: date, profile: Profile) -> None:
    month = month_of_day(day, profile)
    assert month.contains(day)
    assert not any(
        other.contains(day)
        for other in months_back(make_period(PeriodKind.YEAR, month.year, 1, profile), 12)
        if other != month
    )


@given(DAYS, PROFILES)
def test_days_and_instants_of_a_period_agree(day: date, profile: Profile) -> None:
    period = month_of_day(day, profile)
    first, last = period.span.start, period.span.end - timedelta(microseconds=1)
    assert (local_day(first), local_day(last)) == (period.start, period.end)
    assert local_day(first - timedelta(microseconds=1)) == period.start - timedelta(days=1)


def test_span_is_in_utc_seven_hours_before_the_provinces_midnight() -> None:
    span = span_of_days(date(2026, 11, 24), date(2026, 11, 24))
    assert span.start == datetime(2026, 11, 23, 17, tzinfo=UTC)
    assert span.start.tzinfo is UTC
    assert span.end == datetime(2026, 11, 24, 17, tzinfo=UTC)


def test_naive_instant_has_no_day() -> None:
    with pytest.raises(ValueError, match="naive"):
        local_day(datetime(2026, 11, 24))  # noqa: DTZ001 - the point of the test


@given(YEARS, KINDS, PROFILES, st.integers(1, 30))
def test_months_back_end_with_the_period(year: int, kind: PeriodKind, profile: Profile, count: int) -> None:
    period = make_period(kind, year + 3, 1, profile)
    months = months_back(period, count)
    assert len(months) == count
    assert joined(months)[1] == period.end


@pytest.mark.parametrize(
    ("code", "profile", "first", "last"),
    [
        ("2022-09", "reporting", date(2021, 12, 15), date(2022, 9, 14)),
        ("2022-09", "civil", date(2022, 1, 1), date(2022, 9, 30)),
        ("2022Q1", "reporting", date(2021, 12, 15), date(2022, 3, 14)),
        ("2022", "civil", date(2022, 1, 1), date(2022, 12, 31)),
        ("2022-12-10..2022-12-20", "reporting", date(2022, 12, 15), date(2022, 12, 20)),
    ],
)
def test_cumulative_runs_from_the_years_start_to_the_periods_end(
    code: str, profile: str, first: date, last: date
) -> None:
    period = accumulate(parse(code, profile))
    assert (period.start, period.end) == (first, last)


@pytest.mark.parametrize(
    ("code", "before"),
    [
        ("2022-09", "2021-09"),
        ("2022Q3", "2021Q3"),
        ("2022", "2021"),
        ("2024-02-01..2024-02-29", "2023-02-01..2023-02-28"),
        ("2025-02-01..2025-02-28", "2024-02-01..2024-02-29"),
        ("2022-01-05..2022-03-30", "2021-01-05..2021-03-30"),
    ],
)
def test_same_period_of_the_year_before(code: str, before: str) -> None:
    assert year_before(parse(code)).code == before


@given(DAYS, DAYS, PROFILES)
def test_custom_period_holds_its_days_and_ends_in_its_last_month(one: date, other: date, profile: Profile) -> None:
    first, last = min(one, other), max(one, other)
    period = make_custom(first, last, profile)
    assert parse(period.code, profile) == period
    assert period.contains(first)
    assert period.contains(last)
    month = months_back(period, 1)[0]
    assert month.contains(last)
