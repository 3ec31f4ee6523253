"""What a synthetic client sends: a microphone and a camera in layers, with reports and retransmissions.

``step(now)`` sends what is due and returns when to be called next, in monotonic seconds.
"""

import secrets
import struct
import time
from collections import OrderedDict
from collections.abc import Sequence

from signaling.rtcp import NTP_EPOCH, SenderReport, write_cname, write_sender_report
from signaling.rtp import HEADER, OPUS_CLOCK, SILENCE_DBOV, VP8_CLOCK, write_extensions
from signaling.synthetic_frames import FRAME_SAMPLES, FRAMES_PER_SECOND, Layer, SoundFrame, add_stamp
from signaling.synthetic_peer import SyntheticPeer
from signaling.synthetic_sdp import (
    AUDIO_LEVEL,
    MID,
    OPUS_TYPE,
    REPAIRED_RID,
    RID,
    RTX_TYPE,
    TRANSPORT_CC,
    VP8_TYPE,
)

SOUND_SECONDS = FRAME_SAMPLES / OPUS_CLOCK
PICTURE_SECONDS = 1 / FRAMES_PER_SECOND
QUIET_SECONDS = 0.4  # between packets of a microphone that nobody speaks into (DTX)
LATE_SECONDS = 0.5  # what should have been sent longer ago is left out
KEPT_PACKETS = 512
BODY_BYTES = 1100
_NUMBER = struct.Struct("!H")
STAMP = struct.Struct("!Q")
_DESCRIPTOR = struct.Struct("!BBHBB")  # RFC 7741: X and S, then I L T, picture id, TL0PICIDX, TID and Y


def write_descriptor(picture: int, base: int, *, first: bool) -> bytes:
    """Write what stands before a piece of a picture, the ``first`` one of it or a later one."""
    return _DESCRIPTOR.pack(0x90 if first else 0x80, 0xE0, 0x8000 | picture & 0x7FFF, base & 0xFF, 0x20)


class TransportNumbers:
    """The numbers that transport-wide congestion control wants on all packets of a connection."""

    def __init__(self) -> None:
        self.next = 0

    def take(self) -> int:
        number, self.next = self.next, (self.next + 1) & 0xFFFF
        return number


class Stream:
    """One SSRC. ``elements`` are header extensions that stay the same."""

    def __init__(
        self, peer: SyntheticPeer, numbers: TransportNumbers, payload_type: int, elements: Sequence[tuple[int, bytes]]
    ) -> None:
        self._peer, self._numbers, self._type = peer, numbers, payload_type
        # Transport-wide numbers stand first, at a known place.
        block = write_extensions([(TRANSPORT_CC, bytes(2)), *elements])
        self._head = bytearray(HEADER.size) + block
        self.ssrc = secrets.randbits(32) or 1
        self.sequence = secrets.randbits(15)
        self.offset = secrets.randbits(31)
        self.packets = self.octets = 0
        self.timestamp = 0
        self.level_at = HEADER.size + 8 if elements and elements[0][0] == AUDIO_LEVEL else 0
        self._kept: OrderedDict[int, tuple[int, int, bytes]] | None = None

    def keep(self) -> None:
        """Keep packets for retransmission."""
        self._kept = OrderedDict()

    def find_kept(self, sequence: int) -> tuple[int, int, bytes] | None:
        return self._kept.get(sequence) if self._kept is not None else None

    def send(self, timestamp: int, body: bytes, *, marker: bool, level: int = 0) -> None:
        second = self._type | (0x80 if marker else 0)
        sequence, self.sequence = self.sequence, (self.sequence + 1) & 0xFFFF
        self.timestamp = (self.offset + timestamp) & 0xFFFFFFFF
        HEADER.pack_into(self._head, 0, 0x90, second, sequence, self.timestamp, self.ssrc)
        _NUMBER.pack_into(self._head, HEADER.size + 5, self._numbers.take())
        if self.level_at:
            self._head[self.level_at] = level
        self.packets += 1
        self.octets += len(body)
        if self._kept is not None:
            self._kept[sequence] = second & 0x80, self.timestamp, body
            if len(self._kept) > KEPT_PACKETS:
                self._kept.popitem(last=False)
        self._peer.send_rtp(self._head, body)

    def report(self, now: float) -> bytes:
        """Write the sender's report: which timestamp this instant has."""
        wall = time.time() + NTP_EPOCH
        ntp = int(wall) << 32 | int(wall % 1 * 2**32)
        return write_sender_report(
            SenderReport(self.ssrc, ntp, self.timestamp, self.packets, self.octets, ())
        ) + write_cname(self.ssrc, "synthetic")


class Microphone:
    """Speaks a loop of Opus frames while ``talking``; else it is quiet as DTX is."""

    def __init__(
        self, peer: SyntheticPeer, numbers: TransportNumbers, mid: str, sound: Sequence[SoundFrame], now: float
    ) -> None:
        self.stream = Stream(peer, numbers, OPUS_TYPE, [(AUDIO_LEVEL, bytes(1)), (MID, mid.encode())])
        self._sound = sound
        self._place = secrets.randbelow(len(sound))
        self._begun = now + secrets.SystemRandom().random() * SOUND_SECONDS
        self._next = self._begun
        self.talking = True
        self.sent = 0

    def step(self, now: float) -> float:
        if now - self._next > LATE_SECONDS:
            self._next = now
        while self._next <= now:
            frame = self._sound[self._place % len(self._sound)]
            self._place += 1
            # Whole frames of 20 ms, whatever the clock of this machine thinks of them.
            timestamp = round((self._next - self._begun) / SOUND_SECONDS) * FRAME_SAMPLES
            body = add_stamp(frame.payload, STAMP.pack(time.time_ns()))
            self.stream.send(timestamp, body, marker=False, level=frame.level if self.talking else SILENCE_DBOV)
            self.sent += 1
            self._next += SOUND_SECONDS if self.talking else QUIET_SECONDS
        return self._next

    def talk(self, on: bool, now: float) -> None:
        """Begin or stop to speak."""
        if on and not self.talking:
            steps = (now - self._begun) // SOUND_SECONDS + 1
            self._next = min(self._next, self._begun + steps * SOUND_SECONDS)
        self.talking = on


class _LayerSender:
    def __init__(self, layer: Layer, stream: Stream, repairs: Stream) -> None:
        self.layer, self.stream, self.repairs = layer, stream, repairs
        self.place = 0
        self.picture = secrets.randbits(14)
        self.base = secrets.randbits(8)

    def send_frame(self, timestamp: int) -> None:
        frame = self.layer.frames[self.place] + STAMP.pack(time.time_ns())
        self.place = (self.place + 1) % len(self.layer.frames)
        self.picture += 1
        self.base += 1
        size = -(-len(frame) // -(-len(frame) // BODY_BYTES))  # in pieces of one size
        for start in range(0, len(frame), size):
            body = write_descriptor(self.picture, self.base, first=start == 0) + frame[start : start + size]
            self.stream.send(timestamp, body, marker=start + size >= len(frame))

    def repeat(self, sequence: int) -> None:
        kept = self.stream.find_kept(sequence)
        if kept is not None:
            marker, timestamp, body = kept
            self.repairs.offset = 0
            self.repairs.send(timestamp, _NUMBER.pack(sequence) + body, marker=bool(marker))


class Camera:
    """Shows a loop of VP8 frames, in one layer or several at once."""

    def __init__(
        self, peer: SyntheticPeer, numbers: TransportNumbers, mid: str, layers: Sequence[Layer], now: float
    ) -> None:
        self._senders: dict[int, _LayerSender] = {}
        for layer in layers:
            rid, name = layer.shape.rid.encode(), mid.encode()
            stream = Stream(peer, numbers, VP8_TYPE, [(MID, name), (RID, rid)])
            repairs = Stream(peer, numbers, RTX_TYPE, [(MID, name), (REPAIRED_RID, rid)])
            stream.keep()
            self._senders[stream.ssrc] = _LayerSender(layer, stream, repairs)
        self._begun = now + secrets.SystemRandom().random() * PICTURE_SECONDS
        self._next = self._begun
        self._number = 0

    @property
    def streams(self) -> list[Stream]:
        return [sender.stream for sender in self._senders.values()]

    def step(self, now: float) -> float:
        if now - self._next > LATE_SECONDS:
            self._number = int((now - self._begun) / PICTURE_SECONDS)
        while self._next <= now:
            for sender in self._senders.values():
                sender.send_frame(round(self._number * PICTURE_SECONDS * VP8_CLOCK))
            self._number += 1
            self._next = self._begun + self._number * PICTURE_SECONDS
        return self._next

    def send_key_frame(self, ssrc: int) -> None:
        """The server needs one: the next frame of that layer is."""
        if ssrc in self._senders:
            self._senders[ssrc].place = 0

    def repeat(self, ssrc: int, lost: Sequence[int]) -> None:
        """The server misses packets."""
        if ssrc in self._senders:
            for sequence in lost:
                self._senders[ssrc].repeat(sequence)
