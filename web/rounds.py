"""What the server looks after by itself, once a minute, whatever people do: open tasks on agendas, and the archive."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime

from aiohttp import web

from meetings.tasks.agenda import carry_all, has_misplaced
from web.archive_files import finish_destructions, hash_recordings, tell_of_ends
from web.database import Database
from web.keys import CLOCK, CONFIG, DATABASE

log = logging.getLogger(__name__)

SECONDS = 60.0
ROUNDS_A_DAY = 24 * 60

Step = Callable[[], Awaitable[None]]


async def go_rounds(app: web.Application) -> AsyncIterator[None]:
    """While the server runs."""
    task = asyncio.create_task(_repeat(app), name="rounds")
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def carry_onto_agendas(database: Database, now: datetime) -> None:
    """Open tasks; it writes only where an agenda is not as it should be."""
    async with database.read() as session:
        wanted = await has_misplaced(session, now)
    if wanted:
        async with database.write() as session:
            await carry_all(session, now)


async def _repeat(app: web.Application) -> None:
    for number in itertools.count():
        await asyncio.sleep(SECONDS)
        await run_steps(list_steps(app, number))


def list_steps(app: web.Application, number: int) -> list[Step]:
    """Of the round with this number. What was decided is carried out before what may take long."""
    database, config, clock = app[DATABASE], app[CONFIG], app[CLOCK]
    steps: list[Step] = [
        lambda: carry_onto_agendas(database, clock()),
        lambda: finish_destructions(database, config, clock()),
        lambda: hash_recordings(database, config, clock()),
    ]
    if number % ROUNDS_A_DAY == 0:
        steps.append(lambda: tell_of_ends(database, config, clock()))
    return steps


async def run_steps(steps: Sequence[Step]) -> None:
    """Each, also when one before it fails."""
    for step in steps:
        try:
            await step()
        except Exception:
            log.exception("a step of a round failed")
