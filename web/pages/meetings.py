"""The page of one meeting: everything that is known of it, for whoever may know of it."""

from datetime import timedelta
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions, permissions
from meetings.attendance import held_form
from meetings.booking_checks import draft_of, load_wanted
from meetings.course_store import list_papers, list_voters, list_votes
from meetings.invitations.mail_store import count_mail
from meetings.kinds import BOOKED, LIVE, OVER, PLANNED, MeetingStatus
from meetings.meeting_store import MeetingBundle, load_visible
from meetings.people_store import load_tree
from meetings.permissions import Actor
from meetings.record_permissions import may_view_file
from meetings.scheduling import count_places, is_hosted
from transcripts.models import Minutes
from transcripts.store import find_minutes
from web.i18n import _
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import CLASSIFICATION_NAMES, render
from web.pages.booking_series import describe_reach
from web.pages.delegates import describe_people
from web.pages.document_view import describe_documents
from web.pages.free_slots import list_notes
from web.pages.invitation_view import describe_invitation
from web.pages.meeting_way import describe_way
from web.pages.my_work import describe_tasks
from web.pages.ratio_effects import list_effects

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
    may_join = permissions.may_join_meeting(actor, meeting, invited, bundle.invited_site_ids)
    watches = permissions.may_view_readiness(actor, meeting)
    reads = permissions.may_read_papers(actor, meeting, invited, bundle.invited_site_ids)
    took_place = meeting.status in (MeetingStatus.IN_SESSION, *OVER)
    may_edit, draft = permissions.may_edit_meeting(actor, meeting), draft_of(bundle)
    warns = may_edit and meeting.status in LIVE
    return {
        "bundle": bundle,
        "meeting": meeting,
        "classification": _(CLASSIFICATION_NAMES[meeting.classification]),
        "attendance": {each.unit_id: each for each in attendance} if took_place else {},
        "held_form": held_form(each.mode for each in attendance) if meeting.status in OVER else None,
        "minutes_state": _minutes_state(actor, bundle, minutes),
        "warnings": await list_notes(session, actor, await load_wanted(session, draft, bundle.id)) if warns else [],
        "may_join": may_join,
        "may_read_papers": reads,
        "papers": len(await list_papers(session, bundle.id)),
        "may_rehearse": meeting.status in LIVE and (watches or actions.has_own_place(actor, bundle)),
        "may_view_file": may_view_file(actor, meeting) and meeting.status not in (*PLANNED, *BOOKED),
        "may_view_log": watches and meeting.status is not MeetingStatus.CANCELLED,
        "capacity": capacity,
        "overbooked": count_places(draft) > capacity,
        "voters": await list_voters(session, bundle.id),
        "may_name_voters": permissions.may_name_voters(actor, meeting),
        "votes": await list_votes(session, bundle.id) if reads else [],
        "hosts": await _list_hosts(session, bundle),
        "may_project": may_join and (permissions.may_operate_room(actor, meeting) or actor.site_id is not None),
        "is_near": meeting.starts_at - LOBBY <= now <= meeting.ends_at or meeting.status is MeetingStatus.IN_SESSION,
        "may_edit": may_edit,
        "may_cancel": permissions.may_cancel_meeting(actor, meeting),
        "may_record_held": permissions.may_record_held(actor, meeting) and now > meeting.starts_at,
        "may_invite_guests": permissions.may_invite_guests(actor, meeting),
        "may_confirm": permissions.may_confirm_attendance(actor, meeting),
        "effects": await _list_effects(request, session, bundle),
        "people": await describe_people(request, session, bundle),
        "way": await describe_way(request, session, bundle),
        "series": await describe_reach(session, bundle, "", now),
        "invitation": await describe_invitation(request, session, bundle),
        **await describe_documents(session, actor, bundle),
        "tasks": await describe_tasks(session, actor, bundle, now),
        "letters": await count_mail(session, bundle.id) if permissions.may_view_meeting_mail(actor, meeting) else None,
    }


async def _list_effects(request: web.Request, session: AsyncSession, bundle: MeetingBundle) -> list[tuple[str, str]]:
    """Why it counts as it does, for those who see the indicator or answer for the meeting; once it is confirmed."""
    actor, meeting = actor_of(request), bundle.meeting
    asks = permissions.may_view_ratio(actor) or permissions.may_confirm_attendance(actor, meeting)
    if not asks or meeting.status not in OVER or meeting.attendance_confirmed_at is None:
        return []
    return await list_effects(session, bundle, request.app[CONFIG].ratio_rule)


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
