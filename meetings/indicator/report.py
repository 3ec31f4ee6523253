"""The report for leadership: one figure, and everything that explains it. It adds up what is kept of each meeting."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.attendance import THRESHOLD
from meetings.errors import NotAllowed
from meetings.indicator.distances import load_distances
from meetings.indicator.evidence import EvidencePage, Wanted, load_page
from meetings.indicator.explanations import list_explanations
from meetings.indicator.figures import (
    Figure,
    Pair,
    Sums,
    load_figure,
    make_figure,
    ratio_of_unit,
    ratios_of,
    sum_months,
    sum_units,
    sum_window,
    to_goal,
    total_of,
)
from meetings.indicator.outlook import Outlook, find_outlook
from meetings.indicator.pairs import DEPARTMENTS
from meetings.indicator.punctuality import Punctuality, count_punctual
from meetings.indicator.ratio import Goal, Ratio, meets
from meetings.indicator.tallies import CONVENER, DEPARTMENT, FORMS, KIND
from meetings.indicator.travel import Savings, sum_savings
from meetings.indicator_models import RatioExplanation
from meetings.kinds import Form, MeetingKind, Rule
from meetings.meeting_store import count_secret, list_targets
from meetings.models import Target
from meetings.org_tree import UnitHistory, UnitView, find_successors
from meetings.people_store import check_pair, list_successions, load_history, to_succession
from meetings.periods import FIRST_YEAR, Period, Profile, accumulate, months_back, parse, year_before
from meetings.permissions import Actor, may_view_ratio


@dataclass(frozen=True, slots=True)
class ConvenerRow:
    """The meetings that one unit convened; ``department``: in its own name, not for the committee."""

    unit: UnitView
    department: bool
    ratio: Ratio


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One lower unit over the eligible meetings of the period that it was invited to.

    ``unknown``: meetings of which only the form was declared. ``below``: it missed the target, by which units are
    measured as the whole is; ``None`` without a share or a target. ``now``: who carries it on today, if others do.
    """

    unit: UnitView
    invited: int
    online: int
    in_hall: int
    absent: int
    below: bool | None = None
    explanation: RatioExplanation | None = None
    now: tuple[UnitView, ...] = ()

    @property
    def unknown(self) -> int:
        return self.invited - self.online - self.in_hall - self.absent

    @property
    def share(self) -> Fraction | None:
        """Of the meetings it attended in a known way, the share it attended online."""
        attended = self.online + self.in_hall
        return Fraction(self.online, attended) if attended else None


@dataclass(frozen=True, slots=True)
class RatioReport:
    """Everything about a pair of levels in a period.

    ``figure`` is the one number, ``cumulative`` the same from the year's start to the period's end, ``last_year`` that
    of the same period of the year before. ``months``: the twelve up to the period's last. ``conveners`` and ``units``:
    the worst first. ``departments``: those of the figure's meetings that departments convened in their own name.
    ``forms``: how many eligible meetings were planned in a form (first) and held in one (second). ``secrets``: meetings
    with state secrets, of which nothing but a number is known; they are in no other figure.
    """

    upper: str
    lower: str
    period: Period
    rule: Rule
    threshold: Fraction
    figure: Figure
    cumulative: Figure
    last_year: Figure | None
    months: list[Figure]
    conveners: list[ConvenerRow]
    kinds: list[tuple[MeetingKind, Ratio]]
    departments: Ratio
    units: list[UnitRow]
    forms: Mapping[tuple[Form, Form], int]
    outlook: Outlook
    secrets: int
    savings: Savings
    punctuality: Punctuality

    @property
    def ratio(self) -> Ratio:
        return self.figure.ratio

    @property
    def target(self) -> Target | None:
        return self.figure.target

    @property
    def met(self) -> bool | None:
        return self.figure.met


async def report_ratio(
    session: AsyncSession,
    actor: Actor,
    upper: str,
    lower: str,
    period: Period | str,
    profile: Profile | str = Profile.REPORTING,
    *,
    now: datetime,
    rule: Rule = Rule.MAJORITY,
    threshold: Fraction = THRESHOLD,
) -> RatioReport:
    """The share held online between two levels (codes) in a period (or its code), with everything the page shows."""
    period = await open_report(session, actor, upper, lower, period, profile)
    pair, history = (upper, lower), await load_history(session)
    targets = await list_targets(session, upper, lower)
    sums = await sum_window(session, pair, period, (CONVENER, DEPARTMENT, FORMS, KIND))
    figure = make_figure(period, total_of(sums, rule), targets)
    months = months_back(period, 12)
    ratios = await sum_months(session, pair, months, rule)
    units = await _list_units(session, history, pair, figure)
    return RatioReport(
        upper=upper,
        lower=lower,
        period=period,
        rule=rule,
        threshold=threshold,
        figure=figure,
        cumulative=await load_figure(session, pair, accumulate(period), rule, targets),
        last_year=await _load_last_year(session, pair, period, rule, targets),
        months=[make_figure(month, ratio, targets) for month, ratio in zip(months, ratios, strict=True)],
        conveners=_list_conveners(history, sums, period, rule),
        kinds=[(MeetingKind(key), ratio) for key, ratio in _worst_first(ratios_of(sums, KIND, rule))],
        departments=ratios_of(sums, DEPARTMENT, rule).get("", Ratio()),
        units=units,
        forms=_cross_forms(sums),
        outlook=await find_outlook(session, history, pair, period, figure.ratio, figure.target),
        secrets=await count_secret(session, period.start, period.end),
        savings=sum_savings({row.unit.id: row.online for row in units}, await load_distances(session, history)),
        punctuality=await count_punctual(session, pair, period),
    )


async def list_ratio_meetings(
    session: AsyncSession,
    actor: Actor,
    upper: str,
    lower: str,
    period: Period | str,
    profile: Profile | str = Profile.REPORTING,
    wanted: Wanted | str = "all",
    *,
    now: datetime,
    rule: Rule = Rule.MAJORITY,
    threshold: Fraction = THRESHOLD,
    page: int = 1,
) -> EvidencePage:
    """A page of the meetings behind a number (see ``Wanted``), by their end."""
    period = await open_report(session, actor, upper, lower, period, profile)
    history = await load_history(session)
    wanted = Wanted(wanted) if isinstance(wanted, str) else wanted
    return await load_page(session, history, (upper, lower), period, wanted, rule, now, page=page, threshold=threshold)


async def open_report(
    session: AsyncSession, actor: Actor | None, upper: str, lower: str, period: Period | str, profile: Profile | str
) -> Period:
    """The period that is asked for, once the actor may see it and the pair is one. ``None`` is the program itself."""
    if actor is not None and not may_view_ratio(actor):
        raise NotAllowed
    await check_pair(session, upper, lower)
    return parse(period, profile) if isinstance(period, str) else period


async def _load_last_year(
    session: AsyncSession, pair: Pair, period: Period, rule: Rule, targets: list[Target]
) -> Figure | None:
    if period.start.year <= FIRST_YEAR:
        return None
    return await load_figure(session, pair, year_before(period), rule, targets)


async def _list_units(session: AsyncSession, history: UnitHistory, pair: Pair, figure: Figure) -> list[UnitRow]:
    period, goal = figure.period, None if figure.target is None else to_goal(figure.target)
    explanations = await list_explanations(session, pair, period)
    steps = [to_succession(row) for row in await list_successions(session)]
    rows = []
    for unit_id, counts in (await sum_units(session, pair, period)).items():
        later = [new for new in find_successors(unit_id, steps, date.max) if new != unit_id]
        rows.append(
            UnitRow(
                unit=history.name(unit_id, period.end),
                **counts,
                below=is_below(counts, goal),
                explanation=explanations.get(unit_id),
                now=tuple(history.name(new, date.max) for new in later),
            )
        )
    return sorted(rows, key=lambda row: (row.share is None, row.share or 0, -row.absent, row.unit.order))


def is_below(counts: Mapping[str, int], goal: Goal | None) -> bool | None:
    """Whether a unit that attended so missed the target."""
    reached = None if goal is None else meets(ratio_of_unit(counts), goal)
    return None if reached is None else not reached


def _list_conveners(history: UnitHistory, sums: Sums, period: Period, rule: Rule) -> list[ConvenerRow]:
    rows = []
    for key, ratio in _worst_first(ratios_of(sums, CONVENER, rule)):
        unit = history.name(int(key), period.end)
        rows.append(ConvenerRow(unit, unit.kind in DEPARTMENTS, ratio))
    return rows


def _worst_first(ratios: Mapping[str, Ratio]) -> list[tuple[str, Ratio]]:
    return sorted(
        ratios.items(), key=lambda item: (item[1].share is None, item[1].share or 0, -item[1].eligible, item[0])
    )


def _cross_forms(sums: Sums) -> dict[tuple[Form, Form], int]:
    found = {}
    for key, counts in sums[FORMS].items():
        planned, _, held = key.partition(":")
        if counts[0]:
            found[Form(planned), Form(held)] = counts[0]
    return found
