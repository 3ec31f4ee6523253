"""The weekly work calendar of leaders: from what it is made, and what is not told to whom."""

from datetime import timedelta

import pytest

from meetings.invitation_models import Answer, Delegate
from meetings.models import BusySpan, Meeting, Person
from tests.browsing import Page, Site
from tests.factories import NOW, TOMORROW, World, add_meeting, key

HOUR = timedelta(hours=1)


@pytest.fixture
async def week(site: Site) -> World:
    """The chair has a meeting on Wednesday morning, one of others on Wednesday afternoon, and a "Bận" on Friday."""
    world = site.world
    async with site.database.write() as session:
        invited = [(world.communes[0], world.sites[0])]
        await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            invited,
            title="Họp giao ban",
            hall_id=key(world.hall),
        )
        afternoon = TOMORROW + 6 * HOUR
        other = await add_meeting(
            session, world.department, await leader_of(site), world.contact, [world.communes[1]],
            title="Họp của sở", starts_at=afternoon,
        )  # fmt: skip
        session.add(send(other, world.communes[1].id or 0, world.chair))
        friday = NOW + timedelta(days=3)
        session.add(BusySpan(person_id=key(world.chair), starts_at=friday, ends_at=friday + HOUR))
    return world


async def leader_of(site: Site) -> Person:
    async with site.database.read() as session:
        return await session.get_one(Person, site.world.actors["leader"].person_id)


def send(meeting: Meeting, unit_id: int, person: Person, answer: Answer = Answer.ACCEPTED) -> Delegate:
    return Delegate(
        meeting_id=key(meeting), unit_id=unit_id, person_id=key(person), full_name=person.full_name, answer=answer,
        added_at=NOW,
    )  # fmt: skip


async def read(site: Site, who: str, query: str = "") -> Page:
    return await (await site.sign_in(who)).open(f"/meetings/weekly?week=2026-11-25{query}")


async def test_week_of_a_leader_holds_what_they_chair_and_where_they_are_sent(site: Site, week: World) -> None:
    page = await read(site, "office", f"&person={week.chair.id}")
    assert page.status == 200
    assert (
        "LỊCH CÔNG TÁC TUẦN của Trần Văn Hiệp, Chủ tịch UBND tỉnh (Từ ngày 23/11/2026 đến ngày 29/11/2026)"
        in page.words
    )
    for words in (
        "Sáng 08:00–10:00 Họp giao ban Chủ trì: Trần Văn Hiệp Xã Đức Trọng Phòng họp số 1, UBND tỉnh Trực tuyến",
        "Chiều 14:00–16:00 Họp của sở Chủ trì: Võ Lãnh Đạo",
        "08:00–09:00 Bận",
    ):
        assert words in page.words
    assert "Tối" not in page.words


async def test_week_of_the_leaders_of_a_unit_names_who_does_what(site: Site, week: World) -> None:
    page = await read(site, "office", f"&unit={week.province.id}")
    assert "của lãnh đạo UBND tỉnh Lâm Đồng" in page.words
    assert "Họp giao ban Trần Văn Hiệp (chủ trì)" in page.words
    assert "Họp của sở Trần Văn Hiệp (dự); Võ Lãnh Đạo (chủ trì)" in page.words
    assert (await read(site, "office", f"&who=unit-{week.province.id}")).words == page.words


async def test_own_week_comes_first_and_what_one_may_not_see_is_only_taken(site: Site, week: World) -> None:
    mine = await read(site, "chair")
    assert "của Trần Văn Hiệp" in mine.words
    seen = await read(site, "secretary", f"&person={week.chair.id}")
    assert "Họp giao ban" in seen.words
    assert "Họp của sở" not in seen.words
    assert "14:00–16:00 Bận" in seen.words


async def test_leader_of_an_invited_unit_sees_it_until_somebody_is_sent(site: Site, week: World) -> None:
    async with site.database.write() as session:
        thursday = TOMORROW + timedelta(days=1)
        meeting = await add_meeting(
            session, week.department, week.contact, week.secretary, [week.province], title="Họp liên ngành",
            starts_at=thursday,
        )  # fmt: skip
    query = f"&person={week.chair.id}"
    assert "Đơn vị được mời, chưa cử người dự" in (await read(site, "leader", query)).words
    async with site.database.write() as session:
        session.add(send(meeting, key(week.province), week.secretary))
    assert "Họp liên ngành" not in (await read(site, "leader", query)).words


async def test_whoever_declined_is_free(site: Site, week: World) -> None:
    async with site.database.write() as session:
        meeting = await add_meeting(
            session, week.department, week.contact, week.secretary, [week.communes[2]], title="Họp bị từ chối"
        )
        session.add(send(meeting, key(week.communes[2]), week.chair, Answer.DECLINED))
    assert "Họp bị từ chối" not in (await read(site, "leader", f"&person={week.chair.id}")).words


async def test_weeks_are_not_for_everybody(site: Site, week: World) -> None:
    assert (await read(site, "delegate", f"&person={week.chair.id}")).status == 403
    assert (await read(site, "delegate", f"&unit={week.province.id}")).status == 403
    assert (await read(site, "delegate")).status == 200, "their own unit's"
    assert (await read(site, "office", "&person=9999")).status == 404
    assert (await read(site, "office", "&unit=9999")).status == 404
    assert (await read(site, "office", "&person=x&unit=y&who=z")).status == 200
