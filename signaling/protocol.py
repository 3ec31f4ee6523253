"""The wire messages of PROTOCOL.md as frozen values, JSON in and out. No other Python file spells wire field names.

``decode_request`` takes what a client sent and answers a message or raises ``ProtocolError``. Types are checked
strictly, nothing is converted ("1" is no number, 1 is no truth value). Fields that are not known are ignored, so that
version 1 can grow; types that are not are refused.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, TypeAdapter, ValidationError

from signaling.engine import Connection, Kind, Source
from signaling.errors import ErrorCode, NoticeCode, ProtocolError
from signaling.instants import read_instant, write_instant

VERSION = 1
MESSAGE_LIMIT = 64 * 1024  # bytes of one message
CHAT_LIMIT = 2000  # characters
NAME_LIMIT = 100

Phase = Literal["waiting", "in_session", "ended"]
Role = Literal["chair", "secretary", "technician", "delegate", "site", "observer", "guest"]
Permission = Literal["record", "start", "end", "mute", "remove"]

# C0 and C1 controls besides tab and line feed, and the marks that nobody sees or that reverse the direction of a line:
# none of them belongs into a name or a line of chat, and a NUL is refused by PostgreSQL. The last ones are letters by
# their class, and blank.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\U000e0000-\U000e007f\u115f\u1160\u17b4\u17b5\u3164\uffa0]"
)


def clean_text(text: str) -> str:
    """``text`` without control characters and outer blanks."""
    return _CONTROLS.sub("", text).strip()


def clean_name(text: str) -> str:
    """A name as others will see it, on one line. ``ValueError`` for fewer than two letters or more than the limit."""
    name = " ".join(clean_text(text).split())
    if sum(letter.isalpha() for letter in name) < 2:
        raise ValueError("a name has two letters at least")
    if len(name) > NAME_LIMIT:
        raise ValueError(f"a name has at most {NAME_LIMIT} characters")
    return name


def _read_name(text: str) -> str:
    return clean_name(text) if text else ""


def _require_content(text: str) -> str:
    if not (cleaned := clean_text(text)):
        raise ValueError("empty")
    return cleaned


Instant = Annotated[datetime, PlainValidator(read_instant), PlainSerializer(write_instant)]
Id = Annotated[str, Field(min_length=1, max_length=64)]
Mid = Annotated[str, Field(max_length=64)]
Sdp = Annotated[str, Field(min_length=1, max_length=MESSAGE_LIMIT)]
Number = Annotated[int, Field(ge=0, le=2**31)]


# Structures


@dataclass(frozen=True, kw_only=True)
class Track:
    id: Id
    source: Source
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class Participant:
    """Somebody in the room. ``hand`` is when the hand went up."""

    id: Id
    name: str
    detail: str
    role: Role
    connected: bool
    muted: bool
    hand: Instant | None
    order: int
    tracks: tuple[Track, ...]


@dataclass(frozen=True, kw_only=True)
class Chat:
    id: int
    sender: Annotated[Id, Field(alias="from")]
    name: str
    text: str
    at: Instant


@dataclass(frozen=True, kw_only=True)
class AgendaEntry:
    title: str
    presenter: str
    minutes: int | None


@dataclass(frozen=True, kw_only=True)
class Recording:
    on: bool
    since: Instant | None
    by: str | None


@dataclass(frozen=True, kw_only=True)
class RoomView:
    title: str
    phase: Phase
    started_at: Instant | None
    ends_at: Instant
    recording: Recording
    agenda: tuple[AgendaEntry, ...]
    item: Number | None  # under discussion: its place in ``agenda``
    item_since: Instant | None


@dataclass(frozen=True, kw_only=True)
class PublishedTrack:
    """One sending m-line of a client's offer."""

    mid: Mid
    source: Source


@dataclass(frozen=True, kw_only=True)
class OfferedTrack:
    """One m-line of the server's offer: whose track it carries."""

    mid: Mid
    participant: Id
    track: Id
    source: Source


# Client to server


@dataclass(frozen=True, kw_only=True)
class Join:
    type: Literal["join"] = "join"
    version: Number
    resume: Annotated[str, Field(max_length=128)] | None
    name: Annotated[str, Field(max_length=NAME_LIMIT), AfterValidator(_read_name)] | None


@dataclass(frozen=True, kw_only=True)
class Publish:
    type: Literal["publish"] = "publish"
    sdp: Sdp
    tracks: Annotated[tuple[PublishedTrack, ...], Field(max_length=16)]


@dataclass(frozen=True, kw_only=True)
class AnswerOffer:
    """My answer to the server's offer of this generation."""

    type: Literal["answer"] = "answer"
    sdp: Sdp
    generation: Number


@dataclass(frozen=True, kw_only=True)
class Restart:
    type: Literal["restart"] = "restart"
    connection: Connection


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Goes both ways."""

    type: Literal["candidate"] = "candidate"
    connection: Connection
    candidate: Annotated[str, Field(max_length=1024)]
    mid: Mid | None


@dataclass(frozen=True, kw_only=True)
class Muted:
    type: Literal["muted"] = "muted"
    muted: bool


@dataclass(frozen=True, kw_only=True)
class Hand:
    type: Literal["hand"] = "hand"
    up: bool


@dataclass(frozen=True, kw_only=True)
class Say:
    """A line of chat to everybody. One above ``CHAT_LIMIT`` is answered with ``too_long``, not with the end."""

    type: Literal["chat"] = "chat"
    text: Annotated[str, AfterValidator(_require_content)]


@dataclass(frozen=True, kw_only=True)
class Record:
    type: Literal["record"] = "record"
    on: bool


@dataclass(frozen=True, kw_only=True)
class Start:
    type: Literal["start"] = "start"


@dataclass(frozen=True, kw_only=True)
class TakeUp:
    """Discuss this item of the agenda now, by its place from 0, or none."""

    type: Literal["agenda"] = "agenda"
    item: Number | None


@dataclass(frozen=True, kw_only=True)
class End:
    type: Literal["end"] = "end"


@dataclass(frozen=True, kw_only=True)
class Mute:
    type: Literal["mute"] = "mute"
    participant: Id


@dataclass(frozen=True, kw_only=True)
class Remove:
    type: Literal["remove"] = "remove"
    participant: Id


@dataclass(frozen=True, kw_only=True)
class Leave:
    type: Literal["leave"] = "leave"


Request = (
    Join
    | Publish
    | AnswerOffer
    | Restart
    | Candidate
    | Muted
    | Hand
    | Say
    | Record
    | Start
    | TakeUp
    | End
    | Mute
    | Remove
    | Leave
)


# Server to client


@dataclass(frozen=True, kw_only=True)
class Joined:
    type: Literal["joined"] = "joined"
    you: Id
    resume: str
    now: Instant
    room: RoomView
    may: tuple[Permission, ...]
    participants: tuple[Participant, ...]
    chat: tuple[Chat, ...]


@dataclass(frozen=True, kw_only=True)
class AnswerPublish:
    type: Literal["answer"] = "answer"
    sdp: Sdp


@dataclass(frozen=True, kw_only=True)
class Offer:
    type: Literal["offer"] = "offer"
    sdp: Sdp
    generation: Number
    tracks: tuple[OfferedTrack, ...]


@dataclass(frozen=True, kw_only=True)
class ParticipantChanged:
    type: Literal["participant"] = "participant"
    participant: Participant


@dataclass(frozen=True, kw_only=True)
class Left:
    type: Literal["left"] = "left"
    id: Id


@dataclass(frozen=True, kw_only=True)
class Said(Chat):
    type: Literal["chat"] = "chat"


@dataclass(frozen=True, kw_only=True)
class RoomChanged:
    type: Literal["room"] = "room"
    room: RoomView


@dataclass(frozen=True, kw_only=True)
class Speaking:
    type: Literal["speaking"] = "speaking"
    ids: tuple[Id, ...]


@dataclass(frozen=True, kw_only=True)
class MutedBy:
    type: Literal["muted_by"] = "muted_by"
    name: str


@dataclass(frozen=True, kw_only=True)
class Notice:
    type: Literal["notice"] = "notice"
    code: NoticeCode
    text: str


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A request was refused: ``about`` is its type."""

    type: Literal["error"] = "error"
    code: ErrorCode
    text: str
    about: str


Message = (
    Joined
    | AnswerPublish
    | Offer
    | Candidate
    | ParticipantChanged
    | Left
    | Said
    | RoomChanged
    | Speaking
    | MutedBy
    | Notice
    | Refusal
)

_REQUESTS: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="type")])
_MESSAGES: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])


def _list_types(union: Any) -> frozenset[str]:
    return frozenset(member.__dataclass_fields__["type"].default for member in get_args(union))


REQUEST_TYPES = _list_types(Request)
MESSAGE_TYPES = _list_types(Message)


def encode(message: Request | Message) -> str:
    """One JSON object on one line."""
    adapter: TypeAdapter[Any] = _REQUESTS if isinstance(message, get_args(Request)) else _MESSAGES
    return adapter.dump_json(message, by_alias=True).decode()


def decode_request(text: str | bytes) -> Request:
    """What a client sent. Raises ``ProtocolError``."""
    try:
        return _REQUESTS.validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ProtocolError(f"{place}: {first['msg']}" if place else str(first["msg"])) from error
