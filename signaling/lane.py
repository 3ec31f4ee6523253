"""One stream of a viewer's: it carries one encoding after another, under numbers that go on without a break.

Sequence numbers begin low: a receiver that misses the first packets before a wrap would reckon another rollover counter
than the sender (RFC 3711 section 3.3.1). VP8 picture numbers go on as well, for decoders wait for those in between.
"""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from signaling.engine import Source, find_kind
from signaling.fanout import Addressee, Fanout, Packet, Segment

REMEMBERED_SEGMENTS = 4
LONGEST_PAUSE = 3600.0  # seconds that a timestamp may move on at once


class Carried(Protocol):
    """An encoding, as far as a lane needs to know it (``encoding.py``)."""

    clock: int
    newest: Packet | None
    packets: int
    octets: int
    fanout: Fanout
    lanes: list["Lane"]
    waiting: list["Lane"]

    def request_key_frame(self, now: float) -> None: ...

    def settle(self) -> None: ...

    def find_kept(self, sequence: int) -> Packet | None: ...

    def reckon_instant(self, timestamp: int) -> float: ...

    def reckon_timestamp(self, instant: float) -> int: ...


class Shown(Protocol):
    """A track, as far as a lane needs to know it (``track.py``)."""

    @property
    def id(self) -> str: ...

    @property
    def participant(self) -> str: ...

    @property
    def source(self) -> Source: ...

    @property
    def encodings(self) -> Sequence[Carried]: ...


class _Past(NamedTuple):
    """``first``: the number of its first packet as the viewer saw it."""

    first: int
    encoding: Carried
    segment: Segment


class Found(NamedTuple):
    """A packet to be sent again, and the numbers that it was sent with."""

    packet: Packet
    segment: Segment


class Lane:
    """One m-line of a viewer, and what it carries. ``track`` is what it is for now, ``encoding`` what flows."""

    __slots__ = (
        "_ended_at",
        "_moment",
        "_next",
        "_octets",
        "_packets",
        "_past",
        "_picture",
        "accepted",
        "began_with",
        "encoding",
        "kind",
        "mid",
        "payload_type",
        "rtx_sequence",
        "rtx_ssrc",
        "rtx_type",
        "segment",
        "source",
        "ssrc",
        "target",
        "track",
        "viewer",
    )

    def __init__(
        self, viewer: Addressee, mid: str, source: Source, ssrc: int, rtx_ssrc: int, first: int, start: int
    ) -> None:
        self.viewer = viewer
        self.mid = mid
        self.source = source
        self.kind = find_kind(source)
        self.ssrc, self.rtx_ssrc = ssrc, rtx_ssrc
        self.payload_type = 0
        self.rtx_type: int | None = None
        self.rtx_sequence = first
        self.accepted = False
        self.track: Shown | None = None
        self.encoding: Carried | None = None
        self.target: Carried | None = None
        self.segment = Segment(ssrc, 0, 0, 0, 0, 0)
        self.began_with = 0
        self._past: deque[_Past] = deque(maxlen=REMEMBERED_SEGMENTS)
        self._next = first
        self._moment = start
        self._ended_at: float | None = None  # the instant of ``_moment``, once something was sent
        self._picture: tuple[int, int] | None = None
        self._packets = self._octets = 0  # less those of the encoding when it was begun with, while one flows

    def aim(self, encoding: Carried | None, now: float) -> None:
        """Carry this one from the next packet on that decoders can begin with; None: nothing, at once."""
        if encoding is not None and encoding is self.target:
            return
        if self.target is not None:
            self.target.waiting.remove(self)
            self.target.settle()
            self.target = None
        if encoding is not None and encoding is self.encoding:
            return
        if self.encoding is not None and (encoding is None or not self._shows_the_same(encoding)):
            self._end()
        if encoding is not None:
            self.target = encoding
            encoding.waiting.append(self)
            encoding.request_key_frame(now)

    def _shows_the_same(self, encoding: Carried) -> bool:
        """Say whether what flows may go on until the other one begins."""
        return self.track is not None and {self.encoding, encoding} <= set(self.track.encodings)

    def begin(self, packet: Packet) -> None:
        """Carry the encoding that was aimed at, from this packet on."""
        encoding = self.target
        if encoding is None:
            return
        if self.encoding is not None:
            self._end()
        self.target, self.encoding, self.began_with = None, encoding, packet.sequence
        if self._ended_at is not None:
            elapsed = min(encoding.reckon_instant(packet.timestamp) - self._ended_at, LONGEST_PAUSE)
            self._moment += max(1, round(elapsed * encoding.clock))
        picture = base = 0
        if self._picture is not None and packet.place:
            picture = (self._picture[0] + 1 - packet.picture) & 0x7FFF
            base = (self._picture[1] + 1 - packet.base) & 0xFF if packet.base >= 0 else 0
        self.segment = Segment(
            self.ssrc,
            self.payload_type,
            self._next - packet.sequence,
            self._moment - packet.timestamp,
            picture,
            base,
        )
        self._past.append(_Past(self._next, encoding, self.segment))
        self._packets -= encoding.packets
        self._octets -= encoding.octets

    def _end(self) -> None:
        """Nothing flows any more; what begins next follows what was sent last, whatever lies between."""
        encoding, newest = self.encoding, self.encoding.newest if self.encoding is not None else None
        if encoding is None:
            return
        encoding.fanout.flush()
        encoding.lanes.remove(self)
        self.encoding = None
        self._packets += encoding.packets
        self._octets += encoding.octets
        if newest is not None and newest.sequence >= self.began_with:
            self._next = newest.sequence + self.segment.sequence + 1
            self._moment = newest.timestamp + self.segment.timestamp
            self._ended_at = encoding.reckon_instant(newest.timestamp)
            if newest.place:
                base = newest.base + self.segment.base if newest.base >= 0 else self._picture[1] if self._picture else 0
                self._picture = newest.picture + self.segment.picture, base
        encoding.settle()

    def count_sent(self) -> tuple[int, int]:
        """Packets and octets that were sent up to now."""
        if self.encoding is None:
            return self._packets, self._octets
        return self._packets + self.encoding.packets, self._octets + self.encoding.octets

    def find_kept(self, sequence: int) -> Found | None:
        """Return the packet that was sent with this (wrapped) number, if it is still kept."""
        for place in range(len(self._past) - 1, -1, -1):
            past = self._past[place]
            packet = past.encoding.find_kept((sequence - past.segment.sequence) & 0xFFFF)
            if packet is None:
                continue
            number = packet.sequence + past.segment.sequence
            end = self._past[place + 1].first if place + 1 < len(self._past) else None
            if end is None and self.encoding is None:
                end = self._next
            if number >= past.first and (end is None or number < end):
                return Found(packet, past.segment)
        return None
