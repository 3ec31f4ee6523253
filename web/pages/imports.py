"""Bringing in a table of meetings: look at what it would do first, then take it."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from meetings import calendar_permissions
from meetings.errors import Conflict, Invalid, NotAllowed
from meetings.import_actions import ImportResult, Prepared, import_meetings, prepare_import
from meetings.import_table import Finding, Line, read_lines
from web.i18n import _
from web.inputs import read_form
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.middlewares import streams_form
from web.pages.forms import explain, redirect
from web.pages.import_files import GONE, find_file, keep_file, receive_file
from web.press import print_apart
from web.table_files import LARGEST_FILE, read_table

SHOWN = 100  # faults and warnings on the page


async def show_import(request: web.Request) -> web.Response:
    _require(request)
    return _render(request)


@streams_form
async def submit_file(request: web.Request) -> web.Response:
    """Look at a file: nothing of it is written, all of its faults are shown."""
    _require(request)
    try:
        name, data = await receive_file(request, {})
        lines = await _read(request, data)
        result = (await _prepare(request, lines)).result
    except (Invalid, Conflict) as refusal:
        return _render(request, errors={"file": explain(refusal)}, status=422)
    token = "" if result.faults else keep_file(request, data)
    return _render(
        request, name=name, result=result, count=len(lines), token=token, status=422 if result.faults else 200
    )


async def submit_import(request: web.Request) -> web.Response:
    """Take the file that was looked at. What has changed since then is judged anew."""
    _require(request)
    fields = await read_form(request)
    path = find_file(request, fields.raw("token"))
    if path is None:
        return _render(request, errors={"file": _(GONE)}, status=409)
    lines = await _read(request, path.read_bytes())
    result = await _import(request, await _prepare(request, lines))
    if result.faults:
        return _render(request, name=fields.raw("name"), result=result, count=len(lines), status=422)
    path.unlink(missing_ok=True)
    return redirect("/meetings", "imported")


async def _read(request: web.Request, data: bytes) -> list[Line]:
    """Apart: a workbook may be made so that reading it takes for ever."""
    return read_lines(await print_apart(request.app, read_table, data))


def _require(request: web.Request) -> None:
    if not calendar_permissions.may_import_meetings(actor_of(request)):
        raise NotAllowed


async def _prepare(request: web.Request, lines: Sequence[Line]) -> Prepared:
    """Judge the file; nobody has to wait for it."""
    async with request.app[DATABASE].read() as session:
        return await prepare_import(session, actor_of(request), lines, now_of(request))


async def _import(request: web.Request, prepared: Prepared) -> ImportResult:
    if prepared.result.faults:
        return prepared.result
    async with request.app[DATABASE].write() as session:
        return await import_meetings(session, actor_of(request), prepared, now_of(request))


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
