"""The papers of a meeting: the list, putting one there, withdrawing it, opening it on a page or in the room.

A paper opens inside the room in a frame of the same site: its answer alone may be framed by us, runs nothing, and asks
for nothing. Guests open what is marked for them, once the room has let them in.

``papers.html`` gets, beside what every page gets:
    ``bundle``, ``meeting``
    ``papers``      the Paper rows in the order in which they came, each in its newest version
    ``older``       by paper: the versions before it, for those who may see them
    ``may_manage``  the form is shown: ``values``, ``errors``, ``limit`` in MB, ``endings`` for the file picker
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import web
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions, permissions
from meetings.actions import PaperDraft
from meetings.course_store import find_newest, get_paper, list_older, list_papers
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle, load_visible
from meetings.models import Presence
from meetings.room_models import Paper
from web.inputs import clean, read_key
from web.keys import CONFIG, DATABASE, actor_of, locale_of, now_of
from web.layout import render
from web.middlewares import require_token, streams_form
from web.pages.admissions import admit_guest, read_guest
from web.pages.forms import explain, redirect, status_of
from web.paper_files import EMPTY, ENDINGS, TOO_LARGE, KeptFile, clean_file_name, find_file, keep_file, kind_of
from web.uploads import CHUNK, list_parts, read_chunks, read_text

ALLOWANCE = 64 * 1024  # for the other fields of the form
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'none'"
)
# Browsers of some years ago show no PDF in a sandbox; their viewers run outside of our site (docs/decisions/0015).
SANDBOXED = f"sandbox; {POLICY}"
NOT_FOR_GUESTS = N_("Tài liệu này không mở cho khách mời. Hãy hỏi thư ký cuộc họp nếu bạn cần bản này.")
FIRST_COME_IN = N_("Hãy vào phòng họp trước: tài liệu mở được sau khi chủ trì cho bạn vào.")


async def show_papers(request: web.Request) -> web.Response:
    bundle, papers, older = await _load(request)
    return _render(request, bundle, papers, older, {}, {})


async def _load(request: web.Request) -> tuple[MeetingBundle, list[Paper], dict[int, list[Paper]]]:
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor_of(request), request.match_info["slug"])
        if not permissions.may_read_papers(
            actor_of(request), bundle.meeting, bundle.invited_unit_ids, bundle.invited_site_ids
        ):
            raise NotAllowed
        papers = await list_papers(session, bundle.id)
        older: dict[int, list[Paper]] = {}
        if permissions.may_view_old_papers(actor_of(request), bundle.meeting):
            older = {paper.id or 0: await list_older(session, paper) for paper in papers if paper.replaces_id}
        return bundle, papers, older


def _render(
    request: web.Request,
    bundle: MeetingBundle,
    papers: list[Paper],
    older: Mapping[int, list[Paper]],
    values: Mapping[str, str],
    errors: Mapping[str, str],
    status: int = 200,
) -> web.Response:
    context: dict[str, Any] = {
        "bundle": bundle,
        "meeting": bundle.meeting,
        "papers": papers,
        "older": older,
        "may_manage": permissions.may_manage_papers(actor_of(request), bundle.meeting),
        "values": {"title": "", "for_guests": "", "replaces": ""} | dict(values),
        "errors": errors,
        "limit": request.app[CONFIG].paper_mb,
        "endings": ",".join(ENDINGS),
    }
    return render(request, "papers.html", context, status)


# Putting one there


@streams_form
async def submit_paper(request: web.Request) -> web.StreamResponse:
    """The form is read as it comes: who may not, and whose token is wrong, does not fill the disk."""
    actor = actor_of(request)
    bundle, papers, older = await _load(request)
    if not permissions.may_manage_papers(actor, bundle.meeting):
        raise NotAllowed
    values: dict[str, str] = {}
    try:
        name, kept = await _receive(request, bundle.slug, values)
        replaces = read_key(values.get("replaces", ""))
        draft = PaperDraft(
            title=values.get("title", "") or ("" if replaces else name.rpartition(".")[0]),
            file_name=name,
            media_type=kept.kind.media_type,
            size=kept.size,
            sha256=kept.sha256,
            path=kept.path,
            for_guests=values.get("for_guests") == "1",
            replaces_id=replaces,
        )
        await _save(request, bundle.slug, draft)
    except (Invalid, Conflict) as refusal:
        errors = {refusal.field or "file": explain(refusal)}
        if values.get("replaces"):  # its own small form has no fields of its own to stand under
            errors = {"file": next(iter(errors.values()))}
        return _render(request, bundle, papers, older, values, errors, status_of(refusal))
    return redirect(f"/meetings/{bundle.slug}/papers", "paper_replaced" if replaces else "paper")


async def _save(request: web.Request, slug: str, draft: PaperDraft) -> None:
    try:
        async with request.app[DATABASE].write() as session:
            await actions.add_paper(session, actor_of(request), slug, draft, now_of(request))
    except BaseException:
        _delete(request, draft.path)
        raise


async def _receive(request: web.Request, slug: str, values: dict[str, str]) -> tuple[str, KeptFile]:
    """Read the form; the token comes first, the file last. The file's clean name, and where it lies now."""
    token = request.headers.get("X-CSRF-Token", "")
    async for part in list_parts(request):
        if part.name == "file":
            require_token(request, token)
            limit = request.app[CONFIG].paper_mb
            if (request.content_length or 0) > limit * 2**20 + ALLOWANCE:  # it says so itself: no need to read it
                raise Invalid(TOO_LARGE, field="file", limit=limit)
            name = clean_file_name(part.filename or "")
            chunks = read_chunks(part)
            return name, await keep_file(request.app[CONFIG].papers, slug, name, chunks, limit)
        text = await read_text(part)
        if part.name == "csrf_token":
            token = text
        elif part.name in ("title", "for_guests", "replaces"):
            values[part.name] = clean(text)
    require_token(request, token)
    raise Invalid(EMPTY, field="file")


def _delete(request: web.Request, path: str) -> None:
    found = find_file(request.app[CONFIG].papers, path)
    if found is not None:
        found.unlink(missing_ok=True)


async def submit_withdraw(request: web.Request) -> web.Response:
    actor, slug, paper_id = actor_of(request), request.match_info["slug"], read_key(request.match_info["id"])
    if paper_id is None:
        raise NotFound
    async with request.app[DATABASE].write() as session:
        papers = await actions.withdraw_paper(session, actor, slug, paper_id, now_of(request))
    for paper in papers:
        _delete(request, paper.path)
    return redirect(f"/meetings/{slug}/papers", "paper_withdrawn")


# Opening one


async def open_paper(request: web.Request) -> web.StreamResponse:
    paper_id = read_key(request.match_info["id"])
    if paper_id is None:
        raise NotFound
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor_of(request), request.match_info["slug"])
        as_it_was = "this" in request.query
        paper = await actions.open_paper(session, actor_of(request), bundle, paper_id, as_it_was=as_it_was)
    return _answer(request, paper)


async def open_guest_paper(request: web.Request) -> web.StreamResponse:
    """Of the meeting of the guest's own link, marked for guests, for a guest whom the room has let in."""
    token, paper_id = request.match_info["token"], read_key(request.match_info["id"])
    guest = read_guest(request, token)
    async with request.app[DATABASE].read() as session:
        _link, entrance = await admit_guest(session, token, guest, locale_of(request), now_of(request))
        if paper_id is None:
            raise NotFound
        paper = await find_newest(session, await get_paper(session, entrance.bundle.id, paper_id))
        if not paper.for_guests:
            raise NotAllowed(NOT_FOR_GUESTS)
        if guest is None or not await _was_let_in(session, paper.meeting_id, entrance.admission.identity):
            raise NotAllowed(FIRST_COME_IN)
    return _answer(request, paper)


async def _was_let_in(session: AsyncSession, meeting_id: int, identity: str) -> bool:
    """Also those who have left, but for who was asked out and has not been let in again."""
    query = select(Presence.left_reason).where(Presence.meeting_id == meeting_id, col(Presence.identity) == identity)
    reason = (await session.exec(query.order_by(col(Presence.id).desc()).limit(1))).first()
    return reason is not None and reason != "removed"


def _answer(request: web.Request, paper: Paper) -> web.StreamResponse:
    """The file, whole or in parts (RFC 9110, Range); its tag changes only with its bytes."""
    path, kind = find_file(request.app[CONFIG].papers, paper.path), kind_of(paper.media_type)
    if path is None or kind is None:
        raise NotFound(N_("Tệp của tài liệu này không còn trên máy chủ. Hãy báo thư ký tải lên lại."))
    inline = kind.inline and "download" not in request.query
    name = quote(paper.file_name, safe="")
    plain = f"tai-lieu-{paper.id}.{kind.ending}"
    headers = {
        "Content-Type": kind.media_type,
        "Content-Disposition": f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{name}",
        "Content-Security-Policy": POLICY if kind.media_type == "application/pdf" else SANDBOXED,
        "X-Frame-Options": "SAMEORIGIN",
        "Cache-Control": "private, no-cache",
    }
    return web.FileResponse(path, chunk_size=CHUNK, headers=headers)
