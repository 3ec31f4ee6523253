"""A private PostgreSQL server on a socket of its own, for as long as it is needed."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import asyncpg

SERVERS = Path("/usr/lib/postgresql")  # where Debian keeps the binaries of each version
FAST = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


def find_postgresql() -> Path | None:
    """The folder of the newest server's binaries; ``None`` when there is none or root has no one to run it as."""
    found = [path.parent for path in SERVERS.glob("*/bin/initdb")]
    usable = os.geteuid() != 0 or server_user() is not None
    return max(found, key=lambda path: int(path.parent.name), default=None) if usable else None


def server_user() -> str | None:
    """PostgreSQL refuses to run as root; Debian makes a user for it."""
    return next(
        (name for name in ("postgres", "nobody") if any(entry.pw_name == name for entry in pwd.getpwall())), None
    )


@contextmanager
def run_postgresql(binaries: Path, settings: tuple[str, ...] = FAST) -> Iterator[str]:
    """Run a server with an empty database; gives its address. It is gone afterwards, however that comes about."""
    with tempfile.TemporaryDirectory(prefix="giaoban-pg-", ignore_cleanup_errors=True) as name:
        folder, user = Path(name), server_user() if os.geteuid() == 0 else None
        if user is not None:
            shutil.chown(folder, user)
        server = _start(binaries, folder, user, settings)
        try:
            _wait(server, binaries, folder)
            url = f"postgresql+asyncpg://giaoban@/giaoban?host={folder}"
            run_sql(url, "CREATE DATABASE giaoban")
            yield url
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)


def _start(binaries: Path, folder: Path, user: str | None, settings: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    data = folder / "data"
    initdb: list[str | Path] = [binaries / "initdb", "-D", data, "-U", "giaoban", "-A", "trust"]
    initdb += ["-E", "UTF8", "--no-locale", "--no-sync"]
    subprocess.run(initdb, check=True, capture_output=True, user=user, cwd=folder)
    command: list[str | Path] = [binaries / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", *settings]
    if shutil.which("setpriv"):
        command = ["setpriv", "--pdeathsig", "INT", *command]  # it must not outlive us, however we end
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, user=user, cwd=folder, stdout=log, stderr=log)


def _wait(server: "subprocess.Popen[bytes]", binaries: Path, folder: Path) -> None:
    ready: list[str | Path] = [binaries / "pg_isready", "-q", "-h", folder]
    while server.poll() is None and subprocess.run(ready).returncode != 0:
        time.sleep(0.05)  # it has no way to call back
    if server.poll() is not None:
        raise RuntimeError((folder / "log").read_text())


def run_sql(url: str, statement: str) -> None:
    """One statement over a connection of its own, outside a transaction (``CREATE DATABASE`` needs that)."""

    async def run() -> None:
        connection = await asyncpg.connect(url.replace("+asyncpg", "").replace("/giaoban?", "/postgres?"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, run()).result()
