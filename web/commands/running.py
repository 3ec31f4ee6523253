"""What the commands on the database have in common: settings, one open database, and an error as one line."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import NoReturn, TypeVar

import typer
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError, DBAPIError

from meetings.errors import MeetingError
from web.config import Config
from web.database import Database
from web.i18n import translate
from web.migrations import upgrade

T = TypeVar("T")

LANGUAGE = "en"  # of the commands, as of their help


def utc_now() -> datetime:
    return datetime.now(UTC)


def read_config() -> Config:
    """The settings of the environment; exit 2 with the one that is wrong. The data folder exists afterwards."""
    try:
        config = Config()
    except ValidationError as error:
        wrong = error.errors()[0]
        refuse(f"GIAOBAN_{str(wrong['loc'][0]).upper()}: {wrong['msg']}")
    try:
        # For the owner alone: in it lie ballots, recordings and the hashes of passwords.
        config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        refuse(f"cannot use the data folder {config.data_dir} ({error.strerror})")
    return config


def refuse(message: str) -> NoReturn:
    """End with exit code 2 and one line on standard error."""
    typer.echo(f"Error: {message}", err=True)
    raise typer.Exit(2)


def run_with_database(config: Config, work: Callable[[Database], Awaitable[T]]) -> T:
    """Open the database, bring it up to date, do ``work``. What the person did wrong is one line and exit code 2."""
    try:
        return asyncio.run(_run(config, work))
    except MeetingError as error:
        refuse(translate(error.message, LANGUAGE, **error.values))
    except (DBAPIError, OSError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        refuse(f"the database does not answer ({type(reason).__name__}: {reason})")


async def _run(config: Config, work: Callable[[Database], Awaitable[T]]) -> T:
    try:
        database = Database(config.sqlalchemy_url)
    except (ArgumentError, ImportError) as error:
        refuse(f"GIAOBAN_DATABASE_URL begins with sqlite:/// or postgresql:// ({error})")
    try:
        await upgrade(database)
        return await work(database)
    finally:
        await database.close()
