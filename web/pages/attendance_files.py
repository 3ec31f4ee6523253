"""Attendance as files: CSV and XLSX for spreadsheets, the official annex as PDF and DOCX.

A person who is not confirmed yet is listed so. What leaves the house leaves a trace.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from meetings import actions, permissions
from meetings.attendance import UnitAttendance
from meetings.attendance_roll import PersonAttendance, list_roll
from meetings.audit import write_entry
from meetings.errors import NotAllowed
from meetings.kinds import HERE, Attended, Mode
from meetings.measuring import measured_span
from meetings.meeting_store import Invited, MeetingBundle, load_visible
from meetings.printing.attendance import AttendanceList, Attendee
from meetings.printing.documents import render_attendance
from web.i18n import _, format_date, format_datetime, format_span
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import answer_name, attended_name, consent_name, mode_name
from web.paper_files import MEDIA_TYPES
from web.press import print_apart
from web.table_writing import Cell, Sheet, write_csv, write_workbook

TYPES = MEDIA_TYPES | {"csv": "text/csv"}


@dataclass(frozen=True)
class Roll:
    """A meeting with how its units and its people attended."""

    bundle: MeetingBundle
    units: Sequence[UnitAttendance]
    people: Sequence[PersonAttendance]

    def of_unit(self, unit_id: int) -> list[PersonAttendance]:
        return [each for each in self.people if each.delegate.unit_id == unit_id]


async def download_attendance(request: web.Request) -> web.Response:
    ending, actor, now = request.match_info["format"], actor_of(request), now_of(request)
    threshold = request.app[CONFIG].threshold
    async with request.app[DATABASE].write() as session:
        bundle = await load_visible(session, actor, request.match_info["slug"])
        if not permissions.may_export_attendance(actor, bundle.meeting):
            raise NotAllowed
        units = await actions.measure_attendance(session, bundle, now, threshold)
        people = [each for each in await list_roll(session, bundle, now, threshold) if not each.delegate.to_confirm]
        await write_entry(session, actor, "attendance.export", f"meeting:{bundle.id}", {"format": ending}, now)
    roll = Roll(bundle, units, people)
    if ending == "csv":
        body = write_csv(make_people_sheet(roll)).encode()
    elif ending == "xlsx":
        body = await print_apart(request.app, write_workbook, [make_people_sheet(roll), make_unit_sheet(roll)])
    else:
        listed = AttendanceList(
            title=bundle.meeting.title,
            organ=bundle.convening.full_organ,
            held=measured_span(bundle, now),
            rows=tuple(list_attendees(roll)),
        )
        body = await print_apart(request.app, render_attendance, listed, ending)
    name = f"danh-sach-tham-du-{bundle.day.isoformat()}.{ending}"
    headers = {"Content-Disposition": f"attachment; filename={name}; filename*=UTF-8''{quote(name)}"}
    charset = "utf-8" if ending == "csv" else None
    return web.Response(body=body, content_type=TYPES[ending], charset=charset, headers=headers)


def make_people_sheet(roll: Roll) -> Sheet:
    """One row for each person; a unit of which nobody is known by name has one row of its own."""
    columns = (
        (_("STT"), 6),
        (_("Đơn vị"), 32),
        (_("Điểm cầu"), 28),
        (_("Hình thức"), 16),
        (_("Họ và tên"), 26),
        (_("Chức vụ"), 26),
        (_("Trả lời"), 14),
        (_("Tham dự"), 16),
        (_("Xác nhận"), 14),
        (_("Đến lúc"), 17),
        (_("Về lúc"), 17),
        (_("Đi thay"), 22),
        (_("Ý kiến chủ trì"), 18),
        (_("Lý do, ghi chú"), 36),
        (_("Bổ sung"), 30),
    )
    rows = [(number, *cells) for number, cells in enumerate(_list_cells(roll), 1)]
    return Sheet(_("Người dự"), columns, rows, _describe(roll))


def _describe(roll: Roll) -> tuple[str, str, str]:
    bundle, meeting = roll.bundle, roll.bundle.meeting
    start, end = meeting.started_at or meeting.starts_at, meeting.ended_at or meeting.ends_at
    state = _("Thư ký đã xác nhận") if meeting.attendance_confirmed_at else _("Thư ký chưa xác nhận")
    return meeting.title, f"{format_date(bundle.day)}, {format_span(start, end)} · {bundle.convening.organ}", state


def _list_cells(roll: Roll) -> Iterator[tuple[Cell, ...]]:
    for invited, unit in _pair(roll):
        people = roll.of_unit(invited.unit.id)
        for each in people:
            yield _cells_of_person(invited.unit.name, unit, each)
        if not people:
            names = invited.invitation.names or [""]
            place = invited.site.name if invited.site else ""
            for name in names:
                yield (
                    invited.unit.name, place, mode_name(unit.mode), name, "", answer_name(invited.invitation.answer),
                    "", _("đã xác nhận") if unit.confirmed else _("chưa xác nhận"), unit.first_in, unit.last_out,
                    "", "", unit.note, _name_adder(invited),
                )  # fmt: skip
    for each in roll.people:
        if each.delegate.unit_id not in roll.bundle.invited_unit_ids:
            yield _cells_of_person(roll.bundle.convening.name, None, each)


def _name_adder(invited: Invited) -> str:
    """Who added a unit after the meeting had begun, and when."""
    row = invited.invitation
    return f"{row.added_by}, {format_datetime(row.added_at)}" if row.added_at else ""


def _pair(roll: Roll) -> list[tuple[Invited, UnitAttendance]]:
    return list(zip(roll.bundle.invitations, roll.units, strict=True))


def _cells_of_person(unit: str, measured: UnitAttendance | None, each: PersonAttendance) -> tuple[Cell, ...]:
    row = each.delegate
    here = each.attended in HERE
    return (
        unit,
        each.site.name if each.site else "",
        mode_name(_mode_of(measured, each)),
        row.full_name,
        row.position,
        answer_name(row.answer),
        attended_name(each.attended) if each.attended else "",
        _("đã xác nhận") if each.confirmed else _("chưa xác nhận"),
        (row.arrived_at or each.proposal.arrived_at) if here else None,
        (row.left_at or each.proposal.left_at) if here else None,
        row.substitute_for,
        consent_name(row.consent),
        each.reason,
        f"{row.added_by}, {format_datetime(row.added_at)}" if row.late_addition else "",
    )


def _mode_of(measured: UnitAttendance | None, each: PersonAttendance) -> Mode:
    """How this person took part: in the hall, or online where the unit did not sit there as a whole."""
    if each.attended is not None and each.attended not in HERE:
        return Mode.ABSENT
    if each.in_hall:
        return Mode.IN_HALL
    return Mode.ONLINE if measured is None or measured.mode is not Mode.ABSENT else Mode.ABSENT


def make_unit_sheet(roll: Roll) -> Sheet:
    columns = (
        (_("STT"), 6),
        (_("Đơn vị"), 34),
        (_("Điểm cầu"), 30),
        (_("Hình thức"), 18),
        (_("Xác nhận"), 14),
        (_("Số người dự"), 12),
        (_("Số người đăng ký"), 12),
        (_("Vào lúc"), 17),
        (_("Ra lúc"), 17),
        (_("Kết nối (phút)"), 12),
        (_("Kết nối (% thời gian họp)"), 14),
        (_("Ghi chú"), 44),
        (_("Bổ sung"), 30),
    )
    rows = [
        (
            number,
            invited.unit.name,
            invited.site.name if invited.site else "",
            mode_name(unit.mode),
            _("đã xác nhận") if unit.confirmed else _("chưa xác nhận"),
            unit.head_count,
            len(roll.of_unit(invited.unit.id)),
            unit.first_in,
            unit.last_out,
            int(unit.connected.total_seconds() // 60),
            round(unit.share * 100, 1),
            unit.note,
            _name_adder(invited),
        )
        for number, (invited, unit) in enumerate(_pair(roll), 1)
    ]
    return Sheet(_("Đơn vị"), columns, rows, _describe(roll))


def list_attendees(roll: Roll) -> Iterator[Attendee]:
    """The lines of the annex. What is not confirmed stands there as such."""
    for invited, unit in _pair(roll):
        people = roll.of_unit(invited.unit.id)
        yield from (_attendee_of(invited.unit.name, unit, each) for each in people)
        if not people:
            yield from _attendees_of_unit(invited, unit)
    for each in roll.people:
        if each.delegate.unit_id not in roll.bundle.invited_unit_ids:
            yield _attendee_of(roll.bundle.convening.name, None, each)


def _attendee_of(unit: str, measured: UnitAttendance | None, each: PersonAttendance) -> Attendee:
    row = each.delegate
    return Attendee(
        full_name=row.full_name,
        position=row.position,
        unit=unit,
        site=each.site.name if each.site else "",
        mode=_mode_of(measured, each).value,
        attended=row.attended,
        substitute_for=row.substitute_for,
        arrived_at=row.arrived_at,
        left_at=row.left_at,
        note=each.reason if each.confirmed else "",
    )


def _attendees_of_unit(invited: Invited, unit: UnitAttendance) -> Iterator[Attendee]:
    """A unit that named nobody: those whom its site declared, else the unit itself with how many came."""
    said = Attended.UNEXCUSED if unit.mode is Mode.ABSENT else Attended.PRESENT
    names = [] if unit.confirmed and unit.mode is Mode.ABSENT else invited.invitation.names
    heads = f"{unit.head_count} người, không có danh sách tên" if unit.head_count and not names else ""
    for name in names or [""]:
        yield Attendee(
            full_name=name,
            unit=invited.unit.name,
            site=invited.site.name if invited.site else "",
            mode=unit.mode.value,
            attended=said if unit.confirmed else None,
            note="; ".join(part for part in (heads, unit.note) if part),
        )
