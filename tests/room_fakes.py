"""Twins of what stands around the rooms: a client's wire and a media engine without media. Both obey the real ports."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import TypeVar

from signaling import engine, protocol
from signaling.instants import write_instant

_numbers = count(1)  # of files: a new engine writes over none of its predecessor's
PATIENCE = 5.0  # seconds until a test gives up
Kind = TypeVar("Kind", bound=protocol.Message)


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
        self.heard.append(protocol.decode_message(text))
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
    """Answers offers, offers slots and fills them with what comes, opens a file for each microphone while recording."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.told: list[engine.Command] = []
        self.events: asyncio.Queue[engine.Event] = asyncio.Queue()
        self.refuse_recording = False
        self._clock = clock
        self._tracks: dict[tuple[str, str], list[engine.Filled]] = {}
        self._receiving: list[tuple[str, str]] = []
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
                    self._add_track(room, participant, track.source)
            case engine.Receive(room, participant, restart, anew):
                if (room, participant) not in self._receiving or restart or anew:
                    self._offer(room, participant)
            case engine.Unpublish(room, participant) | engine.Leave(room, participant):
                if isinstance(command, engine.Leave) and (room, participant) in self._receiving:
                    self._receiving.remove((room, participant))
                if self._tracks.pop((room, participant), None):
                    self._fill(room)
                self._close_files(room, participant)
            case engine.Record(room):
                if self.refuse_recording:
                    self.events.put_nowait(engine.RecordingRefused(room, "disk"))
                    return
                self._recording.add(room)
                for (other, participant), tracks_there in self._tracks.items():
                    if other == room and any(track.source == "microphone" for track in tracks_there):
                        self._open_file(room, participant)
            case engine.StopRecording(room) | engine.CloseRoom(room):
                self._recording.discard(room)
                self._close_files(room)

    def die(self) -> None:
        """The media process ends."""
        self._tracks.clear()
        self._receiving.clear()
        self._files.clear()
        self._recording.clear()
        self.events.put_nowait(engine.EngineLost())

    def rise(self) -> None:
        """A new media process takes commands."""
        self.events.put_nowait(engine.EngineReady())

    def _add_track(self, room: str, participant: str, source: engine.Source) -> None:
        kind: engine.Kind = "audio" if source == "microphone" else "video"
        name = f"{participant}-{source}"
        self._tracks.setdefault((room, participant), []).append(engine.Filled("", participant, name, source))
        self.events.put_nowait(engine.TrackAdded(room, participant, name, source, kind))
        self._fill(room)
        if kind == "audio" and room in self._recording:
            self._open_file(room, participant)

    def _offer(self, room: str, participant: str) -> None:
        if (room, participant) not in self._receiving:
            self._receiving.append((room, participant))
        self._generation += 1
        slots = (engine.Slot("0", "audio"), engine.Slot("1", "video"), engine.Slot("2", "video"))
        self.events.put_nowait(engine.Offer(room, participant, "v=offer", self._generation, slots))
        self._fill(room)

    def _fill(self, room: str) -> None:
        """One slot for a voice, one for a camera, one for a screen: the first of each that is another's."""
        mids = {"microphone": "0", "camera": "1", "screen": "2"}
        for other, viewer in self._receiving:
            filled: dict[str, engine.Filled] = {}
            for (theirs, participant), tracks in self._tracks.items():
                for track in tracks if theirs == other == room and participant != viewer else ():
                    filled.setdefault(mids[track.source], replace(track, mid=mids[track.source]))
            if other == room:
                self.events.put_nowait(engine.Slots(room, viewer, tuple(filled.values())))

    def _open_file(self, room: str, participant: str) -> None:
        path = f"{room}/{participant}-{next(_numbers)}.mka"
        self._files.setdefault(room, {})[path] = participant
        self.events.put_nowait(engine.FileOpened(room, participant, path, write_instant(self._clock())))

    def _close_files(self, room: str, participant: str | None = None) -> None:
        for path, owner in list(self._files.get(room, {}).items()):
            if participant in (None, owner):
                del self._files[room][path]
                self.events.put_nowait(engine.FileClosed(room, owner, path, write_instant(self._clock())))
