"""The connection test: for anybody signed in, and for guests by their link; its reports, for who made them and for
those who help.

What the templates get, beside what every page gets:

``connection.html``
    ``who``         under whom the report goes
    ``socket_path``, ``report_url``  where the script connects, and where it sends the report
    ``sends_itself``  the report goes to the rehearsal board without being asked for
    ``meeting``     the MeetingBundle that the test is for, or None; ``back_url`` leads back to it
``connection_reports.html``
    ``reports``     the latest, newest first, with the words of ``describe_row``
``connection_report.html``
    ``report``      the row; ``steps`` from ``describe_steps``; ``rate``, ``loss`` in words
"""

from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.course_store import list_latest_reports
from meetings.errors import N_, Invalid, NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle, get_meeting_by_id, load_visible
from meetings.permissions import Actor
from meetings.readiness_actions import Reporter, add_report, reporter_of
from meetings.room_models import ConnectionReport
from web.i18n import _
from web.inputs import read_key
from web.keys import DATABASE, actor_of, address_of, locale_of, now_of
from web.layout import render
from web.pages.admissions import GUEST_DETAIL, Entrance, admit_guest, read_guest
from web.pages.connection_report import (
    LINE_BADGES,
    LINE_ICONS,
    LINE_NAMES,
    ROUTE_NAMES,
    STATE_ICONS,
    describe_loss,
    describe_rate,
    describe_steps,
    read_report,
)

LARGEST_REPORT = 64 * 1024  # bytes


async def show_connection(request: web.Request) -> web.Response:
    actor, slug = actor_of(request), request.query.get("meeting", "")
    bundle = None
    if slug:
        async with request.app[DATABASE].read() as session:
            bundle = await load_visible(session, actor, slug)
    context = {
        "who": actor.name,
        "socket_path": "/connection/ws",
        "report_url": f"/meetings/{slug}/rehearsal/report" if bundle else "/connection/report",
        "sends_itself": bundle is not None,
        "meeting": bundle,
        "back_url": f"/meetings/{slug}" if bundle else "/",
    }
    return render(request, "connection.html", context)


async def show_guest_connection(request: web.Request) -> web.Response:
    entrance, reporter = await find_guest(request)
    base = f"/g/{request.match_info['token']}"
    context = {
        "who": reporter.name,
        "socket_path": f"{base}/connection/ws",
        "report_url": f"{base}/connection/report",
        "sends_itself": False,
        "meeting": entrance.bundle,
        "back_url": base,
    }
    return render(request, "connection.html", context)


async def submit_report(request: web.Request) -> web.Response:
    """A test that was made for no meeting."""
    return await _keep(request, reporter_of(actor_of(request)), None)


async def submit_rehearsal_report(request: web.Request) -> web.Response:
    """A test for a meeting: it shows on the rehearsal board."""
    actor = actor_of(request)
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor, request.match_info["slug"])
    if not permissions.may_join_meeting(actor, bundle.meeting, bundle.invited_unit_ids, bundle.invited_site_ids):
        raise NotAllowed
    return await _keep(request, reporter_of(actor), bundle)


async def submit_guest_report(request: web.Request) -> web.Response:
    entrance, reporter = await find_guest(request)
    return await _keep(request, reporter, entrance.bundle)


async def _keep(request: web.Request, reporter: Reporter, bundle: MeetingBundle | None) -> web.Response:
    if (request.content_length or 0) > LARGEST_REPORT or request.content_type != "application/json":
        raise Invalid(N_("Nội dung gửi lên không đọc được."))
    draft = read_report(await request.read())
    async with request.app[DATABASE].write() as session:
        report = await add_report(session, reporter, bundle.id if bundle else None, draft, now_of(request))
    return web.json_response({"id": report.id})


async def find_guest(request: web.Request) -> tuple[Entrance, Reporter]:
    """Also before the guest has said a name: then the address tells guests of one link apart."""
    token = request.match_info["token"]
    guest = read_guest(request, token)
    async with request.app[DATABASE].read() as session:
        link, entrance = await admit_guest(session, token, guest, locale_of(request), now_of(request))
    identity = f"guest:{link.id}:{guest.nonce if guest else address_of(request)}"[:64]
    return entrance, Reporter(name=guest.name if guest else GUEST_DETAIL, guest=identity)


async def show_reports(request: web.Request) -> web.Response:
    """The latest reports of everybody, for those who help."""
    actor = actor_of(request)
    if not permissions.may_view_reports(actor):
        raise NotAllowed
    async with request.app[DATABASE].read() as session:
        reports = await list_latest_reports(session)
    context = {"rows": [(report, *describe_row(report)) for report in reports]}
    return render(request, "connection_reports.html", context)


async def show_report(request: web.Request) -> web.Response:
    report_id = read_key(request.match_info["id"])
    async with request.app[DATABASE].read() as session:
        report = await session.get(ConnectionReport, report_id) if report_id else None
        if report is None or not await _may_view(session, actor_of(request), report):
            raise NotFound
        bundle = await get_meeting_by_id(session, report.meeting_id) if report.meeting_id else None
    word, icon = describe_row(report)[:2]
    figures = report.result.get("figures", {})
    context: dict[str, Any] = {
        "report": report,
        "meeting": bundle,
        "word": word,
        "icon_name": icon,
        "steps": describe_steps(report.result),
        "icons": STATE_ICONS,
        "route": ROUTE_NAMES.get(report.route, ""),
        "rate": describe_rate(figures),
        "loss": describe_loss(figures),
        "platform": report.result.get("platform", ""),
    }
    return render(request, "connection_report.html", context)


async def _may_view(session: AsyncSession, actor: Actor, report: ConnectionReport) -> bool:
    """Those who help, who made it, and who runs the meeting that it was made for."""
    if permissions.may_view_reports(actor) or (actor.account_id is not None and actor.account_id == report.account_id):
        return True
    if report.meeting_id is None:
        return False
    return permissions.may_view_readiness(actor, (await get_meeting_by_id(session, report.meeting_id)).meeting)


def describe_row(report: ConnectionReport) -> tuple[str, str, str]:
    """The word, the icon and the kind of badge of a report's state."""
    return _(LINE_NAMES[report.state]), LINE_ICONS[report.state], LINE_BADGES[report.state]
