"""Noting that a meeting was held outside the room: in person, or over another system."""

from collections.abc import Sequence

from aiohttp import web

from meetings import actions, permissions
from meetings.errors import NotAllowed
from meetings.meeting_store import MeetingBundle, list_channels, load_visible
from meetings.models import Channel
from meetings.scheduling import CHANNEL
from transcripts.actions import meeting_ended
from web.i18n import _, local
from web.inputs import read_form, read_span
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.forms import attempt, redirect, status_of, sure

IN_PERSON = "in_person"  # in the form, where an empty choice is none


async def show_held(request: web.Request) -> web.Response:
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor_of(request), request.match_info["slug"])
        channels = await list_channels(session)
    start, end = local(bundle.meeting.starts_at), local(bundle.meeting.ends_at)
    values = {
        "held_on": start.date().isoformat(),
        "started_at": f"{start:%H:%M}",
        "ended_at": f"{end:%H:%M}",
        "ended_on": end.date().isoformat(),
        "channel": "",
    }
    return _render_held(request, bundle, channels, values, {})


def _render_held(
    request: web.Request,
    bundle: MeetingBundle,
    channels: Sequence[Channel],
    values: dict[str, str],
    errors: dict[str, str],
    status: int = 200,
) -> web.Response:
    if not permissions.may_record_held(actor_of(request), bundle.meeting):
        raise NotAllowed
    options = [(IN_PERSON, _("Trực tiếp, không qua hệ thống nào"))]
    options += [(channel.code, channel.name) for channel in channels if channel.code != CHANNEL]
    view = {"bundle": bundle, "options": options, "values": values, "errors": errors}
    return render(request, "meeting_held.html", view, status)


async def submit_held(request: web.Request) -> web.Response:
    """A meeting that took place without the room: in person, or over another system."""
    actor, slug, fields = actor_of(request), request.match_info["slug"], await read_form(request)
    held = read_span(fields, "held_on", "started_at", "ended_on", "ended_at")
    channel = fields.text("channel", 32, _("Hãy chọn cách họp."))

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            code = "" if channel == IN_PERSON else channel
            meeting = await actions.record_held(session, actor, slug, sure(held), code, now_of(request))
            await meeting_ended(session, meeting.id or 0, now_of(request))

    outcome = await attempt(fields, change)
    if not fields.errors:
        return redirect(f"/meetings/{slug}/attendance", "held")
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor, slug)
        channels = await list_channels(session)
    values = {name: fields.raw(name) for name in ("held_on", "started_at", "ended_at", "ended_on", "channel")}
    return _render_held(request, bundle, channels, values, fields.errors, status_of(outcome))
