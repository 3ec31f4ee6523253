"""The log's two shapes."""

import json
import logging
import re
import sys

from aiohttp.http_exceptions import BadStatusLine

from web.logs import JsonFormatter, NoiseFilter, TextFormatter


def record(message: str, *arguments: object, **about: object) -> logging.LogRecord:
    made = logging.LogRecord("signaling.sfu", logging.INFO, "sfu.py", 1, message, arguments, None)
    made.created = 1764000000.25
    for name, value in about.items():
        setattr(made, name, value)
    return made


def test_text_line_tells_the_room_and_the_participant() -> None:
    line = TextFormatter().format(record("joined as %s", "chair", room="abc", participant="p7"))
    assert line == "2025-11-24T16:00:00.250Z info signaling.sfu room=abc participant=p7: joined as chair"


def test_nonce_of_a_guest_is_told_apart_and_not_told() -> None:
    lines = [
        formatter.format(record("joined", participant=f"guest:12:{nonce}"))
        for formatter in (TextFormatter(), JsonFormatter())
        for nonce in ("AAAA_AAAA-AAAA_AAAA-AA", "BBBB_BBBB-BBBB_BBBB-BB")
    ]
    assert all(re.search("guest:12:[0-9a-f]{8}\\b", line) for line in lines)
    assert not any("AAAA" in line or "BBBB" in line for line in lines)
    assert len(set(lines)) == 4
    assert "participant=account:7:" in TextFormatter().format(record("joined", participant="account:7"))


def test_what_somebody_sent_looks_like_no_record_and_steers_no_terminal() -> None:
    line = TextFormatter().format(record("no m-line %s", "0\n2026-11-24T01:00:00Z info web: forged\r\x1b[2J\x00\u2028"))
    first, second = line.split("\n")
    assert first.endswith("no m-line 0")
    assert second == r"  2026-11-24T01:00:00Z info web: forged\r\x1b[2J\x00\u2028"


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


def test_what_is_no_http_is_a_line_without_what_was_sent() -> None:
    made = record("Error handling request from %s", "10.0.0.1")
    try:
        raise BadStatusLine("nonsense\n2026-11-24T01:00:00Z error forged")
    except BadStatusLine:
        made.exc_info = sys.exc_info()
    assert NoiseFilter().filter(made)
    line = TextFormatter().format(made)
    assert line.endswith("warning signaling.sfu: Error handling request from 10.0.0.1: BadStatusLine")
    ours = record("failed")
    ours.exc_info = (ValueError, ValueError("why"), None)
    assert NoiseFilter().filter(ours)
    assert ours.exc_info is not None
