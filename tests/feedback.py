"""Reads transport-wide feedback, by a parser written from the draft, apart from the code under test."""

import struct
from typing import NamedTuple

from signaling.arrivals import TICK


class Feedback(NamedTuple):
    """Transport-wide feedback: the instants in seconds of the numbers from ``first`` on, None where one is missing."""

    first: int
    serial: int  # of this packet among all of its kind
    instants: list[float | None]

    @property
    def arrived(self) -> list[int]:
        return [number for number, instant in enumerate(self.instants, self.first) if instant is not None]


def read_feedback(packet: bytes) -> Feedback:
    """Read one packet, which must end where its deltas do."""
    first, kind, words = struct.unpack_from("!BBH", packet)
    assert (first & 0xDF, kind, (words + 1) * 4) == (0x8F, 205, len(packet))
    body = packet[: -packet[-1]] if first & 0x20 else packet
    base, count = struct.unpack_from("!HH", body, 12)
    reference = int.from_bytes(body[16:19], "big")
    symbols: list[int] = []
    place = 20
    while len(symbols) < count:
        (chunk,) = struct.unpack_from("!H", body, place)
        place += 2
        if chunk >> 15 == 0:
            symbols += [chunk >> 13 & 3] * (chunk & 0x1FFF)
        elif chunk >> 14 & 1:
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [chunk >> shift & 1 for shift in range(13, -1, -1)]
    instant = reference * 0.064
    instants: list[float | None] = []
    for symbol in symbols[:count]:
        if symbol == 0:
            instants.append(None)
            continue
        delta = struct.unpack_from("!B" if symbol == 1 else "!h", body, place)[0]
        place += symbol
        instant += delta * TICK
        instants.append(instant)
    assert place == len(body), "the deltas end where the packet ends"
    return Feedback(base, body[19], instants)
