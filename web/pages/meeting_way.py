"""Where a meeting stands: its ribbon, its clocks, what it went through, and the steps that this person may take.

``way`` of ``meeting.html``.
"""

from dataclasses import dataclass
from datetime import date, datetime

from aiohttp import web
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.calendar_models import FormChange, Sitting
from meetings.deadline_store import find_invitation_time, list_clocks
from meetings.kinds import PLANNED, MeetingStatus
from meetings.meeting_store import MeetingBundle
from meetings.models import Meeting
from meetings.people_store import load_tree
from web.i18n import _, local
from web.keys import CONFIG, actor_of, now_of
from web.layout import STATUS_NAMES
from web.pages.deadline_words import Chip, make_chips
from web.pages.workflow import list_steps

MAIN = (
    MeetingStatus.DRAFT,
    MeetingStatus.SUBMITTED,
    MeetingStatus.SCHEDULED,
    MeetingStatus.INVITED,
    MeetingStatus.IN_SESSION,
    MeetingStatus.ENDED,
    MeetingStatus.RECORDED,
)
OFF = (MeetingStatus.POSTPONED, MeetingStatus.CANCELLED)
IN_FOLD = frozenset({"form", "exclusion", "resume", "postpone", "abandon"})


@dataclass(frozen=True)
class Stop:
    """``state``: "done", "now", "todo", "skipped" or "broken"."""

    name: str
    state: str
    at: date | None = None


@dataclass(frozen=True)
class Way:
    """``others``: some step stands in the fold. ``needs_approval``: this person's submission waits for the office."""

    ribbon: list[Stop]
    chips: list[Chip]
    form_changes: list[FormChange]
    sittings: list[Sitting]
    steps: frozenset[str]
    others: bool
    needs_approval: bool
    preparing: str


async def describe_way(request: web.Request, session: AsyncSession, bundle: MeetingBundle) -> Way:
    actor, now, meeting = actor_of(request), now_of(request), bundle.meeting
    invited_at = await find_invitation_time(session, meeting)
    steps = list_steps(request, meeting)
    clocks = (await list_clocks(session, [meeting], now))[bundle.id] if _has_clocks(request, meeting) else []
    changes = select(FormChange).where(FormChange.meeting_id == bundle.id).order_by(col(FormChange.id))
    sittings = select(Sitting).where(Sitting.meeting_id == bundle.id).order_by(col(Sitting.started_at))
    preparing = ""
    if meeting.preparing_unit_id is not None:
        unit = (await load_tree(session, bundle.day)).get(meeting.preparing_unit_id)
        preparing = unit.organ if unit else ""
    return Way(
        ribbon=list_stops(meeting, invited_at),
        chips=make_chips(clocks, now),
        form_changes=list((await session.exec(changes)).all()),
        sittings=list((await session.exec(sittings)).all()),
        steps=steps,
        others=not steps.isdisjoint(IN_FOLD | {"cancel"}),
        needs_approval=request.app[CONFIG].approval_required
        and not permissions.may_fix_booking(actor, meeting.chair_id),
        preparing=preparing,
    )


def _has_clocks(request: web.Request, meeting: Meeting) -> bool:
    """Whoever runs the meeting and whoever watches over it; of the others nobody can do anything about a clock."""
    actor = actor_of(request)
    return permissions.runs_meeting(actor, meeting) or actor.has(*permissions.OVERSEERS)


def list_stops(meeting: Meeting, invited_at: datetime | None) -> list[Stop]:
    """The way from draft to record. What a meeting passed without stopping there is skipped; approval, where it was
    never asked for, is no stop."""
    reached = {
        MeetingStatus.DRAFT: meeting.created_at,
        MeetingStatus.SUBMITTED: meeting.submitted_at,
        MeetingStatus.SCHEDULED: meeting.approved_at,
        MeetingStatus.INVITED: invited_at,
        MeetingStatus.IN_SESSION: meeting.started_at,
        MeetingStatus.ENDED: meeting.ended_at,
        MeetingStatus.RECORDED: meeting.recorded_at,
    }
    here = _place_of(meeting, invited_at)
    stops = []
    for place, status in enumerate(MAIN):
        if status is MeetingStatus.SUBMITTED and meeting.submitted_at is None:
            continue
        if status is MeetingStatus.DRAFT and meeting.status not in PLANNED:
            continue
        if place > here and meeting.status in OFF:
            break
        at, name = reached[status], _(STATUS_NAMES[status])
        if place == here and meeting.status not in OFF:
            stops.append(Stop(name, "now", _day(at)))
        elif place <= here:
            passed = at is not None or status is not MeetingStatus.INVITED
            stops.append(Stop(name, "done" if passed else "skipped", _day(at)))
        else:
            stops.append(Stop(name, "todo"))
    if meeting.status in OFF:
        stops.append(Stop(_(STATUS_NAMES[meeting.status]), "broken"))
    return stops


def _place_of(meeting: Meeting, invited_at: datetime | None) -> int:
    """How far along the way a meeting came; of one that left it, as far as it is known."""
    if meeting.status in MAIN:
        return MAIN.index(meeting.status)
    if meeting.ended_at is not None:
        return MAIN.index(MeetingStatus.ENDED)
    if invited_at is not None:
        return MAIN.index(MeetingStatus.INVITED)
    return MAIN.index(MeetingStatus.SCHEDULED if meeting.approved_at else MeetingStatus.DRAFT)


def _day(at: datetime | None) -> date | None:
    return local(at).date() if at else None
