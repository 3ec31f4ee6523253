"""Use cases of the hall's door: who comes in, by the code on the screen or by the list that is ticked there.

What happens at the door is a trace, not yet attendance: the secretary confirms it afterwards, and first of all whoever
was not on the list and put itself there.
"""

import secrets
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.invitation_models import Delegate
from meetings.invitations.delegate_store import get_delegate, is_expected, list_people
from meetings.invitations.delegates import delete_delegate, describe, find_namesake, find_place_id, has_begun
from meetings.invitations.lines import check_person
from meetings.kinds import BOOKED, MeetingStatus
from meetings.meeting_store import MeetingBundle, get_meeting_by_id, load_visible, lock_meeting
from meetings.models import Meeting
from meetings.permissions import Actor, may_confirm_people, may_run_checkin

OPENS_BEFORE = timedelta(hours=2)
MOST_AT_DOOR, MOST_OF_UNIT = 300, 30  # who wait for the secretary's word
MOST_A_MINUTE = 20  # who put themselves on the list of one meeting
AT_DOOR = "tự đăng ký tại hội trường"

DoorState = Literal["early", "open", "closed"]


def door_state(meeting: Meeting, now: datetime) -> DoorState:
    """From two hours before the start until the meeting's end."""
    if meeting.hall_id is None:
        return "closed"
    if meeting.status is MeetingStatus.IN_SESSION:
        return "open"
    if meeting.status not in BOOKED:
        return "closed"
    return "open" if now >= meeting.starts_at - OPENS_BEFORE else "early"


async def renew_codes(session: AsyncSession, actor: Actor, slug: str, now: datetime) -> Meeting:
    """Show codes for this meeting's door from now on. Those shown before, and their tickets, are worth nothing."""
    await lock_meeting(session, slug)
    bundle = await _load_door(session, actor, slug)
    meeting = bundle.meeting
    action = "checkin.renew" if meeting.checkin_key else "checkin.open"
    meeting.checkin_key = secrets.token_urlsafe(32)
    session.add(meeting)
    await write_entry(session, actor, action, f"meeting:{bundle.id}", {}, now)
    return meeting


async def check_in(session: AsyncSession, meeting_id: int, delegate_id: int, now: datetime) -> Delegate:
    """Somebody of the list came in and said so on the own phone. That the code was good, the caller has checked.

    Saying it twice changes nothing.
    """
    bundle = await _load_open_door(session, meeting_id, now)
    row = await get_delegate(session, meeting_id, delegate_id)
    if not sits_in_hall(bundle, row) or not is_expected(row):
        raise NotFound
    if row.arrived_at is None:
        _mark(row, row.full_name, "qr", now)
        session.add(row)
        detail = {"delegate": row.id, "how": "qr"}
        await write_entry(session, _visitor(row.full_name), "checkin.mark", f"meeting:{meeting_id}", detail, now)
    return row


async def add_at_door(
    session: AsyncSession, meeting_id: int, unit_id: int, full_name: str, position: str, now: datetime
) -> Delegate:
    """Somebody who is not on the list came in. A secretary must confirm it before it counts."""
    bundle = await _load_open_door(session, meeting_id, now)
    if unit_id not in {bundle.convening.id, *bundle.invited_unit_ids}:
        raise Invalid(N_("Hãy chọn đơn vị đang công tác."), field="unit")
    check_person(full_name, position)
    people = await list_people(session, meeting_id, unit_id)
    if find_namesake(people, full_name) is not None:
        raise Conflict(N_("{name} đã có trong danh sách. Hãy tìm và chọn tên đó."), field="full_name", name=full_name)
    await _refuse_flood(session, meeting_id, unit_id, now)
    row = Delegate(
        meeting_id=meeting_id,
        unit_id=unit_id,
        site_id=bundle.meeting.hall_id,
        full_name=full_name,
        position=position,
        to_confirm=True,
        late_addition=has_begun(bundle),
        added_by=AT_DOOR,
        added_at=now,
    )
    _mark(row, full_name, "qr", now)
    session.add(row)
    await session.flush()
    detail = {"unit": unit_id, "person": describe(row)}
    await write_entry(session, _visitor(full_name), "checkin.add", f"meeting:{meeting_id}", detail, now)
    return row


async def _refuse_flood(session: AsyncSession, meeting_id: int, unit_id: int, now: datetime) -> None:
    """Whoever has the code may write any name: a list that somebody fills for fun must not shut out those who come."""
    waiting = select(func.count()).where(Delegate.meeting_id == meeting_id, col(Delegate.to_confirm))
    lately = waiting.where(col(Delegate.added_at) > now - timedelta(minutes=1))
    for query, most in ((waiting, MOST_AT_DOOR), (waiting.where(Delegate.unit_id == unit_id), MOST_OF_UNIT)):
        if (await session.exec(query)).one() >= most:
            raise Conflict(N_("Danh sách chờ thư ký xác nhận đã đầy. Hãy điểm danh tại bàn thư ký."))
    if (await session.exec(lately)).one() >= MOST_A_MINUTE:
        raise Conflict(
            N_("Đang có nhiều người tự đăng ký cùng lúc. Hãy thử lại sau một phút, hoặc điểm danh tại bàn thư ký.")
        )


async def tick_person(
    session: AsyncSession, actor: Actor, slug: str, delegate_id: int, here: bool, now: datetime
) -> Delegate:
    """Somebody at the door ticks a name of the list, or takes the tick back. Both leave a trace."""
    await lock_meeting(session, slug)
    bundle = await _load_door(session, actor, slug)
    row = await get_delegate(session, bundle.id, delegate_id)
    if not is_expected(row):
        raise NotFound
    if here == (row.arrived_at is not None):
        return row
    if here:
        _mark(row, actor.name, "list", now)
    else:
        row.arrived_at, row.left_at = None, None
        row.marked_by, row.marked_how, row.marked_at = actor.name[:150], "", now
    session.add(row)
    detail = {"delegate": row.id, "how": "list", "here": here}
    await write_entry(session, actor, "checkin.mark", f"meeting:{bundle.id}", detail, now)
    return row


async def confirm_at_door(
    session: AsyncSession, actor: Actor, slug: str, delegate_id: int, accepted: bool, now: datetime
) -> None:
    """The secretary's word on somebody who was not on the list: a late addition with a name to it, or none at all."""
    await lock_meeting(session, slug)
    bundle = await load_visible(session, actor, slug)
    if not may_confirm_people(actor, bundle.meeting):
        raise NotAllowed
    row = await get_delegate(session, bundle.id, delegate_id)
    if not row.to_confirm:
        raise Conflict(N_("Người này đã được xác nhận."))
    detail = {"delegate": delegate_id, "person": describe(row), "accepted": accepted}
    if accepted:
        row.to_confirm, row.added_by = False, f"{AT_DOOR}, {actor.name} xác nhận"[:150]
        session.add(row)
    else:
        await delete_delegate(session, row, now)
    await write_entry(session, actor, "checkin.confirm", f"meeting:{bundle.id}", detail, now)


async def clear_door(session: AsyncSession, actor: Actor, slug: str, last_id: int, now: datetime) -> int:
    """Take everybody off who put themselves on the list and was not confirmed, up to ``last_id``: those whom the
    secretary saw. How many."""
    await lock_meeting(session, slug)
    bundle = await load_visible(session, actor, slug)
    if not may_confirm_people(actor, bundle.meeting):
        raise NotAllowed
    rows = [row for row in await list_people(session, bundle.id) if row.to_confirm and (row.id or 0) <= last_id]
    for row in rows:
        await delete_delegate(session, row, now)
    names = [row.full_name for row in rows]
    await write_entry(session, actor, "checkin.clear", f"meeting:{bundle.id}", {"people": names}, now)
    return len(rows)


def sits_in_hall(bundle: MeetingBundle, row: Delegate) -> bool:
    """Whether the main hall is where this person is expected."""
    site_id = find_place_id(bundle, row)
    return site_id is not None and site_id == bundle.meeting.hall_id


async def _load_door(session: AsyncSession, actor: Actor, slug: str) -> MeetingBundle:
    bundle = await load_visible(session, actor, slug)
    if not may_run_checkin(actor, bundle.meeting):
        raise NotAllowed
    return bundle


async def _load_open_door(session: AsyncSession, meeting_id: int, now: datetime) -> MeetingBundle:
    """Nobody else changes the meeting's list meanwhile."""
    bundle = await get_meeting_by_id(session, meeting_id)
    await lock_meeting(session, bundle.slug)
    if door_state(bundle.meeting, now) != "open":
        raise Conflict(N_("Cuộc họp không nhận điểm danh vào lúc này."))
    return bundle


def _mark(row: Delegate, by: str, how: str, now: datetime) -> None:
    row.arrived_at, row.left_at = now, None
    row.marked_by, row.marked_how, row.marked_at = by[:150], how, now


def _visitor(name: str) -> Actor:
    return Actor(None, name, frozenset())
