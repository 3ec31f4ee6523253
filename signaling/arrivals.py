"""What arrived when, told to a sender for its congestion control. Pure.

Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1): the sender numbers all its
packets with one 16-bit counter, the receiver says of each number whether and when it came. The sender's own estimator
does the rest.
"""

import struct
from collections.abc import Iterator
from itertools import groupby

from signaling.rtp import Unwrapper

TICK = 0.000_25  # seconds: the unit of a delta
REFERENCE_TICKS = 256  # the reference time counts 64 ms
REMEMBERED_SECONDS = 0.5  # a packet that comes later than others by more than this is not told of any more
MOST_NUMBERS = 400  # told of in one packet
MOST_MISSING = 1000  # a greater jump is no loss but a new beginning
MISSING, SMALL, LARGE = 0, 1, 2
VECTOR = 7  # symbols of two bits in one chunk
LONGEST_RUN = (1 << 13) - 1
PACKET_TYPE, FORMAT = 205, 15


class Arrivals:
    """The packets of one connection. ``now`` is a monotonic time in seconds."""

    def __init__(self) -> None:
        self._unwrapper = Unwrapper(16)
        self._ticks: dict[int, int] = {}  # by number, unwrapped
        self._next: int | None = None  # the first number that was not told of
        self._newest = -1
        self._oldest = 0  # of those that are remembered
        self._count = 0

    def note(self, number: int, now: float) -> None:
        """A packet with this (16-bit) number came in."""
        number = self._unwrapper.unwrap(number)
        tick = int(now / TICK)
        if self._next is None or number - self._newest > MOST_MISSING:
            self._ticks.clear()
            self._next, self._newest, self._oldest = number, number - 1, number
        elif number < self._oldest or number in self._ticks:
            return
        elif number < self._next:
            self._next = number  # those around it are told of once more, as they are now
        self._ticks[number] = tick
        self._newest = max(self._newest, number)

    def take_feedback(self, sender_ssrc: int, media_ssrc: int) -> list[bytes]:
        """RTCP packets about all that is not told of yet. To be called every 50 to 100 ms."""
        packets = []
        while self._next is not None and self._next <= self._newest:
            base, symbols, deltas, reference = self._gather(self._next)
            packets.append(self._write(sender_ssrc, media_ssrc, base, symbols, deltas, reference))
            self._next = base + len(symbols)
        self._forget()
        return packets

    def _gather(self, base: int) -> tuple[int, list[int], bytes, int]:
        """As many numbers from ``base`` on as one packet can tell of; it ends early where a delta would not fit."""
        first = next(number for number in range(base, self._newest + 1) if number in self._ticks)
        reference = self._ticks[first] // REFERENCE_TICKS
        before = reference * REFERENCE_TICKS
        symbols: list[int] = []
        deltas = bytearray()
        for number in range(base, min(self._newest + 1, base + MOST_NUMBERS)):
            tick = self._ticks.get(number)
            if tick is None:
                symbols.append(MISSING)
                continue
            delta = tick - before
            if not -0x8000 <= delta <= 0x7FFF:
                break
            symbols.append(SMALL if 0 <= delta <= 0xFF else LARGE)
            deltas += bytes((delta,)) if 0 <= delta <= 0xFF else struct.pack("!h", delta)
            before = tick
        return base, symbols, bytes(deltas), reference

    def _write(
        self, sender_ssrc: int, media_ssrc: int, base: int, symbols: list[int], deltas: bytes, reference: int
    ) -> bytes:
        head = struct.pack("!IIHH", sender_ssrc, media_ssrc, base & 0xFFFF, len(symbols))
        head += (reference & 0xFFFFFF).to_bytes(3, "big") + bytes((self._count & 0xFF,))
        self._count += 1
        body = head + b"".join(chunk.to_bytes(2, "big") for chunk in _pack(symbols)) + deltas
        padding = -len(body) % 4
        if padding:
            body += bytes(padding - 1) + bytes((padding,))
        first = 0x80 | (0x20 if padding else 0) | FORMAT
        return struct.pack("!BBH", first, PACKET_TYPE, len(body) // 4) + body

    def _forget(self) -> None:
        if len(self._ticks) > 1:
            since = self._ticks[self._newest] - int(REMEMBERED_SECONDS / TICK)
            self._ticks = {number: tick for number, tick in self._ticks.items() if tick >= since}
            self._oldest = min(self._ticks)


def _pack(symbols: list[int]) -> Iterator[int]:
    """Chunks (section 3.1.2): long runs as their length, else vectors of seven."""
    waiting: list[int] = []
    for symbol, group in groupby(symbols):
        run = sum(1 for _ in group)
        if waiting:  # a vector that was begun is filled first
            fill = min(run, VECTOR - len(waiting))
            waiting += [symbol] * fill
            run -= fill
            if len(waiting) == VECTOR:
                yield _pack_vector(waiting)
                waiting = []
        while run >= VECTOR:
            length = min(run, LONGEST_RUN)
            yield symbol << 13 | length
            run -= length
        waiting += [symbol] * run
    if waiting:
        yield _pack_vector(waiting)


def _pack_vector(symbols: list[int]) -> int:
    chunk = 0b11
    for symbol in symbols + [MISSING] * (VECTOR - len(symbols)):
        chunk = chunk << 2 | symbol
    return chunk
