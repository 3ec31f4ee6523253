"""Messages of the room's protocol, changed at random by somebody who knows its types, its fields and its values.

What reads them is compiled and tells a fuzzer nothing of the ways through it. So changes begin at what may be said, and
spoil it in one place or another.
"""

import json
from collections.abc import Sequence
from dataclasses import is_dataclass
from random import Random
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from signaling.protocol import Request

REQUESTS = get_args(Request)
FIELDS = sorted({name for request in REQUESTS for name in get_type_hints(request)})
# Participants, tracks and lines of media as the server names them, and texts at the edges of what is taken.
TEXTS = (
    *("p1", "p2", "p3", "p4", "p5", "p6", "w1", "t1", "t2", "0", "1", "receive", "camera", "v=0"),
    *("", " ", "x", "Xã Đức Trọng", "ệ" * 64, "a" * 100, "b" * 101, "c" * 300, "d" * 501, "e" * 2001),
    *("\x00", "\u202e\u200b", "\ufeffab", "\ud800", "A\n\nB", "<b>&amp;", "'; --", "İ" * 128, "1" * 4000),
)
NUMBERS = (0, 1, 2, 3, 4, 5, 60, 64, 300, 10_000, 86_400, 86_401, 2**31, 2**31 + 1, 2**63, 10**40, -1)
ODD: tuple[Any, ...] = (
    *TEXTS,
    *NUMBERS,
    None,
    True,
    False,
    1.0,
    1e308,
    float("nan"),
    [],
    [[]],
    {},
    [None] * 65,
    "true",
)
MOST_ITEMS = 4
STEPS = b"01234"  # connections of the room


def change_message(data: bytes, chance: Random) -> bytes:
    """Another message, near this one."""
    message = _read(data)
    if message is None or chance.random() < 0.2:
        message = make_message(chance)
    for _ in range(chance.choice((0, 0, 1, 1, 1, 2))):
        _spoil(message, chance)
    return _write(message, chance)


def change_meeting(data: bytes, chance: Random) -> bytes:
    """Another meeting: lines changed, left out, said again, said by somebody else, or new."""
    lines = data.split(b"\n")
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(lines))
        match chance.randrange(8):
            case 0:
                lines[place] = lines[place][:1] + change_message(lines[place][1:], chance)
            case 1:
                lines.insert(place, _name(chance) + _write(make_message(chance), chance))
            case 2:
                lines.insert(place, chance.choice(lines))
            case 3 | 4 | 5 if len(lines) > 1:  # as often as all else adds one
                del lines[place]
            case 6:
                lines[place] = _name(chance) + lines[place][1:]
            case _:
                lines.insert(place, _name(chance) + chance.choice((b"-", b"+", b"t", b"tttt", b"t" * 30)))
    return b"\n".join(lines)


def _name(chance: Random) -> bytes:
    return bytes([chance.choice(STEPS)])


def make_message(chance: Random) -> dict[str, Any]:
    """A message of which each field alone is as the protocol has it, or nearly."""
    return _make_fields(chance.choice(REQUESTS), chance)


def _make_fields(kind: type, chance: Random) -> dict[str, Any]:
    return {name: _make(hint, chance) for name, hint in get_type_hints(kind, include_extras=True).items()}


def _make(hint: Any, chance: Random) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _make(arguments[0], chance)
    if origin is Literal:
        return chance.choice(arguments)
    if origin in (Union, UnionType):
        return _make(chance.choice(arguments), chance)
    if origin is tuple:
        return [_make(arguments[0], chance) for _ in range(chance.randint(0, MOST_ITEMS))]
    if is_dataclass(hint) and isinstance(hint, type):
        return _make_fields(hint, chance)
    made: dict[Any, Sequence[Any]] = {bool: (True, False), int: NUMBERS, str: TEXTS, NoneType: (None,)}
    return chance.choice(made[hint])


def _read(data: bytes) -> dict[str, Any] | None:
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _write(message: dict[str, Any], chance: Random) -> bytes:
    return json.dumps(message, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


def _spoil(message: dict[str, Any], chance: Random) -> None:
    """Change one thing: a field somewhere inside, left out, called otherwise, or of another kind."""
    place: Any = message
    spared = "type" if chance.random() < 0.9 else ""  # without it nothing else is read
    while True:
        keys = [key for key in place if key != spared] if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        key = chance.choice(keys)
        if not isinstance(place[key], dict | list) or chance.random() < 0.3:
            match chance.randrange(4):
                case 0:
                    del place[key]
                case 1 if isinstance(place, dict):
                    place[chance.choice(FIELDS)] = place[key]
                case 2:
                    place[key] = [place[key]] * chance.choice((1, 2, 17, 65))
                case _:
                    place[key] = chance.choice(ODD)
            return
        place = place[key]
    message[chance.choice(FIELDS)] = chance.choice(ODD)
