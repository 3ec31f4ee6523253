"""Two machines with a link between them whose quality the test chooses."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.network.ground import Ground, Processes
from tests.network.namespaces import Namespace, find_missing, open_link, open_namespace
from tests.network.relays import Relay, open_relay

SEED = 20261124


@pytest.fixture
def machines() -> Iterator[tuple[Namespace, Namespace]]:
    missing = find_missing()
    if missing:
        pytest.skip(f"missing: {', '.join(missing)} (apt-get install iproute2 coturn; namespaces need root)")
    with open_namespace() as near, open_namespace() as far:
        yield near, far


@pytest.fixture
async def ground(machines: tuple[Namespace, Namespace]) -> AsyncIterator[Ground]:
    near, far = machines
    link = await open_link(near, far, "link0", SEED)
    near.configure("link0", f"{Ground.browser}/24", "fd77::2/64")
    far.configure("link0", *(f"{one}/24" for one in (Ground.server, Ground.second)), "fd77::1/64", "fd77::3/64")
    yield Ground(near, far, link)
    await link.close()


@pytest.fixture
async def processes() -> AsyncIterator[Processes]:
    """Those in it are ended after the test."""
    started: Processes = []
    yield started
    for process in started:
        if process.returncode is None:
            process.terminate()
    for process in started:
        await asyncio.wait_for(process.wait(), 10)


@pytest.fixture
async def relay(ground: Ground, processes: Processes, tmp_path: Path) -> Relay:
    return await open_relay(ground, processes, tmp_path)
