"""A client of a TURN relay: ``python -m tests.network.relay_client`` with a JSON object on standard input.

``url``, ``username``, ``credential``, ``trusted`` (certificate file for TLS), ``peer`` (host, port) and ``count``. It
tells as JSON the relayed address and how many of its datagrams the peer sent back, or what the relay refused.
"""

import asyncio
import json
import ssl
import sys
from typing import Any

from aioice import stun, turn

from web.commands.turn import read_url

SECONDS = 4.0


class Echoes(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.received: set[bytes] = set()

    def datagram_received(self, data: bytes, _source: Any) -> None:
        self.received.add(data)


async def try_relay(order: dict[str, Any]) -> dict[str, Any]:
    tls, host, port, transport = read_url(order["url"])
    context = ssl.create_default_context(cafile=order["trusted"]) if tls else False
    try:
        async with asyncio.timeout(SECONDS):
            connection, echoes = await turn.create_turn_endpoint(
                Echoes, (host, port), order["username"], order["credential"], ssl=context, transport=transport
            )
    except stun.TransactionFailed as error:
        return {"error": error.response.attributes["ERROR-CODE"][0]}
    except (TimeoutError, stun.TransactionTimeout, OSError) as error:
        return {"error": type(error).__name__}
    relayed = connection.get_extra_info("sockname")
    try:
        for number in range(order["count"]):
            connection.sendto(number.to_bytes(2, "big").ljust(400, b"\0"), tuple(order["peer"]))
            await asyncio.sleep(0.02)
        async with asyncio.timeout(1.5):
            while len(echoes.received) < order["count"]:
                await asyncio.sleep(0.02)
    except TimeoutError:
        pass  # that fewer came back is the answer
    answer = {"relayed": relayed, "received": len(echoes.received)}
    connection.close()
    return answer


if __name__ == "__main__":
    print(json.dumps(asyncio.run(try_relay(json.load(sys.stdin)))), flush=True)
