"""What hears and redrafts: the speech model, and the language model that secretaries may ask."""

import re

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

from transcripts.engines.settings import MOST_BEAMS, Compute, Device, Engine, WindowChoice


class SpeechSettings(BaseModel):
    whisper_model: str = Field(
        "",
        description="A folder with a CTranslate2 Whisper model, a `.pt` file of openai-whisper, a size such as "
        "`small` or a Hugging Face id; empty: no transcription.",
    )
    whisper_engine: Engine = Field(
        "auto", description="`faster-whisper`, `openai-whisper` (an extra), or `auto`: the one that reads the model."
    )
    whisper_device: Device = Field("auto", description="`cpu`, `cuda`, or `auto`: a GPU where there is one.")
    whisper_compute: Compute = Field(
        "auto",
        description="Numbers that Whisper calculates with, such as `int8`, `float16` or `float32`; `auto`: `int8` on "
        "processors, `float16` on a GPU.",
    )
    whisper_beams: int = Field(
        5, ge=1, le=MOST_BEAMS, description="Readings that Whisper weighs at a time; 1 is fastest, and a little worse."
    )
    whisper_window: WindowChoice = Field(
        "auto",
        description="How speech is cut for Whisper: `packed` into windows of at most 25 s, each `utterance` alone, or "
        "`auto`: packed, except for a toy model.",
    )
    whisper_threads: int = Field(0, ge=0, le=64, description="Threads of Whisper; 0: half of the processors.")
    redraft_url: str = Field(
        "",
        description="Base address of a language model (OpenAI-compatible API, such as `http://127.0.0.1:8000/v1`) that "
        "secretaries may ask to redraft an agenda item; empty: none. What was said is sent there.",
    )
    redraft_model: str = Field("", validate_default=True, description="Name of the model there.")
    redraft_key: SecretStr = Field(SecretStr(""), description="Key for it (`Authorization: Bearer`); empty: none.")
    redraft_seconds: int = Field(120, ge=1, le=1800, description="Longest that one item may take.")

    @field_validator("redraft_url")
    @classmethod
    def _check_redraft_url(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^/?#@\s]+(/[^?#\s]*)?", value):
            raise ValueError("GIAOBAN_REDRAFT_URL is an address such as http://127.0.0.1:8000/v1")
        return value

    @field_validator("redraft_model")
    @classmethod
    def _check_redraft_model(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("redraft_url") and not value:
            raise ValueError("GIAOBAN_REDRAFT_URL needs the name of a model in GIAOBAN_REDRAFT_MODEL")
        return value
