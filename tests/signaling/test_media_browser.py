"""Real Chromiums against a real media process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright

from signaling.engine import (
    AcceptAnswer,
    Answer,
    MediaState,
    Offer,
    Publish,
    SentTrack,
    Source,
    Subscribe,
    TrackAdded,
)
from tests.media import Listener, running_engine

pytestmark = pytest.mark.browser

FLAGS = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--auto-accept-this-tab-capture",
    "--disable-gpu",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCRIPT = (Path(__file__).parent / "media_page.js").read_text(encoding="utf-8")


async def show_empty_page(route: Route) -> None:
    await route.fulfill(body="<!doctype html><title>x</title>", content_type="text/html")


async def open_page(browser: Browser) -> Page:
    """A page in a context of its own, on an origin that may use cameras."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.route("http://localhost/**", show_empty_page)
    await page.goto("http://localhost/")
    await page.add_script_tag(content=SCRIPT)
    return page


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


async def publish(listener: Listener, page: Page, who: str, sources: list[Source]) -> None:
    offer: dict[str, Any] = await page.evaluate("sources => publish(sources)", sources)
    tracks = tuple(SentTrack(mid, source) for mid, source in offer["tracks"])
    listener.engine.tell(Publish("r", who, offer["sdp"], tracks))
    answer = await listener.expect(Answer, lambda event: event.participant == who)
    await page.evaluate("sdp => accept(sdp)", answer.sdp)


async def receive(listener: Listener, page: Page, who: str) -> Offer:
    """Answer the next offer."""
    offer = await listener.expect(Offer, lambda event: event.participant == who)
    answer = await page.evaluate("sdp => receive(sdp)", offer.sdp)
    listener.engine.tell(AcceptAnswer("r", who, offer.generation, answer))
    return offer


async def wait_for_growth(page: Page, kind: str, field: str, by: int, mid: str | None = None) -> None:
    """Wait until a number of the receiving statistics has grown."""
    await page.evaluate("([kind, field, by, mid]) => grown(kind, field, by, mid)", [kind, field, by, mid])


async def test_chromium_receives_what_another_publishes(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as listener, running_browser() as browser:
        speaker, viewer = await asyncio.gather(open_page(browser), open_page(browser))
        await publish(listener, speaker, "p1", ["microphone", "camera"])
        microphone = await listener.expect(TrackAdded, lambda event: event.source == "microphone")
        camera = await listener.expect(TrackAdded, lambda event: event.source == "camera")
        await listener.expect(MediaState, lambda event: event.participant == "p1" and event.connected)
        listener.engine.tell(Subscribe("r", "p2", (microphone.track, camera.track)))
        await receive(listener, viewer, "p2")
        await listener.expect(MediaState, lambda event: event.participant == "p2" and event.connected)
        await wait_for_growth(viewer, "video", "framesDecoded", 20)
        await wait_for_growth(viewer, "audio", "packetsReceived", 50)
