"""One room being served: its queue, its task, and how effects are carried out.

What happens in a room happens one after another. What lies in the queue together is handled together and saved in one
transaction: forty people who join at once wait for one commit, not for forty. Likewise what others are told of them: of
a participant, the room and the lobby only the last word of a batch is sent, to everybody in one message. So two hundred
who come back at once are two hundred messages, not forty thousand.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from signaling import effects as e
from signaling import engine, protocol
from signaling.effects import Effect, Record
from signaling.errors import CloseCode
from signaling.line import Line
from signaling.ports import RoomStore, SfuSettings
from signaling.room import Room

log = logging.getLogger(__name__)

Step = Callable[[Room, datetime], Sequence[Effect]]
Translate = Callable[[str, str], str]


class RoomFailed(Exception):
    """The room could not be saved or served and was given up; it can be opened again from what was saved last."""


class LiveRoom:
    """A ``Room`` with its connections. ``post`` is all that others need."""

    def __init__(
        self,
        room: Room,
        store: RoomStore,
        media: engine.MediaEngine,
        clock: Callable[[], datetime],
        translate: Translate,
        settings: SfuSettings,
    ) -> None:
        self.room = room
        self.lines: dict[str, Line] = {}
        self.failed = False
        self.refreshes = 0
        self.refreshing = asyncio.Lock()
        self._store, self._media, self._clock = store, media, clock
        self._translate, self._settings = translate, settings
        self._inbox: asyncio.Queue[tuple[Step, asyncio.Future[None]]] = asyncio.Queue()
        self._task = asyncio.create_task(self._run(), name=f"room {room.name}")

    def post(self, step: Step) -> asyncio.Future[None]:
        """Have ``step`` done in its turn. The future is done when its effects were carried out.

        It fails with what the step raised, or with ``RoomFailed``.
        """
        done = asyncio.get_running_loop().create_future()
        done.add_done_callback(_retrieve)  # whoever does not wait for it is not told
        if self.failed or self._task.done():
            done.set_exception(RoomFailed(self.room.name))
        else:
            self._inbox.put_nowait((step, done))
        return done

    async def stop(self) -> None:
        """Finish what is being saved and end. What is still queued is dropped: nobody was told of it.

        When the wait is cancelled, so is the saving.
        """
        self._give_up()
        self._inbox.put_nowait((_do_nothing, asyncio.get_running_loop().create_future()))
        try:
            await asyncio.wait([self._task])
        finally:
            self._task.cancel()

    async def _run(self) -> None:
        while not self.failed:
            batch = [await self._inbox.get()]
            while not self._inbox.empty():
                batch.append(self._inbox.get_nowait())
            await self._handle(batch)

    async def _handle(self, batch: list[tuple[Step, asyncio.Future[None]]]) -> None:
        now = self._clock()
        effects: list[Effect] = []
        handled: list[asyncio.Future[None]] = []
        for step, done in batch:
            try:
                effects += step(self.room, now)
                handled.append(done)
            except Exception as error:
                log.exception("a step failed", extra={"room": self.room.name})
                done.set_exception(error)
        try:
            await self._save(effects, now)
            self._carry_out(effects)
        except Exception:
            log.exception("the room cannot be saved or served and is given up", extra={"room": self.room.name})
            self._give_up()
            self._media.tell(engine.CloseRoom(self.room.name))
            _settle(handled, RoomFailed(self.room.name))
            return
        _settle(handled, None)

    async def _save(self, effects: Sequence[Effect], now: datetime) -> None:
        saves = [effect for effect in effects if isinstance(effect, e.Save)]
        if not saves:
            return None
        records: list[Record] = [record for save in saves for record in save.records]
        snapshot = self.room.to_json()
        for pause in self._settings.save_pauses:
            try:
                return await self._store.save(self.room.name, records, snapshot, now)
            except Exception as error:
                log.warning("saving failed, trying again: %r", error, extra={"room": self.room.name})
                await asyncio.sleep(pause)
        return await self._store.save(self.room.name, records, snapshot, now)

    def _carry_out(self, effects: Sequence[Effect]) -> None:
        news = News()
        for effect in effects:
            match effect:
                case e.Send(connection, message):
                    self._send([connection], message)
                case e.Broadcast(connections, message):
                    if not news.take(connections, message):
                        self._send(connections, message)
                case e.CloseWire(connection, code, reason):
                    self._tell_news(news)  # for who is closed hears nothing after
                    if line := self.lines.get(connection):
                        line.close(code, reason)
                case e.Tell(command):
                    self._media.tell(command)
                case e.Save():
                    pass  # done before
        self._tell_news(news)

    def _tell_news(self, news: "News") -> None:
        for connections, message in news.take_messages():
            self._send(connections, message)

    def _send(self, connections: Sequence[str], message: protocol.Message) -> None:
        """Encoded once per language."""
        texts: dict[str, str] = {}
        for connection in connections:
            line = self.lines.get(connection)
            if line is None:
                continue
            locale = line.locale if isinstance(message, protocol.Notice | protocol.Refusal) else ""
            if locale not in texts:
                texts[locale] = protocol.encode(self._complete(message, line))
            line.put(texts[locale])

    def _complete(self, message: protocol.Message, line: Line) -> protocol.Message:
        """Add what the rules do not know: sentences in the client's language, and relays for the client alone."""
        if isinstance(message, protocol.Notice | protocol.Refusal):
            return replace(message, text=self._translate(message.text, line.locale))
        if isinstance(message, protocol.Joined):
            return replace(message, ice_servers=tuple(self._settings.ice_servers(line.identity, self._clock())))
        return message

    def _give_up(self) -> None:
        self.failed = True
        for line in self.lines.values():
            line.close(CloseCode.FAULT, "fault")
        while not self._inbox.empty():
            _step, done = self._inbox.get_nowait()
            _settle([done], RoomFailed(self.room.name))


class News:
    """What changed within a batch, to be told at its end: the last word on each participant, the room, the lobby.

    Everybody who is to hear of one participant hears of all that changed: one message is encoded, not one for each.
    """

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._people: dict[str, protocol.Participant] = {}
        self._audience: dict[str, None] = {}
        self._others: dict[type, tuple[dict[str, None], protocol.Message]] = {}

    def take(self, connections: Sequence[str], message: protocol.Message) -> bool:
        """Whether ``message`` is told later. Who has left is not spoken of any more."""
        if isinstance(message, protocol.ParticipantChanged):
            self._people[message.participant.id] = message.participant
            self._audience |= dict.fromkeys(connections)
            return True
        if isinstance(message, protocol.RoomChanged | protocol.LobbyChanged):
            earlier, _message = self._others.pop(type(message), ({}, message))
            self._others[type(message)] = earlier | dict.fromkeys(connections), message
            return True
        if isinstance(message, protocol.Left):
            self._people.pop(message.id, None)
        return False

    def take_messages(self) -> list[tuple[Sequence[str], protocol.Message]]:
        out: list[tuple[Sequence[str], protocol.Message]] = []
        people = tuple(self._people.values())
        if len(people) == 1:
            out.append((list(self._audience), protocol.ParticipantChanged(participant=people[0])))
        elif people:
            out.append((list(self._audience), protocol.ParticipantsChanged(participants=people)))
        out += [(list(connections), message) for connections, message in self._others.values()]
        self._clear()
        return out


def _do_nothing(_room: Room, _now: datetime) -> Sequence[Effect]:
    return ()


def _settle(futures: Sequence["asyncio.Future[None]"], error: Exception | None) -> None:
    for future in futures:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)


def _retrieve(future: "asyncio.Future[None]") -> None:
    if not future.cancelled():
        future.exception()
