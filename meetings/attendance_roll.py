"""The roll of a meeting: everybody on the list with where each sits, what was measured, and what is proposed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.attendance import THRESHOLD, Seat, Stay, place_delegation
from meetings.attendance_people import PersonFacts, Proposal, propose_person
from meetings.course_store import list_incidents
from meetings.interval import Span
from meetings.invitation_models import Consent, Delegate
from meetings.invitations.delegate_store import is_expected, list_people
from meetings.invitations.delegates import find_place, find_place_id
from meetings.kinds import HERE, Answer, Attended
from meetings.measuring import list_stays, measured_span
from meetings.meeting_store import MeetingBundle, list_presences
from meetings.models import Presence, Site


@dataclass(frozen=True, slots=True)
class PersonAttendance:
    """One person of the roll. What the secretary confirmed wins over what is proposed."""

    delegate: Delegate
    site: Site | None
    in_hall: bool
    proposal: Proposal

    @property
    def attended(self) -> Attended | None:
        return self.delegate.attended or self.proposal.attended

    @property
    def confirmed(self) -> bool:
        return self.delegate.attended is not None

    @property
    def reason(self) -> str:
        return self.delegate.absence_reason if self.confirmed else self.proposal.reason


async def list_roll(
    session: AsyncSession, bundle: MeetingBundle, now: datetime, threshold: Fraction = THRESHOLD
) -> list[PersonAttendance]:
    """Everybody on the list but substitutes whom the chair refused, units in official order, each head first."""
    people = [row for row in await list_people(session, bundle.id) if row.consent is not Consent.REFUSED]
    if not people:
        return []
    presences, incidents = await list_presences(session, bundle.id), await list_incidents(session, bundle.id)
    stays = list_stays(presences, incidents, now)
    span = measured_span(bundle, now)
    own = _spans_of_people(presences, now)
    spans = _spans_of_places(stays, now)
    return [_measure(bundle, row, own, spans, span, threshold) for row in people]


def name_people(roll: Iterable[PersonAttendance]) -> dict[int, tuple[str, ...]]:
    """Who was there, by unit, as minutes name them: ``Nguyễn Văn An (đi thay Lý Thị Hoa)``."""
    found: dict[int, list[str]] = {}
    for each in roll:
        row = each.delegate
        if each.attended in HERE and not row.to_confirm:
            instead = f" (đi thay {row.substitute_for})" if row.substitute_for else ""
            found.setdefault(row.unit_id, []).append(f"{row.full_name}{instead}")
    return {unit_id: tuple(names) for unit_id, names in found.items()}


def find_seats(bundle: MeetingBundle, people: Iterable[Delegate]) -> dict[int, int | None]:
    """The site at which each unit with people on the list counts as sitting, by unit (``place_delegation``)."""
    seats: dict[int, list[Seat]] = {}
    for row in people:
        if is_expected(row):
            seats.setdefault(row.unit_id, []).append(_seat_of(row))
    return {
        each.unit.id: place_delegation(each.invitation.site_id, seats[each.unit.id])
        for each in bundle.invitations
        if each.unit.id in seats
    }


def _seat_of(row: Delegate) -> Seat:
    """A place that waits for the chair's consent is not taken yet."""
    agreed = row.consent is not Consent.PENDING
    absent = row.attended in (Attended.EXCUSED, Attended.UNEXCUSED) or (
        row.attended is None and row.arrived_at is None and row.answer is Answer.DECLINED
    )
    return Seat(row.site_id if agreed else None, row.is_head, bool(row.substitute_for) and agreed, absent)


def _measure(
    bundle: MeetingBundle,
    row: Delegate,
    own: Mapping[int, Collection[Span]],
    spans: Mapping[tuple[str, int], Collection[Span]],
    meeting: Span,
    threshold: Fraction,
) -> PersonAttendance:
    invited, site_id = bundle.find_invited(row.unit_id), find_place_id(bundle, row)
    in_hall = site_id is not None and site_id == bundle.meeting.hall_id
    at_home = invited is not None and site_id == invited.invitation.site_id
    at_site = [*spans.get(("site", site_id or 0), ()), *(spans.get(("unit", row.unit_id), ()) if at_home else ())]
    facts = PersonFacts(
        in_hall=in_hall,
        own=tuple(own.get(row.person_id or 0, ())),
        site=tuple(at_site),
        arrived_at=row.arrived_at,
        left_at=row.left_at,
        answer=row.answer,
        note=row.answer_note,
        excuse=row.absence_reason if row.attended is None else "",
    )
    return PersonAttendance(row, find_place(bundle, row), in_hall, propose_person(facts, meeting, threshold))


def _spans_of_people(presences: Iterable[Presence], now: datetime) -> dict[int, list[Span]]:
    found: dict[int, list[Span]] = {}
    for row in presences:
        if row.person_id is not None:
            found.setdefault(row.person_id, []).append(_span(row.joined_at, row.left_at or now))
    return found


def _spans_of_places(stays: Iterable[Stay], now: datetime) -> dict[tuple[str, int], list[Span]]:
    """By site, and by unit: a unit is connected also from where it is not known which site it sits at."""
    found: dict[tuple[str, int], list[Span]] = {}
    for stay in stays:
        for kind, key in (("site", stay.site_id), ("unit", stay.unit_id)):
            if key is not None:
                found.setdefault((kind, key), []).append(_span(stay.joined_at, stay.left_at or now))
    return found


def _span(start: datetime, end: datetime) -> Span:
    return Span(start, max(start, end))
