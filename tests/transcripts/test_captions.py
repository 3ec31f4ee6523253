"""A conversation as WebVTT, text and JSON."""

import json
from datetime import UTC, datetime, timedelta

from transcripts.captions import write_json, write_text, write_vtt
from transcripts.timeline import Utterance

ZERO = datetime(2025, 6, 20, 1, 0, tzinfo=UTC)


def say(speaker: str, start: float, end: float, text: str, suspect: str = "") -> Utterance:
    return Utterance(speaker, ZERO + timedelta(seconds=start), ZERO + timedelta(seconds=end), text, suspect)


TALK = [
    say("Điểm cầu huyện Lâm Hà", 1.4124, 2.5, "Đạt 82%."),
    say("A & B <tỉnh>", 3725, 3726.25, "a < b\n--> c", "low_confidence"),
]


def test_vtt_names_the_voice_and_escapes_what_would_be_markup() -> None:
    assert write_vtt(TALK, ZERO) == (
        "WEBVTT\n\n"
        "00:00:01.412 --> 00:00:02.500\n<v Điểm cầu huyện Lâm Hà>Đạt 82%.\n\n"
        "01:02:05.000 --> 01:02:06.250\n<v.suspect A &amp; B &lt;tỉnh&gt;>a &lt; b --&gt; c\n"
    )


def test_vtt_cue_ends_after_it_starts_and_not_before_zero() -> None:
    assert "00:00:00.000 --> 00:00:00.001" in write_vtt([say("A", -2, -1, "sớm")], ZERO)


def test_vtt_of_nothing_is_a_valid_file() -> None:
    assert write_vtt([], ZERO) == "WEBVTT\n"


def test_speaker_cannot_break_out_of_its_line() -> None:
    evil = [say("x\n\n00:00 --> 00:01\ry", 0, 1, "text")]
    assert write_vtt(evil, ZERO).count("\n\n") == 1
    assert write_text(evil, ZERO).count("\n") == 1


def test_text_has_one_line_each_and_marks_the_suspect() -> None:
    assert write_text(TALK, ZERO) == (
        "[00:00:01] Điểm cầu huyện Lâm Hà: Đạt 82%.\n[01:02:05] A & B <tỉnh>: a < b --> c [?]\n"
    )


def test_json_has_seconds_and_a_plain_mark() -> None:
    assert json.loads(write_json(TALK, ZERO)) == [
        {"speaker": "Điểm cầu huyện Lâm Hà", "start": 1.412, "end": 2.5, "text": "Đạt 82%.", "suspect": False},
        {"speaker": "A & B <tỉnh>", "start": 3725.0, "end": 3726.25, "text": "a < b\n--> c", "suspect": True},
    ]
    assert json.loads(write_json([], ZERO)) == []
