"""Moving a meeting to another time: the page that every view of the calendar leads to, and what dragging sends.

``move.html``
    ``bundle``   the meeting; ``values`` what was typed; ``errors`` a refused form: field to sentence
    ``notes``    what it also collides with, for the secretary to judge
    ``asks``     an invitation was sent: the change must be confirmed
    ``slots``    free times nearby, after a collision or when they were ``asked`` for

With ``Accept: application/json`` the answer is ``{"ok", "said", "faults", "notes", "asks", "slots"}``.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from meetings import actions, permissions
from meetings.booking_checks import draft_of, load_wanted
from meetings.errors import Conflict, NotAllowed
from meetings.interval import Span
from meetings.kinds import MeetingStatus
from meetings.meeting_store import MeetingBundle, load_visible
from meetings.models import Meeting
from web.i18n import _, format_day, format_span, local
from web.inputs import read_form, read_key, read_span
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import render
from web.pages.booking_form import write_span
from web.pages.booking_terms import terms_of
from web.pages.forms import attempt, redirect, status_of, sure
from web.pages.free_slots import list_notes, parse_slot, propose_for_meeting, write_slot

TIMES = ("starts_on", "starts_at", "ends_on", "ends_at")


@dataclass
class Move:
    """The form as it stands."""

    bundle: MeetingBundle
    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    slots: list[Span] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    asked: bool = False  # free times were asked for


async def show_move(request: web.Request) -> web.Response:
    bundle = await _load(request)
    return _render(request, Move(bundle, write_span(bundle.planned) | {"version": str(bundle.meeting.version)}))


async def submit_move(request: web.Request) -> web.Response:
    actor, slug, fields = actor_of(request), request.match_info["slug"], await read_form(request)
    bundle = await _load(request)
    slot = parse_slot(fields.raw("slot"))
    span = slot or read_span(fields, *TIMES)
    move = Move(bundle, {name: fields.raw(name) for name in (*TIMES, "version")})
    if span is not None:
        move.values |= write_span(span)
    if fields.raw("do") == "find":
        move.asked = True
        move.slots = await _propose(request, bundle, span or bundle.planned)
        return _answer(request, move, 200)
    if bundle.meeting.status is MeetingStatus.INVITED and not fields.flag("confirmed"):
        fields.refuse(
            "confirmed", _("Giấy mời đã gửi. Hãy xác nhận rằng những người được mời sẽ nhận thông báo đổi giờ.")
        )

    async def change() -> Meeting:
        async with request.app[DATABASE].write() as session:
            version, now = read_key(fields.raw("version")) or 0, now_of(request)
            return await actions.move_meeting(session, actor, slug, sure(span), version, now, terms_of(request))

    outcome = await attempt(fields, change)
    if isinstance(outcome, Meeting):
        return _answer_done(request, outcome)
    move.errors = fields.errors
    return await _refuse(request, move, span, outcome)


async def _refuse(request: web.Request, move: Move, span: Span | None, outcome: object) -> web.Response:
    """With the meeting as it is now, and free times where the wanted one is taken."""
    if isinstance(outcome, Conflict) and outcome.field == "version":
        move.bundle = await _load(request)
        move.values["version"] = str(move.bundle.meeting.version)
        move.errors = {
            "version": _(
                "Người khác vừa thay đổi cuộc họp này: hiện nay là {when}. Hãy kiểm tra rồi bấm Đổi giờ lần nữa.",
                when=describe_when(move.bundle.planned),
            )
        }
    elif isinstance(outcome, Conflict) and span is not None:
        move.slots = await _propose(request, move.bundle, span)
        move.notes = await _judge(request, move.bundle, span)
    return _answer(request, move, status_of(outcome))


async def _load(request: web.Request) -> MeetingBundle:
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor_of(request), request.match_info["slug"])
    if not permissions.may_edit_meeting(actor_of(request), bundle.meeting):
        raise NotAllowed
    return bundle


async def _propose(request: web.Request, bundle: MeetingBundle, span: Span) -> list[Span]:
    async with request.app[DATABASE].read() as session:
        bridge = request.app[CONFIG].bridge_capacity
        return await propose_for_meeting(session, bundle, span, now_of(request), bridge)


async def _judge(request: web.Request, bundle: MeetingBundle, span: Span) -> list[str]:
    async with request.app[DATABASE].read() as session:
        wanted = replace(await load_wanted(session, draft_of(bundle), bundle.id), span=span)
        return await list_notes(session, actor_of(request), wanted)


def _answer_done(request: web.Request, meeting: Meeting) -> web.Response:
    if not wants_json(request):
        return redirect(f"/meetings/{meeting.slug}", "moved")
    when = describe_when(Span(meeting.starts_at, meeting.ends_at))
    said = _("Đã chuyển “{title}” sang {when}.", title=meeting.title, when=when)
    return web.json_response({"ok": True, "said": said, "version": meeting.version})


def _answer(request: web.Request, move: Move, status: int) -> web.Response:
    if not wants_json(request):
        return _render(request, move, status)
    answer: dict[str, Any] = {
        "ok": False,
        "faults": list(move.errors.values()),
        "notes": move.notes,
        "asks": "confirmed" in move.errors,
        "version": move.values["version"],
        "slots": [{"value": write_slot(slot), "words": describe_when(slot)} for slot in move.slots],
    }
    return web.json_response(answer, status=status)


def _render(request: web.Request, move: Move, status: int = 200) -> web.Response:
    context = {
        "bundle": move.bundle,
        "values": move.values,
        "errors": move.errors,
        "notes": move.notes,
        "asks": move.bundle.meeting.status is MeetingStatus.INVITED,
        "slots": [(write_slot(slot), describe_when(slot)) for slot in move.slots],
        "asked": move.asked,
    }
    return render(request, "move.html", context, status)


def wants_json(request: web.Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def describe_when(span: Span) -> str:
    """``Thứ Ba, 24/11/2026, 08:00–10:00``"""
    if local(span.start).date() != local(span.end).date():
        return format_span(span.start, span.end)
    return f"{format_day(span.start)}, {format_span(span.start, span.end)}"
