"""The wire messages of PROTOCOL.md as frozen values, JSON in and out. No other part of Python spells wire field names.

``structures.py`` has what messages are made of, ``requests.py`` what clients say, ``messages.py`` what the server says;
all of them are spoken of as ``protocol.Name``.

``decode_request`` takes what a client sent, ``decode_message`` what the server said, and answers a message or raises
``ProtocolError``. Types are checked strictly, nothing is converted ("1" is no number, 1 is no truth value). Fields that
are not known are ignored, so that version 2 can grow; types that are not are refused.
"""

from typing import Annotated, Any, get_args

from pydantic import Field, TypeAdapter, ValidationError

from signaling.errors import ProtocolError
from signaling.messages import (
    AnswerPublish,
    Asked,
    Caption,
    Joined,
    Left,
    LobbyChanged,
    MayChanged,
    Message,
    MutedBy,
    Notice,
    Offer,
    ParticipantChanged,
    ParticipantsChanged,
    Reaction,
    Refusal,
    RoomChanged,
    Said,
    SlotsFilled,
    Speaking,
    VoteCounted,
    Wait,
)
from signaling.requests import (
    Admit,
    AnswerOffer,
    Appoint,
    AskUnmute,
    Candidate,
    CastVote,
    ChangePolicy,
    CloseVote,
    Companion,
    Declare,
    End,
    GiveFloor,
    Hand,
    Join,
    Leave,
    LowerHand,
    Mute,
    Muted,
    OpenVote,
    OrderQueue,
    Present,
    Publish,
    React,
    Record,
    Refuse,
    Remove,
    ReportLink,
    Request,
    Restart,
    Say,
    SpeakingTime,
    Spotlight,
    Start,
    TakeUp,
    TypeCaption,
    View,
    WithdrawVote,
)
from signaling.structures import (
    CAPTION_LIMIT,
    CHAT_LIMIT,
    CO_CHAIR,
    EVERYTHING,
    MESSAGE_LIMIT,
    NAME_LIMIT,
    NAMES_LIMIT,
    SUBJECT_LIMIT,
    VIEW_LIMIT,
    AgendaEntry,
    Audience,
    Chat,
    ChatPolicy,
    Choice,
    FilledSlot,
    Floor,
    IceServer,
    Instant,
    Link,
    LobbyPolicy,
    MyVote,
    NamedChoice,
    Paper,
    Participant,
    Permission,
    Phase,
    Policy,
    PublishedTrack,
    ReactionKind,
    Recording,
    Role,
    RoomView,
    Slot,
    Tally,
    Track,
    ViewedTrack,
    Vote,
    VoteKind,
    VoteStatus,
    Waiting,
    clean_name,
    clean_text,
)

__all__ = [
    "CAPTION_LIMIT",
    "CHAT_LIMIT",
    "CO_CHAIR",
    "EVERYTHING",
    "MESSAGE_LIMIT",
    "MESSAGE_TYPES",
    "NAMES_LIMIT",
    "NAME_LIMIT",
    "REQUEST_TYPES",
    "SUBJECT_LIMIT",
    "VERSION",
    "VIEW_LIMIT",
    "Admit",
    "AgendaEntry",
    "AnswerOffer",
    "AnswerPublish",
    "Appoint",
    "AskUnmute",
    "Asked",
    "Audience",
    "Candidate",
    "Caption",
    "CastVote",
    "ChangePolicy",
    "Chat",
    "ChatPolicy",
    "Choice",
    "CloseVote",
    "Companion",
    "Declare",
    "End",
    "FilledSlot",
    "Floor",
    "GiveFloor",
    "Hand",
    "IceServer",
    "Instant",
    "Join",
    "Joined",
    "Leave",
    "Left",
    "Link",
    "LobbyChanged",
    "LobbyPolicy",
    "LowerHand",
    "MayChanged",
    "Message",
    "Mute",
    "Muted",
    "MutedBy",
    "MyVote",
    "NamedChoice",
    "Notice",
    "Offer",
    "OpenVote",
    "OrderQueue",
    "Paper",
    "Participant",
    "ParticipantChanged",
    "ParticipantsChanged",
    "Permission",
    "Phase",
    "Policy",
    "Present",
    "Publish",
    "PublishedTrack",
    "React",
    "Reaction",
    "ReactionKind",
    "Record",
    "Recording",
    "Refusal",
    "Refuse",
    "Remove",
    "ReportLink",
    "Request",
    "Restart",
    "Role",
    "RoomChanged",
    "RoomView",
    "Said",
    "Say",
    "Slot",
    "SlotsFilled",
    "Speaking",
    "SpeakingTime",
    "Spotlight",
    "Start",
    "TakeUp",
    "Tally",
    "Track",
    "TypeCaption",
    "View",
    "ViewedTrack",
    "Vote",
    "VoteCounted",
    "VoteKind",
    "VoteStatus",
    "Wait",
    "Waiting",
    "WithdrawVote",
    "clean_name",
    "clean_text",
    "decode_message",
    "decode_request",
    "encode",
]

VERSION = 2

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


def decode_message(text: str | bytes) -> Message:
    """What the server said, for clients. Raises ``ProtocolError``."""
    try:
        return _MESSAGES.validate_json(text, strict=True)
    except ValidationError as error:
        raise ProtocolError(f"the server's message is not in this protocol: {error}") from error
