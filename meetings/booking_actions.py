"""Use cases of a booking: book, edit, move, note a secret one."""

import secrets
from dataclasses import replace
from datetime import datetime

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.availability import Booked, Clash
from meetings.booking_checks import (
    check_against_data,
    describe_draft,
    draft_of,
    is_demo,
    list_part_changes,
    load_wanted,
    refuse_clashes,
    save_parts,
)
from meetings.clash_store import find_taken, refuse_taken
from meetings.course_store import drop_voters
from meetings.errors import N_, Conflict, Invalid, NotAllowed
from meetings.interval import Span
from meetings.locks import BOOKING, take_lock
from meetings.meeting_store import load_to_change
from meetings.models import AgendaItem, BusySpan, Meeting, SecretMeetingCount
from meetings.people_store import get_people, get_sites
from meetings.periods import half_of_day, local_day
from meetings.permissions import Actor, may_book, may_edit_meeting
from meetings.scheduling import CAPACITY, GRACE, MeetingDraft, check_draft, check_places, fields_of, list_changes


async def book_meeting(
    session: AsyncSession, actor: Actor, draft: MeetingDraft, now: datetime, *, limit: int = CAPACITY
) -> Meeting:
    """Book a meeting. ``Invalid`` names the field; ``Conflict`` says who or what is taken, and when.

    ``limit``: how many connections a room may hold by the settings.
    """
    if not may_book(actor):
        raise NotAllowed
    check_draft(draft, now)
    check_places(draft, limit)
    tree = await check_against_data(session, actor, draft)
    await take_lock(session, BOOKING)
    await refuse_clashes(session, actor, draft, None)
    meeting = Meeting(
        slug=secrets.token_hex(16),
        created_by=actor.account_id,
        created_at=now,
        is_demo=await is_demo(session, actor, draft),
        **fields_of(draft),
    )
    session.add(meeting)
    await session.flush()
    await save_parts(session, meeting, draft, tree)
    await write_entry(session, actor, "meeting.book", f"meeting:{meeting.id}", describe_draft(draft), now)
    return meeting


async def edit_meeting(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    draft: MeetingDraft,
    version: int,
    now: datetime,
    *,
    limit: int = CAPACITY,
) -> Meeting:
    """Change a booking that has not started. ``Conflict`` when ``version``, the one that was shown, is outdated."""
    await take_lock(session, BOOKING)
    bundle = await load_to_change(session, actor, slug)
    meeting = bundle.meeting
    if not may_edit_meeting(actor, meeting):
        raise NotAllowed
    if meeting.version != version:
        raise Conflict(field="version")
    check_draft(draft, now)
    check_places(draft, limit)
    tree = await check_against_data(session, actor, draft, bundle)
    await refuse_clashes(session, actor, draft, meeting.id)
    changes = list_changes(meeting, draft) | list_part_changes(bundle, draft)
    for name, value in fields_of(draft).items():
        setattr(meeting, name, value)
    meeting.version += 1
    session.add(meeting)
    await session.exec(delete(AgendaItem).where(col(AgendaItem.meeting_id) == bundle.id))
    await save_parts(session, meeting, draft, tree)
    units = {each.unit_id for each in draft.invitations} | {draft.convening_unit_id}
    await drop_voters(session, bundle.id, units, {draft.chair_id, draft.secretary_id})
    await write_entry(session, actor, "meeting.edit", f"meeting:{meeting.id}", changes, now)
    return meeting


async def move_meeting(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    span: Span,
    version: int,
    now: datetime,
    *,
    limit: int = CAPACITY,
) -> Meeting:
    """Give a booking another time and leave all else as it is; checked and refused as any other edit."""
    await take_lock(session, BOOKING)  # before the meeting's own, as in every edit
    bundle = await load_to_change(session, actor, slug)
    draft = replace(draft_of(bundle), starts_at=span.start, ends_at=span.end)
    return await edit_meeting(session, actor, slug, draft, version, now, limit=limit)


async def note_secret_meeting(
    session: AsyncSession, actor: Actor, hall_id: int | None, chair_id: int, span: Span, now: datetime
) -> None:
    """Keep a hall and a chair free for a meeting that is not created here because it concerns state secrets.

    All that is kept is an anonymous "Bận" for each and one more in the half month's count: no title, no unit, no paper.
    """
    if not may_book(actor):
        raise NotAllowed
    if span.end <= span.start:
        raise Invalid(N_("Thời gian kết thúc phải sau thời gian bắt đầu."), field="ends_at")
    if span.start < now - GRACE or span.end <= now:
        raise Invalid(N_("Thời gian họp đã qua. Hãy chọn thời gian khác."), field="starts_at")
    halls = [hall_id] if hall_id is not None else []
    if len(await get_sites(session, halls)) < len(halls):
        raise Invalid(N_("Phòng họp không có trong danh mục."), field="hall_id")
    if not await get_people(session, [chair_id]):
        raise Invalid(N_("Cần chọn người chủ trì."), field="chair_id")
    await take_lock(session, BOOKING)
    await refuse_taken(session, actor, Booked(span, hall_id=hall_id, chair_id=chair_id))
    session.add(BusySpan(site_id=hall_id, person_id=chair_id, starts_at=span.start, ends_at=span.end))
    half = half_of_day(local_day(span.start))
    count = await session.get(SecretMeetingCount, half) or SecretMeetingCount(month=half)
    count.count += 1
    session.add(count)
    await write_entry(session, actor, "meeting.not_created", "", {}, now)


async def list_clashes(
    session: AsyncSession, draft: MeetingDraft, meeting_id: int | None = None, *, bridge: int = 0
) -> list[Clash]:
    """Everything the draft collides with, warnings (site, unit, person) included, for a form to show."""
    return await find_taken(session, await load_wanted(session, draft, meeting_id), bridge)
