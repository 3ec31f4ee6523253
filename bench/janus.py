"""Debian's Janus with its VideoRoom, started for the bench and driven over its WebSocket API."""

import asyncio
import secrets
import shutil
import signal
import socket
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp

from bench.load import Publisher, Viewer
from bench.machine import BenchFailed, PeerAbsent

FOLDERS = Path("/usr/lib/x86_64-linux-gnu/janus")
START_SECONDS, ANSWER_SECONDS, KEEPALIVE_SECONDS = 15.0, 20.0, 20.0

GENERAL = """
general: {{
    configs_folder = "{folder}"
    plugins_folder = "{plugins}"
    transports_folder = "{transports}"
    debug_level = 2
    event_loops = 1
}}
media: {{ rtp_port_range = "20000-30000" }}
nat: {{ ice_lite = true, ice_tcp = false, nice_debug = false, ice_enforce_list = "{address}" }}
plugins: {{ disable = "{other_plugins}" }}
transports: {{ disable = "{other_transports}" }}
"""
WEBSOCKETS = """
general: {{ json = "compact", ws = true, ws_ip = "127.0.0.1", ws_port = {port}, wss = false }}
admin: {{ admin_ws = false, admin_wss = false }}
"""


def find_janus() -> str:
    """The program's path. Raises ``PeerAbsent``."""
    program = shutil.which("janus")
    if program is None or not FOLDERS.is_dir():
        raise PeerAbsent("janus")
    return program


class Janus:
    """``address`` is not a loopback one: Janus refuses those."""

    name = "janus"

    def __init__(self, address: str) -> None:
        self._address = address
        self._process: asyncio.subprocess.Process | None = None
        self._http: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting: dict[str, tuple[asyncio.Future[dict[str, Any]], bool]] = {}
        self._session = 0
        self._room = secrets.randbelow(1 << 30) + 1
        self._feeds: list[int] = []
        self._folder = tempfile.TemporaryDirectory(prefix="giaoban-janus-")

    @property
    def pid(self) -> int:
        if self._process is None:
            raise BenchFailed("janus is not running")
        return self._process.pid

    async def start(self) -> None:
        """Start it and make the room. Raises ``PeerAbsent``."""
        program = find_janus()
        port = self._configure()
        self._process = await asyncio.create_subprocess_exec(
            program, "-F", self._folder.name, "-o", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        self._http = aiohttp.ClientSession()
        self._socket = await self._connect(self._http, port)
        self._tasks = [asyncio.create_task(self._listen(self._socket)), asyncio.create_task(self._keep_alive())]
        self._session = (await self._request({"janus": "create"}))["data"]["id"]
        await self._tell(
            await self._attach(),
            {
                "request": "create",
                "room": self._room,
                "publishers": 100,
                "bitrate": 20_000_000,
                "videocodec": "vp8",
                "audiocodec": "opus",
                "transport_wide_cc_ext": True,
                "audiolevel_ext": True,
                "notify_joining": False,
            },
        )

    def _configure(self) -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        others = [
            ",".join(sorted(one.name for one in (FOLDERS / kind).glob("*.so") if kept not in one.name))
            for kind, kept in (("plugins", "videoroom"), ("transports", "websockets"))
        ]
        values = {"plugins": FOLDERS / "plugins", "transports": FOLDERS / "transports", "folder": self._folder.name}
        folder = Path(self._folder.name)
        (folder / "janus.jcfg").write_text(
            GENERAL.format(address=self._address, other_plugins=others[0], other_transports=others[1], **values)
        )
        (folder / "janus.plugin.videoroom.jcfg").write_text("general: {}\n")
        (folder / "janus.transport.websockets.jcfg").write_text(WEBSOCKETS.format(port=port))
        return port

    async def _connect(self, http: aiohttp.ClientSession, port: int) -> aiohttp.ClientWebSocketResponse:
        async with asyncio.timeout(START_SECONDS):
            while True:
                if self._process is not None and self._process.returncode is not None:
                    raise BenchFailed(f"janus ended with status {self._process.returncode}")
                with suppress(aiohttp.ClientError):
                    return await http.ws_connect(f"ws://127.0.0.1:{port}", protocols=["janus-protocol"], max_msg_size=0)
                await asyncio.sleep(0.1)  # it does not say when it is ready

    async def _listen(self, wire: aiohttp.ClientWebSocketResponse) -> None:
        async for message in wire:
            answer = message.json()
            waiting = self._waiting.get(answer.get("transaction", ""))
            # A request to a plugin is acknowledged first and answered by an event later.
            if waiting and not (answer["janus"] == "ack" and waiting[1]):
                del self._waiting[answer["transaction"]]
                waiting[0].set_result(answer)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(KEEPALIVE_SECONDS)
            await self._request({"janus": "keepalive"})

    async def _request(self, request: dict[str, Any], *, event: bool = False) -> dict[str, Any]:
        if self._socket is None:
            raise BenchFailed("janus is not connected")
        transaction = secrets.token_hex(6)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[transaction] = answer, event
        session = {"session_id": self._session} if self._session else {}
        await self._socket.send_json({**request, **session, "transaction": transaction})
        return await asyncio.wait_for(answer, ANSWER_SECONDS)

    async def _attach(self) -> int:
        return int((await self._request({"janus": "attach", "plugin": "janus.plugin.videoroom"}))["data"]["id"])

    async def _tell(self, handle: int, body: dict[str, Any], sdp: tuple[str, str] | None = None) -> dict[str, Any]:
        """Ask the plugin something; ``sdp`` is its type and text."""
        description = {"jsep": {"type": sdp[0], "sdp": sdp[1]}} if sdp else {}
        request = {"janus": "message", "handle_id": handle, "body": body, **description}
        answer = await self._request(request, event=True)
        if answer["janus"] == "error" or "error" in answer.get("plugindata", {}).get("data", {}):
            raise BenchFailed(f"janus refused {body['request']}: {answer}")
        return answer

    async def publish(self, publisher: Publisher) -> None:
        handle = await self._attach()
        joined = await self._tell(handle, {"request": "join", "ptype": "publisher", "room": self._room})
        self._feeds.append(joined["plugindata"]["data"]["id"])
        answer = await self._tell(handle, {"request": "publish"}, ("offer", publisher.write_offer()))
        publisher.take_answer(answer["jsep"]["sdp"])
        await asyncio.wait_for(publisher.peer.connected.wait(), ANSWER_SECONDS)  # it can be viewed from then on

    async def view(self, viewer: Viewer) -> None:
        """Receive everybody who publishes."""
        handle = await self._attach()
        streams = [{"feed": feed} for feed in self._feeds]
        offer = await self._tell(
            handle, {"request": "join", "ptype": "subscriber", "room": self._room, "streams": streams}
        )
        answer, begin = viewer.answer(offer["jsep"]["sdp"])
        await self._tell(handle, {"request": "start"}, ("answer", answer))
        begin()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._http is not None:
            await self._http.close()
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), 5)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        self._folder.cleanup()
