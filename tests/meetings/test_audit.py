import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from meetings.audit import START, SYSTEM, list_entries, verify_chain, write_entry
from meetings.models import AuditEntry, Form, Role
from tests.factories import make_actor
from web.database import Database

ACTOR = make_actor(Role.SECRETARY, account_id=7, name="Nguyễn Thị Thư")


async def test_entries_form_a_chain(any_database: Database, now: datetime) -> None:
    async with any_database.write() as session:
        first = await write_entry(session, ACTOR, "meeting.book", "meeting:1", {"title": "Họp"}, now, "10.0.0.1")
        second = await write_entry(session, None, "demo.load", "", {}, now)
    assert (first.previous_hash, second.previous_hash) == (START, first.hash)
    async with any_database.read() as session:
        rows = (await session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))).all()
        report = await verify_chain(session)
    assert [(row.account_id, row.actor, row.address, row.detail) for row in rows] == [
        (7, "Nguyễn Thị Thư", "10.0.0.1", {"title": "Họp"}),
        (None, SYSTEM, "", {}),
    ]
    assert (report.holds, report.entries) == (True, 2)


async def test_detail_keeps_instants_and_values(any_database: Database, now: datetime) -> None:
    detail = {"starts_at": [None, now], "form": [Form.ONLINE, Form.HYBRID], "n": 1, "day": now.date()}
    async with any_database.write() as session:
        await write_entry(session, ACTOR, "meeting.edit", "meeting:1", detail, now)
    async with any_database.read() as session:
        [entry] = await list_entries(session)
        assert (await verify_chain(session)).holds
    assert entry.detail == {
        "starts_at": [None, "2026-11-24T01:00:00+00:00"],
        "form": ["online", "hybrid"],
        "n": 1,
        "day": "2026-11-24",
    }


async def test_entry_of_a_change_that_failed_is_not_kept(any_database: Database, now: datetime) -> None:
    async def change() -> None:
        async with any_database.write() as session:
            await write_entry(session, ACTOR, "meeting.book", "", {}, now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await change()
    async with any_database.read() as session:
        assert await list_entries(session) == []


async def test_writers_at_the_same_time_make_one_chain(any_database: Database, now: datetime) -> None:
    async def write(number: int) -> None:
        async with any_database.write() as session:
            await write_entry(session, ACTOR, "test.entry", f"test:{number}", {}, now)

    await asyncio.gather(*(write(number) for number in range(12)))
    async with any_database.read() as session:
        report = await verify_chain(session)
    assert (report.holds, report.entries) == (True, 12)


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("UPDATE audit_entry SET actor = 'ai đó' WHERE id = 2", 2),
        ("UPDATE audit_entry SET detail = '[1]' WHERE id = 3", 3),
        ("UPDATE audit_entry SET account_id = NULL WHERE id = 1", 1),
        ("DELETE FROM audit_entry WHERE id = 2", 3),
    ],
)
async def test_change_behind_the_triggers_is_found(database: Database, now: datetime, change: str, broken: int) -> None:
    async with database.write() as session:
        for number in range(3):
            await write_entry(session, ACTOR, "test.entry", f"test:{number}", {}, now + timedelta(seconds=number))
    async with database.engine.begin() as connection:
        await connection.execute(text("DROP TRIGGER audit_entry_is_not_changed"))
        await connection.execute(text("DROP TRIGGER audit_entry_is_not_deleted"))
        await connection.execute(text(change))
    async with database.read() as session:
        report = await verify_chain(session)
    assert not report.holds
    assert report.broken_id == broken


async def test_entries_are_listed_newest_first_and_filtered(any_database: Database) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    async with any_database.write() as session:
        for number, action in enumerate(("meeting.book", "meeting.edit", "account.add", "meeting_x")):
            await write_entry(session, ACTOR, action, f"meeting:{number % 2}", {}, start + timedelta(hours=number))
    async with any_database.read() as session:
        everything = await list_entries(session)
        meetings = await list_entries(session, action="meeting.")
        first = await list_entries(session, subject="meeting:0")
        page = await list_entries(session, before_id=everything[1].id, limit=1)
        literal = await list_entries(session, action="meeting_")
    assert [entry.action for entry in everything] == ["meeting_x", "account.add", "meeting.edit", "meeting.book"]
    assert [entry.action for entry in meetings] == ["meeting.edit", "meeting.book"]
    assert [entry.action for entry in first] == ["account.add", "meeting.book"]
    assert [entry.action for entry in page] == ["meeting.edit"]
    assert [entry.action for entry in literal] == ["meeting_x"]
