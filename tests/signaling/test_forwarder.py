"""One track to its viewers: numbers, key frames, what is kept, what is silenced."""

import struct
from dataclasses import dataclass, field

from signaling.engine import Source
from signaling.forwarder import Heard, Packet, Subscription, Track
from signaling.rtcp import SenderReport
from signaling.rtp import parse_header, read_extensions, write_extensions
from signaling.sdp import ABS_SEND_TIME_ID, AUDIO_LEVEL_ID

KEY, DELTA = b"\x10\x00key", b"\x10\x01delta"


@dataclass
class Viewer:
    """A receiver that keeps what it gets, as (number, timestamp, data)."""

    taken: list[tuple[int, int, bytes]] = field(default_factory=list)
    reports: list[tuple[int, int]] = field(default_factory=list)

    def take(self, subscription: Subscription, packet: Packet) -> None:
        number = subscription.number(packet)
        if number is not None:
            self.taken.append((number, packet.timestamp, packet.data))

    def take_report(self, subscription: Subscription, ntp: int, timestamp: int) -> None:
        self.reports.append((ntp, timestamp))

    @property
    def numbers(self) -> list[int]:
        return [number for number, _timestamp, _data in self.taken]


@dataclass
class Keeper:
    heard: list[Heard] = field(default_factory=list)
    closed: bool = False

    def take_packet(self, packet: Heard) -> None:
        self.heard.append(packet)

    def take_report(self, ssrc: int, ntp: int, timestamp: int) -> None: ...

    def close(self) -> None:
        self.closed = True


def open_track(source: Source = "camera") -> tuple[Track, list[int]]:
    asked: list[int] = []
    track = Track("t1", "p1", source, "0", asked.append)
    track.use_source(5)
    return track, asked


def watch(track: Track, now: float = 0.0, first: int = 1000) -> tuple[Viewer, Subscription]:
    viewer = Viewer()
    subscription = Subscription(track, viewer, 77, 78, first, 0)
    track.start(subscription, now)
    return viewer, subscription


def feed(track: Track, sequence: int, payload: bytes, now: float = 0.0, *, timestamp: int | None = None) -> None:
    block = write_extensions([(9, b"from the sender")])
    head = struct.pack("!BBHII", 0x90, 96, sequence & 0xFFFF, timestamp if timestamp is not None else sequence * 10, 5)
    data = memoryview(head + block + payload)
    header = parse_header(data)
    track.take_packet(data, header, header.sequence, header.payload, 30, now, repeated=False)


def test_picture_begins_with_a_key_frame() -> None:
    track, asked = open_track()
    viewer, _ = watch(track)
    assert asked == [5]
    feed(track, 1, DELTA)
    assert viewer.taken == []
    feed(track, 2, KEY)
    feed(track, 3, DELTA)
    assert viewer.numbers == [1000, 1001]


def test_key_frame_is_asked_for_again_until_it_comes() -> None:
    track, asked = open_track()
    watch(track, 0.0)
    track.request_key_frame(0.1)
    track.tick(0.3)
    assert asked == [5]
    track.tick(0.6)
    assert asked == [5, 5]
    feed(track, 1, KEY, 0.7)
    track.tick(5.0)
    assert asked == [5, 5]


def test_nobody_asks_for_key_frames_when_nobody_watches() -> None:
    track, asked = open_track()
    _viewer, subscription = watch(track, 0.0)
    track.stop(subscription)
    track.tick(5.0)
    assert asked == [5]


def test_key_frame_is_asked_for_when_the_source_is_known() -> None:
    asked: list[int] = []
    track = Track("t1", "p1", "camera", "0", asked.append)
    watch(track)
    assert asked == []
    track.use_source(6)
    track.tick(1.0)
    assert asked == [6]


def test_sound_begins_at_once_with_extensions_of_the_server() -> None:
    track, _ = open_track("microphone")
    viewer, _ = watch(track)
    feed(track, 1, b"\xfcsound", 1.5)
    header = parse_header(viewer.taken[0][2])
    assert viewer.taken[0][2][header.payload : header.end] == b"\xfcsound"
    assert read_extensions(viewer.taken[0][2], header) == {
        AUDIO_LEVEL_ID: bytes((30,)),
        ABS_SEND_TIME_ID: (3 << 17).to_bytes(3, "big"),
    }


def test_every_viewer_has_numbers_of_its_own() -> None:
    track, _ = open_track("microphone")
    first, _ = watch(track, first=1000)
    feed(track, 65535, b"\xfc")
    second, _ = watch(track, first=2000)
    feed(track, 65536, b"\xfc")
    assert (first.numbers, second.numbers) == ([1000, 1001], [2000])


def test_late_packet_is_forwarded_once_in_its_place() -> None:
    track, _ = open_track("microphone")
    viewer, _ = watch(track)
    for sequence in (1, 2, 4, 3, 3, 4):
        feed(track, sequence, b"\xfc")
    assert viewer.numbers == [1000, 1001, 1003, 1002]


def test_packet_from_long_ago_is_not_forwarded() -> None:
    track, _ = open_track("microphone")
    viewer, _ = watch(track)
    for sequence in (1, 3, *range(10, 300), 2):
        feed(track, sequence, b"\xfc")
    assert 1001 not in viewer.numbers


def test_paused_viewer_goes_on_without_a_gap_and_without_old_packets() -> None:
    track, _ = open_track("microphone")
    viewer, subscription = watch(track)
    for sequence in (1, 2, 4):
        feed(track, sequence, b"\xfc")
    track.stop(subscription)
    for sequence in range(5, 60):
        feed(track, sequence, b"\xfc")
    track.start(subscription, 1.0)
    for sequence in (60, 3, 61):
        feed(track, sequence, b"\xfc")
    assert viewer.numbers == [1000, 1001, 1003, 1004, 1005]


def test_silenced_microphone_is_neither_forwarded_nor_recorded() -> None:
    track, _ = open_track("microphone")
    viewer, _ = watch(track)
    keeper = Keeper()
    track.sinks.append(keeper)
    feed(track, 1, b"\xfc")
    track.silence(True)
    for sequence in range(2, 50):
        feed(track, sequence, b"\xfc")
    track.silence(False)
    feed(track, 50, b"\xfc")
    assert viewer.numbers == [1000, 1001]
    assert [timestamp for _number, timestamp, _data in viewer.taken] == [10, 500]  # time has passed all the same
    assert [packet.sequence for packet in keeper.heard] == [1, 50]


def test_kept_packet_is_found_by_the_number_it_was_sent_with() -> None:
    track, _ = open_track()
    viewer, subscription = watch(track)
    feed(track, 1, KEY)
    for sequence in range(2, 2000):
        feed(track, sequence, DELTA)
    found = subscription.find_kept(viewer.numbers[-1] & 0xFFFF)
    assert found is not None
    assert found.data == viewer.taken[-1][2]
    assert subscription.find_kept(viewer.numbers[-1000] & 0xFFFF) is not None
    assert subscription.find_kept(viewer.numbers[0] & 0xFFFF) is None  # too long ago
    assert subscription.find_kept(viewer.numbers[-1] + 5 & 0xFFFF) is None  # never sent
    assert subscription.find_kept(999) is None


def test_new_source_continues_the_stream() -> None:
    track, _ = open_track("microphone")
    viewer, _ = watch(track)
    feed(track, 100, b"\xfc", 0.0, timestamp=1000)
    track.use_source(6)
    feed(track, 9, b"\xfc", 1.0, timestamp=77)
    assert viewer.numbers == [1000, 1001]
    assert viewer.taken[1][1] == 1000 + 48000


def test_malformed_picture_is_dropped_without_a_gap() -> None:
    track, _ = open_track()
    viewer, _ = watch(track)
    feed(track, 1, KEY)
    feed(track, 2, b"\x90")
    feed(track, 3, DELTA)
    assert viewer.numbers == [1000, 1001]


def test_long_loss_asks_for_a_key_frame() -> None:
    track, asked = open_track()
    watch(track)
    feed(track, 1, KEY, 0.0)
    feed(track, 900, DELTA, 2.0)
    track.tick(2.1)
    assert asked == [5, 5]


def test_report_is_told_in_the_viewer_numbers() -> None:
    track, _ = open_track("microphone")
    viewer, _ = watch(track)
    feed(track, 1, b"\xfc", timestamp=960)
    track.take_report(SenderReport(5, 1 << 40, 1920, 1, 1, ()), 0.1)
    assert viewer.reports == [(1 << 40, 1920)]
    late, _ = watch(track)
    assert late.reports == [(1 << 40, 1920)]


def test_closed_track_closes_its_sinks_and_forwards_no_more() -> None:
    track, _ = open_track("microphone")
    viewer, _ = watch(track)
    keeper = Keeper()
    track.sinks.append(keeper)
    track.close()
    feed(track, 1, b"\xfc")
    assert keeper.closed
    assert viewer.taken == []
    assert keeper.heard == []
