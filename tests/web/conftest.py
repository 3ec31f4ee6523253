"""A data folder for commands; pages in a real Chromium: those of the site, and the room as somebody in it sees it."""

import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

from signaling import engine
from tests.browsing import Browser, Clock, Site
from tests.factories import NOW, World, add_meeting
from tests.records import House, open_house
from tests.room_fakes import FakeEngine
from tests.web.rooms import Rooms, open_rooms
from tests.web.test_shell_browser import CHROMIUM, SIZES
from web.auth import COOKIE
from web.database import Database

ROOM = "/meetings/hop/room"
REMEMBER = "window === top && (localStorage.getItem('giaoban.choices') ?? localStorage.setItem('giaoban.choices', %s))"
QUIET = {"withMicrophone": False, "withCamera": False}
OpenRoom = Callable[..., Awaitable[Page]]
OpenPage = Callable[..., Awaitable[Page]]


class SilentEngine(FakeEngine):
    """Neither offers nor answers: a browser would take no invented description."""

    def tell(self, command: engine.Command) -> None:
        if not isinstance(command, engine.Receive | engine.Publish):
            super().tell(command)


@pytest.fixture
async def quiet_rooms(database: Database, world: World, tmp_path: Path) -> AsyncIterator[Rooms]:
    """Rooms without media, with a meeting ``hop`` that begins now, to which three communes are invited."""
    async with database.write() as session:
        invited = list(zip(world.communes, world.sites, strict=True))
        await add_meeting(
            session, world.province, world.chair, world.secretary, invited, slug="hop", starts_at=NOW,
            ends_at=NOW + timedelta(hours=2), agenda=["Giải ngân đầu tư công", "Phòng chống thiên tai"],
            title="Hội nghị giao ban tháng 11 giữa Ủy ban nhân dân tỉnh và các xã, phường",
        )  # fmt: skip
    async with open_rooms(database, world, tmp_path, Clock(), SilentEngine) as opened:
        yield opened


@pytest.fixture
async def open_room(quiet_rooms: Rooms) -> AsyncIterator[OpenRoom]:
    """``await open_room("secretary")``: the room as that account sees it, in a browser context of its own.

    ``who`` may be the browser of a guest, with the ``path`` of their link. What the page reports as an error fails
    the test.
    """
    if not CHROMIUM:
        pytest.skip("no Chromium (apt-get install chromium)")
    expect.set_options(timeout=15_000)
    complaints: list[str] = []
    flags = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)

        async def open_one(
            who: str | Browser, path: str = ROOM, size: tuple[int, int] = SIZES[0], **choices: object
        ) -> Page:
            context = await chromium.new_context(
                viewport={"width": size[0], "height": size[1]}, locale="vi-VN", base_url=quiet_rooms.origin
            )
            context.set_default_timeout(20_000)
            kept = json.dumps(json.dumps(QUIET | choices))
            await context.add_init_script(REMEMBER % kept)
            visitor = await quiet_rooms.sign_in(who) if isinstance(who, str) else who
            await context.add_cookies(
                [{"name": one.key, "value": one.value, "url": quiet_rooms.origin} for one in visitor.session.cookie_jar]
            )
            page = await context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
            await page.goto(path)
            return page

        yield open_one
        await chromium.close()
    assert complaints == []


@pytest.fixture
async def open_page(site: Site) -> AsyncIterator[OpenPage]:
    """``await open_page("secretary", "/path")``: the page as that account sees it, in a browser context of its own.

    Whatever a page writes into the browser's console as an error fails the test.
    """
    if not CHROMIUM:
        pytest.skip("no Chromium (apt-get install chromium)")
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        async def open_one(who: str, path: str, size: tuple[int, int] = SIZES[0], **options: Any) -> Page:
            context = await browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                locale="vi-VN",
                base_url=str(site.server.make_url("/")),
                **options,
            )
            context.set_default_timeout(30_000)
            if who:
                token = (await site.sign_in(who)).cookie()
                host = site.server.make_url("/").host or ""
                await context.add_cookies([{"name": COOKIE, "value": token, "domain": host, "path": "/"}])
            page = await context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
            await page.goto(path)
            return page

        yield open_one
        await browser.close()
    # What the server refuses is for the tests to judge; this site has no rooms and refuses every socket.
    expected = ("the server responded with a status of", "WebSocket connection to")
    assert [text for text in complaints if not any(part in text for part in expected)] == []


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    """The site over a world, with its people signed in."""
    opened = await open_house(database, tmp_path)
    yield opened
    await opened.client.close()


@pytest.fixture
def data_dir(migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a migrated database; the commands find it through the environment."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copyfile(migrated_sqlite, folder / "giaoban.sqlite3")
    monkeypatch.setenv("GIAOBAN_DATA_DIR", str(folder))
    monkeypatch.delenv("GIAOBAN_DATABASE_URL", raising=False)
    return folder
