"""A real coturn with the settings that ``giaoban turn config`` prints, in a network that lets less and less through."""

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from signaling.turn import Relays
from tests.network.conftest import Ground
from tests.network.namespaces import ROOT
from tests.network.test_link import Processes, start
from tests.network.wire import Condition
from web.commands.turn import write_config
from web.config import Config
from web.tls import CertificateFiles, keep_self_signed

pytestmark = pytest.mark.network

SECRET = "of the tests, and of nothing else but them"
URLS = (
    f"turn:{Ground.server}:3478?transport=udp",
    f"turn:{Ground.server}:3478?transport=tcp",
    f"turns:{Ground.server}:5349?transport=tcp",
)
OPEN = {"udp": Condition(), "tcp": Condition(udp=False), "tls": Condition(udp=False, tcp_ports=(5349,))}


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


@pytest.fixture
async def relay(ground: Ground, processes: Processes, tmp_path: Path) -> Relay:
    files = keep_self_signed(tmp_path, (Ground.server,), datetime.now(UTC))
    config = Config.model_validate({"data_dir": tmp_path, "turn_urls": ",".join(URLS), "turn_secret": SECRET})
    path = tmp_path / "turnserver.conf"
    path.write_text("\n".join(write_config(config, [Ground.server], (str(files.certificate), str(files.key)))) + "\n")
    ports = []
    for host in (Ground.server, Ground.second):
        echo = await start(processes, ground.far, "echo", host)
        assert echo.stdout is not None
        ports.append(int(await asyncio.wait_for(echo.stdout.readline(), 5)))
    argv = ["turnserver", "-c", str(path), "--pidfile", str(tmp_path / "pid"), "-b", str(tmp_path / "users.sqlite")]
    with (tmp_path / "turnserver.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*ground.far.command(*argv), stdout=log, stderr=log, cwd=tmp_path)
    processes.append(process)
    made = Relay(ground, files, ports[0], ports[1])
    async with asyncio.timeout(15):
        while "relayed" not in await made.ask(URLS[1]):
            assert process.returncode is None, (tmp_path / "turnserver.log").read_text()
    return made


async def test_relay_carries_media_over_what_the_network_lets_through(relay: Relay) -> None:
    for condition, url in zip(OPEN.values(), URLS, strict=True):
        await relay.ground.link.change(condition)
        answer = await relay.ask(url)
        assert (url, answer.get("received"), answer["relayed"][0]) == (url, 5, Ground.server)
    assert "error" in await relay.ask(URLS[1])  # what is blocked is


async def test_relay_takes_no_wrong_or_expired_credentials(relay: Relay) -> None:
    (expired,) = Relays((URLS[1],), SECRET, timedelta(hours=1)).issue("a", datetime.now(UTC) - timedelta(hours=2))
    (strange,) = Relays((URLS[1],), SECRET[::-1], timedelta(hours=1)).issue("a", datetime.now(UTC))
    for server in (expired, strange):
        changed = {"username": server.username, "credential": server.credential}
        assert (await relay.ask(URLS[1], **changed))["error"] == 401
    assert (await relay.ask(URLS[1], username="account:1", credential=""))["error"] == 401


async def test_relay_sends_to_the_media_address_alone(relay: Relay) -> None:
    """The second address of the server would answer, the others are of private and local networks."""
    strangers = [Ground.second, "127.0.0.1", Ground.browser, "192.0.2.1", "169.254.169.254"]
    asked = [relay.ask(URLS[1], f"account:{host}", (host, relay.strange_port)) for host in strangers]
    answers = await asyncio.gather(*asked)
    assert [answer["received"] for answer in answers] == [0] * len(strangers)
