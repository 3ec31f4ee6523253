"""The relay, in a network that lets less and less through."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from signaling.turn import Relays
from tests.network.ground import Ground
from tests.network.relays import SECRET, URLS, Relay
from tests.network.wire import Condition

pytestmark = pytest.mark.network

OPEN = (Condition(), Condition(udp=False), Condition(udp=False, tcp_ports=(5349,)))


async def test_relay_carries_media_over_what_the_network_lets_through(relay: Relay) -> None:
    for condition, url in zip(OPEN, URLS, strict=True):
        await relay.ground.link.change(condition)
        answer = await relay.ask(url)
        assert (url, answer.get("received"), answer["relayed"][0]) == (url, 5, Ground.server)
    assert "error" in await relay.ask(URLS[1])  # what is blocked is


async def test_relay_takes_no_wrong_or_expired_credentials(relay: Relay) -> None:
    (expired,) = Relays((URLS[1],), SECRET, timedelta(hours=1)).issue("a", datetime.now(UTC) - timedelta(hours=2))
    (strange,) = Relays((URLS[1],), SECRET[::-1], timedelta(hours=1)).issue("a", datetime.now(UTC))
    for server in (expired, strange):
        answer = await relay.ask(URLS[1], username=server.username, credential=server.credential)
        assert answer["error"] == 401
    assert (await relay.ask(URLS[1], username="account:1", credential=""))["error"] == 401


async def test_relay_sends_to_the_media_address_alone(relay: Relay) -> None:
    """The second address of the server would answer, the others are of private and local networks."""
    strangers = [Ground.second, "127.0.0.1", Ground.browser, "192.0.2.1", "169.254.169.254"]
    asked = [relay.ask(URLS[1], f"account:{host}", (host, relay.strange_port)) for host in strangers]
    answers = await asyncio.gather(*asked)
    assert [answer["received"] for answer in answers] == [0] * len(strangers)
