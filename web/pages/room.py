"""The pages round a room: lobby, room, and after leaving. The WebSocket is in ``socket.py``, guests in ``guests.py``.

What the templates get, beside what every page gets:

``lobby.html`` (members and guests)
    ``meeting``     the MeetingBundle
    ``role``        the role in the room ("chair", "secretary", "technician", "delegate", "site", "observer", "guest")
    ``name``        how the person is shown in the room; for a guest the name given before, or ""
    ``detail``      the line under the name (unit or site)
    ``state``       "early" | "open" | "ended" | "cancelled"
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
    ``reason``      "left" | "removed" | "ended" | "replaced" | "signed_out" | "closed", from the query
"""

from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.errors import NotFound
from meetings.meeting_store import get_meeting, list_presences
from meetings.permissions import may_view_meeting
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.admissions import Entrance, admit_member

REASONS = ("left", "removed", "ended", "replaced", "signed_out", "closed")


async def show_lobby(request: web.Request) -> web.Response:
    actor, slug = actor_of(request), request.match_info["slug"]
    async with request.app[DATABASE].read() as session:
        entrance = await admit_member(session, actor, slug, now_of(request))
    return render(request, "lobby.html", describe_lobby(entrance, f"/meetings/{slug}"))


async def show_room(request: web.Request) -> web.Response:
    """Back to the lobby when the room is not open: that page says why."""
    actor, slug = actor_of(request), request.match_info["slug"]
    async with request.app[DATABASE].read() as session:
        entrance = await admit_member(session, actor, slug, now_of(request))
    if entrance.state != "open":
        raise web.HTTPSeeOther(f"/meetings/{slug}/lobby")
    return render(request, "room.html", describe_room(entrance, f"/meetings/{slug}"))


async def show_left(request: web.Request) -> web.Response:
    actor, slug = actor_of(request), request.match_info["slug"]
    async with request.app[DATABASE].read() as session:
        bundle = await get_meeting(session, slug)
        if not may_view_meeting(actor, bundle.meeting, bundle.invited_unit_ids):
            raise NotFound
        attended = await describe_attendance(session, bundle.id, f"account:{actor.account_id}", now_of(request))
    context = {"meeting": bundle, "is_guest": False, "lobby_url": f"/meetings/{slug}/lobby", **attended}
    return render(request, "left.html", context | {"reason": read_reason(request)})


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
    }


def read_reason(request: web.Request) -> str:
    reason = request.query.get("reason", "left")
    return reason if reason in REASONS else "left"
