"""The list of meetings and the page of one."""

import pytest

from meetings import actions
from meetings.models import Form, Meeting, MeetingStatus
from tests.browsing import Site
from tests.factories import add_meeting, add_presence, make_draft


@pytest.fixture
async def meeting(site: Site) -> Meeting:
    """Tomorrow's briefing, booked by the secretary."""
    async with site.database.write() as session:
        return await actions.book_meeting(session, site.world.actors["secretary"], make_draft(site.world), site.clock())


async def test_list_shows_the_week_by_day(site: Site, meeting: Meeting) -> None:
    page = await (await site.sign_in("secretary")).open("/meetings?date=2026-11-24")
    assert page.title == "Lịch họp 23/11/2026 – 29/11/2026 · Giao Ban"
    assert "Thứ Tư, 25/11/2026" in page.words
    assert meeting.title in page.words
    assert "(1 cuộc họp)" in page.words


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=giao+ban+thang+11", True),
        ("q=GIAO+BAN", True),
        ("q=hop+truc+tiep", False),
        ("form=online", True),
        ("form=in_person", False),
        ("status=scheduled", True),
        ("status=cancelled", False),
        ("view=month", True),
        ("view=month&date=2026-12-01", False),
        ("date=2026-12-01", False),
        ("form=nonsense&status=nonsense&unit=nonsense&view=nonsense&date=2026-11-25", True),
    ],
)
async def test_list_filters_by_the_address(site: Site, meeting: Meeting, query: str, found: bool) -> None:
    page = await (await site.sign_in("secretary")).open(f"/meetings?{query}")
    assert page.status == 200
    assert (meeting.title in page.words) is found
    assert found or "cuộc họp" in page.words, "an empty list says what would be here"


async def test_list_filters_by_unit(site: Site, meeting: Meeting) -> None:
    browser = await site.sign_in("secretary")
    invited, other = site.world.communes[0].id, site.world.department.id
    assert meeting.title in (await browser.open(f"/meetings?unit={invited}")).words
    assert meeting.title not in (await browser.open(f"/meetings?unit={other}")).words


async def test_list_moves_between_weeks_and_months_with_its_filters(site: Site) -> None:
    page = await (await site.sign_in("secretary")).open("/meetings?view=month&date=2026-12-15&form=online&q=giao")
    assert "/meetings?view=month&amp;date=2026-11-30&amp;form=online&amp;q=giao" in page.text
    assert "/meetings?view=month&amp;date=2027-01-01&amp;form=online&amp;q=giao" in page.text


async def test_list_shows_only_what_the_person_may_know_of(site: Site) -> None:
    world = site.world
    async with site.database.write() as session:
        hidden = await add_meeting(session, world.province, world.chair, world.secretary, [world.communes[1]])
    assert hidden.title not in (await (await site.sign_in("delegate")).open("/meetings")).words
    assert hidden.title in (await (await site.sign_in("site2")).open("/meetings")).words


async def test_page_of_a_meeting_one_may_not_know_of_is_not_found(site: Site) -> None:
    world = site.world
    async with site.database.write() as session:
        hidden = await add_meeting(session, world.province, world.chair, world.secretary, [world.communes[1]])
    browser = await site.sign_in("delegate")
    page, nothing = await browser.open(f"/meetings/{hidden.slug}"), await browser.open("/meetings/khong-co")
    assert (page.status, nothing.status) == (404, 404)
    assert page.words.replace(hidden.slug, "khong-co") == nothing.words
    assert hidden.title not in page.text


async def test_page_says_everything_of_the_booking(site: Site, meeting: Meeting) -> None:
    page = await (await site.sign_in("delegate")).open(f"/meetings/{meeting.slug}")
    for words in (
        "Thứ Tư, 25/11/2026, 08:00–10:00",
        "Trực tuyến",
        "UBND tỉnh Lâm Đồng",
        "Trần Văn Hiệp",
        "Nguyễn Thị Thư",
        "Phòng họp số 1, UBND tỉnh",
        "Tình hình kinh tế - xã hội",
        "Xã Đức Trọng",
        "Điểm cầu xã Đức Trọng",
    ):
        assert words in page.words
    assert f"/meetings/{meeting.slug}/lobby" in page.text
    assert "/edit" not in page.text
    assert "/cancel" not in page.text


async def test_page_of_the_secretary_leads_to_every_change(site: Site, meeting: Meeting) -> None:
    page = await (await site.sign_in("secretary")).open(f"/meetings/{meeting.slug}")
    for what in ("lobby", "edit", "cancel", "guests"):
        assert f"/meetings/{meeting.slug}/{what}" in page.text


async def test_ended_meeting_without_confirmation_says_so(site: Site, meeting: Meeting) -> None:
    async with site.database.write() as session:
        row = await session.get_one(Meeting, meeting.id)
        row.status, row.started_at, row.ended_at = MeetingStatus.ENDED, row.starts_at, row.ends_at
        session.add(row)
        await add_presence(
            session, row, row.starts_at, row.ends_at, unit=site.world.communes[0], site=site.world.sites[0]
        )
    site.clock.move(days=2)
    page = await (await site.sign_in("secretary")).open(f"/meetings/{meeting.slug}")
    assert "Chưa xác nhận tham dự" in page.words
    assert "Tham dự (hệ thống đo)" in page.words
    assert f"/meetings/{meeting.slug}/attendance" in page.text
    assert "/lobby" not in page.text


async def test_each_form_has_its_shape_word_and_colour(site: Site) -> None:
    world = site.world
    async with site.database.write() as session:
        for form in Form:
            await add_meeting(session, world.province, world.chair, world.secretary, [], planned_form=form)
    page = await (await site.sign_in("secretary")).open("/meetings?date=2026-11-25")
    for name, icon, word in (
        ("online", "form-online", "Trực tuyến"),
        ("in_person", "form-in-person", "Trực tiếp"),
        ("hybrid", "form-hybrid", "Kết hợp"),
    ):
        badge = page.text.split(f'class="badge badge-{name}"')[1].split("</span>")[0]
        assert f"#{icon}" in badge
        assert word in badge
