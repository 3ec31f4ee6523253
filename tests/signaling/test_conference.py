"""All rooms of a process, on a real port but without another process; the clock is that of the port."""

import asyncio
import os
import random
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from signaling.conference import Conference
from signaling.dtls import Certificate
from signaling.engine import (
    AcceptAnswer,
    Answer,
    Event,
    MediaState,
    Offer,
    Publish,
    Record,
    RecordingRefused,
    SentTrack,
    Subscribe,
    TrackAdded,
)
from signaling.peer import Site
from signaling.rtp import write_extensions
from signaling.udp import UdpPort, bind_socket
from signaling.viewer import PATIENCE_SECONDS as OFFER_PATIENCE
from tests.media import OPUS_TYPE, PATIENCE_SECONDS, VP8_TYPE, Client, Sent, write_header, write_sound

SOUND, PICTURE = Sent("0", "microphone", 11), Sent("1", "camera", 21, 22)
BOTH = (SentTrack("0", "microphone"), SentTrack("1", "camera"))


class House:
    """A conference and what it reported."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.port = site.port
        self.events: list[Event] = []
        self.conference = Conference(site, folder, 0, self.events.append)

    def take(self, kind: type[Event]) -> Event:
        found = next(event for event in self.events if isinstance(event, kind))
        self.events.remove(found)
        return found

    async def connect(self, client: Client, *sent: Sent) -> list[str]:
        """Publish; return the tracks."""
        tracks = tuple(SentTrack(one.mid, one.source) for one in sent)
        self.conference.tell(Publish("r", "p1", client.write_offer(*sent), tracks))
        answer = self.take(Answer)
        assert isinstance(answer, Answer)
        await client.connect(answer.sdp)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while MediaState("r", "p1", "publish", True) not in self.events:
                client.check()
                await client.next_datagram()
        return [event.track for event in self.events if isinstance(event, TrackAdded)]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    port = UdpPort(await bind_socket("127.0.0.1", 0))
    port.start()
    house = House(Site(port, Certificate(), ("127.0.0.1",)), tmp_path)
    yield house
    await house.conference.close()
    port.close()


async def test_recording_stops_when_the_disk_fills(house: House) -> None:
    house.conference.tell(Record("r", "r"))
    house.conference.check()
    assert house.events == []
    house.conference.disk_floor = 1 << 62
    house.conference.check()
    assert house.events == [RecordingRefused("r", "disk")]
    house.conference.check()
    assert house.events == [RecordingRefused("r", "disk")]


async def test_recording_stops_when_its_folder_is_gone(house: House, tmp_path: Path) -> None:
    house.conference.tell(Record("r", "r"))
    (tmp_path / "r").rmdir()
    house.conference.check()
    assert house.events == [RecordingRefused("r", "error")]


async def test_offer_without_an_answer_is_followed_by_the_next_one(house: House) -> None:
    house.conference.tell(Publish("r", "p1", Client().write_offer(SOUND, PICTURE), BOTH))
    tracks = [event.track for event in house.events if isinstance(event, TrackAdded)]
    house.conference.tell(Subscribe("r", "p2", (tracks[0],)))
    assert isinstance(house.take(Offer), Offer)
    house.conference.tell(Subscribe("r", "p2", tuple(tracks)))
    assert not any(isinstance(event, Offer) for event in house.events)
    house.port.now += OFFER_PATIENCE
    house.conference.check()
    offer = house.take(Offer)
    assert isinstance(offer, Offer)
    assert [track.track for track in offer.tracks] == tracks
    house.conference.tell(Subscribe("r", "p2", tuple(tracks)))
    assert not any(isinstance(event, Offer) for event in house.events)  # nothing has changed


async def test_nothing_is_kept_of_a_room_that_is_over(house: House) -> None:
    client = Client()
    tracks = await house.connect(client, SOUND)
    house.conference.tell(Subscribe("r", "p2", (*tracks, "unknown")))
    house.conference.tell(AcceptAnswer("r", "p2", 1, "v=0"))
    await client.close()
    await house.conference.close()
    assert house.port.ice.by_address == {}


async def test_hostile_packets_of_a_participant_do_no_harm(house: House) -> None:
    """Bytes that come properly encrypted: shaped like packets, but wrong in every way."""
    async with AsyncExitStack() as stack:
        client = Client()
        stack.push_async_callback(client.close)
        tracks = await house.connect(client, SOUND, PICTURE)
        house.conference.tell(Record("r", "r"))
        chance = random.Random(5)
        failures: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failures.append(context))
        for number in range(1500):
            client.send_rtp(make_hostile(chance, number))
            client.send_rtcp(make_hostile_report(chance))
            if number % 50 == 0:
                client.check()
                await client.next_datagram()
        client.check()
        await client.next_datagram()
        house.conference.tick()
        house.conference.check()
        assert failures == []
        assert len(tracks) == 2


def make_hostile(chance: random.Random, number: int) -> bytes:
    payload_type = chance.choice([OPUS_TYPE, VP8_TYPE, 121, 0, 127])
    ssrc = chance.choice([11, 21, 22, chance.getrandbits(32)])
    packet = bytearray(write_header(payload_type, chance.getrandbits(16), chance.getrandbits(32), ssrc))
    body = os.urandom(chance.choice([0, 1, 2, 3, 40, 1300]))
    shape = chance.randrange(4)
    if shape == 1:
        packet[0] |= 0x10
        body = write_extensions([(chance.randint(1, 14), os.urandom(chance.randint(1, 16)))]) + body
    elif shape == 2:
        packet[0] |= 0x20
        body += bytes((chance.randint(0, len(body)) & 0xFF,))
    elif shape == 3:
        return write_sound(number, ssrc, payload=body or b"\xff")
    return bytes(packet) + body


def make_hostile_report(chance: random.Random) -> bytes:
    body = struct.pack("!II", chance.choice([11, 21, chance.getrandbits(32)]), chance.getrandbits(32))
    body += os.urandom(4 * chance.randrange(12))
    words = chance.choice([len(body) // 4, chance.randrange(40)])
    return struct.pack("!BBH", 0x80 | chance.randrange(64), chance.randrange(200, 208), words) + body
