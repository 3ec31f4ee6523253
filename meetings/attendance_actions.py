"""Use cases of attendance: measure it from the room, confirm it by the secretary."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.attendance import THRESHOLD, Expected, Stay, UnitAttendance, measure_units
from meetings.attendance_notes import Trouble, describe_unit
from meetings.audit import write_entry
from meetings.course_store import list_incidents
from meetings.errors import N_, Conflict, Invalid, NotAllowed
from meetings.interval import Span
from meetings.meeting_store import MeetingBundle, list_presences, load_visible, lock_meeting
from meetings.models import Mode, Presence, UnitKind
from meetings.org_tree import OrgTree
from meetings.people_store import load_tree
from meetings.permissions import Actor, may_confirm_attendance
from meetings.room_models import Incident, IncidentKind

LOST = ("lost", "outage")  # why a presence ended when nobody left


@dataclass(frozen=True, slots=True)
class ConfirmedUnit:
    """What the secretary says of one invited unit. ``head_count``: its people who took part, wherever they sat."""

    unit_id: int
    mode: Mode
    head_count: int | None = None
    note: str = ""


async def measure_attendance(
    session: AsyncSession, bundle: MeetingBundle, now: datetime, threshold: Fraction = THRESHOLD
) -> list[UnitAttendance]:
    """How every invited unit attended, in official order: what was measured, and what was confirmed where it was."""
    tree = await load_tree(session, bundle.day)
    presences, incidents = await list_presences(session, bundle.id), await list_incidents(session, bundle.id)
    rows = measure_bundle(bundle, tree, presences, incidents, now, threshold)
    return [
        row if row.confirmed or row.note else replace(row, note=describe_troubles(row, incidents, bundle, now))
        for row in rows
    ]


def describe_troubles(row: UnitAttendance, incidents: Iterable[Incident], bundle: MeetingBundle, now: datetime) -> str:
    """What the room and the incident log say about a unit: what its note is until the secretary writes one."""
    troubles = [
        Trouble(each.kind, each.starts_at, each.ends_at, each.text) for each in incidents if each.unit_id == row.unit_id
    ]
    return describe_unit(row.lost, troubles, measured_span(bundle, now))


def measure_bundle(
    bundle: MeetingBundle,
    tree: OrgTree,
    presences: Iterable[Presence],
    incidents: Iterable[Incident],
    now: datetime,
    threshold: Fraction = THRESHOLD,
) -> list[UnitAttendance]:
    """The same from what is already loaded, without notes; ``tree`` holds the units of the meeting's day."""
    stays = [
        Stay(row.joined_at, row.left_at or now, row.unit_id, row.site_id, lost=row.left_reason in LOST)
        for row in presences
    ]
    stays += [
        Stay(call.starts_at, call.ends_at, call.unit_id, by_phone=True)
        for call in incidents
        if call.kind is IncidentKind.TELEPHONE
    ]
    invited = bundle.invited_unit_ids
    expected = [
        Expected(
            unit_id=each.unit.id,
            site_id=each.invitation.site_id,
            also=_offices_of(each.unit.id, tree) - invited,
            confirmed=each.invitation.confirmed_mode,
            head_count=each.invitation.head_count,
            note=each.invitation.note,
        )
        for each in bundle.invitations
    ]
    return measure_units(
        expected, stays, measured_span(bundle, now), hall_id=bundle.meeting.hall_id, threshold=threshold
    )


def measured_span(bundle: MeetingBundle, now: datetime) -> Span:
    """What attendance is measured against: the meeting as held, up to ``now`` while it runs, else as planned."""
    if bundle.held is not None:
        return bundle.held
    start = bundle.meeting.started_at
    return bundle.planned if start is None else Span(start, max(start, now))


def _offices_of(unit_id: int, tree: OrgTree) -> frozenset[int]:
    """The offices (phòng, ban) of a unit: they attend in its name."""
    if unit_id not in tree:
        return frozenset()
    return frozenset(unit.id for unit in tree.children(unit_id) if unit.kind is UnitKind.DISTRICT_OFFICE)


async def confirm_attendance(
    session: AsyncSession, actor: Actor, slug: str, entries: Sequence[ConfirmedUnit], version: int, now: datetime
) -> None:
    """The secretary's word on every invited unit of a meeting that has ended. It may be corrected, with a trace.

    ``Conflict`` when ``version``, the meeting's that was shown, is outdated.
    """
    await lock_meeting(session, slug)
    bundle = await load_visible(session, actor, slug)
    meeting = bundle.meeting
    if not may_confirm_attendance(actor, meeting):
        raise NotAllowed
    if meeting.version != version:
        raise Conflict(field="version")
    given = _check_entries(bundle, entries)
    changes: dict[str, list[object]] = {}
    for invited in bundle.invitations:
        row, entry = invited.invitation, given[invited.unit.id]
        head_count = 0 if entry.mode is Mode.ABSENT else entry.head_count
        new = (entry.mode, head_count, entry.note.strip()[:300])
        old = (row.confirmed_mode, row.head_count, row.note)
        if old != new:
            changes[f"unit:{invited.unit.id}"] = [list(old), list(new)]
        row.confirmed_mode, row.head_count, row.note = new
        session.add(row)
    meeting.attendance_confirmed_at = now
    meeting.attendance_confirmed_by = actor.account_id
    meeting.version += 1
    session.add(meeting)
    await write_entry(session, actor, "attendance.confirm", f"meeting:{meeting.id}", changes, now)


def _check_entries(bundle: MeetingBundle, entries: Sequence[ConfirmedUnit]) -> dict[int, ConfirmedUnit]:
    given = {entry.unit_id: entry for entry in entries}
    if len(given) < len(entries) or given.keys() != bundle.invited_unit_ids:
        raise Invalid(N_("Cần xác nhận đủ từng đơn vị được mời."), field="units")
    for entry in entries:
        if entry.head_count is not None and not 0 <= entry.head_count <= 10_000:
            raise Invalid(N_("Số người dự không hợp lệ."), field="head_count", unit=entry.unit_id)
    return given
