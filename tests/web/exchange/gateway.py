"""A gateway of the exchange axis for tests: it takes packages, hands statuses out, and misbehaves when told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler

from meetings.exchange.package import Package, Status
from meetings.exchange.reading import parse
from meetings.exchange.writing import build_status

SYSTEM, SECRET = "giaoban", "khoá bí mật".encode().hex()


@dataclass
class Gateway:
    """``answers``: statuses of HTTP that the next packages get instead of being taken; 0: the line is cut.

    ``taken``: packages by name, each as it came first; ``repeats``: how often one came again.
    """

    url: str = ""
    answers: list[int] = field(default_factory=list)
    lose_answers: int = 0  # of packages that are taken, and whose sender never learns it
    taken: dict[str, bytes] = field(default_factory=dict)
    repeats: int = 0
    statuses: dict[str, bytes] = field(default_factory=dict)
    received: list[str] = field(default_factory=list)
    strangers: int = 0

    @property
    def packages(self) -> list[Package]:
        found = [parse(data) for data in self.taken.values()]
        return [each for each in found if isinstance(each, Package)]

    def tell(self, status: Status, element: str = "Status") -> None:
        self.statuses[f"tt/{len(self.statuses) + 1}"] = build_status(status, element)

    @web.middleware
    async def know(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if (request.headers.get("X-SystemId"), request.headers.get("X-SecretKey")) != (SYSTEM, SECRET):
            self.strangers += 1
            raise web.HTTPUnauthorized
        return await handler(request)

    async def take(self, request: web.Request) -> web.Response:
        data, name = await request.read(), request.headers["X-MessageId"]
        if self.answers:
            status = self.answers.pop(0)
            if not status:
                _cut(request)
            return web.Response(status=status, text="thử lại sau")
        if name in self.taken:
            assert self.taken[name] == data  # the same package, to the byte
            self.repeats += 1
            return web.Response(status=409)
        self.taken[name] = data
        if self.lose_answers:
            self.lose_answers -= 1
            _cut(request)
        return web.json_response({"id": name}, status=201)

    async def list_statuses(self, _request: web.Request) -> web.Response:
        return web.json_response(list(self.statuses))

    async def read_status(self, request: web.Request) -> web.Response:
        return web.Response(body=self.statuses[request.match_info["id"]], content_type="application/xml")

    async def receive(self, request: web.Request) -> web.Response:
        self.received.append(request.match_info["id"])
        self.statuses.pop(request.match_info["id"], None)
        return web.Response(status=204)


def _cut(request: web.Request) -> None:
    assert isinstance(request.transport, asyncio.Transport)
    request.transport.abort()
    raise web.HTTPInternalServerError


@asynccontextmanager
async def open_gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway()
    app = web.Application(middlewares=[gateway.know], client_max_size=2**26)
    app.router.add_post("/api/documents", gateway.take)
    app.router.add_get("/api/statuses", gateway.list_statuses)
    app.router.add_get("/api/statuses/{id}", gateway.read_status)
    app.router.add_post("/api/statuses/{id}/received", gateway.receive)
    server = TestServer(app)
    await server.start_server()
    gateway.url = str(server.make_url("/api"))
    yield gateway
    await server.close()
