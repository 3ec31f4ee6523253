"""The bench of speech in its short form: what is invented, what is understood, and who is missing."""

import asyncio
import importlib.util

import pytest

from bench import speech
from bench.heard import Said, count_errors, hear_noise, judge, name_speaker
from bench.machine import PeerAbsent


def test_noise_makes_words_without_guards_and_no_sentence_with_them() -> None:
    found = hear_noise(1)
    assert found["words_without_guards"] > 0
    assert found["words_marked"] > 0
    assert (found["words_unmarked"], found["sentences_in_minutes"]) == (0, 0)


def test_peer_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(PeerAbsent, match="openai-whisper"):
        asyncio.run(speech.run(size="tiny", rounds=1, minutes=1))


def test_errors_are_counted_as_word_error_rates_do() -> None:
    assert count_errors(["a", "b", "c", "d"], ["a", "x", "c"]) == 2
    assert count_errors([], ["a", "b"]) == 2
    assert count_errors(["a", "b"], ["a", "b"]) == 0


def test_turn_of_another_speaker_is_an_error() -> None:
    turns = [Said("one", 0.0, 2.0, "xin chào"), Said("two", 3.0, 5.0, "vâng")]
    assert judge(turns, turns)["speaker_error_rate"] == 0
    swapped = [Said("two", 0.0, 2.0, "xin chào"), Said("two", 3.0, 5.0, "vâng")]
    assert judge(turns, swapped)["speaker_error_rate"] == 0.5
    assert name_speaker(turns[0], [Said("one", 0.0, 0.5, "xin")]) == ""
