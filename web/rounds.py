"""What the server looks after by itself, once a minute, whatever people do: open tasks on agendas, and the archive."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator
from datetime import datetime

from aiohttp import web

from meetings.tasks.agenda import carry_all, has_misplaced
from web.archive_files import look_after_archive, tell_of_ends
from web.database import Database
from web.keys import CLOCK, CONFIG, DATABASE

log = logging.getLogger(__name__)

SECONDS = 60.0
ROUNDS_A_DAY = 24 * 60


async def go_rounds(app: web.Application) -> AsyncIterator[None]:
    """While the server runs."""
    task = asyncio.create_task(_repeat(app), name="rounds")
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def look_round(database: Database, now: datetime) -> None:
    """One round. It writes only where something has changed."""
    async with database.read() as session:
        wanted = await has_misplaced(session, now)
    if wanted:
        async with database.write() as session:
            await carry_all(session, now)


async def _repeat(app: web.Application) -> None:
    for number in itertools.count():
        await asyncio.sleep(SECONDS)
        try:
            await look_round(app[DATABASE], app[CLOCK]())
            await look_after_archive(app[DATABASE], app[CONFIG], app[CLOCK]())
            if number % ROUNDS_A_DAY == 0:
                await tell_of_ends(app[DATABASE], app[CONFIG], app[CLOCK]())
        except Exception:
            log.exception("a round failed")
