"""Who attended and how, from presences in the room and from what the secretary confirmed (docs/decisions/0010).

A unit is connected when it was in the room for at least ``threshold`` of the meeting (half, unless the Office decides
otherwise). Time is counted once however often and from however many devices a unit connects. A unit in the hall attends
in person, even with a laptop. What the secretary confirmed wins over what was measured.

A unit that fell back to the telephone was noted by hand: that time counts as connected. Where its line broke is told.

A delegation that sits at several places is where its head sits: ``place_delegation``.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from meetings.interval import Span, clip, total, union
from meetings.kinds import Form, Mode

THRESHOLD = Fraction(1, 2)
BRIEF = timedelta(minutes=1)  # a shorter break of a line is not told


@dataclass(frozen=True, slots=True)
class Stay:
    """One interval of one identity in the room. ``left_at`` is ``None`` while it lasts.

    ``lost``: it ended because the line broke. ``by_phone``: it was noted by hand, for the unit was on the telephone.
    """

    joined_at: datetime
    left_at: datetime | None
    unit_id: int | None = None
    site_id: int | None = None
    lost: bool = False
    by_phone: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """An invited unit. ``also`` holds the units that attend in its name (its offices); ``confirmed`` wins when set."""

    unit_id: int
    site_id: int | None = None
    also: Collection[int] = field(default_factory=frozenset)
    confirmed: Mode | None = None
    head_count: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where somebody of a unit sits, ``None`` being wherever the unit's invitation says.

    ``substitutes``: in the head's place, with the chair's consent. ``absent``: excused, or declined.
    """

    site_id: int | None = None
    is_head: bool = False
    substitutes: bool = False
    absent: bool = False


@dataclass(frozen=True, slots=True)
class UnitAttendance:
    """How one invited unit attended. ``share`` is connected time over the meeting's length, 0 to 1.

    ``lost`` are the stretches in which its line was broken, ``by_phone`` those in which it was on the telephone.
    """

    unit_id: int
    mode: Mode
    connected: timedelta
    share: float
    first_in: datetime | None
    last_out: datetime | None
    confirmed: bool
    head_count: int | None
    note: str = ""
    lost: tuple[Span, ...] = ()
    by_phone: tuple[Span, ...] = ()


def place_delegation(invited_site_id: int | None, seats: Iterable[Seat]) -> int | None:
    """The site at which a unit counts as sitting: where its head sits, else whoever comes in the head's place.

    Without either, people who all sit at one place are the unit; else it is where it was invited to be.
    """
    here = [seat for seat in seats if not seat.absent]
    leading = [seat for seat in here if seat.is_head] or [seat for seat in here if seat.substitutes] or here
    places = {invited_site_id if seat.site_id is None else seat.site_id for seat in leading}
    return places.pop() if len(places) == 1 else invited_site_id


def measure_units(
    expected: Sequence[Expected],
    stays: Iterable[Stay],
    meeting: Span,
    *,
    hall_id: int | None = None,
    threshold: Fraction = THRESHOLD,
) -> list[UnitAttendance]:
    """The attendance of every invited unit, in the given order.

    Stays are cut to ``meeting``; an open one lasts to its end.
    """
    stays = list(stays)
    return [_measure_unit(unit, stays, meeting, hall_id, threshold) for unit in expected]


def _measure_unit(
    unit: Expected, stays: Sequence[Stay], meeting: Span, hall_id: int | None, threshold: Fraction
) -> UnitAttendance:
    in_hall = hall_id is not None and unit.site_id == hall_id
    own = [stay for stay in stays if _is_of_unit(stay, unit, in_hall)]
    spans = union(clip((_span_of(stay, meeting) for stay in own), meeting))
    connected = total(spans)
    share = share_of(connected, meeting)
    measured = Mode.ONLINE if spans and share >= threshold else Mode.ABSENT
    if in_hall:
        measured = Mode.IN_HALL  # planned so; nothing in the room can tell, the secretary does
    return UnitAttendance(
        unit_id=unit.unit_id,
        mode=unit.confirmed or measured,
        connected=connected,
        share=float(share),
        first_in=spans[0].start if spans else None,
        last_out=spans[-1].end if spans else None,
        confirmed=unit.confirmed is not None,
        head_count=unit.head_count,
        note=unit.note,
        lost=tuple(find_breaks([stay for stay in own if not stay.by_phone], meeting)),
        by_phone=tuple(union(clip((_span_of(stay, meeting) for stay in own if stay.by_phone), meeting))),
    )


def _span_of(stay: Stay, meeting: Span) -> Span:
    return Span(stay.joined_at, max(stay.joined_at, stay.left_at or meeting.end))


def find_breaks(stays: Iterable[Stay], meeting: Span) -> list[Span]:
    """The stretches of the meeting that begin with a broken line: until it was back, or to the end."""
    stays = list(stays)
    spans = union(clip((_span_of(stay, meeting) for stay in stays), meeting))
    broken = {stay.left_at for stay in stays if stay.lost}
    backs = [span.start for span in spans[1:]] + [meeting.end]
    breaks = [Span(span.end, back) for span, back in zip(spans, backs, strict=False) if span.end in broken]
    return [each for each in breaks if each.length >= BRIEF]


def _is_of_unit(stay: Stay, unit: Expected, in_hall: bool) -> bool:
    """By unit (its own or one that attends in its name), or by the site it uses: several units may share one site.

    The hall's own connection is the convener's, so it says nothing about a unit that sits in the hall.
    """
    if stay.unit_id is not None and (stay.unit_id == unit.unit_id or stay.unit_id in unit.also):
        return True
    return not in_hall and stay.site_id is not None and stay.site_id == unit.site_id


def share_of(connected: timedelta, meeting: Span) -> Fraction:
    """Of the meeting's length, exactly; nothing of a meeting without length."""
    micro = timedelta(microseconds=1)
    length = meeting.length // micro
    return Fraction(connected // micro, length) if length else Fraction(0)


def held_form(modes: Iterable[Mode]) -> Form | None:
    """The form in which a meeting was really held; ``None`` when no unit attended."""
    attended = {mode for mode in modes if mode is not Mode.ABSENT}
    if not attended:
        return None
    if attended == {Mode.ONLINE}:
        return Form.ONLINE
    return Form.IN_PERSON if attended == {Mode.IN_HALL} else Form.HYBRID


def roll_up(modes: Mapping[int, Mode], belongs_to: Mapping[int, int]) -> dict[int, Mode]:
    """One mode for each unit that counts, from those of itself and of the offices that ``belongs_to`` names it for.

    A split delegation is where its head sits: the unit's own mode decides when it attended at all. Else an office in
    the hall outweighs one online, so that the share held online is never overstated.
    """
    own: dict[int, Mode] = {}
    offices: dict[int, set[Mode]] = {}
    for unit_id, mode in modes.items():
        counted = belongs_to.get(unit_id, unit_id)
        if counted == unit_id:
            own[unit_id] = mode
        else:
            offices.setdefault(counted, set()).add(mode)
    rolled: dict[int, Mode] = {}
    for unit_id in {**own, **dict.fromkeys(offices, Mode.ABSENT)}:
        mode = own.get(unit_id, Mode.ABSENT)
        if mode is Mode.ABSENT:
            seen = offices.get(unit_id, set())
            mode = next((each for each in (Mode.IN_HALL, Mode.ONLINE) if each in seen), Mode.ABSENT)
        rolled[unit_id] = mode
    return rolled
