"""Speech packed into windows for Whisper, and its text put back where it was said. Pure.

Whisper's cost is that of its windows of 30 s, however little is said in one: so the stretches of speech of a track are
laid one after another, with a moment of what lay between them, until a window is full. Text goes back to
the stretches that it was heard in: their bounds on the track's own clock are its times.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from transcripts.gate import RATE, Samples

LONGEST = 25 * RATE  # samples of a window
CONTEXT = RATE // 10  # samples kept before and after a stretch, so that its pauses are heard as pauses
SNAP = round(0.6 * RATE)  # a time this near to the bound of a stretch is that bound
FAR = 3 * RATE  # a pause from which on text does not reach from one stretch into the next
LEAST_TOUCH = round(0.2 * RATE)
SHORTEST = RATE // 10  # of a text's time


@dataclass(frozen=True)
class Stretch:
    """Speech without a longer pause, from sample ``start`` of its track, between ``lead`` and ``tail`` of context."""

    start: int
    samples: Samples
    lead: Samples
    tail: Samples

    @property
    def end(self) -> int:
        return self.start + len(self.samples)


@dataclass(frozen=True)
class Place:
    """Where a stretch lies: from sample ``at`` of the window, from sample ``start`` of the track."""

    at: int
    start: int
    length: int

    @property
    def end(self) -> int:
        return self.start + self.length


@dataclass(frozen=True)
class PackedWindow:
    samples: Samples
    places: tuple[Place, ...]

    @property
    def heard(self) -> int:
        """Samples of speech."""
        return sum(place.length for place in self.places)


@dataclass(frozen=True)
class Timed:
    """Text with the seconds of the window in which it was heard."""

    start: float
    end: float
    text: str


def pack_alone(stretches: Iterable[Stretch]) -> Iterator[PackedWindow]:
    """Each stretch in a window of its own."""
    for stretch in stretches:
        yield PackedWindow(stretch.samples, (Place(0, stretch.start, len(stretch.samples)),))


class Packer:
    """Stretches go in as they are found; a window comes out when the next one does not fit any more."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._parts: list[Samples] = []
        self._places: list[Place] = []
        self._size = 0
        self._until = 0  # sample of the track up to which the window holds everything

    def add(self, stretch: Stretch) -> Iterator[PackedWindow]:
        for piece in _cut(stretch, self._longest):
            if self._places and self._size + len(piece.lead) + len(piece.samples) > self._longest:
                yield from self.flush()
            self._append(piece)

    def flush(self) -> Iterator[PackedWindow]:
        if self._places:
            yield PackedWindow(np.concatenate(self._parts), tuple(self._places))
        self._parts, self._places, self._size, self._until = [], [], 0, 0

    def _append(self, piece: Stretch) -> None:
        lead = piece.lead
        if self._places:
            lead = lead[max(0, self._until - (piece.start - len(lead))) :]  # what is not there already
            overlap = self._until - piece.start
            if overlap > 0:  # the context of the last one reaches into this one
                self._parts[-1] = self._parts[-1][:-overlap]
                self._size -= overlap
        room = self._longest - self._size - len(piece.samples)
        lead = lead[len(lead) - min(room, len(lead)) :]
        tail = piece.tail[: room - len(lead)]
        self._places.append(Place(self._size + len(lead), piece.start, len(piece.samples)))
        self._parts += [lead, piece.samples, tail]
        self._size += len(lead) + len(piece.samples) + len(tail)
        self._until = piece.end + len(tail)


def _cut(stretch: Stretch, longest: int) -> Iterator[Stretch]:
    """A stretch longer than a window in equal parts; the voice detector makes none, a caller may."""
    count = -(-len(stretch.samples) // longest)
    if count == 1:
        yield stretch
        return
    none = stretch.samples[:0]
    start = stretch.start
    for number, part in enumerate(np.array_split(stretch.samples, count)):
        yield Stretch(start, part, stretch.lead if not number else none, stretch.tail if number == count - 1 else none)
        start += len(part)


def cut_window(window: PackedWindow, at: int) -> tuple[PackedWindow, PackedWindow]:
    """A window in two, at a sample of it. A stretch that is cut is in both."""
    first, second = [], []
    for place in window.places:
        before = min(max(at - place.at, 0), place.length)
        if before:
            first.append(Place(place.at, place.start, before))
        if before < place.length:
            second.append(Place(max(0, place.at - at), place.start + before, place.length - before))
    return PackedWindow(window.samples[:at], tuple(first)), PackedWindow(window.samples[at:], tuple(second))


def take_speech(window: PackedWindow, first: int, last: int) -> Samples:
    """The speech in a window that lies between two samples of the track."""
    parts = []
    for place in window.places:
        begin, end = max(first, place.start), min(last, place.end)
        if begin < end:
            at = place.at + begin - place.start
            parts.append(window.samples[at : at + end - begin])
    return np.concatenate(parts) if parts else window.samples[:0]


def place_text(window: PackedWindow, timed: Sequence[Timed], text: str) -> list[tuple[int, int, str]]:
    """First sample, last sample and text of what was heard, in samples of the track.

    Text without times, ``timed`` being empty, belongs to all of the window.
    """
    if not timed:
        timed = [Timed(0.0, len(window.samples) / RATE, text)]
    placed: list[tuple[int, int, str]] = []
    for one in timed:
        placed += _place_one(window.places, one)
    return _keep_order(placed)


def place_words(window: PackedWindow, words: Sequence[Timed]) -> list[tuple[int, int, str]]:
    """As ``place_text`` for single words: those of one stretch are one text with its bounds."""
    said: dict[int, str] = {}
    last = 0
    for word in words:
        middle = (word.start + word.end) / 2 * RATE
        near = min(range(last, len(window.places)), key=lambda number: _distance(window.places[number], middle))
        said[near] = said.get(near, "") + word.text
        last = near  # text never goes back
    return [(window.places[number].start, window.places[number].end, text) for number, text in said.items()]


def _distance(place: Place, at: float) -> float:
    return max(place.at - at, at - place.at - place.length, 0.0)


def _place_one(places: Sequence[Place], timed: Timed) -> list[tuple[int, int, str]]:
    first, last = round(timed.start * RATE), round(timed.end * RATE)
    touched = [place for place in places if _overlap(place, first, last) >= min(LEAST_TOUCH, place.length // 2)]
    if not touched:
        touched = [min(places, key=lambda place: _distance(place, (first + last) / 2))]
    groups = [[touched[0]]]
    for before, place in pairwise(touched):
        if place.start - before.end < FAR:
            groups[-1].append(place)
        else:
            groups.append([place])
    start = _to_track(touched[0], first, is_start=True)
    end = _to_track(touched[-1], last, is_start=False)
    if end - start < SHORTEST:  # a time mark beside the speech
        start, end = touched[0].start, touched[-1].end
    shares = _share_words(timed.text, [sum(_overlap(place, first, last) for place in group) for group in groups])
    return [
        (
            start if number == 0 else group[0].start,
            end if number == len(groups) - 1 else group[-1].end,
            share,
        )
        for number, (group, share) in enumerate(zip(groups, shares, strict=True))
        if share
    ]


def _overlap(place: Place, first: int, last: int) -> int:
    return max(0, min(place.at + place.length, last) - max(place.at, first))


def _to_track(place: Place, at: int, *, is_start: bool) -> int:
    """A sample of the window on the track; the bound of the stretch when it is near to that or outside."""
    offset = min(max(at - place.at, 0), place.length)
    if is_start:
        return place.start + (offset if offset > SNAP else 0)
    return place.start + (offset if place.length - offset > SNAP else place.length)


def _share_words(text: str, lengths: Sequence[int]) -> list[str]:
    """The words of ``text`` in as many parts as there are lengths, each with its share of them."""
    words = text.split()
    total = sum(lengths) or 1
    shares, done, begun = [], 0, 0
    for number, length in enumerate(lengths):
        done += length
        end = len(words) if number == len(lengths) - 1 else round(len(words) * done / total)
        shares.append(" ".join(words[begun:end]))
        begun = end
    return shares


def _keep_order(placed: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """No text begins before the one before it ends: two sentences in one stretch share it."""
    kept: list[tuple[int, int, str]] = []
    for start, end, text in placed:
        if kept:
            first, last, words = kept[-1]
            start = max(start, first)
            if start < last:
                start = (first + min(last, max(end, first))) // 2 if start == first else start
                kept[-1] = (first, start, words)
        kept.append((start, max(start, end), text))
    return kept
