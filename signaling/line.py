"""One client's connection as the driver sees it: a bounded queue out, a bounded rate in."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator

from signaling import protocol
from signaling.errors import CloseCode, Kicked
from signaling.ports import SfuSettings, Wire

log = logging.getLogger(__name__)

# What costs the media engine, or everybody else's browser, more than a line of chat does.
EXPENSIVE = (
    protocol.Publish,
    protocol.Restart,
    protocol.View,
    protocol.ReportLink,
    protocol.Declare,
    protocol.Companion,
)

# What everybody hears at once: more of it than people say would take the room from the sound on weak links.
PUBLIC = (protocol.Say, protocol.Hand, protocol.CastVote)


class Line:
    """Messages out never wait: a client that does not read in time is closed, and the room goes on."""

    def __init__(self, connection: str, identity: str, wire: Wire, locale: str, settings: SfuSettings) -> None:
        self.connection = connection
        self.identity = identity
        self.locale = locale
        self._wire = wire
        self._settings = settings
        self._queue: asyncio.Queue[str | tuple[CloseCode, str]] = asyncio.Queue()
        self._closing = False
        self._writer = asyncio.create_task(self._write(), name=f"line {connection}")

    def put(self, text: str) -> None:
        if self._closing:
            return
        if self._queue.qsize() >= self._settings.outgoing_limit:
            log.info("%s does not read, closed", self.connection)
            while not self._queue.empty():
                self._queue.get_nowait()
            self.close(CloseCode.TOO_MUCH, "too slow")
            return
        self._queue.put_nowait(text)

    def close(self, code: CloseCode, reason: str) -> None:
        """Close after what is queued. The first close counts."""
        if not self._closing:
            self._closing = True
            self._queue.put_nowait((code, reason))

    async def closed(self) -> None:
        """Wait until everything is sent and the wire is closed, or given up."""
        await asyncio.wait([self._writer])

    def abandon(self) -> None:
        """The client is gone: send nothing more. One that is being closed is left to its close."""
        if not self._closing:
            self._closing = True
            self._writer.cancel()

    async def _write(self) -> None:
        while True:
            item = await self._queue.get()
            if isinstance(item, tuple):
                break
            try:
                async with asyncio.timeout(self._settings.send_timeout):
                    await self._wire.send(item)
            except (ConnectionError, TimeoutError) as error:
                log.info("%s cannot be reached: %s", self.connection, type(error).__name__)
                self._closing = True
                item = CloseCode.TOO_MUCH, "too slow"
                break
        try:
            async with asyncio.timeout(self._settings.send_timeout):
                await self._wire.close(*item)
        except (ConnectionError, TimeoutError) as error:
            log.info("%s did not close: %s", self.connection, type(error).__name__)


class Bucket:
    """A token bucket: ``burst`` at once, ``rate`` a second in the long run. ``now`` in seconds of any clock."""

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self.rate, self.burst = rate, burst
        self._tokens, self._at = float(burst), now

    def take(self, now: float) -> bool:
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Gate:
    """A bucket for each key. Those that are full again are forgotten, so that many keys take no room for long."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate, self._burst = rate, burst
        self._buckets: dict[str, tuple[Bucket, float]] = {}

    def take(self, key: str, now: float) -> bool:
        bucket, _used = self._buckets.get(key) or (Bucket(self._rate, self._burst, now), now)
        self._buckets[key] = bucket, now
        return bucket.take(now)

    def forget(self, now: float) -> None:
        full = self._burst / self._rate
        self._buckets = {key: found for key, found in self._buckets.items() if now - found[1] < full}


async def read_requests(incoming: AsyncIterator[str], settings: SfuSettings) -> AsyncGenerator[protocol.Request, None]:
    """What the client says, within its limits. Raises ``ProtocolError`` and ``Kicked``."""
    clock = asyncio.get_running_loop().time
    bucket = Bucket(settings.messages_per_second, settings.message_burst, clock())
    async for text in incoming:
        if len(text.encode(errors="surrogatepass")) > settings.message_limit:
            raise Kicked(CloseCode.TOO_MUCH, "message too large")
        if not bucket.take(clock()):
            raise Kicked(CloseCode.TOO_MUCH, "too many messages")
        yield protocol.decode_request(text)
