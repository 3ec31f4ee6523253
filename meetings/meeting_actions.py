"""Use cases of a booked meeting: start, end, cancel, note that it was held elsewhere."""

from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.booking_checks import need_reason, set_status, tell_calendars
from meetings.errors import N_, Invalid, NotAllowed, NotFound
from meetings.indicator.facts import refresh_fact
from meetings.interval import Span
from meetings.kinds import BOOKED
from meetings.locks import BOOKING, take_lock
from meetings.meeting_store import list_channels, load_to_change
from meetings.models import Meeting, MeetingStatus
from meetings.permissions import Actor, may_cancel_meeting, may_record_held
from meetings.scheduling import CHANNEL
from meetings.tasks.agenda import carry_tasks
from meetings.workflow import check_step


async def cancel_meeting(session: AsyncSession, actor: Actor, slug: str, reason: str, now: datetime) -> Meeting:
    """Call a booking off, with a reason. It stays in the list and counts nowhere."""
    await take_lock(session, BOOKING)
    bundle = await load_to_change(session, actor, slug)
    meeting = bundle.meeting
    if not may_cancel_meeting(actor, meeting):
        raise NotAllowed
    told = need_reason(reason, N_("Cần nêu lý do hủy cuộc họp."))
    detail = {"status": [meeting.status, MeetingStatus.CANCELLED], "reason": told}
    set_status(meeting, MeetingStatus.CANCELLED, actor, now, told)
    meeting.version += 1
    session.add(meeting)
    await carry_tasks(session, meeting.series_id, now)
    await tell_calendars(session, meeting, now, cancelled=told)
    await write_entry(session, actor, "meeting.cancel", f"meeting:{meeting.id}", detail, now)
    return meeting


async def start_meeting(session: AsyncSession, meeting_id: int, actor: Actor | None, now: datetime) -> Meeting:
    """The room opened it. A second start changes nothing."""
    meeting = await _load_for_room(session, meeting_id)
    if meeting.status in BOOKED:
        meeting.status = MeetingStatus.IN_SESSION
        meeting.started_at = now
        meeting.version += 1
        session.add(meeting)
        await write_entry(session, actor, "meeting.start", f"meeting:{meeting.id}", {}, now)
    return meeting


async def end_meeting(session: AsyncSession, meeting_id: int, actor: Actor | None, now: datetime) -> Meeting:
    """The room closed it. A second end, or that of one that never started, changes nothing."""
    meeting = await _load_for_room(session, meeting_id)
    if meeting.status is MeetingStatus.IN_SESSION:
        meeting.status = MeetingStatus.ENDED
        meeting.ended_at = now
        meeting.version += 1
        session.add(meeting)
        await write_entry(session, actor, "meeting.end", f"meeting:{meeting.id}", {}, now)
        await refresh_fact(session, meeting_id)
    return meeting


async def record_held(
    session: AsyncSession, actor: Actor, slug: str, held: Span, channel: str, now: datetime
) -> Meeting:
    """Note that a booked meeting took place outside the room: from when to when, and over which system.

    ``channel`` is the code of another system; empty for a meeting in person.
    """
    bundle = await load_to_change(session, actor, slug)
    meeting = bundle.meeting
    if not may_record_held(actor, meeting):
        raise NotAllowed
    if not held.start < held.end <= now:
        raise Invalid(N_("Thời gian họp thực tế phải đã qua và kết thúc sau khi bắt đầu."), field="ended_at")
    if channel and channel not in {other.code for other in await list_channels(session)} - {CHANNEL}:
        raise Invalid(N_("Hệ thống họp không có trong danh mục."), field="channel")
    check_step(meeting.status, MeetingStatus.ENDED)
    meeting.status = MeetingStatus.ENDED
    meeting.started_at, meeting.ended_at, meeting.channel = held.start, held.end, channel
    meeting.version += 1
    session.add(meeting)
    detail = {"started_at": held.start, "ended_at": held.end, "channel": channel}
    await write_entry(session, actor, "meeting.record_held", f"meeting:{meeting.id}", detail, now)
    await refresh_fact(session, bundle.id)
    return meeting


async def _load_for_room(session: AsyncSession, meeting_id: int) -> Meeting:
    query = select(Meeting).where(Meeting.id == meeting_id).with_for_update()
    meeting = (await session.exec(query)).first()
    if meeting is None:
        raise NotFound
    return meeting
