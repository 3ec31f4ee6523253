"""DTLS-SRTP (RFC 5763, RFC 5764) with the parts of aiortc and pylibsrtp.

The only file that touches their private hooks: ``RTCDtlsTransport`` over a transport of our own, the SRTP contexts it
derives, and libsrtp's functions applied in place. ``tests/signaling/test_dtls.py`` fails when one of them moves.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Literal, cast

from aiortc.rtcdtlstransport import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    State,
)
from pylibsrtp._binding import ffi, lib

from signaling.sdp import Fingerprint

logger = logging.getLogger(__name__)

TAG_ROOM = 144  # the most that libsrtp may append to a packet
MAX_WAITING = 64

copy_memory: Callable[[Any, bytes | memoryview, int], None] = ffi.memmove


class PacketBuffer:
    """Memory that libsrtp works on in place: ``memory`` for it, ``view`` for Python."""

    def __init__(self, size: int) -> None:
        self.memory = ffi.new("char[]", size)
        self.view = memoryview(ffi.buffer(self.memory))


class Srtp:
    """The two SRTP contexts of a connection. Lengths in bytes; -1 says that the packet was refused."""

    def __init__(self, inbound: Any, outbound: Any) -> None:
        self._sessions = (inbound, outbound)  # they own the contexts
        self._inbound, self._outbound = inbound._srtp[0], outbound._srtp[0]
        self._length = ffi.new("int *")
        self._scratch = PacketBuffer(2048)

    def unprotect_rtp(self, memory: Any, length: int) -> int:
        self._length[0] = length
        refused: int = lib.srtp_unprotect(self._inbound, memory, self._length)
        return -1 if refused else int(self._length[0])

    def unprotect_rtcp(self, memory: Any, length: int) -> int:
        self._length[0] = length
        refused: int = lib.srtp_unprotect_rtcp(self._inbound, memory, self._length)
        return -1 if refused else int(self._length[0])

    def protect_rtp(self, memory: Any, length: int) -> int:
        """Encrypt in place; ``memory`` must have ``TAG_ROOM`` bytes behind the packet."""
        self._length[0] = length
        refused: int = lib.srtp_protect(self._outbound, memory, self._length)
        return -1 if refused else int(self._length[0])

    def protect_rtcp(self, data: bytes) -> bytes:
        """Return the encrypted form of a compound packet of at most 1,400 bytes."""
        if len(data) > 1400:
            raise ValueError("RTCP packet longer than a datagram")
        copy_memory(self._scratch.memory, data, len(data))
        self._length[0] = len(data)
        if lib.srtp_protect_rtcp(self._outbound, self._scratch.memory, self._length):
            raise ValueError("libsrtp refused an RTCP packet")
        return bytes(self._scratch.view[: self._length[0]])


class _Wire:
    """What ``RTCDtlsTransport`` asks of a transport."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send_now = send
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue()

    def put(self, data: bytes | None) -> None:
        if data is None or self._waiting.qsize() < MAX_WAITING:
            self._waiting.put_nowait(data)

    async def _recv(self) -> bytes:
        data = await self._waiting.get()
        if data is None:
            raise ConnectionError
        return data

    async def _send(self, data: bytes) -> None:
        self._send_now(data)


class Certificate:
    """The server's own certificate; one serves every connection of a process."""

    def __init__(self) -> None:
        self._certificate = RTCCertificate.generateCertificate()
        own = next(one for one in self._certificate.getFingerprints() if one.algorithm == "sha-256")
        self.fingerprint = Fingerprint(own.algorithm, own.value)

    def open_transport(self, wire: _Wire) -> Any:
        return RTCDtlsTransport(cast(Any, wire), [self._certificate])


class Dtls:
    """One connection's handshake. ``feed`` it datagrams; ``run`` returns when the connection is closed."""

    def __init__(self, certificate: Certificate, send: Callable[[bytes], None]) -> None:
        self._wire = _Wire(send)
        self._transport = certificate.open_transport(self._wire)

    def feed(self, data: bytes) -> None:
        if data:
            self._wire.put(data)

    async def run(
        self,
        role: Literal["client", "server"],
        fingerprints: Sequence[Fingerprint],
        on_connected: Callable[[Srtp], None],
    ) -> None:
        """Shake hands, report the keys, and return when the other side closes. A failed handshake only returns.

        A handshake has no deadline: the network may come back after any time, and the owner ends what lasts too long.
        """
        transport = self._transport
        transport._set_role(role)
        parameters = RTCDtlsParameters([RTCDtlsFingerprint(one.algorithm, one.value) for one in fingerprints])
        try:
            await transport.start(parameters)
            if transport._state is State.CONNECTED:
                on_connected(Srtp(transport._rx_srtp, transport._tx_srtp))
                await transport._task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
        except Exception:
            # It reads what came over the network; whatever it stumbles over ends this connection alone.
            logger.exception("a DTLS connection broke")

    @property
    def profile(self) -> str:
        """The name of the SRTP profile that was agreed on, "" before."""
        agreed: bytes = self._transport._ssl.get_selected_srtp_profile() if self._transport._ssl else b""
        return agreed.decode()

    async def close(self) -> None:
        """Tell the other side and stop."""
        await self._transport.stop()
        self._wire.put(None)
