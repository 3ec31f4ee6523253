"""Moving meetings on the calendar in a real Chromium: by hand, by keyboard, and what a refusal looks like."""

import pytest
from playwright.async_api import Locator, Page, expect

from meetings import actions
from meetings.meeting_store import get_meeting
from meetings.models import Meeting
from tests.browsing import Site
from tests.factories import make_draft
from tests.meetings.booking import EVENING
from tests.web.test_shell_browser import OpenPage, violations_of

pytestmark = pytest.mark.browser

HOUR = 48  # pixels


@pytest.fixture
async def meetings(site: Site) -> list[Meeting]:
    """Of tomorrow, both chaired by the same person in the same hall: 08:00 to 10:00 and 14:00 to 16:00."""
    secretary = site.world.actors["secretary"]
    async with site.database.write() as session:
        return [
            await actions.book_meeting(session, secretary, make_draft(site.world, title="Họp sáng"), site.clock()),
            await actions.book_meeting(
                session, secretary, make_draft(site.world, title="Họp chiều", starts_at=EVENING), site.clock()
            ),
        ]


async def drag(page: Page, card: Locator, day: str, hours: float) -> None:
    box, column = await card.bounding_box(), await page.locator(f"[data-day='{day}']").bounding_box()
    assert box is not None
    assert column is not None
    await page.mouse.move(box["x"] + 20, box["y"] + 30)
    await page.mouse.down()
    await page.mouse.move(column["x"] + column["width"] / 2, box["y"] + 30 + hours * HOUR, steps=5)
    await page.mouse.up()


async def start_of(site: Site, meeting: Meeting) -> str:
    async with site.database.read() as session:
        return (await get_meeting(session, meeting.slug)).meeting.starts_at.isoformat()


async def test_meeting_is_moved_by_hand_and_by_keyboard(
    site: Site, meetings: list[Meeting], open_page: OpenPage
) -> None:
    morning, afternoon = meetings
    page = await open_page("secretary", "/meetings", (1366, 1000))
    card = page.locator(f".event[data-slug='{morning.slug}']")
    await drag(page, card, "2026-11-26", 1)
    await expect(page.locator("#calendar-said")).to_have_text(
        "Đã chuyển “Họp sáng” sang Thứ Năm, 26/11/2026, 09:00–11:00."
    )
    await expect(page.locator("[data-day='2026-11-26'] .event-title")).to_have_text("Họp sáng")
    assert await start_of(site, morning) == "2026-11-26T02:00:00+00:00"

    other = page.locator(f".event[data-slug='{afternoon.slug}']")
    before = await other.bounding_box()
    await drag(page, other, "2026-11-26", -4)
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("Phòng họp số 1, UBND tỉnh đã có cuộc họp “Họp sáng”")).to_be_visible()
    await expect(dialog.get_by_text("Trần Văn Hiệp đã chủ trì cuộc họp “Họp sáng”")).to_be_visible()
    await expect(dialog.get_by_text("đã được mời vào cuộc họp “Họp sáng”")).to_be_visible()
    assert await violations_of(page) == []
    assert await other.bounding_box() == before, "it went back"
    await page.keyboard.press("Escape")

    await other.locator(".event-move").focus()
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_label("Ngày họp")).to_be_focused()
    await page.keyboard.type("27/11/2026")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-day='2026-11-27'] .event-title")).to_have_text("Họp chiều")
    assert await start_of(site, afternoon) == "2026-11-27T07:00:00+00:00"
