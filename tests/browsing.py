"""The site on a real server with a real database, and browsers without scripts that use it as people do."""

import html
import io
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp_jinja2
from aiohttp import CookieJar, web
from aiohttp.test_utils import TestServer
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlmodel.ext.asyncio.session import AsyncSession
from yarl import URL

from meetings.models import Account
from signaling.sfu import Sfu
from tests.factories import NOW, World
from web.app import create_app
from web.auth import COOKIE, Visitor, open_session
from web.config import Config
from web.database import Database

Form = Mapping[str, Any] | Sequence[tuple[str, str]]


@dataclass
class Clock:
    """The time of the site, moved by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Page:
    """One answer, its redirects not followed."""

    status: int
    text: str
    headers: Mapping[str, str]
    url: URL

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def title(self) -> str:
        match = re.search(r"<title>(.*?)</title>", self.text, re.DOTALL)
        return html.unescape(match[1]) if match else ""

    @property
    def words(self) -> str:
        """What a reader sees: the text without tags, scripts and needless blanks."""
        bare = re.sub(r"<(script|style|option|datalist)\b.*?</\1>", " ", self.text, flags=re.DOTALL)
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", bare))).strip()

    def value(self, name: str) -> str:
        """What stands in the input called ``name``."""
        tag = re.search(rf'<input[^>]*\bname="{re.escape(name)}"[^>]*>', self.text)
        value = re.search(r'\bvalue="([^"]*)"', tag[0]) if tag else None
        return html.unescape(value[1]) if value else ""

    def chosen(self, name: str) -> list[str]:
        """The values of the checked boxes, or of the selected options, called ``name``."""
        boxes = re.findall(rf'<input[^>]*\bname="{re.escape(name)}"[^>]*\bchecked\b[^>]*>', self.text)
        select = re.search(rf'<select[^>]*\bname="{re.escape(name)}".*?</select>', self.text, re.DOTALL)
        options = re.findall(r"<option[^>]*\bselected\b[^>]*>", select[0]) if select else []
        return [match[1] for tag in [*boxes, *options] if (match := re.search(r'\bvalue="([^"]*)"', tag))]

    @property
    def faults(self) -> dict[str, str]:
        """The faults that the page shows at its fields."""
        found = re.findall(r'id="([\w-]+)-error">(.*?)</p>', self.text, re.DOTALL)
        return {name: html.unescape(re.sub(r"<[^>]+>", "", text)).strip() for name, text in found}


class Browser:
    """One person's browser: it keeps cookies and sends the form token of the last page it saw."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.csrf = ""

    async def open(self, path: str, **headers: str) -> Page:
        return await self._read(self.session.get(path, allow_redirects=False, headers=headers))

    async def send(
        self,
        path: str,
        form: Form = (),
        *,
        csrf: str | None = None,
        file: tuple[str, bytes] | None = None,
        multipart: bool = False,
        **headers: str,
    ) -> Page:
        """POST a form with the form token; ``csrf`` replaces it, ``""`` leaves it out. ``file``: name and content.

        ``headers`` have underscores for their hyphens.
        """
        pairs = list(form.items()) if isinstance(form, Mapping) else list(form)
        token = self.csrf if csrf is None else csrf
        data = aiohttp.FormData(
            [*([("csrf_token", token)] if token else []), *pairs], default_to_multipart=multipart, quote_fields=False
        )
        if file is not None:
            data.add_field("file", io.BytesIO(file[1]), filename=file[0], content_type="application/octet-stream")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._read(self.session.post(path, data=data, allow_redirects=False, headers=named))

    async def request(self, method: str, path: str, **options: Any) -> Page:
        return await self._read(self.session.request(method, path, allow_redirects=False, **options))

    async def _read(self, sending: Any) -> Page:
        async with sending as answer:
            text = (await answer.read()).decode("utf-8", "replace")
            page = Page(answer.status, text, answer.headers, answer.url)
        self.csrf = page.value("csrf_token") or self.csrf
        return page

    def cookie(self, name: str = COOKIE) -> str:
        found = [cookie.value for cookie in self.session.cookie_jar if cookie.key == name]
        return found[0] if found else ""

    def set_cookie(self, name: str, value: str) -> None:
        self.session.cookie_jar.update_cookies({name: value}, self.session._base_url or URL())


@dataclass
class Site:
    """The served site, the small province in its database, and its clock."""

    server: TestServer
    database: Database
    world: World
    config: Config
    clock: Clock
    browsers: list[Browser] = field(default_factory=list)

    def visit(self) -> Browser:
        """A browser that nobody has signed in with."""
        jar = CookieJar(unsafe=True)  # the server's address is a number
        browser = Browser(aiohttp.ClientSession(self.server.make_url("/"), cookie_jar=jar))
        self.browsers.append(browser)
        return browser

    async def sign_in(self, username: str) -> Browser:
        """A browser with a session of that account. The sign-in page has tests of its own."""
        browser = self.visit()
        async with self.database.write() as session:
            account = await session.get_one(Account, self.world.accounts[username].id)
            token = await start_session(session, account, self.clock())
        browser.set_cookie(COOKIE, token)
        await browser.open("/account")  # for the form token
        return browser


async def start_session(session: AsyncSession, account: Account, now: datetime) -> str:
    return await open_session(session, account.id or 0, Visitor("127.0.0.1", "test"), now)


class CompiledTemplates(BytecodeCache):
    """Templates compiled once for all sites of a run: that takes longer than most tests."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key, bucket.checksum] = bucket.code


COMPILED = CompiledTemplates()


def make_app(config: Config, database: Database, sfu: Sfu | None, clock: Callable[[], datetime]) -> web.Application:
    """The application as it is, but for where it finds its templates compiled."""
    app = create_app(config, database, sfu, clock)
    aiohttp_jinja2.get_env(app).bytecode_cache = COMPILED
    return app


@asynccontextmanager
async def open_site(database: Database, world: World, folder: Path, **settings: Any) -> AsyncIterator[Site]:
    """Serve the whole application on a free port."""
    clock = Clock()
    config = Config(data_dir=folder, **({"disk_floor_mb": 0} | settings))
    server = TestServer(make_app(config, database, None, clock))
    await server.start_server()
    site = Site(server, database, world, config, clock)
    try:
        yield site
    finally:
        for browser in site.browsers:
            await browser.session.close()
        await server.close()
