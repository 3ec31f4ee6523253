"""Parts for tests of media: an engine whose events can be waited for, and pages that publish and receive."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from signaling.embedded import EmbeddedEngine, MediaSettings
from signaling.engine import Event

E = TypeVar("E", bound=Event)
PATIENCE_SECONDS = 20.0


def find_free_port() -> int:
    """Return a UDP port that nobody uses now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Listener:
    """Remembers an engine's events; ``expect`` waits for the first that fits, past or to come, and takes it out."""

    def __init__(self, engine: EmbeddedEngine) -> None:
        self.engine = engine
        self.events: list[Event] = []
        self._grown = asyncio.Condition()
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while True:
            event = await self.engine.next_event()
            async with self._grown:
                self.events.append(event)
                self._grown.notify_all()

    async def expect(self, kind: type[E], fits: Callable[[E], bool] = lambda _event: True) -> E:
        async with asyncio.timeout(PATIENCE_SECONDS), self._grown:
            while True:
                for event in self.events:
                    if isinstance(event, kind) and fits(event):
                        self.events.remove(event)
                        return event
                await self._grown.wait()

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


@asynccontextmanager
async def running_engine(recordings: Path, *, floor: int = 0, port: int = 0) -> AsyncIterator[Listener]:
    """A media process on a free port of the loopback interface."""
    engine = EmbeddedEngine(MediaSettings("127.0.0.1", port or find_free_port(), "", recordings, floor))
    await engine.start()
    listener = Listener(engine)
    try:
        yield listener
    finally:
        await engine.stop()
        await listener.close()
