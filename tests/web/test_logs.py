"""The log's two shapes."""

import json
import logging
import sys

from web.logs import JsonFormatter, TextFormatter


def record(message: str, *arguments: object, **about: object) -> logging.LogRecord:
    made = logging.LogRecord("signaling.sfu", logging.INFO, "sfu.py", 1, message, arguments, None)
    made.created = 1764000000.25
    for name, value in about.items():
        setattr(made, name, value)
    return made


def test_text_line_tells_the_room_and_the_participant() -> None:
    line = TextFormatter().format(record("joined as %s", "chair", room="abc", participant="p7"))
    assert line == "2025-11-24T16:00:00.250Z info signaling.sfu room=abc participant=p7: joined as chair"


def test_json_line_keeps_vietnamese_and_what_it_is_about() -> None:
    line = JsonFormatter().format(record("điểm cầu %s", "Đức Trọng", room="abc"))
    assert json.loads(line) == {
        "at": "2025-11-24T16:00:00.250Z",
        "level": "info",
        "logger": "signaling.sfu",
        "message": "điểm cầu Đức Trọng",
        "room": "abc",
    }
    assert "Đức Trọng" in line


def test_exception_is_one_field_of_the_json_line() -> None:
    made = record("failed")
    try:
        raise ValueError("why")
    except ValueError:
        made.exc_info = sys.exc_info()
    entry = json.loads(JsonFormatter().format(made))
    assert "ValueError: why" in entry["exception"]
