from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.indicator.ratio import (
    ELIGIBLE,
    Goal,
    Held,
    Ratio,
    Via,
    is_online,
    judge_meeting,
    meets,
    merge_sittings,
    needed_online,
    pick_goal,
)
from meetings.kinds import EXCLUSIONS, Form, Mode, Outcome, Rule
from meetings.periods import parse

DAY = date(2022, 6, 1)
ABOVE_80 = Goal(">", Fraction(80), date(2022, 1, 1), date(2022, 12, 31))


def sitting(online: int = 0, in_hall: int = 0, absent: int = 0) -> dict[int, Mode]:
    return dict(enumerate([Mode.ONLINE] * online + [Mode.IN_HALL] * in_hall + [Mode.ABSENT] * absent))


def held(online: int = 0, in_hall: int = 0, absent: int = 0, **values: Any) -> Held:
    return Held([sitting(online, in_hall, absent)], **values)


MEETINGS = st.builds(
    Held,
    sittings=st.lists(st.dictionaries(st.integers(0, 9), st.sampled_from(Mode), min_size=1), min_size=1, max_size=3),
    confirmed=st.booleans(),
    via=st.sampled_from(Via),
    exclusion=st.sampled_from(["", "", "", *EXCLUSIONS]),
    relayed=st.booleans(),
    declared=st.sampled_from([None, None, *Form]),
)


@pytest.mark.parametrize(
    ("online", "in_hall", "by_any", "by_majority", "by_all"),
    [
        (12, 0, True, True, True),
        (7, 5, True, True, False),
        (6, 6, True, False, False),
        (5, 7, True, False, False),
        (0, 12, False, False, False),
        (0, 0, False, False, False),
        (1, 0, True, True, True),
    ],
)
def test_rule_decides_on_the_lower_units_that_attended(
    online: int, in_hall: int, by_any: bool, by_majority: bool, by_all: bool
) -> None:
    lower = sitting(online, in_hall, absent=9)
    assert [is_online(lower, rule) for rule in Rule] == [by_any, by_majority, by_all]


@pytest.mark.parametrize(
    ("meeting", "outcome"),
    [
        (held(12), Outcome.ONLINE),
        (held(7, 5), Outcome.ONLINE),
        (held(6, 6), Outcome.NOT_ONLINE),
        (held(0, 12), Outcome.NOT_ONLINE),
        (held(absent=12), Outcome.UNATTENDED),
        (held(12, via=Via.OTHER), Outcome.OTHER_CHANNEL),
        (held(0, 12, via=Via.OTHER), Outcome.OTHER_CHANNEL),
        (held(absent=12, via=Via.OTHER), Outcome.UNATTENDED),
        (held(12, via=Via.NOTHING), Outcome.NOT_ONLINE),
        (held(0, 12, via=Via.NOTHING), Outcome.NOT_ONLINE),
        (held(12, confirmed=False), Outcome.UNCONFIRMED),
        (held(absent=12, confirmed=False), Outcome.UNCONFIRMED),
        (held(0, 12, exclusion="field_visit"), Outcome.EXCLUDED),
        (held(12, exclusion="field_visit", confirmed=False), Outcome.EXCLUDED),
        (held(absent=12, exclusion="field_visit"), Outcome.EXCLUDED),
        (held(12, relayed=True, exclusion="field_visit"), Outcome.RELAYED),
        (held(absent=12, declared=Form.ONLINE, confirmed=False), Outcome.ONLINE),
        (held(absent=12, declared=Form.IN_PERSON), Outcome.NOT_ONLINE),
        (held(absent=12, declared=Form.HYBRID), Outcome.NOT_ONLINE),
        (held(absent=12, declared=Form.ONLINE, via=Via.OTHER), Outcome.OTHER_CHANNEL),
    ],
)
def test_meeting_stands_in_one_place(meeting: Held, outcome: Outcome) -> None:
    assert judge_meeting(meeting) is outcome


def test_declared_hybrid_is_known_to_be_online_by_one_rule_only() -> None:
    meeting = held(absent=12, declared=Form.HYBRID)
    assert [judge_meeting(meeting, rule) for rule in Rule] == [
        Outcome.ONLINE,
        Outcome.NOT_ONLINE,
        Outcome.NOT_ONLINE,
    ]
    assert meeting.is_hybrid
    assert set(meeting.units.values()) == {None}


def test_units_of_several_sittings_are_never_overstated() -> None:
    ON, HALL, OFF = Mode.ONLINE, Mode.IN_HALL, Mode.ABSENT
    first, second, third = {1: ON, 2: ON, 3: ON, 4: OFF, 5: OFF}, {1: ON, 2: HALL, 3: OFF, 4: HALL, 5: OFF}, {1: HALL}
    assert merge_sittings([first, second]) == {1: ON, 2: HALL, 3: ON, 4: HALL, 5: OFF}
    assert merge_sittings([first, second, third])[1] is ON


def test_nothing_eligible_gives_no_share() -> None:
    ratio = Ratio(unattended=2, excluded={"disaster": 1})
    assert ratio.share is None
    assert ratio.percent is None
    assert ratio.attendance is None
    assert ratio.average_sites is None
    assert meets(ratio, ABOVE_80) is None


def test_unrounded_share_is_compared() -> None:
    assert meets(Ratio(online=80, eligible=100), ABOVE_80) is False
    assert meets(Ratio(online=80, eligible=100), Goal(">=", Fraction(80), DAY)) is True
    assert meets(Ratio(online=80_001, eligible=100_000), ABOVE_80) is True
    assert meets(Ratio(online=79_999, eligible=100_000), Goal(">=", Fraction(80), DAY)) is False
    assert meets(Ratio(online=2, eligible=3), Goal(">=", Fraction(200, 3), DAY)) is True
    assert Ratio(online=14, eligible=17).percent == pytest.approx(82.35294)


def test_hybrid_is_what_was_really_both() -> None:
    assert held(1, 1, 1).is_hybrid
    assert not held(2, 0, 1).is_hybrid
    assert not held(0, 2).is_hybrid
    assert not held(absent=2).is_hybrid
    assert Held([sitting(2), sitting(0, 2)]).is_hybrid


@given(MEETINGS)
def test_stricter_rule_never_counts_more_and_none_changes_what_is_eligible(meeting: Held) -> None:
    by_any, by_majority, by_all = (judge_meeting(meeting, rule) for rule in Rule)
    assert (by_all is Outcome.ONLINE) <= (by_majority is Outcome.ONLINE) <= (by_any is Outcome.ONLINE)
    assert len({outcome in ELIGIBLE for outcome in (by_any, by_majority, by_all)}) == 1


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 20), st.integers(0, 100), st.sampled_from([">", ">="]))
def test_needed_number_is_the_least_that_reaches_the_goal(
    online: int, others: int, coming: int, value: int, operator: str
) -> None:
    ratio, goal = Ratio(online=online, eligible=online + others), Goal(operator, Fraction(value), DAY)
    reached = [
        meets(Ratio(online=online + more, eligible=online + others + coming), goal) is True
        for more in range(coming + 1)
    ]
    needed = needed_online(ratio, goal, coming)
    assert needed == (reached.index(True) if True in reached else None)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        *(("2022", True), ("2022-01", True), ("2022Q1", True), ("2022-12", True), ("2022-12-15..2022-12-31", True)),
        *(("2021-12", False), ("2021", False), ("2023-01", False), ("2021-12-15..2021-12-31", False)),
    ],
)
def test_goal_is_the_one_valid_on_the_last_day_of_the_window(code: str, found: bool) -> None:
    assert pick_goal([ABOVE_80], parse(code, "reporting")) == (ABOVE_80 if found else None)


def test_latest_goal_of_several_holds() -> None:
    older, newer = Goal(">", Fraction(80), date(2025, 1, 1)), Goal(">=", Fraction(90), date(2026, 1, 1))
    assert pick_goal([newer, older], parse("2026", "reporting")) == newer
    assert pick_goal([newer, older], parse("2025", "reporting")) == older
    assert pick_goal([], parse("2025", "reporting")) is None
