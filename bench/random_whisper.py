"""Whisper models of the published sizes with random weights: as fast as real ones, and they understand nothing.

What they answer is noise, so every engine is made to answer as many tokens as speech of that length has: TOKENS for a
window of 30 s, in proportion for a shorter one, and SILENT_TOKENS where nobody speaks.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from transcripts.engines.faster import FasterWhisper
from transcripts.engines.settings import WhisperSettings
from transcripts.gate import RATE, Samples
from transcripts.packing import LONGEST
from transcripts.speech import Decoded, Piece

WINDOW = 30  # seconds
TOKENS, SILENT_TOKENS = 200, 4
SIZES = {  # width, heads, layers of the encoder and of the decoder
    "tiny": (384, 6, 4),
    "base": (512, 8, 6),
    "small": (768, 12, 12),
    "medium": (1024, 16, 24),
}
TINY = Path(__file__).resolve().parent.parent / "tests/speech/tiny-vi-ct2"


def make_checkpoint(size: str) -> Any:
    """A model of openai-whisper, in memory."""
    import torch
    import whisper

    width, heads, layers = SIZES[size]
    torch.manual_seed(1)
    dimensions = whisper.ModelDimensions(80, 1500, width, heads, layers, 51865, 448, width, heads, layers)
    model = whisper.model.Whisper(dimensions).eval()
    with torch.no_grad():
        model.decoder.positional_embedding.normal_(0, 0.02)
        model.decoder.token_embedding.weight.normal_(0, 0.02)
    return model


def convert(checkpoint: Any, folder: Path) -> Path:
    """The same model as CTranslate2 has it, in int8, with the tokens of the fixture model."""
    from ctranslate2.specs import WhisperSpec

    heads, layers = checkpoint.dims.n_audio_head, checkpoint.dims.n_audio_layer
    weights = {name: value.float().numpy() for name, value in checkpoint.state_dict().items()}
    spec = WhisperSpec(layers, heads, layers, heads)
    for name in ("conv1", "conv2"):
        convolution = getattr(spec.encoder, name)
        convolution.weight, convolution.bias = weights[f"encoder.{name}.weight"], weights[f"encoder.{name}.bias"]
    spec.encoder.position_encodings.encodings = weights["encoder.positional_embedding"]
    _set_norm(spec.encoder.layer_norm, weights, "encoder.ln_post")
    spec.decoder.position_encodings.encodings = weights["decoder.positional_embedding"]
    spec.decoder.embeddings.weight = spec.decoder.projection.weight = weights["decoder.token_embedding.weight"]
    _set_norm(spec.decoder.layer_norm, weights, "decoder.ln")
    for part, blocks in (("encoder", spec.encoder.layer), ("decoder", spec.decoder.layer)):
        for number, block in enumerate(blocks):
            _set_block(block, weights, f"{part}.blocks.{number}", crosses=part == "decoder")
    spec.register_vocabulary(json.loads((TINY / "vocabulary.json").read_text(encoding="utf-8")))
    config = json.loads((TINY / "config.json").read_text(encoding="utf-8"))
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], config["suppress_ids_begin"]
    spec.config.lang_ids = config["lang_ids"]
    spec.config.alignment_heads = [[layers - 1, 0]]
    spec.validate()
    spec.optimize(quantization="int8")
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    shutil.copy(TINY / "tokenizer.json", folder)
    return folder


def _set_block(block: Any, weights: dict[str, Any], name: str, *, crosses: bool) -> None:
    _set_attention(block.self_attention, weights, f"{name}.attn", is_own=True)
    if crosses:
        _set_attention(block.attention, weights, f"{name}.cross_attn", is_own=False)
    _set_linear(block.ffn.linear_0, weights, f"{name}.mlp.0")
    _set_linear(block.ffn.linear_1, weights, f"{name}.mlp.2")
    _set_norm(block.ffn.layer_norm, weights, f"{name}.mlp_ln")


def _set_attention(block: Any, weights: dict[str, Any], name: str, *, is_own: bool) -> None:
    from ctranslate2.converters import utils
    from ctranslate2.specs import common_spec

    parts = [common_spec.LinearSpec() for _ in range(3)]
    for part, which in zip(parts, ("query", "key", "value"), strict=True):
        _set_linear(part, weights, f"{name}.{which}")
    if is_own:
        utils.fuse_linear(block.linear[0], parts)
    else:
        utils.fuse_linear(block.linear[0], parts[:1])
        utils.fuse_linear(block.linear[1], parts[1:])
    _set_linear(block.linear[-1], weights, f"{name}.out")
    _set_norm(block.layer_norm, weights, f"{name}_ln")


def _set_linear(block: Any, weights: dict[str, Any], name: str) -> None:
    block.weight = weights[f"{name}.weight"]
    none = np.zeros(len(block.weight), np.float32)
    block.bias = weights.get(f"{name}.bias", none)


def _set_norm(block: Any, weights: dict[str, Any], name: str) -> None:
    block.gamma, block.beta = weights[f"{name}.weight"], weights[f"{name}.bias"]


class Steady(FasterWhisper):
    """Our engine with a model of random weights: a full window is answered with its share of ``TOKENS``."""

    def __init__(self, folder: Path, beams: int) -> None:
        super().__init__(folder, WhisperSettings("", threads=1, device="cpu", beams=beams), "packed")

    def _generate(self, tokenizer: Any, sound: Any, starts: list[list[int]], cap: int) -> Sequence[Any]:
        share = TOKENS * LONGEST // (WINDOW * RATE)
        bare = [[*start, tokenizer.no_timestamps] for start in starts]
        return super()._generate(tokenizer, sound, bare, share)

    def _align(
        self, answers: list[Decoded], results: Sequence[Any], tokenizer: Any, sound: Any, windows: Sequence[Samples]
    ) -> list[Decoded]:
        """As of a model that sets time marks: nothing is aligned, nothing was left unheard."""
        return [
            replace(answer, pieces=(Piece(0.0, len(samples) / RATE, answer.text),))
            for answer, samples in zip(answers, windows, strict=True)
        ]
