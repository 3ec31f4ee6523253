"""The exchange through a REST gateway: ``X-SystemId`` and ``X-SecretKey`` say who asks."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import quote

import aiohttp

from meetings.exchange.gateways import Gateway
from meetings.exchange.troubles import SendingFailed, Trouble
from web.exchange.carrying import LARGEST_STATUS, Arrived

SECONDS = aiohttp.ClientTimeout(total=120, connect=15)
MOST, LARGEST_ANSWER = 100, 64 * 2**10
XML = {"Content-Type": "application/xml"}
LONGEST_KEY = 100
KNOWN = 409  # the gateway has this package already: it was sent, and the answer got lost


class RestCarrier:
    """Redirects are not followed: the secret goes to the address of the settings alone."""

    def __init__(self, url: str, gateway: Gateway, system_id: str, secret: str) -> None:
        self._url = url.rstrip("/")
        self._gateway = gateway
        self._headers = {"X-SystemId": system_id, "X-SecretKey": secret}
        self._session: aiohttp.ClientSession | None = None

    async def send(self, name: str, package: bytes) -> None:
        headers = XML | {"X-MessageId": name}
        async with self._ask("POST", self._gateway.send_path, package, headers) as answer:
            if answer.status != KNOWN:
                await _check(answer)

    async def fetch(self) -> Sequence[Arrived]:
        async with self._ask("GET", self._gateway.statuses_path) as answer:
            keys = _read_keys(await _read(answer, LARGEST_ANSWER))
        found = []
        for key in keys[:MOST]:
            async with self._ask("GET", self._gateway.status_path.format(id=quote(key, safe=""))) as answer:
                found.append(Arrived(key, await _read(answer, LARGEST_STATUS)))
        return found

    async def finish(self, key: str) -> None:
        async with self._ask("POST", self._gateway.done_path.format(id=quote(key, safe=""))) as answer:
            await _check(answer)

    async def leave(self, key: str) -> None:
        """It stays with the gateway, which says so again next time."""

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    @asynccontextmanager
    async def _ask(
        self, method: str, path: str, data: bytes | None = None, headers: dict[str, str] | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=SECONDS, headers=self._headers, trust_env=True)
        try:
            async with self._session.request(
                method, f"{self._url}/{path}", data=data, headers=headers, allow_redirects=False
            ) as answer:
                yield answer
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise SendingFailed(Trouble.UNREACHABLE, str(error) or type(error).__name__) from error


async def _check(answer: aiohttp.ClientResponse) -> None:
    """What a status other than success means for the one that was sent."""
    if 200 <= answer.status < 300:
        return
    told = (await answer.content.read(200)).decode("utf-8", "replace")
    detail = f"HTTP {answer.status} {told}".strip()
    if answer.status in (401, 403):
        raise SendingFailed(Trouble.LOGIN, detail)
    if answer.status in (400, 413, 415, 422):
        raise SendingFailed(Trouble.REFUSED, detail)
    raise SendingFailed(Trouble.LATER, detail)


async def _read(answer: aiohttp.ClientResponse, most: int) -> bytes:
    await _check(answer)
    found = bytearray()
    async for piece in answer.content.iter_chunked(2**14):
        found += piece
        if len(found) > most:
            raise SendingFailed(Trouble.LATER, "an answer that is too long")
    return bytes(found)


def _read_keys(data: bytes) -> list[str]:
    """A list of marks, each a short text."""
    try:
        found = json.loads(data)
    except ValueError as error:
        raise SendingFailed(Trouble.LATER, "an answer that is no JSON") from error
    if not isinstance(found, list):
        raise SendingFailed(Trouble.LATER, "an answer that is no list")
    return [each for each in found if isinstance(each, str) and 0 < len(each) <= LONGEST_KEY]
