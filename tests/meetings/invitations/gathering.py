"""A meeting to come with the three communes, and people of the first one."""

from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.invitations import delegates
from meetings.invitations.delegates import DelegateDraft
from meetings.models import Meeting, MeetingStatus
from tests.factories import NOW, World, add_meeting, key
from web.database import Database


async def add_gathering(session: AsyncSession, world: World, **values: Any) -> Meeting:
    invited = list(zip(world.communes, world.sites, strict=True))
    defaults: dict[str, Any] = {"slug": "hop", "status": MeetingStatus.INVITED, "hall_id": key(world.hall)}
    return await add_meeting(session, world.province, world.chair, world.secretary, invited, **(defaults | values))


async def register(
    database: Database, world: World, *people: str | DelegateDraft, who: str = "contact", now: datetime = NOW
) -> list[int]:
    """Put people of the first commune on the list, by name or as they are; their keys."""
    drafts = [each if isinstance(each, DelegateDraft) else DelegateDraft(full_name=each) for each in people]
    async with database.write() as session:
        rows = await delegates.register_delegates(
            session, world.actors[who], "hop", key(world.communes[0]), drafts, now
        )
        return [key(row) for row in rows]
