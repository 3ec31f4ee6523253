"""A recording read on from where it was left, also while it is still being written.

The recorder writes Matroska in clusters of a second, each whole. A reader that knows a cluster's place in the file is
given the file's head and what follows that place: nothing before it is read or decoded again, so that hearing a meeting
of hours in pieces costs as much as hearing it at once. Of a file that still grows only whole clusters are taken.
Files of other kinds are read from their beginning each time, and what was heard is left out.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from meetings.errors import N_
from transcripts.audio import RATE, Samples, decode_file, read_blocks
from transcripts.errors import UnreadableAudio

EBML, SEGMENT, CLUSTER = 0x1A45DFA3, 0x18538067, 0x1F43B675  # RFC 9559
CLUSTER_TIME = 0xE7
LEAD = RATE // 5  # decoded before the place: a decoder of Opus needs 80 ms to find itself


@dataclass(frozen=True)
class Place:
    """How far a recording has been heard. ``byte`` is that of a cluster which begins before ``sample``."""

    sample: int = 0  # at ``RATE``
    byte: int = 0  # 0: the file's beginning


@dataclass(frozen=True)
class Cluster:
    byte: int
    end: int
    ms: int  # on the clock of the file


class Recorded:
    """What a file holds from ``place`` on. The file is looked at once, when this is made."""

    def __init__(self, path: Path, place: Place, *, is_growing: bool) -> None:
        self.path, self.place, self.is_growing = path, place, is_growing
        try:
            self.head, self.clusters = _find_clusters(path, place.byte)
        except FileNotFoundError as error:
            raise UnreadableAudio(N_("Không mở được tệp: {reason}."), reason=error.strerror) from error

    @property
    def seconds(self) -> float | None:
        """How long the part is that can be read, by its clusters; ``None`` where the file has none."""
        if not self.clusters:
            return None
        return max(0.0, self.clusters[-1].ms / 1000 - self.place.sample / RATE)

    def read(self) -> Iterator[Samples]:
        """The sound from ``place.sample`` on, in blocks of any length."""
        if self.is_growing and not self.clusters:
            return
        position, blocks = self._open()
        for block in blocks:
            skipped = min(len(block), max(0, self.place.sample - position))
            position += len(block)
            if skipped < len(block):
                yield block[skipped:]

    def _open(self) -> tuple[int, Iterator[Samples]]:
        """The blocks, and the sample with which they begin."""
        if not self.clusters or (not self.is_growing and not self.place.byte):
            return 0, read_blocks(self.path)
        first = self.clusters[0]
        end = self.clusters[-1].end if self.is_growing else None
        return round(first.ms * RATE / 1000), _read_part(self.path, self.head, first, end)

    def place_at(self, sample: int) -> Place:
        """The place with which a reader that has heard until ``sample`` begins."""
        before = [one.byte for one in self.clusters if one.ms * RATE // 1000 <= sample - LEAD]
        return Place(sample, before[-1] if before else self.place.byte)


def _read_part(path: Path, head: int, first: Cluster, end: int | None) -> Iterator[Samples]:
    with path.open("rb") as file:
        yield from decode_file(_Part(file, head, first.byte, end), begins_at=first.ms / 1000)


class _Part:
    """The head of a file and a stretch of it, one after the other. It cannot seek, so nobody follows its index."""

    def __init__(self, file: BinaryIO, head: int, begin: int, end: int | None) -> None:
        self.file = file
        size = os.fstat(file.fileno()).st_size
        self.stretches = [(0, min(head, begin)), (begin, size if end is None else end)]

    def read(self, size: int = -1) -> bytes:
        while self.stretches:
            begin, end = self.stretches[0]
            if begin < end:
                self.file.seek(begin)
                data = self.file.read(end - begin if size < 0 else min(size, end - begin))
                if data:
                    self.stretches[0] = (begin + len(data), end)
                    return data
            del self.stretches[0]
        return b""


def _find_clusters(path: Path, begin: int) -> tuple[int, list[Cluster]]:
    """The length of the file's head, and its whole clusters from byte ``begin`` on; none of a file of another kind."""
    clusters: list[Cluster] = []
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head, at = 0, 0
        while (element := _read_element(file, at)) is not None:
            identifier, body, length = element
            if at == 0 and identifier != EBML:
                return 0, []
            if identifier == SEGMENT:
                at = body
                continue
            if identifier == CLUSTER:
                head = head or at
                if at < begin:  # everything between has been heard
                    at = begin
                    continue
                if length is None or body + length > size or (ms := _read_time(file, body)) is None:
                    break
                clusters.append(Cluster(at, body + length, ms))
            if length is None:
                break
            at = body + length
    return head, clusters


def _read_element(file: BinaryIO, at: int) -> tuple[int, int, int | None] | None:
    """Identifier, place and length of the body of the element at ``at``; a length that is not known is ``None``."""
    file.seek(at)
    start = file.read(12)
    width = _width(start, 4)
    if width is None:
        return None
    rest = start[width:]
    digits = _width(rest, 8)
    if digits is None:
        return None
    value = int.from_bytes(rest[:digits], "big") & ((1 << 7 * digits) - 1)
    unknown = value == (1 << 7 * digits) - 1
    return int.from_bytes(start[:width], "big"), at + width + digits, None if unknown else value


def _width(data: bytes, most: int) -> int | None:
    """How many bytes a number takes, by its first one (RFC 8794, section 4)."""
    if not data or not data[0]:
        return None
    width = 9 - data[0].bit_length()
    return width if width <= most and len(data) >= width else None


def _read_time(file: BinaryIO, body: int) -> int | None:
    """The clock of a cluster, in milliseconds; a checksum may stand before it."""
    at = body
    for _number in range(3):
        identifier, start, length = _read_element(file, at) or (0, at, None)
        if length is None:
            return None
        if identifier == CLUSTER_TIME:
            file.seek(start)
            return int.from_bytes(file.read(length), "big")
        at = start + length
    return None
