"""The media process: ``python -m signaling.media FD SETTINGS LOG_LEVEL``.

Reads commands from and writes events to the inherited socket FD, JSON lines (``engine_json.py``). It ends, finishing
its files, when the socket closes, so also when its parent is killed, and on SIGTERM. SIGINT is the parent's business.
"""

import asyncio
import ctypes
import json
import logging
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from signaling.conference import Conference
from signaling.dtls import Certificate
from signaling.engine import EngineReady, Event
from signaling.engine_json import EngineMessageError, LogLine, read_command, write_message
from signaling.ice import choose_addresses
from signaling.peer import Site
from signaling.udp import UdpPort, bind_socket

logger = logging.getLogger("signaling.media")  # also where this file is the main module

EXIT_PORT_TAKEN = 3
EXIT_PARENT_STUCK = 4
EXIT_TCP_PORT_TAKEN = 5
MAX_LINE = 1 << 20
MAX_UNREAD = 32 << 20
PR_SET_PDEATHSIG = 1  # linux/prctl.h
TICK_SECONDS, SPEAKING_SECONDS, CHECK_SECONDS = 0.05, 0.25, 1.0


@dataclass(frozen=True)
class MediaSettings:
    """``announce``: addresses for browsers, separated by commas; empty: those of the machine. ``last_n``: most cameras
    to a viewer. ``tcp_port``: of media over TCP; 0: any; None: none.
    """

    address: str
    port: int
    announce: str
    recordings: Path
    disk_floor_bytes: int
    last_n: int = 9
    tcp_port: int | None = None

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "recordings": str(self.recordings)})

    @classmethod
    def from_json(cls, text: str) -> "MediaSettings":
        record = json.loads(text)
        return cls(**{**record, "recordings": Path(record["recordings"])})

    def list_announced(self) -> list[str]:
        return [one.strip() for one in self.announce.split(",") if one.strip()]


class Channel:
    """The socket to the parent. ``closed`` is set when it is to end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.closed = asyncio.Event()
        self.stuck = False

    def report(self, message: Event | LogLine) -> None:
        if self._writer.is_closing():
            return
        self._writer.write(write_message(message))
        if self._writer.transport.get_write_buffer_size() > MAX_UNREAD:
            self.stuck = True
            self.closed.set()

    async def serve(self, conference: Conference) -> None:
        """Carry out commands until the parent closes the socket."""
        try:
            while line := await self._reader.readline():
                self._carry_out(conference, line)
        except (ConnectionError, ValueError) as error:
            logger.error("the parent's socket broke: %s", error)
        self.closed.set()

    def _carry_out(self, conference: Conference, line: bytes) -> None:
        try:
            conference.tell(read_command(line))
        except EngineMessageError as error:
            logger.error("a command was not understood: %s", error)
        except Exception:
            # A fault in one room's command must not end every other room; it stands in the log with its traceback.
            logger.exception("a command failed")

    async def close(self) -> None:
        try:
            await asyncio.wait_for(self._writer.drain(), 1.0)
        except (TimeoutError, ConnectionError):
            logger.debug("the parent took no more events")
        self._writer.close()


class _ChannelLog(logging.Handler):
    """Hands what is logged to the parent, whose log has one shape for all processes."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        self._channel.report(LogLine(record.levelno, record.name, self.format(record), getattr(record, "room", None)))


def _repeat(seconds: float, action: Callable[[], None]) -> None:
    """Call ``action`` every so often; the loop logs what it raises, and the next call comes all the same."""

    def run() -> None:
        asyncio.get_running_loop().call_later(seconds, run)
        action()

    run()


def _die_with_parent() -> None:
    """A belt to the socket's braces: the kernel sends SIGTERM when the parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


async def open_port(settings: MediaSettings) -> UdpPort | int:
    """Bind what the settings name; return the exit status where that cannot be had."""
    try:
        bound = await bind_socket(settings.address, settings.port)
    except OSError as error:
        print(f"signaling.media: UDP {settings.address}:{settings.port}: {error.strerror}", file=sys.stderr)
        return EXIT_PORT_TAKEN
    if settings.tcp_port is None:
        return UdpPort(bound)
    try:
        return UdpPort(bound, await bind_socket(settings.address, settings.tcp_port, socket.SOCK_STREAM))
    except OSError as error:
        print(f"signaling.media: TCP {settings.address}:{settings.tcp_port}: {error.strerror}", file=sys.stderr)
        bound.close()
        return EXIT_TCP_PORT_TAKEN


async def run_media(descriptor: int, settings: MediaSettings) -> int:
    """Serve until the parent is gone or SIGTERM comes; return the exit status."""
    channel = Channel(*await asyncio.open_connection(sock=socket.socket(fileno=descriptor), limit=MAX_LINE))
    logging.getLogger().addHandler(_ChannelLog(channel))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, channel.closed.set)
    port = await open_port(settings)
    if isinstance(port, int):
        await channel.close()
        return port
    site = Site(port, Certificate(), choose_addresses(port.host, settings.list_announced()))
    conference = Conference(site, settings.recordings, settings.disk_floor_bytes, channel.report, settings.last_n)
    port.start()
    _repeat(TICK_SECONDS, conference.tick)
    _repeat(SPEAKING_SECONDS, conference.tell_speakers)
    _repeat(CHECK_SECONDS, conference.check)
    _repeat(CHECK_SECONDS, port.check)
    channel.report(EngineReady())
    beside = f" and TCP port {port.tcp.number}" if port.tcp else ""
    logger.info("media on UDP port %d%s, announced as %s", port.number, beside, ", ".join(site.addresses))
    serving = asyncio.create_task(channel.serve(conference))
    await channel.closed.wait()
    await conference.close()
    await channel.close()
    serving.cancel()
    port.close()
    return EXIT_PARENT_STUCK if channel.stuck else 0


def main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with_parent()
    descriptor, settings, level = int(sys.argv[1]), MediaSettings.from_json(sys.argv[2]), int(sys.argv[3])
    logging.getLogger().setLevel(level)
    return asyncio.run(run_media(descriptor, settings))


if __name__ == "__main__":
    sys.exit(main())
