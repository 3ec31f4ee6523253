"""Guests: the links of a meeting, and the way into its room by one.

What the templates get, beside what every page gets: lobby, room and left as in ``room.py``, and

``guest.html`` (the page of the links of a meeting, for those who may invite guests)
    ``meeting``, ``links``  the GuestLink rows, newest first; ``now``
    ``new_url``     the address of the link just made: shown once, or ""
    ``error``, ``label``    a refused form: the sentence and the input kept
    forms: POST ``/meetings/{slug}/guests`` with ``label`` (whom it is for) and ``csrf_token``;
           POST ``/meetings/{slug}/guests/{id}/revoke`` with ``csrf_token``
"""

from collections.abc import Mapping
from datetime import timedelta

from aiohttp import web

from meetings import actions
from meetings.errors import Invalid, NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle, get_meeting, list_guest_links, load_visible
from meetings.models import GuestLink
from meetings.permissions import may_invite_guests
from web.inputs import clean, read_key
from web.keys import DATABASE, actor_of, known_actor, locale_of, now_of, origin_of
from web.layout import render
from web.pages.admissions import (
    Entrance,
    admit_guest,
    admit_member,
    read_guest,
    read_guest_name,
    remember_browser,
    remember_guest,
)
from web.pages.forms import explain, redirect
from web.pages.room import describe_attendance, describe_left, describe_lobby, describe_room, read_reason

LINK_OUTLIVES = timedelta(hours=4)  # the planned end: meetings run over


async def show_links(request: web.Request) -> web.Response:
    return await _render_links(request)


async def submit_link(request: web.Request) -> web.Response:
    """Make a link. Its address is shown in this answer and never again."""
    actor, slug, now = actor_of(request), request.match_info["slug"], now_of(request)
    label = clean(str((await request.post()).get("label", "")))
    try:
        async with request.app[DATABASE].write() as session:
            meeting = (await get_meeting(session, slug)).meeting
            expires_at = max(meeting.ends_at, now) + LINK_OUTLIVES
            _link, token = await actions.create_guest_link(session, actor, slug, label, expires_at, now)
    except Invalid as error:
        return await _render_links(request, error=explain(error), label=label, status=422)
    return await _render_links(request, new_url=f"{origin_of(request)}/g/{token}")


async def submit_revoke(request: web.Request) -> web.Response:
    actor, slug, link_id = actor_of(request), request.match_info["slug"], read_key(request.match_info["id"])
    if link_id is None:
        raise NotFound
    async with request.app[DATABASE].write() as session:
        await actions.revoke_guest_link(session, actor, slug, link_id, now_of(request))
    return redirect(f"/meetings/{slug}/guests")


async def _render_links(
    request: web.Request, new_url: str = "", error: str = "", label: str = "", status: int = 200
) -> web.Response:
    bundle, links = await _load_links(request)
    context = {"meeting": bundle, "links": links, "now": now_of(request), "new_url": new_url}
    return render(request, "guest.html", context | {"error": error, "label": label}, status)


async def _load_links(request: web.Request) -> tuple[MeetingBundle, list[GuestLink]]:
    actor = actor_of(request)
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor, request.match_info["slug"])
        if not may_invite_guests(actor, bundle.meeting):
            raise NotAllowed
        return bundle, (await list_guest_links(session, bundle.id))[::-1]


async def show_guest_lobby(request: web.Request) -> web.Response:
    entrance = await _enter(request)
    if await _is_member(request, entrance):
        raise web.HTTPSeeOther(f"/meetings/{entrance.bundle.slug}/lobby")
    response = render(request, "lobby.html", describe_lobby(entrance, _base_of(request)))
    remember_browser(request, response)
    return response


async def submit_guest_lobby(request: web.Request) -> web.Response:
    """A guest says their name and goes in."""
    entrance = await _enter(request)
    typed = str((await request.post()).get("name", ""))[:1000]
    try:
        name = read_guest_name(typed)
    except Invalid as error:
        context = describe_lobby(entrance, _base_of(request), explain(error), typed)
        return render(request, "lobby.html", context, 422)
    response = redirect(f"{_base_of(request)}/room")
    remember_guest(request, response, request.match_info["token"], name)
    remember_browser(request, response)
    return response


async def show_guest_room(request: web.Request) -> web.Response:
    entrance = await _enter(request)
    if entrance.state != "open" or not entrance.admission.name:
        raise web.HTTPSeeOther(_base_of(request))
    return render(request, "room.html", describe_room(entrance, _base_of(request)))


async def show_guest_left(request: web.Request) -> web.Response:
    return await _render_left(request)


async def submit_guest_left(request: web.Request) -> web.Response:
    """What was not right, from a guest who was there."""
    entrance = await _enter(request)
    text = clean(str((await request.post()).get("text", "")))
    async with request.app[DATABASE].read() as session:
        identity = entrance.admission.identity
        attended = await describe_attendance(session, entrance.bundle.id, identity, now_of(request))
    if not attended["may_tell"]:
        raise NotAllowed
    try:
        async with request.app[DATABASE].write() as session:
            name = entrance.admission.name
            await actions.leave_feedback(session, entrance.bundle, None, name, text, now_of(request))
    except Invalid as error:
        return await _render_left(request, {"text": text, "error": explain(error)}, 422)
    return redirect(f"{_base_of(request)}/left?reason={read_reason(request)}&told=1")


async def _render_left(
    request: web.Request, form: Mapping[str, object] | None = None, status: int = 200
) -> web.Response:
    """Also for a guest whose link is no longer good: then there is nothing to tell but that."""
    context = {"meeting": None, "is_guest": True, "lobby_url": "", "left_url": f"{_base_of(request)}/left"}
    context |= describe_left(request)
    try:
        entrance = await _enter(request)
    except NotFound:
        nothing = {"attended": timedelta(), "first_in": None, "last_out": None, "may_tell": False}
        return render(request, "left.html", context | nothing)
    identity, meeting_id = entrance.admission.identity, entrance.bundle.id
    async with request.app[DATABASE].read() as session:
        attended = await describe_attendance(session, meeting_id, identity, now_of(request))
    known = {"meeting": entrance.bundle, "lobby_url": _base_of(request)}
    return render(request, "left.html", context | attended | known | dict(form or {}), status)


async def _enter(request: web.Request) -> Entrance:
    token = request.match_info["token"]
    guest = read_guest(request, token)
    async with request.app[DATABASE].read() as session:
        _link, entrance = await admit_guest(session, token, guest, locale_of(request), now_of(request))
        return entrance


async def _is_member(request: web.Request, entrance: Entrance) -> bool:
    """Whether whoever follows the link is signed in and invited anyway: then they come in as themselves."""
    actor = known_actor(request)
    if actor is None:
        return False
    try:
        async with request.app[DATABASE].read() as session:
            await admit_member(session, actor, entrance.bundle.slug, now_of(request))
    except (NotFound, NotAllowed):
        return False
    return True


def _base_of(request: web.Request) -> str:
    return f"/g/{request.match_info['token']}"
