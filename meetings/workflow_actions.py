"""Use cases of a meeting's way from booking to record: submit, approve, return, postpone, resume, give up, record.

Each names the ``version`` that was shown: an older one is refused, for somebody else has decided meanwhile.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.booking_checks import (
    LONGEST_REASON,
    check_booking,
    draft_of,
    need_reason,
    set_status,
    tell_calendars,
)
from meetings.calendar_models import Sitting
from meetings.deadline_store import find_invitation_time
from meetings.errors import N_, Conflict, Invalid, NotAllowed
from meetings.indicator.facts import refresh_fact
from meetings.interval import Span
from meetings.kinds import MeetingStatus
from meetings.locks import BOOKING, take_lock
from meetings.meeting_store import MeetingBundle, load_to_change
from meetings.models import Meeting
from meetings.permissions import (
    Actor,
    may_approve_booking,
    may_change_exclusion,
    may_close_otherwise,
    may_fix_booking,
    may_postpone_meeting,
    may_submit_booking,
)
from meetings.scheduling import USUAL, Terms, check_exclusion
from meetings.tasks.agenda import carry_tasks


async def submit_booking(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    version: int,
    now: datetime,
    *,
    knowingly: Collection[str] = (),
    terms: Terms = USUAL,
) -> Meeting:
    """A draft is finished: it is fixed at once, or waits for approval where the settings ask for that.

    ``knowingly``: as of a ``MeetingDraft``; what a draft was kept with was not pointed out to anybody.
    """
    await take_lock(session, BOOKING)
    bundle = await _load(session, actor, slug, may_submit_booking, version)
    meeting, draft = bundle.meeting, replace(draft_of(bundle), knowingly=knowingly)
    await check_booking(session, actor, draft, now, terms, bundle)
    fixes = not terms.approval or may_fix_booking(actor, meeting.chair_id)
    set_status(meeting, MeetingStatus.SCHEDULED if fixes else MeetingStatus.SUBMITTED, actor, now)
    return await _save(session, actor, "meeting.submit", meeting, {"status": meeting.status}, now)


async def approve_booking(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    version: int,
    now: datetime,
    terms: Terms = USUAL,
) -> Meeting:
    """Fix a booking that was submitted. From now on it takes its hall and people, and its exclusion stands."""
    await take_lock(session, BOOKING)
    bundle = await _load(session, actor, slug, may_approve_booking, version)
    meeting = bundle.meeting
    await check_booking(session, actor, draft_of(bundle), now, terms, bundle)
    set_status(meeting, MeetingStatus.SCHEDULED, actor, now)
    detail = {"exclusion": meeting.exclusion, "relayed_from": meeting.relayed_from}
    return await _save(session, actor, "meeting.approve", meeting, detail, now, seen=True)


async def return_booking(
    session: AsyncSession, actor: Actor, slug: str, reason: str, version: int, now: datetime
) -> Meeting:
    """Send a booking back to who prepares it, and say why."""
    meeting = (await _load(session, actor, slug, may_approve_booking, version)).meeting
    told = need_reason(reason, N_("Cần nêu lý do trả lại để thư ký biết phải sửa gì."))
    set_status(meeting, MeetingStatus.DRAFT, actor, now, told)
    return await _save(session, actor, "meeting.return", meeting, {"reason": told}, now)


async def postpone_meeting(
    session: AsyncSession, actor: Actor, slug: str, reason: str, version: int, now: datetime
) -> Meeting:
    """Not now, and the new time is not known. It takes nothing and its room is locked; its date is kept.

    An edit fixes it anew, and it counts once, when it is really held.
    """
    await take_lock(session, BOOKING)
    meeting = (await _load(session, actor, slug, may_postpone_meeting, version)).meeting
    told = need_reason(reason, N_("Cần nêu lý do tạm hoãn cuộc họp."))
    old = meeting.status
    set_status(meeting, MeetingStatus.POSTPONED, actor, now, told)
    await carry_tasks(session, meeting.series_id, now)
    detail = {"status": [old, meeting.status], "reason": told}
    return await _save(session, actor, "meeting.postpone", meeting, detail, now, seen=True, cancelled=told)


async def resume_meeting(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    span: Span,
    version: int,
    now: datetime,
    terms: Terms = USUAL,
) -> Meeting:
    """A meeting that was broken off goes on at another time. It stays one meeting and counts at its final end.

    How it sat so far is kept as a ``Sitting``; attendance is confirmed once more at the end.
    """
    await take_lock(session, BOOKING)
    bundle = await _load(session, actor, slug, may_close_otherwise, version)
    meeting, sat = bundle.meeting, bundle.held
    if sat is None or sat.end <= sat.start:
        raise Invalid(N_("Cuộc họp chưa có thời gian họp thực tế nên không thể họp tiếp."), field="starts_at")
    draft = replace(draft_of(bundle), starts_at=span.start, ends_at=span.end)
    await check_booking(session, actor, draft, now, terms, bundle)
    confirmed = meeting.attendance_confirmed_at is not None
    modes = {str(each.unit.id): each.invitation.confirmed_mode for each in bundle.invitations}
    kept = {unit: mode.value for unit, mode in modes.items() if mode is not None and confirmed}
    session.add(Sitting(meeting_id=bundle.id, started_at=sat.start, ended_at=sat.end, modes=kept))
    invited = await find_invitation_time(session, meeting) is not None
    set_status(meeting, MeetingStatus.INVITED if invited else MeetingStatus.SCHEDULED, actor, now)
    meeting.starts_at, meeting.ends_at = span.start, span.end
    meeting.started_at = meeting.ended_at = None
    meeting.attendance_confirmed_at = meeting.attendance_confirmed_by = None
    for each in bundle.invitations:
        each.invitation.confirmed_mode = None
        session.add(each.invitation)
    detail = {"sat": [sat.start, sat.end], "starts_at": span.start, "ends_at": span.end}
    return await _save(session, actor, "meeting.resume", meeting, detail, now, seen=True)


async def abandon_meeting(
    session: AsyncSession, actor: Actor, slug: str, reason: str, version: int, now: datetime
) -> Meeting:
    """A meeting that ended without a conclusion and is not resumed counts as cancelled."""
    meeting = (await _load(session, actor, slug, may_close_otherwise, version)).meeting
    told = need_reason(reason, N_("Cần nêu lý do không họp tiếp."))
    set_status(meeting, MeetingStatus.CANCELLED, actor, now, told)
    return await _save(session, actor, "meeting.abandon", meeting, {"reason": told}, now)


async def change_exclusion(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    exclusion: str,
    basis: str,
    relayed_from: str,
    reason: str,
    version: int,
    now: datetime,
) -> Meeting:
    """Change whether a fixed meeting counts. The office alone, with a reason that stays in the log."""
    meeting = (await _load(session, actor, slug, may_change_exclusion, version)).meeting
    check_exclusion(exclusion, basis)
    told = need_reason(reason, N_("Cần nêu lý do thay đổi: việc này đã chốt khi duyệt lịch."))
    new = {
        "exclusion": exclusion,
        "exclusion_reason": basis.strip()[:LONGEST_REASON] if exclusion else "",
        "relayed_from": relayed_from.strip()[:200],
    }
    detail: dict[str, object] = {name: [getattr(meeting, name), value] for name, value in new.items()}
    for name, value in new.items():
        setattr(meeting, name, value)
    return await _save(session, actor, "meeting.change_exclusion", meeting, detail | {"reason": told}, now)


async def note_record(session: AsyncSession, actor: Actor, meeting_id: int, now: datetime) -> None:
    """The minutes were approved. Later versions of them change nothing here."""
    query = select(Meeting).where(Meeting.id == meeting_id).with_for_update()
    meeting = (await session.exec(query)).first()
    if meeting is None or meeting.status is not MeetingStatus.ENDED:
        return
    set_status(meeting, MeetingStatus.RECORDED, actor, now)
    meeting.recorded_at = now
    await _save(session, actor, "meeting.record", meeting, {}, now)


async def _load(
    session: AsyncSession, actor: Actor, slug: str, may: Callable[[Actor, Meeting], bool], version: int
) -> MeetingBundle:
    bundle = await load_to_change(session, actor, slug)
    if bundle.meeting.version != version:
        raise Conflict(field="version")
    if not may(actor, bundle.meeting):
        raise NotAllowed
    return bundle


async def _save(
    session: AsyncSession,
    actor: Actor,
    action: str,
    meeting: Meeting,
    detail: Mapping[str, object],
    now: datetime,
    *,
    seen: bool = False,
    cancelled: str = "",
) -> Meeting:
    """``seen``: calendars show something of it; ``cancelled``: why it leaves them. The audit log is written last, for
    its lock is taken last."""
    meeting.version += 1
    session.add(meeting)
    await session.flush()
    if seen:
        await tell_calendars(session, meeting, now, cancelled=cancelled)
    await write_entry(session, actor, action, f"meeting:{meeting.id}", detail, now)
    await refresh_fact(session, meeting.id or 0)  # whether and how it counts may have changed
    return meeting
