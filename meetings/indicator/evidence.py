"""The meetings behind a number, page by page, each with why it counts as it does."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.attendance import THRESHOLD, UnitAttendance
from meetings.course_store import list_calls_of
from meetings.errors import N_, Invalid
from meetings.indicator.fact_store import FACT, FACT_UNIT, load_facts
from meetings.indicator.figures import Pair
from meetings.indicator.pairs import Fact
from meetings.indicator.ratio import ELIGIBLE
from meetings.kinds import Form, MeetingKind, Mode, Outcome, Rule
from meetings.measuring import measure_bundle
from meetings.meeting_store import MeetingBundle, bundle_meetings, list_presences_of
from meetings.models import Meeting
from meetings.org_tree import UnitHistory
from meetings.periods import Period, local_day

PAGE = 100  # meetings


@dataclass(frozen=True, slots=True)
class Evidence:
    """One meeting of the pair, what is kept of it, how it counts, and the attendance that this rests on."""

    bundle: MeetingBundle
    fact: Fact
    outcome: Outcome
    measured: tuple[UnitAttendance, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidencePage:
    """Some of ``total`` meetings, by their end. Pages count from 1."""

    found: list[Evidence]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


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
    threshold: Fraction = THRESHOLD,
) -> EvidencePage:
    """One page of the meetings of a period; the last when there are not so many."""
    condition = _of_window(pair, period) & select_which(wanted.which, rule)
    if wanted.unit_id is not None:
        condition &= _concerns(wanted.unit_id, wanted.mode)
    connection = await session.connection()
    total = (await connection.execute(select(func.count()).select_from(FACT).where(condition))).scalar_one()
    page = max(1, min(page, -(-total // PAGE)))
    keys = select(FACT.c.meeting_id).where(condition).order_by(FACT.c.ended_on, FACT.c.meeting_id)
    ids = list((await connection.execute(keys.limit(PAGE).offset((page - 1) * PAGE))).scalars())
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
    return EvidencePage(found, total, page)


def select_which(which: str, rule: Rule) -> ColumnElement[bool]:
    """The condition behind ``Wanted.which``."""
    name, _, code = which.partition(":")
    outcome = FACT.c[f"outcome_{rule}"]
    eligible = outcome.in_(sorted(ELIGIBLE))
    simple: dict[str, ColumnElement[bool]] = {
        "all": FACT.c.id > 0,
        "eligible": eligible,
        "hybrid": eligible & FACT.c.hybrid,
        "department": eligible & FACT.c.department,
        "declared": eligible & FACT.c.declared,
        **{value.value: outcome == value for value in Outcome},
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


def _concerns(unit_id: int, mode: Mode | None) -> ColumnElement[bool]:
    query = exists().where(FACT_UNIT.c.fact_id == FACT.c.id, FACT_UNIT.c.unit_id == unit_id)
    return query if mode is None else query.where(FACT_UNIT.c.mode == mode)


async def list_window_facts(session: AsyncSession, pair: Pair, period: Period) -> list[Fact]:
    """What is kept of every meeting of a pair in a period, by key."""
    query = select(FACT.c.meeting_id).where(_of_window(pair, period))
    ids = list((await (await session.connection()).execute(query)).scalars())
    facts = (await load_facts(session, ids)).values()
    return sorted((fact for fact in facts if fact.lower == pair[1]), key=lambda fact: fact.meeting_id)
