"""Whether one voice is heard, or only a crowd: the murmur of a hall, a corridor, a break. Pure arithmetic.

A model writes sentences for a murmur too, and is sure of them, so its own figures do not tell. Sound does: one voice
swings by 10 dB and more between its syllables, also in an echoing hall, and most of what is loud in it has a pitch;
many voices at once fill each other's pauses and blur each other's pitch. Noise over one voice takes its swing but
leaves the pitch, so a crowd is what has neither.
"""

import numpy as np

from transcripts.gate import RATE, Samples, measure_levels

LEAST_SWING_DB = 8.0
LEAST_PITCH = 0.65
FRAME, HOP = 1024, 512  # samples
LAGS = np.arange(RATE // 400, RATE // 70)  # pitches from 70 to 400 Hz
SHORTEST = RATE // 5  # in less there is nothing to tell by


def is_crowd(samples: Samples) -> bool:
    if len(samples) < SHORTEST:
        return False
    return measure_swing(samples) < LEAST_SWING_DB and measure_pitch(samples) < LEAST_PITCH


def measure_swing(samples: Samples) -> float:
    """dB between the loud and the soft, as usual within a second of it: a murmur that grows louder does not swing."""
    levels = measure_levels(samples)
    seconds = np.array_split(levels, max(1, len(samples) // RATE))
    return float(np.median([np.subtract(*np.percentile(second, (95, 20))) for second in seconds]))


def measure_pitch(samples: Samples) -> float:
    """How alike a frame is to itself one pitch period later, from 0 to 1, for a good one of its louder half."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP].astype(np.float64)
    frames = frames - frames.mean(axis=1, keepdims=True)
    power = np.cumsum(np.square(frames), axis=1)
    loud = power[:, -1] >= np.median(power[:, -1])
    frames, power = frames[loud], power[loud]
    likeness = np.fft.irfft(np.abs(np.fft.rfft(frames, 2 * FRAME)) ** 2)[:, LAGS]
    energy = power[:, FRAME - 1 - LAGS] + power[:, -1:] - power[:, LAGS - 1]
    best = (2 * likeness / np.maximum(energy, 1e-9)).max(axis=1)
    return float(np.percentile(best, 80))
