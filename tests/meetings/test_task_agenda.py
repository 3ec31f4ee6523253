"""The item of open tasks on the next agenda of a series: booked before or after, edited, postponed, divided, held."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from meetings.booking_actions import edit_meeting
from meetings.booking_checks import draft_of
from meetings.calendar_models import MeetingSeries
from meetings.meeting_actions import cancel_meeting
from meetings.meeting_store import get_meeting_by_id
from meetings.models import AgendaItem, Meeting, MeetingStatus
from meetings.scheduling import AgendaDraft
from meetings.task_states import TaskStep
from meetings.tasks.actions import Move, create_tasks, move_task
from meetings.tasks.agenda import TITLE, carry_all, has_misplaced
from tests.factories import NOW, World, add_ended_meeting, add_meeting, key
from tests.meetings.test_tasks import CLEAN, REPORT
from transcripts.facts import gather_facts
from web.database import Database


async def add_series(database: Database, slug: str = "weekly", split_from: int | None = None) -> int:
    async with database.write() as session:
        row = MeetingSeries(
            slug=slug,
            uid=slug,
            rule="FREQ=WEEKLY",
            starts_at=NOW,
            minutes=60,
            created_at=NOW,
            split_from_id=split_from,
        )
        session.add(row)
        await session.flush()
        return key(row)


async def hold(database: Database, world: World, series_id: int) -> list[int]:
    """Yesterday's meeting of the series and the tasks of its minutes."""
    async with database.write() as session:
        ended = NOW - timedelta(hours=20)
        meeting = await add_ended_meeting(session, world.province, world.chair, world.secretary, [], [], ended)
        meeting.series_id = series_id
        await session.flush()
        return [key(task) for task in await create_tasks(session, None, key(meeting), [CLEAN, REPORT], NOW)]


async def add_next(database: Database, world: World, series_id: int, days: int = 7) -> int:
    async with database.write() as session:
        meeting = await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            [(world.communes[0], world.sites[0])],
            agenda=["Giải ngân", "Ý kiến khác"],
            series_id=series_id,
            starts_at=NOW + timedelta(days=days),
        )
        return key(meeting)


async def agenda(database: Database, meeting_id: int) -> list[tuple[int, str]]:
    async with database.read() as session:
        query = select(AgendaItem).where(AgendaItem.meeting_id == meeting_id).order_by(col(AgendaItem.position))
        return [(item.position, item.title) for item in (await session.exec(query)).all()]


CARRIED = [(1, TITLE), (2, "Giải ngân"), (3, "Ý kiến khác")]
PLAIN = [(1, "Giải ngân"), (2, "Ý kiến khác")]


@pytest.mark.parametrize("booked_first", [True, False])
async def test_item_comes_whether_the_meeting_or_the_task_was_first(
    any_database: Database, any_world: World, booked_first: bool
) -> None:
    database, world = any_database, any_world
    series_id = await add_series(database)
    if booked_first:
        meeting_id = await add_next(database, world, series_id)
        await hold(database, world, series_id)
    else:
        await hold(database, world, series_id)
        meeting_id = await add_next(database, world, series_id)
        async with database.write() as session:
            assert await has_misplaced(session, NOW)
            await carry_all(session, NOW)
    assert await agenda(database, meeting_id) == CARRIED
    async with database.write() as session:
        assert not await has_misplaced(session, NOW)
        await carry_all(session, NOW)
    assert await agenda(database, meeting_id) == CARRIED


async def test_edit_neither_loses_nor_doubles_the_item(database: Database, world: World) -> None:
    series_id = await add_series(database)
    meeting_id = await add_next(database, world, series_id)
    await hold(database, world, series_id)
    for titles in (["Một", "Hai"], ["Hai"], ["Hai", "Ba", "Bốn"]):
        async with database.write() as session:
            bundle = await get_meeting_by_id(session, meeting_id)
            before = draft_of(bundle)
            assert TITLE not in [item.title for item in before.agenda]
            values = {name: getattr(before, name) for name in before.__dataclass_fields__}
            draft = type(before)(**values | {"agenda": tuple(AgendaDraft(title) for title in titles)})
            version = bundle.meeting.version
            await edit_meeting(session, world.actors["secretary"], bundle.slug, draft, version, NOW)
        assert await agenda(database, meeting_id) == [(1, TITLE), *enumerate(titles, 2)]


async def test_item_moves_on_when_the_next_meeting_is_called_off(database: Database, world: World) -> None:
    series_id = await add_series(database)
    first, second = await add_next(database, world, series_id, 7), await add_next(database, world, series_id, 14)
    await hold(database, world, series_id)
    assert [await agenda(database, each) for each in (first, second)] == [CARRIED, PLAIN]
    async with database.write() as session:
        slug = (await session.get_one(Meeting, first)).slug
        await cancel_meeting(session, world.actors["secretary"], slug, "Trùng lịch.", NOW)
    assert await agenda(database, second) == CARRIED


async def test_meeting_that_has_begun_keeps_its_item(database: Database, world: World) -> None:
    series_id = await add_series(database)
    first, second = await add_next(database, world, series_id, 7), await add_next(database, world, series_id, 14)
    tasks = await hold(database, world, series_id)
    later = NOW + timedelta(days=7)
    async with database.write() as session:
        meeting = await session.get_one(Meeting, first)
        meeting.status, meeting.started_at = MeetingStatus.IN_SESSION, later
        await carry_all(session, later)
    for task_id in tasks:
        async with database.write() as session:
            move = Move(TaskStep.CANCEL, "Đã giao lại.", None, "assigned")
            await move_task(session, world.actors["chair"], task_id, move, later)
    assert [await agenda(database, each) for each in (first, second)] == [CARRIED, PLAIN]


async def test_item_follows_a_series_that_was_divided(database: Database, world: World) -> None:
    series_id = await add_series(database)
    meeting_id = await add_next(database, world, await add_series(database, "later", series_id))
    await hold(database, world, series_id)
    assert await agenda(database, meeting_id) == CARRIED


async def test_draft_of_minutes_lists_what_the_item_looks_at(database: Database, world: World) -> None:
    series_id = await add_series(database)
    meeting_id = await add_next(database, world, series_id)
    await hold(database, world, series_id)
    async with database.read() as session:
        facts = await gather_facts(session, await get_meeting_by_id(session, meeting_id), NOW + timedelta(days=7))
    assert facts.agenda[0].title == TITLE
    assert facts.agenda[0].presenter == "UBND xã Đức Trọng; Các xã, phường"
    assert facts.agenda[0].summary == (
        "1. UBND xã Đức Trọng: Giao UBND xã Đức Trọng rà soát hộ nghèo; hạn 15/12/2026; chưa báo cáo.\n"
        "2. Các xã, phường: Yêu cầu các xã, phường báo cáo số liệu giải ngân; chưa báo cáo."
    )
