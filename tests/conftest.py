"""A fresh database with the real migrations, on SQLite and on PostgreSQL, and a fixed clock. Nothing else."""

import asyncio
import gc
import os
import shutil
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from sqlalchemy import event

from bench.postgresql import find_postgresql, run_postgresql
from tests.browsing import Site, open_site
from tests.factories import NOW, World, build_world
from tests.pristine import make_pristine, put_back
from tests.settled import Settled, settle
from web.database import Database
from web.migrations import migrate

Given = TypeVar("Given")
Done = TypeVar("Done")

# No test is timed: a slow machine is no fault. The rest is as hypothesis has it, here or in CI.
settings.register_profile("untimed", settings.default, deadline=None)
settings.load_profile("untimed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With ``CI=true`` nothing may be skipped: a skipped test fails."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped although CI=true: {report.longrepr}"
    return report


def pytest_collection_finish() -> None:
    """What is there by now stays: to look through all of it for garbage time and again takes a second each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One migrated file that each test copies: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.sqlite3"
    run_apart(migrate, sqlite_url(path))
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A private PostgreSQL server on a socket of its own; the address of a migrated template database in it."""
    binaries = find_postgresql()
    if binaries is None:
        pytest.skip("no PostgreSQL server in /usr/lib/postgresql (apt-get install postgresql)")
    with run_postgresql(binaries) as url:
        run_apart(migrate, url)
        yield url


@pytest.fixture
def sqlite_database_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    path = tmp_path / "giaoban.sqlite3"
    shutil.copyfile(migrated_sqlite, path)
    return sqlite_url(path)


@pytest.fixture(scope="session")
def pristine(postgresql: str) -> str:
    return make_pristine(postgresql)


@pytest.fixture
def postgresql_database_url(pristine: str) -> Iterator[str]:
    yield pristine
    put_back(pristine)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def any_database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database, once on each kind of server."""
    url: str = request.getfixturevalue(f"{request.param}_database_url")
    return url


@pytest.fixture
async def database(sqlite_database_url: str) -> AsyncIterator[Database]:
    """A fresh migrated SQLite database."""
    opened = open_database(sqlite_database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def any_database(any_database_url: str) -> AsyncIterator[Database]:
    """A fresh migrated database, once on each kind of server: for tests of stores and actions."""
    opened = open_database(any_database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def settled(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Settled:
    """The small province, to be laid into SQLite databases."""
    path = tmp_path_factory.mktemp("settled") / "settled.sqlite3"
    shutil.copyfile(migrated_sqlite, path)
    return run_apart(asyncio.run, settle(sqlite_url(path)))


@pytest.fixture
async def world(database: Database, settled: Settled) -> World:
    """A small province in ``database``; see ``factories.World``."""
    return await settled.lay_into(database)


@pytest.fixture
async def any_world(any_database: Database) -> World:
    """The same in ``any_database``."""
    async with any_database.write() as session:
        return await build_world(session)


@pytest.fixture
async def site(database: Database, world: World, tmp_path: Path) -> AsyncIterator[Site]:
    """The whole site on a free port, over ``world``; see ``browsing.Site``."""
    async with open_site(database, world, tmp_path) as served:
        yield served


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def open_database(url: str) -> Database:
    """The database at ``url``, without waiting for the disk: no test cuts the power."""
    opened = Database(url)
    if opened.dialect == "sqlite":
        event.listen(opened.engine.sync_engine, "connect", _trust_disk)
    return opened


def _trust_disk(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = OFF")
    cursor.close()


def run_apart(work: Callable[[Given], Done], given: Given) -> Done:
    """In a thread of its own, for it runs an event loop and the tests have theirs."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work, given).result()
