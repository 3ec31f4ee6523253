"""Who may come into a room, and as what: found out from booking, account and link, for pages and WebSocket alike.

Every way into a room goes through ``admit_member`` or ``admit_guest``.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.errors import N_, Invalid, NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle, find_guest_link, get_meeting, get_meeting_by_id
from meetings.models import GuestLink, MeetingStatus, Role
from meetings.people_store import load_tree
from meetings.permissions import Actor
from signaling import protocol
from signaling.sfu import Admission
from web.auth import hash_token
from web.inputs import clean, is_text, read_cookie
from web.keys import origin_of
from web.room_store import OPENS_BEFORE

OPERATORS_BEFORE = timedelta(minutes=60)  # the trial session before a meeting
LIVE = (MeetingStatus.SCHEDULED, MeetingStatus.IN_SESSION)
EVERYTHING: frozenset[protocol.Permission] = frozenset({"record", "start", "end", "mute", "remove"})
UNINVITED = 10_000  # behind every invited unit
GUESTS = 100_000
GUEST_DETAIL = "Khách mời"  # shown to everybody in the room, whatever language their pages have
GUEST_COOKIE = "giaoban_guest"
GUEST_COOKIE_AGE = 24 * 3600
NONCE = re.compile(r"[A-Za-z0-9_-]{22}")  # 128 bits


@dataclass(frozen=True)
class Entrance:
    """Somebody at the door of a meeting's room. ``state`` is "early", "open", "ended" or "cancelled"."""

    bundle: MeetingBundle
    admission: Admission
    state: str


@dataclass(frozen=True)
class Guest:
    """What a guest's cookie says. ``nonce`` makes one guest of a link the same across reconnects."""

    nonce: str
    name: str


async def admit_member(session: AsyncSession, actor: Actor, slug: str, now: datetime) -> Entrance:
    """Raises ``NotFound`` when the person may not know of the meeting, ``NotAllowed`` when they may not join it.

    Of a meeting that is over, those who may see it are let as far as to be told so.
    """
    bundle = await get_meeting(session, slug)
    require_entry(actor, bundle)
    meeting = bundle.meeting
    operates = permissions.may_operate_room(actor, meeting)
    unit_name, order = await _place_unit(session, actor, bundle)
    admission = Admission(
        identity=f"account:{actor.account_id}",
        name=actor.name,
        detail=unit_name,
        role=find_role(actor, bundle),
        may=EVERYTHING if operates else frozenset(),
        order=order,
        locale=actor.locale,
        about={"person_id": actor.person_id, "site_id": actor.site_id, "unit_id": actor.unit_id},
        can_come=meeting.starts_at - (OPERATORS_BEFORE if operates else OPENS_BEFORE),
    )
    return Entrance(bundle, admission, _find_state(bundle, admission, now))


def require_entry(actor: Actor, bundle: MeetingBundle) -> None:
    """As ``admit_member``."""
    meeting = bundle.meeting
    if not permissions.may_view_meeting(actor, meeting, bundle.invited_unit_ids):
        raise NotFound
    if meeting.status in LIVE and not permissions.may_join_meeting(actor, meeting, bundle.invited_unit_ids):
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
    session: AsyncSession, token: str, guest: Guest | None, locale: str, now: datetime
) -> tuple[GuestLink, Entrance]:
    """Somebody with a link. Without ``guest`` nobody has said their name yet: good for the lobby alone."""
    link = await load_guest_link(session, token, now)
    bundle = await get_meeting_by_id(session, link.meeting_id)
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
    response.set_cookie(
        GUEST_COOKIE,
        f"{body}.{_sign(token, body)}",
        max_age=GUEST_COOKIE_AGE,
        path=f"/g/{token}",
        httponly=True,
        samesite="Lax",
        secure=origin_of(request).startswith("https:"),
    )


def _sign(token: str, body: str) -> str:
    return hmac.new(token.encode(), body.encode(), hashlib.sha256).hexdigest()


def _find_state(bundle: MeetingBundle, admission: Admission, now: datetime) -> str:
    status = bundle.meeting.status
    if status not in LIVE:
        return "cancelled" if status is MeetingStatus.CANCELLED else "ended"
    return "open" if now >= admission.can_come else "early"


async def _place_unit(session: AsyncSession, actor: Actor, bundle: MeetingBundle) -> tuple[str, int]:
    """The name of the person's unit on the meeting's day, and its place in the official order of this meeting."""
    if actor.unit_id == bundle.convening.id:
        return bundle.convening.name, 0
    for invited in bundle.invitations:
        if invited.unit.id == actor.unit_id:
            return invited.unit.name, max(invited.invitation.position, 1)
    unit = (await load_tree(session, bundle.day)).get(actor.unit_id)
    return (unit.name if unit else "", UNINVITED)
