"""What lies where a model is said to be, and what is missing there. Reads names and small files; loads nothing."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from meetings.errors import N_
from transcripts.errors import ModelUnavailable

NEEDED_FILES = ("model.bin", "tokenizer.json", "config.json")
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
UNCONVERTED = ("model.safetensors", "pytorch_model.bin", "model.safetensors.index.json")
SMALLEST_PUBLISHED = 30_000_000  # bytes of weights; Whisper tiny has 39 million parameters, a byte each in int8

Kind = Literal["ctranslate2", "checkpoint"]


@dataclass(frozen=True)
class FoundModel:
    """A model on this machine: the folder of a CTranslate2 model, or the file of an openai-whisper checkpoint."""

    kind: Kind
    path: Path

    @property
    def is_toy(self) -> bool:
        """Smaller than any Whisper model that is published: one for tests, which hears one utterance at a time."""
        weights = self.path / "model.bin" if self.kind == "ctranslate2" else self.path
        return weights.stat().st_size < SMALLEST_PUBLISHED


def names_path(name: str) -> bool:
    """A size has no slash, a hub id has one and no folder of that name."""
    path = Path(name)
    return (
        path.exists()
        or path.is_absolute()
        or name.startswith((".", "~"))
        or name.count("/") > 1
        or "\\" in name
        or path.suffix == ".pt"
    )


def find_model(path: Path) -> FoundModel:
    """What ``path`` holds. Raises ``ModelUnavailable`` with what to do where that is no model."""
    path = path.expanduser()
    if path.is_file():
        return _check_file(path)
    if not path.is_dir():
        raise ModelUnavailable(N_("Không có thư mục mô hình {folder}."), folder=path)
    checkpoints = sorted(path.glob("*.pt"))
    if len(checkpoints) == 1 and not (path / "model.bin").is_file():
        return FoundModel("checkpoint", checkpoints[0])
    return FoundModel("ctranslate2", check_folder(path))


def _check_file(path: Path) -> FoundModel:
    if path.suffix == ".pt":
        return FoundModel("checkpoint", path)
    if path.name == "model.bin":
        return FoundModel("ctranslate2", check_folder(path.parent))
    raise ModelUnavailable(
        N_("{file} không phải là mô hình. Cần thư mục mô hình CTranslate2 hoặc tệp .pt của openai-whisper."), file=path
    )


def check_folder(folder: Path) -> Path:
    """``folder`` if a CTranslate2 model with its tokenizer is in it.

    Without ``tokenizer.json`` the engine would silently ask the hub for one, which a closed network does not have.
    """
    missing = [name for name in NEEDED_FILES if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in VOCABULARIES):
        missing.append(VOCABULARIES[0])
    if "model.bin" in missing and any((folder / name).is_file() for name in UNCONVERTED):
        raise ModelUnavailable(
            N_(
                "Thư mục {folder} chứa mô hình dạng Transformers, chưa chuyển đổi. Hãy chạy ct2-transformers-converter "
                "--model {folder} --output_dir ĐÍCH --copy_files tokenizer.json preprocessor_config.json "
                "--quantization int8."
            ),
            folder=folder,
        )
    if missing:
        raise ModelUnavailable(
            N_(
                "Thư mục mô hình {folder} thiếu {files}. Khi chuyển đổi bằng ct2-transformers-converter, hãy thêm "
                "--copy_files tokenizer.json preprocessor_config.json."
            ),
            folder=folder,
            files=", ".join(missing),
        )
    try:
        json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnavailable(
            N_("Mô hình trong thư mục {folder} không nạp được: {reason}."),
            folder=folder,
            reason=f"config.json: {error}",
        ) from error
    return folder
