"""A bad wire, one direction of it: decides what becomes of each packet. Seeded, so that a run can be repeated. Pure."""

import random
from collections import deque
from dataclasses import dataclass, field

PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp"}


@dataclass(frozen=True)
class Condition:
    """``loss``: share of packets; ``delay``: seconds; ``rate``: bit/s of whole IP packets, None: unlimited.

    ``queue``: seconds of traffic that wait for the rate before more is dropped. ``up`` False: an outage. ``tcp_ports``:
    the server's ports that are let through, None: all; ``udp`` False: none of UDP is.
    """

    loss: float = 0.0
    delay: float = 0.0
    rate: int | None = None
    queue: float = 0.4
    up: bool = True
    udp: bool = True
    tcp_ports: tuple[int, ...] | None = None


@dataclass
class Wire:
    """One direction. ``put`` packets in, ``take`` those that have arrived."""

    seed: int
    condition: Condition = field(default_factory=Condition)
    carried: int = 0
    dropped: int = 0
    free_at: float = 0.0  # when the rate lets the next packet begin

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._flying: deque[tuple[float, bytes]] = deque()

    def put(self, packet: bytes, now: float) -> None:
        condition = self.condition
        lost = self._random.random() < condition.loss  # asked for each packet, whatever else befalls it
        start = max(self.free_at, now)
        full = condition.rate is not None and start - now > condition.queue
        if lost or full or not condition.up or not passes(packet, condition):
            self.dropped += 1
            return
        self.carried += len(packet)
        self.free_at = start + (len(packet) * 8 / condition.rate if condition.rate else 0.0)
        self._flying.append((self.free_at + condition.delay, packet))

    def take(self, now: float) -> list[bytes]:
        arrived = []
        while self._flying and self._flying[0][0] <= now:
            arrived.append(self._flying.popleft()[1])
        return arrived

    def next_arrival(self) -> float | None:
        return self._flying[0][0] if self._flying else None


def passes(packet: bytes, condition: Condition) -> bool:
    """What a firewall between the two lets through: by protocol, and TCP by the server's port, whoever sends."""
    header = (packet[0] & 15) * 4 if packet[0] >> 4 == 4 else 40
    protocol = PROTOCOLS.get(packet[9] if packet[0] >> 4 == 4 else packet[6], "")
    if protocol == "udp":
        return condition.udp
    if protocol == "tcp" and condition.tcp_ports is not None:
        ports = {int.from_bytes(packet[header + at : header + at + 2], "big") for at in (0, 2)}
        return bool(ports & set(condition.tcp_ports))
    return True
