"""Minutes, notices and letters as official documents: the page of one, the form it is edited in, its files.

What changes it is in ``document_changes.py``; what the pages show, in ``document_view.py``.
"""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from meetings.audit import write_entry
from meetings.document_models import OfficialDocument
from meetings.documents.access import Access, load_access, load_document
from meetings.documents.store import list_documents
from meetings.documents.templates import list_templates
from meetings.errors import N_, Conflict, NotAllowed, NotFound
from meetings.kinds import DocumentKind, DocumentState
from meetings.printing.documents import render_notice
from meetings.printing.notice import NoticeContent
from meetings.record_permissions import may_draft_notice
from transcripts.minutes import Content
from transcripts.models import Minutes, MinutesState
from transcripts.official import render_numbered
from transcripts.store import list_versions
from web.document_files import GUARDED, SIGNED_MB, read_document
from web.i18n import today
from web.inputs import key_of
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import render
from web.pages.document_view import FILE_STEPS, View, load_view
from web.pages.exchange_view import load_exchange
from web.pages.invitation_view import tell_signatures
from web.pages.recordings import name_file
from web.paper_files import MEDIA_TYPES
from web.press import print_apart

TEXTS = ("symbol", "subject", "closing", "signer_position", "signer_name")  # what may be edited, and
LINES = ("addressees", "paragraphs", "points", "recipients", "authority")  # what is one value a line
STEMS = {
    DocumentKind.MINUTES: "bien-ban",
    DocumentKind.NOTICE: "thong-bao",
    DocumentKind.CORRECTION: "cong-van",
    DocumentKind.INVITATION: "giay-moi",
}


async def load_page(request: web.Request) -> View:
    async with request.app[DATABASE].read() as session:
        access, document = await load_document(session, actor_of(request), key_of(request))
        return await load_view(session, access, document, today(now_of(request)))


async def show_document(request: web.Request) -> web.Response:
    async with request.app[DATABASE].read() as session:
        access, document = await load_document(session, actor_of(request), key_of(request))
    if document.kind == DocumentKind.INVITATION:
        raise web.HTTPSeeOther(f"/meetings/{access.bundle.slug}/invitation")
    return await render_document_page(request, {}, {})


async def render_document_page(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> web.Response:
    """The page as it stands now; ``values`` and ``errors`` are of a form that was refused."""
    view = await load_page(request)
    async with request.app[DATABASE].read() as session:
        exchange = await load_exchange(session, view.document.id)
    context: dict[str, Any] = {
        "view": view,
        "document": view.document,
        "bundle": view.bundle,
        "meeting": view.bundle.meeting,
        "signatures": tell_signatures(view.document),
        "file_steps": FILE_STEPS,
        "limit": SIGNED_MB,
        "exchange": exchange,
        "values": values,
        "errors": errors,
    }
    return render(request, "document.html", context, status)


async def show_edit(request: web.Request) -> web.Response:
    view = await load_page(request)
    if view.content is None:
        raise NotFound
    values = {
        "version": str(view.document.version),
        **{name: getattr(view.content, name) for name in TEXTS},
        **{name: "\n".join(getattr(view.content, name)) for name in LINES},
    }
    return render_edit(request, view, values, {})


def render_edit(
    request: web.Request, view: View, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> web.Response:
    if not view.prepares:
        raise NotAllowed
    if view.document.state is not DocumentState.DRAFTED:
        raise Conflict(N_("Văn bản đã trình ký hoặc đã phát hành nên không sửa trực tiếp được. Hãy tải lại trang."))
    context = {"view": view, "document": view.document, "meeting": view.bundle.meeting, "values": values}
    return render(request, "document_edit.html", context | {"errors": errors}, status)


async def show_notice(request: web.Request) -> web.Response:
    """``/meetings/{slug}/notice``: to the notice that stands, else where one is drafted."""
    async with request.app[DATABASE].read() as session:
        access = await load_access(session, actor_of(request), request.match_info["slug"])
        for row in await list_documents(session, access.bundle.id, DocumentKind.NOTICE):
            if row.state is not DocumentState.WITHDRAWN and access.may_see(row):
                raise web.HTTPSeeOther(f"/documents/{row.id}")
    return await render_notice_start(request, {})


async def require_start(request: web.Request) -> None:
    """That this person may begin a notice; who may not even see the meeting learns nothing of it."""
    async with request.app[DATABASE].read() as session:
        access = await load_access(session, actor_of(request), request.match_info["slug"])
    if not may_draft_notice(access.actor, access.bundle.meeting):
        raise NotAllowed


async def render_notice_start(request: web.Request, errors: Mapping[str, str], status: int = 200) -> web.Response:
    await require_start(request)
    async with request.app[DATABASE].read() as session:
        access = await load_access(session, actor_of(request), request.match_info["slug"])
        minutes = next(
            (row for row in await list_versions(session, access.bundle.id) if row.state is MinutesState.APPROVED), None
        )
        context = {
            "meeting": access.bundle.meeting,
            "templates": [(each.id, each.name) for each in await list_templates(session, DocumentKind.NOTICE)],
            "conclusions": Content.from_json(minutes.content).conclusions if minutes else (),
            "is_approved": minutes is not None,
            "errors": errors,
        }
    return render(request, "notice_start.html", context, status)


async def show_minutes_document(request: web.Request) -> web.Response:
    """``/meetings/{slug}/minutes/document``: to the newest minutes in the register."""
    async with request.app[DATABASE].read() as session:
        access = await load_access(session, actor_of(request), request.match_info["slug"])
        for row in await list_documents(session, access.bundle.id, DocumentKind.MINUTES):
            if access.may_see(row):
                raise web.HTTPSeeOther(f"/documents/{row.id}")
    raise NotFound


async def download_document(request: web.Request) -> web.Response:
    """``/documents/{id}/van-ban.{pdf,docx}``: the file as it stands, checked against its hash; a draft is printed."""
    async with request.app[DATABASE].read() as session:
        access, document = await load_document(session, actor_of(request), key_of(request))
    ending = request.match_info["format"]
    data = await _read_kept(request, document, ending) or await print_document(request, document, ending)
    async with request.app[DATABASE].write() as session:
        detail = {"document": document.id, "format": ending, "sha256": document.signed_sha256}
        subject = f"meeting:{access.bundle.id}"
        await write_entry(
            session, access.actor, "document.download", subject, detail, now_of(request), request.remote or ""
        )
    return _attach(data, _name(document, access, ending), ending)


async def _read_kept(request: web.Request, document: OfficialDocument, ending: str) -> bytes | None:
    folder = request.app[CONFIG].documents
    if ending == "pdf" and document.signed_file:
        return await read_document(folder, document.signed_file, document.signed_sha256)
    if ending == "docx" and document.docx_file:
        return await read_document(folder, document.docx_file, "")
    return None


async def print_document(request: web.Request, document: OfficialDocument, ending: str) -> bytes:
    """What it says now, with number and day as far as it has them."""
    if document.kind == DocumentKind.MINUTES:
        async with request.app[DATABASE].read() as session:
            minutes = await session.get(Minutes, document.content["minutes_id"])
        if minutes is None or ending != "docx":
            raise NotFound
        content, sha256 = Content.from_json(minutes.content), minutes.content_sha256
        return await print_apart(
            request.app, render_numbered, content, document.number, sha256=sha256, version=minutes.version
        )
    return await print_apart(
        request.app,
        render_notice,
        NoticeContent.from_json(document.content),
        ending,
        made_at=document.drafted_at,
        number=document.number,
        issued_on=document.issued_on,
    )


def _name(document: OfficialDocument, access: Access, ending: str) -> str:
    stem = STEMS[DocumentKind(document.kind)]
    return name_file(f"{stem}-{document.number}" if document.number else stem, access.bundle, f".{ending}")


def _attach(data: bytes, name: str, ending: str) -> web.Response:
    headers = GUARDED | {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=data, content_type=MEDIA_TYPES[ending], headers=headers)
