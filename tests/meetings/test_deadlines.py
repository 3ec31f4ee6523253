from datetime import date, datetime, timedelta
from typing import Any

import pytest

from meetings.deadlines import Deadline, DeadlineKind, DeadlineState, MeetingFacts, list_deadlines, list_open
from meetings.kinds import MeetingStatus
from meetings.periods import ZONE
from meetings.working_days import WorkingDays

WORKING = WorkingDays({date(2026, 9, 2): False})
MEETING = datetime(2026, 11, 27, 8, 0, tzinfo=ZONE)  # a Friday


def at(day: int, hour: int = 8, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


def clocks(now: datetime, **facts: Any) -> dict[DeadlineKind, Deadline]:
    known: dict[str, Any] = {"status": MeetingStatus.SCHEDULED, "starts_at": MEETING} | facts
    return {each.kind: each for each in list_deadlines(MeetingFacts(**known), WORKING, now)}


@pytest.mark.parametrize("kind", [DeadlineKind.INVITATION, DeadlineKind.PAPERS])
def test_three_full_working_days_lie_between_sending_and_meeting(kind: DeadlineKind) -> None:
    found = clocks(at(16))[kind]
    assert (found.day, found.due, found.state) == (date(2026, 11, 23), at(24, 0), DeadlineState.WAITING)


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (at(19, 23, 59), DeadlineState.WAITING),
        (at(20, 0), DeadlineState.SOON),  # Friday: the last working day is the next one
        (at(22), DeadlineState.SOON),
        (at(23, 23, 59), DeadlineState.SOON),
        (at(24, 0), DeadlineState.LATE),
    ],
)
def test_invitation_runs_out_at_midnight(now: datetime, state: DeadlineState) -> None:
    assert clocks(now)[DeadlineKind.INVITATION].state is state


def test_day_off_in_between_moves_the_day() -> None:
    """The meeting is on Friday 04/09, Wednesday is the National Day: Monday the 31st is a day too late."""
    found = clocks(at(20, month=8), starts_at=at(4, month=9))[DeadlineKind.INVITATION]
    assert found.day == date(2026, 8, 28)


def test_sent_on_a_sunday_is_in_time_when_three_working_days_follow() -> None:
    meeting = at(26)  # a Thursday
    found = clocks(at(24), starts_at=meeting, invitation_at=at(22, 20))[DeadlineKind.INVITATION]
    assert (found.day, found.state) == (date(2026, 11, 20), DeadlineState.DONE)


@pytest.mark.parametrize(
    ("sent", "state"), [(at(23, 23, 59), DeadlineState.DONE), (at(24, 0), DeadlineState.DONE_LATE)]
)
def test_what_was_sent_is_measured_by_when(sent: datetime, state: DeadlineState) -> None:
    found = clocks(at(25), invitation_at=sent)[DeadlineKind.INVITATION]
    assert (found.state, found.done_at) == (state, sent)


def test_urgent_meeting_is_exempt() -> None:
    found = clocks(at(26), urgent=True)
    assert found[DeadlineKind.INVITATION].state is DeadlineState.EXEMPT
    assert clocks(at(26), urgent=True, papers_at=at(26))[DeadlineKind.PAPERS].state is DeadlineState.DONE


def test_what_was_not_done_before_the_meeting_began_is_missed() -> None:
    found = clocks(at(27, 8, 5), status=MeetingStatus.IN_SESSION)
    assert [each.state for each in found.values()] == [
        DeadlineState.MISSED,
        DeadlineState.MISSED,
        DeadlineState.MISSED,
        DeadlineState.DONE,
    ]


@pytest.mark.parametrize(
    ("now", "trial", "lobby"),
    [
        (at(27, 6, 29), DeadlineState.WAITING, DeadlineState.WAITING),
        (at(27, 6, 30), DeadlineState.SOON, DeadlineState.WAITING),
        (at(27, 7, 14), DeadlineState.SOON, DeadlineState.WAITING),
        (at(27, 7, 15), DeadlineState.LATE, DeadlineState.SOON),
        (at(27, 7, 45), DeadlineState.LATE, DeadlineState.DONE),
    ],
)
def test_trial_and_lobby_run_in_minutes(now: datetime, trial: DeadlineState, lobby: DeadlineState) -> None:
    found = clocks(now)
    assert (found[DeadlineKind.TRIAL].due, found[DeadlineKind.LOBBY].due) == (at(27, 7), at(27, 7, 45))
    assert (found[DeadlineKind.TRIAL].state, found[DeadlineKind.LOBBY].state) == (trial, lobby)
    assert clocks(now, trial_at=at(27, 7, 14))[DeadlineKind.TRIAL].state is DeadlineState.DONE
    assert clocks(now, trial_at=at(27, 7, 15))[DeadlineKind.TRIAL].state is DeadlineState.DONE_LATE


def test_conclusions_are_due_five_working_days_after_the_end() -> None:
    ended = at(20, 17)  # a Friday
    found = clocks(at(23), status=MeetingStatus.ENDED, ended_at=ended)
    assert list(found) == [DeadlineKind.CONCLUSIONS]
    only = found[DeadlineKind.CONCLUSIONS]
    assert (only.day, only.due, only.state) == (date(2026, 11, 27), at(28, 0), DeadlineState.WAITING)
    assert clocks(at(28), status=MeetingStatus.ENDED, ended_at=ended)[only.kind].state is DeadlineState.LATE
    recorded = clocks(at(30), status=MeetingStatus.RECORDED, ended_at=ended, conclusions_at=at(27, 16))
    assert recorded[only.kind].state is DeadlineState.DONE


def test_what_is_only_planned_has_no_trial() -> None:
    assert list(clocks(at(16), status=MeetingStatus.DRAFT)) == [DeadlineKind.INVITATION, DeadlineKind.PAPERS]


@pytest.mark.parametrize("status", [MeetingStatus.CANCELLED, MeetingStatus.POSTPONED])
def test_nothing_runs_for_what_does_not_take_place(status: MeetingStatus) -> None:
    assert clocks(at(16), status=status) == {}


def test_open_ones_come_by_their_instant_and_without_the_lobby() -> None:
    assert list(clocks(at(16), online=False)) == [DeadlineKind.INVITATION, DeadlineKind.PAPERS]
    found = clocks(at(27, 6, 45), papers_at=MEETING - timedelta(days=10))
    assert [each.kind for each in list_open(found.values())] == [DeadlineKind.INVITATION, DeadlineKind.TRIAL]
