"""Asking for a redraft of minutes by the language model of the settings."""

from aiohttp import web

from meetings.meeting_store import get_meeting
from transcripts.redraft_work import ask_redraft
from web.inputs import read_form
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.pages.forms import attempt, redirect, status_of
from web.pages.minutes import render_minutes, require_view


async def submit_redraft(request: web.Request) -> web.Response:
    """Queued for a worker: nothing of it is done on the server's loop."""
    actor, fields, slug = actor_of(request), await read_form(request), request.match_info["slug"]
    enabled = bool(request.app[CONFIG].redraft_url)

    async def change() -> bool:
        async with request.app[DATABASE].write() as session:
            bundle = await get_meeting(session, slug)
            require_view(actor, bundle)
            await ask_redraft(session, actor, bundle.id, now_of(request), enabled=enabled)
            return True

    outcome = await attempt(fields, change)
    if outcome is not True:
        return await render_minutes(request, actor, fields, status_of(outcome))
    return redirect(f"/meetings/{slug}/minutes", "redraft_asked")
