"""Who may come into a room, and as what: found out from booking, account and link, for pages and WebSocket alike.

Every way into a room goes through ``admit_member`` or ``admit_guest``.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.errors import N_, Invalid, NotAllowed, NotFound
from meetings.kinds import LIVE, OVER, PLANNED
from meetings.meeting_store import Invited, MeetingBundle, find_guest_link, get_meeting, get_meeting_by_id, is_visible
from meetings.models import GuestLink, Role
from meetings.people_store import load_tree
from meetings.permissions import Actor
from meetings.tokens import hash_token
from signaling import protocol
from signaling.sfu import Admission
from web.inputs import clean, is_text, read_cookie
from web.middlewares import set_cookie
from web.pages.bookings import Bookings
from web.room_store import seat_of_person, seat_of_site, seat_of_unit

OPENS_BEFORE = timedelta(minutes=15)
OPERATORS_BEFORE = timedelta(minutes=60)  # the trial session before a meeting
EVERYTHING = protocol.EVERYTHING
SPEAK_FOR_NONE = ("technician", "observer")  # who is here for no unit: neither its attendance nor its voice
UNINVITED = 10_000  # behind every invited unit
GUESTS = 100_000
GUEST_DETAIL = "Khách mời"  # shown to everybody in the room, whatever language their pages have
GUEST_COOKIE = "giaoban_guest"
GUEST_COOKIE_AGE = 24 * 3600
BROWSER_COOKIE = "giaoban_browser"
BROWSER_COOKIE_AGE = 30 * 24 * 3600
NONCE = re.compile(r"[A-Za-z0-9_-]{22}")  # 128 bits


@dataclass(frozen=True)
class Entrance:
    """Somebody at the door of a meeting's room. ``state`` is "early", "open", "ended", "cancelled", "postponed" or
    "planned" (it is not fixed yet)."""

    bundle: MeetingBundle
    admission: Admission
    state: str


@dataclass(frozen=True)
class Place:
    """Whom somebody is here for: the unit, the line under the name, the place in the official order of this meeting."""

    unit_id: int | None
    detail: str
    order: int
    invited: bool


@dataclass(frozen=True)
class Guest:
    """What a guest's cookie says. ``nonce`` makes one guest of a link the same across reconnects."""

    nonce: str
    name: str


async def admit_member(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    now: datetime,
    *,
    browser: str = "",
    bookings: Bookings | None = None,
) -> Entrance:
    """Raises ``NotFound`` when the person may not know of the meeting, ``NotAllowed`` when they may not join it.

    Of a meeting that is over, those who may see it are let as far as to be told so. ``bookings``: where many come at
    the same time.
    """
    bundle = await (bookings.load(slug) if bookings else get_meeting(session, slug))
    require_entry(actor, bundle)
    meeting = bundle.meeting
    role, place = find_role(actor, bundle), await _find_place(session, actor, bundle)
    operates = permissions.may_operate_room(actor, meeting)
    early = operates or role == "site"
    speaks, seat = role not in SPEAK_FOR_NONE, _find_seat(actor, bundle, role, place)
    admission = Admission(
        identity=f"account:{actor.account_id}",
        name=actor.name,
        detail=place.detail,
        role=role,
        may=EVERYTHING if operates else frozenset(),
        order=place.order,
        locale=actor.locale,
        about={
            "person_id": actor.person_id,
            "site_id": actor.site_id,
            "unit_id": place.unit_id if speaks else None,
        },
        can_come=meeting.starts_at - (OPERATORS_BEFORE if early else OPENS_BEFORE),
        seat=seat,
        invited=place.invited or bool(seat),
        browser=browser,
    )
    return Entrance(bundle, admission, _find_state(bundle, admission, now))


async def admit_projection(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    now: datetime,
    *,
    browser: str = "",
    bookings: Bookings | None = None,
) -> Entrance:
    """The big screen of a hall, opened by a member: it comes through the same door and is nobody's attendance.

    One for each account: another one takes its place.
    """
    entrance = await admit_member(session, actor, slug, now, browser=browser, bookings=bookings)
    screen = replace(
        entrance.admission,
        identity=f"projection:{entrance.admission.identity}",
        role="projection",
        may=frozenset(),
        about={},
        seat="",
    )
    return replace(entrance, admission=screen)


def require_entry(actor: Actor, bundle: MeetingBundle) -> None:
    """As ``admit_member``."""
    if not is_visible(actor, bundle):
        raise NotFound
    meeting, units, sites = bundle.meeting, bundle.invited_unit_ids, bundle.invited_site_ids
    if meeting.status in LIVE and not permissions.may_join_meeting(actor, meeting, units, sites):
        raise NotAllowed


def find_role(actor: Actor, bundle: MeetingBundle) -> protocol.Role:
    """What the person is in this room: what the meeting makes of them comes before the account's roles."""
    meeting = bundle.meeting
    if permissions.is_chair(actor, meeting):
        return "chair"
    if permissions.is_secretary(actor, meeting):
        return "secretary"
    if permissions.may_operate_room(actor, meeting):
        return "technician" if actor.has(Role.TECHNICIAN) else "secretary"
    if actor.site_id is not None:
        return "site"
    belongs = actor.unit_id is not None and actor.unit_id in {meeting.convening_unit_id, *bundle.invited_unit_ids}
    return "delegate" if belongs else "observer"


async def load_guest_link(session: AsyncSession, token: str, now: datetime) -> GuestLink:
    """The link of this token. ``NotFound`` when there is none, it was revoked, or it has expired."""
    link = await find_guest_link(session, hash_token(token), now)
    if link is None:
        raise NotFound(N_("Liên kết này không còn dùng được. Hãy liên hệ người đã gửi liên kết cho bạn."))
    return link


async def admit_guest(
    session: AsyncSession,
    token: str,
    guest: Guest | None,
    locale: str,
    now: datetime,
    *,
    browser: str = "",
    bookings: Bookings | None = None,
) -> tuple[GuestLink, Entrance]:
    """Somebody with a link. Without ``guest`` nobody has said their name yet: good for the lobby alone."""
    link = await load_guest_link(session, token, now)
    meeting = link.meeting_id
    if bookings:
        # Its connection goes back first: were all of them held by those who wait for the booking, none would read it.
        await session.close()
        bundle = await bookings.load(meeting)
    else:
        bundle = await get_meeting_by_id(session, meeting)
    admission = Admission(
        identity=f"guest:{link.id}:{guest.nonce if guest else ''}",
        name=guest.name if guest else "",
        detail=GUEST_DETAIL,
        role="guest",
        may=frozenset(),
        order=GUESTS,
        locale=locale,
        about={},
        can_come=bundle.meeting.starts_at - OPENS_BEFORE,
        via=f"link:{link.id}",
        browser=browser,
    )
    return link, Entrance(bundle, admission, _find_state(bundle, admission, now))


def read_guest_name(typed: str) -> str:
    """A guest's name as others will see it. Raises ``Invalid``."""
    try:
        return protocol.clean_name(clean(typed))
    except ValueError:
        raise Invalid(N_("Hãy nhập họ tên, từ 2 đến 100 ký tự."), field="name") from None


def read_guest(request: web.Request, token: str) -> Guest | None:
    """The guest whom this browser was for this link.

    The key of the signature is the link itself, which a guest knows: what is signed is no more to be trusted than a
    form, it only cannot come from another link.
    """
    body, _dot, signature = read_cookie(request, GUEST_COOKIE).partition(".")
    if not hmac.compare_digest(signature.encode(), _sign(token, body).encode()):
        return None
    try:
        nonce, name = json.loads(base64.urlsafe_b64decode(body.encode()))
        if not isinstance(nonce, str) or not NONCE.fullmatch(nonce) or not is_text(name):
            return None
        return Guest(nonce, read_guest_name(name))
    except (ValueError, TypeError, AttributeError, RecursionError, Invalid):
        return None


def remember_guest(request: web.Request, response: web.StreamResponse, token: str, name: str) -> None:
    """Sign the guest's name and nonce with the link's token: the cookie is good for this link alone."""
    known = read_guest(request, token)
    nonce = known.nonce if known else secrets.token_urlsafe(16)
    body = base64.urlsafe_b64encode(json.dumps([nonce, name]).encode()).decode()
    set_cookie(request, response, GUEST_COOKIE, f"{body}.{_sign(token, body)}", GUEST_COOKIE_AGE, f"/g/{token}")


def read_browser(request: web.Request) -> str:
    """A name for this browser by which whoever was removed is known again; empty for one that keeps no cookie."""
    nonce = read_cookie(request, BROWSER_COOKIE)
    return hashlib.sha256(nonce.encode()).hexdigest()[:32] if NONCE.fullmatch(nonce) else ""


def remember_browser(request: web.Request, response: web.StreamResponse) -> None:
    """Give this browser a name, if it has none; it says nothing about who uses it."""
    if not NONCE.fullmatch(read_cookie(request, BROWSER_COOKIE)):
        set_cookie(request, response, BROWSER_COOKIE, secrets.token_urlsafe(16), BROWSER_COOKIE_AGE)


def _sign(token: str, body: str) -> str:
    return hmac.new(token.encode(), body.encode(), hashlib.sha256).hexdigest()


def _find_state(bundle: MeetingBundle, admission: Admission, now: datetime) -> str:
    status = bundle.meeting.status
    if status in PLANNED:
        return "planned"
    if status not in LIVE:
        return "ended" if status in OVER else status.value
    return "open" if now >= admission.can_come else "early"


async def _find_place(session: AsyncSession, actor: Actor, bundle: MeetingBundle) -> Place:
    """For which unit of this meeting somebody is here.

    The main hall is the convener's. The account of a site speaks for its own unit when that is invited, else for the
    unit that was put at this site; where several were, for none of them alone.
    """
    convening = bundle.convening
    if actor.unit_id == convening.id or _is_hall(actor, bundle):
        return Place(convening.id, convening.name, 0, invited=True)
    for invited in bundle.invitations:
        if invited.unit.id == actor.unit_id:
            return _place_at(invited)
    guests = [each for each in bundle.invitations if actor.site_id and each.invitation.site_id == actor.site_id]
    if len(guests) == 1:
        return _place_at(guests[0])
    unit = (await load_tree(session, bundle.day)).get(actor.unit_id)
    name = unit.name if unit else ""
    if guests:
        return Place(None, name, max(guests[0].invitation.position, 1), invited=True)
    return Place(actor.unit_id, name, UNINVITED, invited=False)


def _place_at(invited: Invited) -> Place:
    return Place(invited.unit.id, invited.unit.name, max(invited.invitation.position, 1), invited=True)


def _is_hall(actor: Actor, bundle: MeetingBundle) -> bool:
    return actor.site_id is not None and actor.site_id == bundle.meeting.hall_id


def _find_seat(actor: Actor, bundle: MeetingBundle, role: protocol.Role, place: Place) -> str:
    """The place that is kept for somebody, of those that ``room_store.list_seats`` names."""
    meeting = bundle.meeting
    if permissions.is_chair(actor, meeting) or permissions.is_secretary(actor, meeting):
        return seat_of_person(actor.person_id or 0)
    if actor.site_id is not None and _is_hall(actor, bundle):
        return seat_of_site(actor.site_id)
    if role in SPEAK_FOR_NONE or place.unit_id not in bundle.invited_unit_ids or place.unit_id is None:
        return ""
    return seat_of_unit(place.unit_id)
