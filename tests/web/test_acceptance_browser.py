"""What an acceptance committee would try, in one browser: history in, one number out, each meeting explaining itself,
the year closed, one meeting corrected, and the correction told."""

import csv
import io
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Page, expect

from meetings.import_table import COLUMNS
from meetings.unit_actions import import_units
from meetings.unit_table import parse_units
from tests.browsing import Site
from tests.factories import NOW

pytestmark = pytest.mark.browser

UNITS = Path(__file__).parents[2] / "web/demo/lamdong-units.csv"
DISTRICTS = [str(code) for code in range(672, 684)]
YEAR = "pair=province:district&calendar=reporting&period=2022"

OpenPage = Callable[..., Awaitable[Page]]


def attend(online: int, in_person: int = 0, absent: int = 0) -> dict[str, str]:
    words = ["online"] * online + ["in_person"] * in_person + ["absent"] * absent
    units = DISTRICTS[: len(words)]
    pairs = zip(units, words, strict=True)
    return {"invited_units": ";".join(units), "attendance": ";".join(map("=".join, pairs))}


def make_table() -> bytes:
    """Twelve of fifteen that count were online: exactly 80 %."""
    plain = {
        "kind": "briefing",
        "convening_unit": "68",
        "start": "2022-03-01T08:00",
        "end": "2022-03-01T10:00",
        "status": "held",
        "planned_form": "online",
        "channel": "system",
        **attend(12),
    }
    special = [
        {"title": "Dự kiến trực tuyến, họp tại hội trường", **attend(0, 12)},
        {"title": "Sáu trong mười hai trực tuyến", **attend(6, 6)},
        {"title": "Họp qua Zoom", "channel": "Zoom"},
        {"title": "Tiếp sóng của Bộ", "relayed_from": "Bộ Nội vụ"},
        {"title": "Đi thực địa", "excluded_reason": "field_visit"},
        {"title": "Không huyện nào dự", **attend(0, 0, 12)},
        {"title": "Kết thúc ngày 14 tháng 12", "start": "2022-12-14T14:00", "end": "2022-12-14T16:00"},
        {"title": "Kết thúc ngày 15 tháng 12", "start": "2022-12-15T08:00", "end": "2022-12-15T10:00"},
    ]
    rows = [plain | row for row in special] + [plain | {"title": f"Giao ban số {number}"} for number in range(11)]
    text = io.StringIO()
    writer = csv.DictWriter(text, [*COLUMNS, "relayed_from"])
    writer.writeheader()
    writer.writerows({"code": f"H-{number}"} | row for number, row in enumerate(rows))
    return text.getvalue().encode()


async def bring_in(page: Page) -> None:
    file = FilePayload(name="lich-su.csv", mimeType="text/csv", buffer=make_table())
    await page.get_by_label("Tệp CSV (UTF-8) hoặc XLSX").set_input_files(file)
    await page.get_by_role("button", name="Xem trước").click()
    await expect(page.get_by_text("19 dòng hợp lệ: 19 cuộc họp mới")).to_be_visible()
    await page.get_by_role("button", name="Ghi vào hệ thống").click()
    await expect(page.get_by_text("Đã ghi các cuộc họp của tệp vào hệ thống.")).to_be_visible()


async def explains_itself(page: Page, which: str, title: str, reason: str) -> None:
    """The meeting stands in the list behind the number, with the sentence that says why."""
    await page.goto(f"/ratio/meetings?{YEAR}&which={which}")
    await expect(page.locator(".list-item").filter(has_text=title)).to_contain_text(reason)


async def test_committee_finds_every_number_explained_and_every_change_told(site: Site, open_page: OpenPage) -> None:
    async with site.database.write() as session:
        await import_units(session, None, parse_units(UNITS.read_text(encoding="utf-8")), NOW)
    page = await open_page("office", "/meetings/import")
    await bring_in(page)

    await page.goto(f"/ratio?{YEAR}")
    await expect(page.locator("#share")).to_have_text("80,0\N{NO-BREAK SPACE}%")
    await expect(page.locator(".ratio-figure .ratio-count")).to_have_text("12/15 cuộc họp")
    await expect(page.locator(".verdict")).to_contain_text("Chưa đạt chỉ tiêu")
    await expect(page.get_by_text("80 % không lớn hơn 80 %.")).to_be_visible()

    half = "6/12 đơn vị cấp dưới dự họp qua hệ thống, không quá nửa."
    await explains_itself(page, "not_online", "Sáu trong mười hai trực tuyến", half)
    await explains_itself(page, "hybrid", "Sáu trong mười hai trực tuyến", half)
    await explains_itself(page, "other_channel", "Họp qua Zoom", "Họp qua hệ thống không được công nhận")
    await explains_itself(page, "relayed", "Tiếp sóng của Bộ", "do Bộ Nội vụ triệu tập")
    await explains_itself(page, "excluded:field_visit", "Đi thực địa", "Loại trừ khi đặt lịch")
    await explains_itself(page, "unattended", "Không huyện nào dự", "không đơn vị nào dự")
    await explains_itself(page, "online", "Kết thúc ngày 14 tháng 12", "12/12 đơn vị")
    await expect(page.get_by_text("Kết thúc ngày 15 tháng 12")).to_have_count(0)
    await explains_itself(page, "forms:online:in_person", "Dự kiến trực tuyến, họp tại hội trường", "0/12 đơn vị")

    hall = await page.get_by_role("link", name="Dự kiến trực tuyến, họp tại hội trường").get_attribute("href")
    await page.goto(f"/ratio/closings?{YEAR}")
    await page.get_by_role("button", name="Chốt số liệu kỳ này").click()
    await expect(page.get_by_text("Không có thay đổi nào kể từ khi chốt.")).to_be_visible()
    closing = page.url

    await page.goto(f"{hall}/attendance")
    for choice in await page.get_by_role("radio", name="Trực tuyến").all():
        await choice.check()
    await page.get_by_role("button", name="Xác nhận").click()
    await expect(page.get_by_text("Đã xác nhận việc tham dự.")).to_be_visible()

    await page.goto(closing)
    figures = page.locator(".figure-large")
    await expect(figures).to_have_text(["80,0\N{NO-BREAK SPACE}%", "86,7\N{NO-BREAK SPACE}%"])
    await expect(page.get_by_text("1 cuộc họp thay đổi sau khi chốt.")).to_be_visible()
    changed = page.locator(".list-item").filter(has_text="Dự kiến trực tuyến, họp tại hội trường")
    await expect(changed).to_contain_text("Cách tính: khi chốt tính, không trực tuyến; nay tính, trực tuyến.")
    await expect(changed).to_contain_text("Huyện Lâm Hà: khi chốt tại điểm cầu chính; nay trực tuyến.")
