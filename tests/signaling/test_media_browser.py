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
    Present,
    Publish,
    Receive,
    Record,
    SentTrack,
    Slots,
    Source,
    Speaking,
    StopRecording,
    TrackAdded,
    TrackRemoved,
    View,
    Want,
)
from tests.media import Listener, running_engine

pytestmark = [pytest.mark.alone, pytest.mark.browser]

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
        listener.engine.tell(Receive("r", "p2"))
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


async def find_slot(listener: Listener, track: str) -> str:
    """Return the mid of the slot that carries a track for p2."""
    slots = await listener.expect(Slots, lambda event: any(one.track == track for one in event.filled))
    return next(one.mid for one in slots.filled if one.track == track)


async def test_screen_comes_and_goes_without_a_new_offer_to_the_viewer(tmp_path: Path) -> None:
    async with running_call(tmp_path) as call:
        listener = call.listener
        await publish(listener, call.speaker, "p1", ["screen"])
        screen = (await listener.expect(TrackAdded)).track
        listener.engine.tell(Present("r", screen))
        mid = await find_slot(listener, screen)
        await wait_for_growth(call.viewer, "video", "framesDecoded", 10, mid)
        ended = await call.speaker.evaluate("() => unpublish('screen')")
        tracks = tuple(SentTrack(mid, source) for mid, source in ended["tracks"])
        listener.engine.tell(Publish("r", "p1", ended["sdp"], tracks))
        await call.speaker.evaluate("sdp => accept(sdp)", (await listener.expect(Answer)).sdp)
        assert (await listener.expect(TrackRemoved)).track == screen
        await publish(listener, call.speaker, "p1", ["screen"])
        screen = (await listener.expect(TrackAdded)).track
        listener.engine.tell(Present("r", screen))
        assert await find_slot(listener, screen) == mid
        await wait_for_growth(call.viewer, "video", "framesDecoded", 10, mid)
        await wait_for_growth(call.viewer, "audio", "packetsReceived", 20)
        assert not any(isinstance(event, Offer) for event in listener.events)


async def test_viewer_is_sent_the_size_that_it_shows_and_nothing_freezes(tmp_path: Path) -> None:
    async with running_call(tmp_path) as call:
        engine, camera = call.listener.engine, call.tracks[1]
        mid = await find_slot(call.listener, camera)
        await call.viewer.evaluate("([mid, height]) => showsHeight(mid, height)", [mid, 180])
        for height in (720, 360, 720, 180, 360, 180, 720, 180):
            engine.tell(View("r", "p2", (Want(camera, height),)))
            await call.viewer.evaluate("([mid, height]) => showsHeight(mid, height)", [mid, height])
            await wait_for_growth(call.viewer, "video", "framesDecoded", 15, mid)
        assert (
            await call.viewer.evaluate("mid => measure(receiver, 'inbound-rtp', 'video', 'freezeCount', mid)", mid) <= 1
        )


async def test_layer_that_the_browser_switches_off_is_replaced(tmp_path: Path) -> None:
    async with running_call(tmp_path) as call:
        camera = call.tracks[1]
        mid = await find_slot(call.listener, camera)
        call.listener.engine.tell(View("r", "p2", (Want(camera, 720),)))
        await call.viewer.evaluate("([mid, height]) => showsHeight(mid, height)", [mid, 720])
        await call.speaker.evaluate("() => sendLayers(2)")
        await call.viewer.evaluate("([mid, height]) => showsHeight(mid, height)", [mid, 360])
        await call.speaker.evaluate("() => sendLayers(3)")
        await call.viewer.evaluate("([mid, height]) => showsHeight(mid, height)", [mid, 720])
        await wait_for_growth(call.viewer, "video", "framesDecoded", 15, mid)


@pytest.mark.parametrize("late", [False, True], ids=["answer at once", "answer after the first checks"])
async def test_ice_restart_keeps_the_media(tmp_path: Path, late: bool) -> None:
    async with running_call(tmp_path) as call:
        listener = call.listener
        await wait_for_growth(call.viewer, "video", "framesDecoded", 5)
        offer: dict[str, Any] = await call.speaker.evaluate("() => publish([], true)")
        tracks = tuple(SentTrack(mid, source) for mid, source in offer["tracks"])
        listener.engine.tell(Publish("r", "p1", offer["sdp"], tracks))
        answer = await listener.expect(Answer)
        if late:
            await call.speaker.evaluate("() => answeredAnew(sender)")
        await call.speaker.evaluate("sdp => accept(sdp)", answer.sdp)
        listener.engine.tell(Receive("r", "p2", restart=True))
        await receive(listener, call.viewer, "p2")
        await call.speaker.evaluate("() => movedAnew(sender)")
        await call.viewer.evaluate("() => movedAnew(receiver)")
        await wait_for_growth(call.viewer, "video", "framesDecoded", 30)
        await wait_for_growth(call.viewer, "audio", "packetsReceived", 50)
        assert not any(isinstance(event, MediaState) and not event.connected for event in listener.events)


async def test_viewer_that_begins_anew_sees_again(tmp_path: Path) -> None:
    async with running_call(tmp_path) as call:
        await call.viewer.evaluate("() => closeReceiver()")
        await call.listener.expect(MediaState, lambda event: event.participant == "p2" and not event.connected)
        call.listener.engine.tell(Receive("r", "p2", anew=True))
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
