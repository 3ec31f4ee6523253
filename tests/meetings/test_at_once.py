"""Two people at the same moment, in sessions of their own: what one of them did must not be done twice or undone."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions
from meetings.errors import Conflict
from meetings.import_actions import ImportResult, import_meetings, prepare_import
from meetings.import_table import COLUMNS, read_lines
from meetings.indicator_models import RatioClosing
from meetings.invitation_models import Delegate
from meetings.invitations.answers import record_answer
from meetings.kinds import Answer
from meetings.models import Invitation, Meeting, UnitCode
from tests.factories import NOW, World, key, make_draft
from web.database import Database

AT_ONCE = 4


async def run_at_once(database: Database, *works: Callable[[AsyncSession], Awaitable[object]]) -> list[object]:
    """Each in a transaction of its own; where the server lets writers run side by side all have begun before any does
    something."""
    begun = asyncio.Barrier(len(works))

    async def run(work: Callable[[AsyncSession], Awaitable[object]]) -> object:
        async with database.write() as session:
            if database.dialect == "postgresql":
                await session.exec(select(func.count()).select_from(Meeting))
                await begun.wait()
            return await work(session)

    return await asyncio.gather(*map(run, works), return_exceptions=True)


async def test_a_period_is_closed_once(any_database: Database, any_world: World) -> None:
    async def close(session: AsyncSession) -> object:
        office = any_world.actors["office"]
        return await actions.close_period(session, office, "province", "commune", "2026-10", now=NOW)

    results = await run_at_once(any_database, *[close] * AT_ONCE)
    assert sum(isinstance(each, RatioClosing) for each in results) == 1
    assert sum(isinstance(each, Conflict) for each in results) == AT_ONCE - 1, results
    async with any_database.read() as session:
        assert (await session.exec(select(func.count()).select_from(RatioClosing))).one() == 1


async def test_a_code_that_two_files_bring_is_one_meeting(any_database: Database, any_world: World) -> None:
    async with any_database.write() as session:
        session.add(UnitCode(unit_id=key(any_world.province), scheme="gso", code="P"))
        session.add(UnitCode(unit_id=key(any_world.communes[0]), scheme="gso", code="C"))
    row = ["H-1", "Giao ban", "briefing", "P", "2026-11-02T08:00", "2026-11-02T10:00", "held", "online", "system"]
    lines = read_lines([COLUMNS, [*row, "", "C", "C=online"]])
    async with any_database.read() as session:
        prepared = await prepare_import(session, None, lines, NOW)
    assert prepared.result.faults == []
    results = await run_at_once(
        any_database, *[lambda session: import_meetings(session, None, prepared, NOW)] * AT_ONCE
    )
    counts = sorted(each.added for each in results if isinstance(each, ImportResult))
    assert counts == [0] * (AT_ONCE - 1) + [1], results
    async with any_database.read() as session:
        assert (await session.exec(select(func.count()).where(Meeting.code == "H-1"))).one() == 1
        assert (await session.exec(select(func.count()).select_from(Invitation))).one() == 1


async def test_a_meeting_that_is_called_off_takes_no_answer_any_more(any_database: Database, any_world: World) -> None:
    """Whoever comes second sees what the first one did, also with the meeting already in hand."""
    async with any_database.write() as session:
        meeting = await actions.book_meeting(session, any_world.actors["secretary"], make_draft(any_world), NOW)
        row = Delegate(
            meeting_id=key(meeting), unit_id=key(any_world.communes[0]), full_name="Nguyễn Văn An", added_at=NOW
        )
        session.add(row)
        await session.flush()
    called_off = asyncio.Event()

    async def answer() -> bool:
        if any_database.dialect == "sqlite":  # whoever writes there reads nothing before the others are done
            await called_off.wait()
        async with any_database.write() as session:
            target = await session.get_one(Delegate, key(row))
            await session.get_one(Meeting, target.meeting_id)
            await called_off.wait()
            return await record_answer(session, target, Answer.ACCEPTED, "", "page", 0, NOW)

    async def call_off() -> None:
        async with any_database.write() as session:
            await actions.cancel_meeting(session, any_world.actors["secretary"], meeting.slug, "Trùng", NOW)
        called_off.set()

    taken, _none = await asyncio.gather(answer(), call_off())
    assert taken is False
