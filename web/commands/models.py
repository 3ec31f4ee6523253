"""``giaoban models``: whether a speech model can be used on this machine."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from transcripts.audio import RATE, read_blocks
from transcripts.engines.checking import Checked, check_model
from transcripts.engines.settings import WhisperSettings
from transcripts.errors import TranscriptError
from transcripts.gate import Samples
from transcripts.voice import find_speech
from web.commands.running import read_config
from web.commands.transcribe import explain
from web.commands.worker import whisper_settings
from web.config import Config

RECORDED = Path(__file__).resolve().parent.parent / "demo/recorded"
NOT_USABLE = 2
ENOUGH = 20 * RATE  # samples; a packed window, or half a dozen utterances

app = typer.Typer(help="Speech models.", no_args_is_help=True)


@app.callback()
def main() -> None:
    """Speech models."""


@app.command()
def check(
    model: Annotated[
        str,
        typer.Argument(
            metavar="[DIR]",
            help="A folder, a file, a size or a Hugging Face id; without it the one of GIAOBAN_WHISPER_MODEL.",
            show_default=False,
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone.")] = False,
) -> None:
    """Say whether a model will load here, why not, and how fast it is: x real time, on some speech of the demo.

    Engine, device, type, threads and window are those of the settings (GIAOBAN_WHISPER_*). Ends with code 2 when the
    model cannot be used.
    """
    config = read_config()
    settings = choose_settings(config, model)
    try:
        checked = check_model(settings, read_demo_speech())
    except TranscriptError as error:
        reason = explain(error)
        typer.echo(json.dumps({"model": settings.model, "usable": False, "reason": reason}) if as_json else reason)
        raise typer.Exit(NOT_USABLE) from None
    if as_json:
        typer.echo(json.dumps({"usable": True, **asdict(checked)}, ensure_ascii=False))
    else:
        typer.echo(describe(checked))


def choose_settings(config: Config, model: str) -> WhisperSettings:
    chosen = config.model_copy(update={"whisper_model": model}) if model else config
    return whisper_settings(chosen)


def read_demo_speech() -> Iterator[Samples]:
    """The first of what is said in the demo's recordings, one after another, with short pauses."""
    pause = np.zeros(RATE // 2, np.float32)
    size = 0
    for path in sorted(RECORDED.glob("*.ogg")):
        for found in find_speech(read_blocks(path)):
            if found.stretch is not None:
                yield found.stretch.samples
                yield pause
                size += len(found.stretch.samples)
            if size > ENOUGH:
                return


def describe(checked: Checked) -> str:
    hour = 60 / max(checked.speed, 0.1)
    lines = [
        f"usable: {checked.path}",
        f"engine: {checked.engine} on {checked.device}, {checked.compute}, {checked.threads} threads, "
        f"{checked.beams} beams, window {checked.window}",
        f"loaded in {checked.load_seconds} s",
        f"speed: {checked.speed} x real time; an hour of speech takes {hour:.0f} minutes",
    ]
    if checked.is_slow:
        lines.append("slow: speech takes longer to transcribe than to say; take a smaller model or set fewer beams")
    return "\n".join(lines)
