"""Sound in and out: any file that FFmpeg reads becomes mono samples, several tracks become one file to play.

Everything is read in short blocks, so that memory does not grow with the length of a recording. A hole in the
timestamps becomes silence: the place of a sample tells its time, also after an outage or where a sender paused.
"""

import contextlib
import logging
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from meetings.errors import N_
from transcripts.errors import UnreadableAudio

log = logging.getLogger(__name__)

RATE = 16_000  # what Whisper and the voice detector take
MIX_RATE = 48_000  # what Opus holds
MIX_BITS = 32_000
TOLERANCE = 0.015  # seconds; less is rounding, more a lost packet (20 ms) or a longer hole
LONGEST_HOLE = 6 * 3600.0  # seconds; more is a broken timestamp
SILENCE_BLOCK = 10.0  # seconds

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Track:
    """A file and the second of the mix at which it begins."""

    path: Path
    offset: float


def read_blocks(path: str | os.PathLike[str], rate: int = RATE) -> Iterator[Samples]:
    """The sound of ``path`` as mono float32 blocks of any length, at ``rate`` samples a second.

    What can be decoded of a cut or damaged file is given; ``UnreadableAudio`` when that is nothing at all.
    """
    decoded = 0
    try:
        # A file object, so that FFmpeg opens this file and never takes its name for a URL or a pattern.
        with Path(path).open("rb") as file:
            status = os.fstat(file.fileno())
            if stat.S_ISREG(status.st_mode) and status.st_size == 0:
                raise UnreadableAudio(N_("Tệp rỗng, không có âm thanh."))
            for block in decode_file(file, rate):
                decoded += len(block)
                yield block
    except av.error.FFmpegError as error:
        raise UnreadableAudio(N_("Tệp không phải là âm thanh đọc được ({reason})."), reason=_explain(error)) from error
    except OSError as error:
        raise UnreadableAudio(N_("Không mở được tệp: {reason}."), reason=_explain(error)) from error
    if decoded == 0:
        raise UnreadableAudio(N_("Tệp không có âm thanh nào đọc được."))


def _explain(error: Exception) -> str:
    """FFmpeg's own words, without the number and the name of the file."""
    return getattr(error, "strerror", None) or str(error)


def decode_file(file: Any, rate: int = RATE, begins_at: float | None = None) -> Iterator[Samples]:
    """As ``read_blocks``, of anything that can be read. ``begins_at``: the second with which the samples begin, of a
    file that was cut at its front; what it lacks is then no silence.
    """
    options = {"protocol_whitelist": "data"}  # a playlist inside the file must reach neither network nor other files
    try:
        container = av.open(file, metadata_errors="ignore", options=options)
    except (av.error.FFmpegError, ValueError, UnicodeError) as error:
        raise UnreadableAudio(N_("Tệp không phải là âm thanh đọc được ({reason})."), reason=_explain(error)) from error
    with container:
        if not container.streams.audio:
            raise UnreadableAudio(N_("Tệp không có âm thanh."))
        matroska = "matroska" in container.format.name
        # The recorder's files count from 0; elsewhere the first timestamp may be anything.
        zero = 0.0 if matroska or container.start_time is None else container.start_time / 1_000_000
        clock = _Clock(zero, rate, begins_at or 0.0)
        for frame in _decode_frames(container):
            yield from clock.place(frame)
        yield from clock.drain()


def _decode_frames(container: Any) -> Iterator[Any]:
    """Frame by frame; a packet that cannot be decoded is skipped, a cut end is the end."""
    stream = container.streams.audio[0]
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError as error:
            log.info("recording ends early: %s", error)
            packet = None
        if packet is None:
            return
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        yield from frames


class _Clock:
    """Puts frames at their time: resamples them, fills holes with silence, leaves out what comes twice."""

    def __init__(self, zero: float, rate: int, begins_at: float) -> None:
        self.zero = zero
        self.rate = rate
        self.position = begins_at  # seconds of source sound taken so far, holes included
        self.emitted = round(begins_at * rate)  # samples given
        self.resampler: AudioResampler | None = None
        self.shape: tuple[str, str, int] | None = None

    def place(self, frame: Any) -> Iterator[Samples]:
        length = frame.samples / frame.sample_rate
        skip = 0
        if (at := frame.time) is not None:
            ahead = at - self.zero - self.position
            if not -1.0 <= ahead <= LONGEST_HOLE:  # a timestamp that began anew or is broken: carry on from here
                self.zero += ahead
            elif ahead > TOLERANCE:
                yield from self.drain()
                yield from self._be_silent(self.position + ahead)
            elif ahead < -TOLERANCE:
                skip = min(frame.samples, round(-ahead * frame.sample_rate))
        if skip == frame.samples:
            return
        self.position += length - skip / frame.sample_rate
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != self.shape:
            yield from self.drain()
            self.shape = shape
        if self.resampler is None:
            self.resampler = AudioResampler(format="flt", layout="mono", rate=self.rate)
        frame.pts = None
        yield from self._emit(self.resampler.resample(frame), round(skip * self.rate / frame.sample_rate))

    def _be_silent(self, until: float) -> Iterator[Samples]:
        self.position = until
        missing = round(until * self.rate) - self.emitted
        while missing > 0:
            block = np.zeros(min(missing, round(SILENCE_BLOCK * self.rate)), np.float32)
            self.emitted += len(block)
            missing -= len(block)
            yield block

    def drain(self) -> Iterator[Samples]:
        if self.resampler is not None:
            resampler, self.resampler = self.resampler, None
            yield from self._emit(resampler.resample(None), 0)

    def _emit(self, frames: Sequence[Any], skip: int) -> Iterator[Samples]:
        for frame in frames:
            block: Samples = frame.to_ndarray().reshape(-1)[skip:]
            skip = max(0, skip - frame.samples)
            if len(block):
                self.emitted += len(block)
                yield block


def measure_seconds(path: str | os.PathLike[str]) -> float | None:
    """The length that the file states; ``None`` when it states none, as a file that was cut off does."""
    with (
        contextlib.suppress(OSError, ValueError, av.error.FFmpegError),
        Path(path).open("rb") as file,
        av.open(file, "r") as container,
    ):
        if container.duration:
            return float(container.duration) / 1_000_000
    return None


def mix_tracks(tracks: Sequence[Track], target: Path, report: Callable[[float], None] = lambda _seconds: None) -> float:
    """Write all tracks, each from its offset on, into one mono Opus WebM; returns its length in seconds.

    ``report`` is told each second that is done; what it raises ends the work. The file appears under its name only when
    it is whole. A track that cannot be read is left out with a warning; ``UnreadableAudio`` when none can.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    readers = [_Reader(track) for track in tracks]
    try:
        length = _write_mix(readers, unfinished, report)
        if length == 0:
            raise UnreadableAudio(N_("Tệp không có âm thanh nào đọc được."))
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return length / MIX_RATE


def _write_mix(readers: Sequence["_Reader"], target: Path, report: Callable[[float], None]) -> int:
    written = 0
    with av.open(str(target), "w", format="webm") as output:
        stream = output.add_stream("libopus", rate=MIX_RATE, layout="mono", bit_rate=MIX_BITS)
        while any(not reader.finished for reader in readers):
            mixed = np.zeros(MIX_RATE, np.float32)
            longest = 0
            for reader in readers:
                longest = max(longest, reader.add_to(mixed, written))
            if not longest and all(reader.finished for reader in readers):
                break
            block = mixed if any(not reader.finished for reader in readers) else mixed[:longest]
            frame = av.AudioFrame.from_ndarray(np.clip(block, -1.0, 1.0)[np.newaxis, :], format="flt", layout="mono")
            frame.sample_rate = MIX_RATE
            frame.pts = written
            output.mux(stream.encode(frame))
            written += len(block)
            report(written / MIX_RATE)
        output.mux(stream.encode(None))
    return written


class _Reader:
    """One track of a mix, read as far as the mix has come."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.blocks = read_blocks(track.path, MIX_RATE)
        self.at = max(0, round(track.offset * MIX_RATE))  # where in the mix ``rest`` begins
        self.rest: Samples = np.zeros(0, np.float32)
        self.finished = False

    def add_to(self, mixed: Samples, start: int) -> int:
        """Add what falls into ``mixed``, which begins at ``start``; returns how many samples of it are covered."""
        covered = 0
        while not self.finished and self.at < start + len(mixed):
            if not len(self.rest):
                self._read_on()
                continue
            place = self.at - start
            taken = min(len(self.rest), len(mixed) - place)
            mixed[place : place + taken] += self.rest[:taken]
            covered = place + taken
            self.rest, self.at = self.rest[taken:], self.at + taken
        return covered

    def _read_on(self) -> None:
        try:
            self.rest = next(self.blocks)
        except StopIteration:
            self.finished = True
        except UnreadableAudio as error:
            log.warning("left out of the mix: %s: %s", self.track.path.name, error)
            self.finished = True
