"""RTP packets: what is read is what was written, and hostile bytes raise nothing but the declared error."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.rtp import (
    MalformedPacket,
    Renumbering,
    RtpHeader,
    Unwrapper,
    count_opus_samples,
    parse_header,
    read_extensions,
    write_extensions,
)
from tests.media import write_header


def write_packet(block: bytes = b"", payload: bytes = b"", csrcs: int = 0, padding: int = 0) -> bytes:
    first = 0x80 | (0x10 if block else 0) | csrcs | (0x20 if padding else 0)
    head = struct.pack("!BBHII", first, 0x80 | 111, 65535, 0xFFFFFFFF, 7)
    tail = bytes(padding - 1) + bytes((padding,)) if padding else b""
    return head + bytes(4 * csrcs) + block + payload + tail


def test_header_is_read_with_sources_extension_and_padding() -> None:
    block = write_extensions([(1, b"\x80")])
    header = parse_header(write_packet(block, b"sound", csrcs=2, padding=3))
    assert header == RtpHeader(True, 111, 65535, 0xFFFFFFFF, 7, 0xBEDE, 24, 28, 33)


def test_header_written_is_read_again() -> None:
    header = parse_header(write_header(96, 70000, 1 << 33 | 5, 9, marker=True) + b"x")
    assert header[:5] == (True, 96, 70000 & 0xFFFF, 5, 9)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(11),
        bytes((0x40,)) + bytes(11),  # version 1
        bytes((0x8F,)) + bytes(11),  # 15 sources, none there
        bytes((0x90,)) + bytes(11),  # extension cut off
        write_packet(b"\xbe\xde\x00\x09"),  # extension of nine words, none there
        bytes((0xA0,)) + bytes(11),  # padding of no length
        bytes((0xA0,)) + bytes(11) + b"\xff",  # more padding than packet
    ],
)
def test_header_refuses_what_is_no_packet(data: bytes) -> None:
    with pytest.raises(MalformedPacket):
        parse_header(data)


def test_extensions_are_read_in_the_one_byte_form() -> None:
    data = write_packet(write_extensions([(1, b"\x05"), (4, b"mid"), (14, bytes(16))]))
    assert read_extensions(data, parse_header(data)) == {1: b"\x05", 4: b"mid", 14: bytes(16)}


def test_extensions_stop_at_identifier_fifteen() -> None:
    data = write_packet(b"\xbe\xde\x00\x02" + b"\x10\x05\x00\xf0\x10\x06\x00\x00")
    assert read_extensions(data, parse_header(data)) == {1: b"\x05"}


def test_extensions_are_read_in_the_two_byte_form() -> None:
    data = write_packet(b"\x10\x00\x00\x02" + b"\x01\x00\x00\x14\x02ab\x00")
    assert read_extensions(data, parse_header(data)) == {1: b"", 20: b"ab"}


@pytest.mark.parametrize("block", [b"\xbe\xde\x00\x01\x0f\x00\x00\x00", b"\x10\x00\x00\x01\x00\x00\x00\x07"])
def test_extensions_refuse_an_element_cut_off(block: bytes) -> None:
    data = write_packet(block)
    with pytest.raises(MalformedPacket):
        read_extensions(data, parse_header(data))


def test_extensions_of_an_unknown_profile_are_none() -> None:
    data = write_packet(b"\x12\x34\x00\x01abcd")
    assert read_extensions(data, parse_header(data)) == {}


@pytest.mark.parametrize(
    ("payload", "samples"),
    [
        (b"", 0),
        (b"\xfc", 960),  # CELT, 20 ms, one frame
        (b"\xfd", 1920),
        (b"\x18", 2880),  # SILK, 60 ms
        (b"\x60", 480),  # hybrid, 10 ms
        (b"\x68", 960),
        (b"\xe0", 120),
        (b"\xff\x03", 2880),
    ],
)
def test_opus_packet_tells_its_length(payload: bytes, samples: int) -> None:
    assert count_opus_samples(payload) == samples


@pytest.mark.parametrize("payload", [b"\xff", b"\xff\x3f"])
def test_opus_packet_refuses_what_cannot_be(payload: bytes) -> None:
    with pytest.raises(MalformedPacket):
        count_opus_samples(payload)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    for shaped in (data, bytes((0x90 | (data[0] & 0x2F) if data else 0x90,)) + data[1:]):
        try:
            header = parse_header(shaped)
            assert header.payload <= header.end <= len(shaped)
            read_extensions(shaped, header)
        except MalformedPacket:
            pass
    with contextlib.suppress(MalformedPacket):
        assert 0 <= count_opus_samples(data) <= 5760


@given(st.dictionaries(st.integers(1, 14), st.binary(min_size=1, max_size=16)))
def test_extensions_written_are_read_again(elements: dict[int, bytes]) -> None:
    data = write_packet(write_extensions(list(elements.items())))
    assert read_extensions(data, parse_header(data)) == elements


def test_counters_are_unwrapped_by_nearness() -> None:
    counter = Unwrapper(16)
    assert [counter.unwrap(value) for value in (65534, 1, 65535, 2)] == [65534, 65537, 65535, 65538]
    assert counter.compare(65000) == 65000
    assert counter.unwrap(3) == 65539


@given(st.lists(st.integers(-1000, 1000), max_size=50), st.integers(0, 65535))
def test_counters_follow_any_small_steps(steps: list[int], first: int) -> None:
    counter, true = Unwrapper(16), first
    assert counter.unwrap(first) == first
    for step in steps:
        true += step
        newest = max(true, first)
        if abs(true - newest) < 1000:
            assert counter.unwrap(true % 65536) == true


def test_renumbering_closes_an_intended_gap() -> None:
    numbers = Renumbering(48000)
    assert numbers.map(100, 1000, 0.0) == (1, 1000)
    numbers.skip()
    assert numbers.map(150, 49000, 1.0) == (2, 49000)
    assert numbers.map(149, 48040, 1.0) is None  # it was to be left out
    assert numbers.map(151, 49960, 1.0) == (3, 49960)


def test_renumbering_never_gives_a_number_twice_after_a_gap() -> None:
    numbers = Renumbering(48000)
    numbers.map(100, 1000, 0.0)
    numbers.map(103, 4000, 0.0)
    numbers.skip()
    assert numbers.map(102, 3000, 0.1) is None  # late, from before the gap: its number is not free any more
    assert numbers.map(110, 9000, 0.2) == (5, 9000)
    assert numbers.map(104, 5000, 0.3) is None


def test_renumbering_joins_another_source() -> None:
    numbers = Renumbering(48000)
    numbers.map(100, 1000, 0.0)
    numbers.map(101, 1960, 0.02)
    numbers.restart()
    assert numbers.map(7, 500_000, 1.02) == (3, 1960 + 48000)
    assert numbers.map(8, 500_960, 1.04) == (4, 1960 + 48960)
    assert numbers.map_timestamp(500_960) == 1960 + 48960


@given(st.lists(st.tuples(st.sampled_from(["map", "skip", "restart"]), st.integers(0, 40)), max_size=80))
def test_renumbering_gives_every_number_to_one_packet(steps: list[tuple[str, int]]) -> None:
    numbers, source, given_out = Renumbering(90000), 0, dict[int, tuple[int, int]]()
    for moment, (action, sequence) in enumerate(steps):
        if action == "skip":
            numbers.skip()
        elif action == "restart":
            source += 1
            numbers.restart()
        else:
            placed = numbers.map(sequence, 3000 * sequence, moment / 10)
            if placed is not None:
                assert given_out.setdefault(placed[0], (source, sequence)) == (source, sequence)
