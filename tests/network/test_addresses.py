"""A server with several addresses, which answers from the one that was asked."""

import asyncio
import json

import pytest

from tests.network.ground import Ground, Processes, start

pytestmark = pytest.mark.network


async def test_media_come_from_the_address_that_was_asked(ground: Ground, processes: Processes) -> None:
    module = "tests.network.answerer"
    serving = await start(processes, ground.far, "serve", module=module)
    assert serving.stdout is not None
    known = json.loads(await asyncio.wait_for(serving.stdout.readline(), 10))
    hosts = [Ground.server, Ground.second, Ground.server6, Ground.second6]
    asking = await start(processes, ground.near, "ask", *known, *hosts, module=module)
    out, _ = await asyncio.wait_for(asking.communicate(), 30)
    assert json.loads(out) == {host: [host] * 5 for host in hosts}
