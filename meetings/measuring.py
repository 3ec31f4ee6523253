"""Attendance from rows that are already loaded: presences in the room, calls by telephone, what was confirmed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction

from meetings.attendance import THRESHOLD, Expected, Stay, UnitAttendance, measure_units
from meetings.interval import Span
from meetings.meeting_store import MeetingBundle
from meetings.models import Presence, UnitKind
from meetings.org_tree import OrgTree
from meetings.room_models import Incident, IncidentKind

LOST = ("lost", "outage")  # why a presence ended when nobody left


def measure_bundle(
    bundle: MeetingBundle,
    tree: OrgTree,
    presences: Iterable[Presence],
    incidents: Iterable[Incident],
    now: datetime,
    threshold: Fraction = THRESHOLD,
    seats: Mapping[int, int | None] | None = None,
) -> list[UnitAttendance]:
    """How every invited unit attended, in official order; ``tree`` holds the units of the meeting's day.

    ``seats``: the site at which a unit sits where that is not the one of its invitation, by unit.
    """
    stays = list_stays(presences, incidents, now)
    invited, seats = bundle.invited_unit_ids, seats or {}
    expected = [
        Expected(
            unit_id=each.unit.id,
            site_id=seats.get(each.unit.id, each.invitation.site_id),
            also=offices_of(each.unit.id, tree) - invited,
            confirmed=each.invitation.confirmed_mode,
            head_count=each.invitation.head_count,
            note=each.invitation.note,
        )
        for each in bundle.invitations
    ]
    return measure_units(
        expected, stays, measured_span(bundle, now), hall_id=bundle.meeting.hall_id, threshold=threshold
    )


def list_stays(presences: Iterable[Presence], incidents: Iterable[Incident], now: datetime) -> list[Stay]:
    """Everybody's intervals in the room, and those on the telephone that were noted by hand."""
    stays = [
        Stay(row.joined_at, row.left_at or now, row.unit_id, row.site_id, lost=row.left_reason in LOST)
        for row in presences
    ]
    stays += [
        Stay(call.starts_at, call.ends_at, call.unit_id, by_phone=True)
        for call in incidents
        if call.kind is IncidentKind.TELEPHONE
    ]
    return stays


def measured_span(bundle: MeetingBundle, now: datetime) -> Span:
    """What attendance is measured against: the meeting as held, up to ``now`` while it runs, else as planned."""
    if bundle.held is not None:
        return bundle.held
    start = bundle.meeting.started_at
    return bundle.planned if start is None else Span(start, max(start, now))


def offices_of(unit_id: int, tree: OrgTree) -> frozenset[int]:
    """The offices (phòng, ban) of a unit: they attend in its name."""
    if unit_id not in tree:
        return frozenset()
    return frozenset(unit.id for unit in tree.children(unit_id) if unit.kind is UnitKind.DISTRICT_OFFICE)
