import re
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel, col, select

import meetings.models
import transcripts.models
import web.migrations
from meetings.audit import verify_chain, write_entry
from meetings.models import Channel, Level
from web.database import Database

TABLES = (meetings.models, transcripts.models)
VERSIONS = Path(web.migrations.__file__).parent / "versions"


def compare(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
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


def test_versions_are_numbered_in_order() -> None:
    names = sorted(path.name for path in VERSIONS.glob("*.py"))
    assert all(re.fullmatch(r"\d{4}_[a-z_]+\.py", name) for name in names)
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
