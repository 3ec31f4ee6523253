"""A recording is heard in pieces while it grows, and the pieces are the whole, sample for sample."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.sound import RATE, SPEECH, read_samples, write_sound
from tests.studio import Studio
from transcripts.errors import UnreadableAudio
from transcripts.gate import Samples
from transcripts.growing import Place, Recorded

TRACK = SPEECH / "meeting-ductrong.ogg"


@pytest.fixture
async def whole(tmp_path: Path) -> Path:
    """Half a minute of speech by the recorder, with a hole of eight seconds."""
    sound = read_samples(TRACK)
    studio = Studio(tmp_path, "r")
    studio.say(sound[: 14 * RATE])
    studio.be_silent(8)
    studio.say(sound[22 * RATE : 36 * RATE])
    await studio.stop()
    return studio.path


def read_on(path: Path, place: Place, *, is_growing: bool) -> tuple[Recorded, Samples]:
    recorded = Recorded(path, place, is_growing=is_growing)
    return recorded, np.concatenate([np.zeros(0, np.float32), *recorded.read()])


def grow(whole: Path, target: Path, steps: int) -> Iterator[None]:
    """The file as another process finds it: cut at any byte, longer each time."""
    data = whole.read_bytes()
    for step in range(1, steps + 1):
        target.write_bytes(data[: len(data) * step // steps])
        yield


@pytest.mark.parametrize("steps", [1, 7, 40])
def test_pieces_of_a_growing_file_are_the_whole(whole: Path, tmp_path: Path, steps: int) -> None:
    target, place, pieces = tmp_path / "growing.mka", Place(), []
    for _step in grow(whole, target, steps):
        recorded, sound = read_on(target, place, is_growing=True)
        heard = sound[: max(0, len(sound) - RATE // 3)]  # the rest is looked at again
        pieces.append(heard)
        place = recorded.place_at(place.sample + len(heard))
    pieces.append(read_on(target, place, is_growing=False)[1])
    assert np.array_equal(np.concatenate(pieces), read_samples(whole))


def test_reading_on_takes_nothing_from_before_its_place(whole: Path) -> None:
    """What was heard is neither read nor decoded again: the cost of a piece is that of its own length."""
    recorded, sound = read_on(whole, Place(), is_growing=False)
    place = recorded.place_at(30 * RATE)
    later = Recorded(whole, place, is_growing=False)
    assert later.clusters[0].ms >= 28_000  # clusters of a second, and one before for the decoder
    assert place.byte > whole.stat().st_size // 2
    rest = np.concatenate(list(later.read()))
    assert np.array_equal(rest, sound[30 * RATE :])


def test_length_that_waits_is_known_without_decoding(whole: Path) -> None:
    assert Recorded(whole, Place(10 * RATE), is_growing=True).seconds == pytest.approx(26, abs=1.1)


def test_unfinished_cluster_is_left_for_later(whole: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mka"
    cut.write_bytes(whole.read_bytes()[: Recorded(whole, Place(), is_growing=True).clusters[1].end - 1])
    assert len(read_on(cut, Place(), is_growing=True)[1]) <= 1.5 * RATE
    assert len(read_on(cut, Place(), is_growing=False)[1]) > 1.5 * RATE  # at the end what is there counts


@pytest.mark.parametrize("data", [b"", b"\x1a", b"\x1a\x45\xdf\xa3\x81\x00", b"OggS" * 20])
def test_file_that_holds_nothing_yet_gives_nothing(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "young.mka"
    path.write_bytes(data)
    recorded, sound = read_on(path, Place(), is_growing=True)
    assert (recorded.seconds, len(sound)) == (None, 0)


def test_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableAudio):
        Recorded(tmp_path / "nowhere.mka", Place(), is_growing=False)


def test_other_kinds_of_files_are_read_from_the_beginning(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "one.wav", read_samples(TRACK)[: 3 * RATE], "pcm_s16le")
    recorded, sound = read_on(path, Place(2 * RATE), is_growing=False)
    assert len(sound) == RATE
    assert recorded.place_at(3 * RATE) == Place(3 * RATE)
