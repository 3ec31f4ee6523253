"""The archive's work on files, in processes of their own: packages stream out of one, large files are hashed in one."""

import asyncio
import contextlib
import json
import logging
import os
import pickle
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from meetings.errors import N_, Conflict
from transcripts.archive.destructions import delete_files, note_deleted
from transcripts.archive.gathering import Folders
from transcripts.archive.packing import Plan, hash_files
from transcripts.archive.reviewing import give_notices, needs_notice, review
from transcripts.archive.store import list_destructions, list_unhashed, note_hash
from transcripts.archive_models import DestructionState
from web.config import Config
from web.database import Database
from web.i18n import today
from web.press import run_apart

log = logging.getLogger(__name__)

FAILED = N_("Không lập được gói hồ sơ. Hãy thử lại; nếu vẫn lỗi, báo quản trị hệ thống.")
BLOCK = 2**18
HASHING = 50.0  # seconds for the files of one round
AT_ONCE = 5  # files of one round
YOUNGEST = timedelta(days=300)  # before that nothing is due: terms and the handing over are counted in years


@dataclass(frozen=True)
class Opened:
    """A package on its way: what it will be, and its bytes."""

    head: str
    seal: str
    size: int
    chunks: AsyncIterator[bytes]


def folders_of(config: Config) -> Folders:
    return Folders(config.recordings, config.documents, config.papers)


@asynccontextmanager
async def open_package(plan: Plan) -> AsyncIterator[Opened]:
    """``Conflict`` before the first byte when a file is not what was kept; later the bytes end with an error."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "web.archive_process",
        str(os.getpid()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 - both are pipes
    try:
        child.stdin.write(pickle.dumps(plan))
        child.stdin.close()
        line = await child.stdout.readline()
        told: dict[str, Any] = json.loads(line) if line else {"message": FAILED, "values": {}}
        if "message" in told:
            raise Conflict(told["message"], **told["values"])
        yield Opened(told["head"], told["seal"], told["size"], _read(child, child.stdout))
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()


async def _read(child: asyncio.subprocess.Process, out: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while chunk := await out.read(BLOCK):
        yield chunk
    if await child.wait() != 0:
        raise ConnectionError("a package broke off")


async def hash_recordings(database: Database, config: Config, now: datetime) -> None:
    """Of recordings that are whole, some at a time."""
    async with database.read() as session:
        wanted = await list_unhashed(session)
    chosen: list[tuple[int, str, int]] = []
    for meeting_id, path, known in wanted:
        file = config.recordings / path
        found = await asyncio.to_thread(file.stat) if await asyncio.to_thread(file.is_file) else None
        if found is not None and known != (found.st_size, found.st_mtime_ns):
            chosen.append((meeting_id, path, found.st_mtime_ns))
        if len(chosen) == AT_ONCE:
            break
    if not chosen:
        return
    hashes = await run_apart(HASHING, hash_files, [str(config.recordings / path) for _, path, _ in chosen])
    async with database.write() as session:
        for (meeting_id, path, changed_ns), (sha256, size) in zip(chosen, hashes, strict=True):
            await note_hash(session, meeting_id, path, (sha256, size, changed_ns), now)


async def finish_destructions(database: Database, config: Config, now: datetime) -> None:
    """Delete what was decided; after a crash in between, what is left of it."""
    async with database.read() as session:
        rows = await list_destructions(session, states=(DestructionState.APPROVED,))
    roots = {"recordings": config.recordings, "documents": config.documents, "papers": config.papers}
    for row in rows:
        deleted = await asyncio.to_thread(delete_files, roots, row.files)
        async with database.write() as session:
            await note_deleted(session, row.id or 0, deleted, now)
        log.info("destruction %s: %s files deleted", row.id, deleted)


async def tell_of_ends(database: Database, config: Config, now: datetime) -> None:
    """Thirty days before; once a day is enough."""
    last = 0
    while True:
        async with database.read() as session:
            found = await review(session, config.keep_recordings_days, last, now - YOUNGEST)
        if not found:
            return
        last = found[-1].bundle.id
        if any(any(needs_notice(each, today(now))) for each in found):
            async with database.write() as session:
                await give_notices(session, found, now)
