"""A weekly series from its booking to the number, in one browser: one week left out, an answer, a room, the ratio."""

import pytest
from playwright.async_api import Page, expect

from signaling import protocol
from tests.web.conftest import OpenRoom
from tests.web.rooms import Rooms

pytestmark = pytest.mark.browser

TITLE = "Giao ban tuần với các xã, phường"


async def book_weekly(page: Page, chair: str, hall: str) -> None:
    """Tuesdays at 11:00 from today on, three of four weeks: the days are shown while the rule is chosen."""
    await page.get_by_label("Tên cuộc họp").fill(TITLE)
    await page.get_by_label("Ngày họp").fill("24/11/2026")
    await page.get_by_label("Bắt đầu lúc").fill("11:00")
    await page.get_by_label("Kết thúc lúc").fill("11:30")
    await page.get_by_label("Chủ trì", exact=True).select_option(
        label="Trần Văn Hiệp – Chủ tịch UBND tỉnh, UBND tỉnh Lâm Đồng"
    )
    await page.get_by_label("Phòng họp (điểm cầu chính)").select_option(hall)
    await page.get_by_role("button", name="Mời tất cả").first.click()
    await page.get_by_label("Cách lặp").select_option("weekly")
    await page.get_by_label("Số buổi", exact=True).fill("4")
    days = page.locator(".preview-day")
    await expect(days).to_have_count(4)
    await expect(days.nth(2)).to_contain_text("Thứ Ba, 08/12/2026, 11:00–11:30")
    await days.nth(2).get_by_role("combobox").select_option("skip")
    await expect(page.locator(".preview-head")).to_contain_text("3 buổi sẽ họp")
    await expect(days.nth(2)).to_contain_text("Bỏ qua")
    await page.locator(".form-actions").get_by_role("button", name="Đặt lịch họp").click()
    await expect(page.get_by_text("Đã đặt lịch cả chuỗi họp.")).to_be_visible()
    await expect(page.locator(".series-table tbody tr")).to_have_count(3)
    await expect(page.get_by_text("Bỏ qua: 08/12/2026")).to_be_visible()


async def hold(rooms: Rooms, open_room: OpenRoom, path: str) -> None:
    """The first occurrence takes place: two of three communes are in the room, one of them by a browser."""
    secretary, _ = await rooms.enter(await rooms.sign_in("secretary"), f"{path}/ws")
    await rooms.enter(await rooms.sign_in("site2"), f"{path}/ws")
    site = await open_room("site1", f"{path}/room")
    await expect(site.locator("#people-count")).to_have_text("3")
    await secretary.say(protocol.Start())
    await secretary.hear(protocol.RoomChanged)
    rooms.clock.move(minutes=30)
    await secretary.say(protocol.End())
    assert await secretary.closed() == 4410


async def test_a_weekly_series_is_booked_answered_held_and_counted(quiet_rooms: Rooms, open_room: OpenRoom) -> None:
    page = await open_room("secretary", "/meetings/new?secret=no")
    world = quiet_rooms.world
    await book_weekly(page, str(world.chair.id), str(world.hall.id))
    first = await page.locator(".series-table tbody a").first.get_attribute("href") or ""

    contact = await open_room("contact", first)
    await contact.get_by_role("radio", name="Sẽ dự").first.check()
    await contact.get_by_role("button", name="Gửi trả lời").first.click()
    await page.reload()
    await expect(page.locator(".series-table tbody tr").nth(0)).to_contain_text("1 dự")
    await expect(page.locator(".series-table tbody tr").nth(1)).to_contain_text("0 dự")

    quiet_rooms.clock.move(hours=3)
    await hold(quiet_rooms, open_room, first)
    await page.goto(f"{first}/attendance")
    await page.get_by_role("button", name="Xác nhận").click()
    await expect(page.get_by_text("Đã xác nhận việc tham dự.")).to_be_visible()

    leader = await open_room("leader", "/ratio?pair=province:commune&calendar=civil&period=2026-11")
    await expect(leader.locator("#share")).to_have_text("100,0\N{NO-BREAK SPACE}%")
    await expect(leader.locator(".ratio-figure .ratio-count")).to_have_text("1/1 cuộc họp")
    await leader.goto("/ratio/meetings?pair=province:commune&calendar=civil&period=2026-11&which=online")
    await expect(leader.locator(".list-item").filter(has_text=TITLE)).to_contain_text("2/2 đơn vị")
