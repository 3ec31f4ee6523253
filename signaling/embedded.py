"""The engine that comes with the program: the media process as a child, started again when it dies."""

import asyncio
import logging
import socket
import sys
from asyncio.subprocess import Process
from collections import deque

from signaling.engine import Command, EngineLost, EngineReady, Event
from signaling.engine_json import EngineMessageError, LogLine, read_event, write_message
from signaling.media import EXIT_PORT_TAKEN, EXIT_TCP_PORT_TAKEN, MAX_LINE, MAX_UNREAD, MediaSettings

__all__ = ["EmbeddedEngine", "EngineFailed", "MediaSettings"]

logger = logging.getLogger(__name__)

START_SECONDS = 15.0
STOP_SECONDS = 2.5
BACKOFF_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0)
MAX_WAITING = 10_000


class EngineFailed(Exception):
    """The media process did not start; the text says why."""


class EmbeddedEngine:
    """Keeps one media process running. Commands told while there is none wait for the next."""

    def __init__(self, settings: MediaSettings) -> None:
        self._settings = settings
        self._events: asyncio.Queue[Event] = asyncio.Queue(MAX_WAITING)
        self._waiting: deque[bytes] = deque(maxlen=MAX_WAITING)
        self._writer: asyncio.StreamWriter | None = None  # while the process takes commands
        self._channel: asyncio.StreamWriter | None = None
        self._process: Process | None = None
        self._ready = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._exit_code: int | None = None

    async def start(self) -> None:
        """Start the media process and return when it takes commands. Raises EngineFailed."""
        self._task = asyncio.create_task(self._supervise())
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait({self._task, ready}, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._ready.is_set() and not self._stopping.is_set():
            return
        await self.stop()
        if self._exit_code == EXIT_PORT_TAKEN:
            raise EngineFailed(f"UDP port {self._settings.port} of {self._settings.address} cannot be used")
        if self._exit_code == EXIT_TCP_PORT_TAKEN:
            raise EngineFailed(f"TCP port {self._settings.tcp_port} of {self._settings.address} cannot be used")
        raise EngineFailed(f"the media process did not start (status {self._exit_code})")

    def tell(self, command: Command) -> None:
        line = write_message(command)
        if self._writer is None:
            self._waiting.append(line)
            return
        self._writer.write(line)
        if self._writer.transport.get_write_buffer_size() > MAX_UNREAD and self._process:
            logger.error("the media process takes no commands any more; it is started again")
            self._writer = None
            self._process.kill()

    async def next_event(self) -> Event:
        return await self._events.get()

    async def stop(self) -> None:
        """End the media process, which finishes its files; within 3 s."""
        self._stopping.set()
        if self._channel is not None and self._channel.can_write_eof() and not self._channel.is_closing():
            self._channel.write_eof()
        task = self._task
        if task is None:
            return
        await asyncio.wait([task], timeout=STOP_SECONDS)
        if not task.done():
            logger.error("the media process did not end in time and is killed")
            if self._process is not None and self._process.returncode is None:
                self._process.kill()
            await asyncio.wait([task], timeout=0.5)
            task.cancel()

    async def _supervise(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                was_ready = await self._run_process()
            except OSError as error:
                logger.error("the media process cannot be started: %s", error)
                was_ready = False
            failures = 0 if was_ready else failures + 1
            if self._stopping.is_set():
                return
            if not self._ready.is_set():
                return  # the first start failed: the caller decides
            logger.error("the media process ended with status %s", self._exit_code)
            if was_ready:
                await self._events.put(EngineLost())
            wait = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]
            try:
                await asyncio.wait_for(self._stopping.wait(), wait)
            except TimeoutError:
                continue

    async def _run_process(self) -> bool:
        """Run one process to its end; say whether it took commands."""
        ours, theirs = socket.socketpair()
        level = logging.getLogger(__package__).getEffectiveLevel()
        arguments = [str(theirs.fileno()), self._settings.to_json(), str(level)]
        # A process group of its own: Ctrl-C reaches the parent alone, which ends it in its turn.
        with theirs:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "signaling.media", *arguments, pass_fds=[theirs.fileno()], process_group=0
                )
            except OSError:
                ours.close()
                raise
        reader, self._channel = await asyncio.open_connection(sock=ours, limit=MAX_LINE)
        if self._stopping.is_set():
            self._channel.write_eof()
        was_ready = False
        try:
            while line := await reader.readline():
                was_ready = await self._take_line(line) or was_ready
        except (ConnectionError, ValueError) as error:
            logger.error("the media process's socket broke: %s", error)
            self._process.kill()
        finally:
            self._writer = None
            self._channel.close()
        self._exit_code = await self._process.wait()
        return was_ready

    async def _take_line(self, line: bytes) -> bool:
        try:
            event = read_event(line)
        except EngineMessageError as error:
            logger.error("an event was not understood: %s", error)
            return False
        if isinstance(event, LogLine):
            logging.getLogger(event.name).log(event.level, "%s", event.text, extra={"room": event.room})
            return False
        ready = isinstance(event, EngineReady)
        if ready:
            self._writer = self._channel
            while self._waiting and self._writer is not None:
                self._writer.write(self._waiting.popleft())
            self._ready.set()
        await self._events.put(event)
        return ready
