"""The archive of the demo: one meeting whose file is held."""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.kinds import OVER
from meetings.models import Meeting
from meetings.people_store import load_actor
from transcripts.archive.actions import place_hold
from web.demo.people import SECRETARY
from web.demo.units import Cast


async def add_hold(session: AsyncSession, cast: Cast, now: datetime) -> None:
    """On the newest meeting that is over, by its secretary."""
    query = select(Meeting).where(col(Meeting.is_demo), col(Meeting.status).in_(OVER))
    query = query.where(Meeting.secretary_id == cast.people[SECRETARY]).order_by(col(Meeting.ended_at).desc())
    meeting = (await session.exec(query)).first()
    actor = await load_actor(session, cast.accounts[SECRETARY])
    if meeting is not None and actor is not None:
        await place_hold(session, actor, meeting.slug, "Phục vụ thanh tra việc giải ngân vốn đầu tư công.", now)
