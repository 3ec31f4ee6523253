from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import col, func, select

import web.demo
from meetings.audit import list_entries
from meetings.errors import NotAllowed
from meetings.import_actions import MOST_TOLD, ImportResult, import_meetings, prepare_import
from meetings.import_table import COLUMNS, read_lines
from meetings.import_writing import NOBODY
from meetings.models import Channel, Form, Invitation, Meeting, MeetingStatus, Mode, Role, UnitCode
from meetings.people_store import list_people
from meetings.unit_actions import import_units
from meetings.unit_table import parse_units
from tests.factories import NOW, make_actor
from web.database import Database

UNITS = Path(web.demo.__file__).with_name("lamdong-units.csv").read_text(encoding="utf-8")
ROW = {
    "code": "H-001",
    "title": "Giao ban tháng 3",
    "kind": "briefing",
    "convening_unit": "68",
    "start": "2022-03-01T08:00",
    "end": "2022-03-01T10:00",
    "status": "held",
    "planned_form": "online",
    "channel": "system",
    "excluded_reason": "",
    "invited_units": "676;679",
    "attendance": "676=online",
}


@pytest.fixture
async def province(any_database: Database) -> Database:
    """A database with the units of the province."""
    async with any_database.write() as session:
        await import_units(session, None, parse_units(UNITS), NOW)
    return any_database


async def bring_in(database: Database, *rows: dict[str, str], dry_run: bool = False) -> ImportResult:
    columns = [*COLUMNS, "held_form"]
    lines = read_lines([columns, *([(ROW | row).get(name, "") for name in columns] for row in rows)])
    async with database.read() as session:
        prepared = await prepare_import(session, None, lines, NOW)
    if dry_run:
        return prepared.result
    async with database.write() as session:
        return await import_meetings(session, None, prepared, NOW)


async def load(database: Database, code: str = "H-001") -> tuple[Meeting, dict[str, Invitation]]:
    async with database.read() as session:
        meeting = (await session.exec(select(Meeting).where(Meeting.code == code))).one()
        query = select(Invitation).where(Invitation.meeting_id == meeting.id).order_by(col(Invitation.position))
        invitations = (await session.exec(query)).all()
    return meeting, {str(row.position): row for row in invitations}


async def count(database: Database) -> int:
    async with database.read() as session:
        return (await session.exec(select(func.count()).select_from(Meeting))).one()


async def test_held_meeting_is_recorded_as_it_was(province: Database) -> None:
    assert (await bring_in(province, {})).added == 1
    meeting, invitations = await load(province)
    assert meeting.status is MeetingStatus.ENDED
    assert meeting.started_at == datetime(2022, 3, 1, 1, tzinfo=UTC)
    assert meeting.ended_at == datetime(2022, 3, 1, 3, tzinfo=UTC)
    assert meeting.attendance_confirmed_at == NOW
    assert meeting.declared_form is None
    assert [row.confirmed_mode for row in invitations.values()] == [Mode.ONLINE, Mode.ABSENT]
    async with province.read() as session:
        [entry] = await list_entries(session, action="meetings.import")
        people = await list_people(session, unit_id=meeting.convening_unit_id)
    assert entry.detail == {"added": 1, "updated": 0, "warnings": 0}
    assert [person.full_name for person in people] == [NOBODY]


async def test_held_form_alone_is_marked_as_declared(province: Database) -> None:
    await bring_in(province, {"attendance": "", "held_form": "online"})
    meeting, invitations = await load(province)
    assert meeting.declared_form is Form.ONLINE
    assert [row.confirmed_mode for row in invitations.values()] == [None, None]


@pytest.mark.parametrize(
    ("status", "means"),
    [
        ("draft", MeetingStatus.DRAFT),
        ("scheduled", MeetingStatus.SCHEDULED),
        ("cancelled", MeetingStatus.CANCELLED),
        ("postponed", MeetingStatus.POSTPONED),
    ],
)
async def test_meeting_that_was_not_held_has_no_times_of_its_own(
    province: Database, status: str, means: MeetingStatus
) -> None:
    await bring_in(province, {"status": status, "attendance": ""})
    meeting, _invitations = await load(province)
    assert (meeting.status, meeting.started_at, meeting.attendance_confirmed_at) == (means, None, None)


async def test_known_code_updates_the_meeting_and_its_units(province: Database) -> None:
    await bring_in(province, {}, {"code": "H-002", "start": "2022-03-02T08:00", "end": "2022-03-02T09:00"})
    before, _invitations = await load(province)
    change = {"title": "Giao ban quý I", "invited_units": "679;675", "attendance": "675=in_person;679=online"}
    result = await bring_in(province, change)
    meeting, invitations = await load(province)
    assert (result.added, result.updated, await count(province)) == (0, 1, 2)
    assert (meeting.id, meeting.slug, meeting.title) == (before.id, before.slug, "Giao ban quý I")
    assert meeting.version == before.version + 1
    assert [row.confirmed_mode for row in invitations.values()] == [Mode.ONLINE, Mode.IN_HALL]


async def test_what_is_said_already_is_not_written_again(province: Database) -> None:
    plan = {"code": "H-002", "status": "scheduled", "start": "2022-03-02T08:00", "end": "2022-03-02T10:00"}
    rows = [{}, plan, {"code": "H-003", "channel": "Zoom", "attendance": "", "held_form": "hybrid"}]
    await bring_in(province, *rows)
    looked = await bring_in(province, *rows, dry_run=True)
    assert (looked.added, looked.updated, looked.unchanged) == (0, 0, 3)
    again = await bring_in(province, {"attendance": "676=online;679=absent"}, *rows[1:])
    assert (again.added, again.updated, again.unchanged) == (0, 0, 3)
    assert (await load(province))[0].version == 1
    changes = [{"attendance": "676=in_person"}, plan | {"invited_units": "679;676"}, rows[2] | {"channel": "Zalo"}]
    changed = await bring_in(province, *changes)
    assert (changed.added, changed.updated, changed.unchanged) == (0, 3, 0)
    assert (await load(province))[1]["1"].confirmed_mode is Mode.IN_HALL


async def test_of_a_code_that_comes_twice_the_last_row_stands(province: Database) -> None:
    result = await bring_in(province, {}, {"title": "Giao ban quý I"})
    meeting, invitations = await load(province)
    assert (result.added, await count(province), meeting.title, len(invitations)) == (1, 1, "Giao ban quý I", 2)


async def test_meeting_that_is_no_longer_held_loses_its_times(province: Database) -> None:
    await bring_in(province, {})
    await bring_in(province, {"status": "cancelled", "attendance": ""})
    meeting, _invitations = await load(province)
    assert (meeting.status, meeting.ended_at) == (MeetingStatus.CANCELLED, None)


async def test_any_fault_and_nothing_is_written(province: Database) -> None:
    result = await bring_in(province, {}, {"code": "H-002", "kind": "?"}, {"code": "H-003", "status": "?"})
    assert [fault.line for fault in result.faults] == [3, 4]
    assert await count(province) == 0


async def test_what_changed_between_looking_and_taking_is_heeded(province: Database) -> None:
    """Units and meetings as they are when the file is taken, not as they were when it was looked at."""
    lines = read_lines(
        [COLUMNS, [(ROW | {"start": "2022-03-02T08:00", "end": "2022-03-02T09:00"})[name] for name in COLUMNS]]
    )
    async with province.read() as session:
        prepared = await prepare_import(session, None, lines, NOW)
    await bring_in(province, {})
    async with province.write() as session:
        meeting = (await session.exec(select(Meeting))).one()
        meeting.status = MeetingStatus.IN_SESSION
        session.add(meeting)
    async with province.write() as session:
        assert [fault.column for fault in (await import_meetings(session, None, prepared, NOW)).faults] == ["code"]
    async with province.write() as session:
        code = (await session.exec(select(UnitCode).where(UnitCode.code == "676"))).one()
        code.code = "x676"
        session.add(code)
    async with province.write() as session:
        faults = (await import_meetings(session, None, prepared, NOW)).faults
    assert [fault.column for fault in faults] == ["invited_units", "attendance"]
    meeting, _invitations = await load(province)
    assert (meeting.title, meeting.status) == ("Giao ban tháng 3", MeetingStatus.IN_SESSION)


async def test_the_number_of_statements_does_not_grow_with_the_rows(province: Database) -> None:
    """Whoever else writes waits for an import: it writes in bulk."""
    counts = []
    for number, rows in enumerate((10, 400)):
        lines = [{"code": f"{number}-{row}", "channel": "system"} for row in range(rows)]
        seen: list[str] = []

        def count_statement(*given: Any, seen: list[str] = seen) -> None:
            seen.append(given[2])

        event.listen(province.engine.sync_engine, "before_cursor_execute", count_statement)
        await bring_in(province, *lines)
        event.remove(province.engine.sync_engine, "before_cursor_execute", count_statement)
        counts.append(len(seen))
    assert counts[1] <= counts[0] + 20


async def test_dry_run_tells_and_writes_nothing(province: Database) -> None:
    result = await bring_in(province, {}, {"code": "H-002"}, dry_run=True)
    assert (result.added, result.updated, result.faults) == (2, 0, [])
    assert await count(province) == 0


async def test_collisions_in_the_file_and_with_the_books_are_warnings(province: Database) -> None:
    later = {"start": "2022-03-01T09:00", "end": "2022-03-01T11:00", "attendance": ""}
    result = await bring_in(province, {}, {"code": "H-002"} | later)
    assert {(warning.line, warning.column) for warning in result.warnings} >= {(3, "start")}
    result = await bring_in(province, {"code": "H-003", "status": "cancelled", "attendance": ""} | later)
    assert result.warnings == []
    result = await bring_in(province, {"code": "H-004"} | later | {"attendance": "676=online"})
    assert {warning.column for warning in result.warnings} == {"start"}
    assert await count(province) == 4


async def test_a_slip_that_puts_everything_at_one_time_is_told_in_a_moment(province: Database) -> None:
    rows = [{"code": f"H-{number}"} for number in range(1500)]
    result = await bring_in(province, *rows, dry_run=True)
    assert len({warning.line for warning in result.warnings}) == len(result.warnings) > 1000, "one for each line"
    assert result.warnings[-1].values["n"] == f"{MOST_TOLD}+"


async def test_meeting_whose_minutes_are_approved_stays_recorded(province: Database) -> None:
    await bring_in(province, {})
    async with province.write() as session:
        meeting = (await session.exec(select(Meeting))).one()
        meeting.status, meeting.recorded_at = MeetingStatus.RECORDED, NOW
        session.add(meeting)
    await bring_in(province, {"title": "Giao ban quý I"})
    meeting, _invitations = await load(province)
    assert (meeting.title, meeting.status) == ("Giao ban quý I", MeetingStatus.RECORDED)


async def test_meeting_in_session_is_not_overwritten(province: Database) -> None:
    await bring_in(province, {})
    async with province.write() as session:
        meeting = (await session.exec(select(Meeting))).one()
        meeting.status = MeetingStatus.IN_SESSION
        session.add(meeting)
    assert [fault.column for fault in (await bring_in(province, {})).faults] == ["code"]


async def test_other_platforms_are_kept_by_name_and_once(province: Database) -> None:
    rows = [{"code": f"H-{n}", "channel": name} for n, name in enumerate(["Zoom", "zoom", "Zalo", "system"])]
    await bring_in(province, *rows)
    async with province.read() as session:
        channels = {row.code: row for row in (await session.exec(select(Channel))).all()}
        used = [
            channels[row.channel].name
            for row in (await session.exec(select(Meeting).order_by(col(Meeting.code)))).all()
        ]
        recognised = {row.name for row in channels.values() if row.recognised}
    assert used == ["Zoom", "Zoom", "Zalo", "Hệ thống hội nghị truyền hình của tỉnh"]
    assert recognised.isdisjoint({"Zoom", "Zalo"})


async def test_only_the_office_brings_files_in(province: Database) -> None:
    async with province.write() as session:
        prepared = await prepare_import(session, make_actor(Role.OFFICE), [], NOW)
        for role in set(Role) - {Role.OFFICE}:
            with pytest.raises(NotAllowed):
                await prepare_import(session, make_actor(role), [], NOW)
        with pytest.raises(NotAllowed):
            await prepare_import(session, make_actor(Role.OFFICE, Role.INSPECTOR), [], NOW)
        with pytest.raises(NotAllowed):
            await import_meetings(session, make_actor(Role.SECRETARY), prepared, NOW)


async def test_those_who_were_invited_are_told_of_a_new_time_and_stay_invited(database: Database) -> None:
    async with database.write() as session:
        await import_units(session, None, parse_units(UNITS), NOW)
    plan = {"status": "scheduled", "attendance": "", "start": "2022-03-01T08:00", "end": "2022-03-01T10:00"}
    await bring_in(database, plan)
    async with database.write() as session:
        meeting = (await session.exec(select(Meeting))).one()
        meeting.status = MeetingStatus.INVITED
        session.add(meeting)
    await bring_in(database, plan)
    before, _invitations = await load(database)
    assert (before.status, before.sequence) == (MeetingStatus.INVITED, 0), "nothing has changed"
    await bring_in(database, plan | {"start": "2022-03-02T08:00", "end": "2022-03-02T10:00"})
    after, _invitations = await load(database)
    assert (after.status, after.sequence) == (MeetingStatus.INVITED, 1)
    await bring_in(database, plan | {"status": "cancelled"})
    gone, _invitations = await load(database)
    assert (gone.status, gone.sequence) == (MeetingStatus.CANCELLED, 2)
