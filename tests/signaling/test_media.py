"""Two clients made of parts against a real media process: what one sends is what the other gets."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from signaling.engine import (
    AcceptAnswer,
    Answer,
    CloseRoom,
    Leave,
    MediaState,
    Offer,
    Present,
    Publish,
    Receive,
    Refused,
    SentTrack,
    Silence,
    Slots,
    Speaking,
    TrackAdded,
    TrackRemoved,
    Unpublish,
    View,
    Want,
)
from signaling.rtcp import (
    KeyFrameRequest,
    Nack,
    ReceiverReport,
    Remb,
    SenderReport,
    write_key_frame_request,
    write_nack,
)
from signaling.rtp import parse_header, read_extensions, write_extensions
from signaling.sdp import AUDIO_LEVEL_ID, MediaLine, parse_description
from signaling.vp8 import parse_vp8
from tests.media import (
    MID_EXTENSION,
    PATIENCE_SECONDS,
    REPAIRED_EXTENSION,
    RID_EXTENSION,
    RTX_TYPE,
    WIDE_EXTENSION,
    Client,
    Listener,
    Sent,
    running_engine,
    write_descriptor,
    write_header,
    write_picture,
    write_sound,
)

pytestmark = pytest.mark.alone

SOUND, PICTURE = Sent("0", "microphone", 11), Sent("1", "camera", 21, 22)


class Stage:
    """One room with a speaker p1 and a viewer p2."""

    def __init__(self, listener: Listener, stack: AsyncExitStack) -> None:
        self.listener = listener
        self.engine = listener.engine
        self._stack = stack

    def open_client(self) -> Client:
        client = Client()
        self._stack.push_async_callback(client.close)
        return client

    async def negotiate(self, client: Client, *sent: Sent, who: str = "p1", ended: tuple[Sent, ...] = ()) -> str:
        tracks = tuple(SentTrack(track.mid, track.source) for track in sent)
        self.engine.tell(Publish("r", who, client.write_offer(*sent, ended=ended), tracks))
        return (await self.listener.expect(Answer, lambda event: event.participant == who)).sdp

    async def publish(self, *sent: Sent, who: str = "p1") -> tuple[Client, list[str]]:
        """Return the connected client and the identifiers of its tracks."""
        client = self.open_client()
        answer = await self.negotiate(client, *sent, who=who)
        tracks = [(await self.expect_track(one.source)).track for one in sent]
        await client.connect(answer)
        await self.expect_state(who, "publish", True)
        return client, tracks

    async def expect_track(self, source: str) -> TrackAdded:
        return await self.listener.expect(TrackAdded, lambda event: event.source == source)

    async def expect_state(self, who: str, connection: str, connected: bool) -> None:
        wanted = (who, connection, connected)
        await self.listener.expect(
            MediaState, lambda event: (event.participant, event.connection, event.connected) == wanted
        )

    async def expect_offer(self, who: str = "p2") -> Offer:
        return await self.listener.expect(Offer, lambda event: event.participant == who)

    async def receive(self, types: tuple[int, int, int] = (111, 96, 97)) -> tuple[Client, Offer]:
        client = self.open_client()
        self.engine.tell(Receive("r", "p2"))
        offer = await self.expect_offer()
        self.engine.tell(AcceptAnswer("r", "p2", offer.generation, client.write_answer(offer.sdp, types)))
        await client.connect(offer.sdp)
        await self.expect_state("p2", "receive", True)
        return client, offer

    async def expect_line(self, offer: Offer, track: str, who: str = "p2") -> MediaLine:
        """Return the m-line that carries a track, once its slot does."""
        slots = await self.listener.expect(
            Slots, lambda event: event.participant == who and any(one.track == track for one in event.filled)
        )
        mid = next(one.mid for one in slots.filled if one.track == track)
        return next(line for line in parse_description(offer.sdp).lines if line.mid == mid)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running_engine(tmp_path) as listener, AsyncExitStack() as stack:
        yield Stage(listener, stack)


async def test_sound_arrives_as_it_was_sent(stage: Stage) -> None:
    speaker, tracks = await stage.publish(SOUND)
    viewer, offer = await stage.receive(types=(100, 96, 97))
    line = await stage.expect_line(offer, tracks[0])
    assert line.kind == "audio"
    for number in range(65533, 65543):  # over the wrap
        speaker.send_rtp(write_sound(number, 11, level=30, payload=b"\xfc%d" % number))
    packets = [await viewer.next_rtp() for _ in range(10)]
    headers = [parse_header(packet) for packet in packets]
    first = headers[0]
    assert [header.sequence - first.sequence for header in headers] == list(range(10))
    assert [(header.timestamp - first.timestamp) % (1 << 32) for header in headers] == [960 * n for n in range(10)]
    assert {(header.ssrc, header.payload_type) for header in headers} == {(line.ssrcs[0], 100)}
    assert [packet[header.payload :] for packet, header in zip(packets, headers, strict=True)] == [
        b"\xfc%d" % number for number in range(65533, 65543)
    ]
    assert read_extensions(packets[0], first)[AUDIO_LEVEL_ID] == bytes((30,))


async def test_picture_begins_with_the_key_frame_that_was_asked_for(stage: Stage) -> None:
    speaker, tracks = await stage.publish(PICTURE)
    viewer, offer = await stage.receive()
    line = await stage.expect_line(offer, tracks[0])
    assert await speaker.expect_rtcp(KeyFrameRequest) == KeyFrameRequest(21)
    speaker.send_rtp(write_picture(1, 21, body=b"useless"))
    speaker.send_rtp(write_picture(2, 21, key=True, body=b"whole"))
    assert (await viewer.next_rtp()).endswith(b"whole")
    for ssrc in (21, 4711):
        viewer.send_rtcp(write_key_frame_request(1, ssrc))  # unknown streams are nobody's business
    viewer.send_rtcp(write_key_frame_request(1, line.ssrcs[0]))
    assert await speaker.expect_rtcp(KeyFrameRequest) == KeyFrameRequest(21)


async def test_lost_packet_is_sent_again_on_the_retransmission_stream(stage: Stage) -> None:
    speaker, tracks = await stage.publish(PICTURE)
    viewer, offer = await stage.receive()
    line = await stage.expect_line(offer, tracks[0])
    speaker.send_rtp(write_picture(1, 21, key=True, body=b"first"))
    header = parse_header(await viewer.next_rtp())
    viewer.send_rtcp(write_nack(1, line.ssrcs[0], [header.sequence, header.sequence + 9]))
    again = await viewer.next_rtp()
    repeated = parse_header(again)
    assert (repeated.ssrc, repeated.payload_type, repeated.timestamp) == (line.rtx_ssrcs[0], 97, header.timestamp)
    assert again[repeated.payload :] == header.sequence.to_bytes(2, "big") + b"\x10\x00first"


async def test_packet_lost_on_the_way_up_is_asked_for_and_forwarded(stage: Stage) -> None:
    speaker, _tracks = await stage.publish(PICTURE)
    viewer, _ = await stage.receive()
    speaker.send_rtp(write_picture(1, 21, key=True, body=b"one"))
    speaker.send_rtp(write_picture(3, 21, body=b"three"))
    assert await speaker.expect_rtcp(Nack) == Nack(21, (2,))
    repeat = write_header(RTX_TYPE, 500, 6000, 22, marker=True) + (2).to_bytes(2, "big") + b"\x10\x01two"
    speaker.send_rtp(repeat)
    bodies, numbers = [], []
    for _ in range(3):
        packet = await viewer.next_rtp()
        header = parse_header(packet)
        bodies.append(packet[header.payload + 2 :])
        numbers.append(header.sequence)
    assert bodies == [b"one", b"three", b"two"]
    assert [number - numbers[0] for number in numbers] == [0, 2, 1]


async def test_publisher_is_told_what_arrived_and_how_much_may_be_sent(stage: Stage) -> None:
    speaker, _ = await stage.publish(SOUND, PICTURE)
    for number in (1, 2, 4):
        speaker.send_rtp(write_sound(number, 11))
    while not (report := await speaker.expect_rtcp(ReceiverReport)).blocks[0].highest:
        pass
    assert [(block.ssrc, block.lost, block.highest) for block in report.blocks] == [(11, 1, 4), (21, 0, 0)]
    remb = await speaker.expect_rtcp(Remb)
    assert remb.ssrcs == (21,)
    assert 1_500_000 < remb.bitrate < 1_700_000


async def test_publisher_that_counts_its_packets_is_told_when_they_came(stage: Stage) -> None:
    client = stage.open_client()
    client.counts_packets = True
    answer = await stage.negotiate(client, PICTURE)
    assert "a=rtcp-fb:120 transport-cc\r\n" in answer
    await client.connect(answer)
    await stage.expect_state("p1", "publish", True)
    for number in (1, 2, 4):
        counted = [(WIDE_EXTENSION, number.to_bytes(2, "big"))]
        client.send_rtp(write_picture(number, 21, key=True, extensions=counted))
    arrived: list[int] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while 4 not in arrived:  # in one report, or in several where a report came between them
            arrived += (await client.feedback.get()).arrived
    assert arrived == [1, 2, 4]
    await client.expect_rtcp(ReceiverReport)
    while not client.rtcp.empty():
        assert not isinstance(client.rtcp.get_nowait(), Remb)


async def test_sender_report_tells_the_viewer_where_its_stream_is(stage: Stage) -> None:
    speaker, tracks = await stage.publish(SOUND)
    viewer, offer = await stage.receive()
    line = await stage.expect_line(offer, tracks[0])
    speaker.send_rtp(write_sound(100, 11))
    header = parse_header(await viewer.next_rtp())
    first = await viewer.expect_rtcp(SenderReport)
    second = await viewer.expect_rtcp(SenderReport)
    assert (first.ssrc, first.packets) == (line.ssrcs[0], 1)
    elapsed = (second.ntp - first.ntp) / (1 << 32)
    assert elapsed > 0.5
    assert (second.timestamp - first.timestamp) % (1 << 32) == pytest.approx(elapsed * 48000, abs=2)
    assert (second.timestamp - header.timestamp) % (1 << 32) < 48000 * PATIENCE_SECONDS


async def test_stream_that_the_offer_did_not_name_is_known_by_its_mid(stage: Stage) -> None:
    speaker, _tracks = await stage.publish(Sent("a", "microphone", 0), Sent("b", "camera", 0))
    viewer, _ = await stage.receive()
    speaker.send_rtp(write_sound(1, 4711, mid="b"))  # a camera with sound is none
    speaker.send_rtp(write_sound(2, 4712, mid="a"))
    assert (await viewer.next_rtp()).endswith(b"\xfc\xff\xfe")


async def test_silenced_microphone_is_not_heard(stage: Stage) -> None:
    speaker, _tracks = await stage.publish(SOUND)
    viewer, _ = await stage.receive()
    speaker.send_rtp(write_sound(1, 11, level=127, payload=b"\xfcone"))
    assert (await viewer.next_rtp()).endswith(b"one")
    stage.engine.tell(Silence("r", "p1", True))
    await stage.negotiate(speaker, SOUND)  # commands are carried out in their order
    for number in range(2, 12):
        speaker.send_rtp(write_sound(number, 11, level=5))
    while (await speaker.expect_rtcp(ReceiverReport)).blocks[0].highest < 11:
        pass
    stage.engine.tell(Silence("r", "p1", False))
    await stage.negotiate(speaker, SOUND)
    speaker.send_rtp(write_sound(12, 11, level=127, payload=b"\xfctwo"))
    assert (await viewer.next_rtp()).endswith(b"two")
    assert not any(isinstance(event, Speaking) for event in stage.listener.events)


async def test_audible_participant_is_reported(stage: Stage) -> None:
    speaker, _ = await stage.publish(SOUND)
    for number in range(25):
        speaker.send_rtp(write_sound(number, 11, level=20))
    assert (await stage.listener.expect(Speaking)).participants == ("p1",)
    assert (await stage.listener.expect(Speaking)).participants == ()


async def test_what_comes_and_goes_changes_slots_without_an_offer(stage: Stage) -> None:
    speaker, tracks = await stage.publish(SOUND, PICTURE)
    viewer, offer = await stage.receive()
    await stage.expect_line(offer, tracks[1])
    await stage.negotiate(speaker, SOUND)
    assert (await stage.listener.expect(TrackRemoved)).track == tracks[1]
    await stage.listener.expect(Slots, lambda event: [one.track for one in event.filled] == [tracks[0]])
    screen = Sent("2", "screen", 31)
    await stage.negotiate(speaker, SOUND, screen, ended=(PICTURE,))
    added = await stage.listener.expect(TrackAdded)
    stage.engine.tell(Present("r", added.track))
    line = await stage.expect_line(offer, added.track)
    while (await speaker.expect_rtcp(KeyFrameRequest)).ssrc != 31:
        pass
    speaker.send_rtp(write_picture(1, 31, key=True, body=b"screen"))
    assert parse_header(await viewer.next_rtp()).ssrc == line.ssrcs[0]
    stage.engine.tell(Present("r", None))
    await stage.listener.expect(Slots, lambda event: [one.track for one in event.filled] == [tracks[0]])
    assert not any(isinstance(event, Offer) for event in stage.listener.events)


LAYERS = Sent("1", "camera", 0, rids=("l", "m", "h"))


def send_layers(speaker: Client, number: int, *, key: bool = False, rids: str = "lmh") -> None:
    """One picture of each encoding, in numbers and clocks that have nothing to do with each other."""
    for place, rid in enumerate("lmh"):
        if rid in rids:
            packet = write_picture(
                number + 1000 * place,
                41 + place,
                key=key,
                body=f"{rid}{number}".encode(),
                descriptor=write_descriptor(number + 500 * place, number + 50 * place),
                extensions=[(MID_EXTENSION, b"1"), (RID_EXTENSION, rid.encode())],
                timestamp=3000 * number + 777_777 * place,
                height=180 << place if key else 0,
            )
            speaker.send_rtp(packet)


async def test_viewer_is_sent_the_layer_that_it_shows_and_numbers_go_on(stage: Stage) -> None:
    speaker, tracks = await stage.publish(LAYERS)
    for number in range(3):
        send_layers(speaker, number, key=number == 0)
    viewer, offer = await stage.receive()
    line = await stage.expect_line(offer, tracks[0])
    assert (await speaker.expect_rtcp(KeyFrameRequest)).ssrc == 41
    packets: list[bytes] = []
    number = 10
    for wanted, height in (("l", 0), ("h", 720), ("m", 300), ("l", 100)):
        if height:
            stage.engine.tell(View("r", "p2", (Want(tracks[0], height),)))
            ssrc = {"l": 41, "m": 42, "h": 43}[wanted]
            while (await speaker.expect_rtcp(KeyFrameRequest)).ssrc != ssrc:
                pass
        send_layers(speaker, number, key=True)
        for more in range(1, 4):
            send_layers(speaker, number + more)
        bodies = []
        while f"{wanted}{number + 3}".encode() not in bodies:
            packets.append(await viewer.next_rtp())
            bodies.append(packets[-1][parse_header(packets[-1]).payload + 7 :].lstrip(b"\0\x9d\x01\x2a")[-3:])
        number += 4
    headers = [parse_header(packet) for packet in packets]
    assert {header.ssrc for header in headers} == {line.ssrcs[0]}
    assert [header.sequence - headers[0].sequence for header in headers] == list(range(len(packets)))
    read = [parse_vp8(packet[header.payload :]) for packet, header in zip(packets, headers, strict=True)]
    assert [one.picture - read[0].picture for one in read] == list(range(len(packets)))
    assert [(one.base - read[0].base) % 256 for one in read] == list(range(len(packets)))
    steps = [(b.timestamp - a.timestamp) % (1 << 32) for a, b in pairwise(headers)]
    assert all(0 < step < 90_000 * PATIENCE_SECONDS for step in steps)


async def test_layer_that_stops_is_replaced_by_a_lower_one(stage: Stage) -> None:
    speaker, tracks = await stage.publish(LAYERS)
    send_layers(speaker, 0, key=True)
    viewer, _ = await stage.receive()
    stage.engine.tell(View("r", "p2", (Want(tracks[0], 720),)))
    while (await speaker.expect_rtcp(KeyFrameRequest)).ssrc != 43:
        pass
    send_layers(speaker, 1, key=True)
    while not (await viewer.next_rtp()).endswith(b"h1"):
        pass
    number = 2
    asked = asyncio.create_task(speaker.expect_rtcp(KeyFrameRequest))
    while not asked.done():
        send_layers(speaker, number, rids="lm")
        number += 1
        await asyncio.wait([asked], timeout=0.05)
    assert asked.result().ssrc == 42
    send_layers(speaker, number, key=True, rids="lm")
    while not (await viewer.next_rtp()).endswith(f"m{number}".encode()):
        pass


async def test_lost_packet_of_a_layer_is_asked_for_and_taken_from_its_own_stream(stage: Stage) -> None:
    speaker, tracks = await stage.publish(LAYERS)
    send_layers(speaker, 0, key=True)
    viewer, _ = await stage.receive()
    stage.engine.tell(View("r", "p2", (Want(tracks[0], 360),)))
    while (await speaker.expect_rtcp(KeyFrameRequest)).ssrc != 42:
        pass
    send_layers(speaker, 1, key=True)
    send_layers(speaker, 3)
    while (await speaker.expect_rtcp(Nack)) != Nack(42, (1002,)):
        pass
    named = [(MID_EXTENSION, b"1"), (REPAIRED_EXTENSION, b"m")]
    head = bytearray(write_header(RTX_TYPE, 500, 6000 + 777_777, 52, marker=True))
    head[0] |= 0x10
    speaker.send_rtp(
        bytes(head) + write_extensions(named) + (1002).to_bytes(2, "big") + write_descriptor(502, 52) + b"\x01m2"
    )
    while not (await viewer.next_rtp()).endswith(b"m2"):
        pass


async def test_voice_is_heard_from_its_first_packet_on(stage: Stage) -> None:
    """Six others, five slots: the one who begins to speak takes one at once."""
    speakers = []
    for place in range(6):
        client, tracks = await stage.publish(Sent("0", "microphone", 100 + place), who=f"s{place}")
        speakers.append((client, tracks[0]))
    viewer, offer = await stage.receive()
    for client, _ in speakers:
        client.send_rtp(write_sound(1, 100 + speakers.index((client, _)), level=127))
    client, track = speakers[5]
    client.send_rtp(write_sound(2, 105, level=20, payload=b"\xfchello"))
    line = await stage.expect_line(offer, track)
    packet = await viewer.next_rtp()
    assert packet.endswith(b"hello")
    assert parse_header(packet).ssrc == line.ssrcs[0]


async def test_answer_to_an_older_offer_is_ignored(stage: Stage) -> None:
    await stage.publish(SOUND)
    viewer, offer = await stage.receive()
    stage.engine.tell(AcceptAnswer("r", "p2", offer.generation - 1, "v=0"))
    stage.engine.tell(AcceptAnswer("r", "nobody", 1, "v=0"))
    stage.engine.tell(Receive("r", "p2", restart=True))
    assert (await stage.expect_offer()).generation == offer.generation + 1
    assert not any(isinstance(event, Refused) for event in stage.listener.events)
    del viewer


async def test_viewer_that_begins_anew_gets_a_new_connection(stage: Stage) -> None:
    speaker, _tracks = await stage.publish(SOUND)
    _viewer, offer = await stage.receive()
    stage.engine.tell(Receive("r", "p2", anew=True))
    again = await stage.expect_offer()
    assert again.generation > offer.generation
    fresh = stage.open_client()
    stage.engine.tell(AcceptAnswer("r", "p2", again.generation, fresh.write_answer(again.sdp)))
    await fresh.connect(again.sdp)
    await stage.expect_state("p2", "receive", True)
    speaker.send_rtp(write_sound(1, 11))
    assert (await fresh.next_rtp()).endswith(b"\xfc\xff\xfe")


async def test_both_connections_survive_a_change_of_network(stage: Stage) -> None:
    speaker, _tracks = await stage.publish(SOUND)
    viewer, _ = await stage.receive()
    speaker.credentials = type(speaker.credentials)("anotherufrag", speaker.credentials.password)
    await speaker.restart(await stage.negotiate(speaker, SOUND))
    stage.engine.tell(Receive("r", "p2", restart=True))
    offer = await stage.expect_offer()
    viewer.credentials = type(viewer.credentials)("viewerufrag", viewer.credentials.password)
    stage.engine.tell(AcceptAnswer("r", "p2", offer.generation, viewer.write_answer(offer.sdp)))
    await viewer.restart(offer.sdp)
    speaker.send_rtp(write_sound(1, 11))
    assert (await viewer.next_rtp()).endswith(b"\xfc\xff\xfe")


async def test_new_connection_replaces_the_old_one(stage: Stage) -> None:
    speaker, tracks = await stage.publish(SOUND)
    del speaker
    fresh, _ = await stage.publish(SOUND)
    assert (await stage.listener.expect(TrackRemoved)).track == tracks[0]
    await fresh.expect_rtcp(ReceiverReport)


async def test_browser_that_closes_its_connection_is_reported(stage: Stage) -> None:
    speaker, _ = await stage.publish(SOUND)
    await speaker.close()
    await stage.expect_state("p1", "publish", False)


async def test_end_of_tracks_is_reported(stage: Stage) -> None:
    _speaker, tracks = await stage.publish(SOUND)
    stage.engine.tell(Unpublish("r", "p1"))
    assert (await stage.listener.expect(TrackRemoved)).track == tracks[0]
    _speaker, tracks = await stage.publish(SOUND)
    stage.engine.tell(Leave("r", "p1"))
    assert (await stage.listener.expect(TrackRemoved)).track == tracks[0]
    _speaker, tracks = await stage.publish(SOUND)
    stage.engine.tell(CloseRoom("r"))
    assert (await stage.listener.expect(TrackRemoved)).track == tracks[0]


@pytest.mark.parametrize(
    ("sdp", "tracks", "reason"),
    [
        ("nonsense", (), "v=0"),
        (Client().write_offer(SOUND), (SentTrack("7", "microphone"),), "no sending m-line 7"),
        (Client().write_offer(SOUND), (SentTrack("0", "camera"),), "is audio"),
        (Client().write_offer(SOUND), (SentTrack("0", "microphone"),) * 2, "twice"),
        (Client().write_offer(SOUND).replace("opus", "pcmu"), (SentTrack("0", "microphone"),), "neither Opus nor VP8"),
    ],
)
async def test_unusable_offer_is_refused(stage: Stage, sdp: str, tracks: tuple[SentTrack, ...], reason: str) -> None:
    stage.engine.tell(Publish("r", "p1", sdp, tracks))
    refused = await stage.listener.expect(Refused)
    assert refused.connection == "publish"
    assert reason in refused.reason


async def test_unusable_answer_is_refused(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    _speaker, _tracks = await stage.publish(SOUND)
    stage.engine.tell(Receive("r", "p2"))
    offer = await stage.expect_offer()
    for sdp, reason in (("v=0\r\n", "m-line"), (Client().write_offer(PICTURE), "other m-lines")):
        stage.engine.tell(AcceptAnswer("r", "p2", offer.generation, sdp))
        refused = await stage.listener.expect(Refused)
        assert refused.connection == "receive"
        assert reason in refused.reason
    assert "refused" not in caplog.text  # a client could fill the log


async def test_hostile_datagrams_change_nothing(stage: Stage) -> None:
    speaker, _tracks = await stage.publish(SOUND)
    viewer, _ = await stage.receive()
    for first in (0, 1, 3, 20, 22, 63, 64, 127, 128, 144, 191, 192, 255):
        for size in (0, 1, 11, 19, 60, 1400, 2000, 9000):
            speaker.send(bytes((first,)) + os.urandom(size))
            viewer.send(bytes((first, 200)) + os.urandom(size))
    for packet in (
        write_header(109, 1, 1, 11)[:12],
        b"\xbf" + bytes(11),
        bytes((0x90,)) + bytes(11) + b"\xbe\xde\xff\xff",
    ):
        speaker.send_rtp(packet)
    for report in (
        b"\x80\xc8\x00\x00",
        b"\x9f\xc9\x00\x00",
        b"\x81\xcd\x00\x00",
        b"\x8f\xce\x00\x03" + bytes(8) + b"REMB",
    ):
        speaker.send_rtcp(report + bytes(4))
        viewer.send_rtcp(report + bytes(4))
    speaker.send_rtp(write_sound(5, 11, payload=b"\xfcafter"))
    while not (await viewer.next_rtp()).endswith(b"after"):
        pass
