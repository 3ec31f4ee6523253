"""Days off and days worked in exchange, year by year: what every clock in working days counts with.

``holidays.html``
    ``year``, ``years``   the year shown and those to choose from
    ``rows``     its days
    ``values``, ``errors``   the form of one day; ``errors`` of the file too
    ``may_manage``
"""

from datetime import date
from typing import Any

from aiohttp import web

from meetings import calendar_permissions
from meetings.deadline_store import list_holidays
from meetings.errors import N_, Conflict, Invalid, NotAllowed
from meetings.holiday_actions import HolidayDraft, read_rows, remove_holiday, set_holidays
from web.i18n import _, today
from web.inputs import read_day, read_form, read_key
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.middlewares import streams_form
from web.pages.forms import attempt, explain, redirect, status_of, sure
from web.pages.import_files import receive_file
from web.press import print_apart
from web.table_files import read_table

VALUES = ("day", "works", "name", "basis")


async def show_holidays(request: web.Request) -> web.Response:
    return await _render(request, {}, {})


async def submit_holiday(request: web.Request) -> web.Response:
    actor, fields = actor_of(request), await read_form(request)
    _require(request)
    day = fields.day("day", _("Hãy nhập ngày."))
    name, basis = fields.text("name", 150), fields.text("basis", 200)

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            draft = HolidayDraft(sure(day), fields.raw("works") == "1", name, basis)
            await set_holidays(session, actor, [draft], now_of(request))

    outcome = await attempt(fields, change)
    if fields.errors:
        values = {name: fields.raw(name) for name in VALUES}
        return await _render(request, values, fields.errors, status_of(outcome))
    return redirect(_address(day), "holiday")


@streams_form
async def submit_file(request: web.Request) -> web.Response:
    _require(request)
    try:
        _name, data = await receive_file(request, {})
        drafts = read_rows(await print_apart(request.app, read_table, data))
        async with request.app[DATABASE].write() as session:
            await set_holidays(session, actor_of(request), drafts, now_of(request))
    except (Invalid, Conflict) as refusal:
        return await _render(request, {}, {"file": explain(refusal)}, 422)
    return redirect(_address(drafts[0].day), "holiday")


async def submit_remove(request: web.Request) -> web.Response:
    fields = await read_form(request)
    day = read_day(fields.raw("day"))
    _require(request)
    if day is None:
        raise Invalid(N_("Ngày chưa đúng. Hãy nhập theo dạng ngày/tháng/năm, ví dụ 24/11/2026."), field="day")
    async with request.app[DATABASE].write() as session:
        await remove_holiday(session, actor_of(request), day, now_of(request))
    return redirect(_address(day), "holiday_removed")


def _require(request: web.Request) -> None:
    if not calendar_permissions.may_manage_holidays(actor_of(request)):
        raise NotAllowed


def _address(day: date | None) -> str:
    return f"/admin/holidays?year={day.year}" if day else "/admin/holidays"


async def _render(
    request: web.Request, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> web.Response:
    actor, this_year = actor_of(request), today(now_of(request)).year
    if not calendar_permissions.may_view_holidays(actor):
        raise NotAllowed
    asked = read_key(request.query.get("year"))
    year = asked if asked is not None and 2000 <= asked <= 2100 else this_year
    async with request.app[DATABASE].read() as session:
        every = (await list_holidays(session)).values()
    years = sorted({this_year, this_year + 1, year, *(row.day.year for row in every)})
    context: dict[str, Any] = {
        "year": year,
        "years": years,
        "rows": [row for row in every if row.day.year == year],
        "values": dict.fromkeys(VALUES, "") | values,
        "errors": errors,
        "may_manage": calendar_permissions.may_manage_holidays(actor),
    }
    return render(request, "holidays.html", context, status)
