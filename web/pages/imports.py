"""Bringing in meetings from a file: look at what it would do first, then take it.

The file that was looked at waits in a private folder under a name that only its page knows, for an hour.
"""

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from meetings import permissions
from meetings.errors import N_, Invalid, NotAllowed
from meetings.import_actions import ImportResult, import_meetings
from meetings.import_table import Finding, Line, read_lines
from web.i18n import _
from web.inputs import read_form
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import render
from web.middlewares import require_token, streams_form
from web.pages.forms import explain, redirect
from web.private_files import write_private
from web.table_files import LARGEST_FILE, read_table
from web.uploads import list_parts, read_chunks, read_text

KEPT_SECONDS = 3600
SHOWN = 100  # faults and warnings on the page
GONE = N_("Tệp đã xem trước không còn trên máy chủ. Hãy chọn lại tệp.")


async def show_import(request: web.Request) -> web.Response:
    _require(request)
    return _render(request)


@streams_form
async def submit_file(request: web.Request) -> web.Response:
    """Look at a file: nothing of it is written, all of its faults are shown."""
    _require(request)
    try:
        name, data = await _receive(request)
        lines = await asyncio.to_thread(_read, data)
        result = await _import(request, lines, dry_run=True)
    except Invalid as refusal:
        return _render(request, errors={"file": explain(refusal)}, status=422)
    token = "" if result.faults else _keep(request, data)
    return _render(
        request, name=name, result=result, count=len(lines), token=token, status=422 if result.faults else 200
    )


async def submit_import(request: web.Request) -> web.Response:
    """Take the file that was looked at. What has changed since then is judged anew."""
    _require(request)
    fields = await read_form(request)
    path = _find(request, fields.raw("token"))
    if path is None:
        return _render(request, errors={"file": _(GONE)}, status=409)
    lines = await asyncio.to_thread(lambda: _read(path.read_bytes()))
    result = await _import(request, lines, dry_run=False)
    if result.faults:
        return _render(request, name=fields.raw("name"), result=result, count=len(lines), status=422)
    path.unlink(missing_ok=True)
    return redirect("/meetings", "imported")


def _read(data: bytes) -> list[Line]:
    return read_lines(read_table(data))


def _require(request: web.Request) -> None:
    if not permissions.may_import_meetings(actor_of(request)):
        raise NotAllowed


async def _import(request: web.Request, lines: Sequence[Line], *, dry_run: bool) -> ImportResult:
    async with request.app[DATABASE].write() as session:
        return await import_meetings(session, actor_of(request), lines, now_of(request), dry_run=dry_run)


async def _receive(request: web.Request) -> tuple[str, bytes]:
    """The file's name and bytes; the form's token comes before them."""
    token = request.headers.get("X-CSRF-Token", "")
    async for part in list_parts(request):
        if part.name == "csrf_token":
            token = await read_text(part)
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


def _keep(request: web.Request, data: bytes) -> str:
    """Keep the file for its second step, and let go of those whose time is over."""
    now = now_of(request).timestamp()
    for old in _folder(request).iterdir():
        if now - old.stat().st_mtime > KEPT_SECONDS:
            old.unlink(missing_ok=True)
    token = secrets.token_hex(16)
    write_private(_folder(request) / token, data)
    return token


def _find(request: web.Request, token: str) -> Path | None:
    if len(token) != 32 or set(token) - set("0123456789abcdef"):
        return None
    path = _folder(request) / token
    return path if path.is_file() else None


def _render(
    request: web.Request,
    *,
    name: str = "",
    result: ImportResult | None = None,
    count: int = 0,
    token: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> web.Response:
    context: dict[str, Any] = {
        "name": name,
        "result": result,
        "count": count,
        "token": token,
        "faults": _tell(result.faults) if result else [],
        "warnings": _tell(result.warnings) if result else [],
        "shown": SHOWN,
        "limit": LARGEST_FILE // 1024**2,
        "errors": errors or {},
    }
    return render(request, "import.html", context, status)


def _tell(findings: Sequence[Finding]) -> list[str]:
    return [_(each.message, line=each.line, **each.values) for each in findings]
