"""The port's messages as lines."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.engine import (
    AcceptAnswer,
    Command,
    EngineLost,
    Event,
    Feature,
    FileOpened,
    Filled,
    Offer,
    Present,
    Publish,
    Receive,
    Record,
    SentTrack,
    Silence,
    Slot,
    Slots,
    Speaking,
    View,
    Want,
)
from signaling.engine_json import EngineMessageError, LogLine, read_command, read_event, write_message

COMMANDS: list[Command] = [
    Publish("họp", "p1", "v=0\r\n", (SentTrack("0", "microphone"), SentTrack("1", "camera"))),
    Receive("r", "p1", restart=True),
    View("r", "p1", (Want("t1", 720), Want("t2", 180)), audio=False, limit=300_000),
    View("r", "p1", ()),
    Feature("r", ("p1", "p2")),
    Present("r", "t3"),
    Present("r", None),
    AcceptAnswer("r", "p1", 3, "v=0\r\n"),
    Silence("r", "p1", True),
    Record("r", "r"),
]
EVENTS: list[Event | LogLine] = [
    Offer("r", "p1", "v=0\r\n", 2, (Slot("0", "audio"), Slot("5", "video"))),
    Slots("r", "p1", (Filled("5", "p2", "t1", "screen"),)),
    Speaking("r", ()),
    FileOpened("r", "p1", "r/p1-1.mka", "2026-11-24T01:00:00.000Z"),
    EngineLost(),
    LogLine(20, "signaling.media", "ready"),
    LogLine(20, "signaling.media", "ready", "r"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_command_written_is_read_again(command: Command) -> None:
    line = write_message(command)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert read_command(line) == command


@pytest.mark.parametrize("event", EVENTS)
def test_event_written_is_read_again(event: Event | LogLine) -> None:
    assert read_event(write_message(event)) == event


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        {},
        {"type": 5},
        {"type": "Explode", "room": "r"},
        {"type": "Offer", "room": "r"},  # an event is no command
        {"type": "Record", "room": "r"},
        {"type": "Record", "room": "r", "folder": "r", "more": 1},
        {"type": "Record", "room": 5, "folder": "r"},
        {"type": "Silence", "room": "r", "participant": "p1", "on": 1},
        {"type": "AcceptAnswer", "room": "r", "participant": "p1", "generation": True, "sdp": ""},
        {"type": "View", "room": "r", "participant": "p1", "wants": "t1"},
        {"type": "View", "room": "r", "participant": "p1", "wants": ["t1"]},
        {"type": "View", "room": "r", "participant": "p1", "wants": [{"track": "t1", "height": "180"}]},
        {"type": "View", "room": "r", "participant": "p1", "wants": [], "limit": 1.5},
        {"type": "Feature", "room": "r", "participants": "p1"},
        {"type": "Present", "room": "r", "track": 1},
        {"type": "Publish", "room": "r", "participant": "p1", "sdp": "", "tracks": [["0", "camera"]]},
        {"type": "Publish", "room": "r", "participant": "p1", "sdp": "", "tracks": [{"mid": "0", "source": "window"}]},
    ],
)
def test_what_is_no_command_is_refused(record: Any) -> None:
    with pytest.raises(EngineMessageError):
        read_command(json.dumps(record).encode())


@given(st.binary(max_size=100))
def test_no_bytes_raise_anything_else(line: bytes) -> None:
    for read in (read_command, read_event):
        with pytest.raises(EngineMessageError):
            read(line)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(EngineMessageError):
        read_command(b"[" * 100_000)
