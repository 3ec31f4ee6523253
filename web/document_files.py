"""Files of official documents in the documents' folder: written for the server alone, under names of our own."""

import asyncio
import hashlib
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from meetings.errors import N_, Conflict, Invalid, NotFound
from meetings.private_files import write_private
from web.middlewares import require_token
from web.paper_files import EMPTY, find_file
from web.uploads import list_parts, read_chunks, read_text

log = logging.getLogger(__name__)

FOLDER = "invitations"
SIGNED_MB = 20  # a scan of some pages has a few
TOO_LARGE = N_("Tệp lớn hơn {limit} MB nên không nhận. Hãy quét lại ở độ phân giải 200 dpi hoặc nén tệp.")
DAMAGED = N_("Tệp lưu trên máy chủ không khớp mã băm đã ghi nên không được tải về. Hãy báo quản trị hệ thống.")
# What is in such a file came from outside: it is saved, never shown by us, and may do nothing where it is opened.
GUARDED = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}


async def receive_file(request: web.Request) -> tuple[dict[str, str], bytes]:
    """The short fields and the file of a form. The token comes before the file, or nothing is read of it."""
    token, texts, data = request.headers.get("X-CSRF-Token", ""), {}, b""
    async for part in list_parts(request):
        if part.name == "file":
            require_token(request, token)
            data = await read_upload(read_chunks(part))
            continue
        text = await read_text(part)
        if part.name == "csrf_token":
            token = text
        elif part.name:
            texts[part.name] = text
    require_token(request, token)
    if not data:
        raise Invalid(EMPTY, field="file")
    return texts, data


async def read_upload(chunks: AsyncIterator[bytes]) -> bytes:
    """The whole of a file that is not too large. ``Invalid`` at the byte that is too many."""
    data = bytearray()
    async for chunk in chunks:
        data += chunk
        if len(data) > SIGNED_MB * 2**20:
            raise Invalid(TOO_LARGE, field="file", limit=SIGNED_MB)
    if not data:
        raise Invalid(EMPTY, field="file")
    return bytes(data)


async def keep_document(documents: Path, data: bytes, ending: str) -> str:
    """Its name, relative to the documents' folder."""
    name = f"{FOLDER}/{secrets.token_hex(16)}.{ending}"
    await asyncio.to_thread(_write, documents / name, data)
    return name


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    write_private(path, data)


@asynccontextmanager
async def dropping(documents: Path, *names: str) -> AsyncIterator[None]:
    """Files that the books do not come to know are not kept."""
    try:
        yield
    except BaseException:
        for name in names:
            await drop_document(documents, name)
        raise


async def drop_document(documents: Path, name: str) -> None:
    """Of a file that the books never came to know."""
    found = find_file(documents, name)
    if found is not None:
        await asyncio.to_thread(found.unlink, missing_ok=True)


async def read_document(documents: Path, name: str, sha256: str) -> bytes:
    """The file, when it is still the one that was kept."""
    found = find_file(documents, name)
    if found is None:
        raise NotFound(N_("Tệp của văn bản này không còn trên máy chủ. Hãy báo quản trị hệ thống."))
    data = await asyncio.to_thread(found.read_bytes)
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        log.error("document %s is not what was kept", name)
        raise Conflict(DAMAGED)
    return data
