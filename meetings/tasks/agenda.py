"""Open tasks come by themselves onto the agenda of the next meeting of their series.

One item stands first there while tasks of earlier meetings are open, and leaves when none is. It is no part of the
booking: an edit neither changes nor doubles it. Asking again changes nothing; a meeting that has begun keeps what it
has.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.kinds import BOOKED, PLANNED, MeetingStatus
from meetings.locks import BOOKING, take_lock
from meetings.models import AgendaItem, Meeting
from meetings.task_models import Task
from meetings.task_states import OPEN
from meetings.tasks.store import TaskView, list_open, load_families

TITLE = "Kiểm điểm việc thực hiện nhiệm vụ đã giao tại các cuộc họp trước"
LONGEST_PRESENTER = 150
WAITING = (*PLANNED, *BOOKED, MeetingStatus.POSTPONED)  # not begun, so that the agenda may still change


@dataclass(frozen=True, slots=True)
class _Place:
    """The agenda of a meeting that has not begun, and who is to speak to the carried item there; empty: it has none."""

    meeting: Meeting
    items: Sequence[AgendaItem]
    presenter: str

    @property
    def carried(self) -> list[AgendaItem]:
        return [item for item in self.items if item.carried]

    @property
    def is_right(self) -> bool:
        """The item is there once, first, with its units; or it is not there, as it should."""
        if not self.presenter:
            return not self.carried
        numbered = [item.position for item in self.items] == list(range(1, len(self.items) + 1))
        return numbered and [(item.position, item.presenter) for item in self.carried] == [(1, self.presenter)]


async def carry_tasks(session: AsyncSession, series_id: int | None, now: datetime) -> None:
    """Put the item where it belongs in a series (with those that it was divided from or into), and nowhere else."""
    if series_id is None:
        return
    await take_lock(session, BOOKING)
    await _carry(session, (await load_families(session)).of(series_id), now)


async def carry_all(session: AsyncSession, now: datetime) -> None:
    """Time passes and meetings are held: what was the next one of a series is not for ever."""
    await take_lock(session, BOOKING)
    for family in await _list_families(session):
        await _carry(session, family, now)


async def _carry(session: AsyncSession, family: Collection[int], now: datetime) -> None:
    for place in await _list_places(session, family, now):
        if not place.is_right:
            await _arrange(session, place)
    await session.flush()


async def has_misplaced(session: AsyncSession, now: datetime) -> bool:
    """Whether ``carry_all`` would change anything. Looking keeps nobody waiting."""
    for family in await _list_families(session):
        if not all(place.is_right for place in await _list_places(session, family, now)):
            return True
    return False


async def _list_places(session: AsyncSession, family: Collection[int], now: datetime) -> list[_Place]:
    query = select(Meeting).where(col(Meeting.series_id).in_(family), col(Meeting.status).in_(WAITING))
    waiting = (await session.exec(query.order_by(col(Meeting.starts_at), col(Meeting.id)))).all()
    coming = (row for row in waiting if row.status is not MeetingStatus.POSTPONED and row.ends_at > now)
    following = next(coming, None)
    tasks = [] if following is None else await list_open(session, family, following.starts_at)
    items = await _list_items(session, [row.id or 0 for row in waiting])
    presenter = name_units(tasks)
    return [_Place(row, items.get(row.id or 0, []), presenter if row is following else "") for row in waiting]


async def _arrange(session: AsyncSession, place: _Place) -> None:
    """The carried item first, then the others in their order, numbered from 1."""
    others, carried = [item for item in place.items if not item.carried], place.carried
    first: list[AgendaItem] = []
    if place.presenter:
        new = AgendaItem(meeting_id=place.meeting.id or 0, position=1, title=TITLE, carried=True)
        first = carried[:1] or [new]
        first[0].presenter = place.presenter
    for item in carried[len(first) :]:
        await session.delete(item)
    for position, item in enumerate([*first, *others], 1):
        item.position = position
        session.add(item)


def name_units(tasks: Iterable[TaskView]) -> str:
    """Who has to speak to the item: ``Sở Tài chính; Xã Đức Trọng và 2 đơn vị khác``."""
    names = list(dict.fromkeys(view.task.lead_name for view in tasks))
    for shown in range(len(names), 0, -1):
        more = f" và {len(names) - shown} đơn vị khác" if shown < len(names) else ""
        told = "; ".join(names[:shown]) + more
        if len(told) <= LONGEST_PRESENTER:
            return told
    return f"{len(names)} đơn vị" if names else ""


async def _list_items(session: AsyncSession, meeting_ids: Sequence[int]) -> dict[int, list[AgendaItem]]:
    query = select(AgendaItem).where(col(AgendaItem.meeting_id).in_(meeting_ids))
    found: dict[int, list[AgendaItem]] = {}
    for item in (await session.exec(query.order_by(col(AgendaItem.position), col(AgendaItem.id)))).all():
        found.setdefault(item.meeting_id, []).append(item)
    return found


async def _list_families(session: AsyncSession) -> list[set[int]]:
    """Families of series with an open task, or with an item that one left behind."""
    tasks = (
        select(Meeting.series_id).join(Task, col(Task.meeting_id) == col(Meeting.id)).where(col(Task.state).in_(OPEN))
    )
    items = (
        select(Meeting.series_id)
        .join(AgendaItem, col(AgendaItem.meeting_id) == col(Meeting.id))
        .where(col(AgendaItem.carried), col(Meeting.status).in_(WAITING))
    )
    families = await load_families(session)
    found: list[set[int]] = []
    for query in (tasks, items):
        for series_id in (await session.exec(query.distinct())).all():
            if series_id is not None and not any(series_id in family for family in found):
                found.append(families.of(series_id))
    return found
