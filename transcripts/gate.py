"""Which stretches of a track are worth listening to, by the level above the track's own noise floor. Pure arithmetic.

A silent microphone then costs next to nothing: the voice detector and Whisper only see what stands out. The gate only
saves work, so it errs on the side of letting through: it opens early, closes late, and is no judge of what speech is.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.float32]

RATE = 16_000
FRAME = RATE // 50  # 20 ms
SMOOTH = 5  # frames over which the level is averaged
ABOVE_FLOOR_DB = 3.0
LONE = 8  # frames, smoothed; less, with nothing at all before and after, is a lone packet of a paused sender
NOTHING_DB = -115.0
DEAD_DB = -85.0  # below this nobody is heard, whatever the floor
MARGIN = round(0.6 * RATE)  # kept before and after what stands out


def find_loud_stretches(samples: Samples) -> list[tuple[int, int]]:
    """Start and end, in samples at 16 kHz, of the stretches whose level rises above the floor of the track itself.

    Low frequencies are weakened first (hum, wind, air conditioning). Digital silence takes no part in the floor.
    """
    levels = measure_levels(samples)
    heard = levels[levels > DEAD_DB]
    if not len(heard):
        return []
    floor = float(np.percentile(heard, 10))
    loud = levels > max(floor + ABOVE_FLOOR_DB, DEAD_DB)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], loud, [False])).astype(np.int8)))
    stretches: list[tuple[int, int]] = []
    for first, last in edges.reshape(-1, 2).tolist():
        if last - first < LONE and _is_lone(levels, first, last):
            continue
        start = max(0, first * FRAME - MARGIN)
        end = min(len(samples), last * FRAME + MARGIN)
        if stretches and start <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], end)
        else:
            stretches.append((start, end))
    return stretches


def _is_lone(levels: NDArray[np.float64], first: int, last: int) -> bool:
    around = (levels[max(0, first - SMOOTH) : first], levels[last : last + SMOOTH])
    return all(len(side) > 0 and bool(np.min(side) < NOTHING_DB) for side in around)


def measure_levels(samples: Samples) -> NDArray[np.float64]:
    """dB relative to full scale, one value for each 20 ms, smoothed over 100 ms."""
    if not len(samples):
        return np.zeros(0)
    emphasised = np.append(samples[:1], samples[1:] - np.float32(0.95) * samples[:-1])
    padded = np.pad(emphasised, (0, -len(emphasised) % FRAME)).reshape(-1, FRAME)
    power = np.mean(padded.astype(np.float64) ** 2, axis=1)
    smooth = np.convolve(power, np.full(SMOOTH, 1 / SMOOTH), mode="same")
    levels: NDArray[np.float64] = 10 * np.log10(smooth + 1e-12)
    return levels


def find_quietest(samples: Samples) -> int:
    """Where to cut a window in two: the quietest frame between a fifth and four fifths of it, as a sample."""
    levels = measure_levels(samples)
    first, last = len(levels) // 5, max(len(levels) * 4 // 5, len(levels) // 5 + 1)
    return min(len(samples), (first + int(np.argmin(levels[first:last]))) * FRAME)
