"""What is done to minutes: saved while typing, submitted, approved, returned, printed to be signed, opened again as a
new version."""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.errors import N_, Invalid
from meetings.meeting_store import MeetingBundle, get_meeting
from meetings.permissions import Actor
from transcripts import minutes_actions as actions
from transcripts.minutes import Content
from transcripts.models import Minutes
from web.i18n import format_datetime, format_time
from web.inputs import Fields, read_form
from web.keys import DATABASE, actor_of, now_of
from web.pages.forms import attempt, explain, redirect, status_of
from web.pages.minutes import render_minutes, require_view

Change = Callable[[AsyncSession, Actor, MeetingBundle, Fields], Awaitable[object]]


async def save_minutes(request: web.Request) -> web.Response:
    """``{"revision", "content"}`` in, ``{"revision", "saved_at"}`` out; 409 when somebody else saved in between, with
    what that is."""
    actor = actor_of(request)
    try:
        sent = json.loads(await request.text())
        # A lone surrogate is legal in JSON and in no database.
        json.dumps(sent, ensure_ascii=False).encode()
        revision, written = sent["revision"], sent["content"]
    except (ValueError, TypeError, LookupError, RecursionError):
        raise Invalid(N_("Nội dung gửi lên không đọc được.")) from None
    if not isinstance(revision, int) or isinstance(revision, bool):
        raise Invalid(N_("Nội dung gửi lên không đọc được."))
    content = Content.from_json(written)
    async with request.app[DATABASE].write() as session:
        bundle = await get_meeting(session, request.match_info["slug"])
        require_view(actor, bundle)
        try:
            minutes = await actions.save_minutes(session, actor, bundle.id, revision, content, now_of(request))
        except actions.Overtaken as refusal:
            return _tell_overtaken(refusal)
    return web.json_response({"revision": minutes.revision, "saved_at": format_time(minutes.edited_at)})


def _tell_overtaken(refusal: actions.Overtaken) -> web.Response:
    """409 with what stands there now, for the page to lay beside what was typed."""
    theirs = refusal.minutes
    told = {
        "error": explain(refusal),
        "revision": theirs.revision,
        "content": Content.from_json(theirs.content).to_json(),
        "edited_by": theirs.edited_by,
        "edited_at": format_datetime(theirs.edited_at),
    }
    return web.json_response(told, status=409)


async def submit_minutes(request: web.Request) -> web.Response:
    async def change(session: AsyncSession, actor: Actor, bundle: MeetingBundle, fields: Fields) -> Minutes:
        return await actions.submit_minutes(session, actor, bundle.id, read_revision(fields), now_of(request))

    return await change_minutes(request, change, "minutes_submitted")


async def approve_minutes(request: web.Request) -> web.Response:
    async def change(session: AsyncSession, actor: Actor, bundle: MeetingBundle, fields: Fields) -> Minutes:
        return await actions.approve_minutes(session, actor, bundle.id, read_revision(fields), now_of(request))

    return await change_minutes(request, change, "minutes_approved")


async def return_minutes(request: web.Request) -> web.Response:
    async def change(session: AsyncSession, actor: Actor, bundle: MeetingBundle, fields: Fields) -> Minutes:
        reason = fields.raw("reason")
        return await actions.return_minutes(session, actor, bundle.id, read_revision(fields), reason, now_of(request))

    return await change_minutes(request, change, "minutes_returned")


async def open_new_version(request: web.Request) -> web.Response:
    async def change(session: AsyncSession, actor: Actor, bundle: MeetingBundle, fields: Fields) -> Minutes:
        return await actions.open_new_version(session, actor, bundle.id, fields.raw("reason"), now_of(request))

    return await change_minutes(request, change, "minutes_reopened")


async def order_document(request: web.Request) -> web.Response:
    async def change(session: AsyncSession, actor: Actor, bundle: MeetingBundle, _fields: Fields) -> Minutes:
        return await actions.order_document(session, actor, bundle.id, now_of(request))

    return await change_minutes(request, change, "minutes_document_ordered")


async def change_minutes(request: web.Request, change: Change, done: str) -> web.Response:
    """Do it and show the page; what is refused comes back as the page with the reason and what was typed."""
    actor, fields = actor_of(request), await read_form(request)

    async def apply() -> object:
        async with request.app[DATABASE].write() as session:
            bundle = await get_meeting(session, request.match_info["slug"])
            require_view(actor, bundle)
            return await change(session, actor, bundle, fields)

    outcome = await attempt(fields, apply)
    if fields.errors:
        return await render_minutes(request, actor, fields, status_of(outcome))
    return redirect(f"/meetings/{request.match_info['slug']}/minutes", done)


def read_revision(fields: Fields) -> int:
    """The revision that the person saw; 0, which is never one, for anything else."""
    text = fields.raw("revision")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
