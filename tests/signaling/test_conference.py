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
    Feature,
    MediaState,
    Offer,
    Present,
    Publish,
    Receive,
    Record,
    RecordingRefused,
    SentTrack,
    Slots,
    TrackAdded,
    Unpublish,
    View,
    Want,
)
from signaling.peer import Site
from signaling.rtp import write_extensions
from signaling.sdp import parse_description
from signaling.udp import UdpPort, bind_socket
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


async def test_viewer_is_offered_its_slots_once_and_again_when_it_asks(house: House) -> None:
    house.conference.tell(Receive("r", "p2"))
    offer = house.take(Offer)
    assert isinstance(offer, Offer)
    kinds = [slot.kind for slot in offer.slots]
    assert (kinds.count("audio"), kinds.count("video")) == (5, 10)
    assert house.take(Slots) == Slots("r", "p2", ())
    house.conference.tell(Receive("r", "p2"))
    assert house.events == []
    house.conference.tell(Receive("r", "p2", restart=True))
    again = house.take(Offer)
    assert isinstance(again, Offer)
    assert again.generation == offer.generation + 1
    assert again.slots == offer.slots
    assert find_session(again.sdp) == find_session(offer.sdp)
    assert house.take(Slots) == Slots("r", "p2", ())
    house.conference.tell(Receive("r", "p2", anew=True))
    anew = house.take(Offer)
    assert isinstance(anew, Offer)
    assert find_session(anew.sdp) != find_session(offer.sdp)


def find_session(sdp: str) -> str:
    return parse_description(sdp).session


def publish_all(house: House, count: int) -> list[dict[str, str]]:
    """Participants p0, p1 … with microphone and camera; return the tracks of each by source."""
    for place in range(count):
        house.conference.tell(Publish("r", f"p{place}", Client().write_offer(SOUND, PICTURE), BOTH))
    added = [event for event in house.events if isinstance(event, TrackAdded)]
    house.events.clear()
    return [{one.source: one.track for one in added if one.participant == f"p{place}"} for place in range(count)]


class Room:
    """What p0 sees, as it was told."""

    def __init__(self, house: House, count: int) -> None:
        self.house = house
        self.tracks = publish_all(house, count)
        house.conference.tell(Receive("r", "p0"))

    def see(self, source: str) -> list[str]:
        self.house.conference.tick()
        told = [event for event in self.house.events if isinstance(event, Slots) and event.participant == "p0"]
        return sorted(one.participant for one in told[-1].filled if one.source == source)

    def view(self, *places: int, audio: bool = True, limit: int | None = None, screen: str | None = None) -> None:
        wants = [Want(self.tracks[place]["camera"], 180) for place in places]
        wants += [Want(screen, 1080)] if screen else []
        self.house.conference.tell(View("r", "p0", tuple(wants), audio, limit))


async def test_everybody_else_is_seen_before_the_first_view(house: House) -> None:
    room = Room(house, 4)
    assert room.see("camera") == ["p1", "p2", "p3"]
    assert room.see("microphone") == ["p1", "p2", "p3"]


async def test_only_what_is_shown_is_sent_and_no_more_than_there_are_slots(house: House) -> None:
    room = Room(house, 14)
    assert 3 <= len(room.see("camera")) <= 9  # as many of the smallest as fit into what a link is believed to take
    room.view(3, 2, 3)
    assert room.see("camera") == ["p2", "p3"]
    house.conference.tell(Feature("r", ("p13",)))
    room.view(*range(1, 14))
    assert "p13" in room.see("camera")
    room.view(1, 2, audio=False, limit=200_000)
    assert room.see("microphone") == []
    assert room.see("camera") == ["p1"]


async def test_featured_microphones_are_heard_in_a_large_room(house: House) -> None:
    room = Room(house, 9)
    assert room.see("microphone") == []
    house.conference.tell(Feature("r", ("p5", "p0")))
    assert room.see("microphone") == ["p5"]
    house.conference.tell(Unpublish("r", "p5"))
    assert room.see("microphone") == []


async def test_presented_screen_is_sent_to_whoever_shows_it(house: House) -> None:
    client = Client()
    tracks = (SentTrack("0", "screen"),)
    house.conference.tell(Publish("r", "p1", client.write_offer(Sent("0", "screen", 31)), tracks))
    added = house.take(TrackAdded)
    assert isinstance(added, TrackAdded)
    room = Room(house, 1)
    assert room.see("screen") == []
    house.conference.tell(Present("r", added.track))
    assert room.see("screen") == ["p1"]
    room.view()
    assert room.see("screen") == []
    room.view(screen=added.track)
    assert room.see("screen") == ["p1"]
    house.conference.tell(Present("r", None))
    assert room.see("screen") == []


async def test_nothing_is_kept_of_a_room_that_is_over(house: House) -> None:
    client = Client()
    await house.connect(client, SOUND)
    house.conference.tell(Receive("r", "p2"))
    house.conference.tell(View("r", "p3", (Want("unknown", 180),)))
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
