"""The one UDP port of the media process: receives for all connections, sends trains of packets.

Packets are told apart by their first byte (RFC 7983). A train of equal-sized packets goes out in one system call with
UDP_SEGMENT where the kernel has it, else packet by packet.
"""

import asyncio
import errno
import logging
import socket
import time
from typing import Protocol

from signaling.dtls import PacketBuffer
from signaling.ice import Address, IceResponder

logger = logging.getLogger(__name__)

RECEIVE_SIZE = 2048
SEND_SIZE = 65536
SOCKET_BUFFER = 4 << 20
PACKETS_PER_WAKE = 128
BIND_SECONDS = 5.0
SOL_UDP, UDP_SEGMENT = 17, 103  # linux/udp.h; Python's socket has no name for them
_UNSUPPORTED = {errno.EIO, errno.EINVAL, errno.ENOPROTOOPT, errno.EOPNOTSUPP}


class Outbox(Protocol):
    """Somebody with packets to send when the wake-up is over."""

    def flush(self) -> None: ...


async def bind_socket(address: str, port: int) -> socket.socket:
    """Bind the port of an address or a host name, waiting up to 5 s for a predecessor to let go. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(address, port, type=socket.SOCK_DGRAM)
    family, *_, place = min(found, key=lambda entry: entry[0] != socket.AF_INET)  # IPv4 where a name has both
    until = time.monotonic() + BIND_SECONDS
    while True:
        bound = socket.socket(family, socket.SOCK_DGRAM)
        try:
            if family == socket.AF_INET6:
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            bound.bind(place)
        except OSError as error:
            bound.close()
            if error.errno != errno.EADDRINUSE or time.monotonic() > until:
                raise
            await asyncio.sleep(0.1)
        else:
            bound.setblocking(False)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER)
            return bound


class UdpPort:
    """Receives into ``incoming``, sends from ``outgoing``; ``now`` is the monotonic time of the wake-up."""

    def __init__(self, bound: socket.socket) -> None:
        self._socket = bound
        self.host, self.number = bound.getsockname()[:2]
        self.ice = IceResponder()
        self.incoming = PacketBuffer(RECEIVE_SIZE)
        self.outgoing = PacketBuffer(SEND_SIZE)
        self.now = time.monotonic()
        self.waiting: list[Outbox] = []
        self.segments = hasattr(socket.socket, "sendmsg")
        self.dropped = 0

    def start(self) -> None:
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()

    def read_clock(self) -> None:
        self.now = time.monotonic()

    def _read(self) -> None:
        self.read_clock()
        receive, view = self._socket.recvfrom_into, self.incoming.view
        for _ in range(PACKETS_PER_WAKE):
            try:
                length, address = receive(view)
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:
                logger.debug("receiving failed: %s", error)
                break
            if length:
                self._sort(length, address)
        self.flush()

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

    def send(self, data: bytes | memoryview, address: Address) -> None:
        """Send one datagram; where the kernel takes none it is lost, as packets may be."""
        try:
            self._socket.sendto(data, address)
        except OSError as error:
            self._note_loss(error, 1)

    def send_train(self, start: int, end: int, size: int, address: Address) -> None:
        """Send packets that lie one behind the other in ``outgoing``: each ``size`` bytes, the last one at most so."""
        view = self.outgoing.view[start:end]
        if self.segments and end - start > size:
            try:
                self._socket.sendmsg((view,), ((SOL_UDP, UDP_SEGMENT, size.to_bytes(2, "little")),), 0, address)
            except BlockingIOError as error:
                self._note_loss(error, -(-(end - start) // size))
                return
            except OSError as error:
                # EMSGSIZE is this path's matter alone; the others say that this kernel or card cannot do it.
                if error.errno in _UNSUPPORTED:
                    logger.info("UDP_SEGMENT is not available (%s); packets go one by one", error)
                    self.segments = False
                elif error.errno != errno.EMSGSIZE:
                    self._note_loss(error, -(-(end - start) // size))
                    return
            else:
                return
        for offset in range(0, end - start, size):
            self.send(view[offset : offset + size], address)

    def _note_loss(self, error: OSError, packets: int) -> None:
        self.dropped += packets
        logger.debug("%d packets not sent: %s", packets, error)
