"""What clients say: the messages of PROTOCOL.md, "Client to server"."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from signaling.engine import Connection
from signaling.structures import (
    CAPTION_LIMIT,
    NAME_LIMIT,
    NAMES_LIMIT,
    SUBJECT_LIMIT,
    VIEW_LIMIT,
    Audience,
    ChatPolicy,
    Choice,
    Id,
    Link,
    LobbyPolicy,
    Mid,
    Number,
    PublishedTrack,
    ReactionKind,
    Sdp,
    Seconds,
    ViewedTrack,
    VoteKind,
    clean_line,
    clean_name,
    clean_text,
)


def _read_name(text: str) -> str:
    return clean_name(text) if text else ""


def _require_content(text: str) -> str:
    if not (cleaned := clean_text(text)):
        raise ValueError("empty")
    return cleaned


Line = AfterValidator(clean_line)


@dataclass(frozen=True, kw_only=True)
class Join:
    type: Literal["join"] = "join"
    version: Number
    resume: Annotated[str, Field(max_length=128)] | None
    name: Annotated[str, Field(max_length=NAME_LIMIT), AfterValidator(_read_name)] | None


@dataclass(frozen=True, kw_only=True)
class Leave:
    type: Literal["leave"] = "leave"


# Media


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
class View:
    """What I show, the most important first."""

    type: Literal["view"] = "view"
    tracks: Annotated[tuple[ViewedTrack, ...], Field(max_length=VIEW_LIMIT)]
    audio: bool
    limit: Number | None


@dataclass(frozen=True, kw_only=True)
class ReportLink:
    type: Literal["link"] = "link"
    quality: Link
    weak: bool


@dataclass(frozen=True, kw_only=True)
class Companion:
    """Another machine of this hall hears and speaks for us."""

    type: Literal["companion"] = "companion"
    on: bool


# About oneself


@dataclass(frozen=True, kw_only=True)
class Muted:
    type: Literal["muted"] = "muted"
    muted: bool


@dataclass(frozen=True, kw_only=True)
class Hand:
    type: Literal["hand"] = "hand"
    up: bool


@dataclass(frozen=True, kw_only=True)
class Declare:
    """How many we are at this site, and who."""

    type: Literal["declare"] = "declare"
    heads: Annotated[int, Field(ge=0, le=10_000)] | None
    names: Annotated[tuple[Annotated[str, Field(max_length=NAME_LIMIT), Line], ...], Field(max_length=NAMES_LIMIT)]


@dataclass(frozen=True, kw_only=True)
class Say:
    """A line of chat. One above ``CHAT_LIMIT`` is answered with ``too_long``, not with the end."""

    type: Literal["chat"] = "chat"
    text: Annotated[str, AfterValidator(_require_content)]
    to: Audience


@dataclass(frozen=True, kw_only=True)
class React:
    type: Literal["react"] = "react"
    kind: ReactionKind


@dataclass(frozen=True, kw_only=True)
class CastVote:
    type: Literal["vote_cast"] = "vote_cast"
    vote: Number
    choice: Choice


# Operators' acts


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
class Admit:
    """Let somebody in who waits; None: everybody who waits."""

    type: Literal["admit"] = "admit"
    participant: Id | None


@dataclass(frozen=True, kw_only=True)
class Refuse:
    type: Literal["refuse"] = "refuse"
    participant: Id


@dataclass(frozen=True, kw_only=True)
class ChangePolicy:
    """None: as it is."""

    type: Literal["policy"] = "policy"
    lobby: LobbyPolicy | None = None
    locked: bool | None = None
    chat: ChatPolicy | None = None
    history: bool | None = None
    reactions: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Mute:
    """Somebody; None: everybody but the chairs and me."""

    type: Literal["mute"] = "mute"
    participant: Id | None


@dataclass(frozen=True, kw_only=True)
class AskUnmute:
    type: Literal["ask_unmute"] = "ask_unmute"
    participant: Id


@dataclass(frozen=True, kw_only=True)
class Remove:
    type: Literal["remove"] = "remove"
    participant: Id
    may_return: bool


@dataclass(frozen=True, kw_only=True)
class Appoint:
    """Make somebody a co-chair, or no longer."""

    type: Literal["appoint"] = "appoint"
    participant: Id
    on: bool


@dataclass(frozen=True, kw_only=True)
class LowerHand:
    type: Literal["lower_hand"] = "lower_hand"
    participant: Id | None


@dataclass(frozen=True, kw_only=True)
class OrderQueue:
    type: Literal["queue"] = "queue"
    participants: Annotated[tuple[Id, ...], Field(max_length=1000)]


@dataclass(frozen=True, kw_only=True)
class GiveFloor:
    """Mời phát biểu; None: nobody has the floor any more."""

    type: Literal["floor"] = "floor"
    participant: Id | None
    seconds: Seconds | None


@dataclass(frozen=True, kw_only=True)
class Spotlight:
    type: Literal["spotlight"] = "spotlight"
    participant: Id | None


@dataclass(frozen=True, kw_only=True)
class SpeakingTime:
    """What each speaker is given unless ``floor`` says otherwise."""

    type: Literal["speaking_time"] = "speaking_time"
    seconds: Seconds | None


@dataclass(frozen=True, kw_only=True)
class Present:
    """Whose screen is shown first."""

    type: Literal["present"] = "present"
    participant: Id


@dataclass(frozen=True, kw_only=True)
class OpenVote:
    type: Literal["vote_open"] = "vote_open"
    subject: Annotated[str, Field(max_length=SUBJECT_LIMIT), Line]
    kind: VoteKind
    secret: bool
    quorum: Number | None


@dataclass(frozen=True, kw_only=True)
class CloseVote:
    type: Literal["vote_close"] = "vote_close"
    vote: Number


@dataclass(frozen=True, kw_only=True)
class WithdrawVote:
    type: Literal["vote_withdraw"] = "vote_withdraw"
    vote: Number


@dataclass(frozen=True, kw_only=True)
class TypeCaption:
    type: Literal["caption"] = "caption"
    text: Annotated[str, Field(max_length=CAPTION_LIMIT), Line]


Request = (
    Join
    | Leave
    | Publish
    | AnswerOffer
    | Restart
    | Candidate
    | View
    | ReportLink
    | Companion
    | Muted
    | Hand
    | Declare
    | Say
    | React
    | CastVote
    | Record
    | Start
    | TakeUp
    | End
    | Admit
    | Refuse
    | ChangePolicy
    | Mute
    | AskUnmute
    | Remove
    | Appoint
    | LowerHand
    | OrderQueue
    | GiveFloor
    | Spotlight
    | SpeakingTime
    | Present
    | OpenVote
    | CloseVote
    | WithdrawVote
    | TypeCaption
)
