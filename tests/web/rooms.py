"""The site with its rooms, on an engine without media, and people who come in by their sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer
from sqlmodel import select

from meetings import actions
from signaling import protocol
from signaling.sfu import Sfu, SfuSettings
from tests.browsing import Browser, Clock, Site, make_app
from tests.factories import NOW, World
from tests.room_fakes import PATIENCE, FakeEngine
from web.config import Config
from web.database import Database
from web.i18n import translate
from web.room_store import DatabaseRoomStore

Kind = TypeVar("Kind", bound=protocol.Message)
SOCKET = "/meetings/hop/ws"


class Client:
    """A person's socket in a room."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse[Any]) -> None:
        self.socket = socket

    async def say(self, message: protocol.Request) -> None:
        await self.socket.send_str(protocol.encode(message))

    async def hear(self, kind: type[Kind]) -> Kind:
        """The next message of this kind."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message = protocol.decode_message(await self.socket.receive_str())
                if isinstance(message, kind):
                    return message

    async def closed(self) -> int | None:
        """The code it is closed with, whatever is said before."""
        async with asyncio.timeout(PATIENCE):
            while (await self.socket.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING):
                pass
        return self.socket.close_code


@dataclass(kw_only=True)
class Rooms(Site):
    """The site with its rooms, on an engine without media."""

    sfu: Sfu
    media: FakeEngine
    clients: list[Client] = field(default_factory=list)

    @property
    def app(self) -> web.Application:
        app: web.Application = self.server.app
        return app

    @property
    def origin(self) -> str:
        return str(self.server.make_url("/")).rstrip("/")

    async def connect(self, browser: Browser, path: str = SOCKET, **headers: str) -> Client:
        """Open a socket as the room's page does."""
        headers = {"Origin": self.origin} | headers
        client = Client(await browser.session.ws_connect(self.server.make_url(path), headers=headers))
        self.clients.append(client)
        return client

    async def enter(
        self, browser: Browser, path: str = SOCKET, resume: str | None = None
    ) -> tuple[Client, protocol.Joined]:
        client = await self.connect(browser, path)
        await client.say(protocol.Join(version=protocol.VERSION, resume=resume, name=None))
        return client, await client.hear(protocol.Joined)

    async def let_in(self, chair: Client, browser: Browser, path: str) -> tuple[Client, protocol.Joined]:
        """A guest knocks, and the chair lets in whoever waits."""
        guest = await self.connect(browser, path)
        await guest.say(protocol.Join(version=protocol.VERSION, resume=None, name=None))
        await guest.hear(protocol.Wait)
        await chair.say(protocol.Admit(participant=None))
        return guest, await guest.hear(protocol.Joined)

    async def rows(self, table: Any) -> list[Any]:
        async with self.database.read() as session:
            return list((await session.exec(select(table).order_by(table.id))).all())


@asynccontextmanager
async def open_rooms(
    database: Database, world: World, folder: Path, clock: Clock, engine: type[FakeEngine] = FakeEngine
) -> AsyncIterator[Rooms]:
    media = engine(clock)
    settings = SfuSettings(tick_every=0.02, alive_every=0.02)
    sfu = Sfu(media, DatabaseRoomStore(database), clock, settings, translate)
    await sfu.start()
    config = Config(data_dir=folder)
    server = TestServer(make_app(config, database, sfu, clock))
    await server.start_server()
    rooms = Rooms(server, database, world, config, clock, sfu=sfu, media=media)
    try:
        yield rooms
    finally:
        for client in rooms.clients:
            await client.socket.close()
        await sfu.close()
        for browser in rooms.browsers:
            await browser.session.close()
        await server.close()


async def make_link(rooms: Rooms, label: str = "Ông An") -> str:
    """A guest link's token."""
    async with rooms.database.write() as session:
        actor = rooms.world.actors["secretary"]
        _, token = await actions.create_guest_link(session, actor, "hop", label, NOW + timedelta(hours=4), NOW)
        return token


async def be_guest(rooms: Rooms, token: str, name: str = "Nguyễn Văn An") -> Browser:
    """A browser whose guest has said their name in the lobby."""
    browser = rooms.visit()
    await browser.open(f"/g/{token}")
    assert (await browser.send(f"/g/{token}", {"name": name})).status == 303
    return browser
