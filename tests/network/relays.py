"""A real coturn on the far machine, with the settings that ``giaoban turn config`` prints, and a client of it."""

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from signaling.turn import Relays
from tests.network.ground import Ground, Processes, start
from tests.network.namespaces import ROOT
from web.commands.turn import write_config
from web.config import Config
from web.tls import CertificateFiles, keep_self_signed

SECRET = "of the tests, and of nothing else but them"
URLS = (
    f"turn:{Ground.server}:3478?transport=udp",
    f"turn:{Ground.server}:3478?transport=tcp",
    f"turns:{Ground.server}:5349?transport=tcp",
)


@dataclass
class Relay:
    ground: Ground
    files: CertificateFiles
    media_port: int  # of an echo on the media's address
    strange_port: int  # of one on another address of the machine

    async def ask(
        self, url: str, identity: str = "account:1", peer: tuple[str, int] | None = None, **changed: object
    ) -> dict[str, Any]:
        (server,) = Relays((url,), SECRET, timedelta(hours=1)).issue(identity, datetime.now(UTC))
        order = {
            "url": url,
            "username": server.username,
            "credential": server.credential,
            "trusted": str(self.files.certificate),
            "peer": peer or (Ground.server, self.media_port),
            "count": 5,
        }
        argv = self.ground.near.command(sys.executable, "-m", "tests.network.relay_client")
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*argv, cwd=ROOT, stdin=pipe, stdout=pipe)
        out, _ = await asyncio.wait_for(process.communicate(json.dumps(order | changed).encode()), 15)
        answer: dict[str, Any] = json.loads(out)
        return answer


async def open_relay(ground: Ground, processes: Processes, folder: Path) -> Relay:
    """Start it, with an echo on the media's address and one on another, and wait until it serves."""
    files = keep_self_signed(folder, (Ground.server,), datetime.now(UTC))
    config = Config.model_validate({"data_dir": folder, "turn_urls": ",".join(URLS), "turn_secret": SECRET})
    path = folder / "turnserver.conf"
    path.write_text("\n".join(write_config(config, [Ground.server], (str(files.certificate), str(files.key)))) + "\n")
    ports = []
    for host in (Ground.server, Ground.second):
        echo = await start(processes, ground.far, "echo", host)
        assert echo.stdout is not None
        ports.append(int(await asyncio.wait_for(echo.stdout.readline(), 5)))
    argv = ["turnserver", "-c", str(path), "--pidfile", str(folder / "pid"), "-b", str(folder / "users.sqlite")]
    with (folder / "turnserver.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*ground.far.command(*argv), stdout=log, stderr=log, cwd=folder)
    processes.append(process)
    made = Relay(ground, files, ports[0], ports[1])
    async with asyncio.timeout(15):
        while "relayed" not in await made.ask(URLS[1]):
            assert process.returncode is None, (folder / "turnserver.log").read_text()
    return made
