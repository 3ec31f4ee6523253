"""Supervised processes: started again when they die, gone when the supervisor is gone."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import web.children
from web.children import Child

SLEEPER = "import os, sys, time; print(os.getpid(), flush=True); time.sleep(600)"
PARENT = """
import asyncio, sys
from web.children import Child
async def main():
    child = Child("sleeper", [sys.executable, "-c", {code!r}])
    child.start()
    await asyncio.Event().wait()
asyncio.run(main())
"""
FOLLOWER = (
    "import os, time; from web.children import end_with_parent; end_with_parent(os.getppid());"
    "print(os.getpid(), flush=True); time.sleep(600)"
)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


async def test_child_that_dies_is_started_again() -> None:
    child = Child("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"])
    child.start()
    await until(lambda: child.process is not None)
    assert child.process is not None
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: child.process is not None and child.process.pid != first)
    second = child.process.pid
    await child.stop()
    assert not alive(first)
    assert not alive(second)


async def test_child_that_cannot_be_started_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web.children, "FIRST_PAUSE", 0.01)
    child = Child("late", ["/nonexistent"])
    child.start()
    await asyncio.sleep(0.05)
    child.argv = [sys.executable, "-c", SLEEPER]
    await until(lambda: child.process is not None)
    await child.stop()


async def test_child_that_ignores_the_request_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web.children, "STOP_SECONDS", 0.2)
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    child = Child("deaf", [sys.executable, "-c", code])
    child.start()
    await until(lambda: child.process is not None)
    await child.stop()
    assert child.process is not None
    assert child.process.returncode is not None


async def test_child_ends_with_a_killed_parent() -> None:
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", PARENT.format(code=FOLLOWER)], stdout=subprocess.PIPE, cwd=root
    ) as parent:
        assert parent.stdout is not None
        pid = int(await asyncio.to_thread(parent.stdout.readline))
        assert alive(pid)
        parent.kill()
        await until(lambda: not alive(pid))
