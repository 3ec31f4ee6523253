"""What real browsers send and receive: layers of a camera, what a weak link gives up, a second device in one room."""

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.driving import OpenBrowser, Server, book, enter, sign_in, wait_for
from web.demo.people import PASSWORD

KEEP_PEERS = """const Native = RTCPeerConnection;
window.peers = [];
window.RTCPeerConnection = class extends Native {
  constructor(...given) {
    super(...given);
    window.peers.push(this);
  }
};"""

# What goes out and comes in within a second: [direction, kind, rid, height of the picture].
FLOWS = """async () => {
  const count = async () => {
    const found = new Map();
    for (const peer of window.peers.filter(({ connectionState }) => connectionState === "connected"))
      (await peer.getStats()).forEach((one) => {
        const { id, type, kind, rid = "", frameHeight = 0 } = one;
        if (type === "outbound-rtp") found.set(id, [one.packetsSent, "out", kind, rid, frameHeight]);
        if (type === "inbound-rtp") found.set(id, [one.packetsReceived, "in", kind, "", frameHeight]);
      });
    return found;
  };
  const before = await count();
  await new Promise((done) => setTimeout(done, 1000));
  const after = [...(await count())].filter(([id, [packets]]) => packets > (before.get(id)?.[0] ?? 0));
  return after.map(([, flow]) => flow.slice(1));
}"""


async def read_flows(page: Page) -> list[tuple[str, str, str, int]]:
    return sorted(tuple(flow) for flow in await page.evaluate(FLOWS))


async def wait_for_flows(page: Page, *wanted: tuple[str, str, str]) -> None:
    """Wait until exactly these directions, kinds and layers flow."""

    async def ask() -> Any:
        return [flow[:3] for flow in await read_flows(page)] == sorted(wanted)

    try:
        await wait_for(ask, 30)
    except TimeoutError:
        pytest.fail(f"{await read_flows(page)} flow, not {sorted(wanted)}")


SOUND, PICTURE = ("in", "audio", ""), ("in", "video", "")
MINE = ("out", "audio", "")
LOW, MIDDLE, HIGH = [("out", "video", rid) for rid in "lmh"]


async def open_pages(server: Server, open_browser: OpenBrowser) -> tuple[Page, Page]:
    """The chair and a site in one meeting, both with microphone and camera."""
    await server.start("--demo")
    secretary, chair, site = [await open_browser() for _ in range(3)]
    await sign_in(secretary, "thuky", PASSWORD)
    meeting = await book(secretary, "Họp thử hình và tiếng")
    for page in (chair, site):
        await page.add_init_script(KEEP_PEERS)
    await asyncio.gather(enter(chair, meeting, "lanhdao"), enter(site, meeting, "cau.ductrong"))
    for page in (chair, site):
        await page.locator("#camera").click()
    for page in (chair, site):
        await wait_for_flows(page, SOUND, PICTURE, MINE, LOW, MIDDLE, HIGH)
    return chair, site


async def press_in_more(page: Page, name: str) -> None:
    await page.locator("#more-open").click()
    await page.locator(f"#{name}").click()
    await page.keyboard.press("Escape")


@pytest.mark.alone
@pytest.mark.browser
async def test_weak_network_gives_up_pictures_and_keeps_voices(server: Server, open_browser: OpenBrowser) -> None:
    chair, site = await open_pages(server, open_browser)
    await press_in_more(site, "weak")
    await wait_for_flows(site, SOUND, MINE, LOW)
    await wait_for_flows(chair, SOUND, PICTURE, MINE, LOW, MIDDLE, HIGH)
    heights = [height for way, kind, _, height in await read_flows(chair) if (way, kind) == ("in", "video")]
    assert heights == [180]

    await site.reload()  # it is remembered on this device
    await wait_for_flows(site, SOUND, MINE, LOW)

    await press_in_more(site, "weak")
    await wait_for_flows(site, SOUND, PICTURE, MINE, LOW, MIDDLE, HIGH)
    assert "Traceback" not in server.log.read_text()


@pytest.mark.alone
@pytest.mark.browser
async def test_second_device_in_a_room_neither_speaks_nor_plays(server: Server, open_browser: OpenBrowser) -> None:
    chair, site = await open_pages(server, open_browser)
    await press_in_more(site, "companion")
    await wait_for_flows(site, PICTURE, LOW, MIDDLE, HIGH)
    await wait_for_flows(chair, PICTURE, MINE, LOW, MIDDLE, HIGH)
    await site.locator("#microphone").click()
    await expect(site.locator("#toasts")).to_contain_text("nên micro luôn tắt")
    await expect(site.locator("#microphone")).to_have_attribute("aria-pressed", "false")
    await press_in_more(site, "companion")
    await site.locator("#microphone").click()
    await wait_for_flows(chair, SOUND, PICTURE, MINE, LOW, MIDDLE, HIGH)


@pytest.mark.alone
@pytest.mark.browser
async def test_lobby_keeps_what_this_device_is_used_for(server: Server, open_browser: OpenBrowser) -> None:
    await server.start("--demo")
    secretary, site = await open_browser(), await open_browser()
    await sign_in(secretary, "thuky", PASSWORD)
    meeting = await book(secretary, "Họp thử phòng chờ")
    await sign_in(site, "cau.ductrong", PASSWORD)
    await site.goto(f"{meeting}/lobby")
    await expect(site.locator("#network")).to_have_attribute("data-state", re.compile("good|weak"))
    await expect(site.locator("#microphone-state")).to_have_text("đang chạy tốt")
    await site.get_by_label(re.compile("Hội trường")).check()
    await site.get_by_label(re.compile("Chế độ mạng yếu")).check()
    await site.reload()
    await expect(site.get_by_label(re.compile("Hội trường"))).to_be_checked()
    await expect(site.get_by_label(re.compile("Chế độ mạng yếu"))).to_be_checked()
    await expect(site.locator("#microphone-state")).to_have_text("đang chạy tốt")
    await site.get_by_label(re.compile("Máy phụ trong phòng")).check()
    await expect(site.locator("#microphone-line")).to_be_hidden()
    await site.get_by_role("button", name="Vào họp").click()
    await site.wait_for_url("**/room")
    await expect(site.locator("#companion")).to_have_attribute("aria-pressed", "true")
    await expect(site.locator("#microphone")).to_have_attribute("aria-pressed", "false")
