"""What the driver of the rooms needs from outside: where rooms are kept, a client's connection, and its settings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from signaling.effects import Record
from signaling.protocol import MESSAGE_LIMIT, IceServer
from signaling.state import RoomFacts, StoredChat


def offer_no_relays(_identity: str, _now: datetime) -> Sequence[IceServer]:
    """The ICE servers of a driver that was given none."""
    return ()


@dataclass(frozen=True)
class SfuSettings:
    """Seconds, bytes and counts."""

    message_limit: int = MESSAGE_LIMIT
    messages_per_second: float = 30.0
    message_burst: int = 100
    expensive_per_second: float = 5.0  # requests that cost the media engine or all others something
    expensive_burst: int = 20
    public_per_second: float = 1.0  # lines of chat, hands and votes of one client: everybody is told of each
    public_burst: int = 20
    declares_per_second: float = 0.1  # of one identity, however often it connects: each is written into the log
    declare_burst: int = 6
    joins_per_second: float = 1.0  # connections of one identity
    join_burst: int = 10
    link_joins_per_second: float = 2.0  # connections of all guests of one link
    link_join_burst: int = 40
    outgoing_limit: int = 512  # messages that wait for a slow client before it is closed
    send_timeout: float = 10.0  # for one message to a client that does not read
    join_timeout: float = 15.0  # from the open socket to the first message
    alive_every: float = 2.0
    tick_every: float = 1.0
    close_timeout: float = 2.0
    save_pauses: tuple[float, ...] = (0.1, 0.5, 1.0)  # before each new attempt
    ice_servers: Callable[[str, datetime], Sequence[IceServer]] = offer_no_relays  # for an identity, from now on


class Wire(Protocol):
    """One client's connection. ``send`` may wait; once ``close`` was called, what comes in ends too."""

    async def send(self, text: str) -> None: ...

    async def close(self, code: int, reason: str) -> None: ...


@dataclass(frozen=True)
class LoadedRoom:
    """What the store knows of a room; ``snapshot`` is None before its first save, ``chat`` oldest first.

    ``alive_at``: when the room was last known to be served.
    """

    facts: RoomFacts
    snapshot: Mapping[str, Any] | None
    chat: Sequence[StoredChat]
    alive_at: datetime | None = None


class RoomStore(Protocol):
    """Where rooms are kept."""

    async def recover(self, now: datetime) -> Sequence[str]:
        """Close what a crash left open, at the instant the server was last alive. The rooms to be carried on."""
        ...

    async def load(self, room: str) -> LoadedRoom | None:
        """What is known of a room that nobody serves; what is still open in its books is closed as ``recover`` does.

        None: there is no such room.
        """
        ...

    async def load_facts(self, room: str) -> RoomFacts | None: ...

    async def save(self, room: str, records: Sequence[Record], snapshot: Mapping[str, Any], now: datetime) -> None:
        """All of it in one transaction."""
        ...

    async def alive(self, rooms: Sequence[str], now: datetime) -> None:
        """These rooms are being served."""
        ...
