"""The room's WebSocket: origin, session and permission are checked here, then the socket is handed to the rooms.

What was checked at the door is checked again while the socket is open, every few seconds and after each change that
somebody makes on the site: who signed out, was disabled or is no longer invited, and whose link was revoked, is sent
out; a room whose booking changed or was cancelled is told.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from aiohttp import WSCloseCode, WSMsgType, web
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.errors import NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle, get_meeting
from meetings.models import Account, GuestLink, SignIn
from meetings.people_store import load_actor
from signaling.errors import CloseCode, ProtocolError
from signaling.protocol import MESSAGE_LIMIT
from signaling.sfu import Admission
from web.keys import CLOCK, DATABASE, SFU, known_actor, locale_of, now_of
from web.middlewares import SAFE_METHODS, is_own_origin, session_of
from web.pages.admissions import admit_guest, admit_member, admit_projection, read_browser, read_guest, require_entry
from web.pages.bookings import Bookings

log = logging.getLogger(__name__)

HEARTBEAT = 10.0  # seconds of silence before a ping; the answer may take half as long again
CLOSE_TIMEOUT = 3.0
CHECK_EVERY = 5.0
CHECK_AT_MOST_EVERY = 0.5
INVITATIONS_EVERY = 6  # checks


@dataclass(frozen=True, eq=False)
class Pass:
    """What an open socket was let in on: a signed-in session, or a guest's link. Each socket has its own."""

    room: str
    identity: str
    session: str = ""  # token hash
    account_id: int = 0
    link_id: int = 0


class Doorkeeper:
    """The passes of all open sockets of this process."""

    def __init__(self) -> None:
        self.passes: set[Pass] = set()
        self.changed = asyncio.Event()


DOORKEEPER = web.AppKey("doorkeeper", Doorkeeper)
BOOKINGS = web.AppKey("bookings", Bookings)


class RoomSocket(web.WebSocketResponse):
    """A WebSocket that closes with the protocol's own code where the library would say 1009."""

    def __init__(self) -> None:
        super().__init__(heartbeat=HEARTBEAT, timeout=CLOSE_TIMEOUT, max_msg_size=MESSAGE_LIMIT)

    async def close(self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True) -> bool:
        if code == WSCloseCode.MESSAGE_TOO_BIG:
            code, message = CloseCode.TOO_MUCH, b"message too large"
        return await super().close(code=code, message=message, drain=drain)


class SocketWire:
    """Obeys ``signaling.ports.Wire``."""

    def __init__(self, socket: RoomSocket) -> None:
        self._socket = socket

    async def send(self, text: str) -> None:
        await self._socket.send_str(text)

    async def close(self, code: int, reason: str) -> None:
        await self._socket.close(code=code, message=reason.encode())

    async def incoming(self) -> AsyncIterator[str]:
        async for message in self._socket:
            if message.type is WSMsgType.TEXT:
                yield message.data
            elif message.type is WSMsgType.BINARY:
                raise ProtocolError("text messages only")


async def serve_member(request: web.Request) -> web.StreamResponse:
    require_room_client(request)
    actor = known_actor(request)
    if actor is None:
        raise web.HTTPUnauthorized
    slug = request.match_info["slug"]
    enter = admit_projection if request.query.get("as") == "projection" else admit_member
    async with request.app[DATABASE].read() as session:
        entrance = await enter(
            session, actor, slug, now_of(request), browser=read_browser(request), bookings=request.app[BOOKINGS]
        )
    known = Pass(slug, entrance.admission.identity, session_of(request).token_hash, actor.account_id or 0)
    return await _serve(request, entrance.admission, known)


async def serve_guest(request: web.Request) -> web.StreamResponse:
    require_room_client(request)
    token = request.match_info["token"]
    guest = read_guest(request, token)
    if guest is None:
        raise NotAllowed
    async with request.app[DATABASE].read() as session:
        link, entrance = await admit_guest(
            session,
            token,
            guest,
            locale_of(request),
            now_of(request),
            browser=read_browser(request),
            bookings=request.app[BOOKINGS],
        )
    known = Pass(entrance.bundle.slug, entrance.admission.identity, link_id=link.id or 0)
    return await _serve(request, entrance.admission, known)


def require_room_client(request: web.Request) -> None:
    """A WebSocket from a page of this site, and nothing else. Browsers always say the origin of a WebSocket."""
    if "Origin" not in request.headers or not is_own_origin(request):
        raise NotAllowed
    if not web.WebSocketResponse().can_prepare(request):
        raise web.HTTPBadRequest
    if SFU not in request.app:
        raise web.HTTPServiceUnavailable


async def _serve(request: web.Request, admission: Admission, known: Pass) -> web.StreamResponse:
    socket = RoomSocket()
    await socket.prepare(request)
    wire = SocketWire(socket)
    passes = request.app[DOORKEEPER].passes
    passes.add(known)
    try:
        await request.app[SFU].serve(known.room, admission, wire, wire.incoming())
    finally:
        passes.discard(known)
    return socket


# While sockets are open


def keep_doors(app: web.Application) -> None:
    """Have the open sockets of this application checked."""
    app[DOORKEEPER], app[BOOKINGS] = Doorkeeper(), Bookings(app[DATABASE])
    app.on_response_prepare.append(_note_change)
    app.cleanup_ctx.append(_watch)


async def _note_change(request: web.Request, response: web.StreamResponse) -> None:
    if request.method not in SAFE_METHODS and response.status < 400:
        request.app[BOOKINGS].forget()
        request.app[DOORKEEPER].changed.set()


async def _watch(app: web.Application) -> AsyncIterator[None]:
    task = asyncio.create_task(_check_again_and_again(app))
    yield
    task.cancel()
    await asyncio.wait([task])


async def _check_again_and_again(app: web.Application) -> None:
    door = app[DOORKEEPER]
    for turn in count():
        with suppress(TimeoutError):
            async with asyncio.timeout(CHECK_EVERY):
                await door.changed.wait()
        door.changed.clear()
        if door.passes and SFU in app:
            try:
                await check_doors(app, invitations=turn % INVITATIONS_EVERY == 0)
            except Exception:
                log.exception("the open sockets could not be checked")
        await asyncio.sleep(CHECK_AT_MOST_EVERY)


async def check_doors(app: web.Application, invitations: bool = True) -> None:
    """Send out who may not be in a room any more, and tell rooms what changed in their booking.

    ``invitations``: look also whether each may still join, which takes a few queries for each socket.
    """
    passes, now = list(app[DOORKEEPER].passes), app[CLOCK]()
    for room in {known.room for known in passes}:
        await app[SFU].refresh(room)
    async with app[DATABASE].read() as session:
        refused = await find_refusals(session, passes, now)
        if invitations:
            refused |= await _find_uninvited(session, [known for known in passes if known not in refused])
    for known, (code, reason) in refused.items():
        await app[SFU].expel(known.room, known.identity, code, reason)


async def find_refusals(
    session: AsyncSession, passes: Sequence[Pass], now: datetime
) -> dict[Pass, tuple[CloseCode, str]]:
    """Which passes are no longer good because of their session, account or link, and why."""
    sessions = select(SignIn.token_hash).where(
        col(SignIn.token_hash).in_({known.session for known in passes}), col(SignIn.expires_at) > now
    )
    accounts = select(Account.id).where(
        col(Account.id).in_({known.account_id for known in passes}), col(Account.disabled_at).is_(None)
    )
    links = select(GuestLink.id).where(
        col(GuestLink.id).in_({known.link_id for known in passes}),
        col(GuestLink.revoked_at).is_(None),
        col(GuestLink.expires_at) > now,
    )
    signed_in = set((await session.exec(sessions)).all())
    enabled = set((await session.exec(accounts)).all())
    good = set((await session.exec(links)).all())
    refused: dict[Pass, tuple[CloseCode, str]] = {}
    for known in passes:
        if known.link_id:
            if known.link_id not in good:
                refused[known] = CloseCode.FORBIDDEN, "link revoked"
        elif known.account_id not in enabled:
            refused[known] = CloseCode.FORBIDDEN, "account disabled"
        elif known.session not in signed_in:
            refused[known] = CloseCode.NOT_SIGNED_IN, "signed out"
    return refused


async def _find_uninvited(session: AsyncSession, passes: Sequence[Pass]) -> dict[Pass, tuple[CloseCode, str]]:
    refused: dict[Pass, tuple[CloseCode, str]] = {}
    bundles: dict[str, MeetingBundle] = {}
    for known in passes:
        if known.link_id:
            continue
        actor = await load_actor(session, known.account_id)
        try:
            bundle = bundles.get(known.room) or await get_meeting(session, known.room)
            bundles[known.room] = bundle
            if actor is not None:
                require_entry(actor, bundle)
        except (NotFound, NotAllowed):
            refused[known] = CloseCode.FORBIDDEN, "not invited"
    return refused
