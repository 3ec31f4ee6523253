"""RTCP: read and written, against the parts of aiortc as a second opinion."""

import contextlib
import struct

import pytest
from aiortc import rtp as stock
from hypothesis import given
from hypothesis import strategies as st

from signaling.rtcp import (
    Bye,
    KeyFrameRequest,
    Nack,
    ReceiverReport,
    Remb,
    ReportBlock,
    SenderReport,
    parse_compound,
    write_cname,
    write_key_frame_request,
    write_nack,
    write_receiver_report,
    write_remb,
    write_sender_report,
)
from signaling.rtp import MalformedPacket

BLOCK = ReportBlock(5, 128, -3, 70000, 12, 0xAABBCCDD, 65536)


def test_reports_written_are_read_again() -> None:
    sent = SenderReport(9, 1 << 63 | 5, 1 << 31, 10, 1000, (BLOCK,))
    data = write_sender_report(sent) + write_cname(9, "điểm cầu") + write_receiver_report(1, [BLOCK, BLOCK])
    assert parse_compound(data) == [sent, ReceiverReport(1, (BLOCK, BLOCK))]


def test_reports_are_those_that_aiortc_reads() -> None:
    data = write_receiver_report(1, [BLOCK]) + write_cname(1, "p1") + write_remb(1, 1_500_000, [5, 6])
    report, names, feedback = stock.RtcpPacket.parse(data)
    assert isinstance(report, stock.RtcpRrPacket)
    assert report.reports[0] == stock.RtcpReceiverInfo(5, 128, -3, 70000, 12, 0xAABBCCDD, 65536)
    assert isinstance(names, stock.RtcpSdesPacket)
    assert names.chunks[0].items == [(1, b"p1")]
    assert isinstance(feedback, stock.RtcpPsfbPacket)
    bitrate, ssrcs = stock.unpack_remb_fci(feedback.fci)
    assert (round(bitrate, -3), ssrcs) == (1_500_000, [5, 6])


def test_feedback_written_is_read_again() -> None:
    data = write_key_frame_request(1, 5) + write_nack(1, 6, [10, 11, 26, 27, 65540]) + write_remb(1, 2_500_000, [5])
    first, second, third = parse_compound(data)
    assert first == KeyFrameRequest(5)
    assert second == Nack(6, (10, 11, 26, 27, 4))
    assert isinstance(third, Remb)
    assert 2_490_000 < third.bitrate <= 2_500_000
    assert third.ssrcs == (5,)


def test_full_intra_requests_name_every_stream() -> None:
    body = struct.pack("!II", 1, 0) + struct.pack("!IB3xIB3x", 5, 1, 6, 1)
    assert parse_compound(struct.pack("!BBH", 0x84, 206, len(body) // 4) + body) == [
        KeyFrameRequest(5),
        KeyFrameRequest(6),
    ]


def test_bye_and_unknown_kinds_are_passed_over() -> None:
    unknown = struct.pack("!BBHI", 0x80, 207, 1, 5)
    assert parse_compound(unknown + bytes(stock.RtcpByePacket([5]))) == [Bye((5,))]


@pytest.mark.parametrize(
    "data",
    [
        b"\x80",
        b"\x80\xc8\x00\x09",
        b"\x40\xc9\x00\x00",
        b"\x81\xc9\x00\x01\x00\x00\x00\x01",  # a block, none there
        b"\x80\xc8\x00\x01\x00\x00\x00\x01",
        b"\xa0\xc9\x00\x01\x00\x00\x00\x09",  # padding longer than the packet
        b"\x81\xce\x00\x00",
        b"\x8f\xce\x00\x04" + bytes(8) + b"REMB\xff\x00\x00\x00",
        struct.pack("!BBHII", 0x81, 205, 102, 1, 5) + b"\xff\xff\xff\xff" * 100,  # asks for 1,700 packets
    ],
)
def test_hostile_packets_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedPacket):
        parse_compound(data)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    whole = len(data) // 4 * 4
    shapes = [data, *(struct.pack("!BBH", 0x81, kind, whole // 4) + data[:whole] for kind in range(200, 208))]
    for shape in shapes:
        with contextlib.suppress(MalformedPacket):
            parse_compound(shape)


@given(st.lists(st.integers(0, 1 << 20), max_size=60, unique=True))
def test_nack_names_exactly_what_is_missing(missing: list[int]) -> None:
    (item,) = parse_compound(write_nack(1, 2, sorted(missing)))
    assert isinstance(item, Nack)
    assert sorted(item.lost) == sorted(number & 0xFFFF for number in missing)


@given(st.integers(0, (1 << 63) - 1))
def test_remb_keeps_eighteen_bits_of_any_rate(bitrate: int) -> None:
    (item,) = parse_compound(write_remb(1, bitrate, []))
    assert isinstance(item, Remb)
    assert bitrate - (bitrate >> 17) <= item.bitrate <= bitrate
