"""What is kept of each meeting is what its rows say, however they came to be so."""

from datetime import UTC, date, datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.indicator import facts
from meetings.indicator_models import RatioFact, RatioFactUnit, RatioTally
from meetings.kinds import MeetingStatus, Mode, Outcome
from meetings.models import Invitation, Meeting
from tests.factories import World, add_ended_meeting, key
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
        assert {row.meetings for row in (await session.exec(select(RatioTally))).all()} == {0}
        assert (await facts.verify(session)).holds
