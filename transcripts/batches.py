"""How much of a recording is heard at a time: up to a pause, so that no sentence is cut, and stored before the next.

A worker that dies loses one batch. While a recording goes on, a batch is a minute or more of new sound; what is left at
its end is then so little that the minutes follow at once.
"""

from collections.abc import Iterable

import numpy as np

from transcripts.gate import RATE, Samples, find_quietest
from transcripts.voice import detect_voice

LONGEST = 600 * RATE  # 38 MB: memory does not grow beyond it
LEAST = 60.0  # seconds of new sound that are worth a look into a recording that goes on
TAIL = 20 * RATE  # in which a pause is looked for
PAUSE = round(0.4 * RATE)


def take_batch(blocks: Iterable[Samples], *, is_growing: bool) -> tuple[Samples, bool]:
    """The sound of the next batch, and whether it is the recording's end."""
    taken: list[Samples] = []
    size = 0
    for block in blocks:
        taken.append(block)
        size += len(block)
        if size >= LONGEST:
            break
    samples = np.concatenate(taken) if taken else np.zeros(0, np.float32)
    if size < LONGEST and not is_growing:
        return samples, True
    return samples[: find_pause(samples)], False


def find_pause(samples: Samples) -> int:
    """Where to cut: in the last pause of the last seconds, or at their quietest place where nobody pauses."""
    begin = max(0, len(samples) - TAIL)
    tail = samples[begin:]
    if not len(tail):
        return 0
    end = len(tail)
    for first, last in [*reversed(detect_voice(tail)), (0, 0)]:
        if end - last >= PAUSE:
            return begin + end - PAUSE // 2
        end = first
    return begin + find_quietest(tail)
