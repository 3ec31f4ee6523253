"""Our media process, driven as the rooms drive it: by commands and events, without a web server."""

import asyncio
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bench.load import Publisher, Viewer
from bench.machine import BenchFailed, list_children
from signaling.embedded import EmbeddedEngine, MediaSettings
from signaling.engine import (
    AcceptAnswer,
    Answer,
    Event,
    Offer,
    Publish,
    Receive,
    Refused,
    SentTrack,
    TrackAdded,
    View,
    Want,
)

E = TypeVar("E", bound=Event)
ROOM = "bench"
ANSWER_SECONDS = 20.0
HEIGHT = 720


class Embedded:
    """The engine that comes with the program."""

    name = "ours"

    def __init__(self, address: str) -> None:
        self._address = address
        self._folder = tempfile.TemporaryDirectory(prefix="giaoban-bench-")
        self._engine: EmbeddedEngine | None = None
        self._events: list[Event] = []
        self._grown = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self._cameras: list[str] = []
        self._people = 0
        self.pid = 0

    async def start(self) -> None:
        before = list_children(os.getpid())
        self._engine = EmbeddedEngine(MediaSettings(self._address, 0, "", Path(self._folder.name), 0))
        await self._engine.start()
        (self.pid,) = list_children(os.getpid()) - before
        self._task = asyncio.create_task(self._listen(self._engine))

    async def _listen(self, engine: EmbeddedEngine) -> None:
        while True:
            event = await engine.next_event()
            async with self._grown:
                self._events.append(event)
                self._grown.notify_all()

    async def _expect(self, kind: type[E], fits: Callable[[E], bool]) -> E:
        async with asyncio.timeout(ANSWER_SECONDS), self._grown:
            while True:
                for event in self._events:
                    if isinstance(event, Refused):
                        raise BenchFailed(f"our own engine refused: {event.reason}")
                    if isinstance(event, kind) and fits(event):
                        self._events.remove(event)
                        return event
                await self._grown.wait()

    def _get_engine(self) -> EmbeddedEngine:
        if self._engine is None:
            raise BenchFailed("our own engine is not running")
        return self._engine

    async def publish(self, publisher: Publisher) -> None:
        name = self._name_next()
        tracks = (SentTrack("0", "microphone"), SentTrack("1", "camera"))
        self._get_engine().tell(Publish(ROOM, name, publisher.write_offer(), tracks))
        answer = await self._expect(Answer, lambda event: event.participant == name)
        camera = await self._expect(TrackAdded, lambda event: event.participant == name and event.source == "camera")
        self._cameras.append(camera.track)
        publisher.take_answer(answer.sdp)
        await asyncio.wait_for(publisher.peer.connected.wait(), ANSWER_SECONDS)

    async def view(self, viewer: Viewer) -> None:
        """Receive everybody who publishes, as large as they are."""
        name, engine = self._name_next(), self._get_engine()
        engine.tell(Receive(ROOM, name))
        offer = await self._expect(Offer, lambda event: event.participant == name)
        answer, begin = viewer.answer(offer.sdp)
        engine.tell(AcceptAnswer(ROOM, name, offer.generation, answer))
        engine.tell(View(ROOM, name, tuple(Want(track, HEIGHT) for track in self._cameras)))
        begin()

    def _name_next(self) -> str:
        self._people += 1
        return f"p{self._people}"

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._engine is not None:
            await self._engine.stop()
        self._folder.cleanup()
