"""Half-open spans of aware time, ``[start, end)``: overlap, union, total length."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From ``start`` up to, not including, ``end``. Naive instants and an end before its start are a ``ValueError``."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a span needs aware instants")
        if self.end < self.start:
            raise ValueError("a span cannot end before it starts")

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def overlaps(self, other: "Span") -> bool:
        """Whether some instant is in both; touching ends are not, and an empty span overlaps nothing."""
        return max(self.start, other.start) < min(self.end, other.end)

    def contains(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


def overlap(one: Span, other: Span) -> Span | None:
    """The common part of two spans, or ``None`` when there is no instant in both."""
    if not one.overlaps(other):
        return None
    return Span(max(one.start, other.start), min(one.end, other.end))


def union(spans: Iterable[Span]) -> list[Span]:
    """The same instants as disjoint spans in order; touching spans are joined, empty ones dropped."""
    joined: list[Span] = []
    for span in sorted(span for span in spans if span.start < span.end):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def clip(spans: Iterable[Span], within: Span) -> list[Span]:
    """The parts of ``spans`` that lie in ``within``."""
    return [part for span in spans if (part := overlap(span, within)) is not None]


def total(spans: Iterable[Span]) -> timedelta:
    """The length of the union: an instant covered twice counts once."""
    return sum((span.length for span in union(spans)), timedelta())
