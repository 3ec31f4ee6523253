"""The media process and its parent: start, stop, death of either, and the recordings that outlive them."""

import asyncio
import logging
import os
import select
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from signaling.embedded import EmbeddedEngine, EngineFailed, MediaSettings
from signaling.engine import (
    Answer,
    EngineLost,
    EngineReady,
    FileClosed,
    FileOpened,
    MediaState,
    Publish,
    Record,
    RecordingRefused,
    SentTrack,
    StopRecording,
)
from signaling.rtcp import ReceiverReport
from tests.media import Client, Listener, Sent, find_process, measure_seconds, running_engine, write_sound

pytestmark = pytest.mark.alone

SOUND = Sent("0", "microphone", 11)
SECONDS = 5


@asynccontextmanager
async def recording_client(listener: Listener) -> AsyncIterator[Client]:
    """A client whose microphone is recorded; five seconds of it have arrived in the media process."""
    async with AsyncExitStack() as stack:
        client = Client()
        stack.push_async_callback(client.close)
        listener.engine.tell(Record("r", "r"))
        listener.engine.tell(Publish("r", "p1", client.write_offer(SOUND), (SentTrack("0", "microphone"),)))
        await client.connect((await listener.expect(Answer)).sdp)
        await listener.expect(MediaState, lambda event: event.connected)
        for number in range(50 * SECONDS):
            client.send_rtp(write_sound(number, 11))
        while (await client.expect_rtcp(ReceiverReport)).blocks[0].highest < 50 * SECONDS - 1:
            pass
        yield client


async def wait_for_end(process: int) -> None:
    """Return when the process, a child or not, is gone."""
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        assert await asyncio.to_thread(poll.poll, 10_000)
    finally:
        os.close(descriptor)


async def test_stop_finishes_the_files(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as listener, recording_client(listener):
        opened = await listener.expect(FileOpened)
        began = asyncio.get_running_loop().time()
        await listener.engine.stop()
        assert asyncio.get_running_loop().time() - began < 3
        assert (await listener.expect(FileClosed)).path == opened.path
    assert measure_seconds(tmp_path / opened.path) == pytest.approx(SECONDS, abs=0.05)
    assert (tmp_path / "r/p1-1.jsonl").read_text(encoding="utf-8").count('"end"') == 1


async def test_recording_ends_when_it_is_told(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as listener, recording_client(listener):
        listener.engine.tell(StopRecording("r"))
        closed = await listener.expect(FileClosed)
        assert measure_seconds(tmp_path / closed.path) == pytest.approx(SECONDS, abs=0.05)
        listener.engine.tell(Record("r", "r"))  # from now on: the next packet begins a second file
        listener.engine.tell(StopRecording("r"))
        listener.engine.tell(Record("r", "../r"))
        assert (await listener.expect(RecordingRefused)).reason == "error"


async def test_recording_is_refused_on_a_full_disk(tmp_path: Path) -> None:
    async with running_engine(tmp_path, floor=1 << 62) as listener:
        listener.engine.tell(Record("r", "r"))
        assert await listener.expect(RecordingRefused) == RecordingRefused("r", "disk")


async def test_killed_media_process_is_replaced_and_its_file_is_readable(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as listener:
        await listener.expect(EngineReady)
        async with recording_client(listener):
            opened = await listener.expect(FileOpened)
            first = find_process(listener.engine)
            assert first
            os.kill(first, signal.SIGKILL)
            await listener.expect(EngineLost)
        await listener.expect(EngineReady)
        assert find_process(listener.engine) not in (None, first)
        assert SECONDS - 2 <= measure_seconds(tmp_path / opened.path) <= SECONDS
        async with recording_client(listener):
            assert (await listener.expect(FileOpened)).path != opened.path


async def test_machine_that_cannot_start_a_process_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, refusals = asyncio.create_subprocess_exec, [OSError("no memory")]

    async def start_later(*arguments: Any, **options: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return await start(*arguments, **options)

    async with running_engine(tmp_path) as listener:
        await listener.expect(EngineReady)
        monkeypatch.setattr(asyncio, "create_subprocess_exec", start_later)
        process = find_process(listener.engine)
        assert process
        os.kill(process, signal.SIGKILL)
        await listener.expect(EngineLost)
        await listener.expect(EngineReady)
        assert not refusals


async def test_command_told_while_the_process_is_down_is_carried_out(tmp_path: Path) -> None:
    async with running_engine(tmp_path, floor=1 << 62) as listener:
        await listener.expect(EngineReady)
        process = find_process(listener.engine)
        assert process
        os.kill(process, signal.SIGKILL)
        await listener.expect(EngineLost)
        listener.engine.tell(Record("r", "r"))
        assert await listener.expect(RecordingRefused) == RecordingRefused("r", "disk")


async def test_interrupt_is_left_to_the_parent_and_sigterm_is_graceful(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as listener, recording_client(listener):
        process = find_process(listener.engine)
        assert process
        os.kill(process, signal.SIGINT)
        os.kill(process, signal.SIGTERM)
        closed = await listener.expect(FileClosed)
        await listener.expect(EngineLost)
        assert measure_seconds(tmp_path / closed.path) == pytest.approx(SECONDS, abs=0.05)


HOST = """
import asyncio, sys
from pathlib import Path
from tests.media import find_process, running_engine
from tests.signaling.test_embedded import recording_client

async def main():
    async with running_engine(Path(sys.argv[1])) as listener, recording_client(listener):
        print(find_process(listener.engine), flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_killed_parent_takes_its_child_along_and_nothing_is_lost(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    host = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOST, str(tmp_path), cwd=root, stdout=asyncio.subprocess.PIPE
    )
    assert host.stdout
    media = int(await asyncio.wait_for(host.stdout.readline(), 30))
    host.kill()
    await host.wait()
    await wait_for_end(media)
    assert measure_seconds(tmp_path / "r/p1-1.mka") == pytest.approx(SECONDS, abs=0.05)
    assert '"end"' in (tmp_path / "r/p1-1.jsonl").read_text(encoding="utf-8")


async def test_port_in_use_is_said_clearly(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        engine = EmbeddedEngine(MediaSettings("127.0.0.1", port, "", tmp_path, 0))
        with pytest.raises(EngineFailed, match=f"UDP port {port}"):
            await engine.start()


async def test_tcp_port_in_use_is_said_clearly(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        engine = EmbeddedEngine(MediaSettings("127.0.0.1", 0, "", tmp_path, 0, tcp_port=port))
        with pytest.raises(EngineFailed, match=f"TCP port {port}"):
            await engine.start()


async def test_port_that_is_let_go_is_taken(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        engine = EmbeddedEngine(MediaSettings("127.0.0.1", holder.getsockname()[1], "", tmp_path, 0))
        starting = asyncio.create_task(engine.start())
        while find_process(engine) is None:
            await asyncio.sleep(0)
    await starting
    await engine.stop()


async def test_log_of_the_child_is_the_parents(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with caplog.at_level(logging.INFO, "signaling"):
        async with running_engine(tmp_path, port=port):
            pass
    assert f"media on UDP port {port}, announced as 127.0.0.1" in caplog.text


async def test_stop_before_it_is_ready_leaves_nothing_behind(tmp_path: Path) -> None:
    engine = EmbeddedEngine(MediaSettings("127.0.0.1", 0, "", tmp_path, 0))
    starting = asyncio.create_task(engine.start())
    while find_process(engine) is None:
        await asyncio.sleep(0)
    process = find_process(engine)
    assert process
    await engine.stop()
    await wait_for_end(process)
    with pytest.raises(EngineFailed):
        await starting
