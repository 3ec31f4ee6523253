"""A unit that came without having been invited: put on the list afterwards, with who did it and when.

``late_unit.html``
    ``bundle``, ``meeting``, ``units`` to choose from, ``has_hall``, ``values``, ``errors``
"""

from collections.abc import Mapping

from aiohttp import web

from meetings import actions, permissions
from meetings.errors import NotAllowed
from meetings.meeting_store import load_visible
from meetings.people_store import load_tree
from web.i18n import _
from web.inputs import read_form
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.forms import attempt, redirect, status_of


async def show_late_unit(request: web.Request) -> web.Response:
    return await _render(request, {"late_unit": "", "place": ""}, {})


async def submit_late_unit(request: web.Request) -> web.Response:
    actor, fields, slug = actor_of(request), await read_form(request), request.match_info["slug"]
    values = {name: fields.raw(name) for name in ("late_unit", "place")}
    unit_id = fields.key("late_unit", _("Hãy chọn đơn vị."))
    if values["place"] not in ("hall", "site"):
        fields.refuse("place", _("Hãy chọn nơi đơn vị dự họp."))

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            in_hall = values["place"] == "hall"
            await actions.add_late_unit(session, actor, slug, unit_id or 0, in_hall, now_of(request))

    outcome = await attempt(fields, change)
    if fields.errors:
        return await _render(request, values, fields.errors, status_of(outcome))
    return redirect(f"/meetings/{slug}/attendance", "late_unit")


async def _render(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> web.Response:
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor_of(request), request.match_info["slug"])
        if not permissions.may_confirm_attendance(actor_of(request), bundle.meeting):
            raise NotAllowed
        tree = await load_tree(session, bundle.day)
    known = {bundle.convening.id, *bundle.invited_unit_ids}
    context = {
        "bundle": bundle,
        "meeting": bundle.meeting,
        "units": [(unit.id, unit.name) for unit in tree if unit.id not in known],
        "has_hall": bundle.meeting.hall_id is not None,
        "values": values,
        "errors": errors,
    }
    return render(request, "late_unit.html", context, status)
