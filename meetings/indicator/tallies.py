"""Sums of facts by day and by half month, so that a figure over years adds up a few hundred rows.

Halves begin on the 1st and on the 15th: every period of the decree and every civil one is made of whole halves. A
window of other days is whole halves with single days before and after.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from meetings.indicator.pairs import Fact
from meetings.indicator.ratio import Ratio
from meetings.kinds import Mode, Outcome, Rule
from meetings.periods import half_of_day

DAY, HALF = "day", "half"  # grains
ALL, CONVENER, KIND, DEPARTMENT, EXCLUSION, FORMS = "all", "convener", "kind", "department", "exclusion", "forms"

COUNTS = (
    *("meetings", "eligible", "online_any", "online_majority", "online_all", "hybrid", "other_channel"),
    *("unattended", "unconfirmed", "relayed", "excluded", "declared", "invited", "attended", "sites"),
)
UNIT_COUNTS = ("invited", "online", "in_hall", "absent")

Cell = tuple[str, str, str, str, date, str]  # upper, lower, dimension, grain, start, key
UnitCell = tuple[str, str, str, date, int]  # upper, lower, grain, start, unit


@dataclass(frozen=True, slots=True)
class Window:
    """Days from ``first`` to ``last``: ``halves`` are the first days of its first and last whole half month."""

    first: date
    last: date

    @property
    def halves(self) -> tuple[date, date] | None:
        start = self.first if half_of_day(self.first) == self.first else next_half(self.first)
        end = half_of_day(self.last)
        if next_half(self.last) != self.last + timedelta(days=1):
            end = half_of_day(end - timedelta(days=1))
        return (start, end) if start <= end else None

    @property
    def days(self) -> list[tuple[date, date]]:
        """The stretches of days that are no whole halves."""
        if self.halves is None:
            return [(self.first, self.last)]
        start, end = self.halves
        stretches = [(self.first, start - timedelta(days=1)), (next_half(end), self.last)]
        return [(one, other) for one, other in stretches if one <= other]


def next_half(day: date) -> date:
    """The first day of the half month after that of ``day``."""
    return half_of_day(half_of_day(day) + timedelta(days=17)) if day.day >= 15 else day.replace(day=15)


def tally_facts(facts: Iterable[Fact], sign: int = 1) -> tuple[dict[Cell, list[int]], dict[UnitCell, list[int]]]:
    """What ``facts`` add (``sign`` 1) to the tallies or take from them (-1)."""
    cells: dict[Cell, list[int]] = {}
    units: dict[UnitCell, list[int]] = {}
    for fact in facts:
        counts = [(place, sign * int(count)) for place, count in enumerate(count_fact(fact)) if count]
        for dimension, key in list_keys(fact):
            cell = cells.setdefault((fact.upper, fact.lower, dimension, DAY, fact.ended_on, key), [0] * len(COUNTS))
            for place, count in counts:
                cell[place] += count
        for unit_id, mode in fact.units.items() if fact.is_eligible else ():
            row = units.setdefault((fact.upper, fact.lower, DAY, fact.ended_on, unit_id), [0] * len(UNIT_COUNTS))
            row[0] += sign
            if mode is not None:
                row[PLACES[mode]] += sign
    halves = [((up, low, by, HALF, half_of_day(day), key), n) for (up, low, by, _, day, key), n in cells.items()]
    add_up(cells, halves)
    unit_halves = [((up, low, HALF, half_of_day(day), key), n) for (up, low, _, day, key), n in units.items()]
    add_up(units, unit_halves)
    return cells, units


Key = TypeVar("Key")


def add_up(sums: dict[Key, list[int]], more: Iterable[tuple[Key, list[int]]]) -> None:
    """Add ``more`` to ``sums``, place by place."""
    for key, counts in more:
        row = sums.get(key)
        sums[key] = counts.copy() if row is None else [one + other for one, other in zip(row, counts, strict=True)]


PLACES = {Mode.ONLINE: 1, Mode.IN_HALL: 2, Mode.ABSENT: 3}  # in UNIT_COUNTS


def count_fact(fact: Fact) -> tuple[int, ...]:
    """What one fact counts for, in the order of ``COUNTS``."""
    outcome = fact.outcomes[Rule.MAJORITY]
    eligible = fact.is_eligible
    return (
        1,
        eligible,
        *(fact.outcomes[rule] is Outcome.ONLINE for rule in (Rule.ANY, Rule.MAJORITY, Rule.ALL)),
        eligible and fact.hybrid,
        outcome is Outcome.OTHER_CHANNEL,
        outcome is Outcome.UNATTENDED,
        outcome is Outcome.UNCONFIRMED,
        outcome is Outcome.RELAYED,
        outcome is Outcome.EXCLUDED,
        eligible and fact.declared,
        # Who attended is known where somebody wrote it down.
        len(fact.units) if eligible and not fact.declared else 0,
        fact.attended if eligible and not fact.declared else 0,
        fact.sites,
    )


def list_keys(fact: Fact) -> Iterator[tuple[str, str]]:
    """The dimensions in which a fact is counted, and its key in each."""
    yield ALL, ""
    yield CONVENER, str(fact.convening_unit_id)
    yield KIND, fact.kind.value
    if fact.department:
        yield DEPARTMENT, ""
    if fact.outcomes[Rule.MAJORITY] is Outcome.EXCLUDED:
        yield EXCLUSION, fact.exclusion
    if fact.is_eligible and fact.held_form is not None:
        yield FORMS, f"{fact.planned_form}:{fact.held_form}"


def make_ratio(counts: Sequence[int], rule: Rule, excluded: Mapping[str, int] | None = None) -> Ratio:
    """The ratio that ``counts`` (in the order of ``COUNTS``) come to under ``rule``."""
    known = dict(zip(COUNTS, counts, strict=True))
    return Ratio(
        online=known[f"online_{rule}"],
        eligible=known["eligible"],
        hybrid=known["hybrid"],
        other_channel=known["other_channel"],
        unattended=known["unattended"],
        unconfirmed=known["unconfirmed"],
        relayed=known["relayed"],
        declared=known["declared"],
        excluded=dict(sorted((code, count) for code, count in (excluded or {}).items() if count)),
        invited=known["invited"],
        attended=known["attended"],
        sites=known["sites"],
    )
