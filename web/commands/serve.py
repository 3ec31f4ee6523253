"""``giaoban serve``: the pages, the rooms, the media process and the workers, until SIGINT or SIGTERM."""

import asyncio
import fcntl
import logging
import os
import resource
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from aiohttp import web

from meetings.errors import Invalid
from signaling.embedded import EmbeddedEngine, EngineFailed
from signaling.media import MediaSettings
from signaling.sfu import Sfu, SfuSettings
from signaling.turn import Relays
from web.app import create_app
from web.children import Child, worker_children
from web.commands.demo import load_if_empty, tell_accounts
from web.commands.running import read_config, refuse, run_with_database, utc_now
from web.config import Config
from web.database import Database
from web.exchange.exchange import Exchange
from web.i18n import translate
from web.logs import open_log
from web.mail.post import Post
from web.migrations import current_revision
from web.room_store import DatabaseRoomStore
from web.tls import (
    CertificateFiles,
    CertificateUnusable,
    ServedCertificate,
    keep_self_signed,
    list_names,
    read_fingerprint,
)

log = logging.getLogger(__name__)

MOST_FILES = 65_536
CERTIFICATE_SECONDS = 3600.0
PAGES_SECONDS = 2.0  # how long open requests may take to finish when the server stops


class OwnCertificate(StrEnum):
    """Which certificate the server makes for itself."""

    SELF_SIGNED = "self-signed"


def serve(
    demo: Annotated[bool, typer.Option("--demo", help="Load the demo data first if the database is empty.")] = False,
    tls: Annotated[OwnCertificate | None, typer.Option(help="Serve https:// with a certificate made here.")] = None,
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
        asyncio.run(run(config, demo, open_certificate(config, tls)))


def open_certificate(config: Config, own: OwnCertificate | None) -> ServedCertificate | None:
    """That of the settings, or the server's own; None: the pages are served without TLS."""
    given = CertificateFiles(Path(config.tls_certificate), Path(config.tls_key))
    if not config.tls_certificate and own is None:
        return None

    def find(now: datetime) -> CertificateFiles:
        if config.tls_certificate:
            return given
        return keep_self_signed(config.data_dir, list_names(config.host), now)

    try:
        return ServedCertificate(find, utc_now())
    except (CertificateUnusable, OSError) as error:
        refuse(f"no certificate to serve with: {error}; see GIAOBAN_TLS_CERTIFICATE and GIAOBAN_TLS_KEY")


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


async def run(config: Config, demo: bool, certificate: ServedCertificate | None) -> None:
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
            refuse(
                f"{error}; choose others with GIAOBAN_HOST, GIAOBAN_PORT, GIAOBAN_MEDIA_PORT and GIAOBAN_MEDIA_TCP_PORT"
            )
        children = worker_children(config.workers)
        stack.push_async_callback(stop_processes, engine, children)
        store = DatabaseRoomStore(database, config.room_capacity, config.ballots)
        sfu = Sfu(engine, store, utc_now, sfu_settings(config), translate)
        await sfu.start()
        for child in children:
            child.start()
        pages = site(create_app(config, database, sfu, utc_now), config, certificate)
        address = await stack.enter_async_context(pages)
        stack.push_async_callback(sfu.close)
        post = Post(config, database, utc_now, address)
        post.start()
        stack.push_async_callback(post.stop)
        if config.exchanges:
            exchange = open_exchange(config, database)
            exchange.start()
            stack.push_async_callback(exchange.stop)
        typer.echo(f"Giao Ban: {address}")
        if certificate is not None:
            typer.echo(f"Certificate (SHA-256): {read_fingerprint(certificate.files.certificate)}")
            watching = asyncio.create_task(watch_certificate(certificate))
            stack.callback(watching.cancel)
        if demo:
            tell_accounts()
        await stop.wait()
        log.info("stopping")


def open_exchange(config: Config, database: Database) -> Exchange:
    try:
        return Exchange(config, database, utc_now)
    except Invalid as error:
        refuse(f"the code table of GIAOBAN_EXCHANGE_GATEWAY cannot be used: {error}")


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


def sfu_settings(config: Config) -> SfuSettings:
    secret, lifetime = config.turn_secret.get_secret_value(), timedelta(hours=config.turn_hours)
    return SfuSettings(ice_servers=Relays(config.turn_servers, secret, lifetime).issue)


async def watch_certificate(certificate: ServedCertificate) -> None:
    """Once an hour: a certificate that was renewed, by its owner or here, is used without a restart."""
    while True:
        await asyncio.sleep(CERTIFICATE_SECONDS)
        try:
            if certificate.refresh(utc_now()):
                log.info("the certificate was renewed: %s", read_fingerprint(certificate.files.certificate))
        except (CertificateUnusable, OSError) as error:
            log.error("the new certificate cannot be used, the old one is kept: %s", error)


async def stop_processes(engine: EmbeddedEngine, children: Sequence[Child]) -> None:
    """All at the same time: each may take some seconds, and the whole has eight."""
    await asyncio.gather(engine.stop(), *(child.stop() for child in children))


@asynccontextmanager
async def site(
    app: web.Application, config: Config, certificate: ServedCertificate | None = None
) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=PAGES_SECONDS, handle_signals=False)
    await runner.setup()
    try:
        try:
            context = certificate.context if certificate else None
            await web.TCPSite(runner, config.host, config.port, ssl_context=context).start()
        except OSError as error:
            refuse(
                f"cannot listen on {config.host} port {config.port} ({os.strerror(error.errno or 0)}); "
                "choose another with GIAOBAN_PORT"
            )
        yield config.origin or f"{'https' if certificate else 'http'}://{name_host(config.host)}:{config.port}"
    finally:
        await runner.cleanup()


def name_host(bound: str) -> str:
    """What to write into a browser's address bar; where all addresses are served, the first of the machine's own."""
    host = list_names(bound)[0]
    return f"[{host}]" if ":" in host else host
