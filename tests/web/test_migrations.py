import re
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel, col, select

import meetings.calendar_models
import meetings.document_models
import meetings.exchange_models
import meetings.indicator_models
import meetings.invitation_models
import meetings.models
import meetings.room_models
import meetings.signature_models
import meetings.task_models
import transcripts.archive_models
import transcripts.minutes_models
import transcripts.models
import transcripts.redraft_models
import transcripts.search_models
import transcripts.upload_models
import web.migrations
from bench.postgresql import run_sql
from meetings.audit import verify_chain, write_entry
from meetings.document_models import OfficialDocument
from meetings.indicator.facts import verify
from meetings.indicator.figures import load_figure
from meetings.kinds import Rule
from meetings.models import Channel, ChatMessage, Invitation, Level, Meeting
from meetings.periods import parse
from tests.conftest import sqlite_url
from tests.factories import NOW
from transcripts.models import Minutes, Recording, Segment
from transcripts.search_models import SearchDue
from web.database import Database

TABLES = (
    meetings.models,
    meetings.room_models,
    meetings.calendar_models,
    meetings.document_models,
    meetings.exchange_models,
    meetings.indicator_models,
    meetings.invitation_models,
    meetings.signature_models,
    meetings.task_models,
    transcripts.archive_models,
    transcripts.minutes_models,
    transcripts.models,
    transcripts.redraft_models,
    transcripts.search_models,
    transcripts.upload_models,
)
VERSIONS = Path(web.migrations.__file__).parent / "versions"


def is_modelled(name: str | None, _kind: str, _parents: object) -> bool:
    """The index of words is kept by statements of each database's own."""
    return name is None or not (name.startswith("search_words") or name in ("words", "ix_search_entry_words"))


def compare(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_modelled})
    return list(compare_metadata(context, SQLModel.metadata))


async def test_upgraded_database_equals_models(any_database: Database) -> None:
    async with any_database.engine.connect() as connection:
        assert await connection.run_sync(compare) == []


async def test_migrating_twice_does_nothing(any_database: Database) -> None:
    assert await web.migrations.upgrade(any_database) is False


async def test_migrating_an_empty_database_reports_work(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'empty.sqlite3'}")
    assert await web.migrations.upgrade(database) is True
    await database.close()


async def test_failed_migration_leaves_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'taken.sqlite3'}")
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE unit (id INTEGER)"))
    with pytest.raises(DBAPIError):
        await web.migrations.upgrade(database)
    async with database.engine.begin() as connection:
        tables = (await connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))).scalars().all()
    assert tables == ["unit"]
    await database.close()


async def test_migrated_database_has_levels_and_channels(any_database: Database) -> None:
    async with any_database.read() as session:
        levels = (await session.exec(select(Level).order_by(col(Level.rank)))).all()
        channels = (await session.exec(select(Channel))).all()
    assert [(level.code, level.rank, str(level.valid_to)) for level in levels] == [
        ("province", 1, "None"),
        ("district", 2, "2025-06-30"),
        ("commune", 3, "None"),
    ]
    assert {channel.code: channel.recognised for channel in channels} == {
        "giaoban": True,
        "province_bridge": True,
        "other": False,
    }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'ai đó'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry",
    ],
)
async def test_audit_entry_cannot_be_touched(any_database: Database, statement: str, now: datetime) -> None:
    sqlite_only, postgresql_only = statement.startswith("INSERT OR"), statement.startswith("TRUNCATE")
    if (any_database.dialect == "sqlite" and postgresql_only) or (any_database.dialect != "sqlite" and sqlite_only):
        return  # the statement does not exist there
    async with any_database.write() as session:
        await write_entry(session, None, "test.entry", "", {}, now)
    with pytest.raises(DBAPIError, match="append-only"):
        async with any_database.write() as session:
            await (await session.connection()).execute(text(statement))
    async with any_database.read() as session:
        report = await verify_chain(session)
    assert report.holds
    assert report.entries == 1


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "old.sqlite3")
        return
    server: str = request.getfixturevalue("postgresql")
    name = f"empty_{uuid.uuid4().hex}"
    run_sql(server, f"CREATE DATABASE {name} TEMPLATE template0")
    yield server.replace("/giaoban?", f"/{name}?")
    run_sql(server, f"DROP DATABASE {name} WITH (FORCE)")


def upgrade_to(connection: Connection, revision: str) -> None:
    config = web.migrations.settings()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


OLD_ROWS = (
    "INSERT INTO unit (id, kind, official_order, note, is_demo) VALUES (1, 'people_committee', 1, '', false)",
    "INSERT INTO person (id, full_name, position, unit_id, email, is_demo)"
    " VALUES (1, 'Trần Văn Hiệp', '', 1, '', false)",
    "INSERT INTO meeting (id, slug, title, kind, convening_unit_id, chair_id, secretary_id, starts_at, ends_at,"
    " planned_form, form_reason, urgent, classification, status, status_reason, channel, exclusion, exclusion_reason,"
    " version, created_at, is_demo) VALUES (1, 'cu', 'Họp cũ', 'briefing', 1, 1, 1, '2026-01-01 01:00:00+00:00',"
    " '2026-01-01 03:00:00+00:00', 'online', '', false, 'internal', 'scheduled', '', 'giaoban', '', '', 1,"
    " '2026-01-01 00:00:00+00:00', false)",
    "INSERT INTO invitation (id, meeting_id, unit_id, position, note) VALUES (1, 1, 1, 1, 'cũ')",
    "INSERT INTO chat_message (id, meeting_id, at, identity, name, text)"
    " VALUES (1, 1, '2026-01-01 01:00:00+00:00', 'account:1', 'Xã', 'Chào')",
)


async def open_old(url: str, version: str, rows: Iterable[str]) -> Database:
    """A database as ``version`` left it, with ``rows``."""
    database = Database(url)
    async with database.engine.execution_options(giaoban_write=True).begin() as connection:
        await connection.run_sync(upgrade_to, version)
        for row in rows:
            await connection.execute(text(row))
    return database


async def test_rows_of_the_first_version_are_carried_on(empty_database_url: str) -> None:
    database = await open_old(empty_database_url, "0001", OLD_ROWS)
    async with database.write() as session:
        await write_entry(session, None, "test.entry", "", {}, NOW)

    assert await web.migrations.upgrade(database) is True

    async with database.read() as session:
        meeting = (await session.exec(select(Meeting))).one()
        invitation = (await session.exec(select(Invitation))).one()
        line = (await session.exec(select(ChatMessage))).one()
        assert (await verify_chain(session)).entries == 1
    assert (meeting.title, meeting.capacity) == ("Họp cũ", None)
    assert (invitation.note, invitation.names) == ("cũ", [])
    assert (line.text, line.audience) == ("Chào", "everybody")
    async with database.engine.connect() as connection:
        assert await connection.run_sync(compare) == []
    await database.close()


COUNTED_ROWS = (
    *OLD_ROWS[:2],
    "INSERT INTO unit (id, kind, official_order, note, is_demo) VALUES (2, 'people_committee', 2, '', false)",
    "INSERT INTO unit_name (id, unit_id, name, short_name) VALUES (1, 1, 'Tỉnh', ''), (2, 2, 'Xã', '')",
    "INSERT INTO unit_level (id, unit_id, level_id) SELECT 1, 1, id FROM level WHERE code = 'province'",
    "INSERT INTO unit_level (id, unit_id, level_id) SELECT 2, 2, id FROM level WHERE code = 'commune'",
    OLD_ROWS[2].replace("'scheduled'", "'ended'"),
    "UPDATE meeting SET started_at = starts_at, ended_at = ends_at, attendance_confirmed_at = ends_at",
    "INSERT INTO invitation (id, meeting_id, unit_id, position, note, confirmed_mode)"
    " VALUES (1, 1, 2, 1, '', 'online')",
)


async def test_meetings_of_the_first_version_are_counted(empty_database_url: str) -> None:
    database = await open_old(empty_database_url, "0001", COUNTED_ROWS)

    assert await web.migrations.upgrade(database) is True

    async with database.read() as session:
        figure = await load_figure(session, ("province", "commune"), parse("2026"), Rule.MAJORITY)
        assert (await verify(session)).holds
    assert (figure.ratio.online, figure.ratio.eligible) == (1, 1)
    await database.close()


RECORDED_ROWS = (
    *OLD_ROWS[:4],
    "UPDATE meeting SET status = 'ended', started_at = starts_at, ended_at = ends_at",
    "INSERT INTO recording (id, meeting_id, identity, speaker, path, started_at, ended_at, state, is_demo)"
    " VALUES (1, 1, 'site:1', 'Xã', 'cu/1.mka', '2026-01-01 01:00:00+00:00', '2026-01-01 03:00:00+00:00',"
    " 'transcribed', false)",
    "INSERT INTO segment (id, meeting_id, recording_id, starts_at, ends_at, text, suspect)"
    " VALUES (1, 1, 1, '2026-01-01 01:00:00+00:00', '2026-01-01 01:00:05+00:00', 'Kính thưa', '')",
    "INSERT INTO job (id, kind, subject, meeting_id, state, run_after, fence, attempts, done, total, error, created_at)"
    " VALUES (1, 'transcribe', 1, 1, 'done', '2026-01-01 03:00:00+00:00', 1, 1, 5, 5, '', '2026-01-01 03:00:00+00:00')",
    "INSERT INTO minutes (id, meeting_id, version, revision, state, content, content_sha256, edited_at, edited_by,"
    " submitted_by, returned_reason, approved_at, approved_by, reason, is_demo) VALUES (1, 1, 1, 4, 'approved', '{}',"
    " 'ab', '2026-01-02 01:00:00+00:00', 'Thư ký', '', '', '2026-01-02 01:00:00+00:00', 'Chủ tọa', '', false)",
    "INSERT INTO document (id, minutes_id, format, path, sha256, created_at)"
    " VALUES (1, 1, 'pdf', 'cu/v1.pdf', 'cd', '2026-01-02 01:00:00+00:00')",
    "INSERT INTO official_document (id, meeting_id, kind, organ_unit_id, symbol, number, year, preliminary, content,"
    " state, version, meeting_version, signed_file, signed_sha256, docx_file, signatures, signer_name, drafted_by,"
    " drafted_at, issued_by, withdrawn_reason) VALUES (1, 1, 'invitation', 1, 'GM-UBND', 1, 2026, false, '{}',"
    " 'issued', 3, 1, 'invitations/1.pdf', 'ef', '', '{}', '', '', '2026-01-01 00:00:00+00:00', '', ''),"
    " (2, 1, 'invitation', 1, 'GM-UBND', 2, 2026, false, '{}',"
    " 'signed', 3, 1, 'invitations/2.pdf', 'ef', '', '{}', '', '', '2026-01-01 00:00:00+00:00', '', '')",
)


async def test_records_of_an_earlier_version_are_carried_on(empty_database_url: str) -> None:
    database = await open_old(empty_database_url, "0004", RECORDED_ROWS)

    assert await web.migrations.upgrade(database) is True

    async with database.read() as session:
        documents = (await session.exec(select(OfficialDocument).order_by(col(OfficialDocument.id)))).all()
        minutes = (await session.exec(select(Minutes))).one()
        recording = (await session.exec(select(Recording))).one()
        segment = (await session.exec(select(Segment))).one()
        due = (await session.exec(select(SearchDue.meeting_id))).all()
    told = [(row.state, row.number, row.signed_file) for row in documents]
    assert told == [("issued", 1, "invitations/1.pdf"), ("numbered", 2, "invitations/2.pdf")]
    assert (minutes.state, minutes.comments_until) == ("approved", None)
    assert (recording.state, recording.heard, segment.text, segment.confidence) == ("transcribed", 0, "Kính thưa", None)
    assert list(due) == [1]
    async with database.engine.connect() as connection:
        assert await connection.run_sync(compare) == []
    await database.close()


def test_versions_are_numbered_in_order() -> None:
    names = sorted(path.name for path in VERSIONS.glob("*.py"))
    assert all(re.fullmatch(r"\d{4}_[a-z_]+\.py", name) for name in names)
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
