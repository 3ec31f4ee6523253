"""Bookings read once for all who come at the same time."""

import asyncio
import gc

import pytest

from meetings.errors import NotFound
from tests.factories import World, add_meeting
from web.database import Database
from web.pages.bookings import Bookings


async def test_those_who_come_together_are_told_the_same(database: Database, world: World) -> None:
    async with database.write() as session:
        meeting = await add_meeting(session, world.province, world.chair, world.secretary, world.communes, slug="hop")
    bookings = Bookings(database)
    first, second = await asyncio.gather(bookings.load("hop"), bookings.load("hop"))
    assert first is second
    assert len(first.invitations) == 3
    assert (await bookings.load(meeting.id or 0)).slug == "hop"


async def test_change_is_read_at_once(database: Database, world: World) -> None:
    async with database.write() as session:
        await add_meeting(session, world.province, world.chair, world.secretary, slug="hop", title="Trước")
    bookings = Bookings(database)
    assert (await bookings.load("hop")).meeting.title == "Trước"
    async with database.write() as session:
        row = await session.get_one(type((await bookings.load("hop")).meeting), 1)
        row.title = "Sau"
    bookings.forget()
    assert (await bookings.load("hop")).meeting.title == "Sau"


async def test_one_who_goes_away_leaves_the_others_their_answer(database: Database, world: World) -> None:
    async with database.write() as session:
        await add_meeting(session, world.province, world.chair, world.secretary, slug="hop")
    bookings = Bookings(database)
    impatient = asyncio.create_task(bookings.load("hop"))
    await asyncio.sleep(0)
    patient = asyncio.create_task(bookings.load("hop"))
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).slug == "hop"


async def test_fault_that_nobody_waits_for_any_more_is_not_logged(
    database: Database, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    bookings = Bookings(database)
    impatient = asyncio.create_task(bookings.load("khong-co"))
    await asyncio.sleep(0)
    [(_at, reading)] = bookings._read.values()
    impatient.cancel()
    await asyncio.wait([impatient, reading])
    assert impatient.cancelled()
    bookings.forget()
    del impatient, reading
    gc.collect()
    assert "never retrieved" not in caplog.text


async def test_meeting_that_is_not_there(database: Database, world: World) -> None:
    bookings = Bookings(database)
    for meeting in ("khong-co", 999):
        with pytest.raises(NotFound):
            await bookings.load(meeting)
