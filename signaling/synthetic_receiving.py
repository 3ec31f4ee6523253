"""What a synthetic client does with what it receives: count, ask again, ask for key frames, report."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from signaling.dtls import Srtp
from signaling.rtcp import ReportBlock, write_key_frame_request, write_nack, write_receiver_report, write_remb
from signaling.rtp import HEADER, MalformedPacket, parse_header
from signaling.sdp import MediaLine
from signaling.synthetic_sending import STAMP
from signaling.synthetic_stats import Numbers, PictureWatch, SoundWatch, Totals
from signaling.vp8 import parse_vp8

REPORT_NS = 1_000_000_000
ASK_KEY_FRAME_NS = 500_000_000
BITRATE = 20_000_000  # what the client says that its link can take


class Slot:
    """One SSRC that the server sends. ``carries`` is the track that fills it, "" none."""

    def __init__(self, ssrc: int, line: MediaLine, totals: Totals) -> None:
        self.ssrc, self.mid, self.kind, self.totals = ssrc, line.mid, line.kind, totals
        self.clock = 48 if line.kind == "audio" else 90  # in a millisecond
        self.numbers = Numbers(totals)
        self.sound, self.picture = SoundWatch(totals), PictureWatch(totals)
        self.carries = ""
        self.jitter = 0.0
        self.transit: float | None = None
        self.height = 0
        self.asked_at = 0
        self.reported = (0, 0)  # expected, received at the last report

    def carry(self, track: str) -> None:
        if track != self.carries:
            self.totals.slots_changed += bool(self.carries and track)
            self.carries = track
            self.sound.restart()
            self.picture.restart()
            self.transit = None

    def note_jitter(self, timestamp: int, arrived: int) -> None:
        """RFC 3550 appendix A.8, in milliseconds."""
        transit = arrived / 1e6 - timestamp / self.clock
        if self.transit is not None:
            change = abs(transit - self.transit)
            if change < 1000:  # not the wrap of a timestamp, nor another source
                self.jitter += (change - self.jitter) / 16
        self.transit = transit

    def write_block(self) -> ReportBlock:
        numbers = self.numbers
        expected, received = numbers.highest - (numbers.first or 0) + 1, numbers.received
        before, self.reported = self.reported, (expected, received)
        lost = max(0, (expected - before[0]) - (received - before[1]))
        fraction = min(255, lost * 256 // max(1, expected - before[0]))
        jitter = int(self.jitter * self.clock)
        return ReportBlock(self.ssrc, fraction, max(0, expected - received), numbers.highest, jitter, 0, 0)


class Receiver:
    """``opens``: packets are decrypted, so that delays and pictures are known, else only headers are read."""

    def __init__(self, totals: Totals, send_rtcp: Callable[[bytes], None], *, opens: bool) -> None:
        self.totals = totals
        self._send_rtcp = send_rtcp
        self._opens = opens
        self.srtp: Srtp | None = None
        self.slots: dict[int, Slot] = {}
        self._repairs: dict[int, Slot] = {}
        self._by_mid: dict[str, Slot] = {}
        self._own = secrets.randbits(32)
        self._reported = 0

    def take_lines(self, streams: Mapping[int, tuple[MediaLine, bool]]) -> None:
        """What the server's offer says that it will send."""
        for ssrc, (line, repairs) in streams.items():
            if repairs or ssrc in self.slots:
                continue
            self.slots[ssrc] = self._by_mid[line.mid] = Slot(ssrc, line, self.totals)
        for ssrc, (line, repairs) in streams.items():
            if repairs and line.mid in self._by_mid:
                self._repairs[ssrc] = self._by_mid[line.mid]

    def fill(self, carried: Mapping[str, str]) -> None:
        """The track of each filled slot, by mid; other slots are empty."""
        for mid, slot in self._by_mid.items():
            slot.carry(carried.get(mid, ""))

    def take(self, memory: Any, view: memoryview, start: int, length: int, arrived: int) -> None:
        """An encrypted RTP packet of the server."""
        _, second, sequence, timestamp, ssrc = HEADER.unpack_from(view, start)
        slot = self.slots.get(ssrc)
        if slot is None:
            if ssrc in self._repairs:
                self._take_repair(self._repairs[ssrc], memory, view, start, length, arrived)
            return
        totals = self.totals
        totals.packets += 1
        totals.octets += length
        missing = slot.numbers.note(sequence, arrived)
        if self._opens and self.srtp is not None:
            length = self.srtp.unprotect_rtp(memory + start, length)
            if length > 0:
                self._look(slot, view[start : start + length], missing, arrived)
        slot.note_jitter(timestamp, arrived)
        if second & 0x80 and slot.kind == "video":
            slot.picture.note_frame_end(slot.numbers.highest, arrived, slot.numbers.missing)

    def _look(self, slot: Slot, packet: memoryview, missing: int, arrived: int) -> None:
        (stamp,) = STAMP.unpack_from(packet, len(packet) - 8)
        if slot.kind == "audio":
            slot.sound.note(arrived, stamp, missing)
            return
        if packet[1] & 0x80:
            self.totals.delays.note((arrived - stamp) / 1e6)
        try:
            start = parse_header(packet).payload
            seen = parse_vp8(packet[start:])
        except MalformedPacket:
            return
        if seen.key_frame:
            self.totals.switches += bool(slot.height and seen.height != slot.height)
            slot.height = seen.height
            slot.picture.mend()

    def _take_repair(self, slot: Slot, memory: Any, view: memoryview, start: int, length: int, arrived: int) -> None:
        length = self.srtp.unprotect_rtp(memory + start, length) if self.srtp is not None else -1
        if length <= 0:
            return
        packet = view[start : start + length]
        try:
            header = parse_header(packet)
        except MalformedPacket:
            return
        if header.end - header.payload >= 2:
            sequence = packet[header.payload] << 8 | packet[header.payload + 1]
            if slot.numbers.fill(sequence):
                if header.marker:
                    slot.picture.note_frame_end(slot.numbers.highest, arrived, slot.numbers.missing)
                slot.picture.show(arrived, slot.numbers.missing)

    def step(self, now: float) -> float:
        """Ask for what is missing, report every second; return when to be called again (monotonic)."""
        wall = time.time_ns()
        for slot in self.slots.values():
            video = slot.kind == "video"
            if slot.numbers.missing:
                due = slot.numbers.list_due(wall, ask=video)
                if due:
                    self._send_rtcp(write_nack(self._own, slot.ssrc, due))
                if video and not slot.numbers.gave_up:
                    slot.picture.show(wall, slot.numbers.missing)
            if video and slot.numbers.gave_up:
                slot.picture.break_off()
            slot.numbers.gave_up = False
            if slot.picture.broken and wall - slot.asked_at > ASK_KEY_FRAME_NS:
                slot.asked_at = wall
                self._send_rtcp(write_key_frame_request(self._own, slot.ssrc))
        if wall - self._reported > REPORT_NS:
            self._reported = wall
            self._report()
        return now + 0.02

    def _report(self) -> None:
        begun = [slot for slot in self.slots.values() if slot.numbers.first is not None]
        for slot in begun:
            self.totals.jitters.note(slot.jitter)
        packet = write_receiver_report(self._own, [slot.write_block() for slot in begun[:31]])
        if begun:
            packet += write_remb(self._own, BITRATE, [slot.ssrc for slot in begun[:31]])
        self._send_rtcp(packet)
