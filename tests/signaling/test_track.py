"""A track's encodings to its viewers: numbers, switches, key frames, what is kept, what is silenced."""

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from signaling.encoding import Encoding, Heard
from signaling.engine import Source
from signaling.fanout import Fanout, Outbox, Packet, Parcel
from signaling.lane import Lane
from signaling.rtcp import SenderReport
from signaling.rtp import parse_header, read_extensions, write_extensions
from signaling.sdp import ABS_SEND_TIME_ID, AUDIO_LEVEL_ID
from signaling.track import Track
from signaling.vp8 import parse_vp8
from tests.media import write_descriptor, write_header

KEY, DELTA = b"\x10\x00key", b"\x10\x01delta"


@dataclass
class Desk:
    """A port that is flushed by hand."""

    waiting: list[Outbox] = field(default_factory=list)

    def flush(self) -> None:
        waiting, self.waiting = self.waiting, []
        for outbox in waiting:
            outbox.flush()


@dataclass
class Viewer:
    """A connection that keeps what it is sent: the numbers as the viewer sees them but for the wrap, and the bytes."""

    pending: list[Parcel] = field(default_factory=list)
    taken: list[tuple[int, int, Packet, tuple[int, int]]] = field(default_factory=list)

    def flush(self) -> None:
        pending, self.pending = self.pending, []
        for segment, packets in pending:
            for packet in packets:
                picture = ((packet.picture + segment.picture) & 0x7FFF, (packet.base + segment.base) & 0xFF)
                number = packet.sequence + segment.sequence
                self.taken.append((number, packet.timestamp + segment.timestamp, packet, picture))

    @property
    def numbers(self) -> list[int]:
        return [number for number, *_ in self.taken]

    @property
    def timestamps(self) -> list[int]:
        return [timestamp for _, timestamp, *_ in self.taken]


@dataclass
class Keeper:
    heard: list[Heard] = field(default_factory=list)
    closed: bool = False

    def take_packet(self, packet: Heard) -> None:
        self.heard.append(packet)

    def take_report(self, ssrc: int, ntp: int, timestamp: int) -> None: ...

    def close(self) -> None:
        self.closed = True


class Studio:
    """A track of one or more encodings, with SSRCs from 5 on."""

    def __init__(self, source: Source = "camera", rids: tuple[str, ...] = ()) -> None:
        self.desk = Desk()
        self.asked: list[int] = []
        self.fanout = Fanout(self.desk)
        self.track = Track("t1", "p1", source, "0", rids, self.fanout, self.asked.append)
        for place, encoding in enumerate(self.track.encodings):
            encoding.use_source(5 + place)

    def watch(self, place: int = 0, first: int = 1000, now: float = 0.0) -> tuple[Viewer, Lane]:
        viewer = Viewer()
        lane = Lane(viewer, "0", self.track.source, 77, 78, first, 0)
        lane.track = self.track
        lane.aim(self.track.encodings[place], now)
        return viewer, lane

    def feed(
        self, sequence: int, payload: bytes, now: float = 0.0, *, timestamp: int | None = None, place: int = 0
    ) -> None:
        encoding = self.track.encodings[place]
        feed(encoding, sequence, payload, now, timestamp=timestamp)
        self.desk.flush()


def feed(encoding: Encoding, sequence: int, payload: bytes, now: float, *, timestamp: int | None = None) -> None:
    head = bytearray(write_header(96, sequence, timestamp if timestamp is not None else sequence * 10, 5))
    head[0] |= 0x10
    data = memoryview(bytes(head) + write_extensions([(9, b"from the sender")]) + payload)
    header = parse_header(data)
    encoding.take_packet(data, header, header.sequence, header.payload, 30, now, repeated=False)


def test_picture_begins_with_a_key_frame() -> None:
    studio = Studio()
    viewer, _ = studio.watch()
    assert studio.asked == [5]
    studio.feed(1, DELTA)
    assert viewer.taken == []
    studio.feed(2, KEY)
    studio.feed(3, DELTA)
    assert viewer.numbers == [1000, 1001]


def test_key_frame_is_asked_for_again_until_it_comes() -> None:
    studio = Studio()
    studio.watch()
    studio.track.encodings[0].request_key_frame(0.1)
    studio.track.tick(0.3)
    assert studio.asked == [5]
    studio.track.tick(0.6)
    assert studio.asked == [5, 5]
    studio.feed(1, KEY, 0.7)
    studio.track.tick(5.0)
    assert studio.asked == [5, 5]


def test_nobody_asks_for_key_frames_when_nobody_watches() -> None:
    studio = Studio()
    _, lane = studio.watch()
    lane.aim(None, 0.0)
    studio.track.tick(5.0)
    assert studio.asked == [5]


def test_key_frame_is_asked_for_when_the_source_is_known() -> None:
    desk, asked = Desk(), list[int]()
    track = Track("t1", "p1", "camera", "0", (), Fanout(desk), asked.append)
    lane = Lane(Viewer(), "0", "camera", 77, 78, 1000, 0)
    lane.track = track
    lane.aim(track.encodings[0], 0.0)
    assert asked == []
    track.encodings[0].use_source(6)
    track.tick(0.05)
    assert asked == [6]


def test_sound_begins_at_once_with_extensions_of_the_server() -> None:
    studio = Studio("microphone")
    viewer, _ = studio.watch()
    studio.feed(1, b"\xfcsound", 1.5)
    data = viewer.taken[0][2].data
    header = parse_header(data)
    assert data[header.payload : header.end] == b"\xfcsound"
    assert read_extensions(data, header) == {
        AUDIO_LEVEL_ID: bytes((30,)),
        ABS_SEND_TIME_ID: (3 << 17).to_bytes(3, "big"),
    }


def test_every_viewer_has_numbers_of_its_own() -> None:
    studio = Studio("microphone")
    first, _ = studio.watch(first=1000)
    studio.feed(65535, b"\xfc")
    second, _ = studio.watch(first=2000)
    studio.feed(65536, b"\xfc")
    assert (first.numbers, second.numbers) == ([1000, 1001], [2000])


def test_late_packet_is_forwarded_once_in_its_place() -> None:
    studio = Studio("microphone")
    viewer, _ = studio.watch()
    for sequence in (1, 2, 4, 3, 3, 4):
        studio.feed(sequence, b"\xfc")
    assert viewer.numbers == [1000, 1001, 1003, 1002]


def test_packet_from_long_ago_is_not_forwarded() -> None:
    studio = Studio("microphone")
    viewer, _ = studio.watch()
    for sequence in (1, 3, *range(10, 300), 2):
        studio.feed(sequence, b"\xfc")
    assert 1001 not in viewer.numbers


def test_paused_viewer_goes_on_without_a_gap_and_without_old_packets() -> None:
    studio = Studio("microphone")
    viewer, lane = studio.watch()
    for sequence in (1, 2, 4):
        studio.feed(sequence, b"\xfc")
    lane.aim(None, 0.0)
    for sequence in range(5, 60):
        studio.feed(sequence, b"\xfc")
    lane.aim(studio.track.encodings[0], 1.0)
    for sequence in (60, 3, 61):
        studio.feed(sequence, b"\xfc", 1.0)
    assert viewer.numbers == [1000, 1001, 1003, 1004, 1005]


def test_what_came_before_a_switch_goes_out_under_the_old_numbers() -> None:
    """All in one wake-up: packets of the old encoding, the key frame of the new one, packets of both."""
    studio = Studio(rids=("l", "h"))
    viewer, lane = studio.watch()
    low, high = studio.track.encodings
    studio.feed(1, KEY)
    lane.aim(high, 0.0)
    feed(low, 2, DELTA, 0.0)
    feed(high, 500, DELTA, 0.0)
    feed(high, 501, KEY, 0.0)
    feed(low, 3, DELTA, 0.0)
    feed(high, 502, DELTA, 0.0)
    studio.desk.flush()
    assert viewer.numbers == [1000, 1001, 1002, 1003]
    assert [packet.data[-3:] for _, _, packet, _ in viewer.taken] == [b"key", b"lta", b"key", b"lta"]


def test_late_beginning_of_a_key_frame_brings_the_rest_along() -> None:
    studio = Studio()
    viewer, _ = studio.watch()
    studio.feed(1, DELTA)
    studio.feed(3, b"\x00\x00rest")
    studio.feed(4, b"\x00\x00more")
    studio.feed(2, KEY)
    studio.feed(5, DELTA)
    assert viewer.numbers == [1000, 1001, 1002, 1003]
    assert [packet.data[-3:] for _, _, packet, _ in viewer.taken] == [b"key", b"est", b"ore", b"lta"]


def picture(number: int, base: int, *, key: bool = False) -> bytes:
    return write_descriptor(number, base) + (b"\0" if key else b"\1") + b"frame"


def test_picture_numbers_go_on_over_a_switch_and_a_pause() -> None:
    studio = Studio(rids=("l", "h"))
    viewer, lane = studio.watch()
    low, high = studio.track.encodings
    studio.feed(1, picture(0x7FFF, 255, key=True))
    studio.feed(2, picture(0, 0))
    lane.aim(high, 0.0)
    studio.feed(1, picture(77, 7, key=True), place=1)
    studio.feed(2, picture(78, 7), place=1)  # of a higher temporal layer
    lane.aim(None, 0.0)
    lane.aim(low, 0.0)
    studio.feed(9, picture(40, 40, key=True))
    assert [numbers for *_, numbers in viewer.taken] == [(0x7FFF, 255), (0, 0), (1, 1), (2, 1), (3, 2)]


def test_track_of_other_pictures_takes_over_at_once_and_its_numbers_follow() -> None:
    first, second = Studio(), Studio()
    second.fanout = first.fanout
    other = Track("t2", "p2", "camera", "0", (), first.fanout, first.asked.append)
    other.encodings[0].use_source(9)
    viewer, lane = first.watch()
    first.feed(1, picture(10, 10, key=True))
    lane.track = other
    lane.aim(other.encodings[0], 0.0)
    first.feed(2, picture(11, 11))  # nobody is shown the former one any more
    feed(other.encodings[0], 700, picture(300, 30, key=True), 0.1)
    first.desk.flush()
    assert viewer.numbers == [1000, 1001]
    assert [numbers for *_, numbers in viewer.taken] == [(10, 10), (11, 11)]
    assert viewer.timestamps[1] - viewer.timestamps[0] == 9000


def test_timestamps_of_encodings_are_put_in_step_by_the_reports() -> None:
    studio = Studio(rids=("l", "h"))
    viewer, lane = studio.watch()
    low, high = studio.track.encodings
    low.take_report(SenderReport(5, 0, 90_000, 0, 0, ()), 11.0, 11.0)
    high.take_report(SenderReport(6, 0, 1_000_000, 0, 0, ()), 11.0, 11.0)
    studio.feed(1, KEY, 11.07, timestamp=90_000)
    lane.aim(high, 11.1)
    studio.feed(1, KEY, 11.2, timestamp=1_000_000 + 3000, place=1)  # taken 33 ms later, whenever it came
    assert viewer.timestamps == [0, 3000]


def test_timestamp_never_goes_back() -> None:
    studio = Studio(rids=("l", "h"))
    viewer, lane = studio.watch()
    low, high = studio.track.encodings
    low.take_report(SenderReport(5, 0, 90_000, 0, 0, ()), 11.0, 11.0)
    high.take_report(SenderReport(6, 0, 90_000, 0, 0, ()), 5.0, 11.0)
    studio.feed(1, KEY, 11.0, timestamp=90_000)
    lane.aim(high, 11.0)
    studio.feed(1, KEY, 11.0, timestamp=90_000, place=1)
    assert viewer.timestamps == [0, 1]


def test_silenced_microphone_is_neither_forwarded_nor_recorded() -> None:
    studio = Studio("microphone")
    viewer, _ = studio.watch()
    keeper = Keeper()
    studio.track.sinks.append(keeper)
    studio.feed(1, b"\xfc")
    studio.track.silence(True)
    for sequence in range(2, 50):
        studio.feed(sequence, b"\xfc")
    studio.track.silence(False)
    studio.feed(50, b"\xfc")
    assert viewer.numbers == [1000, 1001]
    assert viewer.timestamps[1] - viewer.timestamps[0] == 490  # time has passed all the same
    assert [packet.sequence for packet in keeper.heard] == [1, 50]


def test_microphone_cannot_drown_the_others_out() -> None:
    """Sound is left out for nobody's bandwidth: whoever sends a flood of it reaches nobody with more than speech."""
    for size, wait in ((1200, 1 / 1000), (1, 1 / 5000)):
        studio = Studio("microphone")
        viewer, _ = studio.watch()
        for number in range(round(10 / wait)):
            studio.feed(number & 0xFFFF, b"\xfc" * size, number * wait)
        assert len(viewer.taken) <= 11 * 500
        assert sum(packet.octets for *_, packet, _picture in viewer.taken) <= 11 * 32_000
        assert viewer.numbers == list(range(1000, 1000 + len(viewer.taken)))


def test_microphone_at_the_best_that_opus_has_for_music_is_not_cut() -> None:
    for octets, seconds in ((320, 0.02), (40, 0.0025)):  # 128 kbit/s, in usual frames and in the shortest
        studio = Studio("microphone")
        viewer, _ = studio.watch()
        for number in range(4000):
            studio.feed(number, b"\xfc" * octets, number * seconds)
        assert len(viewer.taken) == 4000


def test_kept_packet_is_found_by_the_number_it_was_sent_with() -> None:
    studio = Studio()
    viewer, lane = studio.watch()
    studio.feed(1, KEY)
    for sequence in range(2, 2000):
        studio.feed(sequence, DELTA)
    found = lane.find_kept(viewer.numbers[-1] & 0xFFFF)
    assert found is not None
    assert found.packet is viewer.taken[-1][2]
    assert lane.find_kept(viewer.numbers[-1000] & 0xFFFF) is not None
    assert lane.find_kept(viewer.numbers[0] & 0xFFFF) is None  # too long ago
    assert lane.find_kept(viewer.numbers[-1] + 5 & 0xFFFF) is None  # never sent
    assert lane.find_kept(999) is None


def test_packet_from_before_a_switch_is_found_in_its_own_encoding() -> None:
    studio = Studio(rids=("l", "h"))
    viewer, lane = studio.watch()
    for sequence in range(1, 10):
        studio.feed(sequence, KEY)
    lane.aim(studio.track.encodings[1], 0.0)
    for sequence in range(700, 710):
        studio.feed(sequence, KEY, place=1)
    studio.feed(10, DELTA)
    lane.aim(None, 0.0)
    for number, _, packet, _ in viewer.taken:
        found = lane.find_kept(number)
        assert found is not None
        assert found.packet is packet
        assert found.packet.sequence + found.segment.sequence == number
    assert lane.find_kept(viewer.numbers[-1] + 1) is None


def test_new_source_continues_the_stream() -> None:
    studio = Studio("microphone")
    viewer, _ = studio.watch()
    studio.feed(100, b"\xfc", 0.0, timestamp=1000)
    studio.track.encodings[0].use_source(6)
    studio.feed(9, b"\xfc", 1.0, timestamp=77)
    assert viewer.numbers == [1000, 1001]
    assert viewer.timestamps[1] - viewer.timestamps[0] == 48000


def test_malformed_picture_is_dropped_without_a_gap() -> None:
    studio = Studio()
    viewer, _ = studio.watch()
    studio.feed(1, KEY)
    studio.feed(2, b"\x90")
    studio.feed(3, DELTA)
    assert viewer.numbers == [1000, 1001]


def test_long_loss_asks_for_a_key_frame() -> None:
    studio = Studio()
    studio.watch()
    studio.feed(1, KEY, 0.0)
    studio.feed(900, DELTA, 2.0)
    studio.track.tick(2.1)
    assert studio.asked == [5, 5]


def test_encoding_that_stops_behind_the_others_is_not_alive() -> None:
    studio = Studio(rids=("l", "m", "h"))
    assert studio.track.list_alive() == []
    for place in range(3):
        studio.feed(1, KEY, 1.0, place=place)
    assert [one.rid for one in studio.track.list_alive()] == ["l", "m", "h"]
    for number in range(2, 12):
        for place in (0, 1):
            studio.feed(number, DELTA, 1.0 + number / 10, place=place)
    assert [one.rid for one in studio.track.list_alive()] == ["l", "m"]
    studio.feed(2, KEY, 2.2, place=2)
    assert [one.rid for one in studio.track.list_alive()] == ["l", "m", "h"]


def test_closed_track_closes_its_sinks_and_forwards_no_more() -> None:
    studio = Studio("microphone")
    viewer, lane = studio.watch()
    keeper = Keeper()
    studio.track.sinks.append(keeper)
    studio.track.close()
    studio.feed(1, b"\xfc")
    assert keeper.closed
    assert viewer.taken == []
    assert keeper.heard == []
    assert lane.encoding is lane.target is None


def test_sound_goes_before_pictures_that_came_first() -> None:
    desk = Desk()
    fanout = Fanout(desk)
    camera = Track("t1", "p1", "camera", "0", (), fanout, lambda _ssrc: None)
    microphone = Track("t2", "p1", "microphone", "1", (), fanout, lambda _ssrc: None)
    viewer = Viewer()
    for track in (camera, microphone):
        track.encodings[0].use_source(5)
        lane = Lane(viewer, "0", track.source, 77, 78, 1000, 0)
        lane.track = track
        lane.aim(track.encodings[0], 0.0)
    feed(camera.encodings[0], 1, KEY, 0.0)
    feed(microphone.encodings[0], 1, b"\xfcfirst", 0.0)
    desk.flush()
    viewer.taken.clear()
    feed(camera.encodings[0], 2, DELTA, 0.0)
    feed(microphone.encodings[0], 2, b"\xfcsound", 0.0)
    desk.flush()
    assert [packet.data[-5:] for _, _, packet, _ in viewer.taken] == [b"sound", b"delta"]


STEPS = st.lists(
    st.tuples(st.sampled_from(["feed", "key", "late", "aim"]), st.integers(0, 2), st.integers(0, 3)), max_size=80
)


@given(STEPS, st.booleans())
def test_no_number_covers_two_packets_and_pictures_go_on(steps: list[tuple[str, int, int]], batched: bool) -> None:
    """Whatever is switched when: the numbers of a viewer's stream are given once, and have no holes but for losses."""
    studio = Studio(rids=("l", "m", "h"))
    viewer, lane = studio.watch()
    sequences = [1000, 20000, 60000]
    for moment, (action, place, more) in enumerate(steps):
        encoding = studio.track.encodings[place]
        if action == "aim":
            lane.aim(encoding if more else None, moment / 50)
            continue
        if action == "late":
            if encoding.newest is None or encoding.newest.sequence <= more:
                continue
            number = sequences[place] - more  # once more
        else:
            sequences[place] += 1
            number = sequences[place]
        payload = picture(number, number >> 2 & 0xFF, key=action == "key" or number % 7 == 0)
        feed(encoding, number, payload, moment / 50, timestamp=number * 3000 + place * 1_000_000)
        if not batched:
            studio.desk.flush()
    studio.desk.flush()
    assert len(set(viewer.numbers)) == len(viewer.numbers)
    in_order = sorted(viewer.taken, key=lambda one: one[0])
    assert [number for number, *_ in in_order] == list(range(1000, 1000 + len(in_order)))
    assert all(a[3][0] < b[3][0] for a, b in pairwise(in_order))
    for number, _, packet, _ in in_order:
        found = lane.find_kept(number & 0xFFFF)
        assert found is None or found.packet is packet
        assert parse_vp8(packet.data[parse_header(packet.data).payload :]).picture == packet.picture
