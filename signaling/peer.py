"""One connection with one browser: checks, handshake, encryption. What flows over it is the business of its owner."""

import asyncio
import logging
import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass

from signaling.dtls import Certificate, Dtls, Srtp
from signaling.ice import Address
from signaling.quality import CONSENT_SECONDS
from signaling.sdp import LocalTransport, RemoteTransport
from signaling.udp import UdpPort

logger = logging.getLogger(__name__)

MAX_SSRCS = 128  # libsrtp remembers each one for as long as the connection lasts
_SSRC = struct.Struct("!I")


@dataclass(frozen=True)
class Site:
    """What all connections of a media process share. ``addresses`` are those announced to browsers."""

    port: UdpPort
    certificate: Certificate
    addresses: tuple[str, ...]


class Peer:
    """``on_rtp(length)``: a decrypted packet lies in the port's receive buffer. ``on_rtcp(data)``. ``on_change()``:
    ``connected`` has another value.
    """

    def __init__(
        self,
        site: Site,
        on_rtp: Callable[[int], None],
        on_rtcp: Callable[[bytes], None],
        on_change: Callable[[], None],
    ) -> None:
        self._site = site
        self.port = site.port
        self._on_rtp = on_rtp
        self._on_rtcp = on_rtcp
        self._on_change = on_change
        self.ice = site.port.ice.open_session(self)
        self._dtls = Dtls(site.certificate, self._send_dtls)
        self._task: asyncio.Task[None] | None = None
        self._remote: RemoteTransport | None = None
        self._closed = False
        self._session = secrets.randbits(62)
        self._ssrcs: set[int] = set()
        self.srtp: Srtp | None = None
        self.address: Address | None = None
        self.connected = False

    def describe(self) -> LocalTransport:
        """What the server's descriptions say of this connection."""
        local, port = self.ice.local, self._site.port.number
        addresses = tuple((address, port) for address in self._site.addresses)
        tcp_port = self.port.tcp.number if self.port.tcp else None
        fingerprint = self._site.certificate.fingerprint
        return LocalTransport(local.ufrag, local.password, fingerprint, addresses, tcp_port, self._session)

    def belongs_to(self, remote: RemoteTransport) -> bool:
        """Say whether the description is one of the same connection: the certificate is."""
        return self._remote is None or self._remote.fingerprints == remote.fingerprints

    def restarts(self, remote: RemoteTransport) -> bool:
        """Say whether the description begins an ICE restart (RFC 8839 section 4.4.1.1)."""
        return self._remote is not None and self._remote.ufrag != remote.ufrag

    def accept(self, remote: RemoteTransport) -> None:
        """Take what the browser's description says; the first one starts the handshake."""
        first, self._remote = self._remote is None, remote
        self.ice.remote_ufrag = remote.ufrag
        if first and not self._closed:
            role = "client" if remote.setup == "passive" else "server"
            self._task = asyncio.create_task(self._shake_hands(role == "client"))

    async def _shake_hands(self, client: bool) -> None:
        fingerprints = self._remote.fingerprints if self._remote else ()
        await self._dtls.run("client" if client else "server", fingerprints, self._note_keys)
        failed = self.srtp is None and not self._closed
        self._closed = True
        self._update()
        if failed:
            logger.info("a DTLS handshake failed")
            self._on_change()

    def _note_keys(self, srtp: Srtp) -> None:
        self.srtp = srtp
        self._update()

    def select_address(self, address: Address | None) -> None:
        self.address = address
        self._update()

    def receive_dtls(self, data: bytes) -> None:
        self._dtls.feed(data)

    def receive_media(self, length: int) -> None:
        if self.srtp is None or length < 12:
            return
        incoming = self.port.incoming
        control = 192 <= incoming.view[1] <= 223  # RTCP among RTP (RFC 5761 section 4)
        (ssrc,) = _SSRC.unpack_from(incoming.view, 4 if control else 8)
        if ssrc not in self._ssrcs and len(self._ssrcs) >= MAX_SSRCS:
            return
        if control:
            length = self.srtp.unprotect_rtcp(incoming.memory, length)
        else:
            length = self.srtp.unprotect_rtp(incoming.memory, length)
        if length < 0:
            return
        self._ssrcs.add(ssrc)
        if control:
            self._on_rtcp(bytes(incoming.view[:length]))
        else:
            self._on_rtp(length)

    def send_rtcp(self, data: bytes) -> None:
        if self.srtp is not None and self.address is not None:
            self.port.send(self.srtp.protect_rtcp(data), self.address)

    def _send_dtls(self, data: bytes) -> None:
        if self.address is not None:
            self.port.send(data, self.address)

    def check_consent(self) -> None:
        """To be called every second: a browser that checks no more gets no more packets (RFC 7675)."""
        self._update()

    def _update(self) -> None:
        checked = self.ice.checked_at
        fresh = checked is not None and self.port.now - checked < CONSENT_SECONDS
        connected = fresh and self.address is not None and self.srtp is not None and not self._closed
        if connected != self.connected:
            self.connected = connected
            self._on_change()

    async def close(self) -> None:
        """Tell the browser and forget it. ``on_change`` is not called: the owner wanted it so."""
        self._closed = True
        self.connected = False
        await self._dtls.close()
        self.port.ice.close_session(self.ice)
        self.address = None
        if self._task is not None:
            await asyncio.wait([self._task], timeout=1.0)
            self._task.cancel()
