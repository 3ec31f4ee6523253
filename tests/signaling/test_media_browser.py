"""Real Chromiums against a real media process."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.async_api import Browser, Page, Route, async_playwright

from signaling.engine import (
    AcceptAnswer,
    Answer,
    FileClosed,
    FileOpened,
    MediaState,
    Offer,
    Publish,
    Record,
    SentTrack,
    Source,
    Speaking,
    StopRecording,
    Subscribe,
    TrackAdded,
    TrackRemoved,
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


@dataclass
class Call:
    """A page that publishes microphone and camera, and one that receives both."""

    listener: Listener
    speaker: Page
    viewer: Page
    tracks: list[str]


@asynccontextmanager
async def running_call(recordings: Path, *, record: bool = False) -> AsyncIterator[Call]:
    async with running_engine(recordings) as listener, running_browser() as browser:
        if record:
            listener.engine.tell(Record("r", "r"))
        speaker, viewer = await asyncio.gather(open_page(browser), open_page(browser))
        await publish(listener, speaker, "p1", ["microphone", "camera"])
        tracks = [(await listener.expect(TrackAdded)).track for _ in range(2)]
        await listener.expect(MediaState, lambda event: event.participant == "p1" and event.connected)
        listener.engine.tell(Subscribe("r", "p2", tuple(tracks)))
        await receive(listener, viewer, "p2")
        await listener.expect(MediaState, lambda event: event.participant == "p2" and event.connected)
        yield Call(listener, speaker, viewer, tracks)


async def test_chromium_receives_what_another_publishes(tmp_path: Path) -> None:
    async with running_call(tmp_path) as call:
        await wait_for_growth(call.viewer, "video", "framesDecoded", 30)
        await wait_for_growth(call.viewer, "audio", "packetsReceived", 100)
        await wait_for_growth(call.viewer, "audio", "totalAudioEnergy", 0)
        assert (await call.listener.expect(Speaking)).participants == ("p1",)
        # What the server tells the publisher of its bandwidth is believed.
        await call.speaker.evaluate("() => outgoingReaches(600000)")


async def test_screen_is_added_and_taken_away_by_renegotiation(tmp_path: Path) -> None:
    async with running_call(tmp_path) as call:
        listener = call.listener
        await publish(listener, call.speaker, "p1", ["screen"])
        screen = (await listener.expect(TrackAdded)).track
        listener.engine.tell(Subscribe("r", "p2", (*call.tracks, screen)))
        offer = await receive(listener, call.viewer, "p2")
        mid = next(track.mid for track in offer.tracks if track.source == "screen")
        await wait_for_growth(call.viewer, "video", "framesDecoded", 10, mid)
        ended = await call.speaker.evaluate("() => unpublish('screen')")
        tracks = tuple(SentTrack(mid, source) for mid, source in ended["tracks"])
        listener.engine.tell(Publish("r", "p1", ended["sdp"], tracks))
        await call.speaker.evaluate("sdp => accept(sdp)", (await listener.expect(Answer)).sdp)
        assert (await listener.expect(TrackRemoved)).track == screen
        listener.engine.tell(Subscribe("r", "p2", tuple(call.tracks)))
        await receive(listener, call.viewer, "p2")
        await publish(listener, call.speaker, "p1", ["screen"])
        listener.engine.tell(Subscribe("r", "p2", (*call.tracks, (await listener.expect(TrackAdded)).track)))
        offer = await receive(listener, call.viewer, "p2")
        assert [track.mid for track in offer.tracks if track.source == "screen"] == [mid]
        await wait_for_growth(call.viewer, "video", "framesDecoded", 10, mid)
        await wait_for_growth(call.viewer, "audio", "packetsReceived", 20)


async def test_ice_restart_keeps_the_media(tmp_path: Path) -> None:
    async with running_call(tmp_path) as call:
        listener = call.listener
        await wait_for_growth(call.viewer, "video", "framesDecoded", 5)
        offer: dict[str, Any] = await call.speaker.evaluate("() => publish([], true)")
        tracks = tuple(SentTrack(mid, source) for mid, source in offer["tracks"])
        listener.engine.tell(Publish("r", "p1", offer["sdp"], tracks))
        await call.speaker.evaluate("sdp => accept(sdp)", (await listener.expect(Answer)).sdp)
        listener.engine.tell(Subscribe("r", "p2", tuple(call.tracks), restart=True))
        await receive(listener, call.viewer, "p2")
        await call.speaker.evaluate("() => checkedAnew(sender)")
        await call.viewer.evaluate("() => checkedAnew(receiver)")
        await wait_for_growth(call.viewer, "video", "framesDecoded", 30)
        await wait_for_growth(call.viewer, "audio", "packetsReceived", 50)
        assert not any(isinstance(event, MediaState) and not event.connected for event in listener.events)


async def test_viewer_that_begins_anew_sees_again(tmp_path: Path) -> None:
    async with running_call(tmp_path) as call:
        await call.viewer.evaluate("() => closeReceiver()")
        await call.listener.expect(MediaState, lambda event: event.participant == "p2" and not event.connected)
        call.listener.engine.tell(Subscribe("r", "p2", tuple(call.tracks), anew=True))
        await receive(call.listener, call.viewer, "p2")
        await wait_for_growth(call.viewer, "video", "framesDecoded", 10)
        await wait_for_growth(call.viewer, "audio", "packetsReceived", 20)


async def test_recording_of_a_browser_decodes_to_its_length(tmp_path: Path) -> None:
    async with running_call(tmp_path, record=True) as call:
        opened = await call.listener.expect(FileOpened)
        await wait_for_growth(call.viewer, "audio", "packetsReceived", 150)
        call.listener.engine.tell(StopRecording("r"))
        closed = await call.listener.expect(FileClosed)
    lasted = (datetime.fromisoformat(closed.at) - datetime.fromisoformat(opened.at)).total_seconds()
    notes = [json.loads(line) for line in (tmp_path / "r/p1-1.jsonl").read_text(encoding="utf-8").splitlines()]
    with av.open(str(tmp_path / opened.path)) as container:
        frames = list(container.decode(audio=0))
    assert lasted > 2.9
    assert notes[-1]["ms"] / 1000 == pytest.approx(lasted, abs=0.25)
    assert sum(frame.samples for frame in frames) / 48000 == pytest.approx(lasted, abs=0.35)
    assert min(min(line["dbov"]) for line in notes if line["t"] == "level") < 40  # the fake device beeps
    assert any(line["t"] == "sr" for line in notes)
