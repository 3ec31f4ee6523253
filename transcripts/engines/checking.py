"""Whether a model can be used on this machine, why not, and how fast it is here."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from transcripts.engines.faster import FasterWhisper
from transcripts.engines.loading import load_engine, locate_model
from transcripts.engines.openai import OpenaiWhisper
from transcripts.engines.settings import WhisperSettings
from transcripts.gate import RATE, Samples
from transcripts.speech import transcribe_blocks

LEAST_SPEED = 1.0  # times real time; less, and the minutes come later with every meeting


@dataclass(frozen=True)
class Checked:
    """A model that loads. ``speed``: seconds of speech that are transcribed in one second."""

    model: str
    engine: str
    path: str
    device: str
    compute: str
    threads: int
    window: str
    beams: int
    load_seconds: float
    speech_seconds: float
    work_seconds: float
    speed: float
    text: str

    @property
    def is_slow(self) -> bool:
        return self.speed < LEAST_SPEED


def check_model(settings: WhisperSettings, blocks: Iterable[Samples]) -> Checked:
    """Load the model and transcribe the speech in ``blocks``. Raises ``ModelUnavailable`` with what to do about it."""
    began = time.monotonic()
    found = locate_model(settings)
    engine = load_engine(settings)
    assert isinstance(engine, FasterWhisper | OpenaiWhisper)  # noqa: S101 - there are no others
    loaded = time.monotonic()
    sound = np.concatenate(list(blocks))
    pieces = list(transcribe_blocks(engine, [sound]))
    worked = time.monotonic() - loaded
    return Checked(
        model=settings.model,
        engine=engine.name,
        path=str(found.path),
        device=engine.device,
        compute=engine.compute,
        threads=engine.threads,
        window=engine.window,
        beams=settings.beams,
        load_seconds=round(loaded - began, 2),
        speech_seconds=round(len(sound) / RATE, 1),
        work_seconds=round(worked, 2),
        speed=round(len(sound) / RATE / max(worked, 0.001), 1),
        text=" ".join(piece.text for piece in pieces)[:200],
    )
