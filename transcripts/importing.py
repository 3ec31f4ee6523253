"""The sound of any file, written as the recorder writes it: Opus in Matroska, in clusters of a second."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from meetings.errors import N_
from transcripts.audio import MIX_BITS, MIX_RATE, Samples, read_blocks
from transcripts.errors import UnreadableAudio

LONGEST = 24 * 3600  # seconds; more is a file that lies about its time
OPTIONS = {"cluster_time_limit": "1000"}


def import_sound(source: Path, target: Path, report: Callable[[float], None] = lambda _seconds: None) -> float:
    """Take the sound out of ``source``; returns its length in seconds. ``target`` is there whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    written = 0
    try:
        with av.open(str(unfinished), "w", format="matroska", options=OPTIONS) as output:
            stream = output.add_stream("libopus", rate=MIX_RATE, layout="mono", bit_rate=MIX_BITS)
            stream.time_base = Fraction(1, MIX_RATE)
            for block in read_blocks(source, MIX_RATE):
                output.mux(stream.encode(_make_frame(block, written)))
                written += len(block)
                report(written / MIX_RATE)
                if written > LONGEST * MIX_RATE:
                    raise UnreadableAudio(N_("Tệp dài hơn 24 giờ. Hãy cắt thành nhiều tệp rồi tải lên lại."))
            output.mux(stream.encode(None))
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return written / MIX_RATE


def _make_frame(block: Samples, at: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.clip(block, -1.0, 1.0)[np.newaxis, :], format="flt", layout="mono")
    frame.sample_rate = MIX_RATE
    frame.pts = at
    return frame
