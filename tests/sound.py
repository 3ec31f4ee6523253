"""Sound for tests, made on the spot: files of any container, with holes, and the fixture meeting."""

import json
import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.audio.resampler import AudioResampler

from transcripts.audio import read_blocks
from transcripts.gate import Samples

RATE = 16_000
SPEECH = Path(__file__).parent / "speech"
MODEL = SPEECH / "tiny-vi-ct2"
CHECKPOINT = SPEECH / "tiny-vi.pt"  # the same model, as openai-whisper has it
ENGINES = (
    pytest.param(MODEL, id="faster-whisper"),
    pytest.param(CHECKPOINT, id="openai-whisper", marks=pytest.mark.openai),
)
TRUTH: dict[str, Any] = json.loads((SPEECH / "truth.json").read_text())
TRACKS = {name: str(track["participant"]) for name, track in TRUTH["tracks"].items()}


def make_tone(seconds: float, hertz: float = 440.0, level: float = 0.3) -> Samples:
    time = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def read_samples(path: str | os.PathLike[str]) -> Samples:
    """The whole sound of a file."""
    return np.concatenate(list(read_blocks(path)))


def write_sound(path: Path, samples: Samples, codec: str, rate: int = RATE, layout: str = "mono") -> Path:
    """``samples`` (16 kHz mono) as a file whose container follows from the path's ending."""
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis, :], format="fltp", layout="mono")
        frame.sample_rate = RATE
        size = stream.codec_context.frame_size or 1024
        resampler = AudioResampler(format=stream.format.name, layout=layout, rate=rate, frame_size=size)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    return path


def write_matroska_with_holes(path: Path, pieces: Sequence[tuple[float, Samples]]) -> Path:
    """Opus in Matroska as the recorder writes it: each piece at its second, nothing in between, one cluster for 2 s."""
    with av.open(str(path), "w", format="matroska", options={"cluster_time_limit": "2000"}) as output:
        stream = output.add_stream("libopus", rate=48_000, layout="mono")
        for second, samples in pieces:
            for number, packet in enumerate(encode_opus(samples)):
                packet.pts = packet.dts = round(second * 48_000) + number * 960
                packet.time_base = Fraction(1, 48_000)
                packet.stream = stream
                output.mux(packet)
    return path


def encode_opus(samples: Samples) -> list[Any]:
    context = av.CodecContext.create("libopus", "w")
    context.sample_rate = 48_000
    context.layout = "mono"
    context.format = "flt"
    context.open()
    frame = av.AudioFrame.from_ndarray(samples[np.newaxis, :], format="flt", layout="mono")
    frame.sample_rate = RATE
    resampler = AudioResampler(format="flt", layout="mono", rate=48_000, frame_size=960)
    parts = [*resampler.resample(frame), *resampler.resample(None)]
    return [packet for part in [*parts, None] for packet in context.encode(part)]


def fold(text: str) -> str:
    """Lower case without punctuation: what a word error rate compares."""
    return " ".join("".join(letter for letter in text.lower() if letter not in ".,!?:;").split())


def reference(track: str) -> str:
    """What is said in a track of the fixture meeting."""
    return fold(" ".join(turn["text"] for turn in TRUTH["turns"] if turn["track"] == track))
