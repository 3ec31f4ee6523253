"""Every pair of states is listed here by hand: a step that the table gains or loses is seen."""

import itertools

import pytest

from meetings.errors import Conflict
from meetings.kinds import LIVE, OVER, PLANNED, MeetingStatus
from meetings.workflow import STEPS, check_step, may_follow

# One row a state, one column a state in the order of the enumeration; "x" where the step may be taken.
#                 dr su sc in se en re po ca
TABLE = {
    "draft": "     .  x  x  .  .  .  .  .  x",
    "submitted": " x  .  x  .  .  .  .  .  x",
    "scheduled": " .  x  .  x  x  x  .  x  x",
    "invited": "   .  .  x  .  x  x  .  x  x",
    "in_session": ".  .  .  .  .  x  .  .  .",
    "ended": "     .  .  x  x  .  .  x  .  x",
    "recorded": "  .  .  .  .  .  .  .  .  .",
    "postponed": " .  x  x  .  .  x  .  .  x",
    "cancelled": " .  .  .  .  .  .  .  .  .",
}
PAIRS = list(itertools.product(MeetingStatus, repeat=2))


@pytest.mark.parametrize(("old", "new"), PAIRS, ids=[f"{old}-{new}" for old, new in PAIRS])
def test_step_may_be_taken_exactly_where_the_table_says(old: MeetingStatus, new: MeetingStatus) -> None:
    allowed = TABLE[old].split()[list(MeetingStatus).index(new)] == "x"
    assert may_follow(old, new) is allowed
    if allowed:
        check_step(old, new)
        return
    with pytest.raises(Conflict) as refused:
        check_step(old, new)
    assert refused.value.field == "status"


def test_every_state_has_its_steps() -> None:
    assert set(STEPS) == set(MeetingStatus)


def test_every_state_is_reached_from_a_draft() -> None:
    seen, wave = {MeetingStatus.DRAFT}, {MeetingStatus.DRAFT}
    while wave:
        wave = {new for old in wave for new in STEPS[old]} - seen
        seen |= wave
    assert seen == set(MeetingStatus)


def test_what_is_only_planned_never_opens_a_room() -> None:
    assert all(MeetingStatus.IN_SESSION not in STEPS[old] for old in (*PLANNED, MeetingStatus.POSTPONED, *OVER))


def test_what_is_going_on_can_only_end() -> None:
    assert STEPS[MeetingStatus.IN_SESSION] == {MeetingStatus.ENDED}
    assert MeetingStatus.IN_SESSION in LIVE
