"""The media port on all addresses, and a browser's side of it: ``python -m tests.network.answerer serve | ask …``.

``serve`` tells as JSON its port and a session's credentials. ``ask NAME PASSWORD PORT HOST…`` checks each host, has it
answer, singly and as a train, and tells as JSON from where the answers came.
"""

import asyncio
import json
import socket
import sys

from signaling.ice import Address, Credentials
from signaling.udp import UdpPort, bind_socket
from tests.media import build_check


class Answerer:
    """Sends back what came as if it were DTLS: once alone, then as a train of three."""

    def __init__(self, port: UdpPort) -> None:
        self.port = port
        self.address: Address | None = None

    def select_address(self, address: Address | None) -> None:
        self.address = address

    def receive_media(self, length: int) -> None:
        raise AssertionError("none is sent")

    def receive_dtls(self, data: bytes) -> None:
        assert self.address is not None
        self.port.send(data, self.address)
        self.port.outgoing.view[: 3 * len(data)] = data * 3
        self.port.send_train(0, 3 * len(data), len(data), self.address)


async def serve() -> None:
    port = UdpPort(await bind_socket("::", 0))
    session = port.ice.open_session(Answerer(port))
    port.start()
    print(json.dumps([session.local.ufrag, session.local.password, str(port.number)]), flush=True)
    await asyncio.Event().wait()


def ask(name: str, password: str, port: int, hosts: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for host in hosts:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(5)
            asking.sendto(build_check(Credentials(name, password), USE_CANDIDATE=None), (host, port))
            sources = [asking.recvfrom(2000)[1][0]]
            asking.sendto(b"\x16" * 100, (host, port))
            sources += [asking.recvfrom(2000)[1][0] for _ in range(4)]
        found[host] = sources
    return found


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(serve())
    else:
        print(json.dumps(ask(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5:])))
