"""Where things stand on a grid of days and quarters of an hour. Values in, values out.

Places are numbers that the style sheet turns into positions (``.r12 .s8``: from the twelfth quarter, eight long), since
pages carry no inline style.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar

from meetings.interval import Span, overlap
from web.i18n import local, utc

QUARTER = timedelta(minutes=15)
PER_HOUR = 4
SHOWN = (7, 18)  # the hours that are always there
LEAST = 2  # quarters: what is shorter is drawn as long, so that a finger finds it

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Axis:
    """The hours of the day that are drawn, from ``first`` up to ``last``."""

    first: int
    last: int

    @property
    def quarters(self) -> int:
        return (self.last - self.first) * PER_HOUR

    @property
    def hours(self) -> range:
        return range(self.first, self.last)

    def span(self, day: date) -> Span:
        start = utc(day) + timedelta(hours=self.first)
        return Span(start, start + timedelta(hours=self.last - self.first))

    def place(self, instant: datetime, day: date) -> int | None:
        """The quarter in which an instant of the day lies; ``None`` when it is not drawn."""
        span = self.span(day)
        return (instant - span.start) // QUARTER if span.contains(instant) else None


@dataclass(frozen=True)
class Piece(Generic[Thing]):
    """What of a thing lies on one day: from quarter ``row``, ``length`` quarters long, in one of ``lanes`` lanes."""

    thing: Thing
    span: Span
    row: int
    length: int
    lane: int = 0
    lanes: int = 1
    crowded: bool = False  # beside it stands that there are more


@dataclass(frozen=True)
class More:
    """Where more meet at once than fit side by side: how many are left out, and when."""

    count: int
    span: Span
    row: int
    length: int
    lane: int
    lanes: int


def choose_axis(spans: Iterable[Span], days: Sequence[date]) -> Axis:
    """The usual hours, and what else meetings that begin on these days need."""
    first, last = SHOWN
    for span in spans:
        start, end = local(span.start), local(span.end)
        if start.date() in days:
            first = min(first, start.hour)
            last = max(last, 24 if end.date() > start.date() else end.hour + bool(end.minute or end.second))
    return Axis(first, min(last, 24))


def place_day(
    things: Iterable[tuple[Span, Thing]], day: date, axis: Axis, most: int
) -> tuple[list[Piece[Thing]], list[More]]:
    """The day's pieces by their start, at most ``most`` lanes side by side; the last one is for what is left out."""
    cut = [piece for span, thing in things if (piece := _cut(span, thing, day, axis)) is not None]
    pieces: list[Piece[Thing]] = []
    more: list[More] = []
    for cluster in _cluster(sorted(cut, key=lambda piece: (piece.row, -piece.length))):
        lanes = _assign_lanes(cluster)
        count = max(lanes) + 1
        shown = count if count <= most else most - 1
        kept = [
            replace(piece, lane=lane, lanes=min(count, most), crowded=count > most)
            for piece, lane in zip(cluster, lanes, strict=True)
            if lane < shown
        ]
        left = [piece for piece, lane in zip(cluster, lanes, strict=True) if lane >= shown]
        pieces.extend(kept)
        if left:
            more.append(_sum_up(left, most))
    return pieces, more


def _cut(span: Span, thing: Thing, day: date, axis: Axis) -> Piece[Thing] | None:
    common = overlap(span, axis.span(day))
    if common is None:
        return None
    start = axis.span(day).start
    row = (common.start - start) // QUARTER
    end = -((start - common.end) // QUARTER)
    length = max(end - row, LEAST)
    return Piece(thing, span, min(row, axis.quarters - length), length)


def _cluster(pieces: Sequence[Piece[Thing]]) -> Iterable[list[Piece[Thing]]]:
    """Groups that touch no other one. ``pieces`` by their start."""
    group: list[Piece[Thing]] = []
    until = 0
    for piece in pieces:
        if group and piece.row >= until:
            yield group
            group = []
        until = max(until, piece.row + piece.length) if group else piece.row + piece.length
        group.append(piece)
    if group:
        yield group


def _assign_lanes(cluster: Sequence[Piece[Thing]]) -> list[int]:
    ends: list[int] = []
    lanes = []
    for piece in cluster:
        lane = next((number for number, end in enumerate(ends) if end <= piece.row), len(ends))
        ends[lane : lane + 1] = [piece.row + piece.length]
        lanes.append(lane)
    return lanes


def _sum_up(left: Sequence[Piece[Thing]], lanes: int) -> More:
    row = min(piece.row for piece in left)
    end = max(piece.row + piece.length for piece in left)
    span = Span(min(piece.span.start for piece in left), max(piece.span.end for piece in left))
    return More(len(left), span, row, end - row, lanes - 1, lanes)


def find_gaps(spans: Iterable[Span], day: date, axis: Axis, least: timedelta = 2 * QUARTER) -> list[Span]:
    """The stretches of the drawn hours in which nothing is, at least ``least`` long."""
    whole = axis.span(day)
    gaps = []
    at = whole.start
    for span in sorted(spans):
        if span.start - at >= least:
            gaps.append(Span(at, min(span.start, whole.end)))
        at = max(at, span.end)
        if at >= whole.end:
            break
    if whole.end - at >= least:
        gaps.append(Span(at, whole.end))
    return [gap for gap in gaps if gap.length >= least]


def sort_by_day(things: Iterable[tuple[Span, Thing]], days: Sequence[date]) -> dict[date, list[Thing]]:
    """What touches each of the days, in the order given. Nothing is asked about days that it is far from."""
    found: dict[date, list[Thing]] = {day: [] for day in days}
    for span, thing in things:
        first, last = max(local(span.start).date(), days[0]), min(local(span.end).date(), days[-1])
        for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
            if day in found and touches(span, day):
                found[day].append(thing)
    return found


def touches(span: Span, day: date) -> bool:
    """Whether it begins on the day or goes on into its usual hours: what ends at night is of the day before."""
    return local(span.start).date() == day or span.overlaps(Axis(*SHOWN).span(day))
