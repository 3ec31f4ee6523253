"""A server, and Chromiums with a microphone that speaks a file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.e2e.driving import CHROMIUM, FAKE_DEVICES, FLAGS, SPEECH, OpenBrowser, Server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    data = tmp_path / "data"
    data.mkdir()
    made = Server(data, SPEECH / "tiny-vi-ct2")
    yield made
    if made.process is not None and made.process.returncode is None:
        await made.stop()


@pytest.fixture
async def open_browser(server: Server) -> AsyncIterator[OpenBrowser]:
    """``await open_browser(microphone=Path | None)``: a page of a Chromium of its own.

    The microphone speaks the file; without one it beeps. ``devices=False``: a machine without camera and microphone.
    """
    opened: list[Browser] = []
    async with async_playwright() as playwright:

        async def open_page(
            microphone: Path | None = None, width: int = 1366, height: int = 768, devices: bool = True
        ) -> Page:
            flags = [*FLAGS, *([f"--use-file-for-fake-audio-capture={microphone}%noloop"] if microphone else [])]
            if not devices:
                flags.remove(FAKE_DEVICES)
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
            opened.append(browser)
            context: BrowserContext = await browser.new_context(
                viewport={"width": width, "height": height}, locale="vi-VN", base_url=server.url
            )
            context.set_default_timeout(20_000)
            return await context.new_page()

        yield open_page
        for browser in opened:
            await browser.close()
