"""Use case of bringing in what other systems hold of meetings, as a table: history as it was, and plans.

In two steps, so that nobody waits while a long file is judged: ``prepare_import`` reads and changes nothing,
``import_meetings`` looks at what may have changed since and writes everything at once.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.availability import describe_span
from meetings.calendar_permissions import may_import_meetings
from meetings.errors import N_, NotAllowed
from meetings.import_table import Finding, Line, MeetingRow, Reading, read_meetings
from meetings.import_writing import Writer, list_unchanged, load_known, split_keys
from meetings.indicator.fact_store import INVITATION, MEETING
from meetings.interval import Span
from meetings.kinds import BOOKED, OVER
from meetings.locks import BOOKING, take_lock
from meetings.models import Meeting, MeetingStatus
from meetings.org_tree import UnitHistory
from meetings.people_store import load_history
from meetings.permissions import Actor

MOST_TOLD = 20  # meetings of a unit with which one meeting is said to collide: more of them are a slip in the file


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What a file brought, or would bring: with ``faults`` nothing of it is kept. ``unchanged``: said so already."""

    added: int
    updated: int
    unchanged: int
    faults: Sequence[Finding]
    warnings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that was judged. ``result``: what it would bring; ``history``: the units that it was judged by."""

    lines: Sequence[Line]
    reading: Reading
    history: UnitHistory
    result: ImportResult


async def prepare_import(session: AsyncSession, actor: Actor | None, lines: Sequence[Line], now: datetime) -> Prepared:
    """Judge the meetings of a table; ``actor`` is ``None`` for the command. Nothing is written and nothing is locked.

    What happened is recorded as it was: collisions are warnings.
    """
    if actor is not None and not may_import_meetings(actor):
        raise NotAllowed
    history = await load_history(session)
    reading = await asyncio.to_thread(read_meetings, lines, history, now)
    known = await load_known(session, reading.rows)
    unchanged = await list_unchanged(session, reading.rows, known)
    warnings = [*reading.warnings, *await _find_collisions(session, reading.rows)]
    return Prepared(lines, reading, history, _sum_up(reading, known, unchanged, warnings))


async def import_meetings(
    session: AsyncSession,
    actor: Actor | None,
    prepared: Prepared,
    now: datetime,
    *,
    progress: Callable[[int, int], object] = lambda done, of: None,
) -> ImportResult:
    """Bring in the meetings of a table that was judged a moment ago.

    A code that is known updates that meeting. With a fault in any line nothing is written. ``progress`` is told how
    many of how many meetings are done.
    """
    if actor is not None and not may_import_meetings(actor):
        raise NotAllowed
    await take_lock(session, BOOKING)
    if (await load_history(session)).records != prepared.history.records:
        prepared = await prepare_import(session, actor, prepared.lines, now)
    known = await load_known(session, prepared.reading.rows)
    unchanged = await list_unchanged(session, prepared.reading.rows, known)
    result = _sum_up(prepared.reading, known, unchanged, prepared.result.warnings)
    if result.faults:
        return result
    await Writer(session, actor, now, known, unchanged).write(prepared.reading, progress)
    detail = {"added": result.added, "updated": result.updated, "warnings": len(result.warnings)}
    await write_entry(session, actor, "meetings.import", "", detail, now)
    return result


def _sum_up(
    reading: Reading, known: Mapping[str, Meeting], unchanged: Collection[str], warnings: Iterable[Finding]
) -> ImportResult:
    codes = {row.code for row in reading.rows}
    return ImportResult(
        len(codes - known.keys()),
        len(codes & known.keys()) - len(unchanged),
        len(unchanged),
        sorted([*reading.faults, *_refuse_running(reading.rows, known)], key=lambda each: each.line),
        sorted(warnings, key=lambda each: each.line),
    )


def _refuse_running(rows: Sequence[MeetingRow], known: Mapping[str, Meeting]) -> list[Finding]:
    message = N_("Dòng {line}: cuộc họp “{code}” đang diễn ra nên không thể ghi đè.")
    running = [row for row in rows if row.code in known and known[row.code].status is MeetingStatus.IN_SESSION]
    return [Finding(row.line, "code", message, {"code": row.code}) for row in running]


async def _find_collisions(session: AsyncSession, rows: Sequence[MeetingRow]) -> list[Finding]:
    """Units that the file, or the file and the books, have in two meetings at a time."""
    taken: dict[int, list[tuple[Span, str, int]]] = defaultdict(list)  # by unit: when, the meeting's code, its line
    for row in rows:
        if row.status in (*OVER, *BOOKED):
            for unit in row.modes:
                taken[unit].append((row.span, row.code, row.line))
    if not taken:
        return []
    own = {row.code for row in rows}
    first, last = min(row.span.start for row in rows), max(row.span.end for row in rows)
    query = (
        select(*(MEETING.c[name] for name in ("id", "starts_at", "ends_at", "code", "title")))
        .where(MEETING.c.starts_at < last, MEETING.c.ends_at > first)
        .where(MEETING.c.status.in_((*OVER, *BOOKED)))
    )
    booked = {
        row.id: (Span(row.starts_at, row.ends_at), row.code or row.title, 0)
        for row in (await (await session.connection()).execute(query)).all()
        if row.code not in own
    }
    for part in split_keys(list(booked)):
        invited = select(INVITATION.c.meeting_id, INVITATION.c.unit_id).where(INVITATION.c.meeting_id.in_(part))
        for meeting_id, unit in (await (await session.connection()).execute(invited)).all():
            if unit in taken:
                taken[unit].append(booked[meeting_id])
    return await asyncio.to_thread(_tell_collisions, list(taken.values()))


def _tell_collisions(taken: Sequence[Sequence[tuple[Span, str, int]]]) -> list[Finding]:
    """One for each line, of however many units and other meetings."""
    others: dict[int, dict[str, Span]] = defaultdict(dict)
    for meetings in taken:
        for line, other, when in _list_collisions(meetings):
            others[line].setdefault(other, when)
    return [_tell_collision(line, found) for line, found in others.items()]


def _tell_collision(line: int, others: Mapping[str, Span]) -> Finding:
    one = N_("Dòng {line}: có đơn vị cũng được mời họp “{other}” lúc {when}.")
    several = N_("Dòng {line}: có đơn vị cũng được mời {n} cuộc họp khác cùng lúc, như “{other}” lúc {when}.")
    other, when = min(others.items(), key=lambda item: item[1])
    values = {"other": other, "when": describe_span(when)}
    if len(others) == 1:
        return Finding(line, "start", one, values)
    return Finding(line, "start", several, values | {"n": len(others) if len(others) < MOST_TOLD else f"{MOST_TOLD}+"})


def _list_collisions(meetings: Sequence[tuple[Span, str, int]]) -> Iterable[tuple[int, str, Span]]:
    """What collides with the meeting of a line, and when that is: of two lines the later one is told of."""
    ordered = sorted(meetings)
    for index, (span, code, line) in enumerate(ordered):
        for other, other_code, other_line in ordered[index + 1 : index + 1 + MOST_TOLD]:
            if other.start >= span.end:
                break
            if other_code == code:
                continue
            where, name, when = (line, other_code, other) if line > other_line else (other_line, code, span)
            if where:  # else both stand in the books alone
                yield where, name, when
