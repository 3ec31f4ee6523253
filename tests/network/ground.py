"""Two machines with a link between them, and Python programs on either."""

import asyncio
import sys
from dataclasses import dataclass

from tests.network.namespaces import ROOT, Link, Namespace

Processes = list[asyncio.subprocess.Process]


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


async def start(
    processes: Processes, where: Namespace, *arguments: str, module: str = "tests.network.talk"
) -> asyncio.subprocess.Process:
    argv = where.command(sys.executable, "-m", module, *arguments)
    process = await asyncio.create_subprocess_exec(*argv, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    processes.append(process)
    return process
