"""Every query on tasks. The caller commits."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists
from sqlmodel import col, or_, select, true
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.calendar_models import MeetingSeries
from meetings.errors import NotFound
from meetings.models import Invitation, Meeting, Role, UnitSuccession
from meetings.org_tree import find_successors
from meetings.people_store import to_succession
from meetings.permissions import Actor
from meetings.record_permissions import may_view_task, sees_every_task
from meetings.task_models import Task, TaskEvent, TaskUnit
from meetings.task_states import OPEN, UNDONE


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task with the meeting that gave it, and the units that support its lead unit."""

    task: Task
    meeting: Meeting
    supporting: tuple[TaskUnit, ...]

    @property
    def id(self) -> int:
        return self.task.id or 0

    @property
    def unit_ids(self) -> frozenset[int]:
        units = (self.task.lead_unit_id, *(row.unit_id for row in self.supporting))
        return frozenset(unit_id for unit_id in units if unit_id is not None)


async def list_open(session: AsyncSession, family: Collection[int], before: datetime) -> list[TaskView]:
    """The open tasks given by meetings of these series that begin before that, the most urgent first."""
    query = (
        select(Task, Meeting)
        .join(Meeting, col(Meeting.id) == col(Task.meeting_id))
        .where(col(Task.state).in_(OPEN), col(Meeting.series_id).in_(family), col(Meeting.starts_at) < before)
    )
    return await _view(session, [(task, meeting) for task, meeting in (await session.exec(query)).all()])


async def list_reviewed(session: AsyncSession, meeting: Meeting) -> list[TaskView]:
    """The tasks that a meeting of a series looked at, or will: given before it, and open when it began."""
    if meeting.series_id is None:
        return []
    family = (await load_families(session)).of(meeting.series_id)
    began = meeting.started_at or meeting.starts_at
    query = (
        select(Task, Meeting)
        .join(Meeting, col(Meeting.id) == col(Task.meeting_id))
        .where(
            col(Meeting.series_id).in_(family),
            col(Meeting.starts_at) < meeting.starts_at,
            col(Task.meeting_id) != meeting.id,
            or_(col(Task.closed_at).is_(None), col(Task.closed_at) >= began),
        )
    )
    if meeting.started_at is not None:
        query = query.where(col(Task.created_at) <= (meeting.ended_at or meeting.started_at))
    return await _view(session, [(task, given) for task, given in (await session.exec(query)).all()])


@dataclass(frozen=True, slots=True)
class Families:
    """``near``: by series those that it was divided from or into."""

    near: Mapping[int, Collection[int]]

    def of(self, series_id: int) -> set[int]:
        """A series with every other that it was divided from or into, however often."""
        found, waiting = {series_id}, [series_id]
        while waiting:
            more = set(self.near.get(waiting.pop(), ())) - found
            found |= more
            waiting += more
        return found


async def load_families(session: AsyncSession) -> Families:
    near: dict[int, set[int]] = defaultdict(set)
    query = select(MeetingSeries.id, MeetingSeries.split_from_id).where(col(MeetingSeries.split_from_id).is_not(None))
    for own, other in (await session.exec(query)).all():
        if own is not None and other is not None:
            near[own].add(other)
            near[other].add(own)
    return Families(near)


async def list_visible(session: AsyncSession, actor: Actor, *, meeting_id: int | None = None) -> list[TaskView]:
    """All tasks that a person may see, the most urgent first."""
    query = select(Task, Meeting).join(Meeting, col(Meeting.id) == col(Task.meeting_id))
    if meeting_id is not None:
        query = query.where(Task.meeting_id == meeting_id)
    if not sees_every_task(actor):
        query = query.where(_may_concern(actor))
    found = await _view(session, [(task, meeting) for task, meeting in (await session.exec(query)).all()])
    return await keep_visible(session, actor, found)


async def keep_visible(session: AsyncSession, actor: Actor, views: Collection[TaskView]) -> list[TaskView]:
    """Those that a person may see."""
    invited = await _list_invited(session, {view.task.meeting_id for view in views})
    return [
        view
        for view in views
        if may_view_task(actor, view.meeting, view.unit_ids, invited.get(view.task.meeting_id, frozenset()))
    ]


def _may_concern(actor: Actor) -> ColumnElement[bool]:
    """Wide enough for every task that ``may_view_task`` allows: few rows are loaded in vain."""
    if actor.has(Role.CLERK):
        return true()
    person, account, unit = actor.person_id or 0, actor.account_id or 0, actor.unit_id or 0
    supports = exists().where(col(TaskUnit.task_id) == col(Task.id), col(TaskUnit.unit_id) == unit)
    invited = exists().where(col(Invitation.meeting_id) == col(Meeting.id), col(Invitation.unit_id) == unit)
    return or_(
        col(Meeting.chair_id) == person,
        col(Meeting.secretary_id) == person,
        col(Meeting.created_by) == account,
        col(Meeting.convening_unit_id) == unit,
        col(Meeting.hall_id) == (actor.site_id or 0),
        col(Task.lead_unit_id) == unit,
        supports,
        invited,
    )


async def load_visible_task(session: AsyncSession, actor: Actor, task_id: int, *, lock: bool = False) -> TaskView:
    """``NotFound`` for one that is not there or not for this person. ``lock``: nobody else changes it meanwhile."""
    task = await session.get(Task, task_id, with_for_update=lock)
    if task is None:
        raise NotFound
    views = await _view(session, [(task, await session.get_one(Meeting, task.meeting_id))])
    for view in await keep_visible(session, actor, views):
        return view
    raise NotFound


async def list_of_meeting(session: AsyncSession, meeting_id: int) -> list[Task]:
    query = select(Task).where(Task.meeting_id == meeting_id).order_by(col(Task.position), col(Task.id))
    return list((await session.exec(query)).all())


async def list_events(session: AsyncSession, task_id: int) -> list[TaskEvent]:
    """The history of a task, the oldest first."""
    query = select(TaskEvent).where(TaskEvent.task_id == task_id).order_by(col(TaskEvent.id))
    return list((await session.exec(query)).all())


async def find_last_texts(session: AsyncSession, task_ids: Collection[int]) -> dict[int, str]:
    """What was last written about each task."""
    query = select(TaskEvent).where(col(TaskEvent.task_id).in_(task_ids), TaskEvent.text != "")
    rows = (await session.exec(query.order_by(col(TaskEvent.id)))).all()
    return {row.task_id: row.text for row in rows}


async def list_undone(session: AsyncSession, until: date) -> list[TaskView]:
    """The tasks that their lead units still have to do and whose deadline is not after ``until``."""
    query = (
        select(Task, Meeting)
        .join(Meeting, col(Meeting.id) == col(Task.meeting_id))
        .where(col(Task.state).in_(UNDONE), col(Task.due) <= until)
    )
    return await _view(session, [(task, meeting) for task, meeting in (await session.exec(query)).all()])


async def find_heirs(session: AsyncSession, unit_id: int | None, day: date) -> frozenset[int]:
    """The unit, and those that it has become by ``day``."""
    if unit_id is None:
        return frozenset()
    successions = [to_succession(row) for row in (await session.exec(select(UnitSuccession))).all()]
    return frozenset({unit_id, *find_successors(unit_id, successions, day)})


async def _list_invited(session: AsyncSession, meeting_ids: Collection[int]) -> dict[int, frozenset[int]]:
    rows = await session.exec(
        select(Invitation.meeting_id, Invitation.unit_id).where(col(Invitation.meeting_id).in_(meeting_ids))
    )
    found: dict[int, set[int]] = defaultdict(set)
    for meeting_id, unit_id in rows.all():
        found[meeting_id].add(unit_id)
    return {meeting_id: frozenset(units) for meeting_id, units in found.items()}


async def _view(session: AsyncSession, pairs: Sequence[tuple[Task, Meeting]]) -> list[TaskView]:
    ids = [task.id for task, _meeting in pairs]
    query = select(TaskUnit).where(col(TaskUnit.task_id).in_(ids)).order_by(col(TaskUnit.position))
    helpers: dict[int, list[TaskUnit]] = defaultdict(list)
    for row in (await session.exec(query)).all():
        helpers[row.task_id].append(row)
    views = [TaskView(task, meeting, tuple(helpers[task.id or 0])) for task, meeting in pairs]
    return sorted(views, key=lambda view: (view.task.due or date.max, view.task.meeting_id, view.task.position))
