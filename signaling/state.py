"""The state of a room as plain values, and its JSON. The rules are all in ``room.py``; here is what they speak of."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from signaling.protocol import AgendaEntry, Instant, Permission, Phase, Role, Track

SNAPSHOT_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class RoomFacts:
    """What the booking says. It may change while the room is open."""

    title: str
    opens_at: Instant  # for everybody; ``Admission.can_come`` may be earlier
    starts_at: Instant
    ends_at: Instant
    agenda: tuple[AgendaEntry, ...] = ()
    limit: int = 200  # people at once
    cancelled: bool = False
    ended: bool = False


@dataclass(frozen=True, kw_only=True)
class Admission:
    """Who stands at the door and what they may do, as the outer ring found out from session, booking and link.

    ``identity`` is "account:12" or "guest:3:…" and stays the same across reconnects. ``via`` names the link a guest
    came by: once one of its guests was removed, nobody new comes in by it. ``order`` is the official order.
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


@dataclass(kw_only=True)
class RoomState:
    """Everything a room must know to be carried on elsewhere, but for the chat, which has its own table."""

    version: Annotated[int, Field(ge=SNAPSHOT_VERSION, le=SNAPSHOT_VERSION)] = SNAPSHOT_VERSION
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
    empty_since: Instant | None = None
    last_seen: Instant | None = None  # when somebody was last connected
    next_person: int = 1
    people: dict[str, Person] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)  # identities
    closed_links: set[str] = field(default_factory=set)  # ``Admission.via`` of removed guests
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


_STATE: TypeAdapter[RoomState] = TypeAdapter(RoomState)


def write_state(state: RoomState) -> dict[str, Any]:
    """Plain JSON values."""
    written: dict[str, Any] = _STATE.dump_python(state, mode="json")
    return written


def read_state(snapshot: Mapping[str, Any]) -> RoomState:
    """The state of a snapshot. Raises ``ValueError`` for one of another version or shape."""
    return _STATE.validate_python(dict(snapshot))


def hash_secret(secret: str) -> str:
    """SHA-256 in hexadecimal: a snapshot never holds a secret that lets somebody in."""
    return hashlib.sha256(secret.encode()).hexdigest()
