"""The driver of the rooms: opens and closes them, reads the clock, brings clients, engine and store together."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from itertools import count
from typing import Any

from signaling import engine, protocol
from signaling.echo import EchoRooms
from signaling.errors import CloseCode, Kicked, ProtocolError, find_close
from signaling.line import EXPENSIVE, PUBLIC, Bucket, Gate, Line, read_requests
from signaling.live_room import LiveRoom, RoomFailed, Step, Translate
from signaling.ports import LoadedRoom, RoomStore, SfuSettings, Wire
from signaling.room import Room
from signaling.state import Admission, RoomFacts, StoredChat

__all__ = ["Admission", "LoadedRoom", "RoomFacts", "Sfu", "SfuSettings", "StoredChat"]

log = logging.getLogger(__name__)


def keep_wording(text: str, _locale: str) -> str:
    """The sentences of a driver that was given no translator: as they stand."""
    return text


class Sfu:
    """All rooms of one web process. ``start`` before the first ``serve``, ``close`` after the last."""

    def __init__(
        self,
        media: engine.MediaEngine,
        store: RoomStore,
        clock: Callable[[], datetime],
        settings: SfuSettings | None = None,
        translate: Translate = keep_wording,
    ) -> None:
        self._media, self._store, self._clock = media, store, clock
        self._settings, self._translate = settings or SfuSettings(), translate
        self._rooms: dict[str, LiveRoom] = {}
        self._listeners: dict[str, Callable[[engine.Event], None]] = {}
        self.echo = EchoRooms(media.tell, self._listen)
        self._opening = asyncio.Lock()
        self._numbers = count(1)
        self._by_identity = Gate(self._settings.joins_per_second, self._settings.join_burst)
        self._by_link = Gate(self._settings.link_joins_per_second, self._settings.link_join_burst)
        self._declaring = Gate(self._settings.declares_per_second, self._settings.declare_burst)
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()
        self.has_media = True  # the engine was started before

    async def start(self) -> None:
        """Carry on the rooms that were live when the server ended, and begin to listen to the engine."""
        for name in await self._store.recover(self._clock()):
            await self._open(name)
            log.info("carried on", extra={"room": name})
        self._tasks = [
            asyncio.create_task(loop(), name=loop.__name__)
            for loop in (self._hear_engine, self._tick, self._report_alive)
        ]
        for task in self._tasks:
            task.add_done_callback(_log_end)

    async def close(self) -> None:
        """Send everybody away to come back, and save, within ``close_timeout``."""
        self._stopping.set()
        rooms = list(self._rooms.values())
        lines = [line for live in rooms for line in live.lines.values()]
        try:
            async with asyncio.timeout(self._settings.close_timeout):
                stopped = [live.post(lambda room, now: room.stop(now)) for live in rooms]
                await asyncio.gather(*stopped, return_exceptions=True)
                await asyncio.gather(*self._tasks, *(line.closed() for line in lines), return_exceptions=True)
                if rooms:
                    await self._store.alive(list(self._rooms), self._clock())
                await asyncio.gather(*(live.stop() for live in rooms))
        except TimeoutError:
            log.warning("stopped before everything was saved and everybody told")
        for task in self._tasks:
            task.cancel()
        for line in lines:
            line.abandon()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._rooms.clear()

    async def serve(self, room: str, admission: Admission, wire: Wire, incoming: AsyncIterator[str]) -> None:
        """One client, from its first message to its last. Returns when the connection has ended; raises nothing.

        ``incoming`` yields the text messages; it may raise ``RoomError`` for what is none.
        """
        connection = f"c{next(self._numbers)}"
        line = Line(connection, admission.identity, wire, admission.locale, self._settings)
        about = {"room": room, "participant": admission.identity}
        try:
            self._require_patience(room, admission)
            async with aclosing(read_requests(incoming, self._settings)) as requests:
                await self._serve(room, admission, line, requests)
        except asyncio.CancelledError:
            line.close(CloseCode.STOPPING, "the server stops")
            raise
        except RoomFailed:
            line.close(CloseCode.FAULT, "fault")
        except Exception as error:
            code, reason = find_close(error)
            log.log(
                logging.ERROR if code is CloseCode.FAULT else logging.INFO,
                "%s ended with %s: %s",
                connection,
                code.value,
                reason,
                extra=about,
                exc_info=error if code is CloseCode.FAULT else None,
            )
            line.close(code, reason)
        finally:
            self._part(room, line)
            log.info("%s is closed", connection, extra=about)
        await line.closed()

    async def expel(self, room: str, identity: str, code: CloseCode, reason: str) -> None:
        """This identity may not be in the room any more."""
        if live := self._rooms.get(room):
            await live.post(lambda room, now: room.expel(identity, code, reason, now))

    def list_relays(self, identity: str) -> Sequence[protocol.IceServer]:
        """The relays that this identity may use from now on."""
        return self._settings.ice_servers(identity, self._clock())

    async def refresh(self, room: str) -> None:
        """The booking may have changed, or be gone. Those who ask together are served by one look at it."""
        live = self._rooms.get(room)
        if live is None:
            return
        asked = live.refreshes
        async with live.refreshing:
            if live.refreshes > asked:
                return  # it was looked at since
            live.refreshes += 1
            facts = await self._store.load_facts(room)
            if facts is None:
                await self._drop(live)
            elif facts != live.room.facts:
                await live.post(lambda room, now: room.update_facts(facts, now))

    async def _drop(self, live: LiveRoom) -> None:
        """Its meeting was deleted: there is nothing left to save into."""
        log.info("closed, its meeting is gone", extra={"room": live.room.name})
        self._rooms.pop(live.room.name, None)
        for line in live.lines.values():
            line.close(CloseCode.FORBIDDEN, "no such room")
        self._media.tell(engine.CloseRoom(live.room.name))
        await live.stop()

    async def _serve(
        self, room: str, admission: Admission, line: Line, requests: AsyncIterator[protocol.Request]
    ) -> None:
        try:
            async with asyncio.timeout(self._settings.join_timeout):
                join = await anext(requests, None)
        except TimeoutError as error:
            raise ProtocolError("no join came") from error
        if join is None:
            return
        if not isinstance(join, protocol.Join):
            raise ProtocolError("the first message must be join")
        live = await self._open(room)
        live.lines[line.connection] = line  # at once: a room with a line is not closed for being idle
        await self.refresh(room)
        secret = secrets.token_urlsafe(32)
        await live.post(lambda room, now: room.connected(line.connection, admission, join, secret, now))
        log.info("%s has joined", line.connection, extra={"room": room, "participant": admission.identity})
        clock, who = asyncio.get_running_loop().time, f"{room} {admission.identity}"
        costly = Bucket(self._settings.expensive_per_second, self._settings.expensive_burst, clock())
        public = Bucket(self._settings.public_per_second, self._settings.public_burst, clock())
        async for request in requests:
            spared = (
                (isinstance(request, EXPENSIVE) and not costly.take(clock()))
                or (isinstance(request, PUBLIC) and not public.take(clock()))
                or (isinstance(request, protocol.Declare) and not self._declaring.take(who, clock()))
            )
            await live.post((_decline if spared else _say)(line.connection, request))

    def _require_patience(self, room: str, admission: Admission) -> None:
        """Who connects again and again is refused, and nobody else: counted by identity, and by the link of guests."""
        now = asyncio.get_running_loop().time()
        patient = self._by_identity.take(f"{room} {admission.identity}", now)
        if admission.via:
            patient = self._by_link.take(f"{room} {admission.via}", now) and patient
        if not patient:
            raise Kicked(CloseCode.TOO_MUCH, "too many connections")

    def _part(self, room: str, line: Line) -> None:
        """Without waiting: a handler whose client is gone may itself be cancelled at any moment."""
        live = self._rooms.get(room)
        if live is not None and live.lines.get(line.connection) is line:
            del live.lines[line.connection]
            if not self._stopping.is_set():
                live.post(lambda room, now: room.disconnected(line.connection, now))
        line.abandon()

    async def _open(self, name: str) -> LiveRoom:
        """The live room, loaded when it is not there yet. Raises ``Kicked`` when there is no such room."""
        async with self._opening:
            live = self._rooms.get(name)
            if self._stopping.is_set():
                raise Kicked(CloseCode.STOPPING, "the server stops")
            if live is not None and not live.failed:
                return live
            loaded = await self._store.load(name)
            if loaded is None:
                raise Kicked(CloseCode.FORBIDDEN, "no such room")
            room = Room(name, loaded.facts, chat=loaded.chat)
            live = LiveRoom(room, self._store, self._media, self._clock, self._translate, self._settings)
            if loaded.snapshot is not None and _load_state(room, loaded.snapshot):
                await live.post(lambda room, now: room.recover(loaded.alive_at or now, now))
            self._rooms[name] = live
            return live

    async def _hear_engine(self) -> None:
        stopping = asyncio.create_task(self._stopping.wait())
        while not stopping.done():
            news = asyncio.create_task(self._media.next_event())
            await asyncio.wait({news, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if news.done():
                await self._pass_on(news.result())
            else:
                news.cancel()

    def _listen(self, room: str, hear: Callable[[engine.Event], None]) -> Callable[[], None]:
        """Have ``hear`` told what the engine says of a room that is none of ours. Returns the way to stop."""
        self._listeners[room] = hear

        def stop() -> None:
            self._listeners.pop(room, None)

        return stop

    async def _pass_on(self, event: engine.Event) -> None:
        if isinstance(event, engine.EngineLost | engine.EngineReady):
            log.info("the media engine: %s", type(event).__name__)
            self.has_media = isinstance(event, engine.EngineReady)
            for live in list(self._rooms.values()):
                live.post(_hear(event))
            for hear in list(self._listeners.values()):
                hear(event)
        elif event.room in self._listeners:
            self._listeners[event.room](event)
        elif event.room in self._rooms:
            self._rooms[event.room].post(_hear(event))
        elif isinstance(event, engine.FileOpened | engine.FileClosed):
            await self._file_late(event)

    async def _file_late(self, event: engine.FileOpened | engine.FileClosed) -> None:
        """A file of a room that is closed already: what was heard in it is kept all the same."""
        try:
            live = await self._open(event.room)
        except Exception:
            log.exception("%s cannot be filed", event.path, extra={"room": event.room})
        else:
            live.post(_hear(event))

    async def _tick(self) -> None:
        while await self._wait(self._settings.tick_every):
            for gate in (self._by_identity, self._by_link, self._declaring):
                gate.forget(asyncio.get_running_loop().time())
            for live in list(self._rooms.values()):
                live.post(lambda room, now: room.tick(now))
            await self._forget_idle()

    async def _forget_idle(self) -> None:
        for name, live in list(self._rooms.items()):
            # While one was waited for, another may have been dropped, or opened anew.
            if self._rooms.get(name) is live and not live.lines and (live.failed or live.room.is_idle()):
                del self._rooms[name]
                await live.stop()

    async def _report_alive(self) -> None:
        while await self._wait(self._settings.alive_every):
            if not self._rooms:
                continue
            try:
                await self._store.alive(list(self._rooms), self._clock())
            except Exception:
                log.exception("the sign of life could not be saved")

    async def _wait(self, seconds: float) -> bool:
        """False when the server stops. The loops end by this, not by being cancelled amid a transaction."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return True
        return False


def _load_state(room: Room, snapshot: Mapping[str, Any]) -> bool:
    try:
        room.load_state(snapshot)
    except ValueError:
        # Of another version. The books are complete without it; only hands and places are forgotten.
        log.exception("the snapshot cannot be read, the room begins anew", extra={"room": room.name})
        return False
    return True


def _say(connection: str, request: protocol.Request) -> Step:
    return lambda room, now: room.handle(connection, request, now)


def _decline(connection: str, request: protocol.Request) -> Step:
    return lambda room, now: [room.refuse(connection, "too_fast", request.type)]


def _hear(event: engine.Event) -> Step:
    return lambda room, now: room.handle_event(event, now)


def _log_end(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("%s has ended", task.get_name(), exc_info=error)
