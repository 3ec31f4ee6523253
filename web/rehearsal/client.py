"""One synthetic site in a room: the WebSocket of PROTOCOL.md, with the media of ``signaling.synthetic`` behind it."""

import asyncio
import secrets
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import aiohttp
from yarl import URL

from signaling import protocol
from signaling.errors import CloseCode, ProtocolError
from signaling.sdp import SdpError
from signaling.synthetic import SyntheticSite
from web.rehearsal.door import Visitor

COME_BACK_SECONDS = (0.0, 0.3, 1.2, 2.7, 4.8, 5.0, 5.0, 5.0, 5.0, 5.0)
JITTER_SECONDS = 1.0  # more at most, so that not all come at once
VIEW_SECONDS = 0.5
COME_BACK_AFTER = frozenset({CloseCode.STOPPING, CloseCode.TOO_MUCH, CloseCode.FAULT})
STAY_AWAY = frozenset(CloseCode) - COME_BACK_AFTER
REASONS: dict[int, str] = {
    CloseCode.PROTOCOL: "protocol",
    CloseCode.NOT_SIGNED_IN: "not signed in",
    CloseCode.FORBIDDEN: "not allowed",
    CloseCode.REFUSED: "not admitted",
    CloseCode.ENDED: "meeting over",
    CloseCode.TOO_MUCH: "too many",
    CloseCode.FULL: "room full",
    CloseCode.LOCKED: "room locked",
    CloseCode.TOO_EARLY: "too early",
}


class Listener(Protocol):
    """Somebody who wants to know what the room says."""

    def hear(self, client: "RoomClient", message: protocol.Message) -> None: ...


class RoomClient:
    """``pictures``: how many cameras it shows, ``height`` pixels high."""

    def __init__(
        self,
        visitor: Visitor,
        path: str,
        media: SyntheticSite | None,
        *,
        pictures: int = 4,
        height: int = 180,
        listener: Listener | None = None,
    ) -> None:
        self._visitor, self._path, self.media = visitor, path, media
        self._pictures, self._height = pictures, height
        self.listener = listener
        self._wire: aiohttp.ClientWebSocketResponse | None = None
        self._task: asyncio.Task[None] | None = None
        self._view_task: asyncio.Task[None] | None = None
        self._resume: str | None = None
        self._shown: tuple[str, ...] | None = None
        self._cameras: dict[str, tuple[str, ...]] = {}  # of each participant
        self._ended = False
        self.you = ""
        self.may: Sequence[protocol.Permission] = ()
        self.muted = True
        self.joined = asyncio.Event()
        self.settled = asyncio.Event()  # in the room, or sent away for good
        self.joins: list[float] = []  # seconds from the call to ``joined``, each time
        self.waited = False
        self.closed: int | None = None
        self.outages = 0
        self.fault = ""

    def start(self) -> None:
        self._task = asyncio.create_task(self._stay())

    async def _stay(self) -> None:
        """Come, and come back, until there is no coming back."""
        attempts = 0
        while not self._ended:
            began = time.monotonic()
            self.joined.clear()
            try:
                await self._talk(began)
            except (aiohttp.ClientError, OSError, TimeoutError):
                self.closed = None
            except (ProtocolError, SdpError) as error:
                self.fault = str(error)
                break
            if self.joined.is_set():
                attempts = 0
            if self._ended or self.closed in STAY_AWAY or attempts >= len(COME_BACK_SECONDS):
                break
            self.outages += 1
            await asyncio.sleep(COME_BACK_SECONDS[attempts] + secrets.SystemRandom().random() * JITTER_SECONDS)
            attempts += 1
        self._ended = True
        self.settled.set()

    async def _talk(self, began: float) -> None:
        visitor = self._visitor
        url = visitor.origin.join(URL(self._path))
        async with visitor.http.ws_connect(url, headers=visitor.headers, max_msg_size=0) as wire:
            self._wire = wire
            await self.say(protocol.Join(version=protocol.VERSION, resume=self._resume, name=None))
            async for frame in wire:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    await self._hear(protocol.decode_message(frame.data), began)
            self.closed = wire.close_code

    async def say(self, request: protocol.Request) -> None:
        """Tell the room something, if it can be told now."""
        if self._wire is not None and not self._wire.closed:
            with suppress(ConnectionError):  # it is being lost: whoever reads from it comes to know
                await self._wire.send_str(protocol.encode(request))

    async def _hear(self, message: protocol.Message, began: float) -> None:
        match message:
            case protocol.Wait():
                self.waited = True
            case protocol.Joined():
                self.joins.append(time.monotonic() - began)
                await self._enter(message)
            case protocol.AnswerPublish() if self.media is not None:
                self.media.take_answer(message.sdp)
            case protocol.Offer() if self.media is not None:
                answer = self.media.take_offer(message.sdp)
                await self.say(protocol.AnswerOffer(sdp=answer, generation=message.generation))
            case protocol.SlotsFilled() if self.media is not None:
                self.media.fill({slot.mid: slot.track for slot in message.slots})
            case protocol.Notice(code="media_restarted") if self.media is not None:
                await self._publish(self.media)
                self._shown = None
            case protocol.ParticipantChanged():
                self._note(message.participant)
            case protocol.ParticipantsChanged():
                for participant in message.participants:
                    self._note(participant)
            case protocol.Left():
                self._cameras.pop(message.id, None)
        if self.listener is not None:
            self.listener.hear(self, message)

    async def _enter(self, message: protocol.Joined) -> None:
        came_back = self._resume is not None and self.you == message.you
        self.you, self._resume, self.may = message.you, message.resume, message.may
        self._cameras.clear()
        for participant in message.participants:
            self._note(participant)
        self._shown = None
        if self.media is not None and not came_back:
            await self._publish(self.media)
        if not self.muted:
            await self.say(protocol.Muted(muted=False))
        self.joined.set()
        self.settled.set()
        if self._view_task is None and self.media is not None:
            self._view_task = asyncio.create_task(self._keep_view())

    async def _publish(self, media: SyntheticSite) -> None:
        """Begin to send; over new connections when there were some before."""
        talks = media.microphone is None or media.microphone.talking
        if media.sender is not None or media.listener is not None:
            await media.restart()
        sdp, sources = media.write_offer()
        if media.microphone is not None:
            media.microphone.talking = talks
        if sources:
            tracks = tuple(protocol.PublishedTrack(mid=mid, source=source) for mid, source in sources.items())
            await self.say(protocol.Publish(sdp=sdp, tracks=tracks))

    def _note(self, participant: protocol.Participant) -> None:
        cameras = tuple(track.id for track in participant.tracks if track.source == "camera")
        if participant.id != self.you and cameras:
            self._cameras[participant.id] = cameras
        else:
            self._cameras.pop(participant.id, None)

    async def _keep_view(self) -> None:
        """Say which pictures are shown, not more often than the room allows."""
        while True:
            shown = tuple(track for tracks in self._cameras.values() for track in tracks)[: self._pictures]
            if shown != self._shown and self.joined.is_set():
                self._shown = shown
                wanted = tuple(protocol.ViewedTrack(track=track, height=self._height) for track in shown)
                await self.say(protocol.View(tracks=wanted, audio=True, limit=None))
            await asyncio.sleep(VIEW_SECONDS)

    async def speak(self, on: bool) -> None:
        """Switch the microphone on and talk, or stop."""
        if self.media is not None and self.media.microphone is not None:
            self.media.microphone.talk(on, time.monotonic())
        if self.muted == on:
            self.muted = not on
            await self.say(protocol.Muted(muted=self.muted))

    def drop(self) -> None:
        """Lose the WebSocket as when a cable is pulled; it comes back by itself."""
        self.joined.clear()
        line = self._wire.get_extra_info("socket") if self._wire is not None else None
        if line is not None:
            line.shutdown(socket.SHUT_RDWR)

    async def leave(self) -> None:
        """Leave for good."""
        self._ended = True
        if self._view_task is not None:
            self._view_task.cancel()
        if self._wire is not None and not self._wire.closed:
            await self.say(protocol.Leave())
        if self._task is not None:
            await asyncio.wait([self._task], timeout=3.0)
            self._task.cancel()
            await asyncio.wait([self._task])
        if self.media is not None:
            await self.media.close()

    @property
    def reason(self) -> str:
        """Why it is not in the room."""
        if self.fault:
            return self.fault
        if self.closed is None:
            return "waiting" if self.waited else "no connection"
        return REASONS.get(self.closed, str(self.closed))
