"""Publishers and viewers for the forwarding bench: real ICE, DTLS and SRTP, packets of the bench's own size and rate.

Every packet ends in the instant at which it was sent, and the kernel dates its arrival: the difference is what the SFU
and the two ways through the kernel took.
"""

import time
from collections.abc import Callable
from typing import Any

from signaling.dtls import Certificate
from signaling.rtcp import KeyFrameRequest, ReportBlock, parse_compound, write_receiver_report, write_remb
from signaling.rtp import HEADER, MalformedPacket
from signaling.synthetic import Pump
from signaling.synthetic_peer import SyntheticPeer
from signaling.synthetic_sdp import (
    AUDIO_LEVEL,
    MID,
    OPUS_TYPE,
    VP8_TYPE,
    SentLine,
    list_streams,
    read_remote,
    write_answer,
    write_offer,
)
from signaling.synthetic_sending import STAMP, Stream, TransportNumbers, write_descriptor
from signaling.synthetic_stats import Distribution

SOUND_PER_SECOND = 50
PACKETS_PER_FRAME = 10
PACKET_BYTES = 1100
SOUND_BYTES = 100
LEVEL = 30
PLENTY = 200_000_000  # bit/s that a viewer says it can take
_KEY_FRAME = b"\x50\x01\x00\x9d\x01\x2a\x00\x05\xd0\x02"  # RFC 6386 section 9.1: 1280 x 720


class Publisher:
    """One microphone and one camera of one layer. ``frames_per_second`` may be changed at any moment."""

    def __init__(self, pump: Pump, certificate: Certificate, host: str, phase: float) -> None:
        self._pump = pump
        self.peer = SyntheticPeer(certificate, host, lambda *_packet: None, self._take_feedback)
        pump.add_peer(self.peer)
        numbers = TransportNumbers()
        self.sound = Stream(self.peer, numbers, OPUS_TYPE, [(AUDIO_LEVEL, bytes(1)), (MID, b"0")])
        self.picture = Stream(self.peer, numbers, VP8_TYPE, [(MID, b"1")])
        self.frames_per_second = 31.0
        self._phase = phase
        self._frame_at = self._sound_at = 0.0
        self._began = 0.0
        self._number = 0
        self._key = True
        self._counted = 0
        self.lateness = Distribution()

    def write_offer(self) -> str:
        lines = [SentLine("0", "audio", self.sound.ssrc), SentLine("1", "video", self.picture.ssrc)]
        return write_offer(self.peer.describe(), lines)

    def take_answer(self, sdp: str) -> None:
        self.peer.accept(read_remote(sdp))
        self._pump.add_step(self._step)
        self._pump.add_step(self._report)

    def _step(self, now: float) -> float:
        if self.peer.srtp is None:
            return now + 0.02
        if not self._began:
            self._began = self._sound_at = self._frame_at = now + self._phase
        while self._sound_at <= now:
            self.sound.send(
                int((self._sound_at - self._began) * 48_000),
                bytes((0x78,)) + bytes(SOUND_BYTES - 9) + STAMP.pack(time.time_ns()),
                marker=False,
                level=LEVEL,
            )
            self._sound_at += 1 / SOUND_PER_SECOND
        while self._frame_at <= now:
            self.lateness.note((now - self._frame_at) * 1000)
            self._send_frame(int((self._frame_at - self._began) * 90_000))
            self._frame_at += 1 / self.frames_per_second
        return min(self._sound_at, self._frame_at)

    def _send_frame(self, timestamp: int) -> None:
        self._number += 1
        begin = _KEY_FRAME if self._key else b"\x51\x01\x00"
        self._key = False
        for place in range(PACKETS_PER_FRAME):
            body = write_descriptor(self._number, self._number, first=place == 0)
            body += begin if place == 0 else b""
            body += bytes(PACKET_BYTES - 32 - len(body) - 8) + STAMP.pack(time.time_ns())
            self.picture.send(timestamp, body, marker=place == PACKETS_PER_FRAME - 1)

    def begin_window(self) -> None:
        self._counted = self.sound.packets + self.picture.packets
        self.lateness = Distribution()

    def count_window(self) -> int:
        """Packets sent since then."""
        return self.sound.packets + self.picture.packets - self._counted

    def _report(self, now: float) -> float:
        for stream in (self.sound, self.picture):
            if stream.packets:
                self.peer.send_rtcp(stream.report(now))
        return now + 1.0

    def _take_feedback(self, data: bytes) -> None:
        try:
            items = parse_compound(data)
        except MalformedPacket:
            return
        if any(isinstance(item, KeyFrameRequest) for item in items):
            self._key = True


class Counted:
    """Packets of one SSRC: ``first`` and ``highest`` are unwrapped numbers of the present window."""

    __slots__ = ("base", "highest", "received")

    def __init__(self) -> None:
        self.highest = -1
        self.base = 0
        self.received = 0

    def begin(self) -> None:
        self.base, self.received = self.highest, 0

    @property
    def expected(self) -> int:
        return self.highest - self.base


class Viewer:
    """Counts packets by their headers; ``probes`` decrypts them too and looks how long they were under way."""

    def __init__(self, pump: Pump, certificate: Certificate, host: str, *, probes: bool) -> None:
        self._pump, self._probes = pump, probes
        self.peer = SyntheticPeer(certificate, host, self._take, lambda _data: None)
        pump.add_peer(self.peer)
        self.streams: dict[int, Counted] = {}
        self.delays = Distribution()
        self.refused = 0

    def answer(self, sdp: str) -> tuple[str, Callable[[], None]]:
        """The answer to an offer, and what begins to connect when the SFU has it."""
        remote = read_remote(sdp)
        streams = list_streams(remote.description)
        self.streams = {ssrc: Counted() for ssrc, (_, repairs) in streams.items() if not repairs}

        def begin() -> None:
            self.peer.accept(remote)
            self._pump.add_step(self._report)

        return write_answer(self.peer.describe(), remote.description), begin

    def _take(self, memory: Any, view: memoryview, start: int, length: int, arrived: int) -> None:
        _, _, sequence, _, ssrc = HEADER.unpack_from(view, start)
        counted = self.streams.get(ssrc)
        if counted is None:
            return
        if counted.highest < 0:
            counted.highest = counted.base = sequence
        ahead = (sequence - counted.highest) & 0xFFFF
        if ahead < 0x8000:
            counted.highest += ahead
        counted.received += 1
        if self._probes and self.peer.srtp is not None:
            length = self.peer.srtp.unprotect_rtp(memory + start, length)
            if length < 0:
                self.refused += 1
                return
            (stamp,) = STAMP.unpack_from(view, start + length - 8)
            self.delays.note((arrived - stamp) / 1e6)

    def _report(self, now: float) -> float:
        if self.peer.srtp is not None:
            blocks = [ReportBlock(ssrc, 0, 0, one.highest, 0, 0, 0) for ssrc, one in self.active.items()]
            packet = write_receiver_report(1, blocks[:31])
            self.peer.send_rtcp(packet + write_remb(1, PLENTY, list(self.active)[:31]))
        return now + 1.0

    @property
    def active(self) -> dict[int, Counted]:
        return {ssrc: one for ssrc, one in self.streams.items() if one.highest >= 0}

    def begin_window(self) -> None:
        for one in self.streams.values():
            one.begin()
        self.delays = Distribution()
