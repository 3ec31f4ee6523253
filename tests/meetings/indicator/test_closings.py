"""A closed period stays as it was; what changes afterwards is told and never written."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from meetings import actions
from meetings.errors import Conflict, NotAllowed
from meetings.indicator.closings import hash_closing, hash_text
from meetings.indicator.facts import refresh_fact
from meetings.indicator_models import RatioClosing, RatioClosingMeeting
from meetings.kinds import Mode
from meetings.models import AuditEntry, Meeting
from tests.factories import NOW, World, add_ended_meeting, add_meeting, key
from web.database import Database

ON, HALL = Mode.ONLINE, Mode.IN_HALL
ENDED = datetime(2026, 10, 20, 3, tzinfo=UTC)  # in the reporting month 2026-11, which is over at NOW


async def hold(database: Database, world: World, *modes: Mode | None, **values: Any) -> Meeting:
    async with database.write() as session:
        meeting = await add_ended_meeting(
            session, world.province, world.chair, world.secretary, world.communes, modes, ENDED, **values
        )
        await refresh_fact(session, key(meeting))
        return meeting


async def close(database: Database, world: World, who: str = "office", period: str = "2026-11") -> RatioClosing:
    async with database.write() as session:
        return await actions.close_period(session, world.actors[who], "province", "commune", period, now=NOW)


async def look(database: Database, world: World, closing: RatioClosing) -> actions.ClosedPeriod:
    async with database.read() as session:
        return await actions.open_closing(session, world.actors["leader"], key(closing))


async def test_closing_keeps_figures_and_evidence_hashed(any_database: Database, any_world: World) -> None:
    meeting = await hold(any_database, any_world, ON, ON, HALL)
    await hold(any_database, any_world, HALL, HALL, HALL, exclusion="disaster")
    closing = await close(any_database, any_world)
    closed = await look(any_database, any_world, closing)
    assert (closed.figures["online"], closed.figures["eligible"], closed.figures["excluded"]) == (1, 1, {"disaster": 1})
    assert (closed.intact, closed.adjustments) == (True, [])
    async with any_database.read() as session:
        kept = (await session.exec(select(RatioClosingMeeting).order_by(col(RatioClosingMeeting.meeting_id)))).all()
        entry = (await session.exec(select(AuditEntry).where(AuditEntry.action == "ratio.close"))).one()
    evidence = json.loads(kept[0].evidence)
    assert (evidence["meeting"], evidence["outcome"], list(evidence["units"].values())) == (
        *(meeting.id, "online"),
        ["online", "online", "in_hall"],
    )
    assert closing.hash == hash_closing(closing.figures, [hash_text(row.evidence) for row in kept])
    assert entry.detail["hash"] == closing.hash


async def test_period_with_a_meeting_of_which_nobody_told_what_became_is_not_closed(
    database: Database, world: World
) -> None:
    async with database.write() as session:
        meeting = await add_meeting(
            session, world.province, world.chair, world.secretary, world.communes, starts_at=ENDED
        )
    with pytest.raises(Conflict, match="chưa ghi kết quả"):
        await close(database, world)
    async with database.write() as session:
        await actions.cancel_meeting(session, world.actors["office"], meeting.slug, "Không họp", NOW)
    assert (await close(database, world)).period == "2026-11"


@pytest.mark.parametrize("table", ["ratio_closing", "ratio_closing_meeting"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET hash = 'x'", "DELETE FROM {}"])
async def test_database_refuses_to_change_what_was_closed(
    any_database: Database, any_world: World, table: str, statement: str
) -> None:
    await hold(any_database, any_world, ON, ON, HALL)
    await close(any_database, any_world)
    with pytest.raises(DBAPIError, match="a closed period is kept as it was"):
        async with any_database.write() as session:
            await (await session.connection()).execute(text(statement.format(table)))


async def test_later_changes_are_adjustments_after_closing(database: Database, world: World) -> None:
    changed, cancelled = (
        await hold(database, world, ON, ON, ON),
        await hold(database, world, ON, ON, ON),
    )
    await hold(database, world, ON, HALL, HALL)
    closing = await close(database, world)
    added = await hold(database, world, HALL, HALL, HALL)
    entries = [actions.ConfirmedUnit(key(unit), HALL, 3) for unit in world.communes]
    async with database.write() as session:
        secretary, office = world.actors["secretary"], world.actors["office"]
        await actions.confirm_attendance(session, secretary, changed.slug, entries, changed.version, NOW)
        await actions.abandon_meeting(session, office, cancelled.slug, "Không có kết luận", cancelled.version, NOW)
    closed = await look(database, world, closing)
    assert [(each.meeting_id, each.before is None, each.now is None) for each in closed.adjustments] == [
        (changed.id, False, False),
        (cancelled.id, False, True),
        (added.id, True, False),
    ]
    assert closed.adjustments[0].changed == ["held_form", "outcome", "units"]
    assert (closed.figures["online"], closed.figures["eligible"]) == (2, 3)
    assert (closed.figure.ratio.online, closed.figure.ratio.eligible) == (0, 3)
    assert closed.intact


async def test_closing_is_refused_while_attendance_is_unconfirmed(database: Database, world: World) -> None:
    await hold(database, world, ON, None, ON)
    with pytest.raises(Conflict) as refused:
        await close(database, world)
    assert refused.value.values == {"n": 1}


@pytest.mark.parametrize("period", ["2026-12", "2026", "2026-11-01..2026-11-24"])
async def test_period_that_is_not_over_is_not_closed(database: Database, world: World, period: str) -> None:
    with pytest.raises(Conflict) as refused:
        await close(database, world, period=period)
    assert "day" in refused.value.values


async def test_period_is_closed_once(database: Database, world: World) -> None:
    await close(database, world)
    with pytest.raises(Conflict):
        await close(database, world)


@pytest.mark.parametrize("who", ["leader", "inspector", "administrator", "secretary", "contact"])
async def test_the_office_alone_closes(database: Database, world: World, who: str) -> None:
    with pytest.raises(NotAllowed):
        await close(database, world, who)


async def test_tampering_behind_the_triggers_is_seen(database: Database, world: World) -> None:
    await hold(database, world, ON, ON, ON)
    closing = await close(database, world)
    async with database.write() as session:
        connection = await session.connection()
        await connection.execute(text("DROP TRIGGER ratio_closing_meeting_is_not_changed"))
        await connection.execute(
            text("UPDATE ratio_closing_meeting SET evidence = replace(evidence, 'online', 'hall')")
        )
    assert not (await look(database, world, closing)).intact
