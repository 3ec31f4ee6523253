"""Use cases of a booking: book, edit, cancel, note a secret one, start, end."""

import secrets
from datetime import datetime

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.availability import Booked, Clash, ClashKind, describe_span, find_clashes
from meetings.course_store import drop_voters
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.interval import Span
from meetings.kinds import BOOKED
from meetings.locks import BOOKING, take_lock
from meetings.meeting_store import MeetingBundle, list_booked, list_channels, load_visible, lock_meeting
from meetings.models import (
    Account,
    AgendaItem,
    BusySpan,
    Invitation,
    Meeting,
    MeetingStatus,
    Person,
    SecretMeetingCount,
    Site,
    UnitKind,
)
from meetings.org_tree import OrgTree, Validity
from meetings.people_store import get_people, get_sites, load_tree
from meetings.periods import half_of_day, local_day
from meetings.permissions import (
    Actor,
    may_book,
    may_cancel_meeting,
    may_convene,
    may_edit_meeting,
    may_view_meeting,
)
from meetings.scheduling import (
    CAPACITY,
    CHANNEL,
    GRACE,
    MeetingDraft,
    check_draft,
    check_hosts,
    check_places,
    check_units,
    fields_of,
    list_changes,
    make_agenda,
    make_invitations,
)


def own_units(actor: Actor, tree: OrgTree) -> frozenset[int]:
    """The units a secretary books for: the own one, and the committee that an office serves."""
    unit = tree.get(actor.unit_id)
    if unit is None:
        return frozenset()
    served = unit.parent_id if unit.kind is UnitKind.OFFICE else None
    return frozenset({unit.id} if served is None else {unit.id, served})


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
    tree = await _check_against_data(session, actor, draft)
    await take_lock(session, BOOKING)
    await _refuse_clashes(session, actor, draft, None)
    meeting = Meeting(
        slug=secrets.token_hex(16),
        created_by=actor.account_id,
        created_at=now,
        is_demo=await _is_demo(session, actor, draft),
        **fields_of(draft),
    )
    session.add(meeting)
    await session.flush()
    await _save_parts(session, meeting, draft, tree)
    await write_entry(session, actor, "meeting.book", f"meeting:{meeting.id}", _describe(draft), now)
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
    bundle = await _load_to_change(session, actor, slug)
    meeting = bundle.meeting
    if not may_edit_meeting(actor, meeting):
        raise NotAllowed
    if meeting.version != version:
        raise Conflict(field="version")
    check_draft(draft, now)
    check_places(draft, limit)
    tree = await _check_against_data(session, actor, draft, bundle)
    await _refuse_clashes(session, actor, draft, meeting.id)
    changes = list_changes(meeting, draft) | _list_part_changes(bundle, draft)
    for name, value in fields_of(draft).items():
        setattr(meeting, name, value)
    meeting.version += 1
    session.add(meeting)
    await session.exec(delete(AgendaItem).where(col(AgendaItem.meeting_id) == bundle.id))
    await _save_parts(session, meeting, draft, tree)
    units = {each.unit_id for each in draft.invitations} | {draft.convening_unit_id}
    await drop_voters(session, bundle.id, units, {draft.chair_id, draft.secretary_id})
    await write_entry(session, actor, "meeting.edit", f"meeting:{meeting.id}", changes, now)
    return meeting


async def cancel_meeting(session: AsyncSession, actor: Actor, slug: str, reason: str, now: datetime) -> Meeting:
    """Call a booking off, with a reason. It stays in the list and counts nowhere."""
    bundle = await _load_to_change(session, actor, slug)
    meeting = bundle.meeting
    if not may_cancel_meeting(actor, meeting):
        raise NotAllowed
    if not reason.strip():
        raise Invalid(N_("Cần nêu lý do hủy cuộc họp."), field="reason")
    detail = {"status": [meeting.status, MeetingStatus.CANCELLED], "reason": reason.strip()[:500]}
    meeting.status = MeetingStatus.CANCELLED
    meeting.status_reason = reason.strip()[:500]
    meeting.version += 1
    session.add(meeting)
    await write_entry(session, actor, "meeting.cancel", f"meeting:{meeting.id}", detail, now)
    return meeting


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
    await _refuse(session, actor, Booked(span, hall_id=hall_id, chair_id=chair_id))
    session.add(BusySpan(site_id=hall_id, person_id=chair_id, starts_at=span.start, ends_at=span.end))
    half = half_of_day(local_day(span.start))
    count = await session.get(SecretMeetingCount, half) or SecretMeetingCount(month=half)
    count.count += 1
    session.add(count)
    await write_entry(session, actor, "meeting.not_created", "", {}, now)


async def list_clashes(session: AsyncSession, draft: MeetingDraft, meeting_id: int | None = None) -> list[Clash]:
    """Everything the draft collides with, warnings (site, unit) included, for a form to show while it is filled in."""
    return find_clashes(_wanted(draft, meeting_id), await list_booked(session, Span(draft.starts_at, draft.ends_at)))


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
    return meeting


async def record_held(
    session: AsyncSession, actor: Actor, slug: str, held: Span, channel: str, now: datetime
) -> Meeting:
    """Note that a booked meeting took place outside the room: from when to when, and over which system.

    ``channel`` is the code of another system; empty for a meeting in person.
    """
    bundle = await _load_to_change(session, actor, slug)
    meeting = bundle.meeting
    if not may_edit_meeting(actor, meeting):
        raise NotAllowed
    if not held.start < held.end <= now:
        raise Invalid(N_("Thời gian họp thực tế phải đã qua và kết thúc sau khi bắt đầu."), field="ended_at")
    if channel and channel not in {other.code for other in await list_channels(session)} - {CHANNEL}:
        raise Invalid(N_("Hệ thống họp không có trong danh mục."), field="channel")
    meeting.status = MeetingStatus.ENDED
    meeting.started_at, meeting.ended_at, meeting.channel = held.start, held.end, channel
    meeting.version += 1
    session.add(meeting)
    detail = {"started_at": held.start, "ended_at": held.end, "channel": channel}
    await write_entry(session, actor, "meeting.record_held", f"meeting:{meeting.id}", detail, now)
    return meeting


async def _load_to_change(session: AsyncSession, actor: Actor, slug: str) -> MeetingBundle:
    """Nobody else changes the meeting until the transaction ends: the room may start it meanwhile."""
    await lock_meeting(session, slug)
    return await load_visible(session, actor, slug)


async def _load_for_room(session: AsyncSession, meeting_id: int) -> Meeting:
    query = select(Meeting).where(Meeting.id == meeting_id).with_for_update()
    meeting = (await session.exec(query)).first()
    if meeting is None:
        raise NotFound
    return meeting


async def _check_against_data(
    session: AsyncSession, actor: Actor, draft: MeetingDraft, before: MeetingBundle | None = None
) -> OrgTree:
    """Units, people, sites and channel must exist on the meeting's day. Returns the units of that day.

    ``before``: an edit may keep the convening unit it has, whoever booked it.
    """
    day = local_day(draft.starts_at)
    tree = await load_tree(session, day)
    check_units(draft, tree)
    kept = before is not None and before.meeting.convening_unit_id == draft.convening_unit_id
    if not kept and not may_convene(actor, own_units(actor, tree), draft.convening_unit_id):
        raise Invalid(N_("Bạn không được đặt lịch thay cho đơn vị này."), field="convening_unit_id")
    people = await get_people(session, {draft.chair_id, draft.secretary_id})
    if draft.chair_id not in people:
        raise Invalid(N_("Cần chọn người chủ trì."), field="chair_id")
    if draft.secretary_id not in people:
        raise Invalid(N_("Cần chọn thư ký."), field="secretary_id")
    wanted = {each.site_id for each in draft.invitations if each.site_id is not None}
    sites = await get_sites(session, wanted | ({draft.hall_id} if draft.hall_id is not None else set()))
    valid = {key for key, site in sites.items() if Validity(site.valid_from, site.valid_to).covers(day)}
    if draft.hall_id is not None and draft.hall_id not in valid:
        raise Invalid(N_("Phòng họp không có vào ngày họp."), field="hall_id")
    if not wanted <= valid:
        raise Invalid(N_("Có điểm cầu không tồn tại vào ngày họp."), field="invitations")
    check_hosts(draft, tree, sites)
    if draft.channel not in {channel.code for channel in await list_channels(session)}:
        raise Invalid(N_("Hệ thống họp không có trong danh mục."), field="channel")
    return tree


async def _is_demo(session: AsyncSession, actor: Actor, draft: MeetingDraft) -> bool:
    """A meeting that a demo account books, or with demo people, goes when the demo goes."""
    people = await get_people(session, {draft.chair_id, draft.secretary_id})
    account = await session.get(Account, actor.account_id) if actor.account_id is not None else None
    return any(person.is_demo for person in people.values()) or (account is not None and account.is_demo)


def _wanted(draft: MeetingDraft, meeting_id: int | None) -> Booked:
    return Booked(
        span=Span(draft.starts_at, draft.ends_at),
        meeting_id=meeting_id,
        hall_id=draft.hall_id,
        chair_id=draft.chair_id,
        site_ids=frozenset(each.site_id for each in draft.invitations if each.site_id is not None),
        unit_ids=frozenset(each.unit_id for each in draft.invitations),
    )


async def _refuse_clashes(session: AsyncSession, actor: Actor, draft: MeetingDraft, meeting_id: int | None) -> None:
    await _refuse(session, actor, _wanted(draft, meeting_id))


async def _refuse(session: AsyncSession, actor: Actor, wanted: Booked) -> None:
    """``Conflict`` with who or what is taken and when; by what, only where the person may know of it."""
    clashes = [clash for clash in find_clashes(wanted, await list_booked(session, wanted.span)) if clash.is_blocking]
    if not clashes:
        return
    clash = clashes[0]
    when = describe_span(clash.booked.span)
    title = await _visible_title(session, actor, clash)
    if clash.kind is ClashKind.HALL:
        site = await session.get(Site, clash.subject_id)
        hall = site.name if site else ""
        if title:
            raise Conflict(
                N_("{hall} đã có cuộc họp “{title}” lúc {when}."), field="hall_id", hall=hall, title=title, when=when
            )
        raise Conflict(N_("{hall} đã bận lúc {when}."), field="hall_id", hall=hall, when=when)
    person = await session.get(Person, clash.subject_id)
    chair = person.full_name if person else ""
    if title:
        raise Conflict(
            N_("{chair} đã chủ trì cuộc họp “{title}” lúc {when}."),
            field="chair_id",
            chair=chair,
            title=title,
            when=when,
        )
    raise Conflict(N_("{chair} đã bận lúc {when}."), field="chair_id", chair=chair, when=when)


async def _visible_title(session: AsyncSession, actor: Actor, clash: Clash) -> str:
    if clash.booked.meeting_id is None:
        return ""
    meeting = await session.get(Meeting, clash.booked.meeting_id)
    seen = meeting is not None and may_view_meeting(actor, meeting, clash.booked.unit_ids)
    return clash.booked.title if seen else ""


async def _save_parts(session: AsyncSession, meeting: Meeting, draft: MeetingDraft, tree: OrgTree) -> None:
    """A unit that stays invited keeps its answer and what its site has said of itself."""
    before = (await session.exec(select(Invitation).where(Invitation.meeting_id == meeting.id))).all()
    kept = {row.unit_id: row for row in before}
    for wanted in make_invitations(draft, meeting.id or 0, tree):
        row = kept.pop(wanted.unit_id, wanted)
        row.site_id, row.position = wanted.site_id, wanted.position
        session.add(row)
    for row in kept.values():
        await session.delete(row)
    session.add_all(make_agenda(draft, meeting.id or 0))
    await session.flush()


def _describe(draft: MeetingDraft) -> dict[str, object]:
    return {
        **fields_of(draft),
        "units": sorted(each.unit_id for each in draft.invitations),
        "agenda": [item.title for item in draft.agenda],
    }


def _list_part_changes(bundle: MeetingBundle, draft: MeetingDraft) -> dict[str, list[object]]:
    """What changes of the invited units with their sites, and of the agenda, as ``[old, new]``."""
    units = {each.unit.id: each.invitation.site_id for each in bundle.invitations}
    new_units = {each.unit_id: each.site_id for each in draft.invitations}
    agenda = [[item.title, item.presenter, item.minutes] for item in bundle.agenda]
    new_agenda = [[item.title.strip(), item.presenter.strip(), item.minutes] for item in draft.agenda]
    changes: dict[str, list[object]] = {}
    if units != new_units:
        changes["units"] = [sorted(units.items()), sorted(new_units.items())]
    if agenda != new_agenda:
        changes["agenda"] = [agenda, new_agenda]
    return changes
