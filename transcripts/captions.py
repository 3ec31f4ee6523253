"""A conversation as WebVTT, plain text and JSON. Pure. ``zero`` is the instant that the sound begins with."""

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from transcripts.timeline import Utterance

SHORTEST_CUE = timedelta(milliseconds=1)


def write_vtt(conversation: Sequence[Utterance], zero: datetime) -> str:
    """WebVTT (W3C) with the speaker as voice span. A suspect cue bears the class ``suspect``."""
    cues = ["WEBVTT\n"]
    for utterance in conversation:
        start = max(utterance.starts_at - zero, timedelta())
        end = max(utterance.ends_at - zero, start + SHORTEST_CUE)  # a cue must end after its start
        voice = "<v.suspect" if utterance.suspect else "<v"
        text = _escape(" ".join(utterance.text.split()))
        cues.append(f"{_clock(start)} --> {_clock(end)}\n{voice} {_escape(_one_line(utterance.speaker))}>{text}\n")
    return "\n".join(cues)


def write_text(conversation: Sequence[Utterance], zero: datetime) -> str:
    """One line for each utterance: ``[00:01:05] Speaker: text``. A suspect one ends with ``[?]``."""
    lines = []
    for utterance in conversation:
        clock = _clock(max(utterance.starts_at - zero, timedelta())).split(".")[0]
        mark = " [?]" if utterance.suspect else ""
        lines.append(f"[{clock}] {_one_line(utterance.speaker)}: {' '.join(utterance.text.split())}{mark}\n")
    return "".join(lines)


def list_entries(conversation: Sequence[Utterance], zero: datetime) -> list[dict[str, Any]]:
    """``{"speaker", "start", "end", "text", "suspect"}`` in seconds from ``zero``, rounded to milliseconds."""
    return [
        {
            "speaker": utterance.speaker,
            "start": round((utterance.starts_at - zero).total_seconds(), 3),
            "end": round((utterance.ends_at - zero).total_seconds(), 3),
            "text": utterance.text,
            "suspect": bool(utterance.suspect),
        }
        for utterance in conversation
    ]


def write_json(conversation: Sequence[Utterance], zero: datetime) -> str:
    return json.dumps(list_entries(conversation, zero), ensure_ascii=False, indent=1) + "\n"


def _clock(time: timedelta) -> str:
    milliseconds = round(time / timedelta(milliseconds=1))
    seconds, milliseconds = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{milliseconds:03}"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _one_line(name: str) -> str:
    """A name without the line breaks that would end its line, otherwise as it is."""
    return re.sub(r"[\r\n\0]+", " ", name)
