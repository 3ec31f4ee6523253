"""Asking for a redraft of minutes by the language model of the settings."""

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.meeting_store import MeetingBundle
from meetings.permissions import Actor
from transcripts.redraft_models import Redraft
from transcripts.redraft_work import ask_redraft
from web.inputs import Fields
from web.keys import CONFIG, now_of
from web.pages.minutes_changes import change_minutes


async def submit_redraft(request: web.Request) -> web.Response:
    """Queued for a worker: nothing of it is done on the server's loop."""
    enabled = bool(request.app[CONFIG].redraft_url)

    async def change(session: AsyncSession, actor: Actor, bundle: MeetingBundle, _fields: Fields) -> Redraft:
        return await ask_redraft(session, actor, bundle.id, now_of(request), enabled=enabled)

    return await change_minutes(request, change, "redraft_asked")
