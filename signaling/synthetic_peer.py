"""One connection of a synthetic client: a socket, checks as the controlling agent, handshake, encryption."""

import asyncio
import secrets
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any

from aioice import stun

from signaling.dtls import Certificate, Dtls, PacketBuffer, Srtp
from signaling.ice import make_credentials
from signaling.sdp import Description, Fingerprint, SdpError
from signaling.synthetic_sdp import OwnEnd, RemoteEnd

BUFFER_BYTES = 2 << 20
FIRST_CHECK_SECONDS, CHECK_SECONDS = 0.1, 2.5
PRIORITY = 1_853_824_767  # of a peer-reflexive candidate

Address = tuple[str, int]

# ``take(memory, view, start, length, arrived)``: an encrypted RTP packet lies in ``view`` from ``start`` on.
TakeRtp = Callable[[Any, memoryview, int, int, int], None]


class SyntheticPeer:
    """``on_rtp`` gets packets as they arrived, encrypted; ``on_rtcp`` decrypted ones. Times are monotonic seconds.

    ``loses`` says of each RTP packet, either way, whether the link has lost it.
    """

    def __init__(
        self,
        certificate: Certificate,
        host: str,
        on_rtp: TakeRtp,
        on_rtcp: Callable[[bytes], None],
        loses: Callable[[], bool] | None = None,
    ) -> None:
        self._certificate = certificate
        self._on_rtp, self._on_rtcp, self._loses = on_rtp, on_rtcp, loses
        self._session = str(secrets.randbits(62))
        self._credentials = make_credentials()
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        self.socket.bind((host, 0))
        self._remote: Description | None = None
        self._addresses: tuple[Address, ...] = ()
        self._address: Address | None = None
        self._reachable = asyncio.Event()
        self._checks: dict[bytes, Address] = {}
        self._dtls = Dtls(certificate, self._send_plain)
        self._task: asyncio.Task[None] | None = None
        self._outgoing = PacketBuffer(2048)
        self.srtp: Srtp | None = None
        self.connected = asyncio.Event()
        self._check_due = 0.0
        self._closed = False

    def describe(self) -> OwnEnd:
        host, port = self.socket.getsockname()[:2]
        own = self._credentials
        return OwnEnd(self._session, own.ufrag, own.password, self._certificate.fingerprint, host, port)

    def accept(self, remote: RemoteEnd) -> None:
        """Take the server's description: check its addresses, then shake hands. Also after an ICE restart."""
        usable = [one for one in remote.addresses if (":" in one[0]) == (self.socket.family == socket.AF_INET6)]
        if not usable:
            raise SdpError("the server names no address that can be reached from here")
        first, self._remote = self._remote is None, remote.description
        self._addresses, self._check_due = tuple(usable), 0.0
        if first:
            server = remote.description.transport.setup == "active"
            self._task = asyncio.create_task(self._shake_hands(server, remote.description.transport.fingerprints))

    async def _shake_hands(self, server: bool, fingerprints: Sequence[Fingerprint]) -> None:
        await self._reachable.wait()
        await self._dtls.run("server" if server else "client", fingerprints, self._note_keys)
        self.srtp = None

    def _note_keys(self, srtp: Srtp) -> None:
        self.srtp = srtp
        self.connected.set()

    @property
    def profile(self) -> str:
        """How packets are encrypted, "" before the handshake."""
        return self._dtls.profile

    # Checks

    def check(self, now: float) -> float | None:
        """Send a check if one is due; return when the next one is."""
        if self._closed:
            return None
        if self._remote is None:
            return now + FIRST_CHECK_SECONDS
        if now >= self._check_due:
            targets = self._addresses if self._address is None else (self._address,)
            self._checks.clear()
            for address in targets:
                self._send_check(self._remote, address)
            self._check_due = now + (FIRST_CHECK_SECONDS if self._address is None else CHECK_SECONDS)
        return self._check_due

    def _send_check(self, remote: Description, address: Address) -> None:
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{remote.transport.ufrag}:{self._credentials.ufrag}"
        request.attributes["PRIORITY"] = PRIORITY
        request.attributes["ICE-CONTROLLING"] = 1
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(remote.transport.password.encode())
        self._checks[request.transaction_id] = address
        self._send(bytes(request), address)

    def _take_stun(self, data: bytes) -> None:
        try:
            message = stun.parse_message(data)
        except (ValueError, struct.error, IndexError):
            return
        if message.message_class == stun.Class.RESPONSE:
            address = self._checks.pop(message.transaction_id, None)
            if address is not None and self._address is None:
                self._address = address
                self._reachable.set()
        elif message.message_class == stun.Class.REQUEST and self._address is not None:
            # A full agent (ours is none) checks as well.
            answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, message.transaction_id)
            answer.attributes["XOR-MAPPED-ADDRESS"] = self._address[:2]
            answer.add_message_integrity(self._credentials.password.encode())
            self._send(bytes(answer), self._address)

    # Packets

    def take(self, memory: Any, view: memoryview, start: int, length: int, arrived: int) -> None:
        """A datagram: ``memory`` and ``view`` are the same bytes, ``arrived`` nanoseconds since 1970."""
        kind = view[start]
        if 127 < kind < 192:
            if not 192 <= view[start + 1] <= 223:
                if self._loses is None or not self._loses():
                    self._on_rtp(memory, view, start, length, arrived)
            elif self.srtp is not None:
                length = self.srtp.unprotect_rtcp(memory + start, length)
                if length > 0:
                    self._on_rtcp(bytes(view[start : start + length]))
        elif kind < 4:
            self._take_stun(bytes(view[start : start + length]))
        elif 19 < kind < 64:
            self._dtls.feed(bytes(view[start : start + length]))

    def send_rtp(self, head: bytes | bytearray, body: bytes) -> None:
        """Encrypt and send a packet that is in two pieces."""
        if self.srtp is None or self._address is None:
            return
        view, size, length = self._outgoing.view, len(head), len(head) + len(body)
        view[:size] = head
        view[size:length] = body
        length = self.srtp.protect_rtp(self._outgoing.memory, length)
        if length > 0 and (self._loses is None or not self._loses()):
            self._send(view[:length], self._address)

    def send_rtcp(self, data: bytes) -> None:
        if self.srtp is not None and self._address is not None:
            self._send(self.srtp.protect_rtcp(data), self._address)

    def _send_plain(self, data: bytes) -> None:
        if self._address is not None:
            self._send(data, self._address)

    def _send(self, data: bytes | memoryview, address: Address) -> None:
        try:
            self.socket.sendto(data, address)
        except OSError:
            return  # as a packet that is lost

    async def close(self) -> None:
        """Tell the server and stop."""
        self._closed = True
        if self._task is not None:
            await self._dtls.close()
            await asyncio.wait([self._task], timeout=1.0)
            self._task.cancel()
        self.socket.close()
