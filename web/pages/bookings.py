"""The bookings of the rooms that people come to, each read once a second at most.

After an outage hundreds come back in the same second, and a booking with its units and sites is thousands of rows. What
one of them has read is good for all who come within that second; after a change made on the site it is read anew.
"""

import asyncio
import time

from meetings.meeting_store import MeetingBundle, get_meeting, get_meeting_by_id
from web.database import Database

GOOD_SECONDS = 1.0


class Bookings:
    """Of one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read: dict[str | int, tuple[float, asyncio.Task[MeetingBundle]]] = {}

    async def load(self, meeting: str | int) -> MeetingBundle:
        """The meeting of that slug or key. ``NotFound`` when there is none."""
        now = time.monotonic()
        self._read = {key: entry for key, entry in self._read.items() if now - entry[0] < GOOD_SECONDS}
        if meeting not in self._read:
            reading = asyncio.create_task(self._load(meeting))
            reading.add_done_callback(_note_fault)
            self._read[meeting] = now, reading
        reading = self._read[meeting][1]
        await asyncio.wait([reading])  # whoever waits may go away; the others still wait
        return reading.result()

    async def _load(self, meeting: str | int) -> MeetingBundle:
        async with self._database.read() as session:
            if isinstance(meeting, str):
                return await get_meeting(session, meeting)
            return await get_meeting_by_id(session, meeting)

    def forget(self) -> None:
        """Something was changed."""
        self._read.clear()


def _note_fault(reading: asyncio.Task[MeetingBundle]) -> None:
    """Those who wait are told of it; where all of them went away it is nobody's, and no fault of the program."""
    if not reading.cancelled():
        reading.exception()
