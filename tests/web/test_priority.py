"""A worker never takes the processor or the disk from sound and picture: asked of the process itself."""

import asyncio
import ctypes
import os
import platform
import sys
from pathlib import Path

import pytest

from web.priority import LAST_OF_ALL, NICENESS

IOPRIO_GET = {"x86_64": 252, "aarch64": 31}
STANDING = """
import sys, threading
from web.priority import step_back
step_back()
thread = threading.Thread(target=sys.stdin.read, daemon=True)
thread.start()
print("ready", flush=True)
thread.join()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
async def test_every_thread_of_a_worker_comes_last() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STANDING, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        assert await process.stdout.readline() == b"ready\n"
        threads = [int(each.name) for each in Path(f"/proc/{process.pid}/task").iterdir()]
        assert len(threads) >= 2
        for thread in threads:
            assert os.getpriority(os.PRIO_PROCESS, thread) >= min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)
            assert os.sched_getscheduler(thread) == os.SCHED_BATCH
            if (number := IOPRIO_GET.get(platform.machine())) is not None:
                assert ctypes.CDLL(None).syscall(number, 1, thread) == LAST_OF_ALL
    finally:
        process.stdin.close()
        await process.wait()
