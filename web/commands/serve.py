"""``giaoban serve``: the pages, the rooms, the media process and the workers, until SIGINT or SIGTERM."""

import asyncio
import fcntl
import logging
import os
import resource
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Annotated

import typer
from aiohttp import web

from signaling.embedded import EmbeddedEngine, EngineFailed
from signaling.media import MediaSettings
from signaling.sfu import Sfu
from web.app import create_app
from web.children import Child, worker_children
from web.commands.demo import load_if_empty, tell_accounts
from web.commands.running import read_config, refuse, run_with_database, utc_now
from web.config import Config
from web.database import Database
from web.i18n import translate
from web.logs import open_log
from web.migrations import current_revision
from web.room_store import DatabaseRoomStore

log = logging.getLogger(__name__)

MOST_FILES = 65_536
PAGES_SECONDS = 2.0  # how long open requests may take to finish when the server stops


def serve(
    demo: Annotated[bool, typer.Option("--demo", help="Load the demo data first if the database is empty.")] = False,
) -> None:
    """Serve the pages and the rooms, with the media process and the workers, until SIGINT or SIGTERM.

    The database is brought up to date first. Settings come from the environment (GIAOBAN_*, see the README).
    """
    config = read_config()
    open_log(config)
    raise_file_limit()
    with only_server(config):
        run_with_database(config, current_revision)  # which brings it up to date first
        if demo:
            load_if_empty(config)
        asyncio.run(run(config, demo))


def raise_file_limit() -> None:
    """Every open page and every room's socket is a file, and the usual limit of 1,024 is one for old programs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextmanager
def only_server(config: Config) -> Iterator[None]:
    """Hold the data folder: two servers on one folder would each believe that the rooms are theirs."""
    with (config.data_dir / "serve.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            refuse(
                f"another server runs on the data folder {config.data_dir.resolve()}; "
                "stop it, or give this one its own folder with GIAOBAN_DATA_DIR"
            )
        yield


async def run(config: Config, demo: bool) -> None:
    """Serve until a signal asks to stop; then end rooms, pages, processes and database, in that order."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        database = Database(config.sqlalchemy_url)
        stack.push_async_callback(database.close)
        engine = EmbeddedEngine(media_settings(config))
        try:
            await engine.start()
        except EngineFailed as error:
            refuse(f"{error}; choose others with GIAOBAN_HOST, GIAOBAN_MEDIA_PORT and GIAOBAN_MEDIA_TCP_PORT")
        children = worker_children(config.workers)
        stack.push_async_callback(stop_processes, engine, children)
        sfu = Sfu(engine, DatabaseRoomStore(database), utc_now, translate=translate)
        await sfu.start()
        for child in children:
            child.start()
        address = await stack.enter_async_context(site(create_app(config, database, sfu, utc_now), config))
        stack.push_async_callback(sfu.close)
        typer.echo(f"Giao Ban: {address}")
        if demo:
            tell_accounts()
        await stop.wait()
        log.info("stopping")


def media_settings(config: Config) -> MediaSettings:
    return MediaSettings(
        address=config.host,
        port=config.udp_port,
        announce=config.media_address,
        recordings=config.recordings.resolve(),
        disk_floor_bytes=config.disk_floor_mb * 2**20,
        last_n=config.last_n,
        tcp_port=config.tcp_port,
    )


async def stop_processes(engine: EmbeddedEngine, children: Sequence[Child]) -> None:
    """All at the same time: each may take some seconds, and the whole has eight."""
    await asyncio.gather(engine.stop(), *(child.stop() for child in children))


@asynccontextmanager
async def site(app: web.Application, config: Config) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=PAGES_SECONDS, handle_signals=False)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, config.host, config.port).start()
        except OSError as error:
            refuse(
                f"cannot listen on {config.host} port {config.port} ({os.strerror(error.errno or 0)}); "
                "choose another with GIAOBAN_PORT"
            )
        yield config.origin or f"http://{bracketed(config.host)}:{config.port}"
    finally:
        await runner.cleanup()


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
