"""The hall of the worker's tests, on SQLite or on both kinds of database; see ``tests.hall``."""

from pathlib import Path

import pytest

from tests.hall import Hall, build_hall
from web.database import Database


@pytest.fixture
async def any_hall(any_database: Database, any_database_url: str, tmp_path: Path) -> Hall:
    return await build_hall(any_database, any_database_url, tmp_path)


@pytest.fixture
async def hall(database: Database, sqlite_database_url: str, tmp_path: Path) -> Hall:
    return await build_hall(database, sqlite_database_url, tmp_path)
