"""Calendar feeds: one's own addresses, and what a calendar program reads under one.

``feeds.html`` gets, beside what every page gets:
    ``feeds``     rows with the name of the unit, if it is a unit's: ``(CalendarFeed, name)``, the newest first
    ``units``     ``[(value, name)]``: whose calendar may be chosen; ``""`` is one's own
    ``new_url``   the address just made, shown once, or ""
    ``values``, ``errors``    a refused form
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta

from aiohttp import web

from meetings.errors import N_, NotFound
from meetings.invitations import feeds
from meetings.invitations.feeds import Feed
from meetings.invitations.ical import Event, fill_in, write_feed
from meetings.people_store import load_history, load_tree
from meetings.permissions import may_make_feed
from web.auth import ADDRESS_FAILURES, THROTTLE, TooManyAttempts
from web.i18n import _, today
from web.inputs import key_of, read_form, read_key
from web.keys import DATABASE, actor_of, now_of, origin_of
from web.layout import render
from web.pages.forms import attempt, redirect, status_of
from web.pages.guesses import note_guess

REFRESH = timedelta(hours=1)


class TooManyReads(TooManyAttempts):
    message = N_("Lịch này được đọc quá nhiều lần. Hãy đặt chương trình lịch cập nhật mỗi giờ một lần.")


async def show_feeds(request: web.Request) -> web.Response:
    return await _render(request, {}, {})


async def submit_feed(request: web.Request) -> web.Response:
    """Make an address. It is shown in this answer and never again."""
    actor, now = actor_of(request), now_of(request)
    fields = await read_form(request)
    unit_id, label = read_key(fields.raw("unit")), fields.text("label", 150)
    if fields.raw("unit") and unit_id is None:
        fields.refuse("unit", _("Hãy chọn lịch của ai."))
    made: list[str] = []

    async def create() -> None:
        async with request.app[DATABASE].write() as session:
            _row, token = await feeds.create_feed(session, actor, unit_id, label, now)
        made.append(token)

    outcome = await attempt(fields, create)
    values = {"unit": fields.raw("unit"), "label": fields.raw("label")}
    if fields.errors:
        return await _render(request, values, fields.errors, status=status_of(outcome))
    return await _render(request, {}, {}, new_url=f"{origin_of(request)}/calendar/{made[0]}.ics")


async def submit_revoke(request: web.Request) -> web.Response:
    async with request.app[DATABASE].write() as session:
        await feeds.revoke_feed(session, actor_of(request), key_of(request), now_of(request))
    return redirect("/feeds", "feed_revoked")


async def _render(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], *, new_url: str = "", status: int = 200
) -> web.Response:
    actor, now = actor_of(request), now_of(request)
    async with request.app[DATABASE].read() as session:
        rows = await feeds.list_feeds(session, actor)
        history = await load_history(session)
        tree = await load_tree(session, today(now))
    units = [(str(unit.id), unit.name) for unit in tree if may_make_feed(actor, unit.id)]
    context = {
        "feeds": [(row, history.name(row.unit_id, today(now)).name if row.unit_id else "") for row in rows],
        "units": units,
        "new_url": new_url,
        "values": {"unit": "", "label": ""} | dict(values),
        "errors": errors,
    }
    response = render(request, "feeds.html", context, status)
    if new_url:
        response.headers["Cache-Control"] = "no-store"
    return response


async def download_feed(request: web.Request) -> web.Response:
    """The calendar of an address, for a program without an account: the secret is all it has."""
    now = now_of(request)
    async with request.app[DATABASE].read() as session:
        try:
            feed = await feeds.find_feed(session, request.match_info["token"], now)
        except NotFound:
            note_guess(request)
            raise
        _limit_reads(request, feed)
        events = await feeds.list_feed_events(session, feed, now)
    title = f"Lịch họp: {feed.unit_name or feed.actor.name}"
    text = await asyncio.to_thread(_write, title, events, origin_of(request))  # thousands of meetings take a while
    if not feeds.is_use_known(feed.row, now):
        async with request.app[DATABASE].write() as session:
            await feeds.note_use(session, feed.row.id or 0, now)
    return _answer(request, text)


def _write(title: str, events: Sequence[Event], origin: str) -> str:
    return fill_in(write_feed(title, events, REFRESH), origin, "")


def _limit_reads(request: web.Request, feed: Feed) -> None:
    """Programs read once an hour or so; one that reads all the time waits."""
    throttle, key, now = request.app[THROTTLE], f"feed:{feed.row.id}", now_of(request)
    if throttle.count(key, now) >= ADDRESS_FAILURES:
        raise TooManyReads
    throttle.add(key, now)


def _answer(request: web.Request, text: str) -> web.Response:
    tag = hashlib.sha256(text.encode()).hexdigest()[:32]
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
    if any(each.value == tag or each.value == "*" for each in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    headers["Content-Disposition"] = 'inline; filename="lich-hop.ics"'
    return web.Response(text=text, content_type="text/calendar", charset="utf-8", headers=headers)
