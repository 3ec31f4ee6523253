"""The rule of a series: what it reads and writes, which days it names, and what it refuses."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.errors import Invalid
from meetings.recurrence import (
    MOST,
    Frequency,
    Rule,
    Weekday,
    end_of_day,
    expand,
    fix_days,
    list_starts,
    parse_rule,
    position_of,
    to_wall,
)

MONDAY = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)  # 08:00 in the province, the last day of a month


def days(rule: str, start: datetime = MONDAY) -> list[str]:
    return [f"{to_wall(each):%d/%m/%y}" for each in list_starts(parse_rule(rule), start)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=2;COUNT=3", "30/11/26 02/12/26 04/12/26"),
        ("FREQ=WEEKLY;COUNT=3", "30/11/26 07/12/26 14/12/26"),
        ("FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20261210", "30/11/26 03/12/26 07/12/26 10/12/26"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,MO;COUNT=4", "30/11/26 01/12/26 14/12/26 15/12/26"),
        ("FREQ=WEEKLY;BYDAY=WE;COUNT=2", "02/12/26 09/12/26"),
        ("FREQ=MONTHLY;COUNT=3", "30/11/26 30/12/26 30/01/27"),
        ("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", "31/12/26 31/01/27 31/03/27"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=4", "30/11/26 31/12/26 31/01/27 28/02/27"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=3", "01/12/26 15/12/26 01/01/27"),
        ("FREQ=MONTHLY;BYDAY=1MO;COUNT=3", "07/12/26 04/01/27 01/02/27"),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", "25/12/26 29/01/27 26/02/27"),
        ("FREQ=MONTHLY;BYDAY=5MO;COUNT=2", "30/11/26 29/03/27"),
        ("FREQ=MONTHLY;INTERVAL=3;BYDAY=+2TU;COUNT=2", "09/02/27 11/05/27"),
    ],
)
def test_the_days_a_rule_names(rule: str, expected: str) -> None:
    assert days(rule) == expected.split()


def test_a_leap_day_comes_back_only_in_leap_years() -> None:
    start = datetime(2028, 2, 29, 1, tzinfo=UTC)
    assert days("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29;COUNT=1", start) == ["29/02/28"]
    assert days("FREQ=MONTHLY;BYMONTHDAY=29;COUNT=3", start) == ["29/02/28", "29/03/28", "29/04/28"]


def test_days_are_those_of_the_province() -> None:
    """At 06:30 of a Monday there, Sunday has not ended in UTC."""
    early = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
    assert days("FREQ=WEEKLY;BYDAY=MO;COUNT=2", early) == ["30/11/26", "07/12/26"]
    assert fix_days(parse_rule("FREQ=WEEKLY;COUNT=2"), early).weekdays == (Weekday(0),)


def test_until_a_day_means_all_of_it() -> None:
    late = datetime(2026, 12, 7, 16, 0, tzinfo=UTC)  # 23:00
    assert days("FREQ=DAILY;UNTIL=20261208", late) == ["07/12/26", "08/12/26"]
    assert days("FREQ=DAILY;UNTIL=20261208T155959Z", late) == ["07/12/26"]
    assert days("FREQ=DAILY;UNTIL=20261208T230000", late) == ["07/12/26", "08/12/26"]
    assert end_of_day(date(2026, 12, 8)) == datetime(2026, 12, 8, 16, 59, 59, tzinfo=UTC)


def test_a_rule_reads_what_it_writes() -> None:
    text = "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;UNTIL=20261231T165959Z"
    assert str(parse_rule("rrule:" + text.lower())) == text
    assert str(parse_rule("FREQ=MONTHLY;BYDAY=-1FR;COUNT=5")) == "FREQ=MONTHLY;BYDAY=-1FR;COUNT=5"
    assert str(parse_rule("WKST=MO;COUNT=4;INTERVAL=1;FREQ=WEEKLY")) == "FREQ=WEEKLY;COUNT=4"


def test_occurrences_have_their_length() -> None:
    spans = expand(parse_rule("FREQ=DAILY;COUNT=2"), MONDAY, 90)
    assert [span.length for span in spans] == [timedelta(minutes=90)] * 2
    with pytest.raises(ValueError, match="naive"):
        expand(parse_rule("FREQ=DAILY;COUNT=2"), MONDAY.replace(tzinfo=None), 90)


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ("FREQ=WEEKLY", "ngày kết thúc hoặc số buổi"),
        ("FREQ=WEEKLY;BYDAY=MO", "ngày kết thúc hoặc số buổi"),
        ("FREQ=WEEKLY;COUNT=3;UNTIL=20261231", "không có cả hai"),
        ("FREQ=WEEKLY;COUNT=0", "ít nhất một buổi"),
        ("FREQ=DAILY;COUNT=401", "nhiều nhất"),
        ("FREQ=DAILY;COUNT=999999999", "nhiều nhất"),
        ("FREQ=DAILY;UNTIL=20281231", "nhiều nhất"),
        ("FREQ=MONTHLY;UNTIL=20311201", "năm"),
        ("FREQ=MONTHLY;COUNT=61", "năm"),
        ("FREQ=MONTHLY;BYMONTHDAY=30;INTERVAL=12;COUNT=2;", "đọc được"),
        ("FREQ=WEEKLY;UNTIL=20261101", "không cho buổi họp nào"),
        ("FREQ=SECONDLY;COUNT=3", "trong một ngày"),
        ("FREQ=MINUTELY;COUNT=3", "trong một ngày"),
        ("FREQ=HOURLY;COUNT=3", "trong một ngày"),
        ("FREQ=YEARLY;COUNT=3", "hằng tháng"),
        ("FREQ=FORTNIGHTLY;COUNT=3", "đọc được"),
        ("COUNT=3", "đọc được"),
        ("FREQ=WEEKLY;COUNT=3;BYSETPOS=1", "chưa hỗ trợ"),
        ("FREQ=WEEKLY;COUNT=3;BYHOUR=8", "chưa hỗ trợ"),
        ("FREQ=WEEKLY;COUNT=3;X-OTHER=8", "chưa hỗ trợ"),
        ("FREQ=WEEKLY;COUNT=3;WKST=SU", "thứ Hai"),
        ("FREQ=WEEKLY;COUNT=3;INTERVAL=0", "Khoảng cách"),
        ("FREQ=WEEKLY;COUNT=3;INTERVAL=100", "Khoảng cách"),
        ("FREQ=WEEKLY;COUNT=3;BYDAY=1MO", "vị trí"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=MO", "vị trí"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=6MO", "vị trí"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=0MO", "đọc được"),
        ("FREQ=DAILY;COUNT=3;BYDAY=MO", "hằng ngày"),
        ("FREQ=WEEKLY;COUNT=3;BYMONTHDAY=1", "hằng tháng"),
        ("FREQ=MONTHLY;COUNT=3;BYMONTHDAY=1;BYDAY=1MO", "hằng tháng"),
        ("FREQ=MONTHLY;COUNT=3;BYMONTHDAY=32", "từ 1 đến 31"),
        ("FREQ=MONTHLY;COUNT=3;BYMONTHDAY=0", "từ 1 đến 31"),
        ("FREQ=MONTHLY;COUNT=3;BYMONTHDAY=1,1", "hai lần"),
        ("FREQ=WEEKLY;COUNT=3;BYDAY=MO,MO", "hai lần"),
        ("FREQ=WEEKLY;COUNT=3;BYDAY=XX", "đọc được"),
        ("FREQ=WEEKLY;COUNT=3;COUNT=4", "đọc được"),
        ("FREQ=WEEKLY;COUNT=²", "đọc được"),
        ("FREQ=WEEKLY;COUNT=-3", "đọc được"),
        ("FREQ=WEEKLY;UNTIL=20261331", "đọc được"),
        ("FREQ=WEEKLY;UNTIL=99991231", "đọc được"),
        ("FREQ=WEEKLY;UNTIL=tomorrow", "đọc được"),
        ("FREQ=WEEKLY;COUNT", "đọc được"),
        ("", "đọc được"),
        ("RRULE:", "đọc được"),
        ("FREQ=WEEKLY;COUNT=3;BYDAY=" + "MO," * 300, "đọc được"),
        ("\x00\r\nDTSTART:1", "đọc được"),
    ],
)
def test_what_no_rule_may_be(rule: str, word: str) -> None:
    with pytest.raises(Invalid) as refusal:
        list_starts(parse_rule(rule), MONDAY)
    assert refusal.value.field == "rule"
    assert word in refusal.value.message.format(**refusal.value.values)


def test_days_that_never_come_are_refused_soon() -> None:
    with pytest.raises(Invalid):
        list_starts(parse_rule("FREQ=MONTHLY;BYMONTHDAY=30;INTERVAL=12;COUNT=2"), datetime(2026, 2, 1, tzinfo=UTC))


@given(st.text(max_size=60), st.sampled_from(["", "FREQ=WEEKLY;COUNT=3;", "FREQ=MONTHLY;UNTIL=20270101;", "RRULE:"]))
def test_any_text_is_a_rule_or_refused(text: str, before: str) -> None:
    try:
        rule = parse_rule(before + text)
    except Invalid:
        return
    assert parse_rule(str(rule)) == rule


FIRST, LAST, MINUTE = datetime(2022, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC), timedelta(minutes=1)
weekdays = st.integers(0, 6)
rules = st.one_of(
    st.builds(Rule, st.just(Frequency.DAILY), st.integers(1, 9), count=st.integers(1, 60)),
    st.builds(
        lambda interval, chosen, count: Rule(
            Frequency.WEEKLY, interval, tuple(Weekday(day) for day in sorted(chosen)), count=count
        ),
        st.integers(1, 4),
        st.sets(weekdays),
        st.integers(1, 60),
    ),
    st.builds(
        lambda chosen, count: Rule(Frequency.MONTHLY, 1, tuple(Weekday(*each) for each in chosen), count=count),
        st.sets(st.tuples(weekdays, st.sampled_from([1, 2, 3, 4, -1, -2])), min_size=1, max_size=3),
        st.integers(1, 40),
    ),
    st.builds(
        lambda chosen, count: Rule(Frequency.MONTHLY, 1, (), tuple(sorted(chosen)), count=count),
        st.sets(st.integers(1, 28), min_size=1, max_size=3),
        st.integers(1, 40),
    ),
)
starts = st.integers(0, (LAST - FIRST) // MINUTE).map(lambda minutes: FIRST + minutes * MINUTE)


@given(rules, starts)
def test_days_are_those_that_a_walk_through_the_calendar_finds(rule: Rule, start: datetime) -> None:
    """Every day from the start on is asked whether the rule names it."""
    found = list_starts(rule, start)
    first, last = to_wall(start), to_wall(found[-1])
    assert len(found) == rule.count
    fixed, monday = fix_days(rule, start), (first - timedelta(days=first.weekday())).date()
    walked = []
    for number in range((last.date() - first.date()).days + 1):
        day = first.date() + timedelta(days=number)
        named = {
            Frequency.DAILY: number % rule.interval == 0,
            Frequency.WEEKLY: ((day - monday).days // 7) % rule.interval == 0
            and Weekday(day.weekday()) in fixed.weekdays,
            Frequency.MONTHLY: day.day in fixed.month_days
            or Weekday(day.weekday(), position_of(day)) in fixed.weekdays
            or Weekday(day.weekday(), position_of(day, from_end=True)) in fixed.weekdays,
        }[rule.frequency]
        if named:
            walked.append(day)
    assert [to_wall(each).date() for each in found] == walked
    assert {to_wall(each).time() for each in found} == {first.time()}
    assert len(found) <= MOST
