"""ICE-TCP, the passive side (RFC 6544): media for browsers whose network lets no UDP through.

Packets are framed by their length (RFC 4571). What a slow reader does not take yet waits in the stream's own queue,
sound before pictures, and is dropped there when it is late, pictures long before sound; the kernel is handed little at
a time, for what it has cannot be dropped. Who does not prove to belong to a session is let go after some seconds.
"""

import asyncio
import errno
import logging
import socket
from collections import deque
from contextlib import suppress
from typing import Protocol

from signaling.ice import Address
from signaling.sdp import OPUS

logger = logging.getLogger(__name__)

MAX_FRAME = 2048  # of a browser: larger ones come from none
MAX_STREAMS = 4096
MAX_STRANGERS, MAX_STRANGERS_OF_HOST = 512, 128
STRANGER_SECONDS = 10.0
STRANGER_OCTETS = 8192
IDLE_SECONDS = 40.0  # a browser checks every few seconds
READ_OCTETS = 65536
ACCEPTED_PER_WAKE = 64
UNSENT_OCTETS = 4096  # in the kernel, beyond what is on its way
PICTURE_SECONDS, URGENT_SECONDS = 0.4, 1.5
MAX_PICTURE_OCTETS, MAX_URGENT_OCTETS = 512 << 10, 64 << 10
PAUSE_SECONDS = 1.0  # of accepting, when the process has no file or memory left
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Owner(Protocol):
    """The port beside which this one stands."""

    def read_clock(self) -> float: ...

    def receive_frame(self, stream: "TcpStream", frame: memoryview) -> None: ...

    def flush(self) -> None:
        """A wake-up is over."""

    def is_known(self, stream: "TcpStream") -> bool:
        """Say whether it belongs to a session."""

    def forget_stream(self, stream: "TcpStream") -> None:
        """It is closed."""


class Backlog:
    """Frames that wait, with the time they came, bounded in age and octets. The oldest go first."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._frames: deque[tuple[float, bytes]] = deque()
        self.octets = 0
        self.dropped = 0

    def put(self, frame: bytes, now: float) -> None:
        self._frames.append((now, frame))
        self.octets += len(frame)
        while self.octets > self._most:
            self.dropped += 1
            self.take()

    def trim(self, now: float) -> None:
        while self._frames and now - self._frames[0][0] > self._seconds:
            self.dropped += 1
            self.take()

    def take(self) -> bytes:
        """Return the oldest; empty when there is none."""
        if not self._frames:
            return b""
        frame = self._frames.popleft()[1]
        self.octets -= len(frame)
        return frame


class TcpStream:
    """One accepted connection. ``seen_at``: when a frame last came; ``known_at``: when it last was a session's."""

    def __init__(self, connection: socket.socket, remote: tuple[object, ...], port: "TcpPort", now: float) -> None:
        self._socket = connection
        self._port = port
        self._received = bytearray()
        self._head = memoryview(b"")  # begun, so it cannot be dropped
        self._urgent = Backlog(URGENT_SECONDS, MAX_URGENT_OCTETS)
        self._pictures = Backlog(PICTURE_SECONDS, MAX_PICTURE_OCTETS)
        self._waits = False
        self._broken = self._closed = False
        self.address = Address(remote, b"", self)
        self.octets = 0
        self.seen_at = self.known_at = now
        asyncio.get_running_loop().add_reader(connection.fileno(), self._read)

    @property
    def dropped(self) -> tuple[int, int]:
        """How many pictures' packets were dropped, and how many others."""
        return self._pictures.dropped, self._urgent.dropped

    @property
    def queued(self) -> int:
        return len(self._head) + self._urgent.octets + self._pictures.octets

    def send(self, packet: bytes | memoryview, now: float) -> None:
        if not self._broken:
            self._queue(packet, now)
            self._pump(now)

    def send_train(self, packets: memoryview, size: int, now: float) -> None:
        """Send packets that lie one behind the other, each of ``size`` bytes, the last one at most so."""
        if not self._broken:
            for start in range(0, len(packets), size):
                self._queue(packets[start : start + size], now)
            self._pump(now)

    def _queue(self, packet: bytes | memoryview, now: float) -> None:
        backlog = self._pictures if is_picture(packet) else self._urgent
        backlog.put(len(packet).to_bytes(2, "big") + packet, now)

    def _pump(self, now: float) -> None:
        """Hand the kernel what it takes."""
        self._urgent.trim(now)
        self._pictures.trim(now)
        while self._head or self._take_batch():
            try:
                sent = self._socket.send(self._head)
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:
                logger.debug("a TCP connection broke: %s", error)
                self._broken = True
                asyncio.get_running_loop().call_soon(self.close)  # not while its owner is sending
                return
            self._head = self._head[sent:]
        self._wait_for_room(bool(self._head))

    def _take_batch(self) -> bool:
        batch = bytearray()
        while len(batch) < UNSENT_OCTETS and (frame := self._urgent.take() or self._pictures.take()):
            batch += frame
        self._head = memoryview(bytes(batch))
        return bool(batch)

    def _wait_for_room(self, waits: bool) -> None:
        if waits == self._waits:
            return
        self._waits = waits
        loop = asyncio.get_running_loop()
        if waits:
            loop.add_writer(self._socket.fileno(), self._note_room)
        else:
            loop.remove_writer(self._socket.fileno())

    def _note_room(self) -> None:
        self._pump(self._port.owner.read_clock())

    def _read(self) -> None:
        try:
            data = self._socket.recv(READ_OCTETS)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            logger.debug("a TCP connection broke: %s", error)
            data = b""
        if not data:
            self.close()
            return
        self.seen_at = self._port.owner.read_clock()
        self.octets += len(data)
        self._received += data
        self._split()
        self._port.finish(self)

    def _split(self) -> None:
        """Hand over the whole frames among what was received. One that is too long ends the connection."""
        received, self._received = self._received, bytearray()
        view, start = memoryview(received), 0
        while len(received) - start >= 2 and not self._closed:
            length = int.from_bytes(view[start : start + 2], "big")
            if length > MAX_FRAME:
                self.close()
                return
            if len(received) - start - 2 < length:
                break
            if length:
                self._port.owner.receive_frame(self, view[start + 2 : start + 2 + length])
            start += 2 + length
        self._received += view[start:]

    def close(self) -> None:
        if self._closed:
            return
        self._broken = self._closed = True
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._socket.fileno())
        loop.remove_writer(self._socket.fileno())
        self._socket.close()
        self._port.forget(self)


def is_picture(packet: bytes | memoryview) -> bool:
    """Say whether it is RTP (RFC 7983), neither RTCP (RFC 5761) nor sound. Its header is never encrypted."""
    if len(packet) < 2 or not 127 < packet[0] < 192:
        return False
    return not 192 <= packet[1] <= 223 and packet[1] & 127 != OPUS


class TcpPort:
    """Accepts connections."""

    def __init__(self, bound: socket.socket, owner: Owner) -> None:
        self._socket = bound
        self.owner = owner
        self.number: int = bound.getsockname()[1]
        self.streams: dict[TcpStream, None] = {}  # in the order they came
        self._strangers: dict[TcpStream, None] = {}  # those of them that have not yet shown what session they are of

    def start(self) -> None:
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._accept)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        for stream in list(self.streams):
            stream.close()
        self._socket.close()

    def finish(self, stream: TcpStream) -> None:
        if stream in self._strangers:
            if self.owner.is_known(stream):
                del self._strangers[stream]
            elif stream.octets > STRANGER_OCTETS:
                stream.close()
        self.owner.flush()

    def forget(self, stream: TcpStream) -> None:
        self.streams.pop(stream, None)
        self._strangers.pop(stream, None)
        self.owner.forget_stream(stream)

    def check(self, now: float) -> None:
        """To be called every second: close what belongs to nobody, and what has fallen silent."""
        for stream in list(self.streams):
            if self.owner.is_known(stream):
                stream.known_at = now
            if now - stream.known_at > STRANGER_SECONDS or now - stream.seen_at > IDLE_SECONDS:
                stream.close()

    def _accept(self) -> None:
        for _ in range(ACCEPTED_PER_WAKE):
            try:
                connection, remote = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                logger.warning("no TCP connection can be accepted: %s", error)
                if error.errno in _EXHAUSTED:
                    self._pause()
                return
            self._admit(connection, remote)

    def _pause(self) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._socket.fileno())
        loop.call_later(PAUSE_SECONDS, self._resume)

    def _resume(self) -> None:
        if self._socket.fileno() >= 0:
            self.start()

    def _admit(self, connection: socket.socket, remote: tuple[object, ...]) -> None:
        self._make_room(remote[0])
        if len(self.streams) >= MAX_STREAMS:
            connection.close()
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(AttributeError, OSError):  # a kernel without it delays more
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_OCTETS)
        stream = TcpStream(connection, remote, self, self.owner.read_clock())
        self.streams[stream] = self._strangers[stream] = None

    def _make_room(self, host: object) -> None:
        """Where too many belong to nobody, the oldest of them goes, of this host first: it has had its time."""
        of_host = [stream for stream in self._strangers if stream.address.remote[0] == host]
        if len(of_host) >= MAX_STRANGERS_OF_HOST:
            of_host[0].close()
        elif len(self._strangers) >= MAX_STRANGERS:
            next(iter(self._strangers)).close()
