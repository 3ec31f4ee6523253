"""``giaoban transcribe``: recordings to text, one speaker a file, without a database and without settings."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from transcripts import captions
from transcripts.audio import measure_seconds, read_blocks
from transcripts.engines.loading import WhisperSettings, load_engine
from transcripts.engines.settings import MOST_BEAMS, Device, Engine
from transcripts.errors import TranscriptError
from transcripts.speech import Spoken, Transcriber, transcribe_blocks
from transcripts.timeline import Utterance, merge_speakers
from web.i18n import translate

ZERO = datetime(1970, 1, 1, tzinfo=UTC)  # each file begins at 0
BAD_INPUT = 2


class Window(StrEnum):
    AUTO = "auto"
    PACKED = "packed"
    UTTERANCE = "utterance"


class Format(StrEnum):
    JSON = "json"
    VTT = "vtt"
    TXT = "txt"


WRITERS = {
    Format.JSON: captions.write_json,
    Format.VTT: captions.write_vtt,
    Format.TXT: captions.write_text,
}


@dataclass(frozen=True)
class Source:
    """A file and whose voice it holds."""

    speaker: str
    path: Path


class BadInput(Exception):
    """What was asked for cannot be done; the text says why."""


Model = Annotated[
    str,
    typer.Option(
        envvar="GIAOBAN_WHISPER_MODEL",
        help="A folder with a CTranslate2 Whisper model, a .pt file of openai-whisper, a size such as small, or a "
        "Hugging Face id.",
        show_default=False,
    ),
]
DataFolder = Annotated[
    Path | None,
    typer.Option(
        envvar="GIAOBAN_DATA_DIR",
        help="A model given as a size is kept in the folder models of this one. Without it: in data/models when "
        "there is a folder data here, else where the hub's client keeps every program's.",
        show_default=False,
    ),
]


def transcribe(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME=FILE...",
            help="Recordings, one speaker a file, in any format FFmpeg reads. NAME is the speaker; without NAME= it is "
            "the file's name without its ending.",
            show_default=False,
        ),
    ],
    model: Model,
    window: Annotated[
        Window,
        typer.Option(
            help="How speech is cut for the model: packed into windows of at most 25 s, each utterance on its own, or "
            "auto: packed, except for a toy model."
        ),
    ] = Window.AUTO,
    format: Annotated[Format, typer.Option(help="Shape of the result.")] = Format.JSON,
    threads: Annotated[
        int, typer.Option(envvar="GIAOBAN_WHISPER_THREADS", min=0, max=64, help="0: half of the processors.")
    ] = 0,
    engine: Annotated[
        Engine, typer.Option(envvar="GIAOBAN_WHISPER_ENGINE", help="auto: the one that reads the model.")
    ] = "auto",
    device: Annotated[
        Device, typer.Option(envvar="GIAOBAN_WHISPER_DEVICE", help="auto: a GPU where there is one.")
    ] = "auto",
    beams: Annotated[
        int,
        typer.Option(envvar="GIAOBAN_WHISPER_BEAMS", min=1, max=MOST_BEAMS, help="Readings weighed at a time."),
    ] = 5,
    data_dir: DataFolder = None,
) -> None:
    """Write down what is said in recordings. Standard output carries only the result.

    JSON is a list of {"speaker", "start", "end", "text", "suspect"} ordered by start; times are seconds, and zero is
    the start of each file. Suspect text is kept and marked. Ends with code 2 when a file or the model cannot be used.
    """
    try:
        sources = [read_source(argument) for argument in files]
        settings = WhisperSettings(
            model, window.value, threads, find_kept(data_dir), engine=engine, device=device, beams=beams
        )
        result = WRITERS[format](transcribe_sources(load_engine(settings), sources), ZERO)
    except (BadInput, TranscriptError) as error:
        typer.echo(f"giaoban transcribe: {explain(error)}", err=True)
        raise typer.Exit(BAD_INPUT) from None
    write_out(result.encode("utf-8", "surrogateescape"))  # a name that is no UTF-8 comes back as it was


def write_out(result: bytes) -> None:
    """Write to standard output; exit 1 with a line when it takes no more, such as on a full disk."""
    try:
        sys.stdout.buffer.write(result)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise  # whoever read has read enough
    except OSError as error:
        typer.echo(f"giaoban transcribe: cannot write the result ({error.strerror})", err=True)
        os._exit(1)  # the rest still waits in the buffer and would fail once more at the end


def find_kept(data_dir: Path | None) -> Path | None:
    """The folder of fetched models: that of the server whose data folder it is; ``None`` where there is none."""
    folder = data_dir or Path("data")
    return folder / "models" if data_dir is not None or folder.is_dir() else None


def read_source(argument: str) -> Source:
    """``NAME=FILE`` split at the first ``=``, unless there is a file of the whole name."""
    name, separator, path = argument.partition("=")
    if not separator or os.path.isfile(argument):  # noqa: PTH113 - it is false, not an error, for a name too long
        name, path = "", argument
    if not path:
        raise BadInput(f"{argument}: no file is named")
    if os.path.isdir(path):  # noqa: PTH112 - likewise
        raise BadInput(f"{path}: it is a folder, not a file")
    if not os.path.exists(path):  # noqa: PTH110 - likewise
        raise BadInput(f"{path}: there is no such file")
    file = Path(path)
    return Source(as_utf8(name or file.stem), file)


def as_utf8(name: str) -> str:
    """The name's bytes read as UTF-8, whatever the locale; bytes that are none stay as escapes."""
    return os.fsencode(name).decode("utf-8", "surrogateescape")


def transcribe_sources(engine: Transcriber, sources: Sequence[Source]) -> tuple[Utterance, ...]:
    """All sources one after another, with a bar on standard error where a person looks at it."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    console = Console(stderr=True)
    tracks = []
    with Progress(
        *columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        for source in sources:
            seconds = measure_seconds(source.path) if source.path.is_file() else None  # a pipe is read once
            task = bar.add_task(printable(source.path.name), total=seconds)

            def report(done: float, task: TaskID = task) -> None:
                bar.update(task, completed=done)

            try:
                spoken = list(transcribe_blocks(engine, read_blocks(source.path), report=report))
            except TranscriptError as error:
                raise BadInput(f"{source.path}: {explain(error)}") from error
            tracks.append([place(source.speaker, piece) for piece in spoken])
            bar.update(task, completed=seconds or 1, total=seconds or 1)
    return merge_speakers(tracks)


def place(speaker: str, piece: Spoken) -> Utterance:
    start, end = (ZERO + timedelta(seconds=seconds) for seconds in (piece.start, piece.end))
    return Utterance(speaker, start, end, piece.text, piece.suspect)


def explain(error: Exception) -> str:
    if isinstance(error, TranscriptError):
        return printable(translate(error.message, "en", **error.values))
    return printable(str(error))


def printable(text: str) -> str:
    """``text`` fit for a terminal: bytes that are no UTF-8 and control characters are escaped."""
    shown = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in shown)
