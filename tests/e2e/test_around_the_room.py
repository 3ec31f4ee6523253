"""The connection test and the hall's big screen with real media, a real server and real browsers."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.driving import OpenBrowser, Server, book, sign_in, wait_for
from web.demo.people import PASSWORD

pytestmark = [pytest.mark.alone, pytest.mark.browser]


async def run_test(page: Page) -> dict[str, str]:
    """Run the connection test; the state of each step."""
    await page.goto("/connection")
    await page.get_by_role("button", name="Bắt đầu kiểm tra").click()
    await expect(page.locator("#result")).to_be_visible(timeout=120_000)
    rows = page.locator("[data-step]")
    return {
        await row.get_attribute("data-step") or "": await row.get_attribute("data-state") or ""
        for row in await rows.all()
    }


async def test_connection_test_sends_sound_and_picture_round(server: Server, open_browser: OpenBrowser) -> None:
    await server.start("--demo")
    page = await open_browser()
    await sign_in(page, "cau.ductrong", PASSWORD)

    states = await run_test(page)

    for step in ("browser", "secure", "microphone", "camera", "socket", "udp", "tcp", "loop", "rate"):
        assert states[step] == "passed", states
    assert states["relay"] == "skipped"
    await page.get_by_role("button", name="Nghe được", exact=True).click()
    await expect(page.locator("[data-step=speaker]")).to_have_attribute("data-state", "passed")
    await expect(page.locator("#report-text")).to_have_value(re.compile("Gửi đi và nhận lại tiếng, hình: Đạt"))


async def test_network_is_tested_without_any_device(server: Server, open_browser: OpenBrowser) -> None:
    await server.start("--demo")
    page = await open_browser(devices=False)
    await sign_in(page, "cau.ductrong", PASSWORD)

    states = await run_test(page)

    assert states["microphone"] == "failed"
    assert states["camera"] == "warned"
    assert states["loop"] == "passed", states
    await expect(page.get_by_role("heading", name="Chưa sẵn sàng")).to_be_visible()


async def test_big_screen_shows_who_speaks_and_comes_back_by_itself(server: Server, open_browser: OpenBrowser) -> None:
    await server.start("--demo")
    site, screen = await open_browser(), await open_browser(devices=False)
    await sign_in(site, "thuky", PASSWORD)
    meeting = await book(site, "Giao ban có màn hình lớn")
    await site.goto(f"{meeting}/room")
    await site.get_by_role("button", name=re.compile("^Camera")).click()
    await sign_in(screen, "cau.dinhvan", PASSWORD)

    await screen.goto(f"{meeting}/projection")

    await expect(screen.locator("#projection")).to_have_attribute("data-scene", "camera", timeout=30_000)
    await expect(screen.locator("#projection-name")).to_have_text("Nguyễn Thị Minh Thư")
    await wait_for_picture(screen)
    server.kill()
    await expect(screen.locator("#projection-link")).not_to_be_empty(timeout=30_000)
    await server.start()
    await expect(screen.locator("#projection-link")).to_be_empty(timeout=60_000)
    await wait_for_picture(screen)


async def wait_for_picture(page: Page) -> None:
    """Pictures go on arriving."""
    shown = "document.querySelector('#projection-large').getVideoPlaybackQuality().totalVideoFrames"
    before: int = await page.evaluate(shown)

    async def has_moved() -> bool:
        now: int = await page.evaluate(shown)
        return now > before + 10 or 0 < now < before

    await wait_for(has_moved, 60)
