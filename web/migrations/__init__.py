"""Brings a database up to date: one numbered step per file under ``versions``, forward only."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.indicator.facts import rebuild_facts
from web.database import Database

LOCK = 0x67620000  # held while migrating, so that of several servers that start at once one does it and the rest wait
FACTS = "0004"  # the step that made the tables of what the indicator keeps of each meeting


def migrate(url: str) -> bool:
    """Bring the database at ``url`` (with its asynchronous driver) up to date; whether anything was to do.

    Everything happens in one transaction: it is either as before or as it should be. Not to be called in an event loop.
    """
    return asyncio.run(_migrate(url))


async def _migrate(url: str) -> bool:
    database = Database(url)
    try:
        return await upgrade(database)
    finally:
        await database.close()


async def upgrade(database: Database) -> bool:
    """The same for a database that is already open. Meetings from before the indicator's tables are counted then."""
    async with database.engine.execution_options(giaoban_write=True).begin() as connection:
        before = await connection.run_sync(_read_revision)
        if not await connection.run_sync(_upgrade):
            return False
        if before is not None and before < FACTS:
            async with AsyncSession(connection) as session:  # in the same transaction, which it leaves open
                await rebuild_facts(session)
        return True


async def current_revision(database: Database) -> str:
    """The number of the last step that was done; empty when none was."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_read_revision) or ""


def _read_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> bool:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    config = settings()
    if _read_revision(connection) == ScriptDirectory.from_config(config).get_current_head():
        return False
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return True


def settings() -> Config:
    """Alembic's settings: there is no ini file, for the address comes from the program."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config
