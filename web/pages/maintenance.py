"""Windows of maintenance: what is closed and when, which meetings that concerns, adding one, ending one.

``maintenance.html``
    ``coming``, ``over``   the windows, each with the site's name and the meetings it concerns
    ``values``   what was typed; ``errors`` a refused form: field to sentence; ``sites`` the choices
    ``may_manage``
"""

from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from meetings import actions, calendar_permissions
from meetings.calendar_models import Maintenance
from meetings.clash_store import list_maintenance
from meetings.errors import NotAllowed, NotFound
from meetings.interval import Span
from meetings.meeting_store import MeetingBundle
from meetings.people_store import get_sites, list_sites, load_tree
from web.i18n import _, today
from web.inputs import read_form, read_key, read_span
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.booking_choices import describe_site
from web.pages.forms import attempt, redirect, status_of, sure

FIELDS = ("site_id", "starts_on", "starts_at", "ends_on", "ends_at", "reason")
LOOK_BACK, LOOK_AHEAD = timedelta(days=60), timedelta(days=730)


@dataclass(frozen=True)
class Window:
    row: Maintenance
    place: str  # "" for the whole system
    affected: list[MeetingBundle]
    is_running: bool


async def show_maintenance(request: web.Request) -> web.Response:
    if not calendar_permissions.may_view_maintenance(actor_of(request)):
        raise NotAllowed
    return await _render(request, dict.fromkeys(FIELDS, ""), {})


async def submit_maintenance(request: web.Request) -> web.Response:
    actor, fields = actor_of(request), await read_form(request)
    if not calendar_permissions.may_manage_maintenance(actor):
        raise NotAllowed
    span = read_span(fields, "starts_on", "starts_at", "ends_on", "ends_at")
    reason = fields.text("reason", 300, _("Hãy nêu lý do bảo trì; người đặt lịch sẽ đọc được lý do này."))
    site_id = fields.key("site_id")

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            draft = actions.MaintenanceDraft(site_id, sure(span), reason)
            await actions.add_maintenance(session, actor, draft, now_of(request))

    outcome = await attempt(fields, change)
    if fields.errors:
        values = {name: fields.raw(name) for name in FIELDS}
        return await _render(request, values, fields.errors, status_of(outcome))
    return redirect("/admin/maintenance", "maintenance")


async def submit_end(request: web.Request) -> web.Response:
    actor, window_id = actor_of(request), read_key(request.match_info["id"])
    if not calendar_permissions.may_manage_maintenance(actor):
        raise NotAllowed
    if window_id is None:
        raise NotFound
    async with request.app[DATABASE].write() as session:
        await actions.end_maintenance(session, actor, window_id, now_of(request))
    return redirect("/admin/maintenance", "maintenance_over")


async def _render(
    request: web.Request, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> web.Response:
    actor, now = actor_of(request), now_of(request)
    async with request.app[DATABASE].read() as session:
        rows = await list_maintenance(session, Span(now - LOOK_BACK, now + LOOK_AHEAD))
        coming = [row for row in rows if row.ends_at > now]
        affected = await actions.list_affected(session, actor, coming)
        places = await get_sites(session, {row.site_id for row in rows if row.site_id is not None})
        tree = await load_tree(session, today(now))
        sites = [site for site in await list_sites(session, today(now)) if site.unit_id in tree]

    def describe(row: Maintenance) -> Window:
        place = places[row.site_id].name if row.site_id is not None else ""
        return Window(row, place, affected.get(row.id or 0, []), row.starts_at <= now)

    context = {
        "coming": [describe(row) for row in coming],
        "over": [describe(row) for row in reversed(rows) if row.ends_at <= now],
        "sites": [
            (site.id, describe_site(site, tree)) for site in sorted(sites, key=lambda one: tree[one.unit_id].order)
        ],
        "may_manage": calendar_permissions.may_manage_maintenance(actor),
        "values": values,
        "errors": errors,
    }
    return render(request, "maintenance.html", context, status)
