"""The gate follows each track's own noise floor and loses no speech, also in quiet tracks."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.sound import read_samples
from transcripts.gate import RATE, Samples, find_loud_stretches, find_quietest

SPEECH = Path(__file__).parent.parent / "speech"
TRUTH = json.loads((SPEECH / "truth.json").read_text())


def make_noise(kind: str, seconds: int, dbfs: float, seed: int = 5) -> Samples:
    """White, pink or mains hum with the given level."""
    generator = np.random.default_rng(seed)
    count = seconds * RATE
    if kind == "hum":
        time = np.arange(count) / RATE
        noise = sum(np.sin(2 * np.pi * 50 * k * time) / k for k in (1, 2, 3))
    else:
        noise = generator.standard_normal(count)
    if kind == "pink":
        spectrum = np.fft.rfft(noise)
        spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
        noise = np.fft.irfft(spectrum, count)
    level = np.sqrt(np.mean(np.square(noise)))
    scaled: Samples = (noise / level * 10 ** (dbfs / 20)).astype(np.float32)
    return scaled


@pytest.mark.parametrize("gain_db", [0, -20, -35])
@pytest.mark.parametrize("track", list(TRUTH["tracks"]))
def test_gate_loses_no_speech(track: str, gain_db: float) -> None:
    samples = read_samples(SPEECH / track) * np.float32(10 ** (gain_db / 20))
    stretches = find_loud_stretches(samples)
    for turn in TRUTH["turns"]:
        if turn["track"] == track:
            start, end = turn["start"] * RATE, turn["end"] * RATE
            heard = sum(max(0, min(end, last) - max(start, first)) for first, last in stretches)
            assert heard == pytest.approx(end - start)


@pytest.mark.parametrize("noise_db", [-60, -45, -35])
def test_gate_hears_speech_above_noise(noise_db: float) -> None:
    samples = read_samples(SPEECH / "meeting-lamha.ogg")
    noisy = samples + make_noise("pink", len(samples) // RATE + 1, noise_db)[: len(samples)]
    for turn in TRUTH["turns"]:
        if turn["track"] == "meeting-lamha.ogg":
            middle = (turn["start"] + turn["end"]) / 2 * RATE
            assert any(first <= middle <= last for first, last in find_loud_stretches(noisy))


@pytest.mark.parametrize("track", list(TRUTH["tracks"]))
def test_gate_spares_most_of_the_silence(track: str) -> None:
    samples = read_samples(SPEECH / track)
    open_for = sum(last - first for first, last in find_loud_stretches(samples))
    speech = TRUTH["tracks"][track]["speech_seconds"] * RATE
    assert open_for < speech + 0.25 * len(samples)


@pytest.mark.parametrize("kind", ["white", "pink", "hum"])
@pytest.mark.parametrize("dbfs", [-60, -40, -20])
def test_steady_noise_stays_outside(kind: str, dbfs: float) -> None:
    assert find_loud_stretches(make_noise(kind, 30, dbfs)) == []


def test_nothing_and_silence_stay_outside() -> None:
    assert find_loud_stretches(np.zeros(0, np.float32)) == []
    assert find_loud_stretches(np.zeros(10 * RATE, np.float32)) == []


def test_digital_silence_does_not_lower_the_floor() -> None:
    noise = make_noise("white", 20, -40)
    padded = np.concatenate([np.zeros(200 * RATE, np.float32), noise])
    assert sum(last - first for first, last in find_loud_stretches(padded)) < 2 * RATE


def test_quietest_place_is_the_pause() -> None:
    noise = make_noise("white", 10, -20)
    noise[5 * RATE : 6 * RATE] *= np.float32(0.001)
    assert 5 * RATE <= find_quietest(noise) <= 6 * RATE


def test_lone_packets_of_a_paused_sender_stay_outside() -> None:
    """With DTX a packet of 20 ms comes every 400 ms while nobody speaks, and nothing between."""
    noise = make_noise("white", 30, -60).reshape(-1, RATE // 50)
    noise[np.arange(len(noise)) % 20 != 0] = 0
    assert find_loud_stretches(noise.reshape(-1)) == []
