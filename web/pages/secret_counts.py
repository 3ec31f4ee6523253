"""How many meetings with state secrets there were: a number for each half month, and nothing else of them."""

from datetime import timedelta

from aiohttp import web

from meetings import actions, permissions
from meetings.errors import NotAllowed
from meetings.indicator.tallies import next_half
from meetings.periods import PeriodKind, Profile, make_period
from web.i18n import _, today
from web.inputs import Fields, read_form, read_key
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.forms import attempt, redirect, status_of
from web.pages.ratio_choice import FIRST_YEAR


async def show_counts(request: web.Request) -> web.Response:
    return await _render(request, Fields({}))


async def submit_count(request: web.Request) -> web.Response:
    fields = await read_form(request)
    half = fields.day("half", _("Hãy chọn nửa tháng."))
    count = _read_count(fields, "count")
    shown = _read_count(fields, "shown")

    async def change() -> bool:
        if half is not None:
            async with request.app[DATABASE].write() as session:
                await actions.set_secret_count(session, actor_of(request), half, count, shown, now_of(request))
        return True

    if not permissions.may_count_secrets(actor_of(request)):
        raise NotAllowed
    outcome = await attempt(fields, change)
    if outcome is True and half is not None:
        return redirect(f"/ratio/secrets?year={half.year}", "secrets")
    return await _render(request, fields, status_of(outcome))


def _read_count(fields: Fields, name: str) -> int:
    text = fields.raw(name)
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        fields.refuse(name, _("Hãy nhập số cuộc họp, từ 0 đến 1000."))
        return 0
    return int(text)


async def _render(request: web.Request, fields: Fields, status: int = 200) -> web.Response:
    actor = actor_of(request)
    if not permissions.may_view_ratio(actor):
        raise NotAllowed
    day = today(now_of(request))
    this_year = day.year
    asked = read_key(request.query.get("year")) or this_year
    year = asked if FIRST_YEAR <= asked <= this_year else this_year
    window = make_period(PeriodKind.YEAR, year, 1, Profile.CIVIL)
    async with request.app[DATABASE].read() as session:
        counts = await actions.list_secret_counts(session, window.start, window.end)
    context = {
        "year": year,
        "years": range(this_year, FIRST_YEAR - 1, -1),
        "rows": [(each, next_half(each.half) - timedelta(days=1)) for each in counts if each.half <= day],
        "total": sum(each.count for each in counts),
        "may_count": permissions.may_count_secrets(actor),
        "wrong": fields.day("half") if fields.errors else None,
        "typed": fields.raw("count"),
        "errors": fields.errors,
    }
    return render(request, "secret_counts.html", context, status)
