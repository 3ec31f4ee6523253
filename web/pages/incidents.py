"""The incident log of a meeting: what happened at which site, from when to when; and what people wrote on leaving.

``incidents.html`` gets, beside what every page gets:
    ``bundle``, ``meeting``
    ``incidents``   ``(incident, place, kind in words)`` by their beginning; ``feedback`` likewise, what people wrote
    ``may_log``     the form is shown: ``kinds``, ``units``, ``values``, ``errors``
    ``confirmed``   the attendance is confirmed: the log is closed
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from aiohttp import web

from meetings import actions, permissions
from meetings.actions import IncidentDraft
from meetings.course_store import list_incidents
from meetings.errors import N_, NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle, load_visible
from meetings.room_models import Incident, IncidentKind
from web.i18n import _, format_time, local, today
from web.inputs import Fields, read_form, read_key
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.forms import attempt, redirect, status_of

KIND_NAMES: dict[IncidentKind, str] = {
    IncidentKind.NO_PICTURE: N_("Không có hình"),
    IncidentKind.NO_SOUND: N_("Không có tiếng"),
    IncidentKind.LOST_CONNECTION: N_("Mất kết nối"),
    IncidentKind.TELEPHONE: N_("Vào họp bằng điện thoại"),
    IncidentKind.POWER: N_("Mất điện"),
    IncidentKind.OTHER: N_("Sự cố khác"),
    IncidentKind.FEEDBACK: N_("Ý kiến sau cuộc họp"),
}
LOGGED = tuple(kind for kind in KIND_NAMES if kind is not IncidentKind.FEEDBACK)


async def show_incidents(request: web.Request) -> web.Response:
    bundle, incidents = await _load(request)
    values = {"starts_at": format_time(now_of(request)), "kind": "", "unit": request.query.get("unit", "")}
    return _render(request, bundle, incidents, values, {})


async def submit_incident(request: web.Request) -> web.Response:
    actor, fields, slug = actor_of(request), await read_form(request), request.match_info["slug"]
    bundle, incidents = await _load(request)
    if not permissions.may_log_incidents(actor, bundle.meeting):
        raise NotAllowed
    draft = read_incident(fields, day_of(bundle, now_of(request)))

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            if draft is not None:
                await actions.log_incident(session, actor, slug, draft, now_of(request))

    outcome = await attempt(fields, change)
    if not fields.errors:
        return redirect(f"/meetings/{slug}/incidents", "incident")
    values = {name: fields.raw(name) for name in ("kind", "unit", "starts_at", "ends_at", "text")}
    return _render(request, bundle, incidents, values, fields.errors, status_of(outcome))


async def submit_close(request: web.Request) -> web.Response:
    """It is over, now."""
    actor, slug, now = actor_of(request), request.match_info["slug"], now_of(request)
    incident_id = read_key(request.match_info["id"])
    if incident_id is None:
        raise NotFound
    async with request.app[DATABASE].write() as session:
        await actions.close_incident(session, actor, slug, incident_id, now, now)
    return redirect(f"/meetings/{slug}/incidents", "incident_over")


def read_incident(fields: Fields, day: date) -> IncidentDraft | None:
    """An incident of ``day``. ``None`` when the form is at fault, which ``fields.errors`` then says."""
    kind = fields.choice("kind", IncidentKind, _("Hãy chọn loại sự cố."))
    starts_at = fields.instant(day, "starts_at", _("Hãy nhập giờ bắt đầu."))
    ends_at = fields.instant(day, "ends_at", "") if fields.raw("ends_at") else None
    text = fields.text("text", 500)
    if kind is None or starts_at is None:
        return None
    return IncidentDraft(kind=kind, unit_id=fields.key("unit"), text=text, starts_at=starts_at, ends_at=ends_at)


def day_of(bundle: MeetingBundle, now: datetime) -> date:
    """The day that the form's times are on: the meeting's, or today while it is still to come."""
    return min(today(now), local(bundle.meeting.ended_at or bundle.meeting.ends_at).date())


async def _load(request: web.Request) -> tuple[MeetingBundle, list[Incident]]:
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor_of(request), request.match_info["slug"])
        if not permissions.may_view_readiness(actor_of(request), bundle.meeting):
            raise NotAllowed
        return bundle, await list_incidents(session, bundle.id)


def _render(
    request: web.Request,
    bundle: MeetingBundle,
    incidents: list[Incident],
    values: Mapping[str, str],
    errors: Mapping[str, str],
    status: int = 200,
) -> web.Response:
    places = {each.unit.id: each.unit.name for each in bundle.invitations}
    told = [
        (each, places.get(each.unit_id or 0, _("Cả phòng họp")), _(KIND_NAMES[each.kind]))
        for each in incidents
        if each.kind is not IncidentKind.FEEDBACK
    ]
    confirmed = bundle.meeting.attendance_confirmed_at is not None
    context: dict[str, Any] = {
        "bundle": bundle,
        "meeting": bundle.meeting,
        "incidents": told,
        "feedback": [
            (each, places.get(each.unit_id or 0, "")) for each in incidents if each.kind is IncidentKind.FEEDBACK
        ],
        "may_log": permissions.may_log_incidents(actor_of(request), bundle.meeting) and not confirmed,
        "confirmed": confirmed,
        "kinds": [(kind.value, _(KIND_NAMES[kind])) for kind in LOGGED],
        "units": list(places.items()),
        "values": {"kind": "", "unit": "", "starts_at": "", "ends_at": "", "text": ""} | dict(values),
        "errors": errors,
        "day": day_of(bundle, now_of(request)),
        "may_view_attendance": permissions.may_confirm_attendance(actor_of(request), bundle.meeting),
    }
    return render(request, "incidents.html", context, status)
