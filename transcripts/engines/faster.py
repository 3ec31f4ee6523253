"""Whisper on CTranslate2, by faster-whisper: the engine that comes with the program.

One call of the decoder for each window, several windows at a time: what a window holds was decided before, so the
library's own walk through a file is not used. Settings are the same for every run, so that a recording always gives
the same text: temperature 0, no text of one window prompts the next.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from meetings.errors import N_
from transcripts.engines.folders import check_folder
from transcripts.engines.settings import WhisperSettings, check_compute, count_threads
from transcripts.engines.tokens import ALIGNED_FROM, CONTEXT, split_pieces
from transcripts.errors import ModelUnavailable
from transcripts.gate import RATE, Samples
from transcripts.speech import Decoded, Piece, Prompt, Window

log = logging.getLogger(__name__)

LATEST_FIRST_TIMESTAMP = 50  # of 20 ms
SPARE = 4  # tokens under the cap at which an answer counts as cut
BATCH = {"cpu": 4, "cuda": 16}  # windows at a time; more take memory and save little


class FasterWhisper:
    """A Whisper model on CTranslate2. Loading raises ``ModelUnavailable`` with what to do about it."""

    name = "faster-whisper"

    def __init__(self, folder: Path, settings: WhisperSettings, window: Window) -> None:
        self.window: Window = window
        self.threads = count_threads(settings)
        self.device = _choose_device(settings)
        self.compute = _choose_compute(settings, self.device)
        self.batch = BATCH[self.device]
        self._beams = settings.beams
        self._model = _load(folder, self.device, self.compute, self.threads)
        self._tokenizers: dict[str, Any] = {}

    def decode(self, samples: Samples, prompt: Prompt) -> Decoded:
        return self.decode_batch([samples], prompt)[0]

    def decode_batch(self, windows: Sequence[Samples], prompt: Prompt) -> list[Decoded]:
        from faster_whisper.audio import pad_or_trim  # late: it loads CTranslate2, which few commands need

        tokenizer = self._choose_tokenizer(prompt.language)
        words = tokenizer.encode(" " + prompt.text.strip()) if prompt.text.strip() else []
        start = self._model.get_prompt(tokenizer, words)
        features = [pad_or_trim(self._model.feature_extractor(samples)[..., :-1]) for samples in windows]
        sound = self._model.encode(np.stack(features))
        cap = CONTEXT - len(start)
        results = self._generate(tokenizer, sound, [start] * len(windows), cap)
        answers = [_read(tokenizer, *one, cap) for one in zip(results, windows, strict=True)]
        return self._align(answers, results, tokenizer, sound, windows)

    def _generate(self, tokenizer: Any, sound: Any, starts: list[list[int]], cap: int) -> Sequence[Any]:
        from faster_whisper.transcribe import get_suppressed_tokens

        found: Sequence[Any] = self._model.model.generate(
            sound,
            starts,
            beam_size=self._beams,
            max_length=2 * cap,  # half of it is what the library lets a window have
            max_initial_timestamp_index=LATEST_FIRST_TIMESTAMP,
            suppress_blank=True,
            suppress_tokens=get_suppressed_tokens(tokenizer, [-1]),
            return_scores=True,
            return_no_speech_prob=True,
        )
        return found

    def count_tokens(self, text: str) -> int:
        return len(self._choose_tokenizer("vi").encode(" " + text))

    def _choose_tokenizer(self, language: str) -> Any:
        from faster_whisper.tokenizer import Tokenizer

        if language not in self._tokenizers:
            self._tokenizers[language] = Tokenizer(self._model.hf_tokenizer, True, task="transcribe", language=language)
        return self._tokenizers[language]

    def _align(
        self, answers: list[Decoded], results: Sequence[Any], tokenizer: Any, sound: Any, windows: Sequence[Samples]
    ) -> list[Decoded]:
        """Times of the words, where the model gave none of its own and the window is long."""
        wanted = [
            bool(answer.text) and not answer.pieces and len(window) >= ALIGNED_FROM
            for answer, window in zip(answers, windows, strict=True)
        ]
        if not any(wanted):
            return answers
        filler = tokenizer.encode(" a")  # the library takes no empty text
        tokens = [[one for one in result.sequences_ids[0] if one < tokenizer.eot] or filler for result in results]
        frames = max(len(window) for window in windows) * 100 // RATE
        found = self._model.find_alignment(tokenizer, tokens, sound, frames)
        return [
            replace(answer, words=tuple(Piece(float(one["start"]), float(one["end"]), one["word"]) for one in words))
            if is_wanted
            else answer
            for answer, words, is_wanted in zip(answers, found, wanted, strict=True)
        ]


def _read(tokenizer: Any, result: Any, samples: Samples, cap: int) -> Decoded:
    tokens = result.sequences_ids[0]
    count = len(tokens)
    return Decoded(
        text=tokenizer.decode(tokens).strip(),
        log_probability=result.scores[0] * count / (count + 1),
        no_speech_probability=result.no_speech_prob,
        tokens=count,
        pieces=split_pieces(tokens, tokenizer.timestamp_begin, tokenizer.eot, tokenizer.decode, len(samples) / RATE),
        cap=cap - SPARE,
    )


def _choose_device(settings: WhisperSettings) -> Literal["cpu", "cuda"]:
    if settings.device == "cpu":
        return "cpu"
    import ctranslate2  # late: few commands need it

    if ctranslate2.get_cuda_device_count():
        return "cuda"
    if settings.device == "cuda":
        raise ModelUnavailable(N_("Máy này không có GPU CUDA dùng được. Hãy đặt GIAOBAN_WHISPER_DEVICE là cpu."))
    return "cpu"


def _choose_compute(settings: WhisperSettings, device: str) -> str:
    import ctranslate2

    if settings.compute == "auto":
        return "int8" if device == "cpu" else "float16"
    return check_compute(settings, sorted(ctranslate2.get_supported_compute_types(device)))


def _load(folder: Path, device: str, compute: str, threads: int) -> Any:
    from faster_whisper import WhisperModel  # late: it loads CTranslate2, which few commands need

    try:
        model = WhisperModel(str(folder), device=device, compute_type=compute, cpu_threads=threads)
    except (RuntimeError, ValueError, OSError) as error:
        raise ModelUnavailable(
            N_("Mô hình trong thư mục {folder} không nạp được: {reason}."), folder=folder, reason=error
        ) from error
    if not model.model.is_multilingual:
        raise ModelUnavailable(N_("Mô hình {folder} chỉ biết tiếng Anh."), folder=folder)
    return model


def fetch_model(name: str, kept: Path | None) -> Path:
    """The folder of a model of the hub, from this machine or downloaded now."""
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
