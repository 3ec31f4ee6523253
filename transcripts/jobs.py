"""When a piece of work is tried again, and when it is given up. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_ATTEMPTS = 4
LEASE = timedelta(seconds=30)  # how long a silent worker keeps its job
FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(minutes=10)


@dataclass(frozen=True)
class Queue:
    """What waits and how fast it goes, in seconds of sound. ``worked`` is how many seconds ``done`` took."""

    left: int
    done: int
    worked: float
    workers: int


def estimate_end(queue: Queue, now: datetime) -> datetime | None:
    """When everything that waits now will be done; ``None`` when nobody can say."""
    if queue.left <= 0 or queue.done <= 0 or queue.worked <= 0:
        return None
    return now + timedelta(seconds=queue.left * queue.worked / queue.done / max(1, queue.workers))


@dataclass(frozen=True)
class Verdict:
    """What becomes of a job that failed: given up, or tried again from ``run_after`` on."""

    give_up: bool
    run_after: datetime


def delay_after(attempts: int) -> timedelta:
    """The pause after the ``attempts``-th failure: 10 s, then four times as long each time, at most 10 min."""
    if attempts < 1:
        raise ValueError("a job fails after at least one attempt")
    factor: int = 4 ** min(attempts - 1, 8)
    return min(FIRST_DELAY * factor, LONGEST_DELAY)


def judge_failure(attempts: int, now: datetime, *, permanent: bool) -> Verdict:
    """``permanent`` says that trying again cannot help, such as with a file that holds no sound."""
    give_up = permanent or attempts >= MAX_ATTEMPTS
    return Verdict(give_up, now if give_up else now + delay_after(attempts))
