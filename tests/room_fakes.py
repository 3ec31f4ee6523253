"""Twins of what stands around the rooms: a client's wire and a media engine without media. Both obey the real ports."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Annotated, TypeVar

from pydantic import Field, TypeAdapter

from signaling import engine, protocol
from signaling.instants import write_instant

_numbers = count(1)  # of files: a new engine writes over none of its predecessor's
PATIENCE = 5.0  # seconds until a test gives up
Kind = TypeVar("Kind", bound=protocol.Message)
_MESSAGES: TypeAdapter[protocol.Message] = TypeAdapter(Annotated[protocol.Message, Field(discriminator="type")])


def decode_message(text: str) -> protocol.Message:
    """What a server sent, read as strictly as it reads its clients."""
    return _MESSAGES.validate_json(text, strict=True)


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


class FakeWire:
    """One client. ``read`` is False for a client that has stopped reading."""

    def __init__(self) -> None:
        self.heard: list[protocol.Message] = []
        self.code: int | None = None
        self.reading = asyncio.Event()
        self.reading.set()
        self._news = asyncio.Event()
        self._typed: asyncio.Queue[str | Exception | None] = asyncio.Queue()

    # What the driver sees

    async def send(self, text: str) -> None:
        await self.reading.wait()
        self.heard.append(decode_message(text))
        self._news.set()

    async def close(self, code: int, reason: str) -> None:
        self.code = code
        self._news.set()
        self._typed.put_nowait(None)

    async def incoming(self) -> AsyncIterator[str]:
        while (item := await self._typed.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item

    # What the test does

    def say(self, *messages: protocol.Request | str) -> None:
        for message in messages:
            self._typed.put_nowait(message if isinstance(message, str) else protocol.encode(message))

    def break_off(self, error: Exception | None = None) -> None:
        self._typed.put_nowait(error)

    async def hear(self, kind: type[Kind], where: Callable[[Kind], bool] = lambda _: True) -> Kind:
        """The first message of this kind for which ``where`` holds, heard before or from now on."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for message in self.heard:
                    if isinstance(message, kind) and where(message):
                        return message
                self._news.clear()
                await self._news.wait()

    async def closed(self) -> int:
        async with asyncio.timeout(PATIENCE):
            while self.code is None:
                self._news.clear()
                await self._news.wait()
        return self.code


class FakeEngine:
    """Answers offers, offers what is subscribed to, opens a file for each microphone while recording."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.told: list[engine.Command] = []
        self.events: asyncio.Queue[engine.Event] = asyncio.Queue()
        self.refuse_recording = False
        self._clock = clock
        self._tracks: dict[tuple[str, str], tuple[str, ...]] = {}
        self._seen: dict[tuple[str, str], tuple[str, ...]] = {}
        self._generation = 0
        self._files: dict[str, dict[str, str]] = {}  # room -> path -> participant
        self._recording: set[str] = set()

    async def next_event(self) -> engine.Event:
        return await self.events.get()

    def tell(self, command: engine.Command) -> None:
        self.told.append(command)
        match command:
            case engine.Publish(room, participant, _, tracks):
                self.events.put_nowait(engine.Answer(room, participant, "v=answer"))
                for track in tracks:
                    kind: engine.Kind = "audio" if track.source == "microphone" else "video"
                    name = f"{participant}-{track.source}"
                    self.events.put_nowait(engine.TrackAdded(room, participant, name, track.source, kind))
                    if kind == "audio":
                        self._tracks[room, participant] = (name,)
                        if room in self._recording:
                            self._open_file(room, participant)
            case engine.Subscribe(room, participant, tracks, restart, anew):
                if self._seen.get((room, participant), ()) != tracks or restart or anew:
                    self._offer(room, participant, tracks)
            case engine.Unpublish(room, participant) | engine.Leave(room, participant):
                self._tracks.pop((room, participant), None)
                self._close_files(room, participant)
            case engine.Record(room):
                if self.refuse_recording:
                    self.events.put_nowait(engine.RecordingRefused(room, "disk"))
                    return
                self._recording.add(room)
                for other, participant in self._tracks:
                    if other == room:
                        self._open_file(room, participant)
            case engine.StopRecording(room) | engine.CloseRoom(room):
                self._recording.discard(room)
                self._close_files(room)

    def die(self) -> None:
        """The media process ends."""
        self._tracks.clear()
        self._seen.clear()
        self._files.clear()
        self._recording.clear()
        self.events.put_nowait(engine.EngineLost())

    def rise(self) -> None:
        """A new media process takes commands."""
        self.events.put_nowait(engine.EngineReady())

    def _offer(self, room: str, participant: str, tracks: tuple[str, ...]) -> None:
        self._seen[room, participant] = tracks
        self._generation += 1
        sources: dict[str, engine.Source] = {"microphone": "microphone", "camera": "camera", "screen": "screen"}
        received = tuple(
            engine.ReceivedTrack(str(mid), track.split("-")[0], track, sources[track.split("-")[1]])
            for mid, track in enumerate(tracks)
        )
        self.events.put_nowait(engine.Offer(room, participant, "v=offer", self._generation, received))

    def _open_file(self, room: str, participant: str) -> None:
        path = f"{room}/{participant}-{next(_numbers)}.mka"
        self._files.setdefault(room, {})[path] = participant
        self.events.put_nowait(engine.FileOpened(room, participant, path, write_instant(self._clock())))

    def _close_files(self, room: str, participant: str | None = None) -> None:
        for path, owner in list(self._files.get(room, {}).items()):
            if participant in (None, owner):
                del self._files[room][path]
                self.events.put_nowait(engine.FileClosed(room, owner, path, write_instant(self._clock())))
