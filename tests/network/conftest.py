"""Two machines with a link between them whose quality the test chooses."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from tests.network.namespaces import Link, Namespace, close_link, find_missing, open_link, open_namespace

SEED = 20261124


@dataclass
class Ground:
    """``near``: where the browser is. ``far``: where the server is, with two addresses of each kind."""

    near: Namespace
    far: Namespace
    link: Link
    server = "10.77.0.1"
    second = "10.77.0.3"
    server6 = "fd77::1"
    second6 = "fd77::3"
    browser = "10.77.0.2"


@pytest.fixture
def machines() -> Iterator[tuple[Namespace, Namespace]]:
    missing = find_missing()
    if missing:
        text = f"missing: {', '.join(missing)} (apt-get install iproute2 coturn; namespaces need root)"
        if os.environ.get("CI") == "true":
            pytest.fail(text)
        pytest.skip(text)
    with open_namespace() as near, open_namespace() as far:
        yield near, far


@pytest.fixture
async def ground(machines: tuple[Namespace, Namespace]) -> AsyncIterator[Ground]:
    near, far = machines
    link = await open_link(near, far, "link0", SEED)
    near.configure("link0", f"{Ground.browser}/24", "fd77::2/64")
    far.configure("link0", *(f"{one}/24" for one in (Ground.server, Ground.second)), "fd77::1/64", "fd77::3/64")
    yield Ground(near, far, link)
    await close_link(link)


@pytest.fixture
async def processes() -> AsyncIterator[list[asyncio.subprocess.Process]]:
    """Those in it are ended after the test."""
    started: list[asyncio.subprocess.Process] = []
    yield started
    for process in started:
        if process.returncode is None:
            process.terminate()
    for process in started:
        await asyncio.wait_for(process.wait(), 10)
