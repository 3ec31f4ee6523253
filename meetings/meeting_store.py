"""Every query on meetings, invitations, agendas, presences and what keeps halls and people busy."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.errors import NotFound
from meetings.folding import fold
from meetings.interval import Span
from meetings.models import (
    AgendaItem,
    Channel,
    Form,
    GuestLink,
    Invitation,
    Meeting,
    MeetingKind,
    MeetingStatus,
    Person,
    Presence,
    SecretMeetingCount,
    Site,
    Target,
)
from meetings.org_tree import UnitHistory, UnitView
from meetings.people_store import get_people, get_sites, load_history
from meetings.periods import local_day
from meetings.permissions import Actor, may_view_meeting


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation with its unit as named on the meeting's day, and the site the unit will use."""

    invitation: Invitation
    unit: UnitView
    site: Site | None


@dataclass(frozen=True, slots=True)
class MeetingBundle:
    """A meeting with everything its pages show. Units bear their names of the meeting's day."""

    meeting: Meeting
    convening: UnitView
    chair: Person
    secretary: Person
    hall: Site | None
    invitations: list[Invited]
    agenda: list[AgendaItem]

    @property
    def id(self) -> int:
        assert self.meeting.id is not None  # noqa: S101 - a loaded row has its key; this only tells the type checker
        return self.meeting.id

    @property
    def slug(self) -> str:
        return self.meeting.slug

    @property
    def invited_unit_ids(self) -> frozenset[int]:
        return frozenset(invited.unit.id for invited in self.invitations)

    @property
    def invited_site_ids(self) -> frozenset[int]:
        """Where invited units sit, each at its own site or at another unit's."""
        sites = (invited.invitation.site_id for invited in self.invitations)
        return frozenset(site_id for site_id in sites if site_id is not None)

    def find_invited(self, unit_id: int | None) -> Invited | None:
        return next((invited for invited in self.invitations if invited.unit.id == unit_id), None)

    def find_site(self, site_id: int | None) -> Site | None:
        """The main hall or the site of an invited unit, by its key."""
        places = (self.hall, *(invited.site for invited in self.invitations))
        return next((place for place in places if place is not None and place.id == site_id), None)

    @property
    def planned(self) -> Span:
        return Span(self.meeting.starts_at, self.meeting.ends_at)

    @property
    def held(self) -> Span | None:
        """From its real start to its real end, once both are known."""
        if self.meeting.started_at is None or self.meeting.ended_at is None:
            return None
        return Span(self.meeting.started_at, self.meeting.ended_at)

    @property
    def day(self) -> date:
        return meeting_day(self.meeting)


def meeting_day(meeting: Meeting) -> date:
    """The day, in the province, on which a meeting's units and their names are looked up."""
    return local_day(meeting.started_at or meeting.starts_at)


async def lock_meeting(session: AsyncSession, slug: str) -> int:
    """Nobody else changes the meeting until the transaction ends. To be asked for before the lock of the audit log.

    The key of the meeting; ``NotFound`` when there is none.
    """
    meeting_id = (await session.exec(select(Meeting.id).where(Meeting.slug == slug).with_for_update())).first()
    if meeting_id is None:
        raise NotFound
    return meeting_id


async def lock_meeting_by_id(session: AsyncSession, meeting_id: int) -> None:
    """As ``lock_meeting``; one that does not exist locks nothing."""
    await session.exec(select(Meeting.id).where(Meeting.id == meeting_id).with_for_update())


async def get_meeting(session: AsyncSession, slug: str) -> MeetingBundle:
    """The meeting of that slug; ``NotFound`` when there is none. Whether the person may see it, the caller asks."""
    meeting = (await session.exec(select(Meeting).where(Meeting.slug == slug))).first()
    if meeting is None:
        raise NotFound
    return (await bundle_meetings(session, [meeting]))[0]


async def load_visible(session: AsyncSession, actor: Actor, slug: str) -> MeetingBundle:
    """The meeting of that slug; ``NotFound`` also when the person may not know of it."""
    bundle = await get_meeting(session, slug)
    if not is_visible(actor, bundle):
        raise NotFound
    return bundle


async def load_to_change(session: AsyncSession, actor: Actor, slug: str) -> MeetingBundle:
    """As ``load_visible``, and nobody else changes it until the transaction ends: the room may start it meanwhile."""
    await lock_meeting(session, slug)
    return await load_visible(session, actor, slug)


def is_visible(actor: Actor, bundle: MeetingBundle) -> bool:
    return may_view_meeting(actor, bundle.meeting, bundle.invited_unit_ids, bundle.invited_site_ids)


async def get_meeting_by_id(session: AsyncSession, meeting_id: int) -> MeetingBundle:
    """The meeting with that key; ``NotFound`` when there is none."""
    meeting = await session.get(Meeting, meeting_id)
    if meeting is None:
        raise NotFound
    return (await bundle_meetings(session, [meeting]))[0]


async def bundle_meetings(
    session: AsyncSession, meetings: Sequence[Meeting], history: UnitHistory | None = None
) -> list[MeetingBundle]:
    """The same meetings in the same order, each with its units, people, sites, invitations and agenda."""
    ids = [meeting.id for meeting in meetings]
    history = history or await load_history(session)
    invitations: dict[int, list[Invitation]] = defaultdict(list)
    query = select(Invitation).where(col(Invitation.meeting_id).in_(ids))
    for row in (await session.exec(query.order_by(col(Invitation.position), col(Invitation.id)))).all():
        invitations[row.meeting_id].append(row)
    agenda: dict[int, list[AgendaItem]] = defaultdict(list)
    items = select(AgendaItem).where(col(AgendaItem.meeting_id).in_(ids)).order_by(col(AgendaItem.position))
    for item in (await session.exec(items)).all():
        agenda[item.meeting_id].append(item)
    people = await get_people(session, {p for m in meetings for p in (m.chair_id, m.secretary_id)})
    site_ids = {row.site_id for rows in invitations.values() for row in rows} | {m.hall_id for m in meetings}
    sites = await get_sites(session, {site_id for site_id in site_ids if site_id is not None})
    return [
        MeetingBundle(
            meeting=meeting,
            convening=history.name(meeting.convening_unit_id, meeting_day(meeting)),
            chair=people[meeting.chair_id],
            secretary=people[meeting.secretary_id],
            hall=sites.get(meeting.hall_id or 0),
            invitations=[
                Invited(row, history.name(row.unit_id, meeting_day(meeting)), sites.get(row.site_id or 0))
                for row in invitations[meeting.id or 0]
            ],
            agenda=agenda[meeting.id or 0],
        )
        for meeting in meetings
    ]


async def list_meetings(
    session: AsyncSession,
    actor: Actor,
    start: datetime,
    end: datetime,
    *,
    status: Collection[MeetingStatus] = (),
    form: Form | None = None,
    kind: MeetingKind | None = None,
    unit_id: int | None = None,
    text: str = "",
) -> list[MeetingBundle]:
    """The meetings that ``actor`` may see and that touch ``[start, end)``, by their start.

    ``unit_id``: convened by this unit or with it invited. ``text``: in the title, marks and case ignored.
    """
    query = select(Meeting).where(col(Meeting.starts_at) < end, col(Meeting.ends_at) > start)
    if status:
        query = query.where(col(Meeting.status).in_(status))
    if form is not None:
        query = query.where(Meeting.planned_form == form)
    if kind is not None:
        query = query.where(Meeting.kind == kind)
    if unit_id is not None:
        invited = select(Invitation.meeting_id).where(Invitation.unit_id == unit_id)
        query = query.where(or_(col(Meeting.convening_unit_id) == unit_id, col(Meeting.id).in_(invited)))
    meetings = (await session.exec(query.order_by(col(Meeting.starts_at), col(Meeting.id)))).all()
    wanted = fold(text)
    found = [meeting for meeting in meetings if wanted in fold(meeting.title)]
    bundles = await bundle_meetings(session, found) if found else []
    return [bundle for bundle in bundles if is_visible(actor, bundle)]


async def list_presences(session: AsyncSession, meeting_id: int) -> list[Presence]:
    """Who was in the room, interval by interval, in the order of joining."""
    query = select(Presence).where(Presence.meeting_id == meeting_id)
    return list((await session.exec(query.order_by(col(Presence.joined_at), col(Presence.id)))).all())


async def list_presences_of(session: AsyncSession, meeting_ids: Collection[int]) -> dict[int, list[Presence]]:
    """The presences of several meetings, by meeting."""
    found: dict[int, list[Presence]] = {meeting_id: [] for meeting_id in meeting_ids}
    query = select(Presence).where(col(Presence.meeting_id).in_(meeting_ids))
    for row in (await session.exec(query.order_by(col(Presence.joined_at), col(Presence.id)))).all():
        found[row.meeting_id].append(row)
    return found


async def list_channels(session: AsyncSession) -> list[Channel]:
    return list((await session.exec(select(Channel).order_by(col(Channel.id)))).all())


async def list_targets(session: AsyncSession, upper: str, lower: str) -> list[Target]:
    """The targets set for a pair of levels (codes), the latest first."""
    query = select(Target).where(Target.upper_level == upper, Target.lower_level == lower)
    return list((await session.exec(query.order_by(col(Target.valid_from).desc()))).all())


async def count_secret(session: AsyncSession, first: date, last: date) -> int:
    """How many meetings with state secrets were counted for the half months that begin between two days."""
    query = select(SecretMeetingCount).where(SecretMeetingCount.month >= first, SecretMeetingCount.month <= last)
    return sum(row.count for row in (await session.exec(query)).all())


async def find_guest_link(session: AsyncSession, token_hash: str, now: datetime) -> GuestLink | None:
    """The link with this hash, unless it was revoked or has expired."""
    link = (await session.exec(select(GuestLink).where(GuestLink.token_hash == token_hash))).first()
    return link if link is not None and link.revoked_at is None and link.expires_at > now else None


async def list_guest_links(session: AsyncSession, meeting_id: int) -> list[GuestLink]:
    query = select(GuestLink).where(GuestLink.meeting_id == meeting_id)
    return list((await session.exec(query.order_by(col(GuestLink.id)))).all())
