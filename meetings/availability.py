"""What a booking would collide with: one hall, chair, site or unit cannot be in two meetings at a time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from meetings.interval import Span, overlap
from meetings.periods import ZONE


class ClashKind(StrEnum):
    """``hall`` and ``chair`` refuse a booking; ``site`` and ``unit`` are for the secretary to judge."""

    HALL = "hall"
    CHAIR = "chair"
    SITE = "site"
    UNIT = "unit"


BLOCKING = frozenset({ClashKind.HALL, ClashKind.CHAIR})


@dataclass(frozen=True, slots=True)
class Booked:
    """What a meeting takes of the world. An anonymous "Bận" has neither ``meeting_id`` nor title."""

    span: Span
    meeting_id: int | None = None
    title: str = ""
    hall_id: int | None = None
    chair_id: int | None = None
    site_ids: frozenset[int] = field(default_factory=frozenset)
    unit_ids: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Clash:
    """``subject_id`` is the hall's, chair's, site's or unit's id; ``span`` is the time that both want."""

    kind: ClashKind
    subject_id: int
    span: Span
    booked: Booked

    @property
    def is_blocking(self) -> bool:
        return self.kind in BLOCKING


def find_clashes(wanted: Booked, booked: Iterable[Booked]) -> list[Clash]:
    """Every collision of ``wanted`` with others (its own ``meeting_id`` left out), blocking ones first, then by time.

    A hall collides with its use as a hall or as a branch site of another meeting, whichever of the two came first.
    """
    clashes: list[Clash] = []
    for other in booked:
        common = overlap(wanted.span, other.span)
        if common is None or (wanted.meeting_id is not None and wanted.meeting_id == other.meeting_id):
            continue
        halls = _common_halls(wanted, other)
        found = [(ClashKind.HALL, halls)]
        if wanted.chair_id is not None and wanted.chair_id == other.chair_id:
            found.append((ClashKind.CHAIR, {wanted.chair_id}))
        found.append((ClashKind.SITE, set(wanted.site_ids & other.site_ids) - halls))
        found.append((ClashKind.UNIT, set(wanted.unit_ids & other.unit_ids)))
        clashes.extend(Clash(kind, each, common, other) for kind, subjects in found for each in sorted(subjects))
    order = list(ClashKind)
    return sorted(clashes, key=lambda clash: (order.index(clash.kind), clash.span, clash.subject_id))


def _common_halls(one: Booked, other: Booked) -> set[int]:
    halls = {hall for hall in (one.hall_id, other.hall_id) if hall is not None}
    return {hall for hall in halls if _uses(one, hall) and _uses(other, hall)}


def _uses(booked: Booked, site_id: int) -> bool:
    return booked.hall_id == site_id or site_id in booked.site_ids


def describe_span(span: Span) -> str:
    """``08:00–10:00 24/11/2026`` in the province's time; both days when it goes over midnight."""
    start, end = span.start.astimezone(ZONE), span.end.astimezone(ZONE)
    if start.date() == end.date():
        return f"{start:%H:%M}–{end:%H:%M} {start:%d/%m/%Y}"
    return f"{describe_instant(span.start)} – {describe_instant(span.end)}"


def describe_instant(instant: datetime) -> str:
    """``08:00 24/11/2026`` in the province's time."""
    return f"{instant.astimezone(ZONE):%H:%M %d/%m/%Y}"
