"""What browser and server say to each other in a connection test. JSON in text messages; pure.

``load`` of the server's and the client's side are binary messages of bytes that mean nothing: their rate is measured.
"""

import json
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from signaling import engine
from signaling.errors import ProtocolError
from signaling.structures import Mid, Number, Sdp

LARGEST_LOAD = 4 * 2**20  # octets of one request


@dataclass(frozen=True)
class Line:
    mid: Mid
    source: Literal["microphone", "camera"]


@dataclass(frozen=True)
class Publish:
    """The offer of what I send. Another session of SDP is another connection, which takes the place of the former."""

    type: Literal["publish"]
    sdp: Sdp
    tracks: Annotated[list[Line], Field(max_length=2)]


@dataclass(frozen=True)
class Receive:
    """Send it back to me over a new connection."""

    type: Literal["receive"]


@dataclass(frozen=True)
class Answer:
    type: Literal["answer"]
    sdp: Sdp
    generation: Number


@dataclass(frozen=True)
class Ping:
    """To be sent back as it is, at once."""

    type: Literal["ping"]
    number: Number


@dataclass(frozen=True)
class Load:
    """Send me so many octets."""

    type: Literal["load"]
    octets: Annotated[int, Field(gt=0, le=LARGEST_LOAD)]


Request = Publish | Receive | Answer | Ping | Load

_REQUESTS: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="type")])


def decode(text: str) -> Request:
    """What a client sent. Raises ``ProtocolError``."""
    try:
        return _REQUESTS.validate_json(text, strict=True)
    except ValidationError as error:
        raise ProtocolError(str(error.errors(include_url=False, include_input=False)[0]["msg"])) from error


def write_ready(ice_servers: list[dict[str, object]]) -> str:
    """The first message: which relays there are."""
    return _write("ready", ice_servers=ice_servers)


def write_pong(number: int) -> str:
    return _write("pong", number=number)


def write_taken(octets: int) -> str:
    """So many octets of binary messages have come in all."""
    return _write("taken", octets=octets)


def write_event(event: engine.Event) -> str | None:
    """What the browser is told of an event of the engine; None: nothing."""
    match event:
        case engine.Answer(sdp=sdp):
            return _write("answer", sdp=sdp)
        case engine.Offer(sdp=sdp, generation=generation):
            return _write("offer", sdp=sdp, generation=generation)
        case engine.Refused(connection=connection):
            return _write("refused", connection=connection)
        case engine.MediaState(connection=connection, connected=connected):
            return _write("media", connection=connection, connected=connected)
        case _:
            return None


def _write(kind: str, **fields: object) -> str:
    return json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))
