"""Any file becomes samples at their true time; several become one."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.sound import RATE, SPEECH, make_tone, read_samples, write_matroska_with_holes, write_sound
from transcripts.audio import Track, measure_seconds, mix_tracks, read_blocks
from transcripts.errors import UnreadableAudio
from transcripts.gate import Samples

FORMATS = [
    ("wav", "pcm_s16le", RATE, "mono"),
    ("wav", "pcm_s16le", 8_000, "stereo"),
    ("flac", "flac", 44_100, "stereo"),
    ("mp3", "libmp3lame", 44_100, "mono"),
    ("m4a", "aac", 48_000, "stereo"),
    ("mp4", "aac", 44_100, "mono"),
    ("ts", "aac", 48_000, "mono"),
    ("ogg", "libopus", 48_000, "mono"),
    ("webm", "libopus", 48_000, "stereo"),
    ("mka", "libopus", 48_000, "mono"),
    ("avi", "pcm_s16le", 32_000, "mono"),
]


def loud_seconds(samples: Samples) -> tuple[float, float]:
    """When a tone begins and ends."""
    loud = np.flatnonzero(np.abs(samples) > 0.1)
    return loud[0] / RATE, loud[-1] / RATE


@pytest.mark.parametrize(("ending", "codec", "rate", "layout"), FORMATS)
def test_every_format_becomes_mono_at_16_khz(tmp_path: Path, ending: str, codec: str, rate: int, layout: str) -> None:
    silence = np.zeros(RATE, np.float32)
    path = write_sound(tmp_path / f"a.{ending}", np.concatenate([silence, make_tone(1), silence]), codec, rate, layout)
    samples = read_samples(path)
    assert samples.dtype == np.float32
    assert len(samples) / RATE == pytest.approx(3, abs=0.15)
    assert loud_seconds(samples) == pytest.approx((1, 2), abs=0.08)  # AAC starts with up to 64 ms of its own


def test_empty_file_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "a.ogg").touch()
    with pytest.raises(UnreadableAudio, match="rỗng"):
        read_samples(tmp_path / "a.ogg")


@pytest.mark.parametrize("content", [b"hello " * 1000, b"OggS", b"\x1aE\xdf\xa3" + bytes(100), bytes(5000)])
def test_file_that_is_no_sound_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.ogg").write_bytes(content)
    with pytest.raises(UnreadableAudio):
        read_samples(tmp_path / "a.ogg")


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableAudio, match="No such file"):
        read_samples(tmp_path / "a.ogg")
    with pytest.raises(UnreadableAudio, match="Is a directory"):
        read_samples(tmp_path)


def test_file_without_a_single_packet_is_refused(tmp_path: Path) -> None:
    whole = write_matroska_with_holes(tmp_path / "a.mka", [(0, make_tone(1))]).read_bytes()
    header = whole[: whole.index(b"\x1f\x43\xb6\x75")]  # up to the first cluster
    (tmp_path / "b.mka").write_bytes(header)
    with pytest.raises(UnreadableAudio):
        read_samples(tmp_path / "b.mka")


def test_playlist_cannot_lead_to_another_file(tmp_path: Path) -> None:
    secret = write_sound(tmp_path / "secret.ts", make_tone(1), "aac")
    playlist = tmp_path / "a.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n")
    with pytest.raises(UnreadableAudio):
        read_samples(playlist)


def test_name_of_any_bytes_is_opened(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xff\xfe=%d:http\n.ogg"
    shutil.copy(os.fsencode(SPEECH / "meeting-lamha.ogg"), odd)
    assert len(read_samples(os.fsdecode(odd))) == 75.6 * RATE


@pytest.mark.parametrize("share", [0.5, 0.77, 0.999])
def test_cut_matroska_gives_what_was_written(tmp_path: Path, share: float) -> None:
    whole = write_matroska_with_holes(
        tmp_path / "a.mka", [(0, read_samples(SPEECH / "meeting-lamha.ogg"))]
    ).read_bytes()
    (tmp_path / "b.mka").write_bytes(whole[: round(len(whole) * share)])
    decoded = len(read_samples(tmp_path / "b.mka")) / RATE
    assert decoded > 75.6 * share * 0.85  # the sound is not spread evenly over the file
    assert decoded < 75.7


def test_damage_in_the_middle_does_not_end_the_file(tmp_path: Path) -> None:
    data = bytearray(write_matroska_with_holes(tmp_path / "a.mka", [(0, make_tone(20))]).read_bytes())
    middle = len(data) // 2
    data[middle : middle + 300] = bytes(range(256)) + bytes(44)
    (tmp_path / "a.mka").write_bytes(data)
    assert len(read_samples(tmp_path / "a.mka")) / RATE == pytest.approx(20, abs=2.5)


def test_hole_in_the_timestamps_becomes_silence(tmp_path: Path) -> None:
    path = write_matroska_with_holes(tmp_path / "a.mka", [(0.5, make_tone(1)), (9.25, make_tone(1))])
    samples = read_samples(path)
    assert loud_seconds(samples[: 5 * RATE]) == pytest.approx((0.5, 1.5), abs=0.03)
    assert 5 + loud_seconds(samples[5 * RATE :])[0] == pytest.approx(9.25, abs=0.03)
    assert np.abs(samples[2 * RATE : 9 * RATE]).max() < 0.01


def test_many_small_holes_do_not_add_up(tmp_path: Path) -> None:
    """A sender that pauses 120 ms again and again (DTX): the last tone is still at its time."""
    pieces = [(index * 0.5, make_tone(0.38)) for index in range(60)]
    samples = read_samples(write_matroska_with_holes(tmp_path / "a.mka", pieces))
    assert 29 + loud_seconds(samples[29 * RATE + RATE // 2 :])[0] + 0.5 == pytest.approx(29.5, abs=0.02)


def test_absurd_hole_is_closed(tmp_path: Path) -> None:
    path = write_matroska_with_holes(tmp_path / "a.mka", [(0, make_tone(1)), (40 * 3600, make_tone(1))])
    assert len(read_samples(path)) / RATE == pytest.approx(2, abs=0.1)


def test_clock_that_begins_anew_carries_on(tmp_path: Path) -> None:
    """An MPEG stream that was joined from two: both begin at the same timestamps."""
    one = write_sound(tmp_path / "a.ts", make_tone(5), "aac", 48_000).read_bytes()
    (tmp_path / "b.ts").write_bytes(one + one)
    assert len(read_samples(tmp_path / "b.ts")) / RATE == pytest.approx(10, abs=0.3)


def test_blocks_stay_small(tmp_path: Path) -> None:
    path = write_matroska_with_holes(tmp_path / "a.mka", [(0, make_tone(1)), (3600, make_tone(1))])
    blocks = [len(block) for block in read_blocks(path)]
    assert max(blocks) <= 10 * RATE
    assert sum(blocks) / RATE == pytest.approx(3601, abs=0.1)


def test_stated_length_is_none_where_there_is_none(tmp_path: Path) -> None:
    assert measure_seconds(SPEECH / "meeting-lamha.ogg") == pytest.approx(75.6, abs=0.1)
    (tmp_path / "a.ogg").write_bytes(b"no sound")
    assert measure_seconds(tmp_path / "a.ogg") is None
    assert measure_seconds(tmp_path / "b.ogg") is None


def test_mix_puts_each_track_at_its_offset(tmp_path: Path) -> None:
    first = write_sound(tmp_path / "a.ogg", make_tone(1), "libopus", 48_000)
    second = write_sound(tmp_path / "b.wav", make_tone(1, 880), "pcm_s16le")
    told: list[float] = []
    length = mix_tracks([Track(first, 0.0), Track(second, 3.4)], tmp_path / "out/mix.webm", told.append)
    samples = read_samples(tmp_path / "out/mix.webm")
    assert length == pytest.approx(4.4, abs=0.05)
    assert len(samples) / RATE == pytest.approx(4.4, abs=0.05)
    assert loud_seconds(samples[: 2 * RATE]) == pytest.approx((0, 1), abs=0.05)
    assert 2 + loud_seconds(samples[2 * RATE :])[0] == pytest.approx(3.4, abs=0.05)
    assert told == sorted(told)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mix.webm"]


def test_mix_of_loud_tracks_does_not_wrap_around(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", make_tone(1, level=0.9), "pcm_s16le")
    mix_tracks([Track(path, 0.0)] * 3, tmp_path / "mix.webm")
    assert np.abs(read_samples(tmp_path / "mix.webm")).max() < 1.3


def test_mix_leaves_out_what_cannot_be_read(tmp_path: Path) -> None:
    good = write_sound(tmp_path / "a.wav", make_tone(1), "pcm_s16le")
    (tmp_path / "b.mka").write_bytes(b"broken")
    assert mix_tracks([Track(tmp_path / "b.mka", 0.0), Track(good, 1.0)], tmp_path / "mix.webm") == pytest.approx(2)


def test_mix_of_nothing_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "b.mka").write_bytes(b"broken")
    with pytest.raises(UnreadableAudio):
        mix_tracks([Track(tmp_path / "b.mka", 0.0)], tmp_path / "mix.webm")
    assert [path.name for path in tmp_path.iterdir()] == ["b.mka"]


def test_interrupted_mix_leaves_no_file(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", make_tone(5), "pcm_s16le")

    def interrupt(done: float) -> None:
        if done > 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        mix_tracks([Track(path, 0.0)], tmp_path / "mix.webm", interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
