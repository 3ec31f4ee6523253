from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.indicator.ratio import (
    ELIGIBLE,
    STATE_SECRET,
    Goal,
    Held,
    Outcome,
    Ratio,
    Rule,
    count_ratio,
    is_online,
    judge_meeting,
    meets,
    needed_online,
    pick_goal,
)
from meetings.kinds import EXCLUSIONS, Mode
from meetings.periods import parse

DAY = date(2022, 6, 1)
ABOVE_80 = Goal(">", Fraction(80), date(2022, 1, 1), date(2022, 12, 31))


def held(online: int = 0, in_hall: int = 0, absent: int = 0, **values: Any) -> Held:
    modes = [Mode.ONLINE] * online + [Mode.IN_HALL] * in_hall + [Mode.ABSENT] * absent
    fields: dict[str, Any] = {"meeting_id": 1, "ended_on": DAY, "lower": dict(enumerate(modes))} | values
    return Held(**fields)


MODES = st.dictionaries(st.integers(0, 20), st.sampled_from(Mode), min_size=1)
MEETINGS = st.builds(
    Held,
    meeting_id=st.integers(1, 99),
    ended_on=st.just(DAY),
    lower=MODES,
    confirmed=st.booleans(),
    recognised=st.booleans(),
    exclusion=st.sampled_from(["", "", "", *EXCLUSIONS]),
    department=st.booleans(),
)


@pytest.mark.parametrize(
    ("online", "in_hall", "by_any", "by_major", "by_all"),
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
    online: int, in_hall: int, by_any: bool, by_major: bool, by_all: bool
) -> None:
    lower = held(online, in_hall, absent=9).lower
    assert [is_online(lower, rule) for rule in (Rule.ANY, Rule.MAJORITY, Rule.ALL)] == [by_any, by_major, by_all]


@pytest.mark.parametrize(
    ("meeting", "outcome"),
    [
        (held(12), Outcome.ONLINE),
        (held(7, 5), Outcome.ONLINE),
        (held(6, 6), Outcome.NOT_ONLINE),
        (held(0, 12), Outcome.NOT_ONLINE),
        (held(absent=12), Outcome.NO_LOWER_UNIT),
        (held(12, recognised=False), Outcome.OTHER_CHANNEL),
        (held(0, 12, recognised=False), Outcome.NOT_ONLINE),
        (held(12, confirmed=False), Outcome.UNCONFIRMED),
        (held(absent=12, confirmed=False), Outcome.UNCONFIRMED),
        (held(0, 12, exclusion="field_visit"), Outcome.EXCLUDED),
        (held(12, exclusion="field_visit", confirmed=False), Outcome.EXCLUDED),
    ],
)
def test_meeting_stands_in_one_place(meeting: Held, outcome: Outcome) -> None:
    assert judge_meeting(meeting) is outcome


def test_ratio_counts_what_is_left_out_apart() -> None:
    meetings = [
        held(12),
        held(7, 5),
        held(5, 7),
        held(0, 12, department=True),
        held(12, recognised=False),
        held(absent=3),
        held(12, confirmed=False),
        held(0, 3, exclusion="field_visit"),
        held(0, 3, exclusion="field_visit"),
        held(3, exclusion="disaster"),
    ]
    assert count_ratio(meetings, state_secrets=4) == Ratio(
        online=2,
        eligible=5,
        excluded={"disaster": 1, "field_visit": 2, STATE_SECRET: 4},
        no_lower_unit=1,
        unconfirmed=1,
        hybrids=2,
        other_channel=1,
        departments=1,
    )


def test_nothing_eligible_gives_no_share() -> None:
    ratio = count_ratio([held(absent=2), held(2, exclusion="disaster")])
    assert ratio.share is None
    assert ratio.percent is None
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


@given(st.lists(MEETINGS), st.sampled_from(Rule))
def test_parts_add_up_to_the_whole(meetings: list[Held], rule: Rule) -> None:
    ratio = count_ratio(meetings, rule)
    left_out = sum(ratio.excluded.values()) + ratio.no_lower_unit + ratio.unconfirmed
    assert ratio.eligible + left_out == len(meetings)
    assert 0 <= ratio.online + ratio.other_channel <= ratio.eligible
    assert ratio.hybrids <= ratio.eligible
    assert ratio.departments <= ratio.eligible


@given(st.lists(MEETINGS))
def test_stricter_rule_never_counts_more(meetings: list[Held]) -> None:
    by_any, by_major, by_all = (count_ratio(meetings, rule) for rule in (Rule.ANY, Rule.MAJORITY, Rule.ALL))
    assert by_any.eligible == by_major.eligible == by_all.eligible
    assert by_any.online >= by_major.online >= by_all.online


@given(MEETINGS, st.sampled_from(Rule))
def test_only_eligible_meetings_are_online(meeting: Held, rule: Rule) -> None:
    outcome = judge_meeting(meeting, rule)
    ratio = count_ratio([meeting], rule)
    assert ratio.eligible == (outcome in ELIGIBLE)
    assert ratio.online == (outcome is Outcome.ONLINE)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 20), st.integers(1, 100), st.sampled_from([">", ">="]))
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
    [("2022", True), ("202201", True), ("20221", True), ("202112", False), ("2021", False), ("202301", False)],
)
def test_goal_is_bound_to_the_period_not_to_its_window(code: str, found: bool) -> None:
    assert pick_goal([ABOVE_80], parse(code, "reporting")) == (ABOVE_80 if found else None)


def test_latest_goal_of_several_holds() -> None:
    older, newer = Goal(">", Fraction(80), date(2025, 1, 1)), Goal(">=", Fraction(90), date(2026, 1, 1))
    assert pick_goal([newer, older], parse("2026", "reporting")) == newer
    assert pick_goal([newer, older], parse("2025", "reporting")) == older
    assert pick_goal([], parse("2025", "reporting")) is None
