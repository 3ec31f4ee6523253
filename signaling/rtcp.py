"""RTCP packets as bytes, as far as forwarding needs them. Pure.

Sources: RFC 3550 section 6 (SR, RR, SDES, BYE), RFC 4585 (NACK, PLI), RFC 5104 (FIR),
draft-alvestrand-rmcat-remb-03 (REMB). Nothing but ``MalformedPacket`` is raised for hostile bytes; packets of kinds not
named here are skipped.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from signaling.rtp import MalformedPacket

SR, RR, SDES, BYE, RTPFB, PSFB = 200, 201, 202, 203, 205, 206
NACK_FORMAT, PLI_FORMAT, FIR_FORMAT, APPLICATION_FORMAT = 1, 1, 4, 15
NTP_EPOCH = 2_208_988_800  # seconds from its beginning to 1970
MAX_BLOCKS = 31
MAX_LOST = 512  # sequence numbers read from one NACK: no honest receiver asks for more


class ReportBlock(NamedTuple):
    """What a receiver says of one stream. ``fraction`` is in 1/256, ``jitter`` in timestamp units."""

    ssrc: int
    fraction: int
    lost: int
    highest: int
    jitter: int
    last_report: int
    delay: int


class SenderReport(NamedTuple):
    """``ntp`` is the sender's 64-bit NTP time at which its RTP clock showed ``timestamp``."""

    ssrc: int
    ntp: int
    timestamp: int
    packets: int
    octets: int
    blocks: tuple[ReportBlock, ...]


class ReceiverReport(NamedTuple):
    ssrc: int
    blocks: tuple[ReportBlock, ...]


class Nack(NamedTuple):
    """``lost``: sequence numbers of the stream ``ssrc`` that did not arrive."""

    ssrc: int
    lost: tuple[int, ...]


class KeyFrameRequest(NamedTuple):
    """A PLI or one entry of a FIR for the stream ``ssrc``."""

    ssrc: int


class Remb(NamedTuple):
    bitrate: int
    ssrcs: tuple[int, ...]


class Bye(NamedTuple):
    ssrcs: tuple[int, ...]


Item = SenderReport | ReceiverReport | Nack | KeyFrameRequest | Remb | Bye


def parse_compound(data: bytes) -> list[Item]:
    """Read a compound (or reduced-size, RFC 5506) RTCP packet."""
    items: list[Item] = []
    for kind, count, body in _split(data):
        if kind == SR:
            items.append(_parse_sender_report(body, count))
        elif kind == RR:
            if len(body) < 4:
                raise MalformedPacket("receiver report cut off")
            items.append(ReceiverReport(_number(body, 0), _parse_blocks(body, 4, count)))
        elif kind == BYE:
            if len(body) < 4 * count:
                raise MalformedPacket("BYE cut off")
            items.append(Bye(struct.unpack_from(f"!{count}I", body)))
        elif kind in (RTPFB, PSFB):
            items.extend(_parse_feedback(kind, count, body))
    return items


def _split(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    offset = 0
    while offset < len(data):
        if offset + 4 > len(data):
            raise MalformedPacket("RTCP header cut off")
        first, kind, words = struct.unpack_from("!BBH", data, offset)
        end = offset + 4 + 4 * words
        if first >> 6 != 2 or end > len(data):
            raise MalformedPacket("RTCP packet cut off or of another version")
        body = data[offset + 4 : end]
        if first & 0x20:
            if not body or not 0 < body[-1] <= len(body):
                raise MalformedPacket("RTCP padding longer than its packet")
            body = body[: -body[-1]]
        yield kind, first & 0x1F, body
        offset = end


def _number(body: bytes, offset: int) -> int:
    return int.from_bytes(body[offset : offset + 4], "big")


def _parse_blocks(body: bytes, offset: int, count: int) -> tuple[ReportBlock, ...]:
    if len(body) < offset + 24 * count:
        raise MalformedPacket("report block cut off")
    blocks = []
    for start in range(offset, offset + 24 * count, 24):
        ssrc, word, highest, jitter, last_report, delay = struct.unpack_from("!6I", body, start)
        lost = word & 0xFFFFFF
        lost -= (lost & 0x800000) << 1  # a signed 24-bit number
        blocks.append(ReportBlock(ssrc, word >> 24, lost, highest, jitter, last_report, delay))
    return tuple(blocks)


def _parse_sender_report(body: bytes, count: int) -> SenderReport:
    if len(body) < 24:
        raise MalformedPacket("sender report cut off")
    ssrc, ntp, timestamp, packets, octets = struct.unpack_from("!IQIII", body)
    return SenderReport(ssrc, ntp, timestamp, packets, octets, _parse_blocks(body, 24, count))


def _parse_feedback(kind: int, form: int, body: bytes) -> Iterator[Item]:
    if len(body) < 8:
        raise MalformedPacket("feedback cut off")
    ssrc, entries = _number(body, 4), body[8:]
    if kind == RTPFB:
        if form == NACK_FORMAT:
            yield Nack(ssrc, tuple(_parse_lost(entries)))
    elif form == PLI_FORMAT:
        yield KeyFrameRequest(ssrc)
    elif form == FIR_FORMAT:
        for offset in range(0, len(entries) - 7, 8):
            yield KeyFrameRequest(_number(entries, offset))
    elif form == APPLICATION_FORMAT and entries[:4] == b"REMB":
        yield _parse_remb(entries)


def _parse_lost(entries: bytes) -> list[int]:
    lost: list[int] = []
    for offset in range(0, len(entries) - 3, 4):
        first, mask = struct.unpack_from("!HH", entries, offset)
        lost.append(first)
        lost.extend((first + 1 + bit) & 0xFFFF for bit in range(16) if mask >> bit & 1)
        if len(lost) > MAX_LOST:
            raise MalformedPacket("NACK of too many packets")
    return lost


def _parse_remb(entries: bytes) -> Remb:
    if len(entries) < 8 or len(entries) < 8 + 4 * entries[4]:
        raise MalformedPacket("REMB cut off")
    word = int.from_bytes(entries[5:8], "big")
    return Remb((word & 0x3FFFF) << (word >> 18), struct.unpack_from(f"!{entries[4]}I", entries, 8))


def _write(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def write_receiver_report(sender: int, blocks: Sequence[ReportBlock]) -> bytes:
    """Write a receiver report of at most 31 blocks."""
    return _write(RR, len(blocks), struct.pack("!I", sender) + b"".join(map(_write_block, blocks)))


def _write_block(block: ReportBlock) -> bytes:
    lost = max(-0x800000, min(0x7FFFFF, block.lost)) & 0xFFFFFF
    return struct.pack(
        "!6I",
        block.ssrc,
        block.fraction << 24 | lost,
        block.highest & 0xFFFFFFFF,
        min(block.jitter, 0xFFFFFFFF),
        block.last_report,
        block.delay & 0xFFFFFFFF,
    )


def write_sender_report(report: SenderReport) -> bytes:
    """Write a sender report; counters are cut to 32 bits."""
    head = struct.pack(
        "!IQIII",
        report.ssrc,
        report.ntp,
        report.timestamp & 0xFFFFFFFF,
        report.packets & 0xFFFFFFFF,
        report.octets & 0xFFFFFFFF,
    )
    return _write(SR, len(report.blocks), head + b"".join(map(_write_block, report.blocks)))


def write_cname(ssrc: int, cname: str) -> bytes:
    """Write a source description with the canonical name alone (RFC 3550 section 6.5.1)."""
    name = cname.encode()[:255]
    body = struct.pack("!IBB", ssrc, 1, len(name)) + name + b"\0"
    return _write(SDES, 1, body + bytes(-len(body) % 4))


def write_key_frame_request(sender: int, ssrc: int) -> bytes:
    """Write a picture loss indication (RFC 4585 section 6.3.1)."""
    return _write(PSFB, PLI_FORMAT, struct.pack("!II", sender, ssrc))


def write_nack(sender: int, ssrc: int, lost: Iterable[int]) -> bytes:
    """Write a negative acknowledgement of ascending, unwrapped sequence numbers (RFC 4585 section 6.2.1)."""
    entries: list[tuple[int, int]] = []
    for number in lost:
        if entries and 0 < number - entries[-1][0] <= 16:
            first, mask = entries[-1]
            entries[-1] = first, mask | 1 << (number - first - 1)
        else:
            entries.append((number, 0))
    body = b"".join(struct.pack("!HH", first & 0xFFFF, mask) for first, mask in entries)
    return _write(RTPFB, NACK_FORMAT, struct.pack("!II", sender, ssrc) + body)


def write_remb(sender: int, bitrate: int, ssrcs: Sequence[int]) -> bytes:
    """Write an estimated maximum bitrate in bit/s for the streams together."""
    exponent = max(0, bitrate.bit_length() - 18)
    head = struct.pack("!II4sI", sender, 0, b"REMB", len(ssrcs) << 24 | exponent << 18 | bitrate >> exponent)
    return _write(PSFB, APPLICATION_FORMAT, head + struct.pack(f"!{len(ssrcs)}I", *ssrcs))
