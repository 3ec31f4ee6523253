"""The real pipeline with the fixture model: what is said, by whom and when; silence stays silent."""

from collections.abc import Iterator
from itertools import pairwise

import jiwer
import numpy as np
import pytest

from bench.heard import read_fixture_speech
from tests.sound import ENGINES, MODEL, RATE, SPEECH, TRACKS, TRUTH, fold, read_samples, reference
from transcripts.audio import read_blocks
from transcripts.engines.loading import WhisperSettings, load_engine
from transcripts.gate import Samples
from transcripts.speech import (
    TOKEN_CAP,
    Decoded,
    Hints,
    Piece,
    Prompt,
    Spoken,
    Transcriber,
    Window,
    transcribe_blocks,
)
from transcripts.voice import find_speech

MOST_WORD_ERRORS = 0.03
LONG = 300  # seconds; more than two blocks


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Transcriber:
    return load_engine(WhisperSettings(str(request.param), threads=1))


@pytest.fixture(scope="module")
def heard(engine: Transcriber) -> dict[str, list[Spoken]]:
    return {track: list(transcribe_blocks(engine, read_blocks(SPEECH / track))) for track in TRACKS}


def test_word_error_rate_of_the_fixture_meeting(heard: dict[str, list[Spoken]]) -> None:
    spoken = [fold(" ".join(piece.text for piece in heard[track])) for track in TRACKS]
    assert jiwer.wer([reference(track) for track in TRACKS], spoken) <= MOST_WORD_ERRORS


def test_times_are_those_of_the_speech(heard: dict[str, list[Spoken]]) -> None:
    for turn in TRUTH["turns"]:
        near = min(heard[turn["track"]], key=lambda piece: abs(piece.start - turn["start"]))
        assert near.start == pytest.approx(turn["start"], abs=0.25)
        assert near.end == pytest.approx(turn["end"], abs=0.25)
    for pieces in heard.values():
        assert all(first.end <= second.start for first, second in pairwise(pieces))


def test_nothing_of_the_fixture_meeting_is_suspect(heard: dict[str, list[Spoken]]) -> None:
    assert [piece for pieces in heard.values() for piece in pieces if piece.suspect] == []


def test_second_run_gives_the_same(engine: Transcriber, heard: dict[str, list[Spoken]]) -> None:
    track = "meeting-ductrong.ogg"
    assert list(transcribe_blocks(engine, read_blocks(SPEECH / track))) == heard[track]


def test_quiet_track_loses_no_word(engine: Transcriber) -> None:
    track = "meeting-lamha.ogg"
    quiet = read_samples(SPEECH / track) * np.float32(0.05)
    text = fold(" ".join(piece.text for piece in transcribe_blocks(engine, [quiet])))
    assert jiwer.wer(reference(track), text) <= MOST_WORD_ERRORS


def test_long_track_is_heard_the_same_across_blocks(engine: Transcriber, heard: dict[str, list[Spoken]]) -> None:
    """The track stands so that one of its sentences lies across the border of two blocks."""
    track = "meeting-ductrong.ogg"
    samples = read_samples(SPEECH / track)
    offset = 120 - 38.5  # "Kết quả giải ngân …" is said from 37.4 s to 40.6 s
    floor = samples[: RATE * 20]
    noise = np.resize(floor, round(offset * RATE))
    long = np.concatenate([noise, samples, np.resize(floor, LONG * RATE - len(noise) - len(samples))])
    told: list[float] = []
    pieces = list(transcribe_blocks(engine, np.array_split(long, 97), report=told.append))
    assert [piece.text for piece in pieces] == [piece.text for piece in heard[track]]
    for piece, before in zip(pieces, heard[track], strict=True):
        assert piece.start == pytest.approx(before.start + offset, abs=0.1)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(LONG, abs=0.01)


def make_noises() -> Iterator[tuple[str, Samples]]:
    generator = np.random.default_rng(7)
    count = 30 * RATE
    white = generator.standard_normal(count)
    brown = np.cumsum(white) / 200
    time = np.arange(count) / RATE
    yield "zeros", np.zeros(count, np.float32)
    for name, shape in (("white", white), ("fan", brown - brown.mean()), ("hum", np.sin(2 * np.pi * 50 * time))):
        for dbfs in (-60, -40, -25):
            level = np.sqrt(np.mean(np.square(shape)))
            yield f"{name} {dbfs}", (shape / level * 10 ** (dbfs / 20)).astype(np.float32)
    clicks = np.zeros(count)
    clicks[generator.integers(0, count, 90)] = generator.uniform(-0.8, 0.8, 90)
    yield "clicks", clicks.astype(np.float32)


@pytest.mark.parametrize(
    ("name", "samples"), list(make_noises()), ids=lambda value: value if type(value) is str else ""
)
def test_silence_and_noise_add_no_word(engine: Transcriber, name: str, samples: Samples) -> None:
    assert list(transcribe_blocks(engine, [samples])) == []


def test_no_sound_at_all_adds_no_word(engine: Transcriber) -> None:
    assert list(transcribe_blocks(engine, [])) == []


class Chatterbox:
    """An engine that says one token for each 10 ms up to the cap, and how long the sound was."""

    window: Window = "utterance"

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def decode(self, samples: Samples, prompt: Prompt) -> Decoded:
        self.lengths.append(len(samples))
        tokens = min(len(samples) // 160, TOKEN_CAP)
        return Decoded(f"{len(samples)} mẫu", -0.1, 0.0, tokens)


def test_stretch_that_reached_the_cap_is_cut_and_heard_again() -> None:
    speech = read_samples(SPEECH / "meeting-province.ogg")[round(50.7 * RATE) : round(55.7 * RATE)]
    engine = Chatterbox()
    pieces = list(transcribe_blocks(engine, [np.pad(speech, RATE)]))
    assert engine.lengths[0] > 4 * RATE
    assert len(pieces) > 1
    assert all(first.end == second.start for first, second in pairwise(pieces))
    assert sum(int(piece.text.split()[0]) for piece in pieces) == engine.lengths[0]


class Mumbler:
    """An engine that hears nothing but punctuation."""

    window: Window = "utterance"

    def decode(self, samples: Samples, prompt: Prompt) -> Decoded:
        return Decoded(" … ♪", -0.1, 0.9, 3)


def test_blank_text_is_no_segment() -> None:
    assert list(transcribe_blocks(Mumbler(), read_blocks(SPEECH / "meeting-lamha.ogg"))) == []


class Inventor:
    """An engine that invents what video makers say."""

    window: Window = "utterance"

    def decode(self, samples: Samples, prompt: Prompt) -> Decoded:
        return Decoded("Hãy subscribe cho kênh Ghiền Mì Gõ.", -0.1, 0.0, 20)


def test_invented_text_is_marked_and_kept() -> None:
    pieces = list(transcribe_blocks(Inventor(), read_blocks(SPEECH / "meeting-ductrong.ogg")))
    assert {piece.suspect for piece in pieces} == {"stock_phrase"}


def test_report_can_end_the_work(engine: Transcriber) -> None:
    def stop(seconds: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        list(transcribe_blocks(engine, read_blocks(SPEECH / "meeting-lamha.ogg"), report=stop))


class Reader:
    """An engine that reads its prompt out, and without one hears a sentence."""

    window: Window = "packed"

    def __init__(self) -> None:
        self.prompts: list[str] = []

    def decode(self, samples: Samples, prompt: Prompt) -> Decoded:
        self.prompts.append(prompt.text)
        return Decoded(prompt.text or "Huyện Lâm Hà nhất trí.", -0.1, 0.0, 9)


def test_prompt_that_is_read_out_is_taken_away() -> None:
    engine = Reader()
    names = ("Huyện Lâm Hà", "Huyện Đức Trọng")
    pieces = list(transcribe_blocks(engine, read_blocks(SPEECH / "meeting-ductrong.ogg"), Hints(names)))
    assert engine.prompts == ["Huyện Lâm Hà, Huyện Đức Trọng.", ""]
    assert " ".join(piece.text for piece in pieces) == "Huyện Lâm Hà nhất trí."


def test_names_follow_the_agenda() -> None:
    hints = Hints(("Lâm Hà",), turns=((0.0, ("Chuyển đổi số",)), (60.0, ("Giải ngân",))))
    assert hints.list_names(-1) == ("Lâm Hà",)
    assert hints.list_names(59) == ("Chuyển đổi số", "Lâm Hà")
    assert hints.list_names(61) == ("Giải ngân", "Lâm Hà")
    assert hints.shift(50).list_names(11) == ("Giải ngân", "Lâm Hà")


class Dozer:
    """An engine that answers for the first two seconds and a half of a window only."""

    window: Window = "packed"

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def decode(self, samples: Samples, prompt: Prompt) -> Decoded:
        self.lengths.append(len(samples))
        until = min(2.5, len(samples) / RATE)
        return Decoded("Câu.", -0.1, 0.0, 3, (Piece(0.0, until, "Câu."),))


def test_speech_after_the_end_of_an_answer_is_heard_again() -> None:
    engine = Dozer()
    pieces = list(transcribe_blocks(engine, read_blocks(SPEECH / "meeting-ductrong.ogg")))
    assert engine.lengths[0] > 12 * RATE
    assert all(before - after == round(2.5 * RATE) for before, after in pairwise(engine.lengths))
    assert engine.lengths[-1] < 6 * RATE
    assert all(first.end <= second.start for first, second in pairwise(pieces))


@pytest.mark.parametrize("syllables", [3, 5, 6])
def test_dense_speech_is_never_cut_off(syllables: int) -> None:
    """An engine of 1.92 tokens a syllable, as Vietnamese takes, and an answer of at most 224."""

    class Dense:
        window: Window = "packed"
        lost = 0

        def decode(self, samples: Samples, prompt: Prompt) -> Decoded:
            tokens = round(len(samples) / RATE * syllables * 1.92)
            self.lost = max(0, tokens - 224) if len(samples) < 4 * RATE else 0
            return Decoded("một hai ba", -0.1, 0.0, min(tokens, 224))

    speech = read_fixture_speech()
    engine = Dense()
    heard = sum(piece.end - piece.start for piece in transcribe_blocks(engine, [speech]))
    assert engine.lost == 0
    assert heard > 0.8 * len(speech) / RATE


def test_confidence_is_that_of_the_model(heard: dict[str, list[Spoken]]) -> None:
    assert all(piece.confidence and 0.6 < piece.confidence <= 1 for pieces in heard.values() for piece in pieces)


def test_packed_windows_put_every_text_at_its_utterance() -> None:
    engine = load_engine(WhisperSettings(str(MODEL), threads=1, window="packed"))
    pieces = list(transcribe_blocks(engine, read_blocks(SPEECH / "meeting-ductrong.ogg")))
    turns = [turn for turn in TRUTH["turns"] if turn["track"] == "meeting-ductrong.ogg"]
    assert len(pieces) >= len(turns) - 1  # the toy model runs sentences together in long windows
    for piece in pieces:
        assert min(abs(piece.start - turn["start"]) for turn in turns) < 0.25
        assert min(abs(piece.end - turn["end"]) for turn in turns) < 0.25


def test_quiet_tracks_lose_no_speech() -> None:
    """Seconds of speech that gate and voice detector together miss, in tracks down to -35 dB."""
    lost = 0.0
    for track, gain_db in (("meeting-lamha.ogg", -25), ("meeting-ductrong.ogg", -35)):
        samples = read_samples(SPEECH / track) * np.float32(10 ** (gain_db / 20))
        found = [(one.stretch.start, one.stretch.end) for one in find_speech([samples]) if one.stretch]
        for turn in TRUTH["turns"]:
            if turn["track"] == track:
                start, end = turn["start"] * RATE, turn["end"] * RATE
                heard = sum(max(0, min(end, last) - max(start, first)) for first, last in found)
                lost += (end - start - heard) / RATE
    assert lost < 0.1
