"""The connection on which a participant receives: its offers, its streams, the packets on their way out."""

import logging
import secrets
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from signaling.dtls import TAG_ROOM, copy_memory
from signaling.engine import Kind, Offer, ReceivedTrack
from signaling.forwarder import Packet, Subscription, Track
from signaling.peer import Peer, Site
from signaling.quality import Allowance
from signaling.rtcp import (
    KeyFrameRequest,
    Nack,
    SenderReport,
    parse_compound,
    write_cname,
    write_sender_report,
)
from signaling.rtp import MalformedPacket
from signaling.sdp import MAX_LINES, OfferedLine, OfferedTrack, SdpError, parse_description, write_offer

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 5.0  # with an unanswered offer, before the next one is sent all the same
REPEATS_PER_SECOND = 500
MAX_SEGMENTS = 60  # the kernel takes 64
MAX_TRAIN = 60_000
_HEADER = struct.Struct("!BHII")  # of an RTP packet from its second byte on


@dataclass(eq=False)
class _Line:
    """One m-line of the offers. ``idle_since``: the generation that first offered it as inactive."""

    mid: str
    kind: Kind
    subscription: Subscription | None = None
    idle_since: int = 0
    accepted: bool = False
    running: bool = False


class Viewer:
    """``on_change()``: the connection came or went. Generations go on across connections of the same participant."""

    def __init__(self, site: Site, room: str, participant: str, generation: int, on_change: Callable[[], None]) -> None:
        self._room = room
        self._participant = participant
        self._on_change = on_change
        self.peer = Peer(site, lambda _length: None, self._take_rtcp, self._follow_connection)
        self.generation = generation
        self._answered = generation
        self._offered_at = 0.0
        self._stale = False  # the last offer no longer says what is wanted
        self._lines: list[_Line] = []
        self._wanted: dict[str, Track] = {}
        self._by_ssrc: dict[int, Subscription] = {}
        self._jobs: list[tuple[bytes, int, int, int, int]] = []
        self._repeats = Allowance(REPEATS_PER_SECOND)

    def subscribe(self, tracks: Sequence[Track], now: float, *, restart: bool) -> Offer | None:
        """Take the whole set of tracks to receive; return the offer to send now, if any."""
        before, self._wanted = self._wanted, {track.id: track for track in tracks}
        for line in self._lines:
            if line.subscription and line.subscription.track.id not in self._wanted:
                self._end_line(line)
        if restart:
            self.peer.port.ice.restart_session(self.peer.ice)
        self._stale = self._stale or restart or before.keys() != self._wanted.keys()
        return self.offer(now, at_once=restart)

    def offer(self, now: float, *, at_once: bool = False) -> Offer | None:
        """Return the next offer if one is due: what is wanted changed, and the last offer was answered (or is old)."""
        waiting = self._answered != self.generation and now - self._offered_at < PATIENCE_SECONDS
        if not self._stale or (waiting and not at_once):
            return None
        self.generation += 1
        self._offered_at, self._stale = now, False
        offered = {line.subscription.track.id for line in self._lines if line.subscription}
        for track in self._wanted.values():
            if track.id not in offered:
                self._begin_line(track)
        for line in self._lines:
            if line.subscription is None and not line.idle_since:
                line.idle_since = self.generation
        text = write_offer([self._describe(line) for line in self._lines], self.peer.describe(), self.generation)
        tracks = [
            ReceivedTrack(line.mid, track.participant, track.id, track.source)
            for line in self._lines
            if line.subscription and (track := line.subscription.track)
        ]
        return Offer(self._room, self._participant, text, self.generation, tuple(tracks))

    @staticmethod
    def _describe(line: _Line) -> OfferedLine:
        if line.subscription is None:
            return OfferedLine(line.mid, line.kind, None)
        one, track = line.subscription, line.subscription.track
        # Tracks of one participant carry one stream name: browsers play these in step. A shared screen is apart.
        stream = f"{track.participant}-screen" if track.source == "screen" else track.participant
        return OfferedLine(line.mid, line.kind, OfferedTrack(one.ssrc, one.rtx_ssrc, stream, track.id))

    def _begin_line(self, track: Track) -> None:
        line = next((line for line in self._lines if self._is_free(line, track)), None)
        if line is None:
            if len(self._lines) >= MAX_LINES:
                logger.error("no room for another m-line", extra={"room": self._room})
                return
            line = _Line(str(len(self._lines)), track.kind)
            self._lines.append(line)
        ssrc, rtx_ssrc = self._choose_ssrc(), self._choose_ssrc()
        # A start below 2^14 leaves room before the first wrap; at least 1,024 for packets that come late.
        first = 1024 + secrets.randbelow(1 << 14)
        line.subscription = Subscription(track, self, ssrc, rtx_ssrc, first, secrets.randbits(32))
        line.idle_since, line.accepted = 0, False
        self._by_ssrc[ssrc] = line.subscription

    def _is_free(self, line: _Line, track: Track) -> bool:
        """A line is used again only after the browser has seen it inactive."""
        return line.subscription is None and line.kind == track.kind and 0 < line.idle_since <= self._answered

    def _choose_ssrc(self) -> int:
        while True:
            ssrc = secrets.randbelow(0xFFFFFFFE) + 1
            if ssrc not in self._by_ssrc:
                return ssrc

    def _end_line(self, line: _Line) -> None:
        if line.subscription:
            line.subscription.track.stop(line.subscription)
            del self._by_ssrc[line.subscription.ssrc]
        line.subscription = None
        line.accepted = line.running = False

    def accept(self, generation: int, sdp: str) -> None:
        """Take the browser's answer; one to an older offer is ignored. Raises SdpError."""
        if generation != self.generation or self._answered == generation:
            return
        answer = parse_description(sdp)
        by_mid = {line.mid: line for line in answer.lines}
        if [line.mid for line in answer.lines] != [line.mid for line in self._lines]:
            raise SdpError("the answer has other m-lines than the offer")
        if not self.peer.belongs_to(answer.transport):
            raise SdpError("the answer comes from another connection")
        for line in self._lines:
            said = by_mid[line.mid]
            line.accepted = line.subscription is not None and said.receives and said.payload_type is not None
            if line.subscription is not None and said.payload_type is not None:
                line.subscription.payload_type, line.subscription.rtx_type = said.payload_type, said.rtx_type
        self._answered = generation
        self.peer.accept(answer.transport)
        self._run_lines()

    def _follow_connection(self) -> None:
        self._run_lines()
        self._on_change()

    def _run_lines(self) -> None:
        """Forward what was accepted while the connection stands."""
        for line in self._lines:
            run = line.accepted and self.peer.connected
            if line.subscription is None or run == line.running:
                continue
            line.running = run
            if run:
                line.subscription.track.start(line.subscription, self.peer.port.now)
            else:
                line.subscription.track.stop(line.subscription)

    def take(self, subscription: Subscription, packet: Packet) -> None:
        """A packet of a track; it leaves when the wake-up is over."""
        number = subscription.number(packet)
        if number is None:
            return
        if not self._jobs:
            self.peer.port.waiting.append(self)
        subscription.packets += 1
        subscription.octets += packet.octets
        timestamp = (packet.timestamp + subscription.timestamp_offset) & 0xFFFFFFFF
        second = packet.marker | subscription.payload_type
        self._jobs.append((packet.data, second, number & 0xFFFF, timestamp, subscription.ssrc))

    def take_report(self, subscription: Subscription, ntp: int, timestamp: int) -> None:
        """The track's publisher said at which instant its clock showed ``timestamp``."""
        moment = (timestamp + subscription.timestamp_offset) & 0xFFFFFFFF
        report = SenderReport(subscription.ssrc, ntp, moment, subscription.packets, subscription.octets, ())
        name = write_cname(subscription.ssrc, subscription.track.participant)
        self.peer.send_rtcp(write_sender_report(report) + name)

    def flush(self) -> None:
        """Encrypt what has gathered, packet behind packet, and send it in trains of equal size."""
        jobs, self._jobs = self._jobs, []
        srtp, address, port = self.peer.srtp, self.peer.address, self.peer.port
        if srtp is None or address is None:
            return
        memory, view, protect = port.outgoing.memory, port.outgoing.view, srtp.protect_rtp
        start = end = count = size = 0
        for data, second, sequence, timestamp, ssrc in jobs:
            length = len(data)
            if count == MAX_SEGMENTS or end + length + TAG_ROOM > MAX_TRAIN:
                port.send_train(start, end, size, address)
                start = end = count = 0
            copy_memory(memory + end, data, length)
            _HEADER.pack_into(view, end + 1, second, sequence, timestamp, ssrc)
            length = protect(memory + end, length)
            if length < 0:
                continue
            if count and length > size:  # a longer one begins a train of its own
                port.send_train(start, end, size, address)
                start, count = end, 0
            if not count:
                size = length
            end += length
            count += 1
            if length < size:  # only the last of a train may be shorter
                port.send_train(start, end, size, address)
                start = end = count = 0
        if count:
            port.send_train(start, end, size, address)

    def _take_rtcp(self, data: bytes) -> None:
        try:
            items = parse_compound(data)
        except MalformedPacket:
            return
        now = self.peer.port.now
        for item in items:
            if isinstance(item, KeyFrameRequest) and item.ssrc in self._by_ssrc:
                self._by_ssrc[item.ssrc].track.request_key_frame(now)
            elif isinstance(item, Nack) and item.ssrc in self._by_ssrc:
                self._repeat(self._by_ssrc[item.ssrc], item.lost, now)

    def _repeat(self, subscription: Subscription, lost: Sequence[int], now: float) -> None:
        """Send packets again: on the retransmission stream (RFC 4588) if agreed on, else as they were."""
        for sequence in lost:
            packet = subscription.find_kept(sequence)
            if packet is None or not self._repeats.take(now):
                continue
            timestamp = (packet.timestamp + subscription.timestamp_offset) & 0xFFFFFFFF
            if not self._jobs:
                self.peer.port.waiting.append(self)
            if subscription.rtx_type is None:
                job = (packet.data, packet.marker | subscription.payload_type, sequence, timestamp, subscription.ssrc)
            else:
                data = _insert_number(packet, sequence)
                number = subscription.rtx_sequence & 0xFFFF
                subscription.rtx_sequence += 1
                job = (data, packet.marker | subscription.rtx_type, number, timestamp, subscription.rtx_ssrc)
            self._jobs.append(job)

    async def close(self) -> None:
        for line in self._lines:
            self._end_line(line)
        await self.peer.close()


def _insert_number(packet: Packet, sequence: int) -> bytes:
    """Put the original sequence number before the payload. Kept packets have one extension block and no CSRC."""
    start = 16 + 4 * int.from_bytes(packet.data[14:16], "big")
    return packet.data[:start] + sequence.to_bytes(2, "big") + packet.data[start:]
