"""Meetings: one meeting, calling it off, noting that it was held outside the room."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions, permissions
from meetings.attendance import held_form
from meetings.availability import Clash, describe_span
from meetings.course_store import list_papers, list_voters, list_votes
from meetings.errors import NotAllowed
from meetings.kinds import LIVE, OVER, MeetingStatus
from meetings.meeting_store import MeetingBundle, list_channels, load_visible
from meetings.models import Channel
from meetings.people_store import load_tree
from meetings.permissions import Actor
from meetings.scheduling import CHANNEL, count_places, is_hosted
from transcripts.actions import meeting_ended
from transcripts.models import Minutes
from transcripts.store import find_minutes
from web.i18n import _, local
from web.inputs import read_form, read_span
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import CLASSIFICATION_NAMES, render
from web.pages.delegates import describe_people
from web.pages.forms import attempt, redirect, status_of

IN_PERSON = "in_person"  # in the form, where an empty choice is none
LOBBY = timedelta(minutes=30)  # before the start, "Vào họp" is the page's first action


async def show_meeting(request: web.Request) -> web.Response:
    async with request.app[DATABASE].read() as session:
        context = await describe_meeting(request, session)
    return render(request, "meeting.html", context)


async def describe_meeting(request: web.Request, session: AsyncSession) -> dict[str, Any]:
    """Everything the page of one meeting shows to this person."""
    actor, now = actor_of(request), now_of(request)
    bundle = await load_visible(session, actor, request.match_info["slug"])
    meeting, invited = bundle.meeting, bundle.invited_unit_ids
    minutes = await find_minutes(session, bundle.id)
    attendance = await actions.measure_attendance(session, bundle, now, request.app[CONFIG].threshold)
    capacity = meeting.capacity or request.app[CONFIG].room_capacity
    is_open = meeting.status in LIVE
    may_join = permissions.may_join_meeting(actor, meeting, invited, bundle.invited_site_ids)
    watches = permissions.may_view_readiness(actor, meeting)
    reads = permissions.may_read_papers(actor, meeting, invited, bundle.invited_site_ids)
    took_place = meeting.status in (MeetingStatus.IN_SESSION, *OVER)
    may_edit = permissions.may_edit_meeting(actor, meeting)
    return {
        "bundle": bundle,
        "meeting": meeting,
        "classification": _(CLASSIFICATION_NAMES[meeting.classification]),
        "attendance": {each.unit_id: each for each in attendance} if took_place else {},
        "held_form": held_form(each.mode for each in attendance) if meeting.status in OVER else None,
        "minutes_state": _minutes_state(actor, bundle, minutes),
        "warnings": await _list_warnings(session, bundle) if may_edit else [],
        "may_join": may_join,
        "may_read_papers": reads,
        "papers": len(await list_papers(session, bundle.id)),
        "may_rehearse": is_open and (watches or actions.has_own_place(actor, bundle)),
        "may_view_log": watches and meeting.status is not MeetingStatus.CANCELLED,
        "capacity": capacity,
        "overbooked": count_places(draft_of(bundle)) > capacity,
        "voters": await list_voters(session, bundle.id),
        "may_name_voters": permissions.may_name_voters(actor, meeting),
        "votes": await list_votes(session, bundle.id) if reads else [],
        "hosts": await _list_hosts(session, bundle),
        "may_project": may_join and (permissions.may_operate_room(actor, meeting) or actor.site_id is not None),
        "is_near": meeting.starts_at - LOBBY <= now <= meeting.ends_at or meeting.status is MeetingStatus.IN_SESSION,
        "may_edit": may_edit,
        "may_cancel": permissions.may_cancel_meeting(actor, meeting),
        "may_record_held": may_edit and now > meeting.starts_at,
        "may_invite_guests": permissions.may_invite_guests(actor, meeting),
        "may_confirm": permissions.may_confirm_attendance(actor, meeting),
        "people": await describe_people(request, session, bundle),
        "errors": {},
        "reason": "",
    }


async def _list_hosts(session: AsyncSession, bundle: MeetingBundle) -> dict[int, str]:
    """By invited unit: the name of the other unit at whose site it sits."""
    tree = await load_tree(session, bundle.day)
    hosts = {}
    for each in bundle.invitations:
        at_hall = each.invitation.site_id == bundle.meeting.hall_id
        if each.site is not None and not at_hall and is_hosted(each.unit.id, each.site, tree):
            host = tree.get(each.site.unit_id)
            hosts[each.unit.id] = host.name if host else ""
    return hosts


def _minutes_state(actor: Actor, bundle: MeetingBundle, minutes: Minutes | None) -> str:
    """``""`` when there is nothing this person may open."""
    if minutes is None or bundle.meeting.status not in OVER:
        return ""
    approved = minutes.state.value == "approved" or minutes.version > 1
    seen = permissions.may_view_minutes(actor, bundle.meeting, bundle.invited_unit_ids, approved=approved)
    return minutes.state.value if seen else ""


async def _list_warnings(session: AsyncSession, bundle: MeetingBundle) -> list[str]:
    """What units and sites are also booked for at the same time: the secretary judges."""
    draft = draft_of(bundle)
    units = {each.unit.id: each.unit.name for each in bundle.invitations}
    places = [each.site for each in bundle.invitations] + [bundle.hall]
    sites = {place.id: place.name for place in places if place is not None and place.id is not None}
    clashes = [clash for clash in await actions.list_clashes(session, draft, bundle.id) if not clash.is_blocking]
    return [describe_clash(clash, units, sites) for clash in clashes]


def describe_clash(clash: Clash, units: dict[int, str], sites: dict[int, str]) -> str:
    name = units.get(clash.subject_id) if clash.kind == "unit" else sites.get(clash.subject_id)
    when = describe_span(clash.booked.span)
    return _("{name} đã được mời vào một cuộc họp khác lúc {when}.", name=name or "", when=when)


def draft_of(bundle: MeetingBundle) -> actions.MeetingDraft:
    """The booking as it stands, in the shape of a draft."""
    meeting = bundle.meeting
    return actions.MeetingDraft(
        title=meeting.title,
        kind=meeting.kind,
        convening_unit_id=meeting.convening_unit_id,
        chair_id=meeting.chair_id,
        secretary_id=meeting.secretary_id,
        hall_id=meeting.hall_id,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        planned_form=meeting.planned_form,
        form_reason=meeting.form_reason,
        urgent=meeting.urgent,
        classification=meeting.classification,
        channel=meeting.channel,
        exclusion=meeting.exclusion,
        exclusion_reason=meeting.exclusion_reason,
        capacity=meeting.capacity,
        invitations=[actions.InvitationDraft(each.unit.id, each.invitation.site_id) for each in bundle.invitations],
        agenda=[actions.AgendaDraft(item.title, item.presenter, item.minutes) for item in bundle.agenda],
    )


async def show_cancel(request: web.Request) -> web.Response:
    return await _render_cancel(request, "", {})


async def _render_cancel(request: web.Request, reason: str, errors: dict[str, str], status: int = 200) -> web.Response:
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor_of(request), request.match_info["slug"])
    if not permissions.may_cancel_meeting(actor_of(request), bundle.meeting):
        raise NotAllowed
    return render(request, "meeting_cancel.html", {"bundle": bundle, "reason": reason, "errors": errors}, status)


async def submit_cancel(request: web.Request) -> web.Response:
    actor, slug, fields = actor_of(request), request.match_info["slug"], await read_form(request)
    reason = fields.text("reason", 500)

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            await actions.cancel_meeting(session, actor, slug, reason, now_of(request))

    outcome = await attempt(fields, change)
    if fields.errors:
        return await _render_cancel(request, reason, fields.errors, status_of(outcome))
    return redirect(f"/meetings/{slug}", "cancelled")


async def show_held(request: web.Request) -> web.Response:
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor_of(request), request.match_info["slug"])
        channels = await list_channels(session)
    start, end = local(bundle.meeting.starts_at), local(bundle.meeting.ends_at)
    values = {
        "held_on": start.date().isoformat(),
        "started_at": f"{start:%H:%M}",
        "ended_at": f"{end:%H:%M}",
        "ended_on": end.date().isoformat(),
        "channel": "",
    }
    return _render_held(request, bundle, channels, values, {})


def _render_held(
    request: web.Request,
    bundle: MeetingBundle,
    channels: Sequence[Channel],
    values: dict[str, str],
    errors: dict[str, str],
    status: int = 200,
) -> web.Response:
    if not permissions.may_edit_meeting(actor_of(request), bundle.meeting):
        raise NotAllowed
    options = [(IN_PERSON, _("Trực tiếp, không qua hệ thống nào"))]
    options += [(channel.code, channel.name) for channel in channels if channel.code != CHANNEL]
    view = {"bundle": bundle, "options": options, "values": values, "errors": errors}
    return render(request, "meeting_held.html", view, status)


async def submit_held(request: web.Request) -> web.Response:
    """A meeting that took place without the room: in person, or over another system."""
    actor, slug, fields = actor_of(request), request.match_info["slug"], await read_form(request)
    held = read_span(fields, "held_on", "started_at", "ended_on", "ended_at")
    channel = fields.text("channel", 32, _("Hãy chọn cách họp."))

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            if held is not None:
                code = "" if channel == IN_PERSON else channel
                meeting = await actions.record_held(session, actor, slug, held, code, now_of(request))
                await meeting_ended(session, meeting.id or 0, now_of(request))

    outcome = await attempt(fields, change)
    if not fields.errors:
        return redirect(f"/meetings/{slug}/attendance", "held")
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor, slug)
        channels = await list_channels(session)
    values = {name: fields.raw(name) for name in ("held_on", "started_at", "ended_at", "ended_on", "channel")}
    return _render_held(request, bundle, channels, values, fields.errors, status_of(outcome))
