"""The segments of each speaker merged into one ordered conversation, and the stretches no recording holds. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Utterance:
    """One stretch of speech of one speaker on the meeting's clock. ``segment`` is its row in the transcript, if any."""

    speaker: str
    starts_at: datetime
    ends_at: datetime
    text: str
    suspect: str = ""
    segment: int | None = None
    confidence: float | None = None  # from 0 to 1, what the model gives its words


@dataclass(frozen=True)
class Span:
    """A stretch in which the recording was on; ``reason`` says why it ended."""

    start: datetime
    end: datetime | None
    reason: str = ""


@dataclass(frozen=True)
class Break:
    """A stretch between two spans, with the reason for which the first one ended."""

    start: datetime
    end: datetime
    reason: str


def merge_speakers(tracks: Iterable[Iterable[Utterance]]) -> tuple[Utterance, ...]:
    """All utterances by their start; of two that start together, the one that ends first comes first.

    Nobody is cut off: an interjection stands after the start of the sentence that it interrupts. Within one track the
    given order breaks ties, so that the result does not depend on the order of the tracks.
    """
    ordered = [
        (utterance.starts_at, utterance.ends_at, utterance.speaker, place, utterance)
        for track in tracks
        for place, utterance in enumerate(track)
    ]
    return tuple(entry[-1] for entry in sorted(ordered, key=lambda entry: entry[:-1]))


def find_breaks(spans: Iterable[Span]) -> tuple[Break, ...]:
    """What lies between the spans of one recording, in order. Spans that touch or overlap leave nothing between."""
    breaks = []
    until: datetime | None = None
    reason = ""
    for span in sorted(spans, key=lambda span: span.start):
        if until is not None and span.start > until:
            breaks.append(Break(until, span.start, reason))
        if span.end is None:
            break
        if until is None or span.end > until:
            until, reason = span.end, span.reason
    return tuple(breaks)
