"""A crowd is told from one voice, also where that is quiet, echoes, or has noise over it."""

import numpy as np
import pytest

from bench.noises import make_noise
from tests.sound import RATE, SPEECH, TRACKS, TRUTH, read_samples
from transcripts.clarity import is_crowd
from transcripts.gate import Samples


def list_turns(track: str) -> list[tuple[int, int]]:
    turns = [turn for turn in TRUTH["turns"] if turn["track"] == track]
    return [(round(turn["start"] * RATE), round(turn["end"] * RATE)) for turn in turns]


def echo(samples: Samples, seconds: float) -> Samples:
    """As in a hall in which sound takes ``seconds`` to fade by 60 dB; as much comes back as came directly."""
    count = round(seconds * RATE)
    answer = np.random.default_rng(2).standard_normal(count) * np.exp(-6.9 * np.arange(count) / count)
    answer /= np.sqrt(np.sum(np.square(answer)))
    answer[0] = 1
    size = 1 << (len(samples) + count).bit_length()
    heard = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(answer, size), size)[: len(samples)]
    return heard.astype(np.float32)


@pytest.mark.parametrize("kind", ["as recorded", "quiet", "hall", "white noise", "murmur behind"])
@pytest.mark.parametrize("track", list(TRACKS))
def test_one_voice_is_no_crowd(track: str, kind: str) -> None:
    samples = read_samples(SPEECH / track)
    if kind == "quiet":
        samples = samples * np.float32(0.02)
    if kind == "hall":
        samples = echo(samples, 0.6)
    if kind == "white noise":  # 15 dB under the voice
        noise = np.random.default_rng(3).standard_normal(len(samples)) * 0.012
        samples = samples + noise.astype(np.float32)
    if kind == "murmur behind":
        samples = samples + make_noise("babble", len(samples) / RATE, -40)[: len(samples)]
    assert [turn for turn in list_turns(track) if is_crowd(samples[slice(*turn)])] == []


@pytest.mark.parametrize("dbfs", [-20, -30, -40, -50])
def test_murmur_is_a_crowd(dbfs: float) -> None:
    murmur = make_noise("babble", 60, dbfs, seed=4)
    pieces = np.split(murmur, 20)
    assert sum(is_crowd(piece) for piece in pieces) == len(pieces)


def test_a_moment_tells_nothing() -> None:
    assert not is_crowd(np.zeros(0, np.float32))
    assert not is_crowd(make_noise("babble", 0.1, -25))


def test_murmur_that_grows_louder_is_a_crowd() -> None:
    louder = np.concatenate([make_noise("babble", 1.5, dbfs, seed=7) for dbfs in (-50, -30)])
    assert is_crowd(louder)
