"""Every application and request key, typed, and who is asking."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from web.config import Config
from web.database import Database

if TYPE_CHECKING:
    from meetings.permissions import Actor
    from signaling.sfu import Sfu

CONFIG = web.AppKey("config", Config)
DATABASE = web.AppKey("database", Database)
SFU: "web.AppKey[Sfu]" = web.AppKey("sfu")
CLOCK: web.AppKey[Callable[[], datetime]] = web.AppKey("clock")

# What ``middlewares.identify`` finds out about a request.
ACTOR: "web.RequestKey[Actor]" = web.RequestKey("actor")
LOCALE = web.RequestKey("locale", str)
TEXT_SIZE = web.RequestKey("text_size", str)
CSRF_TOKEN = web.RequestKey("csrf_token", str)
CSRF_SHOWN = web.RequestKey("csrf_shown", bool)  # the page holds the token, so a visitor needs its cookie


class NotSignedIn(Exception):
    """The page needs a person. ``next_url`` is where to go after signing in: a path of this site."""

    def __init__(self, next_url: str) -> None:
        super().__init__("not signed in")
        self.next_url = next_url

    @property
    def location(self) -> str:
        return f"/login?next={quote(self.next_url, safe='')}"


def actor_of(request: web.Request) -> "Actor":
    """The person who asks, as loaded for this request. Raises ``NotSignedIn``."""
    actor = known_actor(request)
    if actor is None:
        raise NotSignedIn(request.path_qs if request.method in ("GET", "HEAD") else "/")
    return actor


def known_actor(request: web.Request) -> "Actor | None":
    """The person who asks, or ``None`` for a visitor."""
    actor: Actor | None = request.get(ACTOR)
    return actor


def locale_of(request: web.Request) -> str:
    """The language of the answer: the account's, else that of the visitor's cookie."""
    locale: str = request.get(LOCALE, "vi")
    return locale


def now_of(request: web.Request) -> datetime:
    """The instant of this request, aware UTC, by the application's clock."""
    return request.app[CLOCK]()


def origin_of(request: web.Request) -> str:
    """The site's public origin: the configured one, else that of the request (``http://host:port``)."""
    return (request.app[CONFIG].origin or f"{request.scheme}://{request.host}").rstrip("/")


def address_of(request: web.Request) -> str:
    """The network address that a request came from.

    Behind a proxy on the same machine (then the site's origin is set) it is the last one that the proxy names: without
    it one person's wrong passwords would pause everybody.
    """
    remote = request.remote or ""
    if request.app[CONFIG].origin and remote in ("127.0.0.1", "::1"):
        named = request.headers.getall("X-Forwarded-For", [remote])[-1]  # a proxy may add a line of its own
        return named.rpartition(",")[2].strip().encode(errors="replace").decode()[:64]
    return remote
