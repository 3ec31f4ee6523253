"""From sound to text: gate, voice detector, Whisper, guard. The only file that imports a speech engine, and late.

Settings are the same for every run, so that a recording always gives the same text: language ``vi``, temperature 0, no
text of one stretch prompts the next. Times are the bounds of the voice detector, not what the model believes.
"""

import logging
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from meetings.errors import N_
from transcripts.errors import ModelUnavailable
from transcripts.gate import RATE, Samples, find_loud_stretches, find_quietest
from transcripts.hallucination import Evidence, is_blank, judge_text

log = logging.getLogger(__name__)

BLOCK = 120 * RATE  # samples looked at together; memory does not grow beyond it
HELD_BACK = round(1.5 * RATE)  # speech that ends this near to the end of a block is looked at again with the next
TOKEN_CAP = 220  # CTranslate2 stops at 224 without a word
SHORTEST_SPLIT = 2 * RATE
NEEDED_FILES = ("model.bin", "tokenizer.json", "config.json")
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")


@dataclass(frozen=True)
class WhisperSettings:
    """``model``: a folder of a CTranslate2 model, a size or a Hugging Face id. ``threads``: 0 is half of the processors
    of this machine.

    ``window`` ``utterance`` decodes each stretch of speech on its own. A fetched model is kept in the folder ``kept``,
    or where the hub's client keeps everybody's.
    """

    model: str
    window: Literal["utterance"] = "utterance"
    threads: int = 0
    kept: Path | None = None


@dataclass(frozen=True)
class Decoded:
    """What a model hears in one stretch. ``tokens`` is the length of its longest answer, to see where it was cut."""

    text: str
    log_probability: float
    no_speech_probability: float
    tokens: int


@dataclass(frozen=True)
class Spoken:
    """One stretch of speech of one track. ``start`` and ``end`` are seconds of the file; ``suspect`` is a reason."""

    start: float
    end: float
    text: str
    suspect: str = ""


class Transcriber(Protocol):
    """A speech engine: mono float32 samples at 16 kHz, at most 30 s of them, become text."""

    def decode(self, samples: Samples) -> Decoded: ...


def transcribe_blocks(
    transcriber: Transcriber, blocks: Iterable[Samples], report: Callable[[float], None] = lambda _seconds: None
) -> Iterator[Spoken]:
    """What is said in a track. ``report`` is told how many seconds are done; what it raises ends the work."""
    for start, samples, done in find_speech(blocks):
        report(done / RATE)
        if samples is None:
            continue
        for offset, piece, decoded in decode_whole(transcriber, samples):
            if is_blank(decoded.text):
                continue
            first, last = (start + offset) / RATE, (start + offset + len(piece)) / RATE
            evidence = Evidence(decoded.log_probability, decoded.no_speech_probability, last - first)
            text = " ".join(decoded.text.split())
            yield Spoken(round(first, 3), round(last, 3), text, judge_text(text, evidence))


def decode_whole(transcriber: Transcriber, samples: Samples) -> Iterator[tuple[int, Samples, Decoded]]:
    """Decode a stretch; where the answer was cut off at the token cap, cut the sound at its quietest place instead."""
    decoded = transcriber.decode(samples)
    if decoded.tokens < TOKEN_CAP or len(samples) < 2 * SHORTEST_SPLIT:
        yield 0, samples, decoded
        return
    middle = find_quietest(samples)
    for offset, half in ((0, samples[:middle]), (middle, samples[middle:])):
        for inner, piece, answer in decode_whole(transcriber, half):
            yield offset + inner, piece, answer


def find_speech(blocks: Iterable[Samples]) -> Iterator[tuple[int, Samples | None, int]]:
    """The stretches of speech: first sample, samples, and how many samples are done by then.

    A block without speech gives one entry with ``None``, so that progress is seen in silence too.
    """
    waiting: list[Samples] = []
    size = begin = 0
    for block in blocks:
        waiting.append(block)
        size += len(block)
        if size >= BLOCK:
            buffer = np.concatenate(waiting)
            keep = yield from _find_in_buffer(buffer, begin, is_last=False)
            waiting, size, begin = [buffer[keep:]], len(buffer) - keep, begin + keep
    yield from _find_in_buffer(np.concatenate(waiting) if waiting else np.zeros(0, np.float32), begin, is_last=True)


def _find_in_buffer(
    buffer: Samples, begin: int, *, is_last: bool
) -> Generator[tuple[int, Samples | None, int], None, int]:
    """As ``find_speech``; returns from which sample on the buffer must be looked at again."""
    limit = len(buffer) if is_last else len(buffer) - HELD_BACK
    keep = limit
    for start, end in detect_voice(buffer):
        if not is_last and end > limit:
            keep = min(keep, start)
            break
        yield begin + start, buffer[start:end], begin + end
    yield begin + keep, None, begin + keep
    return keep


def detect_voice(samples: Samples) -> list[tuple[int, int]]:
    """Start and end of each utterance, by Silero VAD within the stretches that the gate lets through."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps  # late: it loads an inference runtime

    options = VadOptions(
        min_silence_duration_ms=250, speech_pad_ms=120, max_speech_duration_s=12, min_speech_duration_ms=150
    )
    found = []
    for first, last in find_loud_stretches(samples):
        for stretch in get_speech_timestamps(samples[first:last], options):
            found.append((first + int(stretch["start"]), first + int(stretch["end"])))
    return found


class FasterWhisper:
    """A Whisper model on CTranslate2. Loading raises ``ModelUnavailable`` with what to do about it."""

    def __init__(self, settings: WhisperSettings) -> None:
        self._model = load_model(settings)

    def decode(self, samples: Samples) -> Decoded:
        segments, _info = self._model.transcribe(
            samples,
            language="vi",
            temperature=0.0,
            condition_on_previous_text=False,
            no_speech_threshold=None,  # the engine would drop the text without a trace; the guard marks it instead
            log_prob_threshold=None,
            compression_ratio_threshold=None,
            vad_filter=False,
        )
        pieces = [piece for piece in segments if piece.text.strip()]
        windows: dict[int, int] = {}
        for piece in pieces:
            windows[piece.seek] = windows.get(piece.seek, 0) + len(piece.tokens)
        return Decoded(
            text=" ".join(piece.text.strip() for piece in pieces),
            log_probability=min((piece.avg_logprob for piece in pieces), default=0.0),
            no_speech_probability=max((piece.no_speech_prob for piece in pieces), default=1.0),
            tokens=max(windows.values(), default=0),
        )


def load_model(settings: WhisperSettings) -> Any:
    """The model in memory, from its folder, from the cache of earlier downloads, or from the hub."""
    name = settings.model.strip()
    if not name:
        raise ModelUnavailable(
            N_("Chưa chọn mô hình nhận dạng tiếng nói. Hãy đặt GIAOBAN_WHISPER_MODEL là thư mục mô hình CTranslate2.")
        )
    folder = check_folder(Path(name)) if _names_path(name) else _fetch_model(name, settings.kept)
    from faster_whisper import WhisperModel  # late: it loads CTranslate2, which few commands need

    try:
        return WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=settings.threads or count_threads()
        )
    except (RuntimeError, ValueError, OSError) as error:
        raise ModelUnavailable(
            N_("Mô hình trong thư mục {folder} không nạp được: {reason}."), folder=folder, reason=error
        ) from error


def count_threads() -> int:
    """Half of the processors, so that media and pages keep theirs."""
    return max(1, (os.cpu_count() or 1) // 2)


def check_folder(folder: Path) -> Path:
    """``folder`` if a CTranslate2 model with its tokenizer is in it.

    Without ``tokenizer.json`` the engine would silently ask the hub for one, which a closed network does not have.
    """
    if folder.is_file():
        raise ModelUnavailable(
            N_("{folder} là một tệp. Cần thư mục mô hình CTranslate2; tệp .pt phải được chuyển đổi trước."),
            folder=folder,
        )
    if not folder.is_dir():
        raise ModelUnavailable(N_("Không có thư mục mô hình {folder}."), folder=folder)
    missing = [name for name in NEEDED_FILES if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in VOCABULARIES):
        missing.append(VOCABULARIES[0])
    if missing:
        raise ModelUnavailable(
            N_(
                "Thư mục mô hình {folder} thiếu {files}. Khi chuyển đổi bằng ct2-transformers-converter, hãy thêm "
                "--copy_files tokenizer.json preprocessor_config.json."
            ),
            folder=folder,
            files=", ".join(missing),
        )
    return folder


def _names_path(name: str) -> bool:
    """A size has no slash, a hub id has one and no folder of that name."""
    path = Path(name)
    return path.exists() or path.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1 or "\\" in name


def _fetch_model(name: str, kept: Path | None) -> Path:
    from faster_whisper.utils import available_models, download_model  # late: it brings the hub's client

    if "/" not in name and name not in available_models():
        raise ModelUnavailable(
            N_("Không có thư mục mô hình hoặc cỡ mô hình “{name}”. Các cỡ: {sizes}."),
            name=name,
            sizes=", ".join(available_models()),
        )
    folder = str(kept) if kept else None
    try:
        return check_folder(Path(download_model(name, local_files_only=True, cache_dir=folder)))
    except (OSError, ValueError, ModelUnavailable):
        log.info("model %s is not on this machine yet: downloading it", name)
    try:
        return check_folder(Path(download_model(name, cache_dir=folder)))
    except ModelUnavailable:
        raise
    except Exception as error:  # the hub's client raises many kinds; all mean that there is no model
        raise ModelUnavailable(
            N_(
                "Mô hình “{name}” không có trên máy này và không tải được ({reason}). Trên mạng kín, hãy chép thư mục "
                "mô hình CTranslate2 vào máy và đặt GIAOBAN_WHISPER_MODEL là đường dẫn của nó."
            ),
            name=name,
            reason=type(error).__name__,
        ) from error
