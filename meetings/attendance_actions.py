"""Use cases of attendance: measure it from the room, confirm it by the secretary."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.attendance import THRESHOLD, UnitAttendance
from meetings.attendance_notes import Trouble, describe_unit
from meetings.audit import write_entry
from meetings.course_store import list_incidents
from meetings.errors import N_, Conflict, Invalid, NotAllowed
from meetings.measuring import measure_bundle, measured_span
from meetings.meeting_store import MeetingBundle, list_presences, load_visible, lock_meeting
from meetings.models import Mode
from meetings.people_store import load_tree
from meetings.permissions import Actor, may_confirm_attendance
from meetings.room_models import Incident


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
