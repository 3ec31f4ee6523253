"""Work on a meeting's recordings that failed: having it tried again."""

from aiohttp import web

from meetings.errors import Conflict, NotFound
from meetings.meeting_store import load_visible
from transcripts.failures import retry
from web.inputs import read_form
from web.keys import DATABASE, actor_of, now_of
from web.pages.forms import redirect


async def submit_retry(request: web.Request) -> web.Response:
    """``job`` is tried again. One that somebody else has set going meanwhile needs nothing more."""
    actor, slug, fields = actor_of(request), request.match_info["slug"], await read_form(request)
    job = fields.key("job")
    if job is None:
        raise NotFound
    try:
        async with request.app[DATABASE].write() as session:
            bundle = await load_visible(session, actor, slug)
            await retry(session, actor, bundle.id, job, now_of(request))
    except Conflict:
        return redirect(_back(request, slug))
    return redirect(_back(request, slug), "retried")


def _back(request: web.Request, slug: str) -> str:
    return f"/meetings/{slug}/minutes"
