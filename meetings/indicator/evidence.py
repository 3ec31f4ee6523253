"""The meetings behind a number, page by page, each with why it counts as it does."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.attendance import THRESHOLD, UnitAttendance
from meetings.course_store import list_calls_of
from meetings.errors import N_, Invalid
from meetings.indicator.fact_store import FACT, FACT_UNIT, load_facts
from meetings.indicator.figures import Pair, Sums, ratios_of, sum_window, total_of
from meetings.indicator.pairs import Fact
from meetings.indicator.ratio import ELIGIBLE, Ratio
from meetings.indicator.tallies import CONVENER, DEPARTMENT, FORMS, KIND
from meetings.kinds import Form, MeetingKind, Mode, Outcome, Rule
from meetings.measuring import measure_bundle
from meetings.meeting_store import MeetingBundle, bundle_meetings, list_presences_of
from meetings.models import Meeting
from meetings.org_tree import UnitHistory
from meetings.periods import Period, local_day

PAGE = 50  # meetings: on a page of about 120 kB


@dataclass(frozen=True, slots=True)
class Evidence:
    """One meeting of the pair, what is kept of it, how it counts, and the attendance that this rests on."""

    bundle: MeetingBundle
    fact: Fact
    outcome: Outcome
    measured: tuple[UnitAttendance, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidencePage:
    """Some of ``total`` meetings, by their end, ``size`` on a page. Pages count from 1."""

    found: list[Evidence]
    total: int
    page: int
    size: int = PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which meetings. ``which``: ``all``, ``eligible``, ``hybrid``, ``department``, ``declared``, an outcome,
    ``excluded:CODE``, ``kind:CODE``, ``convener:UNIT`` or ``forms:PLANNED:HELD``; the last four hold eligible ones but
    for ``excluded``. ``unit_id``: only those to which this lower unit was invited, and attended so (``mode``)."""

    which: str = "all"
    unit_id: int | None = None
    mode: Mode | None = None


async def load_page(
    session: AsyncSession,
    history: UnitHistory,
    pair: Pair,
    period: Period,
    wanted: Wanted,
    rule: Rule,
    now: datetime,
    *,
    page: int = 1,
    size: int = PAGE,
    threshold: Fraction = THRESHOLD,
) -> EvidencePage:
    """One page of the meetings of a period; the last when there are not so many."""
    condition = _of_window(pair, period) & select_which(wanted.which, rule)
    if wanted.unit_id is not None:
        condition &= _concerns(wanted.unit_id, wanted.mode, period)
    connection = await session.connection()
    if wanted.unit_id is None:
        total = count_which(await sum_window(session, pair, period, DIMENSIONS), wanted.which, rule)
    else:
        total = (await connection.execute(select(func.count()).select_from(FACT).where(condition))).scalar_one()
    page = max(1, min(page, -(-total // size)))
    keys = select(FACT.c.meeting_id).where(condition).order_by(FACT.c.ended_on, FACT.c.meeting_id)
    ids = list((await connection.execute(keys.limit(size).offset((page - 1) * size))).scalars())
    facts = {fact.meeting_id: fact for fact in (await load_facts(session, ids)).values() if fact.lower == pair[1]}
    query = select_rows(Meeting).where(col(Meeting.id).in_(ids)).order_by(col(Meeting.ended_at), col(Meeting.id))
    bundles = await bundle_meetings(session, (await session.exec(query)).all(), history)
    presences, calls = await list_presences_of(session, ids), await list_calls_of(session, ids)
    found = []
    for bundle in bundles:
        tree = history.at(local_day(bundle.meeting.ended_at or now))
        measured = measure_bundle(bundle, tree, presences[bundle.id], calls[bundle.id], now, threshold)
        fact = facts[bundle.id]
        found.append(Evidence(bundle, fact, fact.outcomes[rule], tuple(measured)))
    return EvidencePage(found, total, page, size)


def select_which(which: str, rule: Rule) -> ColumnElement[bool]:
    """The condition behind ``Wanted.which``."""
    name, _, code = which.partition(":")
    outcome = FACT.c[f"outcome_{rule}"]
    # Whether a meeting is eligible no rule changes. Said by what it is not, for then its days are the way to find it.
    eligible = FACT.c.outcome_majority.not_in(sorted(set(Outcome) - ELIGIBLE))
    simple: dict[str, ColumnElement[bool]] = {
        "all": FACT.c.id > 0,
        "eligible": eligible,
        "hybrid": eligible & FACT.c.hybrid,
        "department": eligible & FACT.c.department,
        "declared": eligible & FACT.c.declared,
        **{value.value: FACT.c.outcome_majority == value for value in Outcome},
        **{value.value: outcome == value for value in (Outcome.ONLINE, Outcome.NOT_ONLINE)},
    }
    if which in simple:
        return simple[which]
    try:
        found: ColumnElement[bool] = _select_code(name, code)
    except ValueError as error:
        raise Invalid(N_("Không có danh sách này."), field="which") from error
    return found if name == "excluded" else eligible & found


def _select_code(name: str, code: str) -> Any:  # the type checker takes comparisons of columns for plain bools
    match name:
        case "excluded":
            return (FACT.c.outcome_majority == Outcome.EXCLUDED) & (FACT.c.exclusion == code)
        case "kind":
            return FACT.c.kind == MeetingKind(code)
        case "convener":
            return FACT.c.convening_unit_id == int(code)
        case "forms":
            planned, _, held = code.partition(":")
            return (FACT.c.planned_form == Form(planned)) & (FACT.c.held_form == Form(held))
    raise ValueError(name)


def _of_window(pair: Pair, period: Period) -> ColumnElement[bool]:
    of_pair = (FACT.c.upper == pair[0]) & (FACT.c.lower == pair[1])
    return of_pair & FACT.c.ended_on.between(period.start, period.end)


def _concerns(unit_id: int, mode: Mode | None, period: Period) -> ColumnElement[bool]:
    days = FACT_UNIT.c.ended_on.between(period.start, period.end)
    query = select(FACT_UNIT.c.fact_id).where(FACT_UNIT.c.unit_id == unit_id, days)
    return FACT.c.id.in_(query if mode is None else query.where(FACT_UNIT.c.mode == mode))


DIMENSIONS = (CONVENER, DEPARTMENT, FORMS, KIND)


def count_which(sums: Sums, which: str, rule: Rule) -> int:
    """How many meetings ``which`` holds, by the sums of the window."""
    name, _, code = which.partition(":")
    whole = total_of(sums, rule)
    if name in (KIND, CONVENER):
        found = ratios_of(sums, name, rule).get(code)
        return 0 if found is None else found.eligible
    match name:
        case "all":
            return whole.eligible + whole.unattended + whole.unconfirmed + whole.relayed + sum(whole.excluded.values())
        case "department":
            return ratios_of(sums, DEPARTMENT, rule).get("", Ratio()).eligible
        case "not_online":
            return whole.eligible - whole.online - whole.other_channel
        case "excluded":
            return whole.excluded.get(code, 0) if code else sum(whole.excluded.values())
        case "forms":
            return sums[FORMS].get(code, [0])[0]
    counted: int = getattr(whole, name)
    return counted


async def list_window_facts(session: AsyncSession, pair: Pair, period: Period) -> list[Fact]:
    """What is kept of every meeting of a pair in a period, by key."""
    query = select(FACT.c.meeting_id).where(_of_window(pair, period))
    ids = list((await (await session.connection()).execute(query)).scalars())
    facts = (await load_facts(session, ids)).values()
    return sorted((fact for fact in facts if fact.lower == pair[1]), key=lambda fact: fact.meeting_id)
