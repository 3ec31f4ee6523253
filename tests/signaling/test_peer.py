"""One connection: consent, and what happens when it ends. The clock of the port is set by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from signaling.dtls import Certificate
from signaling.peer import MAX_SSRCS, Peer, Site
from signaling.quality import CONSENT_SECONDS
from signaling.rtp import parse_header
from signaling.sdp import OfferedLine, parse_description, write_offer
from signaling.udp import UdpPort, bind_socket
from tests.media import Client, write_sound


class Ends:
    """A peer and its client, connected."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.changes: list[bool] = []
        self.client = Client()
        self.received: list[tuple[int, int]] = []  # sequence number, SSRC
        self.peer = Peer(site, self.note_packet, lambda _data: None, self.note)

    def note_packet(self, length: int) -> None:
        header = parse_header(self.site.port.incoming.view[:length])
        self.received.append((header.sequence, header.ssrc))

    def note(self) -> None:
        self.changes.append(self.peer.connected)

    async def connect(self) -> None:
        offer = write_offer([OfferedLine("0", "audio", 1, 2)], self.peer.describe(), 1)
        self.peer.accept(parse_description(self.client.write_answer(offer)).transport)
        await self.client.connect(offer)
        while not self.peer.connected:
            self.client.check()
            await self.client.next_datagram()


@asynccontextmanager
async def connected_ends() -> AsyncIterator[Ends]:
    port = UdpPort(await bind_socket("127.0.0.1", 0))
    port.start()
    ends = Ends(Site(port, Certificate(), ("127.0.0.1",)))
    try:
        await ends.connect()
        yield ends
    finally:
        await ends.client.close()
        await ends.peer.close()
        port.close()


async def test_connection_lives_by_the_checks_of_the_browser() -> None:
    async with connected_ends() as ends:
        assert ends.changes == [True]
        ends.client.stop_checking()
        ends.site.port.now += CONSENT_SECONDS - 1
        ends.peer.check_consent()
        assert ends.peer.connected
        ends.site.port.now += 2
        ends.peer.check_consent()
        assert ends.changes == [True, False]
        ends.client.check()
        await ends.client.next_datagram()
        ends.peer.check_consent()
        assert ends.changes == [True, False, True]


async def test_streams_of_a_connection_are_bounded() -> None:
    """libsrtp keeps a context for every SSRC that it has decrypted."""
    async with connected_ends() as ends:
        for ssrc in range(1, 3 * MAX_SSRCS):
            ends.client.send_rtp(write_sound(1, ssrc))
        ends.client.send_rtp(write_sound(2, 1))  # a known one is still heard
        while ends.received[-1:] != [(2, 1)]:
            ends.client.check()
            await ends.client.next_datagram()
        assert len(ends.received) == MAX_SSRCS + 1


async def test_end_by_the_browser_is_noticed_and_by_us_is_not_told() -> None:
    async with connected_ends() as ends:
        await ends.client.dtls.close()
        while ends.peer.connected:
            ends.client.check()
            await ends.client.next_datagram()
        assert ends.changes == [True, False]
    async with connected_ends() as ends:
        await ends.peer.close()
        assert ends.changes == [True]
        assert not ends.peer.connected
        assert ends.site.port.ice.by_address == {}


async def test_handshake_with_a_foreign_certificate_ends_the_connection() -> None:
    port = UdpPort(await bind_socket("127.0.0.1", 0))
    port.start()
    ends = Ends(Site(port, Certificate(), ("127.0.0.1",)))
    offer = write_offer([OfferedLine("0", "audio", 1, 2)], ends.peer.describe(), 1)
    foreign = Client()
    foreign.credentials = ends.client.credentials
    ends.peer.accept(parse_description(foreign.write_answer(offer)).transport)
    await ends.client.connect(offer)  # the client itself finds nothing wrong
    while not ends.changes:
        ends.client.check()
        await ends.client.next_datagram()
    assert ends.changes == [False]
    assert ends.peer.srtp is None
    await ends.client.close()
    await ends.peer.close()
    port.close()
