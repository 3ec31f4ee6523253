"""Who and what is taken when: for the views of the calendar and the weekly schedule of leaders.

What somebody may not know of is a span of time without a title.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.availability import Booked
from meetings.calendar_models import Maintenance
from meetings.clash_store import book_of, list_maintenance, list_withheld
from meetings.interval import Span
from meetings.invitation_models import Answer, Consent, Delegate
from meetings.kinds import LIVE, OVER, Role
from meetings.meeting_store import MeetingBundle, bundle_meetings, is_visible
from meetings.models import Meeting, Person
from meetings.people_store import list_people
from meetings.permissions import Actor


@dataclass(frozen=True, slots=True)
class Taken:
    """A stretch of time, what it takes, and the meeting behind it where the person who asks may know of it.

    ``sent``: by invited unit the keys of the people it sends; a unit that has named nobody yet is not in it.
    """

    booked: Booked
    bundle: MeetingBundle | None
    convening_unit_id: int | None
    sent: dict[int, frozenset[int]]

    @property
    def span(self) -> Span:
        return self.booked.span

    @property
    def unit_ids(self) -> frozenset[int]:
        """Invited or convening."""
        own = frozenset() if self.convening_unit_id is None else frozenset({self.convening_unit_id})
        return self.booked.unit_ids | own


async def list_taken(session: AsyncSession, actor: Actor, span: Span) -> list[Taken]:
    """Everything that is fixed or took place within ``span``, by its start: meetings, "Bận", maintenance."""
    query = select(Meeting).where(
        col(Meeting.starts_at) < span.end, col(Meeting.ends_at) > span.start, col(Meeting.status).in_((*LIVE, *OVER))
    )
    meetings = (await session.exec(query.order_by(col(Meeting.starts_at), col(Meeting.id)))).all()
    bundles = await bundle_meetings(session, meetings) if meetings else []
    sent = await _list_sent(session, [bundle.id for bundle in bundles])
    taken = [
        Taken(booked, bundle if is_visible(actor, bundle) else None, bundle.meeting.convening_unit_id, sent[bundle.id])
        for booked, bundle in zip(await book_of(session, meetings), bundles, strict=True)
    ]
    taken += [Taken(each, None, None, {}) for each in await list_withheld(session, span)]
    return sorted(taken, key=lambda each: (each.span, each.booked.meeting_id or 0))


async def _list_sent(session: AsyncSession, meeting_ids: Sequence[int]) -> dict[int, dict[int, frozenset[int]]]:
    """By meeting and unit; of a unit that names only people from outside the directory an empty set."""
    query = select(Delegate).where(
        col(Delegate.meeting_id).in_(meeting_ids),
        Delegate.answer != Answer.DECLINED,
        Delegate.consent != Consent.REFUSED,
    )
    found: dict[int, dict[int, frozenset[int]]] = defaultdict(dict)
    for row in (await session.exec(query)).all():
        person = frozenset() if row.person_id is None else frozenset({row.person_id})
        found[row.meeting_id][row.unit_id] = found[row.meeting_id].get(row.unit_id, frozenset()) | person
    return found


async def list_leaders(session: AsyncSession, unit_id: int | None = None) -> list[Person]:
    """Those whose weeks are published: whoever chairs meetings, and leaders; of one unit, or of all."""
    found: dict[int, Person] = {}
    for role in (Role.CHAIR, Role.LEADER):
        for person in await list_people(session, unit_id=unit_id, role=role):
            found.setdefault(person.id or 0, person)
    return list(found.values())


async def list_windows(session: AsyncSession, span: Span) -> list[Maintenance]:
    """The windows of the whole system within ``span``."""
    return [window for window in await list_maintenance(session, span) if window.site_id is None]
