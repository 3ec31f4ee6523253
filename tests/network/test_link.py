"""The link between two namespaces, with plain sockets."""

import asyncio
import json
import statistics
from typing import Any

import pytest

from tests.network.ground import Ground, Processes, start
from tests.network.wire import Condition

pytestmark = pytest.mark.network


async def ask(processes: Processes, ground: Ground, port: int, count: int) -> dict[str, Any]:
    process = await start(processes, ground.near, "ask", ground.server, str(port), str(count))
    out, _ = await asyncio.wait_for(process.communicate(), 20)
    answer: dict[str, Any] = json.loads(out)
    return answer


async def test_link_delays_loses_and_fails_as_told(ground: Ground, processes: Processes) -> None:
    echo = await start(processes, ground.far, "echo", ground.server)
    assert echo.stdout is not None
    port = int(await asyncio.wait_for(echo.stdout.readline(), 5))
    good = await ask(processes, ground, port, 50)
    assert len(good["seconds"]) == 50
    assert statistics.median(good["seconds"]) < 0.05
    await ground.link.change(Condition(loss=0.1, delay=0.15))
    bad = await ask(processes, ground, port, 200)
    assert 0.70 < len(bad["seconds"]) / 200 < 0.92  # 0.81 come through both ways
    assert 0.29 <= min(bad["seconds"]) < 0.36
    for condition in (Condition(up=False), Condition(udp=False)):
        await ground.link.change(condition)
        assert (await ask(processes, ground, port, 10))["seconds"] == []
    await ground.link.change(Condition())
    assert len((await ask(processes, ground, port, 10))["seconds"]) == 10
