"""Stock aiortc as a peer of another make: its RTCPeerConnection on both sides of a real media process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from av import AudioFrame, VideoFrame

from signaling.engine import (
    AcceptAnswer,
    Answer,
    FileOpened,
    Offer,
    Publish,
    Receive,
    Record,
    SentTrack,
    Slots,
    TrackAdded,
)
from tests.media import PATIENCE_SECONDS, Listener, running_engine

pytestmark = pytest.mark.alone


@asynccontextmanager
async def open_connection() -> AsyncIterator[RTCPeerConnection]:
    """A connection that asks no server of others for its address."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        yield connection
    finally:
        await connection.close()


async def publish(listener: Listener, connection: RTCPeerConnection) -> list[str]:
    for track in (AudioStreamTrack(), VideoStreamTrack()):
        connection.addTransceiver(track, direction="sendonly")
    await connection.setLocalDescription(await connection.createOffer())
    sound, picture = (transceiver.mid for transceiver in connection.getTransceivers())
    sent = (SentTrack(sound or "", "microphone"), SentTrack(picture or "", "camera"))
    listener.engine.tell(Publish("r", "p1", connection.localDescription.sdp, sent))
    answer = await listener.expect(Answer)
    await connection.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
    return [(await listener.expect(TrackAdded)).track for _ in sent]


async def receive(listener: Listener, connection: RTCPeerConnection) -> dict[str, MediaStreamTrack]:
    """Return what comes in the filled slots, by source."""
    listener.engine.tell(Receive("r", "p2"))
    offer = await listener.expect(Offer)
    await connection.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
    await connection.setLocalDescription(await connection.createAnswer())
    listener.engine.tell(AcceptAnswer("r", "p2", offer.generation, connection.localDescription.sdp))
    slots = await listener.expect(Slots, lambda event: len(event.filled) == 2)
    by_mid = {transceiver.mid: transceiver.receiver.track for transceiver in connection.getTransceivers()}
    return {one.source: by_mid[one.mid] for one in slots.filled}


async def test_aiortc_decodes_what_aiortc_publishes(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as listener, AsyncExitStack() as stack:
        speaker = await stack.enter_async_context(open_connection())
        viewer = await stack.enter_async_context(open_connection())
        listener.engine.tell(Record("r", "r"))
        await publish(listener, speaker)
        received = await receive(listener, viewer)
        async with asyncio.timeout(PATIENCE_SECONDS):
            sounds = [await received["microphone"].recv() for _ in range(50)]
            pictures = [await received["camera"].recv() for _ in range(10)]
        assert all(isinstance(frame, AudioFrame) and frame.sample_rate == 48000 for frame in sounds)
        assert all(isinstance(frame, VideoFrame) and frame.width == 640 for frame in pictures)
        assert (await listener.expect(FileOpened)).participant == "p1"
