"""The pages round a room: lobby, room, and after leaving. The WebSocket is in ``socket.py``, guests in ``guests.py``.

What the templates get, beside what every page gets:

``lobby.html`` (members and guests)
    ``meeting``     the MeetingBundle
    ``role``        the role in the room ("chair", "secretary", "technician", "delegate", "site", "observer", "guest")
    ``name``        how the person is shown in the room; for a guest the name given before, or ""
    ``detail``      the line under the name (unit or site)
    ``state``       "early" | "open" | "ended" | "cancelled" | "postponed" | "planned" (not fixed yet)
    ``opens_at``    from when this person may come in (aware UTC)
    ``room_url``    where "Vào họp" leads
    ``is_guest``    a guest: the form asks for a name (field ``name``) and is sent by POST to ``lobby_url``
    ``lobby_url``   this page
    ``error``       why a guest's name was not taken, a whole sentence, or ""
``room.html``
    ``meeting``, ``role``, ``name``, ``detail``, ``is_guest`` as above
    ``socket_path`` the path of the WebSocket ("/meetings/…/ws" or "/g/…/ws")
    ``lobby_url``   back to the lobby
    ``left_url``    where the script goes after leaving
``left.html``
    ``meeting`` (None when a guest's link is no longer good), ``is_guest``, ``lobby_url`` ("": no way back)
    ``attended``    how long this person was in the room, a timedelta
    ``first_in``, ``last_out``  aware UTC or None
    ``reason``      one of ``REASONS``, from the query
    ``left_url``    this page: the form "Có gì chưa ổn?" is sent there; ``may_tell`` when this person was in the room
    ``told``        the form was sent; ``text``, ``error`` when it was refused
``projection.html``
    ``meeting``, ``socket_path``, ``left_url`` as in ``room.html``
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions
from meetings.errors import Invalid, NotAllowed
from meetings.meeting_store import list_presences, load_visible
from web.inputs import clean
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.admissions import Entrance, admit_member, admit_projection, remember_browser
from web.pages.forms import explain, redirect

REASONS = ("left", "removed", "ended", "replaced", "signed_out", "closed", "turned_down", "full", "locked")


async def show_lobby(request: web.Request) -> web.Response:
    actor, slug = actor_of(request), request.match_info["slug"]
    async with request.app[DATABASE].read() as session:
        entrance = await admit_member(session, actor, slug, now_of(request))
    response = render(request, "lobby.html", describe_lobby(entrance, f"/meetings/{slug}"))
    remember_browser(request, response)
    return response


async def show_room(request: web.Request) -> web.Response:
    """Back to the lobby when the room is not open: that page says why."""
    actor, slug = actor_of(request), request.match_info["slug"]
    async with request.app[DATABASE].read() as session:
        entrance = await admit_member(session, actor, slug, now_of(request))
    if entrance.state != "open":
        raise web.HTTPSeeOther(f"/meetings/{slug}/lobby")
    response = render(request, "room.html", describe_room(entrance, f"/meetings/{slug}"))
    remember_browser(request, response)
    return response


async def show_projection(request: web.Request) -> web.Response:
    """The hall's big screen: it waits by itself until the room opens, and shows what the room shows."""
    actor, slug = actor_of(request), request.match_info["slug"]
    async with request.app[DATABASE].read() as session:
        entrance = await admit_projection(session, actor, slug, now_of(request))
    if entrance.state not in ("early", "open"):
        raise web.HTTPSeeOther(f"/meetings/{slug}/lobby")
    return render(request, "projection.html", describe_projection(entrance, f"/meetings/{slug}"))


def describe_projection(entrance: Entrance, base: str) -> dict[str, Any]:
    return {"meeting": entrance.bundle, "socket_path": f"{base}/ws?as=projection", "left_url": f"{base}/left"}


async def show_left(request: web.Request) -> web.Response:
    return await _render_left(request)


async def submit_left(request: web.Request) -> web.Response:
    """What was not right, from somebody who was there."""
    actor, slug = actor_of(request), request.match_info["slug"]
    text = clean(str((await request.post()).get("text", "")))
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor, slug)
        attended = await describe_attendance(session, bundle.id, f"account:{actor.account_id}", now_of(request))
    if not attended["may_tell"]:
        raise NotAllowed
    try:
        async with request.app[DATABASE].write() as session:
            await actions.leave_feedback(session, bundle, actor, actor.name, text, now_of(request))
    except Invalid as error:
        return await _render_left(request, {"text": text, "error": explain(error)}, 422)
    return redirect(f"/meetings/{slug}/left?reason={read_reason(request)}&told=1")


async def _render_left(
    request: web.Request, form: Mapping[str, object] | None = None, status: int = 200
) -> web.Response:
    actor, slug = actor_of(request), request.match_info["slug"]
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor, slug)
        attended = await describe_attendance(session, bundle.id, f"account:{actor.account_id}", now_of(request))
    base = f"/meetings/{slug}"
    context = {"meeting": bundle, "is_guest": False, "lobby_url": f"{base}/lobby", "left_url": f"{base}/left"}
    return render(request, "left.html", context | attended | describe_left(request) | dict(form or {}), status)


def describe_left(request: web.Request) -> dict[str, Any]:
    """What the page after leaving shows whoever left."""
    return {"reason": read_reason(request), "told": "told" in request.query, "text": "", "error": ""}


def describe_lobby(entrance: Entrance, base: str, error: str = "", typed: str | None = None) -> dict[str, Any]:
    """The context of ``lobby.html``. ``base`` is the path that the room's addresses begin with."""
    admission = entrance.admission
    is_guest = admission.role == "guest"
    return {
        "meeting": entrance.bundle,
        "role": admission.role,
        "name": admission.name if typed is None else typed,
        "detail": admission.detail,
        "state": entrance.state,
        "opens_at": admission.can_come,
        "room_url": f"{base}/room",
        "lobby_url": base if is_guest else f"{base}/lobby",
        "is_guest": is_guest,
        "error": error,
    }


def describe_room(entrance: Entrance, base: str) -> dict[str, Any]:
    """The context of ``room.html``."""
    lobby = describe_lobby(entrance, base)
    kept = ("meeting", "role", "name", "detail", "is_guest", "lobby_url")
    return {name: lobby[name] for name in kept} | {"socket_path": f"{base}/ws", "left_url": f"{base}/left"}


async def describe_attendance(session: AsyncSession, meeting_id: int, identity: str, now: datetime) -> dict[str, Any]:
    """How long this identity was in the room: its intervals never overlap."""
    mine = [row for row in await list_presences(session, meeting_id) if row.identity == identity]
    outs = [row.left_at for row in mine if row.left_at is not None]
    return {
        "attended": sum(((row.left_at or now) - row.joined_at for row in mine), timedelta()),
        "first_in": min((row.joined_at for row in mine), default=None),
        "last_out": max(outs) if outs and len(outs) == len(mine) else None,
        "may_tell": bool(mine),
    }


def read_reason(request: web.Request) -> str:
    reason = request.query.get("reason", "left")
    return reason if reason in REASONS else "left"
