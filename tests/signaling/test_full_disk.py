"""A disk that is full or has become read-only while a microphone is recorded, on a real file system of its own."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from signaling.engine import FileClosed
from tests.sound import RATE, SPEECH, read_samples
from tests.studio import Studio
from transcripts.gate import Samples

pytestmark = pytest.mark.mount


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Half a megabyte in memory."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)], check=True)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def count_seconds(path: Path) -> float:
    return len(read_samples(path)) / RATE


@pytest.fixture(scope="module")
def speech() -> Samples:
    return read_samples(SPEECH / "meeting-ductrong.ogg")[35 * RATE : 48 * RATE]


async def test_full_disk_ends_the_recording_and_keeps_what_was_written(small_disk: Path, speech: Samples) -> None:
    studio = Studio(small_disk, "r")
    for _turn in range(30):
        studio.say(speech)
        if studio.failures:
            break
    said = studio.ms / 1000
    assert studio.failures == ["disk"]  # the room goes on, and tells its operators why nothing is recorded
    assert studio.track.sinks == []
    studio.say(speech)  # nobody minds
    await studio.stop()
    assert isinstance(studio.events[-1], FileClosed)
    assert count_seconds(studio.path) >= said - 13 - 2 * 1.1


async def test_read_only_disk_ends_the_recording_and_keeps_what_was_written(small_disk: Path, speech: Samples) -> None:
    before = Studio(small_disk, "r")
    before.say(speech)
    await before.stop()
    late = Studio(small_disk, "r")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    late.say(speech)
    assert late.failures == ["error"]
    assert late.track.sinks == []
    await late.stop()
    assert count_seconds(before.path) == pytest.approx(13, abs=0.1)
