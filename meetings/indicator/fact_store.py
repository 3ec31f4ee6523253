"""Reading what facts are made of, and facts and tallies themselves: many meetings at a time, as plain rows."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.attendance import Expected, Stay, measure_units
from meetings.calendar_models import Sitting
from meetings.course_store import list_calls_of
from meetings.indicator.pairs import Fact, Record
from meetings.indicator.tallies import COUNTS, UNIT_COUNTS, Cell, UnitCell
from meetings.indicator_models import RatioFact, RatioFactUnit, RatioTally, RatioUnitTally
from meetings.interval import Span
from meetings.kinds import OVER, Mode, Rule
from meetings.measuring import list_stays, offices_of
from meetings.meeting_store import list_channels, list_presences_of
from meetings.models import Invitation, Meeting
from meetings.org_tree import UnitHistory, Validity
from meetings.periods import local_day

BATCH = 500  # keys in one statement


def table_of(model: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(model.__tablename__)]


MEETING, INVITATION, SITTING = table_of(Meeting), table_of(Invitation), table_of(Sitting)
FACT, FACT_UNIT = table_of(RatioFact), table_of(RatioFactUnit)
TALLY, UNIT_TALLY = table_of(RatioTally), table_of(RatioUnitTally)


async def load_records(session: AsyncSession, meeting_ids: Collection[int], history: UnitHistory) -> list[Record]:
    """Those of the meetings that took place, by key. Somebody's word on a stretch stands before that on the whole, and
    both before what was measured in the room."""
    meetings = await _select(session, select(*_columns(MEETING, READ)), MEETING.c.id, meeting_ids)
    over = {row.id: row for row in meetings if row.status in OVER and row.ended_at is not None}
    invited: dict[int, dict[int, Any]] = defaultdict(dict)
    words = select(*_columns(INVITATION, ("meeting_id", "unit_id", "site_id", "confirmed_mode")))
    for row in await _select(session, words, INVITATION.c.meeting_id, over):
        invited[row.meeting_id][row.unit_id] = row
    sittings: dict[int, list[Any]] = defaultdict(list)
    for row in await _select(session, select(SITTING).order_by(SITTING.c.started_at), SITTING.c.meeting_id, over):
        sittings[row.meeting_id].append(row)
    stretches = {key: list_stretches(row, invited[key], sittings[key]) for key, row in over.items()}
    unsaid = {
        key
        for key, found in stretches.items()
        if over[key].attendance_confirmed_at and has_gaps(found) and not rests_on_declaration(over[key], found)
    }
    stays = await _load_stays(session, {key: over[key].ended_at for key in unsaid})
    for key in unsaid:
        fill_gaps(stretches[key], over[key], invited[key], stays[key], history)
    return [_make_record(row, invited[key], stretches[key]) for key, row in sorted(over.items())]


READ = (  # of a meeting
    *("id", "status", "convening_unit_id", "kind", "hall_id", "starts_at", "started_at", "ended_at", "planned_form"),
    *("channel", "exclusion", "relayed_from", "declared_form", "attendance_confirmed_at"),
)


def _columns(table: Table, names: Iterable[str]) -> list[Any]:
    return [table.c[name] for name in names]


Stretch = tuple[Span, dict[int, Mode | None]]


def list_stretches(meeting: Any, invited: Mapping[int, Any], sittings: Sequence[Any]) -> list[Stretch]:
    """When a meeting sat, and what was said of each invited unit then.

    Its own start and end are a stretch too, unless they were written down as a sitting.
    """
    whole = {unit_id: row.confirmed_mode for unit_id, row in invited.items()}
    found: list[Stretch] = []
    for row in sittings:
        said = {unit_id: _read_mode(row.modes.get(str(unit_id))) for unit_id in whole}
        found.append((Span(row.started_at, row.ended_at), {key: mode or whole[key] for key, mode in said.items()}))
    start = min(meeting.started_at or meeting.starts_at, meeting.ended_at)
    own = Span(start, meeting.ended_at)
    if not any(span.start < own.end and own.start < span.end for span, _modes in found):
        found.append((own, whole))
    return found


def _read_mode(text: str | None) -> Mode | None:
    return Mode(text) if text else None


def has_gaps(stretches: Sequence[Stretch]) -> bool:
    return any(mode is None for _span, modes in stretches for mode in modes.values())


def rests_on_declaration(meeting: Any, stretches: Sequence[Stretch]) -> bool:
    """Whether of a meeting only the form was written down, and of no unit how it attended."""
    said = any(mode is not None for _span, modes in stretches for mode in modes.values())
    return meeting.declared_form is not None and not said


def fill_gaps(
    stretches: Sequence[Stretch], meeting: Any, invited: Mapping[int, Any], stays: Sequence[Stay], history: UnitHistory
) -> None:
    """Measure the units of which nobody said how they attended."""
    tree = history.at(local_day(meeting.ended_at))
    expected = [
        Expected(unit_id, row.site_id, offices_of(unit_id, tree) - invited.keys()) for unit_id, row in invited.items()
    ]
    for span, modes in stretches:
        for measured in measure_units(expected, stays, span, hall_id=meeting.hall_id):
            modes[measured.unit_id] = modes[measured.unit_id] or measured.mode


async def _load_stays(session: AsyncSession, ended_at: Mapping[int, datetime]) -> dict[int, list[Stay]]:
    presences = await list_presences_of(session, ended_at) if ended_at else {}
    calls = await list_calls_of(session, ended_at) if ended_at else {}
    return {key: list_stays(presences[key], calls[key], end) for key, end in ended_at.items()}


def _make_record(meeting: Any, invited: Mapping[int, Any], stretches: Sequence[Stretch]) -> Record:
    return Record(
        meeting_id=meeting.id,
        ended_on=local_day(meeting.ended_at),
        convening_unit_id=meeting.convening_unit_id,
        kind=meeting.kind,
        planned_form=meeting.planned_form,
        sittings=[{unit_id: mode or Mode.ABSENT for unit_id, mode in modes.items()} for _span, modes in stretches],
        confirmed=meeting.attendance_confirmed_at is not None,
        channel=meeting.channel,
        exclusion=meeting.exclusion,
        relayed_from=meeting.relayed_from,
        declared_form=meeting.declared_form if rests_on_declaration(meeting, stretches) else None,
        site_of={unit_id: row.site_id for unit_id, row in invited.items()},
    )


async def list_recognised(session: AsyncSession) -> dict[str, Validity]:
    """The recognised systems and when they are."""
    rows = await list_channels(session)
    return {row.code: Validity(row.valid_from, row.valid_to) for row in rows if row.recognised}


async def load_facts(session: AsyncSession, meeting_ids: Collection[int]) -> dict[int, Fact]:
    """What is stored of the meetings, by the key of the fact."""
    rows = await _select(session, select(FACT), FACT.c.meeting_id, meeting_ids)
    units: dict[int, dict[int, Mode | None]] = {row.id: {} for row in rows}
    for row in await _select(session, select(FACT_UNIT), FACT_UNIT.c.fact_id, units):
        units[row.fact_id][row.unit_id] = row.mode
    return {row.id: to_fact(row, units[row.id]) for row in rows}


def to_fact(row: Any, units: Mapping[int, Mode | None]) -> Fact:
    """A row of the table of facts as a value."""
    return Fact(
        meeting_id=row.meeting_id,
        upper=row.upper,
        lower=row.lower,
        ended_on=row.ended_on,
        convening_unit_id=row.convening_unit_id,
        kind=row.kind,
        planned_form=row.planned_form,
        held_form=row.held_form,
        outcomes={Rule.ANY: row.outcome_any, Rule.MAJORITY: row.outcome_majority, Rule.ALL: row.outcome_all},
        units=units,
        department=row.department,
        hybrid=row.hybrid,
        declared=row.declared,
        exclusion=row.exclusion,
        relayed_from=row.relayed_from,
        sites=row.sites,
        sittings=row.sittings,
    )


async def delete_facts(session: AsyncSession, keys: Collection[int]) -> None:
    connection = await session.connection()
    for part in _chunks(keys):
        await connection.execute(delete(FACT_UNIT).where(FACT_UNIT.c.fact_id.in_(part)))
        await connection.execute(delete(FACT).where(FACT.c.id.in_(part)))


async def insert_facts(session: AsyncSession, facts: Sequence[Fact]) -> None:
    connection = await session.connection()
    if not facts:
        return
    await connection.execute(insert(FACT), [_to_row(fact) for fact in facts])
    meetings = {fact.meeting_id for fact in facts}
    query = select(FACT.c.id, FACT.c.meeting_id, FACT.c.lower)
    keys = {(row.meeting_id, row.lower): row.id for row in await _select(session, query, FACT.c.meeting_id, meetings)}
    units = [
        {"fact_id": keys[fact.meeting_id, fact.lower], "unit_id": unit_id, "ended_on": fact.ended_on, "mode": mode}
        for fact in facts
        for unit_id, mode in fact.units.items()
    ]
    await connection.execute(insert(FACT_UNIT), units)


def _to_row(fact: Fact) -> dict[str, Any]:
    row = {name: getattr(fact, name) for name in COPIED}
    row |= {f"outcome_{rule}": outcome for rule, outcome in fact.outcomes.items()}
    return row | {"invited": len(fact.units), "attended": fact.attended, "online": fact.online}


COPIED = (
    *("meeting_id", "upper", "lower", "ended_on", "convening_unit_id", "kind", "planned_form", "held_form"),
    *("department", "hybrid", "declared", "exclusion", "relayed_from", "sites", "sittings"),
)


async def add_to_tallies(
    session: AsyncSession, cells: Mapping[Cell, Sequence[int]], units: Mapping[UnitCell, Sequence[int]]
) -> None:
    """Add to what is there; always in the same order, so that two who do it never wait for each other. A sum that comes
    to nothing goes away."""
    connection = await session.connection()
    for table, names, sums in ((TALLY, COUNTS, cells), (UNIT_TALLY, UNIT_COUNTS, units)):
        keys = [column.name for column in table.primary_key]
        changed = [(key, counts) for key, counts in sorted(sums.items()) if any(counts)]
        if not changed:
            continue
        rows = [dict(zip([*keys, *names], [*key, *counts], strict=True)) for key, counts in changed]
        make = insert_postgresql if connection.dialect.name == "postgresql" else insert_sqlite
        statement = make(table)
        changes = {name: table.c[name] + statement.excluded[name] for name in names}
        await connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), rows)
        # The first count is that of all; where it is 0 the others are.
        less = [{f"old_{name}": value for name, value in zip(keys, key, strict=True)} for key, n in changed if n[0] < 0]
        if less:
            same = [table.c[name] == bindparam(f"old_{name}") for name in keys]
            await connection.execute(delete(table).where(*same, table.c[names[0]] == 0), less)


async def load_tallies(session: AsyncSession) -> tuple[dict[Cell, list[int]], dict[UnitCell, list[int]]]:
    """All of them, without those that came to nothing."""
    connection = await session.connection()
    found: list[dict[Any, list[int]]] = []
    for table, names in ((TALLY, COUNTS), (UNIT_TALLY, UNIT_COUNTS)):
        width = len(table.primary_key)
        rows = (await connection.execute(select(*table.primary_key, *(table.c[name] for name in names)))).all()
        found.append({tuple(row[:width]): list(row[width:]) for row in rows if any(row[width:])})
    return found[0], found[1]


async def list_ended_keys(session: AsyncSession, since: datetime | None) -> list[int]:
    """The meetings that took place and ended at ``since`` or later, by their end."""
    query = select(MEETING.c.id).where(MEETING.c.status.in_(OVER), MEETING.c.ended_at.is_not(None))
    if since is not None:
        query = query.where(MEETING.c.ended_at >= since)
    connection = await session.connection()
    return list((await connection.execute(query.order_by(MEETING.c.ended_at, MEETING.c.id))).scalars())


async def list_kept_keys(session: AsyncSession, since: date | None) -> list[int]:
    """The meetings of which facts are stored that ended on ``since`` or later."""
    query = select(FACT.c.meeting_id).distinct().order_by(FACT.c.meeting_id)
    if since is not None:
        query = query.where(FACT.c.ended_on >= since)
    return list((await (await session.connection()).execute(query)).scalars())


async def _select(session: AsyncSession, query: Any, column: Any, keys: Iterable[int]) -> list[Any]:
    """The rows of ``query`` with ``column`` among ``keys``."""
    connection = await session.connection()
    rows: list[Any] = []
    for part in _chunks(list(keys)):
        rows.extend((await connection.execute(query.where(column.in_(part)))).all())
    return rows


def _chunks(keys: Collection[int]) -> list[list[int]]:
    ordered = sorted(keys)
    return [ordered[at : at + BATCH] for at in range(0, len(ordered), BATCH)]
