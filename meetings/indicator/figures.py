"""Adding up the tallies of a window, and the target that a figure is compared with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Select, Table, func, select, union_all
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.indicator.fact_store import TALLY, UNIT_TALLY
from meetings.indicator.ratio import Goal, Ratio, meets, pick_goal
from meetings.indicator.tallies import ALL, COUNTS, DAY, EXCLUSION, HALF, UNIT_COUNTS, Window, make_ratio
from meetings.kinds import Rule
from meetings.meeting_store import list_targets
from meetings.models import Target
from meetings.periods import Period, half_of_day, month_of_day

EXCLUDED = COUNTS.index("excluded")
Pair = tuple[str, str]  # the codes of the upper and the lower level
Sums = Mapping[str, Mapping[str, Sequence[int]]]  # by dimension and key, in the order of COUNTS


@dataclass(frozen=True, slots=True)
class Figure:
    """The ratio of one period, the target valid on its last day, and whether it is met (``None``: no answer)."""

    period: Period
    ratio: Ratio
    target: Target | None
    met: bool | None


async def sum_window(session: AsyncSession, pair: Pair, period: Period, dimensions: Iterable[str] = ()) -> Sums:
    """The sums of a period in each of ``dimensions``, besides those over everything and by exclusion."""
    wanted = {ALL, EXCLUSION, *dimensions}
    counts = [TALLY.c[name] for name in COUNTS]
    part = select(TALLY.c.dimension, TALLY.c.key, *counts).where(TALLY.c.dimension.in_(sorted(wanted)))
    found: dict[str, dict[str, Sequence[int]]] = {dimension: {} for dimension in wanted}
    for row in await _sum(session, part, TALLY, pair, period, 2):
        found[row[0]][row[1]] = [int(count) for count in row[2:]]
    return found


async def sum_units(session: AsyncSession, pair: Pair, period: Period) -> dict[int, dict[str, int]]:
    """How each lower unit attended the eligible meetings of a period, by the names of ``UNIT_COUNTS``."""
    part = select(UNIT_TALLY.c.unit_id, *(UNIT_TALLY.c[name] for name in UNIT_COUNTS))
    rows = await _sum(session, part, UNIT_TALLY, pair, period, 1)
    return {row[0]: dict(zip(UNIT_COUNTS, map(int, row[1:]), strict=True)) for row in rows if row[1]}


async def _sum(
    session: AsyncSession, part: Select[Any], table: Table, pair: Pair, period: Period, keys: int
) -> Sequence[Any]:
    """Sum ``part``, whose first ``keys`` columns say what for, over the days of ``period``."""
    window = Window(period.start, period.end)
    ranges = [(DAY, first, last) for first, last in window.days]
    if window.halves is not None:
        ranges.append((HALF, *window.halves))
    of_pair = part.where(table.c.upper == pair[0], table.c.lower == pair[1])
    parts = [of_pair.where(table.c.grain == grain, table.c.start.between(first, last)) for grain, first, last in ranges]
    rows = union_all(*parts).subquery()
    columns = list(rows.c)
    query = select(*columns[:keys], *(func.sum(column) for column in columns[keys:])).group_by(*columns[:keys])
    return (await (await session.connection()).execute(query)).all()


async def sum_months(session: AsyncSession, pair: Pair, months: Sequence[Period], rule: Rule) -> list[Ratio]:
    """The ratios of months that follow each other; every month is made of two halves."""
    query = select(TALLY.c.dimension, TALLY.c.start, TALLY.c.key, *(TALLY.c[name] for name in COUNTS)).where(
        TALLY.c.upper == pair[0],
        TALLY.c.lower == pair[1],
        TALLY.c.dimension.in_([ALL, EXCLUSION]),
        TALLY.c.grain == HALF,
        TALLY.c.start.between(half_of_day(months[0].start), half_of_day(months[-1].end)),
    )
    sums: dict[date, list[int]] = {month.start: [0] * len(COUNTS) for month in months}
    excluded: dict[date, dict[str, int]] = {month.start: {} for month in months}
    for dimension, start, key, *counts in (await (await session.connection()).execute(query)).all():
        month = month_of_day(start, months[0].profile).start
        if dimension == ALL:
            sums[month] = [mine + more for mine, more in zip(sums[month], counts, strict=True)]
        else:
            excluded[month][key] = excluded[month].get(key, 0) + counts[EXCLUDED]
    return [make_ratio(sums[month.start], rule, excluded[month.start]) for month in months]


def total_of(sums: Sums, rule: Rule) -> Ratio:
    """The ratio over everything in ``sums``."""
    excluded = {code: counts[EXCLUDED] for code, counts in sums[EXCLUSION].items()}
    return make_ratio(sums[ALL].get("", [0] * len(COUNTS)), rule, excluded)


def ratios_of(sums: Sums, dimension: str, rule: Rule) -> dict[str, Ratio]:
    """The ratio of each key of a dimension that has meetings."""
    return {key: make_ratio(counts, rule) for key, counts in sums[dimension].items() if counts[0]}


def to_goal(target: Target) -> Goal:
    """The target with its value as it was written: 80.1 is 801/10, not its nearest binary number."""
    return Goal(target.operator, Fraction(repr(target.value)), target.valid_from, target.valid_to, target.basis)


def ratio_of_unit(counts: Mapping[str, int]) -> Ratio:
    """How a lower unit attended (``sum_units``), as the ratio that the target is compared with: of the meetings it
    attended in a known way, those online."""
    return Ratio(online=counts["online"], eligible=counts["online"] + counts["in_hall"])


def pick_target(targets: Sequence[Target], period: Period) -> Target | None:
    """The target of a period (see ``ratio.pick_goal``)."""
    goals = {to_goal(target): target for target in targets}
    picked = pick_goal(goals, period)
    return None if picked is None else goals[picked]


def make_figure(period: Period, ratio: Ratio, targets: Sequence[Target]) -> Figure:
    target = pick_target(targets, period)
    return Figure(period, ratio, target, None if target is None else meets(ratio, to_goal(target)))


async def load_figure(
    session: AsyncSession, pair: Pair, period: Period, rule: Rule, targets: list[Target] | None = None
) -> Figure:
    """The one number of a period, without what explains it."""
    if targets is None:
        targets = await list_targets(session, *pair)
    return make_figure(period, total_of(await sum_window(session, pair, period), rule), targets)
