"""Worker processes beside the server: started, started again when they die, and ended with it."""

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
from collections.abc import Sequence

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1  # prctl(2)
STOP_SECONDS = 3.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY_SECONDS = 60.0  # after a life this long the pause is the first again


def end_with_parent(parent: int) -> None:
    """Ask the kernel for SIGTERM when ``parent`` (the process that started this one) ends, however it ends."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the request was made
        sys.exit(0)


class Child:
    """One supervised process. ``argv`` is run again, after a growing pause, whenever it ends by itself."""

    def __init__(self, name: str, argv: Sequence[str]) -> None:
        self.name = name
        self.argv = argv
        self.process: asyncio.subprocess.Process | None = None
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.task = asyncio.create_task(self._keep_running(), name=self.name)

    async def stop(self) -> None:
        """End the process: SIGTERM, and SIGKILL after ``STOP_SECONDS``."""
        if self.task is not None:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task
        process = self.process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            log.warning("%s did not end in %s s and is killed", self.name, STOP_SECONDS)
            process.kill()
            await process.wait()

    async def _keep_running(self) -> None:
        pause = FIRST_PAUSE
        while True:
            started = asyncio.get_running_loop().time()
            # A session of its own: Ctrl-C on the terminal reaches only the server, which ends its children in order.
            try:
                self.process = await asyncio.create_subprocess_exec(
                    *self.argv, stdin=asyncio.subprocess.DEVNULL, start_new_session=True
                )
                end = f"code {await self.process.wait()}"
            except OSError as error:
                end = str(error)
            lived = asyncio.get_running_loop().time() - started
            pause = FIRST_PAUSE if lived > STEADY_SECONDS else min(pause * 2, LONGEST_PAUSE)
            log.error("%s ended (%s) and is started again in %.1f s", self.name, end, pause)
            await asyncio.sleep(pause)


def worker_children(count: int) -> list[Child]:
    argv = [sys.executable, "-m", "web", "worker", "--parent", str(os.getpid())]
    return [Child(f"worker {number}", argv) for number in range(1, count + 1)]
