"""The WebSocket of the connection test: passes between a browser and its room for one, and carries loads of bytes.

A load shows how fast the way is; what goes over it means nothing, and there is an end to it for each test.
"""

import asyncio
import os
from contextlib import suppress
from dataclasses import asdict

from aiohttp import WSMsgType, web

from signaling import echo_messages as messages
from signaling.echo import Echo, EchoRooms
from signaling.engine import SentTrack
from signaling.errors import CloseCode, Kicked, RoomError, find_close
from signaling.line import Bucket
from web.keys import SFU, actor_of, known_actor
from web.pages.connection import find_guest
from web.pages.socket import RoomSocket, require_room_client

PIECE = 16 * 1024  # octets of one binary message
MESSAGES_PER_SECOND, BURST = 20.0, 60


async def serve_member_test(request: web.Request) -> web.StreamResponse:
    require_room_client(request)
    if known_actor(request) is None:
        raise web.HTTPUnauthorized
    return await _serve(request, f"account:{actor_of(request).account_id}")


async def serve_guest_test(request: web.Request) -> web.StreamResponse:
    require_room_client(request)
    entrance, reporter = await find_guest(request)
    return await _serve(request, reporter.guest, entrance.admission.via)


async def _serve(request: web.Request, identity: str, link: str = "") -> web.StreamResponse:
    rooms = request.app[SFU].echo
    socket = RoomSocket()
    await socket.prepare(request)
    try:
        echo = rooms.open(identity, link)
    except Kicked as refusal:
        await socket.close(code=refusal.code, message=refusal.reason.encode())
        return socket
    reason: tuple[int, str] = (CloseCode.LEFT, "left")
    try:
        relays = [asdict(server) for server in request.app[SFU].list_relays(identity)]
        await socket.send_str(messages.write_ready(relays))
        reason = await _talk(socket, echo, rooms)
    finally:
        rooms.close(echo)
        with suppress(ConnectionError):
            await socket.close(code=reason[0], message=reason[1].encode())
    return socket


async def _talk(socket: RoomSocket, echo: Echo, rooms: EchoRooms) -> tuple[int, str]:
    """Both ways until one of them ends. The code and the reason to close with."""
    hearing = asyncio.create_task(Test(socket, echo, rooms).hear())
    telling = asyncio.create_task(_tell(socket, echo))
    try:
        await asyncio.wait([hearing, telling], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (hearing, telling):
            task.cancel()
        ended = await asyncio.gather(hearing, telling, return_exceptions=True)
    for one in ended:
        if isinstance(one, RoomError):
            return find_close(one)
        if isinstance(one, Exception) and not isinstance(one, ConnectionError):
            raise one
    return find_close(echo.reason) if echo.reason else (CloseCode.LEFT, "left")


async def _tell(socket: RoomSocket, echo: Echo) -> None:
    async for event in echo.events():
        text = messages.write_event(event)
        if text is not None:
            await socket.send_str(text)


class Test:
    """What a browser says in one test, within its limits."""

    def __init__(self, socket: RoomSocket, echo: Echo, rooms: EchoRooms) -> None:
        self._socket, self._echo, self._settings = socket, echo, rooms.settings
        clock = asyncio.get_running_loop().time
        self._clock, self._bucket = clock, Bucket(MESSAGES_PER_SECOND, BURST, clock())
        self._taken = self._given = 0

    async def hear(self) -> None:
        """Raises ``RoomError`` for what is against the rules."""
        async for message in self._socket:
            if message.type is WSMsgType.BINARY:
                await self._take(len(message.data))
            elif message.type is WSMsgType.TEXT:
                if not self._bucket.take(self._clock()):
                    raise Kicked(CloseCode.TOO_MUCH, "too many messages")
                await self._obey(messages.decode(message.data))

    async def _take(self, octets: int) -> None:
        self._taken += octets
        if self._taken > self._settings.upload:
            raise Kicked(CloseCode.TOO_MUCH, "too much")
        await self._socket.send_str(messages.write_taken(self._taken))

    async def _obey(self, request: messages.Request) -> None:
        match request:
            case messages.Publish(sdp=sdp, tracks=tracks):
                self._echo.publish(sdp, [SentTrack(line.mid, line.source) for line in tracks])
            case messages.Receive():
                self._echo.receive()
            case messages.Answer(sdp=sdp, generation=generation):
                self._echo.accept(generation, sdp)
            case messages.Ping(number=number):
                await self._socket.send_str(messages.write_pong(number))
            case messages.Load(octets=octets):
                await self._give(octets)

    async def _give(self, octets: int) -> None:
        self._given += octets
        if self._given > self._settings.download:
            raise Kicked(CloseCode.TOO_MUCH, "too much")
        piece = os.urandom(PIECE)  # nothing on the way can make it smaller
        for start in range(0, octets, PIECE):
            await self._socket.send_bytes(piece[: octets - start])
