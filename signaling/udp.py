"""The one UDP port of the media process: receives for all connections, sends trains of packets.

Packets are told apart by their first byte (RFC 7983). A train of equal-sized packets goes out in one system call with
UDP_SEGMENT where the kernel has it, else packet by packet. A socket bound to all addresses answers from the one that
was asked, as a browser expects of a machine with several. A TCP port (``tcp.py``) may stand beside it; what came over
one of its connections goes back over it.
"""

import asyncio
import errno
import logging
import socket
import time
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Protocol

from signaling.dtls import PacketBuffer
from signaling.ice import Address, IceResponder
from signaling.tcp import TcpPort, TcpStream

logger = logging.getLogger(__name__)

RECEIVE_SIZE = 2048
SEND_SIZE = 65536
SOCKET_BUFFER = 4 << 20
PACKETS_PER_WAKE = 128
BIND_SECONDS = 5.0
SOL_UDP, UDP_SEGMENT = 17, 103  # linux/udp.h; Python's socket has no name for them
IP_PKTINFO, IPV6_RECVPKTINFO, IPV6_PKTINFO = 8, 49, 50  # linux/in.h, linux/in6.h
ANCILLARY_SIZE = 64  # room for one of them
BACKLOG = 512
_UNSUPPORTED = {errno.EIO, errno.EINVAL, errno.ENOPROTOOPT, errno.EOPNOTSUPP}


class Outbox(Protocol):
    """Somebody with packets to send when the wake-up is over."""

    def flush(self) -> None: ...


async def bind_socket(address: str, port: int, kind: socket.SocketKind = socket.SOCK_DGRAM) -> socket.socket:
    """Bind the port of an address or a host name, waiting up to 5 s for a predecessor to let go. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(address, port, type=kind)
    family, *_, place = min(found, key=lambda entry: entry[0] != socket.AF_INET)  # IPv4 where a name has both
    until = time.monotonic() + BIND_SECONDS
    while True:
        bound = socket.socket(family, kind)
        try:
            if family == socket.AF_INET6:
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            if kind == socket.SOCK_STREAM:
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # beside former connections that linger
            bound.bind(place)
            if kind == socket.SOCK_STREAM:
                bound.listen(BACKLOG)
        except OSError as error:
            bound.close()
            if error.errno != errno.EADDRINUSE or time.monotonic() > until:
                raise
            await asyncio.sleep(0.1)
        else:
            bound.setblocking(False)
            if kind == socket.SOCK_DGRAM:
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER)
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER)
            return bound


def learn_own_address(bound: socket.socket) -> bool:
    """Have a socket that is bound to all addresses tell which one a packet came to. False: it is bound to one."""
    if not ip_address(bound.getsockname()[0]).is_unspecified:
        return False
    if bound.family == socket.AF_INET6:
        bound.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
    else:
        bound.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    return True


def read_own_address(ancillary: Sequence[tuple[int, int, bytes]]) -> bytes:
    """Return what the kernel says of where a packet came to, in the form in which it is told whence to answer.

    The interface is left to the routes, but for link-local addresses, which mean nothing without it.
    """
    for level, kind, data in ancillary:
        if level == socket.IPPROTO_IP and kind == IP_PKTINFO and len(data) == 12:
            return bytes(4) + data[4:8] + bytes(4)
        if level == socket.IPPROTO_IPV6 and kind == IPV6_PKTINFO and len(data) == 20:
            return data if data[:2] == b"\xfe\x80" else data[:16] + bytes(4)
    return b""


class UdpPort:
    """Receives into ``incoming``, sends from ``outgoing``; ``now`` is the monotonic time of the wake-up.

    ``listening`` is the socket of a TCP port beside it.
    """

    def __init__(self, bound: socket.socket, listening: socket.socket | None = None) -> None:
        self._socket = bound
        self._wild = learn_own_address(bound)
        self._level, self._kind = (
            (socket.IPPROTO_IPV6, IPV6_PKTINFO) if bound.family == socket.AF_INET6 else (socket.IPPROTO_IP, IP_PKTINFO)
        )
        self.host, self.number = bound.getsockname()[:2]
        self.ice = IceResponder()
        self.incoming = PacketBuffer(RECEIVE_SIZE)
        self.outgoing = PacketBuffer(SEND_SIZE)
        self.now = time.monotonic()
        self.waiting: list[Outbox] = []
        self.segments = hasattr(socket.socket, "sendmsg")
        self.dropped = 0
        self.tcp: TcpPort | None = None
        if listening is not None:
            self.tcp = TcpPort(listening, self)

    def start(self) -> None:
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read_all if self._wild else self._read)
        if self.tcp:
            self.tcp.start()

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        if self.tcp:
            self.tcp.close()

    def check(self) -> None:
        """To be called every second."""
        if self.tcp:
            self.tcp.check(self.now)

    def read_clock(self) -> float:
        self.now = time.monotonic()
        return self.now

    def _read(self) -> None:
        self.read_clock()
        receive, view = self._socket.recvfrom_into, self.incoming.view
        for _ in range(PACKETS_PER_WAKE):
            try:
                length, remote = receive(view)
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:
                logger.debug("receiving failed: %s", error)
                break
            if length:
                self._sort(length, Address(remote))
        self.flush()

    def _read_all(self) -> None:
        """As ``_read``, on a socket that is bound to all addresses."""
        self.read_clock()
        receive, view = self._socket.recvmsg_into, [self.incoming.view]
        for _ in range(PACKETS_PER_WAKE):
            try:
                length, ancillary, _flags, remote = receive(view, ANCILLARY_SIZE)
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:
                logger.debug("receiving failed: %s", error)
                break
            if length:
                self._sort(length, Address(remote, read_own_address(ancillary)))
        self.flush()

    def receive_frame(self, stream: TcpStream, frame: memoryview) -> None:
        """A packet that came over TCP."""
        self.incoming.view[: len(frame)] = frame
        self._sort(len(frame), stream.address)

    def is_known(self, stream: TcpStream) -> bool:
        return stream.address in self.ice.by_address

    def forget_stream(self, stream: TcpStream) -> None:
        self.ice.forget_address(stream.address)

    def _sort(self, length: int, address: Address) -> None:
        kind = self.incoming.view[0]
        if 127 < kind < 192:
            session = self.ice.by_address.get(address)
            if session is not None:
                session.endpoint.receive_media(length)
        elif kind < 4:
            answer = self.ice.respond(bytes(self.incoming.view[:length]), address, self.now)
            if answer is not None:
                self.send(answer, address)
        elif 19 < kind < 64:
            session = self.ice.by_address.get(address)
            if session is not None:
                session.endpoint.receive_dtls(bytes(self.incoming.view[:length]))

    def flush(self) -> None:
        """Send what has gathered."""
        waiting, self.waiting = self.waiting, []
        for outbox in waiting:
            outbox.flush()

    def send(self, data: bytes | memoryview, address: Address) -> bool:
        """Send one datagram; where the kernel takes none it is lost, as packets may be. Say whether it was taken."""
        if address.stream is not None:
            address.stream.send(data, self.now)
            return True
        try:
            if address.local:
                self._socket.sendmsg((data,), ((self._level, self._kind, address.local),), 0, address.remote)
            else:
                self._socket.sendto(data, address.remote)
        except OSError as error:
            self._note_loss(error, 1)
            return False
        return True

    def send_train(self, start: int, end: int, size: int, address: Address) -> None:
        """Send packets that lie one behind the other in ``outgoing``: each ``size`` bytes, the last one at most so."""
        view = self.outgoing.view[start:end]
        if address.stream is not None:
            address.stream.send_train(view, size, self.now)
            return
        if end - start <= size:
            self.send(view, address)
            return
        unsupported: OSError | None = None
        if self.segments:
            control = [(SOL_UDP, UDP_SEGMENT, size.to_bytes(2, "little"))]
            if address.local:
                control.append((self._level, self._kind, address.local))
            try:
                self._socket.sendmsg((view,), control, 0, address.remote)
            except BlockingIOError as error:
                self._note_loss(error, -(-(end - start) // size))
                return
            except OSError as error:
                # EMSGSIZE is this path's matter alone; the others may say that this kernel or card cannot do it.
                if error.errno in _UNSUPPORTED:
                    unsupported = error
                elif error.errno != errno.EMSGSIZE:
                    self._note_loss(error, -(-(end - start) // size))
                    return
            else:
                return
        taken = [self.send(view[offset : offset + size], address) for offset in range(0, end - start, size)]
        if unsupported is not None and any(taken):  # else the own address is gone, which gives the same error
            logger.info("UDP_SEGMENT is not available (%s); packets go one by one", unsupported)
            self.segments = False

    def _note_loss(self, error: OSError, packets: int) -> None:
        self.dropped += packets
        logger.debug("%d packets not sent: %s", packets, error)
