"""Synthetic sites: what a browser's media do, without a browser, many of them in one event loop.

A site has a connection to send and one to receive, as PROTOCOL.md has it. Who talks to the server for it (a WebSocket,
a bench) hands descriptions to and fro. All sockets are served by one ``Pump`` in steps of some milliseconds; arrivals
are dated by the kernel, so the steps do not blur what is measured.
"""

import asyncio
import heapq
import secrets
import select
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count

from signaling.dtls import Certificate
from signaling.engine import Source
from signaling.rtcp import KeyFrameRequest, Nack, parse_compound
from signaling.rtp import MalformedPacket
from signaling.synthetic_batch import BATCH, SLOT_SIZE, Batch, date_arrivals
from signaling.synthetic_frames import Layer, SoundFrame
from signaling.synthetic_peer import SyntheticPeer, TakeRtp
from signaling.synthetic_receiving import Receiver
from signaling.synthetic_sdp import SentLine, list_streams, read_remote, write_answer, write_offer
from signaling.synthetic_sending import Camera, Microphone, Stream, TransportNumbers
from signaling.synthetic_stats import Totals

Step = Callable[[float], float | None]  # does what is due; when it wants to be called again, None: never
REPORT_SECONDS = 1.0
STARTING_SECONDS = 0.02  # between looks whether a connection stands


class Pump:
    """Runs the steps of all sites and reads their sockets, every ``tick`` seconds."""

    def __init__(self, tick: float = 0.005) -> None:
        self._tick = tick
        self._batch = Batch()
        self._poll = select.epoll()
        self._peers: dict[int, SyntheticPeer] = {}
        self._due: list[tuple[float, int, Step]] = []
        self._numbers = count()
        self._task: asyncio.Task[None] | None = None
        self.late = 0.0  # the longest that a round has begun after its time

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    def add_peer(self, peer: SyntheticPeer) -> None:
        date_arrivals(peer.socket)
        self._peers[peer.socket.fileno()] = peer
        self._poll.register(peer.socket.fileno(), select.EPOLLIN)
        self.add_step(peer.check)

    def remove_peer(self, peer: SyntheticPeer) -> None:
        if self._peers.pop(peer.socket.fileno(), None) is not None:
            self._poll.unregister(peer.socket.fileno())

    def add_step(self, step: Step) -> None:
        heapq.heappush(self._due, (time.monotonic(), next(self._numbers), step))

    async def _run(self) -> None:
        following = time.monotonic()
        while True:
            now = time.monotonic()
            self.late = max(self.late, now - following)
            self.turn(now)
            following = max(following + self._tick, time.monotonic())
            await asyncio.sleep(following - time.monotonic())

    def turn(self, now: float) -> None:
        """One round: send what is due, read what has come."""
        while self._due and self._due[0][0] <= now:
            _, number, step = heapq.heappop(self._due)
            again = step(now)
            if again is not None:
                heapq.heappush(self._due, (max(again, now + 0.001), number, step))
        for descriptor, _ in self._poll.poll(0, 1024):
            self._read(self._peers[descriptor])

    def _read(self, peer: SyntheticPeer) -> None:
        batch = self._batch
        memory, view = batch.buffer.memory, batch.buffer.view
        while True:
            received = batch.read(peer.socket)
            for i in range(received):
                peer.take(memory, view, i * SLOT_SIZE, batch.lengths[i], batch.arrivals[i])
            if received < BATCH:
                return

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._poll.close()


class SyntheticSite:
    """One site. ``layers`` empty: no camera; ``sound`` empty: no microphone."""

    def __init__(
        self,
        pump: Pump,
        certificate: Certificate,
        *,
        sound: Sequence[SoundFrame] = (),
        layers: Sequence[Layer] = (),
        host: str = "127.0.0.1",
        loss: float = 0.0,
        opens: bool = True,
    ) -> None:
        self._pump, self._certificate, self._host = pump, certificate, host
        self._sound, self._layers = sound, layers
        self._random = secrets.SystemRandom()
        self._loss, self._opens = loss, opens
        self.microphone: Microphone | None = None
        self.camera: Camera | None = None
        self.sender: SyntheticPeer | None = None
        self.listener: SyntheticPeer | None = None
        self.receiver = Receiver(Totals(), self._send_feedback, opens=opens)

    def _open_peer(self, on_rtp: TakeRtp, on_rtcp: Callable[[bytes], None]) -> SyntheticPeer:
        loses = (lambda: self._random.random() < self._loss) if self._loss else None
        peer = SyntheticPeer(self._certificate, self._host, on_rtp, on_rtcp, loses)
        self._pump.add_peer(peer)
        return peer

    # Sending

    def write_offer(self) -> tuple[str, dict[str, Source]]:
        """Begin to send: the offer, and the source of each of its mids."""
        self.sender = self._open_peer(_take_nothing, self._take_feedback)
        numbers, now, lines = TransportNumbers(), time.monotonic(), []
        sources: dict[str, Source] = {}
        if self._sound:
            self.microphone = Microphone(self.sender, numbers, "0", self._sound, now)
            lines.append(SentLine("0", "audio", self.microphone.stream.ssrc))
            sources["0"] = "microphone"
        if self._layers:
            self.camera = Camera(self.sender, numbers, "1", self._layers, now)
            rids = tuple(layer.shape.rid for layer in self._layers)
            lines.append(SentLine("1", "video", self.camera.streams[0].ssrc, rids if len(rids) > 1 else ()))
            sources["1"] = "camera"
        return write_offer(self.sender.describe(), lines), sources

    def take_answer(self, sdp: str) -> None:
        """The server takes what is offered. Raises ``SdpError``."""
        if self.sender is None:
            return
        self.sender.accept(read_remote(sdp))
        for one in (self.microphone, self.camera):
            if one is not None:
                self._pump.add_step(self._while_sending(self.sender, one.step))
        self._pump.add_step(self._while_sending(self.sender, self._report))

    def _while_sending(self, peer: SyntheticPeer, step: Step) -> Step:
        def run(now: float) -> float | None:
            if peer is not self.sender:
                return None
            return step(now) if peer.srtp is not None else now + STARTING_SECONDS

        return run

    @property
    def streams(self) -> list[Stream]:
        found = [self.microphone.stream] if self.microphone else []
        return found + (self.camera.streams if self.camera else [])

    def _report(self, now: float) -> float:
        for stream in self.streams:
            if stream.packets and self.sender is not None:
                self.sender.send_rtcp(stream.report(now))
        return now + REPORT_SECONDS

    def _take_feedback(self, data: bytes) -> None:
        camera = self.camera
        if camera is None:
            return
        try:
            items = parse_compound(data)
        except MalformedPacket:
            return
        for item in items:
            if isinstance(item, KeyFrameRequest):
                camera.send_key_frame(item.ssrc)
            elif isinstance(item, Nack):
                camera.repeat(item.ssrc, item.lost)

    # Receiving

    def take_offer(self, sdp: str) -> str:
        """The server offers to send; return the answer. Raises ``SdpError``."""
        remote = read_remote(sdp)
        if self.listener is None:
            self.listener = self._open_peer(self.receiver.take, _take_nothing)
            self._pump.add_step(self._while_receiving(self.listener))
        self.listener.accept(remote)
        self.receiver.take_lines(list_streams(remote.description))
        return write_answer(self.listener.describe(), remote.description)

    def fill(self, carried: Mapping[str, str]) -> None:
        """The track in each filled slot."""
        self.receiver.fill(carried)

    def _while_receiving(self, peer: SyntheticPeer) -> Step:
        def run(now: float) -> float | None:
            if peer is not self.listener:
                return None
            self.receiver.srtp = peer.srtp
            return self.receiver.step(now) if peer.srtp is not None else now + STARTING_SECONDS

        return run

    def _send_feedback(self, data: bytes) -> None:
        if self.listener is not None:
            self.listener.send_rtcp(data)

    async def restart(self) -> None:
        """Begin with new connections, as when the server has lost the old ones. What was counted stays."""
        await self.close()
        self.receiver = Receiver(self.receiver.totals, self._send_feedback, opens=self._opens)

    async def close(self) -> None:
        peers = [peer for peer in (self.sender, self.listener) if peer is not None]
        self.sender = self.listener = None
        for peer in peers:
            self._pump.remove_peer(peer)
            await peer.close()


def _take_nothing(*_packet: object) -> None:
    """No media come back on a connection that sends, and no feedback on one that receives."""
