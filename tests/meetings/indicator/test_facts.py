"""What is kept of each meeting is what its rows say, however they came to be so."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions
from meetings.indicator import facts
from meetings.indicator.fact_store import load_tallies
from meetings.indicator_models import RatioFact, RatioFactUnit, RatioTally, RatioUnitTally
from meetings.interval import Span
from meetings.kinds import OVER, MeetingStatus, Mode, Outcome, SuccessionKind
from meetings.models import Invitation, Meeting
from tests.factories import NOW, World, add_ended_meeting, add_meeting, key
from web.database import Database

ENDED = datetime(2026, 11, 20, 3, tzinfo=UTC)
ON, HALL, OFF = Mode.ONLINE, Mode.IN_HALL, Mode.ABSENT


async def hold(session: AsyncSession, world: World, *modes: Mode | None, **values: object) -> Meeting:
    invited = world.communes[: len(modes)]
    ended_at = values.pop("ended_at", ENDED)
    assert isinstance(ended_at, datetime)
    return await add_ended_meeting(
        session, world.province, world.chair, world.secretary, invited, modes, ended_at, **values
    )


async def test_fact_follows_its_meeting(any_database: Database, any_world: World) -> None:
    async with any_database.write() as session:
        meeting = await hold(session, any_world, ON, ON, HALL)
        await facts.refresh_fact(session, key(meeting))
    async with any_database.read() as session:
        fact = (await session.exec(select(RatioFact))).one()
        assert (fact.outcome_any, fact.outcome_majority, fact.outcome_all) == (
            Outcome.ONLINE,
            Outcome.ONLINE,
            Outcome.NOT_ONLINE,
        )
        assert (fact.upper, fact.lower, fact.ended_on, fact.hybrid) == ("province", "commune", date(2026, 11, 20), True)
        assert (fact.invited, fact.attended, fact.online, fact.sites) == (3, 3, 2, 3)
        assert (await facts.verify(session)).holds
    async with any_database.write() as session:
        row = (await session.exec(select(Invitation).where(Invitation.confirmed_mode == ON))).first()
        assert row is not None
        row.confirmed_mode = HALL
        session.add(row)
        await facts.refresh_fact(session, key(meeting))
    async with any_database.write() as session:
        fact = (await session.exec(select(RatioFact))).one()
        assert (fact.outcome_any, fact.outcome_majority) == (Outcome.ONLINE, Outcome.NOT_ONLINE)
        assert (await facts.verify(session)).holds
        found = (await session.exec(select(Meeting))).one()
        found.status = MeetingStatus.CANCELLED
        session.add(found)
        await facts.refresh_fact(session, key(meeting))
    async with any_database.read() as session:
        assert (await session.exec(select(RatioFact))).all() == []
        assert (await session.exec(select(RatioFactUnit))).all() == []
        assert (await session.exec(select(RatioTally))).all() == []
        assert (await session.exec(select(RatioUnitTally))).all() == []
        assert (await facts.verify(session)).holds


async def test_whatever_is_changed_step_by_step_comes_to_what_is_worked_out_at_once(
    any_database: Database, any_world: World
) -> None:
    dice, made = random.Random(45), []
    for step in range(30):
        async with any_database.write() as session:
            if step % 3 == 0:
                day = timedelta(days=dice.randrange(60))
                modes = [dice.choice([ON, HALL, OFF, None]) for _ in range(3)]
                meeting = await hold(session, any_world, *modes, ended_at=ENDED - day, channel=dice.choice(CHANNELS))
                made.append(key(meeting))
            changed = dice.choice(made)
            await change(session, changed, dice)
            await facts.refresh_fact(session, changed)
            await facts.refresh_fact(session, made[-1])
    async with any_database.write() as session:
        assert await facts.verify(session) == facts.Verification(await count_over(session), (), 0)
        before = await dump(session)
        await facts.rebuild_facts(session)
        assert await dump(session) == before
        await facts.drop_facts(session, made)
        assert await dump(session) == ([], [])
        await facts.rebuild_facts(session, date(2026, 10, 1))
        await facts.rebuild_facts(session)
        assert await dump(session) == before


CHANNELS = ["giaoban", "other", ""]


async def change(session: AsyncSession, meeting_id: int, dice: random.Random) -> None:
    """One thing about a meeting that its fact depends on."""
    meeting = await session.get_one(Meeting, meeting_id)
    rows = (await session.exec(select(Invitation).where(Invitation.meeting_id == meeting_id))).all()
    match dice.randrange(6):
        case 0:
            meeting.status = dice.choice([MeetingStatus.ENDED, MeetingStatus.RECORDED, MeetingStatus.CANCELLED])
        case 1:
            meeting.exclusion = dice.choice(["", "disaster", "field_visit"])
        case 2:
            meeting.attendance_confirmed_at = dice.choice([None, ENDED])
        case 3:
            meeting.ended_at = ENDED - timedelta(days=dice.randrange(60))
        case 4:
            dice.choice(rows).confirmed_mode = dice.choice([ON, HALL, OFF])
        case 5:
            meeting.relayed_from = dice.choice(["", "Bộ Y tế"])
    session.add_all([meeting, *rows])


async def count_over(session: AsyncSession) -> int:
    return len((await session.exec(select(Meeting.id).where(col(Meeting.status).in_(OVER)))).all())


async def dump(session: AsyncSession) -> tuple[list[Any], list[Any]]:
    """Facts without their keys, and the sums that are not nothing."""
    rows = (await session.exec(select(RatioFact).order_by(col(RatioFact.meeting_id), col(RatioFact.lower)))).all()
    cells = await load_tallies(session)
    return [row.model_dump(exclude={"id"}) for row in rows], sorted([*cells[0].items(), *cells[1].items()], key=repr)


async def test_change_of_units_in_the_past_works_out_anew_what_ended_since(
    any_database: Database, any_world: World
) -> None:
    world = any_world
    async with any_database.write() as session:
        before = await hold(session, world, ON, ON, ON, ended_at=ENDED - timedelta(days=3))
        after = await hold(session, world, ON, ON, ON)
        await facts.refresh_facts(session, [key(before), key(after)])
    async with any_database.write() as session:
        office = world.actors["office"]
        for unit in world.communes[:2]:
            await actions.succeed_unit(
                session, office, key(unit), key(world.communes[2]), SuccessionKind.MERGE, ENDED.date(), "", NOW
            )
    async with any_database.read() as session:
        rows = (await session.exec(select(RatioFact).order_by(col(RatioFact.ended_on)))).all()
        assert [row.invited for row in rows] == [3, 1]
        assert (await facts.verify(session)).holds


async def test_ending_confirming_and_resuming_keep_the_facts_true(database: Database, world: World) -> None:
    async with database.write() as session:
        secretary, office = world.actors["secretary"], world.actors["office"]
        start = NOW - timedelta(hours=3)
        meeting = await add_meeting(
            session, world.province, world.chair, world.secretary, world.communes, starts_at=start
        )
        meeting.started_at, meeting.status = start, MeetingStatus.IN_SESSION
        await actions.end_meeting(session, key(meeting), secretary, NOW)
    entries = [actions.ConfirmedUnit(key(unit), ON, 2) for unit in world.communes]
    assert await outcomes(database) == [Outcome.UNCONFIRMED]
    async with database.write() as session:
        await actions.confirm_attendance(session, secretary, meeting.slug, entries, meeting.version, NOW)
    assert await outcomes(database) == [Outcome.ONLINE]
    async with database.write() as session:
        span = Span(NOW + timedelta(days=1), NOW + timedelta(days=1, hours=1))
        version = (await session.get_one(Meeting, key(meeting))).version
        await actions.resume_meeting(session, office, meeting.slug, span, version, NOW)
    assert await outcomes(database) == []


async def outcomes(database: Database) -> list[Outcome]:
    async with database.read() as session:
        assert (await facts.verify(session)).holds
        return [row.outcome_majority for row in (await session.exec(select(RatioFact))).all()]
