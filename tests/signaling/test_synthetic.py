"""Synthetic sites against the real media process: what a technician rehearses with must itself be true."""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import av
import pytest

from signaling.dtls import Certificate
from signaling.engine import AcceptAnswer, Answer, Offer, Publish, Receive, SentTrack, Slots, TrackAdded, View, Want
from signaling.synthetic import Pump, SyntheticSite
from signaling.synthetic_batch import SLOT_SIZE, Batch, date_arrivals
from signaling.synthetic_frames import (
    LAYERS,
    RecordingUnreadable,
    add_stamp,
    make_pictures,
    make_sound,
    read_pictures,
    read_sound,
)
from signaling.synthetic_stats import Totals
from tests.media import PATIENCE_SECONDS, Listener, running_engine

pytestmark = pytest.mark.alone

SPEECH = Path(__file__).parent.parent / "speech" / "meeting-lamha.ogg"


@pytest.fixture
async def pump() -> AsyncIterator[Pump]:
    made = Pump()
    made.start()
    yield made
    await made.close()


async def until(ready: Callable[[], bool]) -> None:
    """What is waited for happens in the pump, which tells nobody."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not ready():
            await asyncio.sleep(0.02)


def shows(totals: Totals, pictures: int) -> bool:
    return totals.frames >= pictures


async def publish(engine: Listener, site: SyntheticSite, name: str) -> str:
    """Return the camera's track."""
    sdp, sources = site.write_offer()
    tracks = tuple(SentTrack(mid, source) for mid, source in sources.items())
    engine.engine.tell(Publish("r", name, sdp, tracks))
    site.take_answer((await engine.expect(Answer, lambda event: event.participant == name)).sdp)
    camera = await engine.expect(TrackAdded, lambda event: event.participant == name and event.source == "camera")
    return camera.track


async def receive(engine: Listener, site: SyntheticSite, name: str, camera: str, height: int) -> None:
    engine.engine.tell(View("r", name, (Want(camera, height),)))
    engine.engine.tell(Receive("r", name))
    offer = await engine.expect(Offer, lambda event: event.participant == name)
    engine.engine.tell(AcceptAnswer("r", name, offer.generation, site.take_offer(offer.sdp)))
    filled = await engine.expect(Slots, lambda event: event.participant == name and len(event.filled) >= 2)
    site.fill({slot.mid: slot.track for slot in filled.filled})


@pytest.mark.parametrize("loss", [0.0, 0.05])
async def test_site_hears_and_sees_another(tmp_path: Path, pump: Pump, loss: float) -> None:
    certificate = Certificate()
    speaker = SyntheticSite(pump, certificate, sound=make_sound(), layers=make_pictures())
    viewer = SyntheticSite(pump, certificate, loss=loss)
    async with running_engine(tmp_path) as engine:
        camera = await publish(engine, speaker, "a")
        await receive(engine, viewer, "b", camera, 180)
        totals = viewer.receiver.totals
        await until(lambda: totals.gaps.count > 60 and totals.frames > 20 and (not loss or totals.recovered > 0))
        await viewer.close()
        await speaker.close()
    assert (totals.delays.percentile(0.5) or 99) < 50
    if not loss:
        assert totals.lost == 0
        assert totals.loss == 0


async def test_layer_switch_is_counted(tmp_path: Path, pump: Pump) -> None:
    certificate = Certificate()
    speaker = SyntheticSite(pump, certificate, sound=make_sound(), layers=make_pictures())
    viewer = SyntheticSite(pump, certificate)
    async with running_engine(tmp_path) as engine:
        camera = await publish(engine, speaker, "a")
        await receive(engine, viewer, "b", camera, 180)
        await until(lambda: viewer.receiver.totals.frames > 10)
        engine.engine.tell(View("r", "b", (Want(camera, 360),)))
        await until(lambda: viewer.receiver.totals.switches == 1)
        await viewer.close()
        await speaker.close()
    assert viewer.receiver.totals.slots_changed == 0
    assert viewer.receiver.totals.lost == 0


async def test_site_begins_anew_and_goes_on_counting(tmp_path: Path, pump: Pump) -> None:
    certificate = Certificate()
    speaker = SyntheticSite(pump, certificate, sound=make_sound(), layers=make_pictures())
    viewer = SyntheticSite(pump, certificate)
    totals = viewer.receiver.totals
    for number in range(2):
        async with running_engine(tmp_path) as engine:
            camera = await publish(engine, speaker, "a")
            await receive(engine, viewer, "b", camera, 180)
            await until(partial(shows, totals, 10 * (number + 1)))
            await speaker.restart()
            await viewer.restart()
    assert viewer.receiver.totals is totals
    assert totals.lost == 0


async def test_quiet_microphone_sends_as_dtx_does(tmp_path: Path, pump: Pump) -> None:
    speaker = SyntheticSite(pump, Certificate(), sound=make_sound(), layers=make_pictures()[:1])
    async with running_engine(tmp_path) as engine:
        await publish(engine, speaker, "a")
        await until(lambda: speaker.microphone is not None and speaker.microphone.sent > 5)
        assert speaker.microphone is not None
        speaker.microphone.talk(False, asyncio.get_running_loop().time())
        before, began = speaker.microphone.sent, asyncio.get_running_loop().time()
        await until(lambda: asyncio.get_running_loop().time() - began > 1.0)
        assert 1 <= speaker.microphone.sent - before <= 4
        await speaker.close()


def test_stamped_sound_and_every_layer_can_be_decoded() -> None:
    opus = av.CodecContext.create("libopus", "r")
    samples = [
        frame.samples for one in make_sound() for frame in opus.decode(av.Packet(add_stamp(one.payload, b"8" * 8)))
    ]
    assert sum(samples) == 4 * 48_000
    for layer in make_pictures():
        vp8 = av.CodecContext.create("libvpx", "r")
        shown = [frame for one in layer.frames for frame in vp8.decode(av.Packet(one + b"stampstp"))]
        assert len(shown) == len(layer.frames)
        assert (shown[0].width, shown[0].height) == (layer.shape.width, layer.shape.height)


def test_recording_is_sent_as_it_is(tmp_path: Path) -> None:
    sound = read_sound(SPEECH)
    assert len(sound) > 100
    assert len({frame.level for frame in sound}) > 5
    with pytest.raises(RecordingUnreadable):
        read_pictures(SPEECH, LAYERS[:1])
    broken = tmp_path / "broken.ogg"
    broken.write_bytes(b"nothing")
    with pytest.raises(RecordingUnreadable):
        read_sound(broken)


@pytest.mark.parametrize("many", [True, False])
def test_batch_of_datagrams_is_dated(monkeypatch: pytest.MonkeyPatch, many: bool) -> None:
    if not many:
        monkeypatch.setattr(sys, "platform", "other")
    batch = Batch()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind(("127.0.0.1", 0))
        own.setblocking(False)
        date_arrivals(own)
        began = time.time_ns()
        for number in range(70):
            own.sendto(b"datagram %d" % number, own.getsockname())
        assert batch.read(own) == 64
        assert batch.lengths[:11] == [10] * 10 + [11]
        assert bytes(batch.buffer.view[SLOT_SIZE : SLOT_SIZE + 10]) == b"datagram 1"
        assert all(began <= at <= time.time_ns() for at in batch.arrivals)
        assert batch.read(own) == 6
        assert batch.read(own) == 0
