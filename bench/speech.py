"""What transcribing costs beside openai-whisper and faster-whisper, what it understands, and what it invents.

Cost: one of the thirteen tracks of a meeting, scaled down, with models of random weights (``random_whisper``), because
the time of a model does not depend on what it has learnt. All run on one thread, in turns, in this one process.
"""

import importlib.util
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np

from bench.heard import hear_fixtures, hear_noise, read_fixture_speech
from bench.machine import PeerAbsent, describe_machine
from bench.random_whisper import SILENT_TOKENS, TOKENS, WINDOW, Steady, convert, make_checkpoint
from transcripts.audio import read_blocks
from transcripts.gate import RATE, Samples
from transcripts.speech import transcribe_blocks
from transcripts.voice import find_speech

TRACKS, MINUTES = 13, 90  # of the meeting that is scaled down
SPEECH_SECONDS = 150  # of the one track that is measured; thirteen times as much is its length
BEAMS = 5
SILENT_SECONDS = 300
DTX_PACKETS = 20  # of 20 ms: one of so many is sent while nobody speaks
AIM_OPENAI, AIM_FASTER, AIM_SILENT = 0.10, 0.75, 0.03


def make_track(generator: np.random.Generator) -> tuple[Samples, float]:
    """Microphone noise with one long turn of speech and two short ones; and how long the speech is."""
    speech = np.resize(read_fixture_speech(), SPEECH_SECONDS * RATE)
    noise = generator.standard_normal(SPEECH_SECONDS * TRACKS * RATE).astype(np.float32) * np.float32(0.001)
    cuts = [0, 10 * RATE, 20 * RATE, len(speech)]
    places = [len(noise) // 8, len(noise) // 4, len(noise) // 2]
    for place, first, last in zip(places, cuts, cuts[1:], strict=False):
        noise[place : place + last - first] += speech[first:last]
    return noise, len(speech) / RATE


def spend(work: Callable[[], object]) -> float:
    """Seconds of processor time."""
    began = time.process_time()
    work()
    return time.process_time() - began


def measure_cost(size: str, rounds: int) -> dict[str, Any]:
    import torch

    torch.set_num_threads(1)
    track, speech = make_track(np.random.default_rng(1))
    checkpoint = make_checkpoint(size)
    with tempfile.TemporaryDirectory() as folder:
        convert(checkpoint, Path(folder))
        greedy, beams = Steady(Path(folder), 1), Steady(Path(folder), BEAMS)
        window = read_fixture_speech()[: WINDOW * RATE]
        silence = track[: WINDOW * RATE]
        works: dict[str, Callable[[], object]] = {
            "openai_silent_window": lambda: run_openai(checkpoint, silence, SILENT_TOKENS),
            "ours_greedy": lambda: list(transcribe_blocks(greedy, [track])),
            "faster_greedy": lambda: run_faster(greedy, track),
            "ours_beams": lambda: list(transcribe_blocks(beams, [track])),
            "openai_speech_window": lambda: run_openai(checkpoint, window, TOKENS),
        }
        spent: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(rounds):
            for name, work in works.items():
                spent[name].append(spend(work))
    costs = {name: statistics.median(values) for name, values in spent.items()}
    speaking = speech / WINDOW
    silent = len(track) / RATE / WINDOW - speaking
    openai = speaking * costs["openai_speech_window"] + silent * costs["openai_silent_window"]
    return {
        "size": size,
        "weights": "random",
        "track_seconds": len(track) / RATE,
        "speech_seconds": speech,
        "scaled_down_from": f"{TRACKS} tracks of {MINUTES} minutes, a thirteenth of each spoken",
        "cpu_seconds": {name: round(value, 2) for name, value in costs.items()} | {"openai_track": round(openai, 1)},
        "cpu_ratio_openai_whisper": round(costs["ours_beams"] / openai, 4),
        "cpu_ratio_faster_whisper": round(costs["ours_greedy"] / costs["faster_greedy"], 4),
    }


def run_openai(checkpoint: Any, sound: Samples, tokens: int) -> None:
    """One window as openai-whisper does it in its walk through a file."""
    import whisper

    mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(sound), checkpoint.dims.n_mels)
    options = whisper.DecodingOptions(
        language="vi", temperature=0.0, beam_size=BEAMS, sample_len=tokens, without_timestamps=True, fp16=False
    )
    whisper.decode(checkpoint, mel, options)


def run_faster(engine: Steady, sound: Samples) -> None:
    """The whole track by faster-whisper, with its own voice filter."""
    model = engine._model
    marks = range(51865 - 1501, 51865)  # a model of random weights would set time marks at random
    segments, _info = model.transcribe(
        sound,
        language="vi",
        beam_size=1,
        temperature=0.0,
        condition_on_previous_text=False,
        vad_filter=True,
        without_timestamps=True,
        max_new_tokens=2 * TOKENS - 4,  # CTranslate2 takes half of it and of the prompt
        suppress_tokens=[-1, *marks],
        no_speech_threshold=None,
        log_prob_threshold=None,
        compression_ratio_threshold=None,
    )
    list(segments)


def measure_silence(total: float) -> dict[str, Any]:
    """Twelve tracks with nobody at the microphone; ``total``: what all that is said costs.

    With DTX, which our room asks of browsers, silence is a packet now and then; and as a sender without it has it.
    """
    costs, stretches = {}, 0
    with tempfile.TemporaryDirectory() as name:
        for kind in ("dtx", "always_sending"):
            path = write_silence(Path(name) / f"{kind}.webm", dtx=kind == "dtx")

            def listen(path: Path = path) -> None:
                nonlocal stretches
                stretches += sum(one.stretch is not None for one in find_speech(read_blocks(path)))

            costs[kind] = statistics.median(spend(listen) for _ in range(3)) / SILENT_SECONDS
    twelve = {kind: cost * (TRACKS - 1) * MINUTES * 60 for kind, cost in costs.items()}
    return {
        "stretches_heard": stretches,
        "cpu_ms_per_second": {kind: round(cost * 1000, 3) for kind, cost in costs.items()},
        "cpu_share": {kind: round(cost / (cost + total), 4) for kind, cost in twelve.items()},
    }


def write_silence(path: Path, *, dtx: bool) -> Path:
    """A microphone's own noise as Opus; with ``dtx`` only the packets that are sent then."""
    noise = np.random.default_rng(5).standard_normal(SILENT_SECONDS * 48_000).astype(np.float32) * np.float32(0.001)
    with av.open(str(path), "w", format="webm") as output:
        stream: Any = output.add_stream("libopus", rate=48_000, layout="mono", options={"application": "voip"})
        stream.bit_rate = 24_000
        for number, part in enumerate(noise.reshape(-1, 960)):
            frame = av.AudioFrame.from_ndarray(part[np.newaxis, :], format="flt", layout="mono")
            frame.sample_rate, frame.pts = 48_000, number * 960
            packets = stream.encode(frame)
            if not dtx or number % DTX_PACKETS == 0:
                output.mux(packets)
        output.mux(stream.encode(None))
    return path


async def run(*, size: str, rounds: int, minutes: float) -> dict[str, Any]:
    if importlib.util.find_spec("whisper") is None:
        raise PeerAbsent("openai-whisper")
    cost = measure_cost(size, rounds)
    scale = MINUTES * 60 / cost["speech_seconds"]
    silent = measure_silence(cost["cpu_seconds"]["ours_beams"] * scale)
    noise = hear_noise(minutes)
    invented = silent["stretches_heard"] + noise["words_unmarked"]
    shown = (
        cost["cpu_ratio_openai_whisper"] <= AIM_OPENAI
        and cost["cpu_ratio_faster_whisper"] <= AIM_FASTER
        and invented == noise["sentences_in_minutes"] == 0
    )
    return {
        "shown": shown,
        "cpu_ratio_openai_whisper": cost["cpu_ratio_openai_whisper"],
        "cpu_ratio_faster_whisper": cost["cpu_ratio_faster_whisper"],
        "invented_words": invented,
        "cost": cost,
        "silent_tracks": silent,
        "noise": noise,
        "fixtures": hear_fixtures(),
        "aims": {"openai_whisper": AIM_OPENAI, "faster_whisper": AIM_FASTER, "silent_tracks": AIM_SILENT},
        "machine": describe_machine(),
    }
