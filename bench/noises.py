"""Sounds of a room in which nobody speaks to the meeting: made here, the same ones in every run.

Babble is speech of many at once, of which no word can be made out: twelve cuts of the fixture recordings laid on one
another, some faster and some slower, none of them near.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from transcripts.audio import read_blocks
from transcripts.gate import RATE, Samples

VOICES = 12
SPEECH = Path(__file__).resolve().parent.parent / "tests/speech"


def make_noise(kind: str, seconds: float, dbfs: float, seed: int = 1) -> Samples:
    """``seconds`` of a kind of ``NOISES`` at a level; 0 dB is a full sine's peak, speech has about -25."""
    generator = np.random.default_rng(seed)
    sound = NOISES[kind](generator, round(seconds * RATE))
    level = float(np.sqrt(np.mean(np.square(sound))))
    if not level:
        return sound.astype(np.float32)
    scaled = sound / level * 10 ** (dbfs / 20)
    room = generator.standard_normal(len(scaled)) * 10 ** (-62 / 20)  # of the microphone itself
    return np.clip(scaled + room, -1, 1).astype(np.float32)


def make_babble(generator: np.random.Generator, count: int) -> np.ndarray:
    speech = _cut_speech()
    total = np.zeros(count)
    for number in range(VOICES):
        voice = speech[number % len(speech)]
        places = np.arange(0, len(voice) - 1, generator.uniform(0.85, 1.2))
        heard = np.roll(np.interp(places, np.arange(len(voice)), voice), int(generator.integers(len(places))))
        total += np.resize(heard, count) * generator.uniform(0.5, 1.0)
    return total


@cache
def _cut_speech() -> tuple[Samples, ...]:
    """What is said in each fixture recording, without its pauses."""
    cut = []
    truth = json.loads((SPEECH / "truth.json").read_text())
    for name in truth["tracks"]:
        sound = np.concatenate(list(read_blocks(SPEECH / name)))
        turns = [turn for turn in truth["turns"] if turn["track"] == name]
        cut.append(np.concatenate([sound[round(turn["start"] * RATE) : round(turn["end"] * RATE)] for turn in turns]))
    return tuple(cut)


def make_clatter(generator: np.random.Generator, count: int) -> np.ndarray:
    """Cups, chairs and doors: knocks that ring."""
    total = np.zeros(count)
    time = np.arange(RATE // 2) / RATE
    for start in generator.integers(0, max(1, count - len(time)), max(1, count // RATE)):
        ring = sum(
            generator.uniform(0.2, 1.0) * np.sin(2 * np.pi * hertz * time) for hertz in generator.uniform(200, 5000, 5)
        )
        total[start : start + len(time)] += (
            (ring + generator.standard_normal(len(time))) * np.exp(-time * generator.uniform(12, 60))
        )[: count - start]
    return total


def make_keyboard(generator: np.random.Generator, count: int) -> np.ndarray:
    """Some one hundred and eighty strokes a minute, in bursts."""
    total = np.zeros(count)
    time = np.arange(RATE // 25) / RATE
    at = 0.0
    while (start := int(at * RATE)) < count - len(time):
        stroke = generator.standard_normal(len(time)) * np.exp(-time * generator.uniform(90, 200))
        total[start : start + len(time)] += stroke * generator.uniform(0.4, 1.0)
        at += generator.exponential(0.2) + (generator.uniform(1, 4) if generator.random() < 0.06 else 0.06)
    return total


def make_music(generator: np.random.Generator, count: int) -> np.ndarray:
    """A tune over chords, as from a phone or from the next room."""
    total = np.zeros(count)
    scale = 220 * 2 ** (np.array([0, 2, 4, 7, 9, 12, 14, 16]) / 12)
    length = RATE // 2
    time = np.arange(length) / RATE
    for beat in range(count // length):
        tones = [generator.choice(scale), *(scale[beat // 8 % 4] * ratio for ratio in (0.5, 0.75, 1.0))]
        sound = sum(np.sin(2 * np.pi * tone * part * time) / part**1.5 for tone in tones for part in range(1, 6))
        total[beat * length : (beat + 1) * length] = sound * np.exp(-3 * time)
    return total


def make_silence(generator: np.random.Generator, count: int) -> np.ndarray:
    return np.zeros(count)


NOISES: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "babble": make_babble,
    "clatter": make_clatter,
    "keyboard": make_keyboard,
    "music": make_music,
    "silence": make_silence,
}
