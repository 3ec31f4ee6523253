"""A link of bad quality between two network namespaces: ``python -m tests.network.link FD FD SEED``.

It reads IP packets from one TUN device and writes them to the other, each direction through a ``Wire``, because not
every kernel can delay and lose packets itself (netem). New conditions come as JSON lines on standard input; each is
answered with a line of what was carried and dropped. It ends with its standard input.
"""

import json
import os
import select
import sys
import time

from tests.network.wire import Condition, Wire

MOST = 1 << 16
PACKETS_PER_TURN = 64


def main(first: int, second: int, seed: int) -> None:
    wires = {first: Wire(seed), second: Wire(seed + 1)}  # by the device that packets come from
    other = {first: second, second: first}
    poll = select.epoll()
    for descriptor in (first, second, sys.stdin.fileno()):
        os.set_blocking(descriptor, False)
        poll.register(descriptor, select.EPOLLIN)
    while True:
        arrivals = [at for wire in wires.values() if (at := wire.next_arrival()) is not None]
        wait = max(0.0, min(arrivals) - time.monotonic()) if arrivals else -1
        ready = [descriptor for descriptor, _ in poll.poll(wait)]
        for descriptor in ready:
            if descriptor in wires:
                read_packets(descriptor, wires[descriptor])
            elif not obey(list(wires.values())):
                return
        for descriptor, wire in wires.items():
            for packet in wire.take(time.monotonic()):
                write_packet(other[descriptor], packet)


def read_packets(descriptor: int, wire: Wire) -> None:
    for _ in range(PACKETS_PER_TURN):
        try:
            packet = os.read(descriptor, MOST)
        except BlockingIOError:
            return
        wire.put(packet, time.monotonic())


def write_packet(descriptor: int, packet: bytes) -> None:
    try:
        os.write(descriptor, packet)
    except OSError as error:  # a device that is down, or a full queue: a packet may be lost
        print(f"not delivered: {error}", file=sys.stderr)


def obey(wires: list[Wire]) -> bool:
    """Take the conditions that have come, the last of which holds; say whether to go on."""
    text = os.read(sys.stdin.fileno(), MOST)
    if not text:
        return False
    for line in text.decode().splitlines():
        conditions = [
            Condition(**{**one, "tcp_ports": one["tcp_ports"] and tuple(one["tcp_ports"])}) for one in json.loads(line)
        ]
        for wire, condition in zip(wires, conditions, strict=True):
            wire.condition = condition
        print(json.dumps([[wire.carried, wire.dropped] for wire in wires]), flush=True)
    return True


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
