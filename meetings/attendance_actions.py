"""Use cases of attendance: measure it from the room, confirm it by the secretary."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.attendance import THRESHOLD, UnitAttendance
from meetings.attendance_notes import Trouble, describe_unit
from meetings.attendance_roll import PersonAttendance, find_seats, list_roll
from meetings.audit import write_entry
from meetings.course_store import list_incidents
from meetings.errors import N_, Conflict, Invalid, NotAllowed
from meetings.indicator.facts import refresh_fact
from meetings.invitation_models import Attended
from meetings.invitations.delegate_store import list_people
from meetings.measuring import measure_bundle, measured_span
from meetings.meeting_store import MeetingBundle, list_presences, load_visible, lock_meeting
from meetings.models import Invitation, Mode
from meetings.people_store import list_sites, load_tree
from meetings.permissions import Actor, may_confirm_attendance
from meetings.room_models import Incident


@dataclass(frozen=True, slots=True)
class ConfirmedUnit:
    """What the secretary says of one invited unit. ``head_count``: its people who took part, wherever they sat."""

    unit_id: int
    mode: Mode
    head_count: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmedPeople:
    """What the secretary says of people, by the keys of the list; ``reasons`` of their absences likewise.

    ``as_proposed``: of everybody else who is not confirmed yet, what is proposed is right.
    """

    attended: Mapping[int, Attended | None] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)
    as_proposed: bool = False


async def measure_attendance(
    session: AsyncSession, bundle: MeetingBundle, now: datetime, threshold: Fraction = THRESHOLD
) -> list[UnitAttendance]:
    """How every invited unit attended, in official order: what was measured, and what was confirmed where it was."""
    tree = await load_tree(session, bundle.day)
    presences, incidents = await list_presences(session, bundle.id), await list_incidents(session, bundle.id)
    seats = find_seats(bundle, await list_people(session, bundle.id))
    rows = measure_bundle(bundle, tree, presences, incidents, now, threshold, seats)
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
    session: AsyncSession,
    actor: Actor,
    slug: str,
    entries: Sequence[ConfirmedUnit],
    version: int,
    now: datetime,
    people: ConfirmedPeople | None = None,
    threshold: Fraction = THRESHOLD,
) -> None:
    """The secretary's word on every invited unit of a meeting that has ended, and on its people.

    It may be corrected, with a trace. ``Conflict`` when ``version``, the meeting's that was shown, is outdated.
    """
    await lock_meeting(session, slug)
    bundle = await load_visible(session, actor, slug)
    meeting = bundle.meeting
    if not may_confirm_attendance(actor, meeting):
        raise NotAllowed
    if meeting.version != version:
        raise Conflict(field="version")
    given = _check_entries(bundle, entries)
    changes: dict[str, object] = {}
    if people is not None:
        roll = await list_roll(session, bundle, now, threshold)
        changes |= _confirm_people(session, actor, roll, people, now)
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
    await refresh_fact(session, bundle.id)


async def add_late_unit(
    session: AsyncSession, actor: Actor, slug: str, unit_id: int, in_hall: bool, now: datetime
) -> Invitation:
    """A unit that came without having been invited is put on the list, with who did it and when.

    It sits in the main hall or at its own site, if it has one. Where attendance is confirmed already, so is this.
    """
    await lock_meeting(session, slug)
    bundle = await load_visible(session, actor, slug)
    meeting = bundle.meeting
    if not may_confirm_attendance(actor, meeting):
        raise NotAllowed
    unit = (await load_tree(session, bundle.day)).get(unit_id)
    if unit is None or unit_id == bundle.convening.id:
        raise Invalid(N_("Hãy chọn đơn vị có vào ngày họp."), field="late_unit")
    if unit_id in bundle.invited_unit_ids:
        raise Invalid(N_("{unit} đã có trong danh sách."), field="late_unit", unit=unit.name)
    if in_hall and meeting.hall_id is None:
        raise Invalid(N_("Cuộc họp không có điểm cầu chính."), field="late_unit")
    own = await list_sites(session, bundle.day, unit_id)
    row = Invitation(
        meeting_id=bundle.id,
        unit_id=unit_id,
        site_id=meeting.hall_id if in_hall else next((site.id for site in own), None),
        position=max((each.invitation.position for each in bundle.invitations), default=0) + 1,
        added_at=now,
        added_by=actor.name[:150],
    )
    if meeting.attendance_confirmed_at is not None:
        row.confirmed_mode = Mode.IN_HALL if in_hall else Mode.ONLINE
    meeting.version += 1
    session.add_all([row, meeting])
    await session.flush()
    detail = {"unit": unit_id, "in_hall": in_hall}
    await write_entry(session, actor, "attendance.add_unit", f"meeting:{bundle.id}", detail, now)
    await refresh_fact(session, bundle.id)
    return row


def _confirm_people(
    session: AsyncSession, actor: Actor, roll: Sequence[PersonAttendance], people: ConfirmedPeople, now: datetime
) -> dict[str, object]:
    """Write down what is said of each; what changes, as ``{"people": {key: [old, new]}}``."""
    if not set(people.attended) <= {each.delegate.id for each in roll}:
        raise Invalid(N_("Danh sách người dự đã thay đổi. Hãy tải lại trang rồi xác nhận lại."), field="people")
    changes: dict[str, list[object]] = {}
    for each in roll:
        row, key = each.delegate, each.delegate.id or 0
        old = (row.attended, row.absence_reason if row.attended is not None else "")
        if key in people.attended:
            if people.attended[key] is row.attended is None:
                continue
            new = (people.attended[key], people.reasons.get(key, "").strip()[:300])
        elif people.as_proposed and row.attended is None:
            new = (each.proposal.attended, each.proposal.reason[:300])
        else:
            continue
        if new[0] is not Attended.EXCUSED:
            new = (new[0], "")
        if new == old:
            continue
        changes[str(key)] = [list(old), list(new)]
        row.attended, row.absence_reason = new
        _note_times(row.attended, each)
        row.to_confirm = row.to_confirm and row.attended is None
        row.marked_by, row.marked_at = actor.name[:150], now
        session.add(row)
    return {"people": changes} if changes else {}


def _note_times(attended: Attended | None, each: PersonAttendance) -> None:
    """When the person came and left, as measured, for the record: of whoever was there and did not check in."""
    row, seen = each.delegate, each.proposal
    if attended in (None, Attended.EXCUSED, Attended.UNEXCUSED) or row.arrived_at is not None:
        return
    row.arrived_at, row.left_at = seen.arrived_at, seen.left_at
    row.marked_how = "room" if seen.arrived_at is not None else "list"


def _check_entries(bundle: MeetingBundle, entries: Sequence[ConfirmedUnit]) -> dict[int, ConfirmedUnit]:
    given = {entry.unit_id: entry for entry in entries}
    if len(given) < len(entries) or given.keys() != bundle.invited_unit_ids:
        raise Invalid(N_("Cần xác nhận đủ từng đơn vị được mời."), field="units")
    for entry in entries:
        if entry.head_count is not None and not 0 <= entry.head_count <= 10_000:
            raise Invalid(N_("Số người dự không hợp lệ."), field="head_count", unit=entry.unit_id)
    return given
