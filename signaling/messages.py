"""What the server says: the messages of PROTOCOL.md, "Server to client"."""

from dataclasses import dataclass
from typing import Literal

from signaling.errors import ErrorCode, NoticeCode
from signaling.requests import Candidate
from signaling.structures import (
    Asking,
    Chat,
    FilledSlot,
    IceServer,
    Id,
    Instant,
    MyVote,
    Number,
    Participant,
    Permission,
    ReactionKind,
    RoomView,
    Sdp,
    Slot,
    Waiting,
)


@dataclass(frozen=True, kw_only=True)
class Wait:
    """You are in the lobby until somebody lets you in."""

    type: Literal["waiting"] = "waiting"
    now: Instant
    title: str
    starts_at: Instant
    since: Instant


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
    ice_servers: tuple[IceServer, ...]
    lobby: tuple[Waiting, ...]
    my_votes: tuple[MyVote, ...]


@dataclass(frozen=True, kw_only=True)
class AnswerPublish:
    type: Literal["answer"] = "answer"
    sdp: Sdp


@dataclass(frozen=True, kw_only=True)
class Offer:
    type: Literal["offer"] = "offer"
    sdp: Sdp
    generation: Number
    slots: tuple[Slot, ...]


@dataclass(frozen=True, kw_only=True)
class SlotsFilled:
    """The whole of it: a slot that is not named carries nothing."""

    type: Literal["slots"] = "slots"
    slots: tuple[FilledSlot, ...]


@dataclass(frozen=True, kw_only=True)
class ParticipantChanged:
    type: Literal["participant"] = "participant"
    participant: Participant


@dataclass(frozen=True, kw_only=True)
class ParticipantsChanged:
    """Several at once, as when many come together."""

    type: Literal["participants"] = "participants"
    participants: tuple[Participant, ...]


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
class LobbyChanged:
    type: Literal["lobby"] = "lobby"
    people: tuple[Waiting, ...]


@dataclass(frozen=True, kw_only=True)
class MayChanged:
    type: Literal["may"] = "may"
    may: tuple[Permission, ...]


@dataclass(frozen=True, kw_only=True)
class Speaking:
    type: Literal["speaking"] = "speaking"
    ids: tuple[Id, ...]


@dataclass(frozen=True, kw_only=True)
class MutedBy:
    type: Literal["muted_by"] = "muted_by"
    name: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """I am asked to unmute, or was given the floor."""

    type: Literal["asked"] = "asked"
    what: Asking
    by: str


@dataclass(frozen=True, kw_only=True)
class Reaction:
    type: Literal["reaction"] = "reaction"
    participant: Id
    kind: ReactionKind


@dataclass(frozen=True, kw_only=True)
class VoteCounted(MyVote):
    """My vote was saved."""

    type: Literal["my_vote"] = "my_vote"


@dataclass(frozen=True, kw_only=True)
class Caption:
    """``participant`` had the floor when it was typed; None when nobody had."""

    type: Literal["caption"] = "caption"
    participant: Id | None
    name: str
    text: str
    at: Instant


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
    Wait
    | Joined
    | AnswerPublish
    | Offer
    | SlotsFilled
    | Candidate
    | ParticipantChanged
    | ParticipantsChanged
    | Left
    | Said
    | RoomChanged
    | LobbyChanged
    | MayChanged
    | Speaking
    | MutedBy
    | Asked
    | Reaction
    | VoteCounted
    | Caption
    | Notice
    | Refusal
)
