"""What waits for a person: tasks to do and to judge, minutes to read, each with the way to it.

``today_mine.html`` shows ``Mine``; the agenda and the end of a meeting's page show its tasks (``MeetingTasks``).
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.deadline_store import load_working_days
from meetings.meeting_store import MeetingBundle
from meetings.permissions import Actor
from meetings.record_permissions import follows_task, may_comment_minutes, may_report_task
from meetings.task_states import OPEN, UNDONE, Lateness, TaskState
from meetings.tasks.rules import find_lateness
from meetings.tasks.store import TaskView, keep_visible, list_reviewed, list_visible
from transcripts.models import MinutesState
from transcripts.register import list_register
from web.i18n import today
from web.pages.tasks import Line, make_line

SHOWN = 5  # lines of each kind; the others are a click away
COMMENTS_BACK = timedelta(days=60)  # of the meetings whose minutes may still be out for comments


@dataclass
class Mine:
    """``to_do``: of the own unit, the most urgent first; ``to_judge``: reported, or asking for more time; ``late``: of
    other units, that this person follows up. ``to_comment``: minutes that the own unit may comment, until when."""

    to_do: list[Line] = field(default_factory=list)
    to_judge: list[Line] = field(default_factory=list)
    late: list[Line] = field(default_factory=list)
    to_comment: list[tuple[MeetingBundle, date]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.to_do or self.to_judge or self.late or self.to_comment)


@dataclass(frozen=True)
class MeetingTasks:
    """``given`` by the meeting, ``reviewed`` by its item of open tasks."""

    given: list[Line]
    reviewed: list[Line]


async def load_mine(session: AsyncSession, actor: Actor, now: datetime) -> Mine:
    day, working = today(now), await load_working_days(session)
    views = [view for view in await list_visible(session, actor) if view.task.state in OPEN]
    own = [view for view in views if _is_own(actor, view)]
    followed = [view for view in views if follows_task(actor, view.meeting)]
    judged = [view for view in followed if view.task.state is TaskState.REPORTED or view.task.asked_due is not None]
    late = [
        view
        for view in followed
        if view not in judged
        and view not in own
        and find_lateness(view.task.state, view.task.due, working, day) is Lateness.LATE
    ]
    mine = Mine(to_comment=await _list_to_comment(session, actor, now))
    for name, found in (("to_do", own), ("to_judge", judged), ("late", late)):
        setattr(mine, name, [make_line(view, working, day) for view in found[:SHOWN]])
        mine.counts[name] = len(found)
    return mine


async def describe_tasks(session: AsyncSession, actor: Actor, bundle: MeetingBundle, now: datetime) -> MeetingTasks:
    """Those of a meeting that this person may see."""
    day, working = today(now), await load_working_days(session)
    given = await list_visible(session, actor, meeting_id=bundle.id)
    carried = any(item.carried for item in bundle.agenda)
    reviewed = await list_reviewed(session, bundle.meeting) if carried else []
    return MeetingTasks(
        [make_line(view, working, day) for view in given],
        [make_line(view, working, day) for view in await keep_visible(session, actor, reviewed)],
    )


def _is_own(actor: Actor, view: TaskView) -> bool:
    lead = view.task.lead_unit_id
    return lead is not None and view.task.state in UNDONE and may_report_task(actor, {lead})


async def _list_to_comment(session: AsyncSession, actor: Actor, now: datetime) -> list[tuple[MeetingBundle, date]]:
    entries = await list_register(session, actor, state=MinutesState.COMMENTS, start=now - COMMENTS_BACK, end=now)
    found: list[tuple[MeetingBundle, date]] = []
    for entry in entries:
        until = entry.comments_until
        if until is not None and may_comment_minutes(actor, entry.bundle.invited_unit_ids, until, today(now)):
            found.append((entry.bundle, until))
    return found
