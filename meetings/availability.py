"""What a booking would collide with, and when it would collide with nothing.

One hall or person cannot be in two meetings at a time, what is closed for maintenance cannot be used, and all meetings
together share the bridge's connections.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

from meetings.interval import Span, overlap
from meetings.periods import ZONE, local_day
from meetings.working_days import WorkingDays


class ClashKind(StrEnum):
    """The first four refuse a booking; the others are for the secretary to judge. Shown in this order."""

    HALL = "hall"
    CHAIR = "chair"
    MAINTENANCE = "maintenance"
    CAPACITY = "capacity"
    SITE = "site"
    UNIT = "unit"
    PERSON = "person"


BLOCKING = frozenset({ClashKind.HALL, ClashKind.CHAIR, ClashKind.MAINTENANCE, ClashKind.CAPACITY})
ORDER = {kind: place for place, kind in enumerate(ClashKind)}
EVERYTHING = 0  # the subject of a clash with the whole system


@dataclass(frozen=True, slots=True)
class Booked:
    """What a meeting takes of the world. An anonymous "Bận" has neither ``meeting_id`` nor title.

    ``person_ids``: who else is named (secretary, delegates). ``connections``: how many the bridge keeps for it.
    ``closes``: it is no meeting but a window of maintenance of ``site_ids``, or without any of the whole system; then
    the title says why.
    """

    span: Span
    meeting_id: int | None = None
    title: str = ""
    hall_id: int | None = None
    chair_id: int | None = None
    site_ids: frozenset[int] = field(default_factory=frozenset)
    unit_ids: frozenset[int] = field(default_factory=frozenset)
    person_ids: frozenset[int] = field(default_factory=frozenset)
    connections: int = 0
    closes: bool = False

    @property
    def places(self) -> frozenset[int]:
        return self.site_ids if self.hall_id is None else self.site_ids | {self.hall_id}

    @property
    def people(self) -> frozenset[int]:
        return self.person_ids if self.chair_id is None else self.person_ids | {self.chair_id}


@dataclass(frozen=True, slots=True)
class Clash:
    """``subject_id`` is the hall's, chair's, site's, unit's or person's id, or ``EVERYTHING``; ``span`` is the time
    that both want. Of a clash of capacity ``booked`` is what all others take together."""

    kind: ClashKind
    subject_id: int
    span: Span
    booked: Booked

    @property
    def is_blocking(self) -> bool:
        return self.kind in BLOCKING


def find_clashes(wanted: Booked, booked: Iterable[Booked], bridge: int = 0) -> list[Clash]:
    """Every collision of ``wanted`` with others (its own ``meeting_id`` left out), blocking ones first, then by time.

    A hall collides with its use as a hall or as a branch site of another meeting, whichever of the two came first.
    ``bridge``: how many connections all meetings together may have; 0: any number.
    """
    others = [(common, other) for other in booked if (common := _common_time(wanted, other)) is not None]
    clashes = [
        Clash(kind, subject, common, other)
        for common, other in others
        for kind, subjects in _find_common(wanted, other)
        for subject in sorted(subjects)
    ]
    clashes.extend(_find_crowding(wanted, others, bridge))
    return sorted(clashes, key=lambda clash: (ORDER[clash.kind], clash.span, clash.subject_id))


def _common_time(wanted: Booked, other: Booked) -> Span | None:
    if wanted.meeting_id is not None and wanted.meeting_id == other.meeting_id:
        return None
    return overlap(wanted.span, other.span)


def _find_common(wanted: Booked, other: Booked) -> list[tuple[ClashKind, Collection[int]]]:
    """What both want of the same, whatever the time."""
    if other.closes:
        return [(ClashKind.MAINTENANCE, _find_closed(wanted, other))]
    halls = {hall for hall in (wanted.hall_id, other.hall_id) if hall in wanted.places and hall in other.places}
    chairs = {wanted.chair_id} if wanted.chair_id == other.chair_id else set()
    return [
        (ClashKind.HALL, {hall for hall in halls if hall is not None}),
        (ClashKind.CHAIR, {chair for chair in chairs if chair is not None}),
        (ClashKind.SITE, (wanted.site_ids & other.site_ids) - halls),
        (ClashKind.UNIT, wanted.unit_ids & other.unit_ids),
        (ClashKind.PERSON, (wanted.people & other.people) - chairs),
    ]


def _find_closed(wanted: Booked, window: Booked) -> Collection[int]:
    if window.site_ids:
        return wanted.places & window.site_ids
    return {EVERYTHING} if wanted.connections else ()


def _find_crowding(wanted: Booked, others: Sequence[tuple[Span, Booked]], bridge: int) -> list[Clash]:
    """The stretches in which the bridge would need more connections than it has, each with the most that is taken."""
    if not bridge or not wanted.connections:
        return []
    steps: dict[datetime, int] = {wanted.span.start: 0, wanted.span.end: 0}
    for common, other in others:
        steps[common.start] = steps.get(common.start, 0) + other.connections
        steps[common.end] = steps.get(common.end, 0) - other.connections
    instants = sorted(steps)
    clashes: list[Clash] = []
    taken = 0
    for start, end in pairwise(instants):
        taken += steps[start]
        if taken + wanted.connections <= bridge:
            continue
        if clashes and clashes[-1].span.end == start:
            last = clashes.pop()
            start, most = last.span.start, max(taken, last.booked.connections)
        else:
            most = taken
        stretch = Span(start, end)
        clashes.append(Clash(ClashKind.CAPACITY, EVERYTHING, stretch, Booked(stretch, connections=most)))
    return clashes


SESSIONS = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0)))  # morning and afternoon of the province's offices
STEP = timedelta(minutes=30)


def find_free_slots(
    wanted: Booked,
    booked: Iterable[Booked],
    working: WorkingDays,
    within: Span,
    *,
    bridge: int = 0,
    limit: int = 5,
    blocking_only: bool = False,
) -> list[Span]:
    """When a meeting like ``wanted`` collides with nothing: in working hours of working days, the nearest first.

    One that is longer than a morning may go on over noon, one that is longer than a day keeps its time of day.
    ``blocking_only``: sites, units and people may be booked elsewhere. ``[]`` when there is no such time.
    """
    rivals = [other for other in booked if other.closes or other.connections or any_common(wanted, other)]
    wishes = _list_starts(wanted.span.length, wanted.span.start, working, within)
    wishes.sort(key=lambda start: (abs(start - wanted.span.start), start))
    found: list[Span] = []
    for start in wishes:
        slot = Span(start, start + wanted.span.length)
        clashes = find_clashes(replace(wanted, span=slot), rivals, bridge)
        if not any(clash.is_blocking or not blocking_only for clash in clashes):
            found.append(slot)
        if len(found) == limit:
            break
    return found


def any_common(wanted: Booked, other: Booked) -> bool:
    """Whether the two want anything of the same, whatever the time."""
    return any(subjects for _kind, subjects in _find_common(wanted, other))


def _list_starts(length: timedelta, wished: datetime, working: WorkingDays, within: Span) -> list[datetime]:
    first, last = local_day(within.start), local_day(within.end)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    starts = [
        start
        for day in days
        for start in _list_starts_of_day(day, length, wished)
        if within.start <= start and start + length <= within.end
    ]
    return [start for start in starts if all(map(working.is_working, _days_of(start, length)))]


def _list_starts_of_day(day: date, length: timedelta, wished: datetime) -> list[datetime]:
    sessions = [tuple(datetime.combine(day, clock, ZONE) for clock in session) for session in SESSIONS]
    if length > sessions[-1][1] - sessions[0][0]:
        return [datetime.combine(day, wished.astimezone(ZONE).time(), ZONE)]
    if all(length > end - start for start, end in sessions):
        sessions = [(sessions[0][0], sessions[-1][1])]
    return [
        start + number * STEP for start, end in sessions for number in range(max(0, (end - start - length) // STEP + 1))
    ]


def _days_of(start: datetime, length: timedelta) -> list[date]:
    first, last = local_day(start), local_day(start + length)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def describe_span(span: Span) -> str:
    """``08:00–10:00 24/11/2026`` in the province's time; both days when it goes over midnight."""
    start, end = span.start.astimezone(ZONE), span.end.astimezone(ZONE)
    if start.date() == end.date():
        return f"{start:%H:%M}–{end:%H:%M} {start:%d/%m/%Y}"
    return f"{describe_instant(span.start)} – {describe_instant(span.end)}"


def describe_instant(instant: datetime) -> str:
    """``08:00 24/11/2026`` in the province's time."""
    return f"{instant.astimezone(ZONE):%H:%M %d/%m/%Y}"
