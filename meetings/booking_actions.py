"""Use cases of a booking: book, edit, move, note a secret one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.availability import Booked
from meetings.booking_checks import (
    check_against_data,
    check_booking,
    create_meeting,
    describe_draft,
    draft_of,
    list_part_changes,
    note_form_change,
    save_invitations,
    set_status,
    status_after_edit,
    tell_calendars,
    tell_departed,
)
from meetings.clash_store import refuse_taken
from meetings.course_store import drop_voters
from meetings.errors import N_, Conflict, Invalid, NotAllowed
from meetings.interval import Span
from meetings.invitations.delegates import drop_uninvited
from meetings.kinds import PLANNED, Form, MeetingStatus
from meetings.locks import BOOKING, take_lock
from meetings.meeting_store import MeetingBundle, load_to_change
from meetings.models import AgendaItem, BusySpan, Meeting, SecretMeetingCount
from meetings.org_tree import OrgTree, UnitHistory
from meetings.people_store import get_people, get_sites
from meetings.periods import half_of_day, local_day
from meetings.permissions import Actor, is_chair, may_book, may_change_form, may_edit_meeting, may_fix_booking
from meetings.scheduling import (
    GRACE,
    HOSTED,
    OVERBOOKED,
    SHOWN,
    USUAL,
    MeetingDraft,
    Terms,
    check_outline,
    fields_of,
    list_changes,
    make_agenda,
)
from meetings.tasks.agenda import carry_tasks


async def book_meeting(
    session: AsyncSession,
    actor: Actor,
    draft: MeetingDraft,
    now: datetime,
    terms: Terms = USUAL,
) -> Meeting:
    """Book a meeting. ``Invalid`` names the field; ``Conflict`` says who or what is taken, and when."""
    if not may_book(actor):
        raise NotAllowed
    await take_lock(session, BOOKING)
    tree = await check_booking(session, actor, draft, now, terms)
    fixes = not terms.approval or may_fix_booking(actor, draft.chair_id)
    status = MeetingStatus.SCHEDULED if fixes else MeetingStatus.SUBMITTED
    meeting = await create_meeting(session, actor, draft, status, tree, now)
    await write_entry(session, actor, "meeting.book", f"meeting:{meeting.id}", describe_draft(draft), now)
    return meeting


async def save_draft(
    session: AsyncSession, actor: Actor, draft: MeetingDraft, now: datetime, history: UnitHistory | None = None
) -> Meeting:
    """Keep an unfinished booking. It takes nothing, and only those who prepare it see it. ``history``: the units, where
    they are known already."""
    if not may_book(actor):
        raise NotAllowed
    tree = await check_unfinished(session, actor, draft, None, history)
    meeting = await create_meeting(session, actor, draft, MeetingStatus.DRAFT, tree, now)
    await write_entry(session, actor, "meeting.draft", f"meeting:{meeting.id}", describe_draft(draft), now)
    return meeting


async def check_unfinished(
    session: AsyncSession,
    actor: Actor,
    draft: MeetingDraft,
    before: MeetingBundle | None,
    history: UnitHistory | None = None,
) -> OrgTree:
    check_outline(draft)
    return await check_against_data(session, actor, replace(draft, knowingly=(OVERBOOKED, HOSTED)), before, history)


async def edit_meeting(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    draft: MeetingDraft,
    version: int,
    now: datetime,
    terms: Terms = USUAL,
) -> Meeting:
    """Change a booking that has not started. ``Conflict`` when ``version``, the one that was shown, is outdated.

    A draft stays one, however unfinished; a postponed meeting is fixed anew.
    """
    await take_lock(session, BOOKING)
    bundle = await load_to_change(session, actor, slug)
    if not may_edit_meeting(actor, bundle.meeting):
        raise NotAllowed
    return await _change(session, actor, bundle, draft, version, now, terms)


async def move_meeting(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    span: Span,
    version: int,
    now: datetime,
    terms: Terms = USUAL,
) -> Meeting:
    """Give a booking another time and leave all else as it is; checked and refused as any other edit."""
    await take_lock(session, BOOKING)  # before the meeting's own, as in every edit
    bundle = await load_to_change(session, actor, slug)
    if not may_edit_meeting(actor, bundle.meeting):
        raise NotAllowed
    draft = replace(draft_of(bundle), starts_at=span.start, ends_at=span.end)
    return await _change(session, actor, bundle, draft, version, now, terms)


async def change_form(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    form: Form,
    hall_id: int | None,
    reason: str,
    version: int,
    now: datetime,
    terms: Terms = USUAL,
) -> Meeting:
    """Have a meeting that is fixed take place in another form: who changed it and why is kept for good."""
    await take_lock(session, BOOKING)
    bundle = await load_to_change(session, actor, slug)
    if not may_change_form(actor, bundle.meeting):
        raise NotAllowed
    if form is bundle.meeting.planned_form:
        raise Invalid(N_("Cuộc họp đã ở hình thức này. Hãy chọn hình thức khác."), field="planned_form")
    draft = replace(
        draft_of(bundle),
        planned_form=form,
        hall_id=hall_id,
        form_reason=reason if form is Form.IN_PERSON else "",
        change_reason=reason,
    )
    if is_chair(actor, bundle.meeting):
        terms = replace(terms, approval=False)
    return await _change(session, actor, bundle, draft, version, now, terms)


async def _change(
    session: AsyncSession,
    actor: Actor,
    bundle: MeetingBundle,
    draft: MeetingDraft,
    version: int,
    now: datetime,
    terms: Terms,
) -> Meeting:
    meeting = bundle.meeting
    if meeting.version != version:
        raise Conflict(field="version")
    before = meeting.status
    fixes = not terms.approval or may_fix_booking(actor, meeting.chair_id)
    if before is MeetingStatus.DRAFT:
        tree = await check_unfinished(session, actor, draft, bundle)
    else:
        tree = await check_booking(session, actor, draft, now, terms, bundle)
    changes = await apply_draft(session, actor, bundle, draft, tree, now, fixes=fixes)
    await session.flush()
    await carry_tasks(session, meeting.series_id, now)
    if is_seen(before, meeting.status, changes):
        await tell_calendars(session, meeting, now)
    elif before not in PLANNED and meeting.status not in PLANNED and "units" in changes:
        await tell_departed(session, meeting, now)
    await write_entry(session, actor, "meeting.edit", f"meeting:{meeting.id}", changes, now)
    return meeting


async def apply_draft(
    session: AsyncSession,
    actor: Actor,
    bundle: MeetingBundle,
    draft: MeetingDraft,
    tree: OrgTree,
    now: datetime,
    *,
    fixes: bool,
) -> dict[str, Any]:
    """Make the booking what ``draft`` says, which was checked against its day (``tree``). What changed."""
    meeting = bundle.meeting
    before, changes = meeting.status, list_changes(meeting, draft)
    after = status_after_edit(meeting, changes, fixes=fixes)
    if before not in PLANNED and "planned_form" in changes:
        note_form_change(session, actor, meeting, draft, now)
    changes |= list_part_changes(bundle, draft)
    for name, value in fields_of(draft).items():
        setattr(meeting, name, value)
    if after is not before:
        set_status(meeting, after, actor, now)
        changes["status"] = [before, after]
    meeting.version += 1
    session.add(meeting)
    if "agenda" in changes:
        typed = (col(AgendaItem.meeting_id) == bundle.id, ~col(AgendaItem.carried))
        await session.exec(delete(AgendaItem).where(*typed))
        session.add_all(make_agenda(draft, bundle.id))
    if "units" in changes:
        await save_invitations(session, meeting, draft, tree)
    if not changes.keys().isdisjoint(("units", "convening_unit_id", "chair_id", "secretary_id")):
        units = {each.unit_id for each in draft.invitations} | {draft.convening_unit_id}
        await drop_voters(session, bundle.id, units, {draft.chair_id, draft.secretary_id})
    if not changes.keys().isdisjoint(("units", "hall_id")):
        sites = {each.site_id for each in draft.invitations} | {draft.hall_id}
        await drop_uninvited(session, bundle.id, {each.unit_id for each in draft.invitations}, sites, now)
    return changes


def is_seen(before: MeetingStatus, after: MeetingStatus, changes: Mapping[str, Any]) -> bool:
    """Whether calendars show anything of a change. What waits for approval they show when it is approved."""
    if before in PLANNED or after in PLANNED:
        return False
    return "status" in changes or not changes.keys().isdisjoint(SHOWN)


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
