"""What an administrator may set about speech recognition. No engine is imported here."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from meetings.errors import N_
from transcripts.errors import ModelUnavailable

Engine = Literal["auto", "faster-whisper", "openai-whisper"]
Device = Literal["auto", "cpu", "cuda"]
Compute = Literal["auto", "int8", "int8_float16", "int8_float32", "float16", "bfloat16", "float32"]
WindowChoice = Literal["auto", "packed", "utterance"]

MOST_BEAMS = 10


@dataclass(frozen=True)
class WhisperSettings:
    """``model``: a folder, a file, a size or a Hugging Face id.

    ``window`` ``auto`` packs, except for a model that is smaller than any published one. ``threads``: 0 is half of the
    processors of this machine. A fetched model is kept in the folder ``kept``, or where the hub's client keeps
    everybody's.
    """

    model: str
    window: WindowChoice = "auto"
    threads: int = 0
    kept: Path | None = None
    engine: Engine = "auto"
    device: Device = "auto"
    compute: Compute = "auto"
    beams: int = 5


def count_threads(settings: WhisperSettings) -> int:
    """Half of the processors unless told, so that media and pages keep theirs."""
    return settings.threads or max(1, (os.cpu_count() or 1) // 2)


def check_compute(settings: WhisperSettings, able: Sequence[str]) -> str:
    """The type that is set, if it is one of those in which the machine can calculate."""
    if settings.compute not in able:
        raise ModelUnavailable(
            N_("Máy này không tính được kiểu {compute}. Các kiểu dùng được: {able}."),
            compute=settings.compute,
            able=", ".join(able),
        )
    return settings.compute
