"""The official invitation of one meeting: the page on which it stands, the form it is edited in, its files.

What changes it is in ``invitation_changes.py``; what the pages show, in ``invitation_view.py``.
"""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from meetings.audit import write_entry
from meetings.document_models import OfficialDocument
from meetings.documents.access import load_access
from meetings.documents.standing import Standing
from meetings.documents.store import get_document
from meetings.errors import N_, Conflict, NotAllowed, NotFound
from meetings.invitations.document_access import may_draft
from meetings.kinds import DocumentKind
from meetings.meeting_store import MeetingBundle
from meetings.printing.documents import render_invitation
from meetings.printing.invitation import InvitationContent
from web.document_files import GUARDED, SIGNED_MB, read_document
from web.inputs import key_of
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import render
from web.pages.exchange_view import load_exchange
from web.pages.invitation_view import View, load_view, tell_signatures
from web.pages.recordings import name_file
from web.paper_files import MEDIA_TYPES
from web.press import print_apart

TEXTS = ("symbol", "subject", "attend", "chair", "signer_position", "signer_name")  # what may be edited, and
LINES = ("invitees", "places", "notes", "recipients", "authority")  # what is one value a line


async def show_invitation(request: web.Request) -> web.Response:
    return await render_invitation_page(request, {}, {})


async def render_invitation_page(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> web.Response:
    """The page as it stands now; ``values`` and ``errors`` are of a form that was refused."""
    view = await _load(request)
    async with request.app[DATABASE].read() as session:
        exchange = await load_exchange(session, view.current.document.id if view.current else None)
    context: dict[str, Any] = {
        "view": view,
        "bundle": view.bundle,
        "meeting": view.bundle.meeting,
        "signatures": tell_signatures(view.current.document) if view.current else [],
        "limit": SIGNED_MB,
        "exchange": exchange,
        "values": values,
        "errors": errors,
    }
    return render(request, "invitation.html", context, status)


async def _load(request: web.Request) -> View:
    async with request.app[DATABASE].read() as session:
        access = await load_access(session, actor_of(request), request.match_info["slug"])
        return await load_view(session, request, access)


async def show_edit(request: web.Request) -> web.Response:
    view = await _load(request)
    if view.current is None or view.content is None:
        raise NotFound
    content = view.content
    values = {
        "organ_id": str(view.current.document.organ_unit_id),
        "version": str(view.current.document.version),
        **{name: getattr(content, name) for name in TEXTS},
        **{name: "\n".join(getattr(content, name)) for name in LINES},
    }
    return render_edit(request, view, values, {})


def render_edit(
    request: web.Request, view: View, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> web.Response:
    if not may_draft(view.access):
        raise NotAllowed
    if view.standing is not Standing.DRAFTED:
        raise Conflict(N_("Giấy mời đã trình ký hoặc đã phát hành nên không sửa trực tiếp được. Hãy tải lại trang."))
    context = {"view": view, "bundle": view.bundle, "meeting": view.bundle.meeting, "values": values, "errors": errors}
    return render(request, "invitation_edit.html", context, status)


async def download_draft(request: web.Request) -> web.Response:
    """``/meetings/{slug}/invitation/{id}/giay-moi.{pdf,docx}``: the form as it stands, to be signed or to work with."""
    document, bundle = await _find(request)
    ending = request.match_info["format"]
    content = InvitationContent.from_json(document.content)
    data = await print_apart(
        request.app,
        render_invitation,
        content,
        ending,
        number=document.number,
        issued_on=document.issued_on,
        preliminary=document.preliminary,
    )
    stem = "thu-moi-hop-truoc" if document.preliminary else "giay-moi"
    return _attach(data, name_file(stem, bundle, f".{ending}"), ending)


async def download_signed(request: web.Request) -> web.Response:
    """``/meetings/{slug}/invitation/{id}/signed.pdf``: the file that was signed outside, checked against its hash."""
    document, bundle = await _find(request)
    if not document.signed_file:
        raise NotFound
    data = await read_document(request.app[CONFIG].documents, document.signed_file, document.signed_sha256)
    async with request.app[DATABASE].write() as session:
        detail = {"document": document.id, "sha256": document.signed_sha256}
        await write_entry(
            session,
            actor_of(request),
            "invitation.download",
            f"meeting:{bundle.id}",
            detail,
            now_of(request),
            request.remote or "",
        )
    number = f"-{document.number}" if document.number else ""
    return _attach(data, name_file(f"giay-moi{number}", bundle, ".pdf"), "pdf")


async def _find(request: web.Request) -> tuple[OfficialDocument, MeetingBundle]:
    async with request.app[DATABASE].read() as session:
        access = await load_access(session, actor_of(request), request.match_info["slug"])
        document = await get_document(session, access.bundle.id, key_of(request))
        if document.kind != DocumentKind.INVITATION or not access.may_see(document):
            raise NotFound
        return document, access.bundle


def _attach(data: bytes, name: str, ending: str) -> web.Response:
    headers = GUARDED | {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=data, content_type=MEDIA_TYPES[ending], headers=headers)
