"""The list of meetings and the page of one."""

import pytest

from meetings import actions
from meetings.models import Meeting, MeetingStatus
from tests.browsing import Site
from tests.factories import add_meeting, add_presence, make_draft
from tests.web.ratio_history import hold_history


@pytest.fixture
async def meeting(site: Site) -> Meeting:
    """Tomorrow's briefing, booked by the secretary."""
    async with site.database.write() as session:
        return await actions.book_meeting(session, site.world.actors["secretary"], make_draft(site.world), site.clock())


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


async def test_page_says_why_the_meeting_counts(site: Site) -> None:
    meeting = (await hold_history(site))[0]
    said = "Tính là họp trực tuyến: 3/3 đơn vị dự qua hệ thống."
    for who, sees in (("leader", True), ("secretary", True), ("site1", False)):
        page = await (await site.sign_in(who)).open(f"/meetings/{meeting.slug}")
        assert (said in page.words) is sees, who
