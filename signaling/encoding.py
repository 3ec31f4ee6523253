"""One encoding of a published track: its packets in the server's form, and those who are sent them.

A microphone and a shared screen have one encoding, a camera one for each size that its browser sends (simulcast).
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from signaling.fanout import Fanout, Packet
from signaling.lane import Lane
from signaling.quality import Allowance, KeyFrameRequests, Losses, Meter, Reception
from signaling.rtcp import ReportBlock, SenderReport
from signaling.rtp import MalformedPacket, Renumbering, RtpHeader, Unwrapper
from signaling.vp8 import parse_vp8, write_descriptor

MAX_DATAGRAM = 1400  # a publisher's packet of more bytes could not be sent on with its tag
# What a microphone may send on average: four times what Opus needs for music. Sound waits for nothing and is never left
# out for a weak link, so that more of it would push aside everything else of everybody.
SOUND_OCTETS_PER_SECOND = 32_000
LEAST_SOUND_OCTETS = 64  # that a packet counts for: 500 a second, where Opus in its shortest frames has 400
SILENT_SECONDS = 0.6  # behind a smaller encoding of the same camera: the browser has switched it off

# Header extensions of the server's own (RFC 8285), with the identifiers that its offers name.
_AUDIO_BLOCK = b"\xbe\xde\x00\x02\x10"  # the level, one byte, follows; then when it was sent
_VIDEO_BLOCK = b"\xbe\xde\x00\x01"
_SENT_AT = b"\x32"  # three bytes follow


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


class Encoding:
    """``ask_key_frame(ssrc)`` sends a request to the publisher. ``kept``: packets that can be sent again."""

    def __init__(self, rid: str, clock: int, kept: int, fanout: Fanout, ask_key_frame: Callable[[int], None]) -> None:
        self.rid = rid
        self.clock = clock
        self.urgent = clock == 48_000
        self.ssrc: int | None = None
        self.silenced = False
        self.height = 0  # of the last key frame
        self.octets = self.packets = 0
        self.meter = Meter()
        self.arrived_at = float("-inf")
        self.sinks: list[Sink] = []
        self.losses = Losses()
        self.reception = Reception(clock)
        self.fanout = fanout
        self.fresh: list[Packet] = []
        self.lanes: list[Lane] = []
        self.waiting: list[Lane] = []  # for a packet to begin with
        self.newest: Packet | None = None
        self._newest_at = 0.0
        self._ask_key_frame = ask_key_frame
        self._key_frames = KeyFrameRequests()
        self._allowance = Allowance(SOUND_OCTETS_PER_SECOND)
        self._sequences = Unwrapper(16)
        self._timestamps = Unwrapper(32)
        self._pictures = Unwrapper(7)
        self._numbers = Renumbering(clock)
        self._kept: list[Packet | None] = [None] * kept
        self._report: tuple[float, int] | None = None  # our time, the source's timestamp then

    def use_source(self, ssrc: int) -> None:
        """Packets of this SSRC are the encoding from here on."""
        if self.ssrc is not None and ssrc != self.ssrc:
            self._sequences, self._timestamps = Unwrapper(16), Unwrapper(32)
            self._numbers.restart()
            self.reception = Reception(self.clock)
            self._report = None
        self.losses.forget()
        self.ssrc = ssrc

    def request_key_frame(self, now: float) -> None:
        """Somebody cannot decode (any more), or waits to begin."""
        if self.urgent:
            return
        if self.ssrc is None:
            self._key_frames.want()
        elif self._key_frames.ask(now):
            self._ask_key_frame(self.ssrc)

    def settle(self) -> None:
        """Nobody waits any more."""
        if not self.lanes and not self.waiting:
            self._key_frames.settle()

    def tick(self, now: float) -> None:
        """To be called some times a second."""
        if self.losses.gave_up:
            self.losses.gave_up = False
            if self.lanes or self.waiting:
                self.request_key_frame(now)
        if self.ssrc is not None and self._key_frames.is_due(now):
            self._ask_key_frame(self.ssrc)
        self.meter.read(self.octets, now)

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
            self.arrived_at = now
        if self.silenced or (self.urgent and not self._may_sound(header.end - start, now)):
            self._numbers.skip()
            return
        try:
            build, key = self._read_payload(data, header, start, level, now)
        except MalformedPacket:
            self._numbers.skip()
            return
        placed = self._numbers.map(number, moment, now)
        if placed is None or not self._is_new(placed[0]):
            return
        if self.sinks and header.end > start:
            heard = Heard(header.ssrc, number, moment, bytes(data[start : header.end]), level, now)
            for sink in list(self.sinks):
                sink.take_packet(heard)
        body, place, picture, base = build
        packet = Packet(*placed, 0x80 if header.marker else 0, body, header.end - start, place, picture, base)
        self._forward(packet, key=key)

    def _may_sound(self, octets: int, now: float) -> bool:
        return self._allowance.take(now, max(octets, LEAST_SOUND_OCTETS))

    def _read_payload(
        self, data: memoryview, header: RtpHeader, start: int, level: int | None, now: float
    ) -> tuple[tuple[bytes, int, int, int], bool]:
        """Return the packet in the server's form, what VP8 says of it, and whether decoders may begin with it."""
        first = b"\xb0" if header.end < len(data) else b"\x90"  # padded or not, with an extension block
        # 24 bits of seconds in 6.18 fixed point: when it was sent, for the viewer's estimate of its bandwidth.
        sent = _SENT_AT + (int(now * (1 << 18)) & 0xFFFFFF).to_bytes(3, "big")
        if self.urgent:
            block = _VIDEO_BLOCK + sent if level is None else _AUDIO_BLOCK + bytes((level,)) + sent + b"\0\0"
            return (first + bytes(11) + block + data[start:], 0, 0, -1), True
        head = first + bytes(11) + _VIDEO_BLOCK + sent
        if header.end == start:  # padding alone
            return (head + data[start:], 0, 0, -1), False
        vp8 = parse_vp8(data[start : header.end])
        if vp8.height:
            self.height = vp8.height
        descriptor, picture = write_descriptor(data[start : header.end], vp8, self._pictures.unwrap)
        place = len(head) + 2 if picture >= 0 else 0
        return (head + descriptor + data[start + vp8.size :], place, max(0, picture), vp8.base), vp8.key_frame

    def _is_new(self, number: int) -> bool:
        """A number is forwarded once: the same SRTP nonce must never cover other bytes."""
        if self.newest is None or number > self.newest.sequence:
            return True
        if number <= self.newest.sequence - len(self._kept):
            return False
        kept = self._kept[number % len(self._kept)]
        return kept is None or kept.sequence != number

    def _forward(self, packet: Packet, *, key: bool) -> None:
        self._kept[packet.sequence % len(self._kept)] = packet
        late = self.newest is not None and packet.sequence < self.newest.sequence
        if key and self.waiting:
            self._begin_waiting(packet)
        if late:
            for lane in self.lanes:
                if packet.sequence >= lane.began_with:
                    self.fanout.gather_single(lane.viewer, (lane.segment, (packet,)))
            return
        self.newest, self._newest_at = packet, self.arrived_at
        self.octets += len(packet.data)
        self.packets += 1
        if self.lanes:
            if not self.fresh:
                self.fanout.gather(self)
            self.fresh.append(packet)

    def _begin_waiting(self, packet: Packet) -> None:
        self._key_frames.settle()
        self.fanout.flush()
        waiting, self.waiting = self.waiting, []
        newest = self.newest.sequence if self.newest is not None else 0
        # When the first packet of a key frame is late, those behind it were here before; they follow it all the same.
        missed = [kept for number in range(packet.sequence + 1, newest + 1) if (kept := self._find(number)) is not None]
        for lane in waiting:
            lane.begin(packet)
            self.lanes.append(lane)
            if missed:
                self.fanout.gather_single(lane.viewer, (lane.segment, (packet, *missed)))
                lane.began_with = packet.sequence + 1

    def _find(self, number: int) -> Packet | None:
        kept = self._kept[number % len(self._kept)]
        return kept if kept is not None and kept.sequence == number else None

    def find_kept(self, sequence: int) -> Packet | None:
        """Return the packet with this (wrapped) number, if it is still kept."""
        if self.newest is None:
            return None
        newest = self.newest.sequence
        return self._find(newest - ((newest - sequence) & 0xFFFF))

    def take_report(self, report: SenderReport, at: float, now: float) -> None:
        """The publisher says which timestamp its clock showed at the instant ``at`` of ours."""
        self.reception.note_sender_report(report.ntp, now)
        self._report = at, self._timestamps.compare(report.timestamp)
        for sink in self.sinks:
            sink.take_report(report.ssrc, report.ntp, report.timestamp)

    def _find_anchor(self) -> tuple[float, int] | None:
        """An instant of our clock and the timestamp then: from the sender's report, else from the last arrival."""
        if self._report is not None:
            return self._report[0], self._numbers.map_timestamp(self._report[1])
        return None if self.newest is None else (self._newest_at, self.newest.timestamp)

    def reckon_instant(self, timestamp: int) -> float:
        """Return when, on our clock, what carries this timestamp was taken."""
        anchor = self._find_anchor()
        return self.arrived_at if anchor is None else anchor[0] + (timestamp - anchor[1]) / self.clock

    def reckon_timestamp(self, instant: float) -> int:
        """Return the timestamp of what is taken at this instant."""
        at, moment = self._find_anchor() or (instant, 0)
        return moment + round((instant - at) * self.clock)

    def take_block(self, now: float, least_fraction: int = 0) -> ReportBlock | None:
        """What to report to the publisher. ``least_fraction``: the loss that others suffer behind us, in 1/256.

        It makes an Opus encoder put in as much redundancy as the weakest listener needs; the counter stays honest.
        """
        if self.ssrc is None:
            return None
        block = ReportBlock(self.ssrc, *self.reception.take_block(now))
        return block._replace(fraction=max(block.fraction, least_fraction)) if block.highest else block

    def close(self) -> None:
        """It has ended."""
        self.fanout.flush()
        for lane in list(self.lanes) + list(self.waiting):
            lane.aim(None, 0.0)
