"""The connection on which a participant receives: its slots, what they carry, and the packets on their way out."""

import secrets
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from signaling.allocation import Allocation, Layer, Wish
from signaling.bandwidth import Bandwidth
from signaling.dtls import TAG_ROOM, copy_memory
from signaling.encoding import Encoding
from signaling.engine import Filled, Offer, Slot, Source
from signaling.fanout import Fanout, Packet, Parcel, Segment
from signaling.lane import Found, Lane
from signaling.peer import Peer, Site
from signaling.quality import Allowance
from signaling.rtcp import (
    NTP_EPOCH,
    KeyFrameRequest,
    Nack,
    ReceiverReport,
    Remb,
    ReportBlock,
    SenderReport,
    parse_compound,
    write_cname,
    write_sender_report,
)
from signaling.rtp import MalformedPacket
from signaling.sdp import CNAME, OfferedLine, SdpError, parse_description, write_offer
from signaling.slots import place
from signaling.track import Track

AUDIO_SLOTS, SCREEN_SLOTS = 5, 1
REPEATS_PER_SECOND = 500
MAX_SEGMENTS = 60  # the kernel takes 64
MAX_TRAIN = 60_000
REPORTS_PER_PACKET = 16
SOUND_BITRATE = 40_000  # kept free for each voice that is not measured yet
UNKNOWN_HEIGHT = 180
LIKELY_BITRATES = ((200, 150_000), (400, 500_000), (1 << 16, 1_500_000))  # up to a height
LOSS_SHARE = 0.3  # of the newest report in the loss of sound
_HEADER = struct.Struct("!BHII")  # of an RTP packet from its second byte on
_PICTURE, _PICTURE_AND_BASE = struct.Struct("!H"), struct.Struct("!HB")
_SENT_AT = 17  # where a packet of the server's form without a level says when it was sent
_NTP_OFFSET = NTP_EPOCH + time.time() - time.monotonic()


class Picture(NamedTuple):
    """A track that the participant shows so many pixels high. ``must``: it is left out last."""

    track: Track
    height: int
    must: bool


class Viewer:
    """``on_change()``: the connection came or went. Generations go on across connections of the same participant."""

    def __init__(
        self,
        site: Site,
        fanout: Fanout,
        room: str,
        participant: str,
        generation: int,
        cameras: int,
        on_change: Callable[[], None],
    ) -> None:
        self._room = room
        self.participant = participant
        self.peer = Peer(site, lambda _length: None, self._take_rtcp, on_change)
        self.generation = generation
        self.pending: list[Parcel] = []
        self.bandwidth = Bandwidth()
        self.limit: int | None = None  # bit/s that it asks for at most, sound and pictures together
        self.sound_loss = 0.0
        self.arranged_at = float("-inf")
        self.changed = True  # what the slots carry, since it was told
        self._fanout = fanout
        self._answered = generation
        self._allocation = Allocation()
        self._repeats = Allowance(REPEATS_PER_SECOND)
        self._reported: dict[int, int] = {}  # packets of a lane at its last receiver report
        self._sent = 0
        self._first_ssrc = (1 + secrets.randbelow((1 << 24) - 2)) << 8
        counts: dict[Source, int] = {"microphone": AUDIO_SLOTS, "camera": cameras, "screen": SCREEN_SLOTS}
        sources = [source for source, count in counts.items() for _ in range(count)]
        self.lanes = [self._open_lane(str(number), source) for number, source in enumerate(sources)]
        self._by_ssrc = {lane.ssrc: lane for lane in self.lanes}

    def _open_lane(self, mid: str, source: Source) -> Lane:
        # A start below 2^14 leaves room before the first wrap; at least 1,024 for packets that come late.
        first = 1024 + secrets.randbelow(1 << 14)
        ssrc = self._first_ssrc + 2 * int(mid)
        return Lane(self, mid, source, ssrc, ssrc + 1, first, secrets.randbits(32))

    def offer(self, *, restart: bool) -> Offer:
        """Return the offer of all slots; what they carry is told apart."""
        if restart:
            self.peer.port.ice.restart_session(self.peer.ice)
        self.generation += 1
        lines = [OfferedLine(lane.mid, lane.kind, lane.ssrc, lane.rtx_ssrc) for lane in self.lanes]
        text = write_offer(lines, self.peer.describe(), self.generation)
        return Offer(
            self._room, self.participant, text, self.generation, tuple(Slot(lane.mid, lane.kind) for lane in self.lanes)
        )

    def accept(self, generation: int, sdp: str) -> None:
        """Take the browser's answer; one to an older offer is ignored. Raises SdpError."""
        if generation != self.generation or self._answered == generation:
            return
        answer = parse_description(sdp)
        if [line.mid for line in answer.lines] != [lane.mid for lane in self.lanes]:
            raise SdpError("the answer has other m-lines than the offer")
        if not self.peer.belongs_to(answer.transport):
            raise SdpError("the answer comes from another connection")
        for lane, said in zip(self.lanes, answer.lines, strict=True):
            lane.accepted = said.receives and said.payload_type is not None
            if said.payload_type is not None:
                lane.payload_type, lane.rtx_type = said.payload_type, said.rtx_type
        self._answered = generation
        self.peer.accept(answer.transport)

    def list_filled(self) -> tuple[Filled, ...]:
        """Return what each slot carries."""
        return tuple(
            Filled(lane.mid, lane.track.participant, lane.track.id, lane.track.source)
            for lane in self.lanes
            if lane.track is not None
        )

    def show_sound(self, microphones: Sequence[Track], now: float) -> None:
        """Carry these microphones, and no others."""
        if not microphones:
            self.sound_loss = 0.0  # nothing is reported any more, and nobody shall speak for its sake
        self._fill("microphone", {track: track.encodings[0] for track in microphones}, now)

    def show_pictures(self, pictures: Sequence[Picture], now: float) -> None:
        """Carry these pictures, the most important first, in what the link takes beside the sound."""
        self._note_sent(now)
        layers = {picture.track.id: picture.track.list_alive() for picture in pictures}
        wishes = [Wish(one.track.id, one.height, describe(layers[one.track.id]), one.must) for one in pictures]
        self.bandwidth.limit(None if self.limit is None else max(0, self.limit - self._measure_sound()))
        chosen = self._allocation.choose(wishes, self.bandwidth.target(now), now)
        for source in ("camera", "screen"):
            self._fill(
                source,
                {
                    picture.track: layers[picture.track.id][layer]
                    for picture in pictures
                    if picture.track.source == source and (layer := chosen[picture.track.id]) is not None
                },
                now,
            )

    def _measure_sound(self) -> int:
        tracks = [lane.track for lane in self.lanes if lane.kind == "audio" and isinstance(lane.track, Track)]
        rates = [track.encodings[0].meter.bitrate for track in tracks]
        return sum(SOUND_BITRATE if rate is None else rate for rate in rates)

    def _fill(self, source: Source, wanted: Mapping[Track, Encoding], now: float) -> None:
        lanes = {lane.mid: lane for lane in self.lanes if lane.source == source}
        filled = {mid: lane.track for mid, lane in lanes.items() if isinstance(lane.track, Track)}
        placed = place(list(lanes), filled, list(wanted))
        for mid, lane in lanes.items():
            track = placed.get(mid)
            if track is not lane.track:
                lane.track, self.changed = track, True
            flows = track is not None and lane.accepted and self.peer.connected
            lane.aim(wanted[track] if track is not None and flows else None, now)

    def flush(self) -> None:
        """Encrypt what has gathered, packet behind packet, and send it in trains of equal size."""
        pending, self.pending = self.pending, []
        srtp, address, port = self.peer.srtp, self.peer.address, self.peer.port
        if srtp is None or address is None:
            return
        memory, view, protect = port.outgoing.memory, port.outgoing.view, srtp.protect_rtp
        write, copy, send = _HEADER.pack_into, copy_memory, port.send_train
        start = end = count = size = 0
        for (ssrc, payload_type, numbers, moments, pictures, bases), packets in pending:
            for sequence, timestamp, marker, data, _octets, position, picture, base in packets:
                length = len(data)
                if count == MAX_SEGMENTS or end + length + TAG_ROOM > MAX_TRAIN:
                    send(start, end, size, address)
                    start = end = count = 0
                place_in = memory + end
                copy(place_in, data, length)
                number, moment = (sequence + numbers) & 0xFFFF, (timestamp + moments) & 0xFFFFFFFF
                write(view, end + 1, marker | payload_type, number, moment, ssrc)
                if position and (pictures or bases):
                    picture = 0x8000 | (picture + pictures) & 0x7FFF
                    if base < 0:
                        _PICTURE.pack_into(view, end + position, picture)
                    else:
                        _PICTURE_AND_BASE.pack_into(view, end + position, picture, (base + bases) & 0xFF)
                length = protect(place_in, length)
                if length < 0:
                    continue
                if count and length > size:  # a longer one begins a train of its own
                    send(start, end, size, address)
                    start, count = end, 0
                if not count:
                    size = length
                end += length
                count += 1
                if length < size:  # only the last of a train may be shorter
                    send(start, end, size, address)
                    start = end = count = 0
        if count:
            send(start, end, size, address)

    def _take_rtcp(self, data: bytes) -> None:
        try:
            items = parse_compound(data)
        except MalformedPacket:
            return
        now = self.peer.port.now
        for item in items:
            if isinstance(item, KeyFrameRequest) and item.ssrc in self._by_ssrc:
                lane = self._by_ssrc[item.ssrc]
                for encoding in (lane.encoding, lane.target):
                    if encoding is not None:
                        encoding.request_key_frame(now)
            elif isinstance(item, Nack) and item.ssrc in self._by_ssrc:
                self._repeat(self._by_ssrc[item.ssrc], item.lost, now)
            elif isinstance(item, Remb):
                self.bandwidth.note_estimate(item.bitrate, now)
            elif isinstance(item, ReceiverReport | SenderReport):
                self._note_blocks(item.blocks, now)

    def _note_blocks(self, blocks: Sequence[ReportBlock], now: float) -> None:
        """How much of each stream was lost since the report before."""
        lost = expected = 0.0
        for block in blocks:
            lane = self._by_ssrc.get(block.ssrc)
            if lane is None:
                continue
            packets, _octets = lane.count_sent()
            sent = packets - self._reported.get(block.ssrc, 0)
            self._reported[block.ssrc] = packets
            if not sent:
                continue
            lost += sent * block.fraction / 256
            expected += sent
            if lane.kind == "audio":
                self.sound_loss += (block.fraction / 256 - self.sound_loss) * LOSS_SHARE
        if expected:
            self.bandwidth.note_loss(lost / expected, now)

    def _note_sent(self, now: float) -> None:
        octets = sum(lane.count_sent()[1] for lane in self.lanes if lane.kind == "video")
        self.bandwidth.note_sent(octets - self._sent, now)
        self._sent = octets

    def _repeat(self, lane: Lane, lost: Sequence[int], now: float) -> None:
        """Send packets again: on the retransmission stream (RFC 4588) if agreed on, else as they were."""
        for sequence in lost:
            found = lane.find_kept(sequence)
            if found is not None and self._repeats.take(now):
                self._fanout.gather_single(self, _wrap(lane, found, sequence, now))

    def report(self, now: float) -> None:
        """To be called every second: which instant each stream has come to (RFC 3550 section 6.4.1)."""
        self.peer.check_consent()
        if not self.peer.connected:
            return
        ntp = int((now + _NTP_OFFSET) * (1 << 32))
        reports = []
        for lane in self.lanes:
            if lane.encoding is None:
                continue
            packets, octets = lane.count_sent()
            moment = lane.encoding.reckon_timestamp(now) + lane.segment.timestamp
            reports.append(SenderReport(lane.ssrc, ntp, moment, packets, octets, ()))
        for first in range(0, len(reports), REPORTS_PER_PACKET):
            chunk = reports[first : first + REPORTS_PER_PACKET]
            self.peer.send_rtcp(b"".join(map(write_sender_report, chunk)) + write_cname(chunk[0].ssrc, CNAME))

    async def close(self) -> None:
        for lane in self.lanes:
            lane.track = None
            lane.aim(None, 0.0)
        await self.peer.close()


def describe(encodings: Sequence[Encoding]) -> list[Layer]:
    """Return size and bit rate of encodings, the smallest first; likely ones as long as they are not known."""
    layers = []
    for place_in, encoding in enumerate(encodings):
        height = encoding.height or UNKNOWN_HEIGHT << place_in
        likely = next(bitrate for most, bitrate in LIKELY_BITRATES if height <= most)
        bitrate = encoding.meter.bitrate
        layers.append(Layer(height, likely if bitrate is None else bitrate))
    return layers


def _wrap(lane: Lane, found: Found, sequence: int, now: float) -> Parcel:
    """A packet for the retransmission stream: with the original number before its payload, and sent now."""
    packet, segment = found
    if lane.rtx_type is None:
        return segment, (packet,)
    data, start = packet.data, 16 + 4 * int.from_bytes(packet.data[14:16], "big")
    if lane.kind == "video":
        data = data[:_SENT_AT] + (int(now * (1 << 18)) & 0xFFFFFF).to_bytes(3, "big") + data[_SENT_AT + 3 :]
    data = data[:start] + sequence.to_bytes(2, "big") + data[start:]
    place_in = packet.place + 2 if packet.place else 0
    number, lane.rtx_sequence = lane.rtx_sequence, lane.rtx_sequence + 1
    again = Packet(number, packet.timestamp, packet.marker, data, packet.octets, place_in, packet.picture, packet.base)
    return Segment(lane.rtx_ssrc, lane.rtx_type, 0, segment.timestamp, segment.picture, segment.base), (again,)
