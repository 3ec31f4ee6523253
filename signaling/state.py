"""The state of a room as plain values, and its JSON. The rules are in ``room.py`` and the ``*_rules.py``.

A snapshot has a version. One of version 1 (before there was a lobby, a floor or a vote) is read and carried on.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from signaling.protocol import (
    AgendaEntry,
    Audience,
    ChatPolicy,
    Choice,
    Floor,
    Instant,
    Link,
    LobbyPolicy,
    Paper,
    Permission,
    Phase,
    Role,
    Track,
    VoteKind,
    VoteStatus,
)

SNAPSHOT_VERSION = 2


@dataclass(frozen=True, kw_only=True)
class RoomFacts:
    """What the booking says. It may change while the room is open.

    ``seats`` are places kept for those whose ``Admission.seat`` names one: "unit:12" for each invited unit, "person:5"
    for chair and secretary. ``voters``: the members entitled to cast a ballot, by ``Admission.about["person_id"]``.
    """

    title: str
    starts_at: Instant
    ends_at: Instant
    agenda: tuple[AgendaEntry, ...] = ()
    limit: int = 200  # people at once
    seats: frozenset[str] = frozenset()
    voters: frozenset[int] = frozenset()
    lobby: LobbyPolicy = "guests"  # until it is changed in the room
    papers: tuple[Paper, ...] = ()
    cancelled: bool = False
    ended: bool = False


@dataclass(frozen=True, kw_only=True)
class Admission:
    """Who stands at the door and what they may do, as the outer ring found out from session, booking and link.

    ``identity`` is "account:12" or "guest:3:…" and stays the same across reconnects. ``via`` names the link a guest
    came by: once one of its guests was removed, nobody new comes in by it. ``order`` is the official order. ``seat`` is
    the place of ``RoomFacts.seats`` that is kept for them, ``invited`` that they or their unit are. ``browser``
    is a key of the browser they come with, "" where it is not known. The big screen of a hall is "projection:" and the
    identity of whoever opened it.
    """

    identity: str
    name: str
    detail: str
    role: Role
    may: frozenset[Permission]
    order: int
    locale: str
    about: Mapping[str, int | None]
    can_come: Instant
    via: str = ""
    seat: str = ""
    invited: bool = False
    browser: str = ""

    @property
    def owner(self) -> str:
        """Whose doing this one is: of a big screen, who opened it; else the identity itself."""
        return self.identity.removeprefix("projection:")


@dataclass(kw_only=True)
class Person:
    """Somebody who is, or lately was, in the room.

    present      listed to the others: connected, or broken off less than the grace ago
    attending    an interval of attendance is open in the books
    connection   the live connection, if any
    lost_at      when the last connection broke
    left_at      when they left; kept a while because their last recording file closes later
    silenced     muted by a chair: the engine drops their sound until they unmute
    media_lost   their media connections were forgotten while they were away
    """

    id: str
    admission: Admission
    resume_hash: str
    present: bool = True
    attending: bool = True
    connection: str | None = None
    lost_at: Instant | None = None
    left_at: Instant | None = None
    muted: bool = True
    silenced: bool = False
    hand: Instant | None = None
    media_lost: bool = False
    tracks: list[Track] = field(default_factory=list)
    companion: bool = False
    weak: bool = False
    link: Link | None = None
    reacted_at: Instant | None = None


@dataclass(frozen=True, kw_only=True)
class Declared:
    """How many sit at a site, and who."""

    heads: int | None
    names: tuple[str, ...]


@dataclass(kw_only=True)
class VoteState:
    """One vote. A *voter* is a key: a member's for a ballot, a unit's for an opinion.

    voters       who has voted, by key, with their name
    choices      who chose what, by key: always empty where it is secret
    counts       how often each choice was made; in a secret vote all that is kept of the choices
    """

    id: int
    subject: str
    kind: VoteKind
    secret: bool
    quorum: int | None  # None: more than half of those entitled
    opened_at: Instant
    state: VoteStatus = "open"
    closed_at: Instant | None = None
    entitled: int = 0  # as counted when it was closed
    present: int = 0
    voters: dict[str, str] = field(default_factory=dict)
    choices: dict[str, Choice] = field(default_factory=dict)
    counts: dict[Choice, int] = field(default_factory=dict)


@dataclass(kw_only=True)
class RoomState:
    """Everything a room must know to be carried on elsewhere, but for the chat, which has its own table."""

    version: Annotated[int, Field(ge=SNAPSHOT_VERSION, le=SNAPSHOT_VERSION)] = SNAPSHOT_VERSION
    # The meeting
    phase: Phase = "waiting"
    started_at: Instant | None = None
    item: int | None = None  # of the agenda, under discussion since ``item_since``
    item_title: str = ""  # by which it is found again when the booking's agenda changes
    item_since: Instant | None = None
    recording: bool = False  # wanted: it goes on by itself after an outage
    span_open: bool = False  # a span of recording is open in the books
    recording_since: Instant | None = None
    recording_by: str | None = None
    recording_files: int = 0  # begun since it was turned on
    engine_lost: bool = False
    # Who is here
    empty_since: Instant | None = None
    last_seen: Instant | None = None  # when somebody was last connected
    next_person: int = 1
    people: dict[str, Person] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)  # identities
    closed_links: set[str] = field(default_factory=set)  # ``Admission.via`` of removed guests
    closed_browsers: set[str] = field(default_factory=set)  # ``Admission.browser`` of removed people
    came: dict[str, Instant] = field(default_factory=dict)  # identities that were let in, when they came first
    must_knock: set[str] = field(default_factory=set)  # identities that were asked out and may come back
    knocking_links: set[str] = field(default_factory=set)  # ``Admission.via`` of guests who were asked out
    refused: dict[str, Instant] = field(default_factory=dict)  # identities that were lately not let in
    co_chairs: set[str] = field(default_factory=set)  # identities
    declared: dict[str, Declared] = field(default_factory=dict)  # by identity
    # What is allowed
    lobby: LobbyPolicy | None = None  # None: as booked
    locked: bool = False
    chat: ChatPolicy = "everybody"
    history: bool = True
    reactions: bool = True
    # Who speaks
    queue: list[str] = field(default_factory=list)  # of person ids: hands that are up
    floor: Floor | None = None
    speaking_seconds: int | None = None
    spotlight: str | None = None
    shares: list[str] = field(default_factory=list)  # ids of those who share a screen
    votes: list[VoteState] = field(default_factory=list)
    next_vote: int = 1
    reacted: list[Instant] = field(default_factory=list)  # the latest reactions
    # Media
    featured: tuple[str, ...] = ()  # as the engine was told
    presented: str | None = None  # likewise
    open_files: dict[str, str] = field(default_factory=dict)  # path -> person id
    speaking: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StoredChat:
    """A line of chat as it lies in the books; ``id`` counts from 1 within the meeting."""

    id: int
    identity: str
    name: str
    text: str
    at: datetime
    to: Audience = "everybody"


_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_STATE: TypeAdapter[RoomState] = TypeAdapter(RoomState)


def write_state(state: RoomState) -> dict[str, Any]:
    """Plain JSON values."""
    written: dict[str, Any] = _STATE.dump_python(state, mode="json")
    return written


def read_state(snapshot: Mapping[str, Any]) -> RoomState:
    """The state of a snapshot. Raises ``ValueError`` for one of a shape that is none of ours."""
    version = snapshot.get("version", SNAPSHOT_VERSION)
    state = _STATE.validate_python({**snapshot, "version": SNAPSHOT_VERSION if version == 1 else version})
    if version == 1:
        _complete_first_version(state)
    return state


def _complete_first_version(state: RoomState) -> None:
    """What follows from what version 1 knew: the queue from the hands, and who was let in."""
    raised = sorted((person.hand, person.id) for person in state.people.values() if person.present and person.hand)
    state.queue = [person_id for _at, person_id in raised]
    for person in state.people.values():
        state.came[person.admission.identity] = _LONG_AGO


def hash_secret(secret: str) -> str:
    """SHA-256 in hexadecimal: a snapshot never holds a secret that lets somebody in."""
    return hashlib.sha256(secret.encode()).hexdigest()
