from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings import meeting_store
from meetings.errors import NotFound
from meetings.folding import fold
from meetings.interval import Span
from meetings.models import Form, MeetingStatus, SecretMeetingCount, Target, UnitName
from tests.factories import NOW, TOMORROW, World, add_meeting, add_presence, add_unit, key
from web.database import Database

DAY = timedelta(days=1)


async def listed(database: Database, world: World, who: str = "leader", **values: Any) -> list[str]:
    async with database.read() as session:
        found = await meeting_store.list_meetings(session, world.actors[who], NOW, NOW + 30 * DAY, **values)
    return [bundle.meeting.title for bundle in found]


async def add_some(database: Database, world: World) -> None:
    async with database.write() as session:
        first, second, third = world.communes
        chair, secretary = world.chair, world.secretary
        await add_meeting(session, world.province, chair, secretary, [first], title="Họp Đầu tư công")
        await add_meeting(
            session,
            world.department,
            chair,
            secretary,
            [second],
            title="Họp ngân sách",
            starts_at=TOMORROW + DAY,
            planned_form=Form.HYBRID,
        )
        await add_meeting(
            session,
            world.province,
            chair,
            secretary,
            [third],
            title="Họp đã hủy",
            starts_at=TOMORROW + 2 * DAY,
            status=MeetingStatus.CANCELLED,
        )
        await add_meeting(
            session, world.province, chair, secretary, [first], title="Năm sau", starts_at=NOW + 400 * DAY
        )


async def test_meetings_are_listed_by_start_within_the_time(any_database: Database, any_world: World) -> None:
    await add_some(any_database, any_world)
    assert await listed(any_database, any_world) == ["Họp Đầu tư công", "Họp ngân sách", "Họp đã hủy"]


async def test_list_is_filtered(any_database: Database, any_world: World) -> None:
    world = any_world
    await add_some(any_database, world)
    assert await listed(any_database, world, status=[MeetingStatus.SCHEDULED]) == ["Họp Đầu tư công", "Họp ngân sách"]
    assert await listed(any_database, world, form=Form.HYBRID) == ["Họp ngân sách"]
    assert await listed(any_database, world, unit_id=key(world.department)) == ["Họp ngân sách"]
    assert await listed(any_database, world, unit_id=key(world.communes[0])) == ["Họp Đầu tư công"]
    assert await listed(any_database, world, text="dau tu") == ["Họp Đầu tư công"]
    assert await listed(any_database, world, text="ĐẦU TƯ") == ["Họp Đầu tư công"]
    assert await listed(any_database, world, text="không có") == []


async def test_list_holds_only_what_the_person_may_see(any_database: Database, any_world: World) -> None:
    await add_some(any_database, any_world)
    assert await listed(any_database, any_world, "contact") == ["Họp Đầu tư công"]
    assert await listed(any_database, any_world, "site2") == ["Họp ngân sách"]
    assert await listed(any_database, any_world, "clerk") == []


async def test_bundle_names_units_as_of_the_meetings_day(any_database: Database, any_world: World) -> None:
    day = datetime(2025, 6, 20, 1, tzinfo=UTC)
    async with any_database.write() as session:
        unit = await add_unit(session, "Tên cũ", "district", valid_to=date(2025, 6, 30))
        session.add(UnitName(unit_id=key(unit), name="Tên mới", valid_from=date(2025, 6, 21)))
        old = await add_meeting(
            session, any_world.province, any_world.chair, any_world.secretary, [unit], starts_at=day, agenda=["a", "b"]
        )
        new = await add_meeting(
            session,
            any_world.province,
            any_world.chair,
            any_world.secretary,
            [unit],
            starts_at=day,
            started_at=day + DAY,
            hall_id=key(any_world.hall),
        )
    async with any_database.read() as session:
        first = await meeting_store.get_meeting(session, old.slug)
        second = await meeting_store.get_meeting_by_id(session, key(new))
    assert [each.unit.name for each in first.invitations] == ["Tên cũ"]
    assert [each.unit.name for each in second.invitations] == ["Tên mới"]
    assert [item.title for item in first.agenda] == ["a", "b"]
    assert (first.hall, first.held, first.day) == (None, None, date(2025, 6, 20))
    assert first.planned == Span(day, day + timedelta(hours=2))
    assert first.slug == old.slug
    assert second.hall is not None
    assert second.invited_unit_ids == {key(unit)}


async def test_meeting_that_does_not_exist_is_not_found(database: Database) -> None:
    async with database.read() as session:
        with pytest.raises(NotFound):
            await meeting_store.get_meeting(session, "khong-co")
        with pytest.raises(NotFound):
            await meeting_store.get_meeting_by_id(session, 9999)


async def test_presences_come_in_the_order_of_joining(any_database: Database, any_world: World) -> None:
    world = any_world
    async with any_database.write() as session:
        one, other = [await add_meeting(session, world.province, world.chair, world.secretary) for _ in range(2)]
        for minute in (5, 0):
            await add_presence(session, one, NOW + timedelta(minutes=minute), None)
    async with any_database.read() as session:
        rows = await meeting_store.list_presences(session, key(one))
        both = await meeting_store.list_presences_of(session, [key(one), key(other)])
    assert [row.joined_at for row in rows] == [NOW, NOW + timedelta(minutes=5)]
    assert [row.id for row in both[key(one)]] == [row.id for row in rows]
    assert both[key(other)] == []


async def test_targets_and_secret_counts(any_database: Database) -> None:
    async with any_database.write() as session:
        for year in (2022, 2025):
            session.add(
                Target(
                    upper_level="province", lower_level="commune", operator=">", value=80, valid_from=date(year, 1, 1)
                )
            )
        session.add_all(SecretMeetingCount(month=date(2022, month, 1), count=month) for month in (1, 2, 3))
    async with any_database.read() as session:
        targets = await meeting_store.list_targets(session, "province", "commune")
        assert await meeting_store.list_targets(session, "district", "commune") == []
        assert await meeting_store.count_secret(session, date(2022, 1, 1), date(2022, 2, 28)) == 3
        assert await meeting_store.count_secret(session, date(2023, 1, 1), date(2023, 2, 28)) == 0
    assert [target.valid_from.year for target in targets] == [2025, 2022]


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "folded"), [("Đạ Huoai", "da huoai"), ("HÒA BẮC", "hoa bac"), ("Hoà", "hoa"), ("K’Brếp", "k’brep")]
)
def test_folding_drops_marks_and_case(text: str, folded: str) -> None:
    assert fold(text) == folded
