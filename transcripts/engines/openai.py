"""Whisper on PyTorch, by openai-whisper: an extra (``pip install .[openai-whisper]``), for checkpoints of that form.

Slower than the other engine on processors; it reads ``.pt`` files as they are.
"""

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from meetings.errors import N_
from transcripts.engines.settings import WhisperSettings, check_compute, count_threads
from transcripts.engines.tokens import ALIGNED_FROM, CONTEXT, split_pieces
from transcripts.errors import ModelUnavailable
from transcripts.gate import RATE, Samples
from transcripts.speech import Decoded, Piece, Prompt, Window

SPARE = 4
TYPES = {"cpu": ("float32",), "cuda": ("float16", "float32")}  # the first is that of "auto"


class OpenaiWhisper:
    """A Whisper checkpoint on PyTorch. Loading raises ``ModelUnavailable`` with what to do about it."""

    name = "openai-whisper"

    def __init__(self, file: Path, settings: WhisperSettings, window: Window) -> None:
        _need_package()
        self.window: Window = window
        self.threads = count_threads(settings)
        self.device = _choose_device(settings)
        self.compute = _choose_compute(settings, self.device)
        self._beams = settings.beams
        self._model = _load(file, self.device, self.threads)
        self._tokenizers: dict[str, Any] = {}

    def decode(self, samples: Samples, prompt: Prompt) -> Decoded:
        import whisper  # late: it loads PyTorch, which takes seconds

        tokenizer = self._choose_tokenizer(prompt.language)
        words = tokenizer.encode(" " + prompt.text.strip()) if prompt.text.strip() else []
        before = (len(words) + 1 if words else 0) + len(tokenizer.sot_sequence)
        mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(samples), self._model.dims.n_mels).to(self._model.device)
        cap = CONTEXT - before - 1
        options = whisper.DecodingOptions(
            language=prompt.language,
            temperature=0.0,
            beam_size=self._beams if self._beams > 1 else None,
            prompt=words or None,
            sample_len=cap,
            fp16=self.compute == "float16",
        )
        answer = whisper.decode(self._model, mel, options)
        pieces = split_pieces(
            answer.tokens, tokenizer.timestamp_begin, tokenizer.eot, tokenizer.decode, len(samples) / RATE
        )
        decoded = Decoded(
            text=answer.text.strip(),
            log_probability=answer.avg_logprob,
            no_speech_probability=answer.no_speech_prob,
            tokens=len(answer.tokens),
            pieces=pieces,
            cap=cap - SPARE,
        )
        if decoded.text and not pieces and len(samples) >= ALIGNED_FROM:
            return replace(decoded, words=self._align(tokenizer, answer.tokens, mel, len(samples)))
        return decoded

    def count_tokens(self, text: str) -> int:
        return len(self._choose_tokenizer("vi").encode(" " + text))

    def _choose_tokenizer(self, language: str) -> Any:
        from whisper.tokenizer import get_tokenizer

        if language not in self._tokenizers:
            self._tokenizers[language] = get_tokenizer(
                self._model.is_multilingual,
                num_languages=self._model.num_languages,
                language=language,
                task="transcribe",
            )
        return self._tokenizers[language]

    def _align(self, tokenizer: Any, tokens: Sequence[int], mel: Any, length: int) -> tuple[Piece, ...]:
        """Times of the words, for models that give none of their own."""
        from whisper.timing import find_alignment

        text = [token for token in tokens if token < tokenizer.eot]
        words = find_alignment(self._model, tokenizer, text, mel, length * 100 // RATE)
        return tuple(Piece(float(word.start), float(word.end), word.word) for word in words)


def _need_package() -> None:
    if find_spec("whisper") is None:
        raise ModelUnavailable(
            N_(
                "Tệp mô hình .pt cần openai-whisper, chưa được cài. Hãy cài bằng pip install .[openai-whisper], hoặc "
                "chuyển đổi mô hình sang CTranslate2."
            )
        )


def _choose_device(settings: WhisperSettings) -> Literal["cpu", "cuda"]:
    if settings.device == "cpu":
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if settings.device == "cuda":
        raise ModelUnavailable(N_("Máy này không có GPU CUDA dùng được. Hãy đặt GIAOBAN_WHISPER_DEVICE là cpu."))
    return "cpu"


def _choose_compute(settings: WhisperSettings, device: Literal["cpu", "cuda"]) -> str:
    able = TYPES[device]
    return able[0] if settings.compute == "auto" else check_compute(settings, able)


def _load(file: Path, device: str, threads: int) -> Any:
    import torch
    import whisper

    torch.set_num_threads(threads)
    try:
        model = whisper.load_model(str(file), device=device)
    except Exception as error:  # a damaged file fails in many ways; all mean that there is no model
        raise ModelUnavailable(
            N_("Tệp mô hình {file} không nạp được: {reason}."), file=file, reason=f"{type(error).__name__}: {error}"
        ) from error
    if not model.is_multilingual:
        raise ModelUnavailable(N_("Mô hình {folder} chỉ biết tiếng Anh."), folder=file)
    return model


def fetch_checkpoint(name: str, kept: Path | None) -> Path:
    """The file of a model named by its size, from this machine or downloaded now."""
    _need_package()
    import whisper

    if name not in whisper.available_models():
        raise ModelUnavailable(
            N_("Không có thư mục mô hình hoặc cỡ mô hình “{name}”. Các cỡ: {sizes}."),
            name=name,
            sizes=", ".join(whisper.available_models()),
        )
    folder = kept or Path.home() / ".cache/whisper"
    url = whisper._MODELS[name]  # its name in the cache is the last part
    try:
        return Path(whisper._download(url, str(folder), in_memory=False))
    except Exception as error:  # the network fails in many ways; all mean that there is no model
        raise ModelUnavailable(
            N_(
                "Mô hình “{name}” không có trên máy này và không tải được ({reason}). Trên mạng kín, hãy chép tệp .pt "
                "vào máy và đặt GIAOBAN_WHISPER_MODEL là đường dẫn của nó."
            ),
            name=name,
            reason=type(error).__name__,
        ) from error
