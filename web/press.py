"""The press: papers are rendered, and files that came in are read, each in a process of its own.

A page that takes a second to set, or a file made to keep a reader busy, must not hold up the rooms' messages. The
process has limits of time and memory, ends with the server, and takes with it whatever it choked on.
"""

import asyncio
import contextlib
import logging
import os
import pickle
import sys
from collections import Counter
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from aiohttp import web

from meetings.errors import N_, Conflict, MeetingError

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 30.0  # seconds
AT_ONCE = 2  # processes; further calls wait
TURNS = web.AppKey("press_turns", asyncio.Semaphore)
VERIFYING = web.AppKey("verifying", asyncio.Lock)  # of files that strangers bring: one at a time
RECEIVING = web.AppKey("receiving", Counter[str])  # how many of those are on their way, by address
FAILED = N_("Máy chủ không xử lý được tệp này. Không có gì được lưu. Hãy thử lại; nếu vẫn lỗi, báo quản trị hệ thống.")


async def print_apart(app: web.Application, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What ``work`` returns; what it raises of the domain's errors is raised here.

    ``work`` and its arguments go to the process by name and value (pickle). ``Conflict`` when it takes too long, needs
    too much memory or fails in another way.
    """
    async with app[TURNS]:
        return await run_apart(PATIENCE, work, *args, **kwargs)


async def run_apart(patience: float, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "web.press_process",
        str(os.getpid()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        told, _ = await asyncio.wait_for(child.communicate(pickle.dumps((work, args, kwargs))), patience)
        good, outcome = pickle.loads(told)  # noqa: S301 - our own process wrote it
    except (TimeoutError, EOFError, pickle.UnpicklingError) as error:
        log.error("%s was given up: %r", work.__name__, error)
        raise Conflict(FAILED, field="file") from error
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if good:
        result: T = outcome
        return result
    if isinstance(outcome, MeetingError):
        raise outcome
    log.error("%s failed: %s", work.__name__, outcome)
    raise Conflict(FAILED, field="file")
