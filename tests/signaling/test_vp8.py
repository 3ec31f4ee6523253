"""VP8 descriptors: what they say, and the one form that they are brought into."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.rtp import MalformedPacket, Unwrapper
from signaling.vp8 import parse_vp8, write_descriptor


@pytest.mark.parametrize(
    ("payload", "start", "key", "picture", "base"),
    [
        (b"\x10\x00", True, True, -1, -1),
        (b"\x10\x01", True, False, -1, -1),
        (b"\x11\x00", False, False, -1, -1),  # second partition
        (b"\x90\x80\x85\x01\x00", True, True, 0x501, -1),
        (b"\x90\x80\x05\x00", True, True, 5, -1),
        (b"\x90\xf0\x80\x05\x09\x20\x00", True, True, 5, 9),  # picture id, TL0PICIDX, TID
        (b"\x80\x80\x05\x00", False, False, 5, -1),
    ],
)
def test_descriptor_tells_a_key_frame(payload: bytes, start: bool, key: bool, picture: int, base: int) -> None:
    read = parse_vp8(payload)
    assert (read.frame_start, read.key_frame, read.picture, read.base) == (start, key, picture, base)
    assert read.size == len(payload) - 1


@pytest.mark.parametrize(
    "payload", [b"", b"\x10", b"\x90\x80", b"\x90\x80\x80", b"\x90\x40", b"\x90\xf0\x80\x05\x09\x20"]
)
def test_descriptor_that_is_cut_off_is_refused(payload: bytes) -> None:
    with pytest.raises(MalformedPacket):
        parse_vp8(payload)


def test_key_frame_tells_its_height() -> None:
    frame = b"\x00\x00\x00\x9d\x01\x2a\x80\x02\x68\x41"  # 640 wide, 360 high and to be scaled up
    assert parse_vp8(b"\x10" + frame).height == 360
    assert parse_vp8(b"\x10" + frame[:9]).height == 0
    assert parse_vp8(b"\x10\x01" + frame[1:]).height == 0


def test_short_picture_id_is_lengthened_and_key_index_dropped() -> None:
    unwrap = Unwrapper(7).unwrap
    written = []
    for picture in (126, 127, 0, 1):
        payload = bytes((0x90, 0xF0, picture, 9, 0x47, 0))
        written.append(write_descriptor(payload, parse_vp8(payload), unwrap))
    assert [picture for _, picture in written] == [126, 127, 128, 129]
    assert written[2][0] == b"\x90\xe0\x80\x80\x09\x40"


def test_key_index_without_a_temporal_layer_leaves_no_byte() -> None:
    payload = b"\x90\x90\x80\x05\x07\x00"
    assert write_descriptor(payload, parse_vp8(payload), int) == (b"\x90\x80\x80\x05", 5)


def test_descriptor_without_a_picture_id_stays() -> None:
    assert write_descriptor(b"\x10\x00", parse_vp8(b"\x10\x00"), int) == (b"\x10", -1)


@given(st.binary(min_size=2, max_size=20))
def test_what_is_written_says_the_same(payload: bytes) -> None:
    try:
        read = parse_vp8(payload)
    except MalformedPacket:
        return
    written, picture = write_descriptor(payload, read, int)
    again = parse_vp8(written + payload[read.size :])
    assert again[1:3] == read[1:3]
    assert (again.picture, again.base, again.height) == (picture, read.base, read.height)
