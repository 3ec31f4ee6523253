"""What many occurrences are checked against at once, and everything each of them collides with."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.availability import Booked, find_clashes
from meetings.booking_checks import check_against, load_books
from meetings.clash_store import list_booked, list_delegated, tell_clashes, wanted_of
from meetings.deadline_store import load_working_days
from meetings.errors import N_, Conflict, Remark
from meetings.interval import Span
from meetings.meeting_store import MeetingBundle
from meetings.org_tree import OrgTree
from meetings.periods import local_day
from meetings.permissions import Actor
from meetings.scheduling import MeetingDraft, check_draft, check_places
from meetings.series_edits import Series


@dataclass(frozen=True, slots=True)
class Planned:
    """An occurrence as it is to be: ``at`` names it, ``before`` is the meeting that it changes."""

    at: datetime
    draft: MeetingDraft
    before: MeetingBundle | None = None

    @property
    def span(self) -> Span:
        return Span(self.draft.starts_at, self.draft.ends_at)


@dataclass(frozen=True, slots=True)
class Collision:
    """An occurrence that collides. ``remarks`` tells with what all; ``is_blocking``: so that it cannot be booked."""

    at: datetime
    span: Span
    remarks: tuple[Remark, ...]
    is_blocking: bool


def within(draft: MeetingDraft, span: Span) -> MeetingDraft:
    return replace(draft, starts_at=span.start, ends_at=span.end)


def plan_occurrences(draft: MeetingDraft, series: Series) -> list[Planned]:
    """Each occurrence that is to take place as the booking that it will be."""
    return [Planned(at, within(draft, span)) for at, span in series.occurrences.items()]


async def leave_out_days_off(session: AsyncSession, series: Series) -> Series:
    """The series without the occurrences that fall on a weekend or a holiday."""
    working = await load_working_days(session)
    off = frozenset(at for at in series.to_come if not working.is_working(local_day(at)))
    return replace(series, cancelled=series.cancelled | off)


async def check_occurrences(
    session: AsyncSession, actor: Actor, planned: Collection[Planned], now: datetime, limit: int
) -> dict[datetime, OrgTree]:
    """Each must be what a single booking must be on its day. The units of each day."""
    books = await load_books(session, [each.draft for each in planned])
    trees = {}
    for each in planned:
        check_draft(each.draft, now)
        check_places(each.draft, limit)
        trees[each.at] = check_against(books, actor, each.draft, each.before)
    return trees


async def find_collisions(
    session: AsyncSession, actor: Actor, planned: Collection[Planned], bridge: int, leaving: Collection[int] = ()
) -> list[Collision]:
    """Everything that the occurrences collide with, one another included, in the order of time.

    ``leaving``: the meetings that will no longer take place.
    """
    wanted = await _list_wanted(session, planned)
    own = {each.meeting_id for each in wanted.values() if each.meeting_id is not None} | set(leaving)
    whole = Span(min(each.span.start for each in planned), max(each.span.end for each in planned))
    booked = [
        each for each in await list_booked(session, whole) if each.meeting_id is None or each.meeting_id not in own
    ]
    found = []
    for at, each in sorted(wanted.items(), key=lambda item: item[1].span):
        clashes = find_clashes(each, [other for other in booked if other.span.overlaps(each.span)], bridge)
        booked.append(each)
        if clashes:
            remarks = await tell_clashes(session, actor, each, clashes)
            found.append(Collision(at, each.span, tuple(remarks), any(clash.is_blocking for clash in clashes)))
    return found


async def refuse_collisions(
    session: AsyncSession, actor: Actor, planned: Collection[Planned], bridge: int, leaving: Collection[int] = ()
) -> None:
    """``Conflict`` where an occurrence cannot be booked, with a remark on everything that each collides with."""
    blocked = [each for each in await find_collisions(session, actor, planned, bridge, leaving) if each.is_blocking]
    if not blocked:
        return
    message, told = N_("{n} buổi trùng lịch. Hãy bỏ qua hoặc chuyển từng buổi trùng, rồi lưu lại."), []
    if any(each.before is not None for each in planned):  # there is no list to choose from where a series is changed
        message = N_("{n} buổi trùng lịch. Hãy chọn giờ khác, hoặc chuyển riêng từng buổi trùng trước.")
        told = [replace(remark, field="rule") for each in blocked for remark in each.remarks]
    raise Conflict.of([Remark(message, "rule", {"n": len(blocked)}), *told])


async def _list_wanted(session: AsyncSession, planned: Collection[Planned]) -> dict[datetime, Booked]:
    ids = {each.at: each.before.id for each in planned if each.before is not None}
    delegated = await list_delegated(session, list(ids.values()))
    return {
        each.at: wanted_of(each.draft, ids.get(each.at), delegated.get(ids.get(each.at, 0), ())) for each in planned
    }
