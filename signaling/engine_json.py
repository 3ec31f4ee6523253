"""The engine's messages as JSON lines: one object each, ``type`` being the name of its class. Pure."""

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal

from signaling import engine


class EngineMessageError(ValueError):
    """A line that is no message of this port."""


@dataclasses.dataclass(frozen=True)
class LogLine:
    """What the media process has to say for the log; it travels among the events. ``level`` as in ``logging``."""

    level: int
    name: str
    text: str
    room: str | None = None


_COMMANDS: Mapping[str, type[Any]] = {one.__name__: one for one in typing.get_args(engine.Command)}
_EVENTS: Mapping[str, type[Any]] = {one.__name__: one for one in typing.get_args(engine.Event)}
_PARTS = (engine.SentTrack, engine.Want, engine.Slot, engine.Filled)
_FIELDS: Mapping[type[Any], Mapping[str, Any]] = {
    one: typing.get_type_hints(one) for one in (*_COMMANDS.values(), *_EVENTS.values(), *_PARTS, LogLine)
}


def write_message(message: engine.Command | engine.Event | LogLine) -> bytes:
    """Return the message as one line."""
    record = {"type": type(message).__name__, **dataclasses.asdict(message)}
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def read_command(line: bytes) -> engine.Command:
    """Read a line of the room. Raises EngineMessageError."""
    return typing.cast(engine.Command, _read(line, _COMMANDS))


def read_event(line: bytes) -> engine.Event | LogLine:
    """Read a line of the engine. Raises EngineMessageError."""
    return typing.cast(engine.Event | LogLine, _read(line, {**_EVENTS, "LogLine": LogLine}))


def _read(line: bytes, known: Mapping[str, type[Any]]) -> object:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise EngineMessageError("not JSON") from error
    name = record.pop("type", None) if isinstance(record, dict) else None
    kind = known.get(name) if isinstance(name, str) else None
    if kind is None:
        raise EngineMessageError("of no known type")
    return _build(kind, record)


def _build(kind: type[Any], record: object) -> object:
    fields = _FIELDS[kind]
    if not isinstance(record, dict) or not record.keys() <= fields.keys():
        raise EngineMessageError(f"{kind.__name__} has other fields")
    values = {name: _check(fields[name], value, f"{kind.__name__}.{name}") for name, value in record.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise EngineMessageError(f"{kind.__name__} lacks a field") from error


def _check(expected: Any, value: object, where: str) -> object:
    origin = typing.get_origin(expected)
    if origin is tuple:
        if not isinstance(value, list):
            raise EngineMessageError(f"{where} is no list")
        return tuple(_check(typing.get_args(expected)[0], item, where) for item in value)
    if origin is Literal:
        if value not in typing.get_args(expected):
            raise EngineMessageError(f"{where} has another value")
        return value
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in typing.get_args(expected):
            return None
        return _check(typing.get_args(expected)[0], value, where)
    if dataclasses.is_dataclass(expected):
        return _build(typing.cast(type[Any], expected), value)
    # A bool is an int to Python, not to this port.
    if type(value) is not expected:
        raise EngineMessageError(f"{where} is no {expected.__name__}")
    return value
