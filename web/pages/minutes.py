"""The register of minutes, and the page on which one meeting's minutes are read, edited and approved.

The changes themselves are in ``minutes_changes.py``, sound, transcript and documents in ``recordings.py``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions, record_permissions
from meetings.document_models import OfficialDocument
from meetings.errors import N_, NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle, get_meeting, is_visible
from meetings.models import Meeting
from meetings.permissions import Actor
from meetings.record_permissions import may_manage_recordings, may_view_archive
from transcripts import store
from transcripts.actions import Progress, progress
from transcripts.failures import list_failures
from transcripts.hallucination import REASONS
from transcripts.minutes import Content, sha256
from transcripts.minutes_actions import WRITABLE
from transcripts.minutes_models import CommentState
from transcripts.minutes_store import count_comments
from transcripts.models import Document, Minutes, MinutesState
from transcripts.printed_form import KIND, LABELS, MODES, Sheet, build_sheet
from transcripts.register import list_register
from transcripts.timeline import Utterance
from web.i18n import _, utc
from web.inputs import Fields, read_day
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import render
from web.pages.minutes_ribbon import STATES, Ribbon, load_ribbon, minutes_state_name
from web.pages.recordings import mix_path, mix_start, tell_reason
from web.pages.redraft_view import describe_redraft

UNSURE = 0.5  # below this share of confidence a sentence is marked


@dataclass(frozen=True)
class May:
    """What the person may do with the minutes that are shown."""

    edit: bool
    approve: bool
    reopen: bool
    open_document: bool  # the official one that was made from these minutes
    order_document: bool  # there is none, and nobody is at it


@dataclass(frozen=True)
class View:
    """All that the page of a meeting's minutes shows to one person."""

    bundle: MeetingBundle
    versions: list[Minutes]  # those that the person may see, the latest first
    minutes: Minutes | None  # the one shown
    content: Content | None
    sheet: Sheet | None
    documents: list[Document]
    progress: Progress
    may: May
    follows: bool  # may see drafts, so also how far the work on them is
    hears: bool
    conversation: tuple[Utterance, ...]
    ribbon: Ribbon | None
    names: tuple[str, ...]  # of people who may have spoken
    comments: int  # of the sites, not yet dealt with
    comments_open: bool  # the person may read the draft and comment on it
    sound_from: datetime | None  # the instant of the mixed sound's beginning; None when there is no sound yet
    is_intact: bool  # the content of approved minutes is still the one that was hashed

    @property
    def is_latest(self) -> bool:
        return self.minutes is not None and self.minutes is self.versions[0]


async def show_minutes(request: web.Request) -> web.Response:
    return await render_minutes(request, actor_of(request))


async def render_minutes(
    request: web.Request, actor: Actor, fields: Fields | None = None, status: int = 200
) -> web.Response:
    """The page as it stands now; ``fields`` is a form that was refused, whose faults are shown."""
    async with request.app[DATABASE].read() as session:
        bundle = await get_meeting(session, request.match_info["slug"])
        require_view(actor, bundle)
        view = await _load_view(session, request, actor, bundle)
        failures = await list_failures(session, [bundle.id]) if view.follows else []
        config, meeting = request.app[CONFIG], bundle.meeting
        redraft = await describe_redraft(session, config, meeting, view.minutes, may_edit=view.may.edit)
    context = {
        "view": view,
        "bundle": bundle,
        "minutes": view.minutes,
        "written": _describe(view.content) if view.content else None,
        "sheet": view.sheet,
        "errors": fields.errors if fields else {},
        "reason": fields.raw("reason") if fields else "",
        "failures": failures,
        "redraft": redraft,
        "may_retry": may_manage_recordings(actor, bundle.meeting),
        "tell_reason": tell_reason,
        "has_model": bool(request.app[CONFIG].whisper_model),
        "state_name": minutes_state_name,
        "suspect_name": suspect_name,
        "doubt_of": doubt_of,
        "clock": format_clock,
        "printed": {"labels": LABELS, "kind": KIND, "modes": MODES},
    }
    return render(request, "minutes.html", context, status)


def require_view(actor: Actor, bundle: MeetingBundle) -> None:
    """The person may see minutes of this meeting, at least approved ones; else the meeting's existence is not told."""
    if permissions.may_view_minutes(actor, bundle.meeting, bundle.invited_unit_ids, approved=True):
        return
    if is_visible(actor, bundle):
        raise NotAllowed
    raise NotFound


def may_see(actor: Actor, bundle: MeetingBundle, minutes: Minutes) -> bool:
    approved = minutes.state is MinutesState.APPROVED
    return permissions.may_view_minutes(actor, bundle.meeting, bundle.invited_unit_ids, approved=approved)


def pick_version(versions: list[Minutes], wanted: str) -> Minutes | None:
    """The version of that number, or the latest; ``NotFound`` for a number that is not there."""
    if not wanted:
        return versions[0] if versions else None
    for minutes in versions:
        if str(minutes.version) == wanted:
            return minutes
    raise NotFound


async def _load_view(session: AsyncSession, request: web.Request, actor: Actor, bundle: MeetingBundle) -> View:
    meeting = bundle.meeting
    known = await store.list_versions(session, bundle.id)
    versions = [row for row in known if may_see(actor, bundle, row)]
    minutes = pick_version(versions, request.query.get("version", ""))
    content = Content.from_json(minutes.content) if minutes else None
    hears = permissions.may_hear_recording(actor, meeting)
    has_sound = hears and mix_path(request.app[CONFIG], bundle).is_file()
    follows = permissions.may_view_minutes(actor, meeting, bundle.invited_unit_ids, approved=False)
    work = await progress(session, bundle.id, now_of(request), tell_reason)
    ribbon = await _load_ribbon(session, minutes) if minutes else None
    intact = bool(minutes and content and minutes.content_sha256 == sha256(content))
    latest = minutes if minutes is not None and minutes is versions[0] else None
    document = ribbon.document if ribbon else None
    may = _decide(actor, meeting, latest, document, can_be_printed=intact and not work.rendering)
    return View(
        bundle=bundle,
        versions=versions,
        minutes=minutes,
        content=content,
        sheet=build_sheet(content) if content else None,
        documents=await store.list_documents(session, minutes.id) if minutes and minutes.id else [],
        progress=work,
        may=may,
        follows=follows,
        hears=hears,
        conversation=await store.load_conversation(session, bundle.id) if hears else (),
        sound_from=await mix_start(session, bundle.id) if has_sound else None,
        ribbon=ribbon,
        names=_name_speakers(content) if content else (),
        comments=await count_comments(session, minutes.id, CommentState.OPEN)
        if minutes and minutes.id and follows
        else 0,
        comments_open=(
            bool(known)
            and known[0].state is MinutesState.COMMENTS
            and record_permissions.may_read_for_comments(actor, bundle.invited_unit_ids)
        ),
        is_intact=intact,
    )


def _decide(
    actor: Actor, meeting: Meeting, latest: Minutes | None, document: OfficialDocument | None, *, can_be_printed: bool
) -> May:
    """``latest``: the minutes that are shown, when no newer ones are there to be worked on."""
    state = latest.state if latest else None
    runs = permissions.may_edit_minutes(actor, meeting)
    wanted = state is MinutesState.APPROVED and document is None and can_be_printed
    return May(
        edit=state in WRITABLE and runs,
        approve=state is MinutesState.SUBMITTED and permissions.may_approve_minutes(actor, meeting),
        reopen=state is MinutesState.APPROVED and runs,
        open_document=document is not None and (runs or document.issued_at is not None),
        order_document=wanted and record_permissions.may_draft_notice(actor, meeting),
    )


async def _load_ribbon(session: AsyncSession, minutes: Minutes) -> Ribbon:
    commented = minutes.state is MinutesState.COMMENTS or await count_comments(session, minutes.id or 0) > 0
    return await load_ribbon(session, minutes, commented=commented)


def _name_speakers(content: Content) -> tuple[str, ...]:
    """Who may have spoken: the chair, the secretary, the people of the units with their unit."""
    officers = [
        ", ".join(part for part in (each.name, each.position) if part) for each in (content.chair, content.secretary)
    ]
    people = [f"{name}, {row.unit}" for row in content.attendance for name in row.names]
    return tuple(dict.fromkeys(name for name in (*officers, *people) if name))


def _describe(content: Content) -> dict[str, Any]:
    """The content as JSON values, for the form; ``instant`` of a statement is when it began."""
    written = content.to_json()
    for section, source in zip(written["sections"], content.sections, strict=True):
        for statement, said in zip(section["statements"], source.statements, strict=True):
            statement["instant"] = said.starts_at
    return written


def format_clock(seconds: float) -> str:
    """A place in the sound as a player shows it: ``4:05``, ``1:04:05``."""
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def suspect_name(reason: str) -> str:
    """Why a sentence needs a second look, in the reader's language."""
    return _(REASONS.get(reason, N_("nghe chưa rõ")))


def doubt_of(said: Utterance) -> str:
    """Why a sentence of the transcript should be heard again; empty where nothing speaks against it."""
    if said.suspect:
        return suspect_name(said.suspect)
    unsure = said.confidence is not None and said.confidence < UNSURE
    return _("độ tin cậy {n} %", n=round(said.confidence * 100)) if unsure and said.confidence is not None else ""


async def show_register(request: web.Request) -> web.Response:
    """``/minutes?state=…&q=…&from=…&to=…``; days are those of the meeting's start, both included."""
    actor = actor_of(request)
    fields = Fields(request.query)
    wanted = fields.raw("state")
    state = MinutesState(wanted) if wanted in set(MinutesState) else None
    first, last = read_day(fields.raw("from")), read_day(fields.raw("to"))
    async with request.app[DATABASE].read() as session:
        entries = await list_register(
            session,
            actor,
            state=state,
            text=fields.raw("q")[:200],
            start=utc(first) if first else None,
            end=utc(last + timedelta(days=1)) if last else None,
        )
    filters = {"state": state.value if state else "", "q": fields.raw("q"), "from": first, "to": last}
    context = {"entries": entries, "filters": filters, "states": list(STATES), "state_name": minutes_state_name}
    context["may_view_archive"] = may_view_archive(actor)
    return render(request, "minutes_list.html", context)
