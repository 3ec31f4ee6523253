"""Why a unit stayed below the target: read by who sees the indicator, written by the unit's contact or the office."""

from typing import Any

from aiohttp import web

from meetings import actions, permissions
from meetings.errors import NotAllowed, NotFound
from meetings.indicator.explanations import list_explanations
from meetings.people_store import check_pair, list_levels, load_history
from web.i18n import _
from web.inputs import Fields, read_form, read_key
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.forms import attempt, redirect, status_of
from web.pages.ratio_choice import names_of, read_choice
from web.pages.ratio_words import period_name, tell_pair


async def show_explanation(request: web.Request) -> web.Response:
    return await _render_explanation(request, Fields({}))


async def submit_explanation(request: web.Request) -> web.Response:
    """A unit below the target says why; what was written before stays in the audit log."""
    fields, unit_id = await read_form(request), _read_unit(request)
    if not permissions.may_explain_ratio(actor_of(request), unit_id):
        raise NotAllowed
    text = fields.text("text", 2000, _("Hãy nêu lý do chưa đạt chỉ tiêu."))
    async with request.app[DATABASE].read() as session:
        choice = await read_choice(session, request)

    async def change() -> bool:
        async with request.app[DATABASE].write() as session:
            pair, version = (choice.upper, choice.lower), read_key(fields.raw("version")) or 0
            await actions.explain_unit(
                session, actor_of(request), unit_id, pair, choice.period, text, version, now_of(request)
            )
        return True

    outcome = await attempt(fields, change)
    if outcome is True:
        return redirect(choice.address(f"/ratio/units/{unit_id}"), "explained")
    return await _render_explanation(request, fields, status_of(outcome))


def _read_unit(request: web.Request) -> int:
    unit_id = read_key(request.match_info["id"])
    if unit_id is None:
        raise NotFound
    return unit_id


async def _render_explanation(request: web.Request, fields: Fields, status: int = 200) -> web.Response:
    """Who sees the indicator reads every explanation; a unit's contact reads and writes that of the own unit."""
    actor, unit_id = actor_of(request), _read_unit(request)
    may_explain = permissions.may_explain_ratio(actor, unit_id)
    if not may_explain and not permissions.may_view_ratio(actor):
        raise NotAllowed
    async with request.app[DATABASE].read() as session:
        choice = await read_choice(session, request)
        await check_pair(session, choice.upper, choice.lower)
        history = await load_history(session)
        if unit_id not in history.records:
            raise NotFound
        pair = (choice.upper, choice.lower)
        row = (await list_explanations(session, pair, choice.period)).get(unit_id)
        shortfall = await actions.find_shortfall(session, unit_id, pair, choice.period)
        names = names_of(await list_levels(session))
    context: dict[str, Any] = {
        "choice": choice,
        "unit": history.name(unit_id, choice.period.end),
        "row": row,
        "shortfall": shortfall,
        "may_explain": may_explain and shortfall is not None,
        "may_view": permissions.may_view_ratio(actor),
        "text": fields.raw("text") or (row.text if row else ""),
        "pair": tell_pair(choice, names),
        "period_name": period_name,
        "errors": fields.errors,
    }
    return render(request, "ratio_unit.html", context, status)
