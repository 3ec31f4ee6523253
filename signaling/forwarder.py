"""One published track to its viewers without transcoding.

A packet is brought into one form on arrival: renumbered, and with the header extensions that the server's offers name
in place of the publisher's. Per viewer only its twelve header bytes differ. Encryption and sending are the viewer's.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from signaling.engine import Kind, Source
from signaling.quality import KeyFrameRequests, Losses, Reception
from signaling.rtcp import ReportBlock, SenderReport
from signaling.rtp import (
    OPUS_CLOCK,
    VP8_CLOCK,
    MalformedPacket,
    Renumbering,
    RtpHeader,
    Unwrapper,
    parse_vp8,
    write_extensions,
)
from signaling.sdp import ABS_SEND_TIME_ID, AUDIO_LEVEL_ID

KEPT_PACKETS = {"audio": 128, "video": 1024}
MAX_DATAGRAM = 1400  # a publisher's packet of more bytes could not be sent on with its tag


class Packet(NamedTuple):
    """A packet in the server's form. ``data`` is all of it, its first 12 bytes to be overwritten per viewer."""

    sequence: int
    timestamp: int
    marker: int  # 0 or 0x80
    data: bytes
    octets: int


class Heard(NamedTuple):
    """A microphone's packet without RTP: ``timestamp`` unwrapped in 1/48000 s, ``level`` in -dBov or None."""

    ssrc: int
    sequence: int
    timestamp: int
    payload: bytes
    level: int | None
    now: float


class Sink(Protocol):
    """Takes the packets of a microphone beside its viewers."""

    def take_packet(self, packet: Heard) -> None: ...

    def take_report(self, ssrc: int, ntp: int, timestamp: int) -> None: ...

    def close(self) -> None: ...


class Receiver(Protocol):
    """A viewer's connection, as a track sees it."""

    def take(self, subscription: "Subscription", packet: Packet) -> None: ...

    def take_report(self, subscription: "Subscription", ntp: int, timestamp: int) -> None: ...


class Subscription:
    """One track on its way to one viewer, under numbers of its own.

    Sequence numbers begin low: a receiver that misses the first packets before a wrap would reckon another rollover
    counter than the sender (RFC 3711 section 3.3.1). After a pause they go on where they stopped, for the same reason.
    """

    __slots__ = (
        "_base",
        "_fresh",
        "_next",
        "_sequence_offset",
        "octets",
        "packets",
        "payload_type",
        "receiver",
        "rtx_sequence",
        "rtx_ssrc",
        "rtx_type",
        "ssrc",
        "timestamp_offset",
        "track",
    )

    def __init__(self, track: "Track", receiver: Receiver, ssrc: int, rtx_ssrc: int, first: int, start: int) -> None:
        self.track = track
        self.receiver = receiver
        self.ssrc = ssrc
        self.rtx_ssrc = rtx_ssrc
        self.payload_type = -1
        self.rtx_type: int | None = None
        self.timestamp_offset = start
        self.rtx_sequence = first
        self.packets = 0
        self.octets = 0
        self._next = first
        self._fresh = True
        self._base = 0
        self._sequence_offset = 0

    def pause(self) -> None:
        """What is forwarded next follows what was forwarded last, whatever lies between."""
        self._fresh = True

    def number(self, packet: Packet) -> int | None:
        """Return the sequence number to send the packet with, not yet cut to 16 bits; None for one before a pause."""
        if self._fresh:
            self._fresh = False
            self._base = packet.sequence
            self._sequence_offset = self._next - packet.sequence
        elif packet.sequence < self._base:
            return None
        number = packet.sequence + self._sequence_offset
        if number >= self._next:
            self._next = number + 1
        return number

    def find_kept(self, sequence: int) -> Packet | None:
        """Return the packet that was sent with this (wrapped) number, if it is still kept."""
        packet = self.track.find_kept((sequence - self._sequence_offset) & 0xFFFF)
        return packet if packet is not None and packet.sequence >= self._base and not self._fresh else None


class Track:
    """A publisher's track. ``ask_key_frame(ssrc)`` sends a request to its publisher."""

    def __init__(
        self, identifier: str, participant: str, source: Source, mid: str, ask_key_frame: Callable[[int], None]
    ) -> None:
        self.id = identifier
        self.participant = participant
        self.source = source
        self.mid = mid
        self.kind: Kind = "audio" if source == "microphone" else "video"
        self.clock = OPUS_CLOCK if self.kind == "audio" else VP8_CLOCK
        self.payload_type = -1
        self.rtx_type: int | None = None
        self.ssrc: int | None = None
        self.silenced = False
        self.sinks: list[Sink] = []
        self.losses = Losses()
        self.reception = Reception(self.clock)
        self._ask_key_frame = ask_key_frame
        self._key_frames = KeyFrameRequests()
        self._sequences = Unwrapper(16)
        self._timestamps = Unwrapper(32)
        self._numbers = Renumbering(self.clock)
        self._active: list[Subscription] = []
        self._waiting: list[Subscription] = []  # for a key frame
        self._kept: list[Packet | None] = [None] * KEPT_PACKETS[self.kind]
        self._newest: int | None = None
        self._last_report: tuple[int, int] | None = None

    def use_source(self, ssrc: int) -> None:
        """Packets of this SSRC are the track from here on."""
        if self.ssrc is not None and ssrc != self.ssrc:
            self._sequences, self._timestamps = Unwrapper(16), Unwrapper(32)
            self._numbers.restart()
            self.reception = Reception(self.clock)
            self._last_report = None
        self.losses.forget()
        self.ssrc = ssrc

    def start(self, subscription: Subscription, now: float) -> None:
        """Forward to this viewer: sound at once, pictures from the next key frame on."""
        self.stop(subscription)
        if self.kind == "audio":
            self._active.append(subscription)
            self._relay_report(subscription)
        else:
            self._waiting.append(subscription)
            self.request_key_frame(now)

    def stop(self, subscription: Subscription) -> None:
        subscription.pause()
        if subscription in self._active:
            self._active.remove(subscription)
        if subscription in self._waiting:
            self._waiting.remove(subscription)
        if not self._active and not self._waiting:
            self._key_frames.settle()

    def silence(self, on: bool) -> None:
        self.silenced = on

    def request_key_frame(self, now: float) -> None:
        """A viewer cannot decode (any more)."""
        if self.kind == "video" and self.ssrc is not None and self._key_frames.ask(now):
            self._ask_key_frame(self.ssrc)
        elif self.ssrc is None:
            self._key_frames.ask(now)

    def tick(self, now: float) -> None:
        """To be called some times a second."""
        if self.losses.gave_up:
            self.losses.gave_up = False
            self.request_key_frame(now)
        if self.ssrc is not None and self._key_frames.is_due(now):
            self._ask_key_frame(self.ssrc)

    def take_packet(
        self,
        data: memoryview,
        header: RtpHeader,
        sequence: int,
        start: int,
        level: int | None,
        now: float,
        *,
        repeated: bool,
    ) -> None:
        """A packet of the publisher: ``data`` with its payload from ``start`` on.

        ``sequence`` is the original one of a ``repeated`` (RTX) packet, ``level`` that of a microphone if it was told.
        """
        number = self._sequences.unwrap(sequence)
        moment = self._timestamps.unwrap(header.timestamp)
        self.losses.note_received(number, now)
        if not repeated:
            self.reception.note_received(number, moment, now)
        if self.silenced:
            self._numbers.skip()
            return
        payload = data[start : header.end]
        key_frame = False
        if self.kind == "video" and payload:
            try:
                key_frame = parse_vp8(payload).key_frame
            except MalformedPacket:
                self._numbers.skip()
                return
        placed = self._numbers.map(number, moment, now)
        if placed is None or not self._is_new(placed[0]):
            return
        if self.sinks and payload:
            heard = Heard(header.ssrc, number, moment, bytes(payload), level, now)
            for sink in list(self.sinks):
                sink.take_packet(heard)
        packet = self._build(placed, data, header, start, level, now)
        self._kept[packet.sequence % len(self._kept)] = packet
        if key_frame:
            self._begin_waiting()
        for subscription in self._active:
            subscription.receiver.take(subscription, packet)

    def _is_new(self, number: int) -> bool:
        """A number is forwarded once: the same SRTP nonce must never cover other bytes."""
        if self._newest is None or number > self._newest:
            self._newest = number
            return True
        if number <= self._newest - len(self._kept):
            return False
        kept = self._kept[number % len(self._kept)]
        return kept is None or kept.sequence != number

    def _build(
        self, placed: tuple[int, int], data: memoryview, header: RtpHeader, start: int, level: int | None, now: float
    ) -> Packet:
        # 24 bits of seconds in 6.18 fixed point: when it was sent, for the viewer's estimate of its bandwidth.
        sent = (ABS_SEND_TIME_ID, (int(now * (1 << 18)) & 0xFFFFFF).to_bytes(3, "big"))
        block = write_extensions([sent] if level is None else [(AUDIO_LEVEL_ID, bytes((level,))), sent])
        padded = 0x20 if header.end < len(data) else 0
        body = bytes((0x90 | padded,)) + bytes(11) + block + data[start:]
        return Packet(placed[0], placed[1], 0x80 if header.marker else 0, body, header.end - start)

    def _begin_waiting(self) -> None:
        self._key_frames.settle()
        waiting, self._waiting = self._waiting, []
        self._active.extend(waiting)
        for subscription in waiting:
            self._relay_report(subscription)

    def find_kept(self, sequence: int) -> Packet | None:
        """Return the packet with this (wrapped) number, if it is still kept."""
        if self._newest is None:
            return None
        number = self._newest - ((self._newest - sequence) & 0xFFFF)
        kept = self._kept[number % len(self._kept)]
        return kept if kept is not None and kept.sequence == number else None

    def take_report(self, report: SenderReport, now: float) -> None:
        """The publisher says which instant of its clock a timestamp is; viewers are told in their numbers."""
        self.reception.note_sender_report(report.ntp, now)
        moment = self._timestamps.compare(report.timestamp)
        self._last_report = report.ntp, moment
        for sink in self.sinks:
            sink.take_report(report.ssrc, report.ntp, report.timestamp)
        for subscription in self._active:
            self._relay_report(subscription)

    def _relay_report(self, subscription: Subscription) -> None:
        if self._last_report is not None and self._newest is not None:
            ntp, moment = self._last_report
            subscription.receiver.take_report(subscription, ntp, self._numbers.map_timestamp(moment))

    def take_block(self, now: float) -> ReportBlock | None:
        """What to report to the publisher of this track's main stream."""
        return None if self.ssrc is None else ReportBlock(self.ssrc, *self.reception.take_block(now))

    def close(self) -> None:
        """The track has ended."""
        for sink in list(self.sinks):
            sink.close()
        self.sinks.clear()
        self._active.clear()
        self._waiting.clear()
