"""What the wire messages are made of: the values of PROTOCOL.md, and how texts of people are cleaned."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, get_args

from pydantic import Field, PlainSerializer, PlainValidator

from signaling.engine import Kind, Source
from signaling.instants import read_instant, write_instant

MESSAGE_LIMIT = 64 * 1024  # bytes of one message
CHAT_LIMIT = 2000  # characters
NAME_LIMIT = 100
NAMES_LIMIT = 200  # people at one site
VIEW_LIMIT = 64  # pictures that one viewer shows
SUBJECT_LIMIT = 500
CAPTION_LIMIT = 300

Phase = Literal["waiting", "in_session", "ended"]
Role = Literal["chair", "co_chair", "secretary", "technician", "delegate", "site", "observer", "guest", "projection"]
Permission = Literal["record", "start", "end", "mute", "remove", "admit", "floor", "vote", "appoint", "caption"]
LobbyPolicy = Literal["nobody", "guests", "uninvited", "everybody"]  # who waits until somebody lets them in
ChatPolicy = Literal["everybody", "chairs", "nobody"]  # to whom those who are no chairs may write
Audience = Literal["everybody", "chairs"]
Link = Literal["good", "weak", "bad"]
ReactionKind = Literal["agree", "applause", "question", "slower"]
VoteKind = Literal["ballot", "opinion"]
VoteStatus = Literal["open", "closed", "withdrawn"]
Choice = Literal["for", "against", "abstain"]
Asking = Literal["unmute", "floor"]

EVERYTHING: frozenset[Permission] = frozenset(get_args(Permission))
CO_CHAIR: frozenset[Permission] = EVERYTHING - {"end", "appoint"}

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


def clean_line(text: str) -> str:
    """``text`` on one line. ``ValueError`` when nothing is left."""
    if not (line := " ".join(clean_text(text).split())):
        raise ValueError("empty")
    return line


def clean_name(text: str) -> str:
    """A name as others will see it, on one line. ``ValueError`` for fewer than two letters or more than the limit."""
    name = " ".join(clean_text(text).split())
    if sum(letter.isalpha() for letter in name) < 2:
        raise ValueError("a name has two letters at least")
    if len(name) > NAME_LIMIT:
        raise ValueError(f"a name has at most {NAME_LIMIT} characters")
    return name


Instant = Annotated[datetime, PlainValidator(read_instant), PlainSerializer(write_instant)]
Id = Annotated[str, Field(min_length=1, max_length=64)]
Mid = Annotated[str, Field(max_length=64)]
Sdp = Annotated[str, Field(min_length=1, max_length=MESSAGE_LIMIT)]
Number = Annotated[int, Field(ge=0, le=2**31)]
Seconds = Annotated[int, Field(ge=1, le=24 * 3600)]


@dataclass(frozen=True, kw_only=True)
class Track:
    id: Id
    source: Source
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class Participant:
    """Somebody in the room. ``hand`` is when the hand went up; ``votes``: a member entitled to cast a ballot."""

    id: Id
    name: str
    detail: str
    role: Role
    connected: bool
    muted: bool
    hand: Instant | None
    order: int
    tracks: tuple[Track, ...]
    votes: bool
    companion: bool
    weak: bool
    link: Link | None
    heads: Number | None
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Somebody in the lobby."""

    id: Id
    name: str
    detail: str
    since: Instant


@dataclass(frozen=True, kw_only=True)
class Chat:
    id: int
    sender: Annotated[Id, Field(alias="from")]
    name: str
    text: str
    at: Instant
    to: Audience


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
class Policy:
    """What is allowed in the room. ``history``: who comes later reads what was written before."""

    lobby: LobbyPolicy
    locked: bool
    chat: ChatPolicy
    history: bool
    reactions: bool


@dataclass(frozen=True, kw_only=True)
class Floor:
    """Who speaks, since when, and the time they were given."""

    participant: Id
    since: Instant
    seconds: int | None


@dataclass(frozen=True, kw_only=True)
class Tally:
    in_favour: Annotated[Number, Field(alias="for")]
    against: Number
    abstain: Number


@dataclass(frozen=True, kw_only=True)
class NamedChoice:
    name: str
    choice: Choice


@dataclass(frozen=True, kw_only=True)
class Vote:
    """``tally`` and ``valid`` are None while it is open; ``choices`` are those of the vote that was closed last."""

    id: Number
    subject: str
    kind: VoteKind
    secret: bool
    state: VoteStatus
    opened_at: Instant
    closed_at: Instant | None
    entitled: Number
    present: Number
    cast: Number
    quorum: Number
    valid: bool | None
    tally: Tally | None
    choices: tuple[NamedChoice, ...]


@dataclass(frozen=True, kw_only=True)
class MyVote:
    """That I voted, and how where it was not secret."""

    vote: Number
    choice: Choice | None


@dataclass(frozen=True, kw_only=True)
class Paper:
    id: Number
    title: str
    type: str
    size: int


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
    policy: Policy
    floor: Floor | None
    speaking_seconds: int | None
    queue: tuple[Id, ...]
    spotlight: Id | None
    shares: tuple[Id, ...]
    votes: tuple[Vote, ...]
    capacity: Number
    papers: tuple[Paper, ...]


@dataclass(frozen=True, kw_only=True)
class IceServer:
    """As ``RTCIceServer``: a relay with credentials that expire."""

    urls: tuple[str, ...]
    username: str
    credential: str


@dataclass(frozen=True, kw_only=True)
class PublishedTrack:
    """One sending m-line of a client's offer."""

    mid: Mid
    source: Source


@dataclass(frozen=True, kw_only=True)
class ViewedTrack:
    """One picture on a client's page, and its height in device pixels."""

    track: Id
    height: Annotated[int, Field(ge=0, le=10_000)]


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One m-line of the server's offer."""

    mid: Mid
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class FilledSlot:
    """What a slot carries now."""

    mid: Mid
    participant: Id
    track: Id
    source: Source
