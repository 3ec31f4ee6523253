"""The page on which invited units comment on a draft of minutes, and the secretary takes that in or answers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions, record_permissions
from meetings.errors import NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle, get_meeting, is_visible
from meetings.permissions import Actor
from transcripts import comment_actions, minutes_actions, store
from transcripts.comment_actions import Remark
from transcripts.comparison import compare_words
from transcripts.minutes import Content
from transcripts.minutes_models import CommentState, MinutesComment
from transcripts.minutes_store import list_comments
from transcripts.models import Minutes, MinutesState
from transcripts.places import WHOLE, Place, find_place, list_places
from transcripts.printed_form import LABELS
from web.i18n import today
from web.inputs import Fields, read_form, read_key
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.forms import attempt, redirect, status_of
from web.pages.minutes_changes import read_revision

Change = Callable[[AsyncSession, Actor, MeetingBundle, Fields], Awaitable[object]]


@dataclass(frozen=True)
class View:
    """The draft with what was said of it, as one person sees it."""

    bundle: MeetingBundle
    minutes: Minutes
    places: tuple[Place, ...]  # empty for who may no longer read the draft
    comments: dict[str, list[MinutesComment]]  # by the path at which what they speak of stands now
    moved: list[MinutesComment]  # of texts that no longer stand anywhere
    proposals: dict[int | None, list[tuple[str, str]]]  # by comment: its words against those that stood there
    may_comment: bool
    may_settle: bool  # take in, which changes the text
    may_answer: bool

    @property
    def count(self) -> int:
        return sum(map(len, self.comments.values())) + len(self.moved)


async def show_comments(request: web.Request) -> web.Response:
    return await _render(request, actor_of(request))


async def write_comment(request: web.Request) -> web.Response:
    async def change(session: AsyncSession, actor: Actor, bundle: MeetingBundle, fields: Fields) -> MinutesComment:
        remark = Remark(fields.raw("place"), fields.raw("quote"), fields.raw("text"), fields.raw("proposal"))
        return await comment_actions.write_comment(session, actor, bundle.id, remark, now_of(request))

    return await _change(request, change, "minutes_commented", "new")


async def accept_comment(request: web.Request) -> web.Response:
    key = read_key(request.match_info["id"]) or 0

    async def change(session: AsyncSession, actor: Actor, bundle: MeetingBundle, fields: Fields) -> MinutesComment:
        written, answer, revision = fields.raw("written"), fields.raw("answer"), read_revision(fields)
        return await comment_actions.accept_comment(
            session, actor, bundle.id, key, revision, written, answer, now_of(request)
        )

    return await _change(request, change, "minutes_comment_accepted", f"accept-{key}")


async def answer_comment(request: web.Request) -> web.Response:
    key = read_key(request.match_info["id"]) or 0

    async def change(session: AsyncSession, actor: Actor, bundle: MeetingBundle, fields: Fields) -> MinutesComment:
        answer = fields.raw("answer")
        return await comment_actions.answer_comment(session, actor, bundle.id, key, answer, now_of(request))

    return await _change(request, change, "minutes_comment_answered", f"answer-{key}")


async def open_comments(request: web.Request) -> web.Response:
    async def change(session: AsyncSession, actor: Actor, bundle: MeetingBundle, fields: Fields) -> Minutes:
        revision, until = read_revision(fields), fields.day("comments_until")
        return await minutes_actions.open_comments(session, actor, bundle.id, revision, until, now_of(request))

    return await _change(request, change, "minutes_comments_opened", "open")


async def close_comments(request: web.Request) -> web.Response:
    async def change(session: AsyncSession, actor: Actor, bundle: MeetingBundle, fields: Fields) -> Minutes:
        return await minutes_actions.close_comments(session, actor, bundle.id, read_revision(fields), now_of(request))

    return await _change(request, change, "minutes_comments_closed", "close")


async def _change(request: web.Request, change: Change, done: str, form: str) -> web.Response:
    """Do it and show the page; what is refused comes back in its form, with the reason and what was typed."""
    actor, fields = actor_of(request), await read_form(request)

    async def apply() -> object:
        async with request.app[DATABASE].write() as session:
            bundle = await get_meeting(session, request.match_info["slug"])
            await _load(session, actor, bundle)  # who may not know of it is told so first
            return await change(session, actor, bundle, fields)

    outcome = await attempt(fields, apply)
    if fields.errors:
        return await _render(request, actor, fields, form, status_of(outcome))
    return redirect(f"/meetings/{request.match_info['slug']}/minutes/comments", done)


async def _render(
    request: web.Request, actor: Actor, fields: Fields | None = None, form: str = "", status: int = 200
) -> web.Response:
    async with request.app[DATABASE].read() as session:
        bundle = await get_meeting(session, request.match_info["slug"])
        minutes, comments = await _load(session, actor, bundle)
    now = now_of(request)
    view = await asyncio.to_thread(_arrange, actor, bundle, minutes, comments, now)  # many words to compare
    chosen = fields.raw("place") if fields and form == "new" else request.query.get("place", WHOLE)
    context = {
        "view": view,
        "bundle": bundle,
        "minutes": view.minutes,
        "units": {invited.unit.id: invited.unit.name for invited in bundle.invitations},
        "errors": fields.errors if fields else {},
        "typed": fields,
        "refused": form,  # which form comes back
        "chosen": next((place for place in view.places if place.path == chosen), None),
        "open_state": CommentState.OPEN,
        "part_names": {name: LABELS[name] for name in ("places", "votes", "conclusions", "presenter")},
    }
    return render(request, "minutes_comments.html", context, status)


def _follows(actor: Actor, bundle: MeetingBundle) -> bool:
    return permissions.may_view_minutes(actor, bundle.meeting, bundle.invited_unit_ids, approved=False)


async def _load(session: AsyncSession, actor: Actor, bundle: MeetingBundle) -> tuple[Minutes, list[MinutesComment]]:
    """The latest version, and what the person may see of the comments: those who follow drafts all, a unit its own."""
    minutes = await store.find_minutes(session, bundle.id)
    follows = _follows(actor, bundle)
    invited = record_permissions.may_read_for_comments(actor, bundle.invited_unit_ids)
    if not follows and not invited:
        raise NotAllowed if is_visible(actor, bundle) else NotFound
    if minutes is None or minutes.id is None:
        raise NotFound
    versions = await store.list_versions(session, bundle.id)
    comments = await list_comments(session, [row.id for row in versions if row.id is not None])
    own = [row for row in comments if follows or row.unit_id == actor.unit_id]
    if not follows and minutes.state is not MinutesState.COMMENTS and not own:
        raise NotFound
    return minutes, own


def _arrange(
    actor: Actor, bundle: MeetingBundle, minutes: Minutes, comments: list[MinutesComment], now: datetime
) -> View:
    follows, out = _follows(actor, bundle), minutes.state is MinutesState.COMMENTS
    content = Content.from_json(minutes.content)
    placed, moved = _place(content, comments, minutes.id)
    writable = minutes.state in minutes_actions.WRITABLE
    edits = permissions.may_edit_minutes(actor, bundle.meeting)
    until = minutes.comments_until if out else None
    return View(
        bundle=bundle,
        minutes=minutes,
        places=list_places(content) if follows or out else (),
        comments=placed if follows or out else {},
        moved=moved if follows or out else comments,
        proposals={row.id: compare_words(row.quote, row.proposal) for row in comments if row.proposal},
        may_comment=record_permissions.may_comment_minutes(actor, bundle.invited_unit_ids, until, today(now)),
        may_settle=edits and writable,
        may_answer=edits and minutes.state is not MinutesState.APPROVED,
    )


def _place(
    content: Content, comments: list[MinutesComment], minutes_id: int | None
) -> tuple[dict[str, list[MinutesComment]], list[MinutesComment]]:
    placed: dict[str, list[MinutesComment]] = {}
    moved = []
    for comment in comments:
        path: str | None = comment.place
        if comment.place != WHOLE:
            path = find_place(content, comment.place, comment.quote) if comment.minutes_id == minutes_id else None
        if path is None:
            moved.append(comment)
        else:
            placed.setdefault(path, []).append(comment)
    return placed, moved
