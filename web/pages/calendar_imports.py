"""Bringing in a calendar file: its coming meetings are looked at, then kept as drafts."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from meetings import permissions
from meetings.calendar_import_actions import Fate, Imported, import_calendar
from meetings.errors import N_, Conflict, Invalid, NotAllowed
from meetings.invitations.ical import Event
from meetings.invitations.ical_reading import CalendarFile, read_events
from web.i18n import _
from web.inputs import Fields, read_form
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.middlewares import streams_form
from web.pages.booking_choices import load_choices
from web.pages.forms import explain, redirect
from web.pages.import_files import GONE, find_file, keep_file, receive_file
from web.press import print_apart

SHOWN = 100  # meetings on the page
AT_ONCE = 25  # meetings that are written together: a second's work
BREATH = 0.15  # seconds in which others may write: SQLite tells nobody whose turn it is
FATES = {
    Fate.ADDED: N_("Thêm dự thảo"),
    Fate.UPDATED: N_("Cập nhật dự thảo"),
    Fate.KNOWN: N_("Đã có trong lịch, giữ nguyên"),
    Fate.PAST: N_("Đã qua, bỏ qua"),
    Fate.CANCELLED: N_("Đã hủy trong tệp, bỏ qua"),
    Fate.UNFIT: N_("Thiếu tên hoặc giờ kết thúc, bỏ qua"),
}


async def show_import(request: web.Request) -> web.Response:
    _require(request)
    return await _render(request, Fields({}))


@streams_form
async def submit_file(request: web.Request) -> web.Response:
    """Look at a calendar: nothing of it is kept, what would become of each meeting is shown."""
    _require(request)
    values = {"convening_unit_id": "", "chair_id": ""}
    try:
        _name, data = await receive_file(request, values)
    except Invalid as refusal:
        return await _render(request, Fields(values), errors={"file": explain(refusal)}, status=422)
    return await _look(request, Fields(values), data, dry_run=True)


async def submit_import(request: web.Request) -> web.Response:
    """Keep the meetings of the file that was looked at."""
    _require(request)
    fields = await read_form(request)
    path = find_file(request, fields.raw("token"))
    if path is None:
        return await _render(request, fields, errors={"file": _(GONE)}, status=409)
    answer = await _look(request, fields, path.read_bytes(), dry_run=False)
    if answer.status == 303:
        path.unlink(missing_ok=True)
    return answer


def _require(request: web.Request) -> None:
    if not permissions.may_book(actor_of(request)):
        raise NotAllowed


async def _look(request: web.Request, fields: Fields, data: bytes, *, dry_run: bool) -> web.Response:
    convening = fields.key("convening_unit_id", _("Hãy chọn đơn vị chủ trì."))
    chair = fields.key("chair_id", _("Hãy chọn người chủ trì."))
    if convening is None or chair is None:
        return await _render(request, fields, errors=fields.errors, status=422)
    try:
        calendar = await print_apart(request.app, read_events, data)
        if dry_run:
            async with request.app[DATABASE].read() as session:
                found = await import_calendar(
                    session, actor_of(request), calendar.events, convening, chair, now_of(request), dry_run=True
                )
        else:
            await _keep(request, calendar.events, convening, chair)
            return redirect("/meetings", "imported")
    except (Invalid, Conflict) as refusal:
        return await _render(request, fields, errors={refusal.field or "file": explain(refusal)}, status=422)
    counts = Counter(each.fate for each in found)
    takes = counts[Fate.ADDED] + counts[Fate.UPDATED] > 0
    return await _render(request, fields, calendar, found, token=keep_file(request, data) if takes else "")


async def _keep(request: web.Request, events: Sequence[Event], convening: int, chair: int) -> None:
    """Part by part, since everybody else who writes waits for one that is being written. What was kept when a part is
    refused stays: the same file again goes on from there."""
    for start in range(0, len(events), AT_ONCE):
        if start:
            await asyncio.sleep(BREATH)
        part = events[start : start + AT_ONCE]
        async with request.app[DATABASE].write() as session:
            await import_calendar(session, actor_of(request), part, convening, chair, now_of(request))


async def _render(
    request: web.Request,
    fields: Fields,
    calendar: CalendarFile | None = None,
    found: list[Imported] | None = None,
    *,
    token: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> web.Response:
    async with request.app[DATABASE].read() as session:
        choices = await load_choices(session, actor_of(request), None, now_of(request))
    context: dict[str, Any] = {
        "values": {
            "convening_unit_id": fields.raw("convening_unit_id") or choices.default_convening,
            "chair_id": fields.raw("chair_id"),
        },
        "choices": choices,
        "calendar": calendar,
        "found": found or [],
        "faults": [(fault.title, explain(fault.error)) for fault in calendar.faults] if calendar else [],
        "fate_name": lambda fate: _(FATES[fate]),
        "shown": SHOWN,
        "token": token,
        "errors": errors or {},
    }
    return render(request, "calendar_import.html", context, status)
