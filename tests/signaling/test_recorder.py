"""Microphones in files: what decoders find in them, and what the sidecar says."""

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import av
import pytest

from signaling.encoding import Heard
from signaling.engine import Event, FileClosed, FileOpened
from signaling.fanout import Fanout, Outbox
from signaling.recorder import Recording
from signaling.track import Track
from tests.media import measure_seconds

FRAME = b"\xfc\xff\xfe"  # 20 ms of silence


class Desk:
    """A port that sends nothing."""

    def __init__(self) -> None:
        self.waiting: list[Outbox] = []


class Studio:
    """A recording of one microphone, fed packet by packet."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.events: list[Event] = []
        self.failures: list[str] = []
        self.recording = Recording(root, "r", "r", self.events.append, self.failures.append)
        self.track = Track("t1", "p1", "microphone", "0", (), Fanout(Desk()), lambda _ssrc: None)
        self.recording.add_track(self.track)

    def feed(self, sequence: int, at_ms: float, *, level: int = 30, ssrc: int = 5, now: float | None = None) -> None:
        timestamp = 7_000_000 + round(at_ms * 48)
        moment = 100.0 + at_ms / 1000 if now is None else now
        for sink in list(self.track.sinks):
            sink.take_packet(Heard(ssrc, sequence, timestamp, FRAME, level, moment))

    def feed_seconds(self, first: int, start_ms: int, count: int) -> None:
        for place in range(count):
            self.feed(first + place, start_ms + 20 * place)

    async def stop(self) -> None:
        self.recording.stop()
        await self.recording.wait_closed()

    @property
    def sidecar(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.root / "r/p1-1.jsonl").read_text(encoding="utf-8").splitlines()]

    def notes(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.sidecar if line["t"] == kind]


def read_positions(path: Path) -> list[int]:
    """Return the beginnings of a file's packets in ms."""
    with av.open(str(path)) as container:
        return [packet.pts for packet in container.demux() if packet.pts is not None]


async def test_file_holds_every_packet_at_its_time(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.feed_seconds(1, 0, 100)
    await studio.stop()
    opened, closed = studio.events
    assert isinstance(opened, FileOpened)
    assert isinstance(closed, FileClosed)
    assert opened.path == closed.path == "r/p1-1.mka"
    assert opened.at.endswith("Z")
    assert datetime.fromisoformat(opened.at) <= datetime.fromisoformat(closed.at)
    path = tmp_path / opened.path
    assert read_positions(path) == [20 * place for place in range(100)]
    assert measure_seconds(path) == pytest.approx(2.0, abs=0.01)
    with av.open(str(path)) as container:
        assert container.streams.audio[0].codec_context.name == "opus"
        assert (container.streams.audio[0].codec_context.extradata or b"").startswith(b"OpusHead")


async def test_sidecar_says_what_packets_do_not(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.feed_seconds(1, 0, 60)
    studio.track.sinks[0].take_report(5, 1 << 40, 7_000_000)
    studio.track.sinks[0].take_report(99, 1 << 41, 1)  # of another stream
    await studio.stop()
    start, end = studio.sidecar[0], studio.sidecar[-1]
    assert (start["t"], start["ssrc"], start["rtp"], start["clock"]) == ("start", 5, 7_000_000, 48000)
    assert (end["t"], end["ms"]) == ("end", 1200)
    assert [(line["ntp"], line["rtp"]) for line in studio.notes("sr")] == [(1 << 40, 7_000_000)]
    first, second = studio.notes("level")
    assert (first["ms"], first["dbov"]) == (0, [30] * 50)
    assert (second["ms"], second["dbov"]) == (1000, [30] * 10 + [127] * 40)


async def test_silence_is_kept_as_time_and_a_long_one_is_noted(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    for sequence, at_ms in ((1, 0), (2, 400), (3, 800), (4, 8800)):
        studio.feed(sequence, at_ms)
    await studio.stop()
    assert read_positions(tmp_path / "r/p1-1.mka") == [0, 400, 800, 8800]
    assert [(gap["from_ms"], gap["to_ms"]) for gap in studio.notes("gap")] == [(820, 8800)]


async def test_packets_out_of_order_and_twice_are_put_right(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    for sequence in (1, 3, 2, 4, 4, 6, 5, 7):
        studio.feed(sequence, sequence * 20, now=100.0 + sequence / 50)
    await studio.stop()
    assert read_positions(tmp_path / "r/p1-1.mka") == [0, 20, 40, 60, 80, 100, 120]


async def test_lost_packet_is_not_waited_for_long(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.feed(1, 0)
    studio.feed_seconds(3, 40, 600)
    size = (tmp_path / "r/p1-1.mka").stat().st_size
    assert size > 500  # several clusters are written
    await studio.stop()
    assert len(read_positions(tmp_path / "r/p1-1.mka")) == 601


async def test_absurd_jump_of_the_clock_is_brought_back(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.feed(1, 0, now=100.0)
    studio.feed(2, 3_600_000, now=101.0)  # an hour later, it says
    studio.feed(3, 3_600_020, now=101.02)
    studio.feed(4, 40, now=102.0)  # and back
    await studio.stop()
    assert read_positions(tmp_path / "r/p1-1.mka") == [0, 1000, 1020, 2000]


async def test_new_stream_goes_on_in_the_same_file_by_the_wall_clock(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.feed(1, 0, now=100.0)
    studio.feed(40000, 999, ssrc=6, now=100.5)
    studio.feed(40001, 1019, ssrc=6, now=100.52)
    await studio.stop()
    assert read_positions(tmp_path / "r/p1-1.mka") == [0, 500, 520]


async def test_broken_packets_do_not_break_the_file(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.feed(1, 0)
    for payload in (b"\xff", b"\xff\x3f", b"\xff\x00", bytes(1200)):
        studio.track.sinks[0].take_packet(Heard(5, 2, 7_000_960, payload, 30, 100.02))
    studio.feed(3, 40)
    await studio.stop()
    assert read_positions(tmp_path / "r/p1-1.mka")[0] == 0
    assert read_positions(tmp_path / "r/p1-1.mka")[-1] == 40


async def test_each_connection_has_a_file_of_its_own(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.feed(1, 0)
    studio.track.close()
    again = Track("t2", "p1", "microphone", "0", (), Fanout(Desk()), lambda _ssrc: None)
    studio.recording.add_track(again)
    again.sinks[0].take_packet(Heard(9, 1, 5, FRAME, 30, 200.0))
    await studio.stop()
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == [
        "p1-1.jsonl",
        "p1-1.mka",
        "p1-2.jsonl",
        "p1-2.mka",
    ]
    assert [type(event).__name__ for event in studio.events].count("FileClosed") == 2


async def test_microphone_that_never_spoke_leaves_no_file(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    await studio.stop()
    assert list((tmp_path / "r").iterdir()) == []
    assert studio.events == []


async def test_names_are_made_harmless(tmp_path: Path) -> None:
    events: list[Event] = []
    recording = Recording(tmp_path, "r", "r", events.append, lambda _reason: None)
    track = Track("t1", "../../p 1", "microphone", "0", (), Fanout(Desk()), lambda _ssrc: None)
    recording.add_track(track)
    track.sinks[0].take_packet(Heard(9, 1, 5, FRAME, 30, 200.0))
    recording.stop()
    await recording.wait_closed()
    assert {path.parent for path in tmp_path.rglob("*.mka")} == {tmp_path / "r"}


@pytest.mark.parametrize("folder", ["", "/etc", "..", "a/../../b", "a\0b"])
def test_folder_outside_is_refused(tmp_path: Path, folder: str) -> None:
    with pytest.raises(ValueError, match="outside"):
        Recording(tmp_path, "r", folder, lambda _event: None, lambda _reason: None)


async def test_lost_folder_ends_the_recording_with_its_reason(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    shutil.rmtree(tmp_path / "r")
    studio.feed(1, 0)
    assert studio.failures == ["error"]
    assert studio.track.sinks == []
    await studio.stop()


async def test_floor_of_free_disk(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    assert studio.recording.has_space(0)
    assert not studio.recording.has_space(1 << 62)
    await studio.stop()
