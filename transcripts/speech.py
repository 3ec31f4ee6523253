"""From sound to text: voices, windows, a speech engine, the guard against invented text. Engines stand in ``engines``.

Settings are the same for every run, so that a recording always gives the same text. Times are the bounds of the voice
detector, not what the model believes.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from transcripts.clarity import is_crowd
from transcripts.gate import RATE, Samples, find_quietest
from transcripts.hallucination import Evidence, is_blank, judge_text
from transcripts.packing import (
    PackedWindow,
    Packer,
    Timed,
    cut_window,
    pack_alone,
    place_text,
    place_words,
    take_speech,
)
from transcripts.prompts import build_prompt, is_leaking
from transcripts.voice import Found, find_speech

Window: TypeAlias = Literal["packed", "utterance"]
Piece: TypeAlias = Timed

TOKEN_CAP = 220  # of an engine that does not say how long its answers may be
SHORTEST_SPLIT = 2 * RATE
UNHEARD = 3 * RATE  # speech after the end of an answer that is worth another window


@dataclass(frozen=True)
class Hints:
    """What is known beforehand of a track: names that may be spoken, the likeliest first, and the language.

    ``turns``: names that come before all others from a second of the track on, in order.
    """

    names: tuple[str, ...] = ()
    language: str = "vi"
    turns: tuple[tuple[float, tuple[str, ...]], ...] = ()

    def list_names(self, second: float) -> tuple[str, ...]:
        """The names for what is said at ``second``."""
        begun = [names for start, names in self.turns if start <= second]
        return (*begun[-1], *self.names) if begun else self.names

    def shift(self, seconds: float) -> "Hints":
        """As they are for what begins at ``seconds`` of the track."""
        return replace(self, turns=tuple((start - seconds, names) for start, names in self.turns))


@dataclass(frozen=True)
class Prompt:
    """What an engine is told before a window."""

    text: str = ""
    language: str = "vi"


@dataclass(frozen=True)
class Decoded:
    """What a model hears in one window. An answer of ``cap`` tokens was cut off.

    ``pieces`` are its sentences with their seconds in the window, where the model gives them; ``words``, where the
    engine had to find them.
    """

    text: str
    log_probability: float
    no_speech_probability: float
    tokens: int
    pieces: tuple[Piece, ...] = ()
    words: tuple[Piece, ...] = ()
    cap: int = TOKEN_CAP


@dataclass(frozen=True)
class Spoken:
    """One stretch of speech of one track. ``start`` and ``end`` are seconds of the file; ``suspect`` is a reason.

    ``confidence``, from 0 to 1, is what the model gives its words.
    """

    start: float
    end: float
    text: str
    suspect: str = ""
    confidence: float | None = None


class Transcriber(Protocol):
    """A speech engine: mono float32 samples at 16 kHz, at most 30 s of them, become text."""

    @property
    def window(self) -> Window:
        """How speech is cut for this model."""

    def decode(self, samples: Samples, prompt: Prompt) -> Decoded: ...


@runtime_checkable
class BatchTranscriber(Protocol):
    """An engine that is faster with several windows at a time."""

    @property
    def batch(self) -> int: ...

    def decode_batch(self, windows: Sequence[Samples], prompt: Prompt) -> list[Decoded]: ...


@runtime_checkable
class TokenCounter(Protocol):
    """An engine that knows how long a prompt is for its model."""

    def count_tokens(self, text: str) -> int: ...


def transcribe_blocks(
    transcriber: Transcriber,
    blocks: Iterable[Samples],
    hints: Hints = Hints(),
    report: Callable[[float], None] = lambda _seconds: None,
) -> Iterator[Spoken]:
    """What is said in a track. ``report`` is told how many seconds are done; what it raises ends the work."""
    windows = _make_windows(find_speech(blocks), transcriber.window, report)
    for several, prompt in _group(windows, transcriber, hints):
        for window, decoded in zip(several, _decode(transcriber, several, prompt), strict=True):
            for part, answer in hear_whole(transcriber, window, prompt, decoded):
                yield from _write_down(part, answer)


def _guess_tokens(text: str) -> int:
    return 2 * len(text.split()) + text.count(",")


def _make_windows(found: Iterable[Found], window: Window, report: Callable[[float], None]) -> Iterator[PackedWindow]:
    packer = Packer()
    for one in found:
        report(one.done / RATE)
        if one.stretch is None:
            continue
        yield from pack_alone([one.stretch]) if window == "utterance" else packer.add(one.stretch)
    yield from packer.flush()


def _group(
    windows: Iterable[PackedWindow], transcriber: Transcriber, hints: Hints
) -> Iterator[tuple[list[PackedWindow], Prompt]]:
    """As many windows with the same prompt as the engine takes at a time."""
    size = transcriber.batch if isinstance(transcriber, BatchTranscriber) else 1
    count = transcriber.count_tokens if isinstance(transcriber, TokenCounter) else _guess_tokens
    prompts: dict[tuple[str, ...], Prompt] = {}
    several: list[PackedWindow] = []
    shared = Prompt()
    for window in windows:
        names = hints.list_names(window.places[0].start / RATE)
        if names not in prompts:
            prompts[names] = Prompt(build_prompt(names, count), hints.language)
        if several and (len(several) == size or prompts[names] != shared):
            yield several, shared
            several = []
        several.append(window)
        shared = prompts[names]
    if several:
        yield several, shared


def _decode(transcriber: Transcriber, windows: Sequence[PackedWindow], prompt: Prompt) -> list[Decoded]:
    """The answers to several windows, those in which the prompt itself was read out heard once more without it."""
    answers = _decode_all(transcriber, windows, prompt)
    bare = replace(prompt, text="")
    leaking = [number for number, answer in enumerate(answers) if prompt.text and is_leaking(answer.text, prompt.text)]
    again = _decode_all(transcriber, [windows[number] for number in leaking], bare)
    for number, answer in zip(leaking, again, strict=True):
        answers[number] = answer
    return answers


def _decode_all(transcriber: Transcriber, windows: Sequence[PackedWindow], prompt: Prompt) -> list[Decoded]:
    if len(windows) > 1 and isinstance(transcriber, BatchTranscriber):
        return transcriber.decode_batch([window.samples for window in windows], prompt)
    return [transcriber.decode(window.samples, prompt) for window in windows]


def hear_whole(
    transcriber: Transcriber, window: PackedWindow, prompt: Prompt, decoded: Decoded
) -> Iterator[tuple[PackedWindow, Decoded]]:
    """The answer to a window, or to its parts.

    Where it was cut off at the most tokens, the sound is cut at its quietest place; where it ended long before the
    speech did, the rest is heard again.
    """
    if decoded.tokens >= decoded.cap and len(window.samples) >= 2 * SHORTEST_SPLIT:
        parts: tuple[PackedWindow, ...] = cut_window(window, find_quietest(window.samples))
    else:
        ended = _find_unheard(window, decoded)
        if ended is None:
            yield window, decoded
            return
        head, rest = cut_window(window, ended)
        yield head, decoded
        parts = (rest,)
    for part in parts:
        if part.places:
            yield from hear_whole(transcriber, part, prompt, *_decode(transcriber, [part], prompt))


def _find_unheard(window: PackedWindow, decoded: Decoded) -> int | None:
    """The sample at which an answer ended though much was still said. Without times nobody can tell."""
    last = max((piece.end for piece in decoded.pieces or decoded.words), default=None)
    if last is None or is_blank(decoded.text):
        return None
    at = round(last * RATE)
    rest = sum(max(0, place.at + place.length - max(place.at, at)) for place in window.places)
    return at if rest >= UNHEARD and at >= SHORTEST_SPLIT else None


def _write_down(window: PackedWindow, decoded: Decoded) -> Iterator[Spoken]:
    if is_blank(decoded.text):
        return
    words = decoded.words
    placed = place_words(window, words) if words else place_text(window, decoded.pieces, decoded.text)
    whole = judge_text(
        decoded.text, Evidence(decoded.log_probability, decoded.no_speech_probability, window.heard / RATE)
    )
    for start, end, heard in placed:
        text = " ".join(heard.split())
        if is_blank(text):
            continue
        first, last = start / RATE, end / RATE
        crowd = is_crowd(take_speech(window, start, end))
        evidence = Evidence(decoded.log_probability, decoded.no_speech_probability, last - first, crowd)
        suspect = judge_text(text, evidence) or whole
        yield Spoken(
            round(first, 3), round(last, 3), text, suspect, round(math.exp(min(0.0, decoded.log_probability)), 3)
        )
