"""Units with validity, resolved as of a date, and the tree they form.

A unit's name, level, parent and codes are rows of their own with a first and a last day. ``UnitHistory`` holds them all
and answers ``at(day)`` with an ``OrgTree``: the units that exist on that day, under the names of that day.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Generic, TypeVar

from meetings.errors import N_, Invalid
from meetings.kinds import UnitKind

UNRANKED = 1000  # rank of a unit that has no level on the day

COMMITTEE, SHORT_COMMITTEE = "Ủy ban nhân dân", "UBND"
AREAS = ("Tỉnh ", "Thành phố ", "Huyện ", "Thị xã ", "Quận ", "Xã ", "Phường ", "Thị trấn ", "Đặc khu ")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Validity:
    """From its first day to its last day, both included; ``None`` is open."""

    first: date | None = None
    last: date | None = None

    def covers(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def breaks(self) -> Iterator[date]:
        """The days on which the answer of ``covers`` changes."""
        if self.first is not None:
            yield self.first
        if self.last is not None and self.last < date.max:
            yield self.last + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """A value and when it holds."""

    value: T
    validity: Validity


@dataclass(frozen=True, slots=True)
class LevelView:
    code: str
    name: str
    rank: int


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """Everything known of one unit over all time. ``names`` holds (name, short name), ``codes`` (scheme, code)."""

    id: int
    kind: UnitKind
    official_order: int
    validity: Validity
    names: Sequence[Dated[tuple[str, str]]]
    levels: Sequence[Dated[LevelView]] = ()
    parents: Sequence[Dated[int]] = ()
    codes: Sequence[Dated[tuple[str, str]]] = ()

    def breaks(self) -> Iterator[date]:
        yield from self.validity.breaks()
        for series in (self.names, self.levels, self.parents, self.codes):
            for dated in series:
                yield from dated.validity.breaks()


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit as it is on one day. ``level`` is the level's code, empty when it has none; rank 1 is the highest."""

    id: int
    name: str
    short_name: str
    kind: UnitKind
    level: str
    level_name: str
    rank: int
    parent_id: int | None
    official_order: int
    codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def organ(self) -> str:
        """The name of the organ that acts for it, as papers write it: ``UBND huyện Lâm Hà``; others bear their own."""
        return f"{SHORT_COMMITTEE} {self.area}" if self.kind is UnitKind.PEOPLE_COMMITTEE else self.name

    @property
    def full_organ(self) -> str:
        """The same unabbreviated: ``Ủy ban nhân dân huyện Lâm Hà``."""
        return f"{COMMITTEE} {self.area}" if self.kind is UnitKind.PEOPLE_COMMITTEE else self.name

    @property
    def area(self) -> str:
        """The area as within a sentence, ``huyện Lâm Hà``, whether the unit bears its name or its committee's."""
        name = self.name.removeprefix(COMMITTEE).removeprefix(SHORT_COMMITTEE).strip()
        return name[:1].lower() + name[1:] if name.startswith(AREAS) else name

    @property
    def order(self) -> tuple[int, int, str, int]:
        """The official order: by level, then by the list's order, then by name."""
        return (self.rank, self.official_order, self.name, self.id)


class OrgTree:
    """The units of one day. A child whose parent does not exist on that day is a root; a cycle is ``Invalid``."""

    def __init__(self, units: Iterable[UnitView]) -> None:
        self._units = {unit.id: unit for unit in sorted(units, key=lambda unit: unit.order)}
        self._children: dict[int | None, list[UnitView]] = {}
        for unit in self._units.values():
            parent = unit.parent_id if unit.parent_id in self._units else None
            self._children.setdefault(parent, []).append(unit)
        for unit in self._units.values():
            self.ancestors(unit.id)

    def __contains__(self, unit_id: object) -> bool:
        return unit_id in self._units

    def __getitem__(self, unit_id: int) -> UnitView:
        return self._units[unit_id]

    def __iter__(self) -> Iterator[UnitView]:
        return iter(self._units.values())

    def __len__(self) -> int:
        return len(self._units)

    def get(self, unit_id: int | None) -> UnitView | None:
        return None if unit_id is None else self._units.get(unit_id)

    @property
    def roots(self) -> list[UnitView]:
        return list(self._children.get(None, ()))

    def children(self, unit_id: int) -> list[UnitView]:
        """The units directly under this one, in official order."""
        return list(self._children.get(unit_id, ()))

    def ancestors(self, unit_id: int) -> list[UnitView]:
        """The units above this one, the nearest first."""
        above: list[UnitView] = []
        seen = {unit_id}
        parent = self.get(self._units[unit_id].parent_id)
        while parent is not None:
            if parent.id in seen:
                raise Invalid(N_("Đơn vị {name} không thể nằm dưới chính nó."), field="parent", name=parent.name)
            seen.add(parent.id)
            above.append(parent)
            parent = self.get(parent.parent_id)
        return above

    def path(self, unit_id: int) -> list[UnitView]:
        """From the root down to this unit, itself included."""
        return [*reversed(self.ancestors(unit_id)), self._units[unit_id]]

    def acted_for(self, unit_id: int | None) -> frozenset[int]:
        """The units in whose name people of this one act: itself, and the committee that an office serves."""
        unit = self.get(unit_id)
        if unit is None:
            return frozenset()
        served = unit.parent_id if unit.kind is UnitKind.OFFICE else None
        return frozenset({unit.id} if served is None else {unit.id, served})

    def at_level(self, level: str) -> list[UnitView]:
        return [unit for unit in self if unit.level == level]


def _pick(dated: Sequence[Dated[T]], day: date) -> T | None:
    """The value of ``day``; of several, the one that began last (a correction that was entered later wins)."""
    held = [item for item in dated if item.validity.covers(day)]
    return max(held, key=lambda item: item.validity.first or date.min).value if held else None


def view_unit(record: UnitRecord, day: date) -> UnitView | None:
    """The unit as it is on ``day``; ``None`` when it does not exist then."""
    if not record.validity.covers(day):
        return None
    name = _pick(record.names, day)
    if name is None:
        return None
    level = _pick(record.levels, day)
    return UnitView(
        id=record.id,
        name=name[0],
        short_name=name[1] or name[0],
        kind=record.kind,
        level=level.code if level else "",
        level_name=level.name if level else "",
        rank=level.rank if level else UNRANKED,
        parent_id=_pick(record.parents, day),
        official_order=record.official_order,
        codes=dict(item.value for item in record.codes if item.validity.covers(day)),
    )


class UnitHistory:
    """All units over all time. Trees are built once per stretch of days on which nothing changes."""

    def __init__(self, records: Iterable[UnitRecord]) -> None:
        self._records = {record.id: record for record in records}
        self._breaks = sorted({day for record in self._records.values() for day in record.breaks()})
        self._trees: dict[int, OrgTree] = {}

    @property
    def records(self) -> Mapping[int, UnitRecord]:
        """What is known of each unit over all time."""
        return self._records

    def at(self, day: date) -> OrgTree:
        stretch = bisect_right(self._breaks, day)
        if stretch not in self._trees:
            views = (view_unit(record, day) for record in self._records.values())
            self._trees[stretch] = OrgTree(view for view in views if view is not None)
        return self._trees[stretch]

    def check(self) -> None:
        """``Invalid`` when on some day units form a cycle."""
        for day in (date.min, *self._breaks):
            self.at(day)

    def name(self, unit_id: int, day: date) -> UnitView:
        """The unit on ``day``; on a day it does not exist, as it was last (or will first be) known. ``KeyError`` when
        there is no such unit at all."""
        record = self._records[unit_id]
        near = [day]
        if record.validity.last is not None and record.validity.last < day:
            near.append(record.validity.last)
        if record.validity.first is not None and record.validity.first > day:
            near.append(record.validity.first)
        views = [view for each in near if (view := view_unit(record, each)) is not None]
        if views:
            return views[0]
        raise KeyError(unit_id)


@dataclass(frozen=True, slots=True)
class Succession:
    """``old`` became (part of) ``new`` on ``on``; ``new`` is ``None`` when the unit was abolished."""

    old: int
    new: int | None
    on: date


def find_successors(unit_id: int, successions: Iterable[Succession], day: date) -> list[int]:
    """The units that carry on ``unit_id`` on ``day``, in the order of the steps; the unit itself when nothing changed.

    A unit that was abolished has none. A chain that comes back to a unit is ``Invalid``.
    """
    steps: dict[int, list[int | None]] = {}
    for step in sorted((s for s in successions if s.on <= day), key=lambda s: s.on):
        steps.setdefault(step.old, []).append(step.new)
    found: list[int] = []

    def follow(unit: int, trail: tuple[int, ...]) -> None:
        if unit in trail:
            raise Invalid(N_("Chuỗi kế thừa của đơn vị quay lại chính nó."), field="succession")
        following = steps.get(unit)
        if following is None:
            if unit not in found:
                found.append(unit)
            return
        for new in following:
            if new is not None:
                follow(new, (*trail, unit))

    follow(unit_id, ())
    return found
