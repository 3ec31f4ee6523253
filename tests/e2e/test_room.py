"""The room in real browsers: pictures arrive, the media process may die, guests come by link and are shown out."""

import asyncio
import os
import re
import signal
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.driving import OpenBrowser, Server, book, enter, sign_in, use_tool, wait_for
from web.demo.people import PASSWORD

MOVING = """async (count) => {
  const pictures = [...document.querySelectorAll("video")].filter((video) => !video.hidden && video.videoWidth > 0);
  const before = pictures.map((video) => video.currentTime);
  await new Promise((done) => setTimeout(done, 500));
  return pictures.filter((video, index) => video.currentTime > before[index]).length >= count;
}"""

HEARD = """() => [...document.querySelectorAll("#sounds audio")].some((sound) =>
  !sound.paused && sound.currentTime > 0 && sound.srcObject.getAudioTracks().some((track) => !track.muted))"""


async def see(page: Page, count: int) -> None:
    """Wait until so many pictures move."""
    await wait_for(lambda: page.evaluate(MOVING, count), 40)


def find_media_process(server: Server) -> int:
    """The child of the server that carries the media."""
    assert server.process is not None
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int(re.search(r"PPid:\s*(\d+)", (folder / "status").read_text())[1])  # type: ignore[index]  # every process has one
            command = (folder / "cmdline").read_text()
        except OSError:  # it has ended meanwhile
            continue
        if parent == server.process.pid and "signaling.media" in command:
            return int(folder.name)
    pytest.fail("no media process")


async def go_in_as_guest(page: Page, url: str, name: str) -> None:
    await page.goto(url)
    await page.locator("#name").fill(name)
    await page.get_by_role("button", name="Vào họp").click()
    await page.wait_for_url("**/room")


@pytest.mark.alone
@pytest.mark.browser
async def test_room_shows_pictures_and_outlives_its_media_process(server: Server, open_browser: OpenBrowser) -> None:
    await server.start("--demo")
    secretary = await open_browser()
    await sign_in(secretary, "thuky", PASSWORD)
    meeting = await book(secretary, "Họp thử đường truyền")
    await secretary.goto(f"{meeting}/guests")
    await secretary.locator("#label").fill("Ông Nguyễn Văn An")
    await secretary.get_by_role("button", name="Tạo liên kết").click()
    link = await secretary.locator(".link-new").inner_text()
    chair, site, guest = [await open_browser() for _ in range(3)]
    await asyncio.gather(enter(chair, meeting, "lanhdao"), enter(site, meeting, "cau.ductrong"))
    for page in (chair, site):
        await page.locator("#camera").click()
    await go_in_as_guest(guest, link, "Nguyễn Văn An")
    await expect(guest.locator("#gate-title")).to_have_text("Đang chờ được cho vào")
    await chair.locator("#lobby-list li", has_text="Nguyễn Văn An").locator("[data-part=admit]").click()
    await expect(guest.locator("#link")).to_have_attribute("data-state", "connected")
    for page in (chair, site, guest):
        await see(page, 3)

    os.kill(find_media_process(server), signal.SIGKILL)
    await expect(chair.locator("#link")).to_have_attribute("data-state", "connected")
    for page in (chair, site, guest):
        await see(page, 3)

    await use_tool(chair, "Điểm cầu xã Đức Trọng", "mute")
    await expect(site.locator("#toasts").get_by_text("đã tắt micro của bạn")).to_be_visible()

    await use_tool(chair, "Nguyễn Văn An", "ban")
    await chair.locator("#confirm-yes").click()
    await guest.wait_for_url("**/left**")
    await expect(guest.get_by_role("heading", name="Bạn đã được mời ra khỏi cuộc họp")).to_be_visible()
    await go_in_as_guest(guest, link, "Người Khác")
    await guest.wait_for_url("**/left**")
    assert "Traceback" not in server.log.read_text()


@pytest.mark.alone
@pytest.mark.browser
async def test_participant_without_devices_takes_part(server: Server, open_browser: OpenBrowser) -> None:
    """No camera, no microphone: they hear, see, read a shared screen, write and raise a hand."""
    await server.start("--demo")
    secretary, chair, bare = await open_browser(), await open_browser(), await open_browser(devices=False)
    await sign_in(secretary, "thuky", PASSWORD)
    meeting = await book(secretary, "Họp với điểm cầu chưa có thiết bị")
    await asyncio.gather(enter(chair, meeting, "lanhdao"), enter(bare, meeting, "cau.ductrong"))
    await chair.locator("#camera").click()
    await see(bare, 1)
    await wait_for(lambda: bare.evaluate(HEARD), 20)
    await chair.locator("#screen").click()
    await see(bare, 2)
    await bare.locator("#hand").click()
    await expect(chair.locator("#hands-list")).to_contain_text("Điểm cầu xã Đức Trọng")
    await bare.locator("#chat-open").click()
    await bare.locator("#chat-text").fill("Điểm cầu chúng tôi chưa có micro")
    await bare.locator("#chat-send").click()
    await expect(chair.locator(".chat-text", has_text="chưa có micro")).to_be_attached()
