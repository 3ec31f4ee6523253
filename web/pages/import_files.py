"""Files that are looked at before they are taken: read within limits, and kept for an hour for the second step.

One that was looked at waits in a private folder under a name that only its page knows.
"""

import secrets
from pathlib import Path

from aiohttp import web

from meetings.errors import N_, Invalid
from meetings.private_files import write_private
from web.inputs import clean
from web.keys import CONFIG, now_of
from web.middlewares import require_token
from web.table_files import LARGEST_FILE
from web.uploads import list_parts, read_chunks, read_text

KEPT_SECONDS = 3600
GONE = N_("Tệp đã xem trước không còn trên máy chủ. Hãy chọn lại tệp.")


async def receive_file(request: web.Request, values: dict[str, str]) -> tuple[str, bytes]:
    """The file's name and bytes; the form's token comes before them, as do those of ``values`` that it fills in."""
    token = request.headers.get("X-CSRF-Token", "")
    async for part in list_parts(request):
        if part.name == "csrf_token":
            token = await read_text(part)
        elif part.name in values:
            values[part.name] = clean(await read_text(part))
        elif part.name == "file" and part.filename:
            require_token(request, token)
            data = bytearray()
            async for chunk in read_chunks(part):
                data += chunk
                if len(data) > LARGEST_FILE:
                    raise Invalid(N_("Tệp lớn quá {most} MB."), field="file", most=LARGEST_FILE // 1024**2)
            return part.filename, bytes(data)
    require_token(request, token)
    raise Invalid(N_("Hãy chọn tệp cần nhập."), field="file")


def _folder(request: web.Request) -> Path:
    folder = request.app[CONFIG].data_dir / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def keep_file(request: web.Request, data: bytes) -> str:
    """Keep the file for its second step, and let go of those whose time is over."""
    now = now_of(request).timestamp()
    for old in _folder(request).iterdir():
        if now - old.stat().st_mtime > KEPT_SECONDS:
            old.unlink(missing_ok=True)
    token = secrets.token_hex(16)
    write_private(_folder(request) / token, data)
    return token


def find_file(request: web.Request, token: str) -> Path | None:
    if len(token) != 32 or set(token) - set("0123456789abcdef"):
        return None
    path = _folder(request) / token
    return path if path.is_file() else None
