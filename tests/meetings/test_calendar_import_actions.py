from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from meetings.calendar_import_actions import Fate, import_calendar
from meetings.errors import Invalid, NotAllowed
from meetings.interval import Span
from meetings.invitations.ical import Attendee, Event
from meetings.models import Invitation, Meeting, MeetingStatus, Unit
from tests.factories import NOW, World, key
from web.database import Database

START = NOW + timedelta(days=3)


EVENT = Event(uid="abc@example.vn", stamp=NOW, span=Span(START, START + timedelta(hours=2)), title="Giao ban tuần")


async def bring_in(
    database: Database, world: World, *events: Event, who: str = "secretary", dry_run: bool = False
) -> list[Fate]:
    async with database.write() as session:
        found = await import_calendar(
            session, world.actors[who], events, key(world.province), key(world.chair), NOW, dry_run=dry_run
        )
    return [each.fate for each in found]


async def list_meetings(database: Database) -> list[Meeting]:
    async with database.read() as session:
        return list((await session.exec(select(Meeting).order_by(col(Meeting.id)))).all())


async def test_coming_meeting_becomes_a_draft(database: Database, world: World) -> None:
    assert await bring_in(database, world, EVENT) == [Fate.ADDED]
    [meeting] = await list_meetings(database)
    assert (meeting.status, meeting.title, meeting.starts_at) == (MeetingStatus.DRAFT, "Giao ban tuần", START)
    assert (meeting.calendar_uid, meeting.secretary_id) == ("abc@example.vn", key(world.secretary))


async def test_looking_keeps_nothing(database: Database, world: World) -> None:
    assert await bring_in(database, world, EVENT, dry_run=True) == [Fate.ADDED]
    assert await list_meetings(database) == []


async def test_units_are_known_by_their_mailbox(database: Database, world: World) -> None:
    async with database.write() as session:
        unit = await session.get(Unit, key(world.communes[0]))
        assert unit is not None
        unit.email = "ductrong@lamdong.gov.vn"
        session.add(unit)
    people = (Attendee("DucTrong@lamdong.gov.vn"), Attendee("ai.do@example.vn"))
    await bring_in(database, world, replace(EVENT, attendees=people))
    async with database.read() as session:
        [invitation] = (await session.exec(select(Invitation))).all()
    assert invitation.unit_id == key(world.communes[0])


async def test_same_meeting_again_updates_its_draft_and_no_more_than_a_draft(database: Database, world: World) -> None:
    await bring_in(database, world, EVENT)
    moved = Span(START + timedelta(days=1), START + timedelta(days=1, hours=1))
    assert await bring_in(database, world, replace(EVENT, span=moved, title="Đổi tên")) == [Fate.UPDATED]
    [meeting] = await list_meetings(database)
    assert (meeting.title, meeting.starts_at, meeting.version) == ("Đổi tên", moved.start, 2)
    async with database.write() as session:
        meeting.status = MeetingStatus.SCHEDULED
        session.add(meeting)
    assert await bring_in(database, world, replace(EVENT, title="Lần nữa")) == [Fate.KNOWN]
    assert [each.title for each in await list_meetings(database)] == ["Đổi tên"]


async def test_occurrences_of_a_series_are_kept_apart(database: Database, world: World) -> None:
    week = timedelta(days=7)
    events = [
        replace(
            EVENT, span=Span(START + n * week, START + n * week + timedelta(hours=1)), recurrence_at=START + n * week
        )
        for n in range(3)
    ]
    assert await bring_in(database, world, *events) == [Fate.ADDED] * 3
    assert await bring_in(database, world, *events) == [Fate.UPDATED] * 3
    assert [meeting.recurrence_at for meeting in await list_meetings(database)] == [START + n * week for n in range(3)]


async def test_what_is_past_or_cancelled_is_left_out(database: Database, world: World) -> None:
    past = replace(EVENT, span=Span(NOW - timedelta(hours=2), NOW))
    assert await bring_in(database, world, past, replace(EVENT, is_cancelled=True)) == [Fate.PAST, Fate.CANCELLED]
    assert await list_meetings(database) == []


async def test_own_meeting_that_comes_back_is_not_doubled(database: Database, world: World) -> None:
    await bring_in(database, world, replace(EVENT, uid="x@example.vn"))
    async with database.write() as session:
        [meeting] = (await session.exec(select(Meeting))).all()
        meeting.calendar_uid, meeting.status = "", MeetingStatus.INVITED
        session.add(meeting)
    assert await bring_in(database, world, replace(EVENT, uid=f"{meeting.slug}@giaoban")) == [Fate.KNOWN]


async def test_who_may_not_book_brings_nothing_in(database: Database, world: World) -> None:
    for who in ("delegate", "leader", "inspector", "site1"):
        with pytest.raises(NotAllowed):
            await bring_in(database, world, EVENT, who=who)


async def test_unit_that_one_does_not_book_for_is_refused(database: Database, world: World) -> None:
    async with database.write() as session:
        with pytest.raises(Invalid) as refusal:
            await import_calendar(
                session, world.actors["secretary"], [EVENT], key(world.communes[0]), key(world.chair), NOW
            )
    assert refusal.value.field == "convening_unit_id"


async def test_what_can_be_no_draft_is_left_out_beside_the_others(database: Database, world: World) -> None:
    nameless, timeless = replace(EVENT, uid="a", title=" "), replace(EVENT, uid="b", span=Span(START, START))
    for dry_run in (True, False):
        fates = await bring_in(database, world, nameless, timeless, EVENT, dry_run=dry_run)
        assert fates == [Fate.UNFIT, Fate.UNFIT, Fate.ADDED]
    assert len(await list_meetings(database)) == 1
