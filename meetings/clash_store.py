"""What is taken at a time, what a booking collides with, and how that is told to those who may know of it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.availability import EVERYTHING, Booked, Clash, ClashKind, describe_span, find_clashes
from meetings.calendar_models import Maintenance
from meetings.errors import N_, Conflict, Remark
from meetings.interval import Span
from meetings.invitation_models import Answer, Delegate
from meetings.kinds import LIVE, Form
from meetings.models import BusySpan, Invitation, Meeting
from meetings.people_store import get_people, get_sites, load_tree
from meetings.periods import local_day
from meetings.permissions import Actor, may_view_meeting
from meetings.scheduling import CHANNEL, MeetingDraft

# By kind: the sentence that names the other meeting and the one that does not, and the field of a booking.
SENTENCES = {
    ClashKind.HALL: (
        N_("{hall} đã có cuộc họp “{title}” lúc {when}."), N_("{hall} đã bận lúc {when}."), "hall_id",
    ),
    ClashKind.CHAIR: (
        N_("{chair} đã chủ trì cuộc họp “{title}” lúc {when}."), N_("{chair} đã bận lúc {when}."), "chair_id",
    ),
    ClashKind.SITE: (
        N_("{name} đã dùng cho cuộc họp “{title}” lúc {when}."),
        N_("{name} đã dùng cho một cuộc họp khác lúc {when}."),
        "invitations",
    ),
    ClashKind.UNIT: (
        N_("{name} đã được mời vào cuộc họp “{title}” lúc {when}."),
        N_("{name} đã được mời vào một cuộc họp khác lúc {when}."),
        "invitations",
    ),
    ClashKind.PERSON: (
        N_("{name} đã có tên trong cuộc họp “{title}” lúc {when}."),
        N_("{name} đã có tên trong một cuộc họp khác lúc {when}."),
        "secretary_id",
    ),
}  # fmt: skip


async def list_booked(session: AsyncSession, span: Span) -> list[Booked]:
    """What is taken within ``span``: meetings that are fixed, anonymous "Bận" and windows of maintenance."""
    query = select(Meeting).where(
        col(Meeting.starts_at) < span.end,
        col(Meeting.ends_at) > span.start,
        col(Meeting.status).in_(LIVE),
    )
    booked = await book_of(session, (await session.exec(query)).all())
    return booked + await list_withheld(session, span)


async def list_withheld(session: AsyncSession, span: Span) -> list[Booked]:
    """What is taken within ``span`` without a meeting: anonymous "Bận" and windows of maintenance."""
    busy = select(BusySpan).where(col(BusySpan.starts_at) < span.end, col(BusySpan.ends_at) > span.start)
    withheld = [
        Booked(Span(row.starts_at, row.ends_at), hall_id=row.site_id, chair_id=row.person_id)
        for row in (await session.exec(busy)).all()
    ]
    return withheld + [close_of(row) for row in await list_maintenance(session, span)]


async def book_of(session: AsyncSession, meetings: Sequence[Meeting]) -> list[Booked]:
    """What each of the meetings takes, in the same order."""
    ids = [meeting.id for meeting in meetings]
    invitations: dict[int, list[Invitation]] = defaultdict(list)
    for row in (await session.exec(select(Invitation).where(col(Invitation.meeting_id).in_(ids)))).all():
        invitations[row.meeting_id].append(row)
    people = await list_delegated(session, [meeting_id for meeting_id in ids if meeting_id is not None])
    return [
        to_booked(meeting, invitations[meeting.id or 0], people.get(meeting.id or 0, frozenset()))
        for meeting in meetings
    ]


def to_booked(meeting: Meeting, invitations: Sequence[Invitation], delegated: Collection[int] = ()) -> Booked:
    """``delegated``: the people whom invited units send."""
    return Booked(
        span=Span(meeting.starts_at, meeting.ends_at),
        meeting_id=meeting.id,
        title=meeting.title,
        hall_id=meeting.hall_id,
        chair_id=meeting.chair_id,
        site_ids=frozenset(row.site_id for row in invitations if row.site_id is not None),
        unit_ids=frozenset(row.unit_id for row in invitations),
        person_ids=frozenset({meeting.secretary_id, *delegated}),
        connections=count_connections(
            meeting.planned_form, meeting.channel, meeting.hall_id, [row.site_id for row in invitations]
        ),
    )


def wanted_of(draft: MeetingDraft, meeting_id: int | None = None, delegated: Collection[int] = ()) -> Booked:
    """What a draft would take; ``meeting_id`` is the meeting that it changes."""
    return Booked(
        span=Span(draft.starts_at, draft.ends_at),
        meeting_id=meeting_id,
        hall_id=draft.hall_id,
        chair_id=draft.chair_id,
        site_ids=frozenset(each.site_id for each in draft.invitations if each.site_id is not None),
        unit_ids=frozenset(each.unit_id for each in draft.invitations),
        person_ids=frozenset({draft.secretary_id, *delegated}),
        connections=count_connections(
            draft.planned_form, draft.channel, draft.hall_id, [each.site_id for each in draft.invitations]
        ),
    )


def count_connections(form: Form, channel: str, hall_id: int | None, places: Iterable[int | None]) -> int:
    """The connections that are kept: chair, secretary, main hall, and each invited unit that does not sit in the hall.

    None for a meeting in person or over another system. ``places``: the sites of the invited units.
    """
    if form is Form.IN_PERSON or channel != CHANNEL:
        return 0
    apart = sum(1 for place in places if place is None or place != hall_id)
    return apart + 2 + (hall_id is not None)


def close_of(window: Maintenance) -> Booked:
    """What a window of maintenance takes."""
    sites = frozenset() if window.site_id is None else frozenset({window.site_id})
    return Booked(Span(window.starts_at, window.ends_at), title=window.reason, site_ids=sites, closes=True)


async def list_maintenance(session: AsyncSession, span: Span) -> list[Maintenance]:
    """The windows that touch ``span``, by their start."""
    query = select(Maintenance).where(col(Maintenance.starts_at) < span.end, col(Maintenance.ends_at) > span.start)
    return list((await session.exec(query.order_by(col(Maintenance.starts_at), col(Maintenance.id)))).all())


async def list_delegated(session: AsyncSession, meeting_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """By meeting: the people of the directory whom invited units send, but for those who declined."""
    query = select(Delegate.meeting_id, Delegate.person_id).where(
        col(Delegate.meeting_id).in_(meeting_ids),
        col(Delegate.person_id).is_not(None),
        Delegate.answer != Answer.DECLINED,
    )
    found: dict[int, set[int]] = defaultdict(set)
    for meeting_id, person_id in (await session.exec(query)).all():
        if person_id is not None:
            found[meeting_id].add(person_id)
    return {meeting_id: frozenset(people) for meeting_id, people in found.items()}


async def find_taken(session: AsyncSession, wanted: Booked, bridge: int = 0) -> list[Clash]:
    """Everything that ``wanted`` collides with. ``bridge``: the connections of all meetings together; 0: any number."""
    return find_clashes(wanted, await list_booked(session, wanted.span), bridge)


async def refuse_taken(session: AsyncSession, actor: Actor, wanted: Booked, bridge: int = 0) -> None:
    """``Conflict`` with a remark on everything that refuses it. The caller holds the lock of bookings."""
    clashes = [clash for clash in await find_taken(session, wanted, bridge) if clash.is_blocking]
    if clashes:
        raise Conflict.of(await tell_clashes(session, actor, wanted, clashes))


async def tell_clashes(session: AsyncSession, actor: Actor, wanted: Booked, clashes: Sequence[Clash]) -> list[Remark]:
    """A sentence on each: who or what is taken and when; by what, only where ``actor`` may know of it.

    The sites, units and people of one other meeting stand together in one sentence.
    """
    names = await _load_names(session, clashes)
    visible = await _list_visible(session, actor, [clash.booked for clash in clashes])
    remarks = []
    for (kind, booked, _part), group in _group(clashes).items():
        if kind in SENTENCES:
            seen, hidden, field = SENTENCES[kind]
            title = booked.title if booked.meeting_id in visible else ""
            what = ", ".join(names.of(clash) for clash in group)
            named = {ClashKind.HALL: "hall", ClashKind.CHAIR: "chair"}.get(kind, "name")
            values = {named: what, "when": describe_span(booked.span)} | ({"title": title} if title else {})
            remarks.append(Remark(seen if title else hidden, field, values))
        else:
            remarks.extend(_tell_closed(wanted, clash, names) for clash in group)
    return remarks


def _tell_closed(wanted: Booked, clash: Clash, names: "_Names") -> Remark:
    if clash.kind is ClashKind.CAPACITY:
        values: dict[str, object] = {"when": describe_span(clash.span), "taken": clash.booked.connections}
        message = N_(
            "Lúc {when}, các cuộc họp khác đã giữ {taken} kết nối của hệ thống, không còn đủ cho cuộc họp này."
        )
        return Remark(message, "starts_at", values)
    values = {"when": describe_span(clash.booked.span), "reason": clash.booked.title}
    if clash.subject_id == EVERYTHING:
        return Remark(N_("Hệ thống ngừng để bảo trì lúc {when}: {reason}."), "starts_at", values)
    field = "hall_id" if clash.subject_id == wanted.hall_id else "invitations"
    values["name"] = names.of(clash)
    return Remark(N_("{name} ngừng để bảo trì lúc {when}: {reason}."), field, values)


def _group(clashes: Sequence[Clash]) -> dict[tuple[ClashKind, Booked, int], list[Clash]]:
    """Those to judge by the other meeting; each that refuses the booking by itself."""
    groups: dict[tuple[ClashKind, Booked, int], list[Clash]] = {}
    for number, clash in enumerate(clashes):
        groups.setdefault((clash.kind, clash.booked, number if clash.is_blocking else -1), []).append(clash)
    return groups


@dataclass(frozen=True, slots=True)
class _Names:
    sites: Mapping[int, str]
    people: Mapping[int, str]
    units: Mapping[int, str]

    def of(self, clash: Clash) -> str:
        known = {ClashKind.UNIT: self.units, ClashKind.CHAIR: self.people, ClashKind.PERSON: self.people}
        return known.get(clash.kind, self.sites).get(clash.subject_id, "")


async def _load_names(session: AsyncSession, clashes: Sequence[Clash]) -> _Names:
    ids: dict[ClashKind, set[int]] = defaultdict(set)
    for clash in clashes:
        ids[clash.kind].add(clash.subject_id)
    sites = await get_sites(session, ids[ClashKind.HALL] | ids[ClashKind.SITE] | ids[ClashKind.MAINTENANCE])
    people = await get_people(session, ids[ClashKind.CHAIR] | ids[ClashKind.PERSON])
    units: dict[int, str] = {}
    if ids[ClashKind.UNIT]:
        tree = await load_tree(session, local_day(clashes[0].span.start))
        units = {unit_id: tree[unit_id].name for unit_id in ids[ClashKind.UNIT] if unit_id in tree}
    return _Names(
        {key: site.name for key, site in sites.items()},
        {key: person.full_name for key, person in people.items()},
        units,
    )


async def _list_visible(session: AsyncSession, actor: Actor, booked: Sequence[Booked]) -> set[int]:
    """The keys of those meetings that ``actor`` may know of."""
    by_id = {each.meeting_id: each for each in booked if each.meeting_id is not None}
    meetings = (await session.exec(select(Meeting).where(col(Meeting.id).in_(by_id)))).all()
    return {
        meeting.id or 0
        for meeting in meetings
        if may_view_meeting(actor, meeting, by_id[meeting.id or 0].unit_ids, by_id[meeting.id or 0].site_ids)
    }
