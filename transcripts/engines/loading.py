"""From the setting to an engine that is ready. Every failure is a ``ModelUnavailable`` that says what to do."""

from pathlib import Path

from meetings.errors import N_
from transcripts.engines.faster import FasterWhisper, fetch_model
from transcripts.engines.folders import FoundModel, find_model, names_path
from transcripts.engines.openai import OpenaiWhisper, fetch_checkpoint
from transcripts.engines.settings import WhisperSettings
from transcripts.errors import ModelUnavailable
from transcripts.speech import Transcriber, Window

__all__ = ["WhisperSettings", "choose_window", "load_engine", "locate_model"]


def load_engine(settings: WhisperSettings) -> Transcriber:
    """The model in memory, from its folder or file, from earlier downloads, or from the network."""
    found = locate_model(settings)
    window = choose_window(settings, found)
    if found.kind == "checkpoint":
        return OpenaiWhisper(found.path, settings, window)
    return FasterWhisper(found.path, settings, window)


def locate_model(settings: WhisperSettings) -> FoundModel:
    """Where the model lies; one named by size or id is fetched first. The engine, where one is set, must read it."""
    name = settings.model.strip()
    if not name:
        raise ModelUnavailable(
            N_("Chưa chọn mô hình nhận dạng tiếng nói. Hãy đặt GIAOBAN_WHISPER_MODEL là thư mục mô hình CTranslate2.")
        )
    if not names_path(name):
        if settings.engine == "openai-whisper":
            return FoundModel("checkpoint", fetch_checkpoint(name, settings.kept))
        return FoundModel("ctranslate2", fetch_model(name, settings.kept))
    found = find_model(Path(name))
    if found.kind == "checkpoint" and settings.engine == "faster-whisper":
        raise ModelUnavailable(
            N_("{file} là tệp của openai-whisper. Hãy chuyển đổi sang CTranslate2, hoặc bỏ GIAOBAN_WHISPER_ENGINE."),
            file=found.path,
        )
    if found.kind == "ctranslate2" and settings.engine == "openai-whisper":
        raise ModelUnavailable(
            N_("{folder} là mô hình CTranslate2, openai-whisper cần tệp .pt. Hãy bỏ GIAOBAN_WHISPER_ENGINE."),
            folder=found.path,
        )
    return found


def choose_window(settings: WhisperSettings, found: FoundModel) -> Window:
    if settings.window != "auto":
        return settings.window
    return "utterance" if found.is_toy else "packed"
