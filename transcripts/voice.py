"""Where somebody speaks in a track: the gate, then Silero's voice detector within what the gate lets through."""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from transcripts.gate import RATE, Samples, find_loud_stretches
from transcripts.packing import CONTEXT, Stretch

BLOCK = 120 * RATE  # samples looked at together; memory does not grow beyond it
HELD_BACK = round(1.5 * RATE)  # speech that ends this near to the end of a block is looked at again with the next


@dataclass(frozen=True)
class Found:
    """How many samples of the track are done, and the speech found there, if any."""

    done: int
    stretch: Stretch | None = None


def find_speech(blocks: Iterable[Samples]) -> Iterator[Found]:
    """The stretches of speech of a track, in order.

    A block without speech gives one entry without a stretch, so that progress is seen in silence too.
    """
    waiting: list[Samples] = []
    size = begin = 0
    for block in blocks:
        waiting.append(block)
        size += len(block)
        if size >= BLOCK:
            buffer = np.concatenate(waiting)
            keep = yield from _find_in_buffer(buffer, begin, is_last=False)
            waiting, size, begin = [buffer[keep:]], len(buffer) - keep, begin + keep
    yield from _find_in_buffer(np.concatenate(waiting) if waiting else np.zeros(0, np.float32), begin, is_last=True)


def _find_in_buffer(buffer: Samples, begin: int, *, is_last: bool) -> Generator[Found, None, int]:
    """As ``find_speech``; returns from which sample on the buffer must be looked at again."""
    limit = len(buffer) if is_last else len(buffer) - HELD_BACK
    keep = limit
    for start, end in detect_voice(buffer):
        if not is_last and end > limit:
            keep = min(keep, start)
            break
        lead, tail = buffer[max(0, start - CONTEXT) : start], buffer[end : end + CONTEXT]
        yield Found(begin + end, Stretch(begin + start, buffer[start:end], lead, tail))
    yield Found(begin + keep)
    return keep


def detect_voice(samples: Samples) -> list[tuple[int, int]]:
    """Start and end of each utterance."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps  # late: it loads an inference runtime

    options = VadOptions(
        min_silence_duration_ms=250, speech_pad_ms=120, max_speech_duration_s=12, min_speech_duration_ms=150
    )
    found = []
    for first, last in find_loud_stretches(samples):
        for stretch in get_speech_timestamps(samples[first:last], options):
            found.append((first + int(stretch["start"]), first + int(stretch["end"])))
    return found
