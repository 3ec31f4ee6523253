"""What a room may ask of the outside, and the records it wants kept.

The driver carries effects out in their order. An effect that stands after a ``Save`` waits for its commit: nobody is
told of what could still be lost. Connections are named, not participants, so that a late effect never reaches the
connection that took the place of the one it was meant for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from signaling.engine import Command
from signaling.errors import CloseCode
from signaling.protocol import Audience, Choice, Message, VoteKind

# Records: what happened, for the books. ``about`` holds the ids a record is filed under: person_id, site_id, unit_id.

About = Mapping[str, int | None]
LeftReason = Literal["left", "lost", "removed", "ended", "expelled", "outage"]
StopReason = Literal["stopped", "ended", "empty", "disk", "error", "outage", "cancelled"]


@dataclass(frozen=True)
class Joined:
    """An identity came in: an interval of attendance begins."""

    identity: str
    name: str
    about: About
    at: datetime


@dataclass(frozen=True)
class Left:
    """It ends. ``at`` may lie before now: the moment a connection broke that did not come back."""

    identity: str
    at: datetime
    reason: LeftReason


@dataclass(frozen=True)
class PhaseChanged:
    """The meeting was opened or ended. ``identity`` is empty when it ended by itself."""

    phase: Literal["in_session", "ended"]
    identity: str
    name: str
    at: datetime


@dataclass(frozen=True)
class RecordingOn:
    """A span of recording begins. ``identity`` is empty when it goes on after an outage."""

    identity: str
    name: str
    at: datetime


@dataclass(frozen=True)
class RecordingOff:
    """The span ends. ``identity`` is empty when no person ended it."""

    identity: str
    name: str
    at: datetime
    reason: StopReason


@dataclass(frozen=True)
class FileOpened:
    """A recording file was begun; ``path`` is relative to the recordings' folder, ``at`` the instant of its time 0."""

    identity: str
    speaker: str
    about: About
    path: str
    at: datetime


@dataclass(frozen=True)
class FileClosed:
    path: str
    at: datetime


@dataclass(frozen=True)
class ChatPosted:
    identity: str
    name: str
    text: str
    at: datetime
    to: Audience = "everybody"


@dataclass(frozen=True)
class MutedByOther:
    """Somebody was muted by ``by``; everybody but the chairs where ``identity`` is empty."""

    identity: str
    name: str
    by_identity: str
    by: str
    at: datetime


@dataclass(frozen=True)
class LetIn:
    """Somebody who waited in the lobby was let in by ``by``."""

    identity: str
    name: str
    by_identity: str
    by: str
    at: datetime


@dataclass(frozen=True)
class TurnedAway:
    """Somebody who waited in the lobby was not let in by ``by``."""

    identity: str
    name: str
    by_identity: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Removed:
    """Somebody was asked out by ``by``, for good unless they ``may_return``."""

    identity: str
    name: str
    by_identity: str
    by: str
    at: datetime
    may_return: bool = False


@dataclass(frozen=True)
class Appointed:
    """Somebody was made a co-chair by ``by``, or is one no longer."""

    identity: str
    name: str
    on: bool
    by_identity: str
    by: str
    at: datetime


@dataclass(frozen=True)
class AgendaTurned:
    """Another item came under discussion: ``position`` in the agenda, from 0. None, and no title: none any more."""

    title: str
    position: int | None
    identity: str
    name: str
    at: datetime


@dataclass(frozen=True)
class VoteOpened:
    """A vote began."""

    number: int
    subject: str
    kind: VoteKind
    secret: bool
    identity: str
    name: str
    at: datetime


@dataclass(frozen=True)
class VoteClosed:
    """A vote was counted, or withdrawn: then only its subject is of interest, and ``valid`` is False.

    ``voters`` are those who voted, by name. ``choices`` are empty where it was secret: nobody's choice is known then.
    """

    number: int
    subject: str
    kind: VoteKind
    secret: bool
    withdrawn: bool
    opened_at: datetime
    at: datetime
    entitled: int
    present: int
    cast: int
    quorum: int
    valid: bool
    in_favour: int
    against: int
    abstain: int
    voters: tuple[str, ...]
    choices: tuple[tuple[str, Choice], ...]
    identity: str
    name: str


@dataclass(frozen=True)
class HeadsDeclared:
    """A site said how many sit there, and who. None: it took that back."""

    identity: str
    name: str
    about: About
    heads: int | None
    names: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class PolicyChanged:
    """``changes``: what was set of lobby, locked, chat, history, reactions."""

    changes: Mapping[str, str | bool]
    identity: str
    name: str
    at: datetime


@dataclass(frozen=True)
class OnBehalf:
    """An operator who is not the chair did this for the chair: ``action`` is the type of the request.

    It stands beside the record of the act itself, where there is one.
    """

    action: str
    detail: Mapping[str, str | int | bool | None]
    identity: str
    name: str
    at: datetime


Record = (
    Joined
    | Left
    | PhaseChanged
    | RecordingOn
    | RecordingOff
    | FileOpened
    | FileClosed
    | ChatPosted
    | MutedByOther
    | LetIn
    | TurnedAway
    | Removed
    | Appointed
    | AgendaTurned
    | VoteOpened
    | VoteClosed
    | HeadsDeclared
    | PolicyChanged
    | OnBehalf
)


# Effects


@dataclass(frozen=True)
class Send:
    """To one connection."""

    connection: str
    message: Message


@dataclass(frozen=True)
class Broadcast:
    """The same message to several connections."""

    connections: tuple[str, ...]
    message: Message


@dataclass(frozen=True)
class CloseWire:
    connection: str
    code: CloseCode
    reason: str


@dataclass(frozen=True)
class Tell:
    """A command for the media engine."""

    command: Command


@dataclass(frozen=True)
class Save:
    """Keep these records and the room's present snapshot, together. May be empty: then the snapshot alone is kept."""

    records: tuple[Record, ...] = ()


Effect = Send | Broadcast | CloseWire | Tell | Save
