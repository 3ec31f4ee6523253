"""The clocks of a meeting: what is to be done by when, and whether it was. ``now`` is an argument; no queries.

Invitation and papers leave at least three working days before the meeting day, of which neither that day nor the one of
sending counts; an urgent meeting is exempt (QĐ 45/2018/QĐ-TTg). The notice of conclusions follows within five working
days after the end. The line is tried an hour before, and the doors open a quarter of an hour before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from meetings.kinds import BOOKED, LIVE, OVER, PLANNED, MeetingStatus
from meetings.periods import local_day, start_of_day
from meetings.working_days import ONE, WorkingDays

DAYS_BEFORE = 3
DAYS_AFTER = 5
TRIAL = timedelta(minutes=60)
TRIAL_GRACE = timedelta(minutes=15)  # of its beginning: the doors open to technicians only then
LOBBY = timedelta(minutes=15)
NEAR = timedelta(minutes=30)  # of a clock that runs in minutes


class DeadlineKind(StrEnum):
    INVITATION = "invitation"
    PAPERS = "papers"
    TRIAL = "trial"
    LOBBY = "lobby"
    CONCLUSIONS = "conclusions"


class DeadlineState(StrEnum):
    """``SOON``: it runs out on this working day or the next one. ``MISSED``: the meeting began without it."""

    WAITING = "waiting"
    SOON = "soon"
    LATE = "late"
    DONE = "done"
    DONE_LATE = "done_late"
    MISSED = "missed"
    EXEMPT = "exempt"


IN_DAYS = (DeadlineKind.INVITATION, DeadlineKind.PAPERS, DeadlineKind.CONCLUSIONS)
OPEN = (DeadlineState.WAITING, DeadlineState.SOON, DeadlineState.LATE)  # somebody still has to do it


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingFacts:
    """What the clocks of one meeting look at. ``papers_at``: when the last of its papers was first put there.

    ``online``: some of it, so that there is a line to try.
    """

    status: MeetingStatus
    starts_at: datetime
    urgent: bool = False
    online: bool = True
    ended_at: datetime | None = None
    invitation_at: datetime | None = None
    papers_at: datetime | None = None
    trial_at: datetime | None = None
    conclusions_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """``due`` is the first instant that is too late. ``day``: the last working day on which it is in time, of a clock
    that runs in days."""

    kind: DeadlineKind
    due: datetime
    state: DeadlineState
    done_at: datetime | None = None
    day: date | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


def list_deadlines(facts: MeetingFacts, working: WorkingDays, now: datetime) -> list[Deadline]:
    """The clocks that run for a meeting in its present state, in the order in which they run out."""
    if facts.status in (*PLANNED, *LIVE):
        return _list_before(facts, working, now)
    if facts.status in OVER and facts.ended_at is not None:
        due = conclusions_due(facts.ended_at, working)
        state = _state_of(due, facts.conclusions_at, working, now)
        return [Deadline(DeadlineKind.CONCLUSIONS, due, state, facts.conclusions_at, _last_day(due, working))]
    return []


def _list_before(facts: MeetingFacts, working: WorkingDays, now: datetime) -> list[Deadline]:
    due, began = sending_due(facts.starts_at, working), facts.status not in (*PLANNED, *BOOKED)
    found = []
    for kind, done_at in (
        (DeadlineKind.INVITATION, facts.invitation_at),
        (DeadlineKind.PAPERS, facts.papers_at),
    ):
        state = _state_of(due, done_at, working, now)
        if facts.urgent:
            state = DeadlineState.EXEMPT if done_at is None else DeadlineState.DONE
        elif began and done_at is None:
            state = DeadlineState.MISSED
        found.append(Deadline(kind, due, state, done_at, _last_day(due, working)))
    if facts.status in PLANNED or not facts.online:  # nobody tries the line of what is not fixed
        return found
    trial, lobby = facts.starts_at - TRIAL, facts.starts_at - LOBBY
    state = _state_of_minutes(trial, facts.trial_at, now, TRIAL_GRACE)
    if began and facts.trial_at is None:
        state = DeadlineState.MISSED
    found.append(Deadline(DeadlineKind.TRIAL, trial, state, facts.trial_at))
    opened = lobby if now >= lobby else None
    state = DeadlineState.DONE if opened or began else _state_of_minutes(lobby, None, now)
    found.append(Deadline(DeadlineKind.LOBBY, lobby, state, opened))
    return found


def sending_due(starts_at: datetime, working: WorkingDays) -> datetime:
    """The first instant at which an invitation or a paper leaves too late for a meeting that starts then."""
    return start_of_day(working.subtract(local_day(starts_at), DAYS_BEFORE))


def conclusions_due(ended_at: datetime, working: WorkingDays) -> datetime:
    """The first instant at which the conclusions of a meeting that ended then are late."""
    return start_of_day(working.add(local_day(ended_at), DAYS_AFTER) + ONE)


def _last_day(due: datetime, working: WorkingDays) -> date:
    return working.last_until(local_day(due) - ONE)


def _state_of(due: datetime, done_at: datetime | None, working: WorkingDays, now: datetime) -> DeadlineState:
    if done_at is not None:
        return DeadlineState.DONE if done_at < due else DeadlineState.DONE_LATE
    if now >= due:
        return DeadlineState.LATE
    near = working.add(local_day(now), 1) >= _last_day(due, working)
    return DeadlineState.SOON if near else DeadlineState.WAITING


def _state_of_minutes(
    due: datetime, done_at: datetime | None, now: datetime, grace: timedelta = timedelta()
) -> DeadlineState:
    if done_at is not None:
        return DeadlineState.DONE if done_at < due + grace else DeadlineState.DONE_LATE
    if now >= due + grace:
        return DeadlineState.LATE
    return DeadlineState.SOON if now >= due - NEAR else DeadlineState.WAITING


def list_open(deadlines: Iterable[Deadline]) -> list[Deadline]:
    """Those that somebody still has to meet, the most urgent first; the lobby opens by itself."""
    return sorted(
        (each for each in deadlines if each.is_open and each.kind is not DeadlineKind.LOBBY), key=lambda each: each.due
    )


def list_pressing(deadlines: Iterable[Deadline]) -> list[Deadline]:
    """Of those the ones that run out soon or have run out."""
    return [each for each in list_open(deadlines) if each.state is not DeadlineState.WAITING]
