"""What the tests of the room's rules, and those of its driver, begin with."""

from collections.abc import AsyncIterator

import pytest

from signaling.room import Room
from tests.room_house import House, open_house
from tests.room_play import open_room
from web.database import Database


@pytest.fixture
def room() -> Room:
    """The chair is p1 on connection c1, a site is p2 on c2."""
    return open_room()


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    async with open_house(database) as opened:
        yield opened
