"""What the room asks of a media engine and what it hears back: the port between rules and packets.

The embedded engine (``embedded.py`` here, ``media.py`` in its own process) and any other one speak these messages.
All are plain data and travel as one JSON object per line.
"""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Source = Literal["microphone", "camera", "screen"]
Kind = Literal["audio", "video"]
Connection = Literal["publish", "receive"]


def find_kind(source: Source) -> Kind:
    """Return of which kind the m-line is that carries this source."""
    return "audio" if source == "microphone" else "video"


@dataclass(frozen=True)
class SentTrack:
    """One sending m-line of a participant's offer."""

    mid: str
    source: Source


@dataclass(frozen=True)
class Want:
    """One picture that a viewer shows: ``height`` in CSS pixels times the screen's density."""

    track: str
    height: int


@dataclass(frozen=True)
class Slot:
    """One receiving m-line of the server's offer. Which track it carries is told by ``Slots``, and changes."""

    mid: str
    kind: Kind


@dataclass(frozen=True)
class Filled:
    """What a slot carries."""

    mid: str
    participant: str
    track: str
    source: Source


# Commands: room -> engine. ``room`` and ``participant`` are the room's own identifiers.


@dataclass(frozen=True)
class Publish:
    """An offer of what the participant sends. Answered by ``Answer`` or ``Refused``; ``TrackAdded`` follow."""

    room: str
    participant: str
    sdp: str
    tracks: tuple[SentTrack, ...]


@dataclass(frozen=True)
class Unpublish:
    """Forget the participant's publishing connection and its tracks."""

    room: str
    participant: str


@dataclass(frozen=True)
class Receive:
    """The participant receives the room from now on. ``Offer`` follows on the first, on ``restart`` and on ``anew``.

    ``restart`` asks for new ICE credentials; ``anew`` for a new connection (the browser starts from nothing).
    """

    room: str
    participant: str
    restart: bool = False
    anew: bool = False


@dataclass(frozen=True)
class View:
    """What the participant shows, in order of importance. Before the first one: every camera, at its smallest.

    ``audio`` off: no voices are sent. ``limit``: the most to send to them in bit/s, whatever the link could take.
    """

    room: str
    participant: str
    wants: tuple[Want, ...]
    audio: bool = True
    limit: int | None = None


@dataclass(frozen=True)
class Feature:
    """Whose camera and microphone always stay: who has the floor, who is in the spotlight, the chair."""

    room: str
    participants: tuple[str, ...]


@dataclass(frozen=True)
class Present:
    """The screen that fills everybody's screen slot; None: no screen."""

    room: str
    track: str | None


@dataclass(frozen=True)
class AcceptAnswer:
    """The participant's answer to the ``Offer`` of this generation."""

    room: str
    participant: str
    generation: int
    sdp: str


@dataclass(frozen=True)
class Leave:
    """Close both connections of a participant."""

    room: str
    participant: str


@dataclass(frozen=True)
class Silence:
    """Drop (or forward again) the participant's microphone packets, whatever the browser sends."""

    room: str
    participant: str
    on: bool


@dataclass(frozen=True)
class Record:
    """Write every microphone of the room into files under ``folder`` of the recordings' folder from now on."""

    room: str
    folder: str


@dataclass(frozen=True)
class StopRecording:
    room: str


@dataclass(frozen=True)
class CloseRoom:
    room: str


Command = (
    Publish
    | Unpublish
    | Receive
    | View
    | Feature
    | Present
    | AcceptAnswer
    | Leave
    | Silence
    | Record
    | StopRecording
    | CloseRoom
)


# Events: engine -> room. Instants are ISO 8601 UTC strings with a ``Z``.


@dataclass(frozen=True)
class Answer:
    room: str
    participant: str
    sdp: str


@dataclass(frozen=True)
class Offer:
    room: str
    participant: str
    sdp: str
    generation: int
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Slots:
    """Everything that the participant's slots carry: after each ``Offer`` and whenever it changes. Others are empty."""

    room: str
    participant: str
    filled: tuple[Filled, ...]


@dataclass(frozen=True)
class Refused:
    """A description that cannot be used; ``reason`` is for the log, not for the person."""

    room: str
    participant: str
    connection: Connection
    reason: str


@dataclass(frozen=True)
class TrackAdded:
    room: str
    participant: str
    track: str
    source: Source
    kind: Kind


@dataclass(frozen=True)
class TrackRemoved:
    room: str
    participant: str
    track: str


@dataclass(frozen=True)
class MediaState:
    """Whether packets flow: ICE and DTLS are up, or consent was lost (RFC 7675)."""

    room: str
    participant: str
    connection: Connection
    connected: bool


@dataclass(frozen=True)
class Speaking:
    """Who is audible, loudest first (RFC 6464 levels); sent when it changes, at most four times a second."""

    room: str
    participants: tuple[str, ...]


@dataclass(frozen=True)
class FileOpened:
    """A recording file was begun: ``path`` relative to the recordings' folder, ``at`` the wall clock of its time 0."""

    room: str
    participant: str
    path: str
    at: str


@dataclass(frozen=True)
class FileClosed:
    room: str
    participant: str
    path: str
    at: str


@dataclass(frozen=True)
class RecordingRefused:
    """Recording could not start or had to stop: ``disk`` or ``error``."""

    room: str
    reason: str


@dataclass(frozen=True)
class EngineLost:
    """The media process ended: every connection of every room is gone. A new process is already being started."""


@dataclass(frozen=True)
class EngineReady:
    """The (new) media process takes commands."""


Event = (
    Answer
    | Offer
    | Slots
    | Refused
    | TrackAdded
    | TrackRemoved
    | MediaState
    | Speaking
    | FileOpened
    | FileClosed
    | RecordingRefused
    | EngineLost
    | EngineReady
)


class MediaEngine(Protocol):
    """An engine is told commands, which never block and never fail for the caller, and reports events in order."""

    def tell(self, command: Command) -> None: ...

    def next_event(self) -> Coroutine[Any, Any, Event]: ...
