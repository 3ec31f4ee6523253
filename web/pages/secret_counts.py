"""How many meetings with state secrets there were: a number for each half month, and nothing else of them."""

from collections.abc import Mapping
from datetime import date, timedelta

from aiohttp import web

from meetings import actions, permissions
from meetings.errors import Conflict, Invalid, NotAllowed
from meetings.indicator.tallies import next_half
from meetings.periods import PeriodKind, Profile, make_period
from web.i18n import _, today
from web.inputs import Fields, read_day, read_form, read_key
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.forms import explain, redirect, status_of
from web.pages.ratio_choice import FIRST_YEAR


async def show_counts(request: web.Request) -> web.Response:
    return await _render(request, Fields({}), {})


async def submit_count(request: web.Request) -> web.Response:
    """The whole table at once; a number that was left as it was shown is left alone."""
    fields, actor = await read_form(request), actor_of(request)
    if not permissions.may_count_secrets(actor):
        raise NotAllowed
    rows = list(zip(map(read_day, fields.all("half")), fields.all("count"), fields.all("shown"), strict=False))
    typed = {half: count for half, count, _shown in rows if half is not None}
    changes = [
        (half, _read_count(fields, _name(half), count), _read_count(fields, _name(half), shown))
        for half, count, shown in rows
        if half is not None and count != shown
    ]
    refusal: Invalid | Conflict | None = None
    if not fields.errors:
        try:
            async with request.app[DATABASE].write() as session:
                for half, count, shown in changes:
                    await actions.set_secret_count(session, actor, half, count, shown, now_of(request))
            return redirect(f"/ratio/secrets?year={max(typed, default=today(now_of(request))).year}", "secrets")
        except (Invalid, Conflict) as refused:
            refusal = refused
            fields.refuse(_name(half), explain(refused))
    return await _render(request, fields, typed, status_of(refusal))


def _name(half: date) -> str:
    """The field of a half month."""
    return f"count-{half}"


def _read_count(fields: Fields, name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        fields.refuse(name, _("Hãy nhập số cuộc họp, từ 0 đến 1000."))
        return 0
    return int(text)


async def _render(request: web.Request, fields: Fields, typed: Mapping[date, str], status: int = 200) -> web.Response:
    actor = actor_of(request)
    if not permissions.may_view_ratio(actor):
        raise NotAllowed
    day = today(now_of(request))
    this_year = day.year
    asked = max(typed).year if typed else read_key(request.query.get("year")) or this_year
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
        "typed": typed,
        "errors": fields.errors,
    }
    return render(request, "secret_counts.html", context, status)
