"""Packets on their way to many: gathered while the process is awake, sent to viewer by viewer when it is done.

A packet is brought into one form on arrival; per viewer only its numbers differ (``Segment``). So nothing is done per
packet and viewer but to write these numbers, to encrypt and to send, and that in one go for all of a viewer's packets.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Packet(NamedTuple):
    """A packet in the server's form. ``data`` is all of it, its first 12 bytes to be overwritten per viewer.

    ``place``: where in ``data`` the VP8 picture id of 15 bits is, 0 for none; ``base``: TL0PICIDX behind it, or -1.
    """

    sequence: int
    timestamp: int
    marker: int  # 0 or 0x80
    data: bytes
    octets: int  # of payload
    place: int = 0
    picture: int = 0
    base: int = -1


class Segment(NamedTuple):
    """The numbers under which a viewer's stream carries an encoding, from one switch to the next.

    What is sent is the packet's number plus that of the segment, cut to its bits.
    """

    ssrc: int
    payload_type: int
    sequence: int
    timestamp: int
    picture: int
    base: int


Parcel = tuple[Segment, Sequence[Packet]]


class Addressee(Protocol):
    """A viewer's connection. What is in ``pending`` leaves, in its order, with ``flush``."""

    pending: list[Parcel]

    def flush(self) -> None: ...


class Consignee(Protocol):
    """One stream of a viewer, while it carries an encoding."""

    viewer: Addressee
    segment: Segment


class Consignor(Protocol):
    """An encoding with ``fresh`` packets for each of ``lanes``. ``urgent``: sound, which goes first."""

    urgent: bool
    fresh: list[Packet]

    @property
    def lanes(self) -> Sequence[Consignee]: ...


class Outbox(Protocol):
    def flush(self) -> None: ...


class Post(Protocol):
    """The port. Whoever is in ``waiting`` is flushed when the wake-up is over."""

    waiting: list[Outbox]


class Fanout:
    """All that has gathered in one process."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._urgent: list[Consignor] = []
        self._patient: list[Consignor] = []
        self._single: list[tuple[Addressee, Parcel]] = []

    def gather(self, encoding: Consignor) -> None:
        """This encoding has its first fresh packet."""
        self._call()
        (self._urgent if encoding.urgent else self._patient).append(encoding)

    def gather_single(self, viewer: Addressee, parcel: Parcel) -> None:
        """Packets for one viewer alone: late ones, or those that are sent again."""
        self._call()
        self._single.append((viewer, parcel))

    def _call(self) -> None:
        if not (self._urgent or self._patient or self._single):
            self._post.waiting.append(self)

    def flush(self) -> None:
        """Send everything. Also to be called before a stream changes: what came before goes out under its numbers."""
        if not (self._urgent or self._patient or self._single):
            return
        encodings, single = self._urgent + self._patient, self._single
        self._urgent, self._patient, self._single = [], [], []
        called: list[Addressee] = []
        for encoding in encodings:
            packets, encoding.fresh = encoding.fresh, []
            for lane in encoding.lanes:
                viewer = lane.viewer
                if not viewer.pending:
                    called.append(viewer)
                viewer.pending.append((lane.segment, packets))
        for viewer, parcel in single:
            if not viewer.pending:
                called.append(viewer)
            viewer.pending.append(parcel)
        for viewer in called:
            viewer.flush()
