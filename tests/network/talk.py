"""Plain sockets in a namespace: ``python -m tests.network.talk echo HOST`` or ``… ask HOST PORT COUNT``.

``echo`` answers every datagram, and says its port. ``ask`` sends numbered datagrams, one each 10 ms, and tells as JSON
which came back, after how long, and from where.
"""

import json
import select
import socket
import sys
import time


def echo(host: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind((host, 0))
        print(bound.getsockname()[1], flush=True)
        while True:
            data, source = bound.recvfrom(2048)
            bound.sendto(data, source)


def ask(host: str, port: int, count: int) -> None:
    answers: dict[int, float] = {}
    sources: set[str] = set()
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as asking:
        sent: list[float] = []
        until = time.monotonic() + count * 0.01 + 1.0
        while time.monotonic() < until and len(answers) < count:
            if len(sent) < count:
                asking.sendto(len(sent).to_bytes(4, "big").ljust(100, b"\0"), (host, port))
                sent.append(time.monotonic())
            if select.select([asking], [], [], 0.01)[0]:
                data, source = asking.recvfrom(2048)
                number = int.from_bytes(data[:4], "big")
                answers.setdefault(number, time.monotonic() - sent[number])
                sources.add(source[0])
    print(json.dumps({"sent": len(sent), "seconds": list(answers.values()), "sources": sorted(sources)}))


if __name__ == "__main__":
    if sys.argv[1] == "echo":
        echo(sys.argv[2])
    else:
        ask(sys.argv[2], *map(int, sys.argv[3:]))
