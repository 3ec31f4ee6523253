"""The way into a meeting over its pages, as a browser goes it: sign-in, guest links, a guest's name."""

import html
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

LABEL = "Phiên thử"  # of the links, as those who run the meeting see them
_FORM_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_NEW_LINK = re.compile(r'class="link-new">([^<]+)<')
_ITEM = re.compile(r'<li class="list-item">.*?</li>', re.DOTALL)
_REVOKE = re.compile(r'action="([^"]+/guests/\d+/revoke)"')


class NoEntry(Exception):
    """The server does not let anybody in this way; the text says why. ``status``: that of its answer, 0 for none."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status


@dataclass
class Visitor:
    """One browser: its cookies, and the form token of the last page."""

    http: aiohttp.ClientSession
    origin: URL
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    async def open(self, path: str) -> str:
        return await self._ask("GET", path, None)

    async def send(self, path: str, form: Mapping[str, str]) -> str:
        return await self._ask("POST", path, {**form, "csrf_token": self.token})

    async def _ask(self, method: str, path: str, form: Mapping[str, str] | None) -> str:
        """Raises ``NoEntry`` for what is not answered with a page or another address."""
        try:
            async with self.http.request(
                method, self.origin.join(URL(path)), data=form, headers=self.headers, allow_redirects=False
            ) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NoEntry(f"{self.origin} does not answer ({error or type(error).__name__})") from error
        for name, morsel in answer.cookies.items():
            self.cookies[name] = morsel.value
        if answer.status >= 400:
            raise NoEntry(f"{path}: the server says {answer.status}, {read_heading(text)}", answer.status)
        if found := _FORM_TOKEN.search(text):
            self.token = html.unescape(found[1])
        return answer.headers.get("Location", "") if 300 <= answer.status < 400 else text

    @property
    def headers(self) -> dict[str, str]:
        """What a browser sends with each request, also with that of a WebSocket."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Origin": str(self.origin.origin()), **({"Cookie": cookies} if cookies else {})}


def read_heading(page: str) -> str:
    """What an error page says, in one line."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>(.*?)</p>", page, re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", found[0]) if found else ""
    return re.sub(r"\s+", " ", html.unescape(text)).strip() or "no reason given"


async def sign_in(visitor: Visitor, username: str, password: str) -> None:
    """Raises ``NoEntry`` when the password is wrong."""
    await visitor.open("/login")
    try:
        await visitor.send("/login", {"username": username, "password": password})
    except NoEntry as error:
        if error.status in (401, 422, 429):
            raise NoEntry(f"{username} cannot sign in with this password", error.status) from None
        raise


async def make_link(visitor: Visitor, slug: str) -> tuple[str, str]:
    """Make a guest link; return its path, and the path that revokes it."""
    page = f"/meetings/{slug}/guests"
    await visitor.open(page)
    label = f"{LABEL} {secrets.token_hex(4)}"
    text = await visitor.send(page, {"label": label})
    found = _NEW_LINK.search(text)
    revoke = next((_REVOKE.search(item) for item in _ITEM.findall(text) if label in item), None)
    if found is None or revoke is None:
        raise NoEntry(f"{page} shows no new link")
    return URL(html.unescape(found[1])).path, revoke[1]


async def name_guest(visitor: Visitor, link: str, name: str) -> None:
    """Come to a guest link and say a name: the cookies are then good for the room."""
    await visitor.open(link)
    await visitor.send(link, {"name": name})
