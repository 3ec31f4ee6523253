"""The exchange through a folder that a connector of the axis reads and writes."""

import asyncio
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from meetings.exchange.troubles import SendingFailed, Trouble
from meetings.private_files import write_private
from web.exchange.carrying import LARGEST_STATUS, Arrived

OUT, IN, DONE = "out", "in", "in/done"
MOST = 100


class FolderCarrier:
    """A package appears in ``out`` under its name all at once; statuses that were read lie in ``in/done``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._left: set[tuple[str, int]] = set()  # by name and time: what is no status is not read again and again

    async def send(self, name: str, package: bytes) -> None:
        try:
            await asyncio.to_thread(self._write, name, package)
        except OSError as error:
            raise SendingFailed(Trouble.UNREACHABLE, error.strerror or "") from error

    def _write(self, name: str, package: bytes) -> None:
        target = self._folder / OUT
        target.mkdir(parents=True, exist_ok=True)
        kept = target / f".{name}.{secrets.token_hex(4)}"
        try:
            write_private(kept, package)
            kept.replace(target / name)
        finally:
            kept.unlink(missing_ok=True)

    async def fetch(self) -> Sequence[Arrived]:
        try:
            return await asyncio.to_thread(self._read)
        except OSError as error:
            raise SendingFailed(Trouble.UNREACHABLE, error.strerror or "") from error

    def _read(self) -> list[Arrived]:
        found: list[Arrived] = []
        folder = self._folder / IN
        if not folder.is_dir():
            return found
        for entry in sorted(os.scandir(folder), key=lambda each: each.name):
            told = entry.stat(follow_symlinks=False)
            plain = entry.is_file(follow_symlinks=False) and entry.name.endswith((".xml", ".edxml"))
            if not plain or told.st_size > LARGEST_STATUS or (entry.name, told.st_mtime_ns) in self._left:
                continue
            found.append(Arrived(entry.name, Path(entry.path).read_bytes()))
            if len(found) == MOST:
                break
        return found

    async def finish(self, key: str) -> None:
        try:
            await asyncio.to_thread(self._move, key)
        except OSError as error:
            raise SendingFailed(Trouble.UNREACHABLE, error.strerror or "") from error

    def _move(self, key: str) -> None:
        (self._folder / DONE).mkdir(exist_ok=True)
        (self._folder / IN / key).replace(self._folder / DONE / key)

    async def leave(self, key: str) -> None:
        try:
            told = await asyncio.to_thread((self._folder / IN / key).stat)
        except FileNotFoundError:  # somebody else took it
            return
        except OSError as error:
            raise SendingFailed(Trouble.UNREACHABLE, error.strerror or "") from error
        self._left.add((key, told.st_mtime_ns))

    async def close(self) -> None:
        self._left.clear()
