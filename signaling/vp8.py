"""VP8 in RTP (RFC 7741): what a payload's descriptor says, and one form of it for all publishers. Pure.

A viewer's stream goes on when the server turns to another encoding or another publisher; its picture numbers must go
on too, or decoders wait for pictures that never come. For that they are brought into one form, whose place is known.
"""

from collections.abc import Callable
from typing import NamedTuple

from signaling.rtp import MalformedPacket

EXTENDED, KEY_INDEX = 0x80, 0x10  # bits of the first byte and of the one behind it
START_CODE = b"\x9d\x01\x2a"


class Vp8(NamedTuple):
    """``size`` is the descriptor's length; ``picture`` and ``base`` (TL0PICIDX) are -1 where they are not there.

    ``height`` in pixels is told by the first packet of a key frame, else 0.
    """

    size: int
    frame_start: bool
    key_frame: bool
    picture: int
    long_picture: bool
    base: int
    height: int


def parse_vp8(payload: bytes | memoryview) -> Vp8:
    """Read the payload descriptor and the beginning of the frame (RFC 7741 sections 4.2 and 4.3)."""
    size = len(payload)
    if size < 2:
        raise MalformedPacket("no room for a VP8 descriptor")
    first = payload[0]
    offset, picture, base, long_picture = 1, -1, -1, False
    if first & EXTENDED:
        flags = payload[1]
        offset = 2
        if flags & 0x80:
            if offset >= size:
                raise MalformedPacket("VP8 picture id cut off")
            picture = payload[offset]
            offset += 1
            if picture & 0x80:
                if offset >= size:
                    raise MalformedPacket("VP8 picture id cut off")
                picture, long_picture = ((picture & 0x7F) << 8) | payload[offset], True
                offset += 1
        if flags & 0x40:
            if offset >= size:
                raise MalformedPacket("VP8 base picture index cut off")
            base = payload[offset]
            offset += 1
        offset += bool(flags & 0x30)
    if offset >= size:
        raise MalformedPacket("VP8 descriptor without a frame")
    start = bool(first & 0x10) and not first & 0x07
    key = start and not payload[offset] & 0x01
    return Vp8(offset, start, key, picture, long_picture, base, _read_height(payload, offset) if key else 0)


def _read_height(payload: bytes | memoryview, offset: int) -> int:
    """RFC 6386 section 9.1: behind the frame tag, the start code and the width."""
    if len(payload) < offset + 10 or payload[offset + 3 : offset + 6] != START_CODE:
        return 0
    return (payload[offset + 9] & 0x3F) << 8 | payload[offset + 8]


def write_descriptor(payload: bytes | memoryview, vp8: Vp8, unwrap: Callable[[int], int]) -> tuple[bytes, int]:
    """Return the descriptor with a picture id of 15 bits and without KEYIDX, and that id.

    ``unwrap`` lengthens an id of 7 bits. Without any id the descriptor stays as it is, and -1 stands for the id.
    """
    if vp8.picture < 0:
        return bytes(payload[: vp8.size]), -1
    flags = payload[1]
    picture = vp8.picture if vp8.long_picture else unwrap(vp8.picture) & 0x7FFF
    kept = flags & ~KEY_INDEX & 0xFF
    written = bytes((payload[0], kept)) + (0x8000 | picture).to_bytes(2, "big")
    if vp8.base >= 0:
        written += bytes((vp8.base,))
    if kept & 0x20:  # the temporal layer, which shares its byte with KEYIDX
        written += bytes((payload[vp8.size - 1] & 0xE0,))
    return written, picture
