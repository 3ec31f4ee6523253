"""What is understood: the fixture recordings through the whole way, and through both engines as they come.

And what is invented: an hour of a room in which nobody speaks to the meeting. With the fixture model in all cases.
"""

import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from bench.noises import NOISES, SPEECH, make_noise
from transcripts.audio import read_blocks
from transcripts.drafting import MeetingFacts, draft_minutes
from transcripts.engines.loading import WhisperSettings, load_engine
from transcripts.gate import Samples
from transcripts.minutes import Content, Officer
from transcripts.speech import Hints, Transcriber, transcribe_blocks
from transcripts.timeline import Utterance, merge_speakers

MODEL, CHECKPOINT = SPEECH / "tiny-vi-ct2", SPEECH / "tiny-vi.pt"
LEVELS = (-25.0, -35.0, -45.0)  # dB: beside the microphone, in the room, behind the door
ZERO = datetime(2025, 6, 20, 1, 0, tzinfo=UTC)
NAMES = ("Huyện Lâm Hà", "Huyện Đức Trọng", "Sở Thông tin và Truyền thông")


@dataclass(frozen=True)
class Said:
    """A stretch of text of one track, in seconds."""

    track: str
    start: float
    end: float
    text: str


def fold(text: str) -> list[str]:
    return "".join(letter for letter in text.lower() if letter not in ".,!?:;").split()


def count_errors(reference: Sequence[str], words: Sequence[str]) -> int:
    """Words put in, left out or changed."""
    row = list(range(len(words) + 1))
    for number, expected in enumerate(reference, 1):
        before, row[0] = row[0], number
        for place, word in enumerate(words, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (expected != word))
    return row[-1]


def hear_fixtures() -> dict[str, Any]:
    """Word errors on each track and in the order of the meeting, and turns given to the wrong speaker."""
    truth = json.loads((SPEECH / "truth.json").read_text(encoding="utf-8"))
    turns = [Said(turn["track"], turn["start"], turn["end"], turn["text"]) for turn in truth["turns"]]
    sounds = {track: np.concatenate(list(read_blocks(SPEECH / track))) for track in truth["tracks"]}
    engine = load_engine(WhisperSettings(str(MODEL), threads=1))
    other = load_engine(WhisperSettings(str(CHECKPOINT), threads=1))
    ways = {
        "ours": [said for track in sounds for said in hear(engine, track, sounds[track], Hints(NAMES))],
        "ours, openai-whisper": [said for track in sounds for said in hear(other, track, sounds[track], Hints(NAMES))],
        "ours, without names": [said for track in sounds for said in hear(engine, track, sounds[track], Hints())],
        "faster-whisper": [said for track in sounds for said in hear_plain_faster(track, sounds[track])],
        "openai-whisper": [said for track in sounds for said in hear_plain_openai(track, sounds[track])],
    }
    return {name: judge(turns, heard) for name, heard in ways.items()}


def hear(engine: Transcriber, track: str, sound: Samples, hints: Hints) -> Iterator[Said]:
    for piece in transcribe_blocks(engine, [sound], hints):
        yield Said(track, piece.start, piece.end, piece.text)


def hear_plain_faster(track: str, sound: Samples) -> Iterator[Said]:
    from faster_whisper import WhisperModel

    model = WhisperModel(str(MODEL), device="cpu", compute_type="int8", cpu_threads=1)
    for piece in model.transcribe(sound, language="vi")[0]:
        yield Said(track, piece.start, piece.end, piece.text)


def hear_plain_openai(track: str, sound: Samples) -> Iterator[Said]:
    import whisper

    model = whisper.load_model(str(CHECKPOINT), device="cpu")
    for piece in whisper.transcribe(model, sound, language="vi", fp16=False)["segments"]:
        yield Said(track, piece["start"], piece["end"], piece["text"])


def judge(turns: Sequence[Said], heard: Sequence[Said]) -> dict[str, float]:
    errors = total = 0
    for track in sorted({turn.track for turn in turns}):
        expected = fold(" ".join(turn.text for turn in turns if turn.track == track))
        errors += count_errors(expected, fold(" ".join(said.text for said in heard if said.track == track)))
        total += len(expected)
    ordered = sorted(heard, key=lambda said: said.start)
    merged = count_errors(fold(" ".join(turn.text for turn in turns)), fold(" ".join(said.text for said in ordered)))
    wrong = [turn for turn in turns if name_speaker(turn, heard) != turn.track]
    late = [find_late(turn, heard) for turn in turns]
    return {
        "word_error_rate": round(errors / total, 4),
        "word_error_rate_in_order": round(merged / total, 4),
        "speaker_error_rate": round(len(wrong) / len(turns), 4),
        "start_error_s": round(statistics.median(late), 3),
    }


def find_late(turn: Said, heard: Sequence[Said]) -> float:
    """Seconds between a turn's start and the nearest one of its track."""
    return min((abs(said.start - turn.start) for said in heard if said.track == turn.track), default=99.0)


def name_speaker(turn: Said, heard: Sequence[Said]) -> str:
    """Whose text covers most of a turn's time; nobody's where half of it has none."""
    shares: dict[str, float] = {}
    for said in heard:
        both = min(said.end, turn.end) - max(said.start, turn.start)
        if both > 0:
            shares[said.track] = shares.get(said.track, 0.0) + both
    best = max(shares, key=lambda track: shares[track], default="")
    return best if shares.get(best, 0.0) >= (turn.end - turn.start) / 2 else ""


def hear_noise(minutes: float) -> dict[str, Any]:
    """Each noise as long as the others, a third of it at each level: by the engine as it comes, and by us."""
    seconds = minutes * 60 / len(NOISES) / len(LEVELS)
    sounds = {kind: np.concatenate([make_noise(kind, seconds, dbfs, seed=7) for dbfs in LEVELS]) for kind in NOISES}
    engine = load_engine(WhisperSettings(str(MODEL), threads=1))
    found: dict[str, Any] = {"minutes": minutes, "kinds": {}}
    tracks = []
    for kind, sound in sounds.items():
        plain = sum(len(fold(said.text)) for said in hear_plain_faster(kind, sound))
        pieces = list(transcribe_blocks(engine, [sound]))
        tracks.append([place(kind, piece.start, piece.end, piece.text, piece.suspect) for piece in pieces])
        marked = sum(len(fold(piece.text)) for piece in pieces if piece.suspect)
        unmarked = sum(len(fold(piece.text)) for piece in pieces if not piece.suspect)
        found["kinds"][kind] = {"words_without_guards": plain, "words_marked": marked, "words_unmarked": unmarked}
    for name in ("words_without_guards", "words_marked", "words_unmarked"):
        found[name] = sum(kind[name] for kind in found["kinds"].values())
    found["sentences_in_minutes"] = count_sentences(tracks)
    return found


def place(track: str, start: float, end: float, text: str, suspect: str) -> Utterance:
    return Utterance(track, ZERO + timedelta(seconds=start), ZERO + timedelta(seconds=end), text, suspect)


def count_sentences(tracks: Sequence[Sequence[Utterance]]) -> int:
    """Statements, conclusions and votes that a draft makes of it."""
    content: Content = draft_minutes(make_facts(), merge_speakers(tracks))
    statements = sum(len(section.statements) for section in content.sections)
    return statements + len(content.conclusions) + len(content.votes)


def make_facts() -> MeetingFacts:
    return MeetingFacts(
        title="Họp giao ban",
        kind="briefing",
        form="online",
        organ="Ủy ban nhân dân tỉnh Lâm Đồng",
        parent_organ="",
        notation="BB-UBND",
        started_at=ZERO,
        ended_at=ZERO + timedelta(hours=2),
        today=date(2025, 6, 20),
        places=(),
        chair=Officer("Trần Quang Hải", "Chủ tịch"),
        secretary=Officer("Nguyễn Thị Minh Thư", "Chuyên viên"),
        attendance=(),
        agenda=(),
        recipients=(),
        chair_speakers=frozenset(NOISES),
        units=(),
    )


def read_fixture_speech() -> Samples:
    """The fixture meeting as somebody hears it who stands among the speakers, with its own pauses."""
    mixed: Samples = np.sum([np.concatenate(list(read_blocks(path))) for path in sorted(SPEECH.glob("*.ogg"))], axis=0)
    return mixed
