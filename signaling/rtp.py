"""RTP packets as bytes: header, header extensions, audio level, Opus payloads, counters. Pure.

Sources: RFC 3550 (RTP), RFC 8285 (header extensions), RFC 6464 (audio level), RFC 6716 (Opus).
Whatever the bytes are, the functions here raise nothing but ``MalformedPacket``.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

URI_MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
URI_AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
URI_RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
URI_REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
URI_TRANSPORT_WIDE = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
URI_ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"

OPUS_CLOCK = 48_000
VP8_CLOCK = 90_000
SILENCE_DBOV = 127

HEADER = struct.Struct("!BBHII")  # without contributing sources and extensions
HEADER_SIZE = HEADER.size
ONE_BYTE_PROFILE = 0xBEDE
TWO_BYTE_PROFILE = 0x1000

_EXTENSION = struct.Struct("!HH")


class MalformedPacket(ValueError):
    """The bytes are not such a packet."""


class RtpHeader(NamedTuple):
    """Fields of an RTP packet. Offsets count from its first byte; ``end`` leaves out the padding."""

    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    profile: int  # of the extension block; 0 when there is none
    extension: int  # offset of the first extension element
    payload: int
    end: int


def parse_header(data: bytes | memoryview) -> RtpHeader:
    """Read the header of an RTP packet (RFC 3550 section 5.1)."""
    size = len(data)
    if size < HEADER_SIZE:
        raise MalformedPacket("shorter than an RTP header")
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    if first >> 6 != 2:
        raise MalformedPacket("not RTP version 2")
    offset = HEADER_SIZE + 4 * (first & 0x0F)
    profile = extension = 0
    if first & 0x10:
        if offset + 4 > size:
            raise MalformedPacket("extension header cut off")
        profile, words = _EXTENSION.unpack_from(data, offset)
        extension = offset + 4
        offset = extension + 4 * words
    end = size
    if first & 0x20:
        padding = data[size - 1]
        if padding == 0:
            raise MalformedPacket("padding of no length")
        end -= padding
    if offset > end:
        raise MalformedPacket("header longer than the packet")
    return RtpHeader(bool(second & 0x80), second & 0x7F, sequence, timestamp, ssrc, profile, extension, offset, end)


def read_extensions(data: bytes | memoryview, header: RtpHeader) -> dict[int, bytes]:
    """Return the header extensions by identifier, in the one-byte or the two-byte form (RFC 8285 section 4)."""
    if header.profile == ONE_BYTE_PROFILE:
        return _read_one_byte(data, header.extension, header.payload)
    if header.profile & 0xFFF0 == TWO_BYTE_PROFILE:
        return _read_two_byte(data, header.extension, header.payload)
    return {}


def _read_one_byte(data: bytes | memoryview, offset: int, end: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while offset < end:
        identifier, size = data[offset] >> 4, (data[offset] & 0x0F) + 1
        if data[offset] == 0:
            offset += 1
            continue
        if identifier == 15:  # "processing must stop" (RFC 8285 section 4.2)
            break
        offset += 1
        if offset + size > end:
            raise MalformedPacket("extension element cut off")
        if identifier:
            found[identifier] = bytes(data[offset : offset + size])
        offset += size
    return found


def _read_two_byte(data: bytes | memoryview, offset: int, end: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while offset < end:
        identifier = data[offset]
        if identifier == 0:
            offset += 1
            continue
        if offset + 2 > end or offset + 2 + data[offset + 1] > end:
            raise MalformedPacket("extension element cut off")
        size = data[offset + 1]
        found[identifier] = bytes(data[offset + 2 : offset + 2 + size])
        offset += 2 + size
    return found


def write_extensions(elements: Sequence[tuple[int, bytes]]) -> bytes:
    """Write an extension block in the one-byte form: identifiers 1 to 14, 1 to 16 bytes each."""
    body = b"".join(bytes(((identifier << 4) | (len(value) - 1),)) + value for identifier, value in elements)
    body += bytes(-len(body) % 4)
    return _EXTENSION.pack(ONE_BYTE_PROFILE, len(body) // 4) + body


def count_opus_samples(payload: bytes | memoryview) -> int:
    """Return the length of an Opus packet in samples at 48 kHz (RFC 6716 section 3.1); 0 for one that is empty."""
    if not payload:
        return 0
    config, code = payload[0] >> 3, payload[0] & 0x03
    if config < 12:
        frame = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        frame = (480, 960)[config & 1]
    else:
        frame = (120, 240, 480, 960)[config & 3]
    if code == 0:
        return frame
    if code < 3:
        return 2 * frame
    if len(payload) < 2:
        raise MalformedPacket("Opus frame count cut off")
    samples = (payload[1] & 0x3F) * frame
    if not 0 < samples <= 5760:  # 120 ms, the most a packet may hold
        raise MalformedPacket("Opus packet of no frame or longer than 120 ms")
    return samples


class Unwrapper:
    """Turns counters of ``bits`` bits that wrap around into plain integers, by nearness to the last one."""

    def __init__(self, bits: int) -> None:
        self._size = 1 << bits
        self._last: int | None = None

    def unwrap(self, value: int) -> int:
        number = self.compare(value)
        if self._last is None or number > self._last:
            self._last = number  # an older one leaves the reference at the newest
        return number

    def compare(self, value: int) -> int:
        """As ``unwrap``, but ``value`` is not the newest to compare others with."""
        if self._last is None:
            return value
        delta = (value - self._last) % self._size
        return self._last + delta - (self._size if delta >= self._size // 2 else 0)


class Renumbering:
    """Maps a source's sequence numbers and timestamps onto one unbroken stream.

    The source may pause on purpose (``skip``) or be replaced by another one (``restart``); receivers must see neither.
    Numbers begin with 1 and grow without wrapping; the caller cuts them to 16 and 32 bits. A packet from before the
    last break maps to None, for its numbers were given to others meanwhile: sending it would use an SRTP nonce twice.
    """

    def __init__(self, clock: int) -> None:
        self._clock = clock
        self._first: int | None = None
        self._sequence_offset = 0
        self._timestamp_offset = 0
        self._highest = 0  # the highest number given out
        self._newest = 0  # the timestamp given with it
        self._newest_at = 0.0
        self._broken = True
        self._replaced = True

    def skip(self) -> None:
        """Packets are left out from here on until the next ``map``."""
        self._broken = True

    def restart(self) -> None:
        """Another source follows: its numbers have nothing to do with those before."""
        self._broken = self._replaced = True

    def map(self, sequence: int, timestamp: int, now: float) -> tuple[int, int] | None:
        """Return the numbers to send for an unwrapped sequence number and timestamp, or None to leave it out."""
        if self._broken:
            if not self._replaced and self._first is not None and sequence + self._sequence_offset <= self._highest:
                return None
            self._mend(sequence, timestamp, now)
        if self._first is None or sequence < self._first:
            return None
        number = sequence + self._sequence_offset
        moved = timestamp + self._timestamp_offset
        if number > self._highest:
            self._highest, self._newest, self._newest_at = number, moved, now
        return number, moved

    def map_timestamp(self, timestamp: int) -> int:
        """Return the timestamp sent for a timestamp of the present source."""
        return timestamp + self._timestamp_offset

    def _mend(self, sequence: int, timestamp: int, now: float) -> None:
        begun = self._first is not None
        self._sequence_offset = self._highest + 1 - sequence
        if begun and self._replaced:
            elapsed = max(1, round((now - self._newest_at) * self._clock))
            self._timestamp_offset = self._newest + elapsed - timestamp
        self._first = sequence
        self._broken = self._replaced = False
        if not begun:
            self._newest, self._newest_at = timestamp, now
