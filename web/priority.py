"""Stepping back: a process that works in its own time beside media and pages, which must never wait for it."""

import ctypes
import logging
import os
import platform

log = logging.getLogger(__name__)

NICENESS = 10
IOPRIO_SET = {"x86_64": 251, "aarch64": 30}  # the number of ioprio_set(2)
WHO_PROCESS = 1
LAST_OF_ALL = 2 << 13 | 7  # not idle: whoever holds the lock of the database must be able to finish


def step_back() -> None:
    """Take the processors and the disk last. To be called before there is any thread: each inherits it.

    What a system refuses is logged and does no harm.
    """
    os.nice(NICENESS)
    try:
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))  # longer turns, and no haste after a sleep
    except OSError as error:
        log.info("the scheduler keeps its ordinary way: %s", error)
    number = IOPRIO_SET.get(platform.machine())
    if number is None:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, WHO_PROCESS, 0, LAST_OF_ALL) != 0:
        log.info("the disk is shared evenly: %s", os.strerror(ctypes.get_errno()))
