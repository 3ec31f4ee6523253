"""Booking a meeting through its use case, and what that left behind."""

from datetime import timedelta

from meetings import actions
from meetings.audit import list_entries, verify_chain
from meetings.errors import MeetingError
from meetings.meeting_store import MeetingBundle, get_meeting
from meetings.scheduling import MeetingDraft
from tests.factories import NOW, TOMORROW, World
from web.database import Database

EVENING = TOMORROW + timedelta(hours=6)


def told(error: MeetingError) -> str:
    return error.message.format(**error.values)


async def book(database: Database, world: World, draft: MeetingDraft, who: str = "secretary") -> str:
    async with database.write() as session:
        return (await actions.book_meeting(session, world.actors[who], draft, NOW)).slug


async def load(database: Database, slug: str) -> MeetingBundle:
    async with database.read() as session:
        return await get_meeting(session, slug)


async def actions_in_audit(database: Database) -> list[str]:
    async with database.read() as session:
        assert (await verify_chain(session)).holds
        return [entry.action for entry in reversed(await list_entries(session))]
