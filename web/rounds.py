"""What the server looks after by itself, once a minute, whatever people do: agendas take up open tasks."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import datetime

from aiohttp import web

from meetings.tasks.agenda import carry_all, has_misplaced
from web.database import Database
from web.keys import CLOCK, DATABASE

log = logging.getLogger(__name__)

SECONDS = 60.0


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
    while True:
        await asyncio.sleep(SECONDS)
        try:
            await look_round(app[DATABASE], app[CLOCK]())
        except Exception:
            log.exception("a round failed")
