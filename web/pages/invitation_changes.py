"""Each step of an official invitation: its form is read, the step is taken, the page shows where it stands now."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import OfficialDocument
from meetings.documents.access import Access, load_access, require_keeping
from meetings.documents.store import get_document
from meetings.errors import Conflict, Invalid
from meetings.invitations import document_drafts, documents
from meetings.invitations.document_access import require_either
from meetings.invitations.document_checks import InvitationDraft
from meetings.invitations.documents import LetterFiles, SignedFile
from meetings.invitations.drafting import describe_basis
from meetings.permissions import Actor
from meetings.printing.documents import render_invitation
from meetings.printing.invitation import InvitationContent
from web.document_files import dropping, keep_document, receive_file
from web.i18n import _
from web.inputs import Fields, key_of, read_form
from web.keys import CONFIG, DATABASE, actor_of, now_of, origin_of
from web.middlewares import streams_form
from web.pages.forms import attempt, explain, redirect, status_of, sure
from web.pages.invitation import LINES, TEXTS, render_edit, render_invitation_page
from web.pages.invitation_view import load_view
from web.press import print_apart
from web.signed_pdf import read_signed_pdf

Step = Callable[[AsyncSession, Actor, str], Awaitable[object]]


async def submit_draft(request: web.Request) -> web.Response:
    """Fill the form in from the booking, for the first time or anew."""
    origin = origin_of(request)

    async def take(session: AsyncSession, actor: Actor, slug: str) -> object:
        return await document_drafts.draft_invitation(session, actor, slug, origin, now_of(request))

    return await _step(request, await read_form(request), take, "invitation_drafted")


async def submit_edit(request: web.Request) -> web.Response:
    fields = await read_form(request)
    organ_id = fields.key("organ_id", _("Hãy chọn cơ quan ban hành."))
    values: dict[str, Any] = {name: fields.raw(name) for name in TEXTS} | {name: _lines(fields, name) for name in LINES}
    draft, key = InvitationDraft(**values), key_of(request)

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            await document_drafts.edit_invitation(
                session, actor_of(request), _slug(request), key, fields.version, organ_id or 0, draft, now_of(request)
            )

    outcome = await attempt(fields, change)
    if not fields.errors:
        return redirect(f"/meetings/{_slug(request)}/invitation", "invitation_saved")
    async with request.app[DATABASE].read() as session:
        view = await load_view(session, request, await load_access(session, actor_of(request), _slug(request)))
    typed = {name: fields.raw(name) for name in (*TEXTS, *LINES, "organ_id", "version")}
    return render_edit(request, view, typed, fields.errors, status_of(outcome))


def _lines(fields: Fields, name: str) -> tuple[str, ...]:
    """One value a line, without the dash that lists are typed with."""
    lines = (" ".join(line.split()).removeprefix("-").strip() for line in fields.raw(name).splitlines())
    return tuple(line for line in lines if line)


async def submit_submit(request: web.Request) -> web.Response:
    fields, key = await read_form(request), key_of(request)

    async def take(session: AsyncSession, actor: Actor, slug: str) -> object:
        return await document_drafts.submit_invitation(session, actor, slug, key, fields.version, now_of(request))

    return await _step(request, fields, take, "invitation_submitted")


async def submit_return(request: web.Request) -> web.Response:
    fields, key = await read_form(request), key_of(request)

    async def take(session: AsyncSession, actor: Actor, slug: str) -> object:
        return await document_drafts.return_invitation(
            session, actor, slug, key, fields.version, fields.raw("reason"), now_of(request)
        )

    return await _step(request, fields, take, "invitation_returned")


async def submit_number(request: web.Request) -> web.Response:
    fields, key = await read_form(request), key_of(request)
    await _require(request, key, require_keeping)
    day = fields.day("issued_on", _("Hãy nhập ngày ban hành."))
    number = fields.key("number", _("Số văn bản là số nguyên từ 1.")) if fields.raw("number") else None

    async def take(session: AsyncSession, actor: Actor, slug: str) -> object:
        return await documents.give_number(
            session, actor, slug, key, fields.version, number, sure(day), now_of(request)
        )

    return await _step(request, fields, take, "invitation_numbered")


async def submit_withdraw(request: web.Request) -> web.Response:
    fields, key = await read_form(request), key_of(request)

    async def take(session: AsyncSession, actor: Actor, slug: str) -> object:
        return await documents.withdraw_invitation(
            session, actor, slug, key, fields.version, fields.raw("withdraw_reason"), now_of(request)
        )

    return await _step(request, fields, take, "invitation_withdrawn", {"reason": "withdraw_reason"})


async def submit_issue(request: web.Request) -> web.Response:
    """The DOCX is printed first, with number and day; whoever changed the document meanwhile makes this a conflict."""
    fields, key = await read_form(request), key_of(request)
    async with request.app[DATABASE].read() as session:
        access = await load_access(session, actor_of(request), _slug(request))
        document = await get_document(session, access.bundle.id, key)

    async def change() -> None:
        documents.check_issue(access, document)
        content = InvitationContent.from_json(document.content)
        data = await print_apart(
            request.app, render_invitation, content, "docx", number=document.number, issued_on=document.issued_on
        )
        name = await keep_document(request.app[CONFIG].documents, data, "docx")
        async with dropping(request.app[CONFIG].documents, name), request.app[DATABASE].write() as session:
            await documents.issue_invitation(
                session, actor_of(request), _slug(request), key, fields.version, name, now_of(request)
            )

    return await _finish(request, fields, await attempt(fields, change), "invitation_issued")


async def submit_before(request: web.Request) -> web.Response:
    """The letter that goes before the official document of an urgent meeting."""
    fields, actor, now = await read_form(request), actor_of(request), now_of(request)

    async def change() -> None:
        async with request.app[DATABASE].read() as session:
            access = await load_access(session, actor, _slug(request))
            await documents.check_before(session, access)
            content = await document_drafts.content_before(session, access, origin_of(request), now)
        await _send_before(request, access, content)

    return await _finish(request, fields, await attempt(fields, change), "invitation_before")


async def _send_before(request: web.Request, access: Access, content: InvitationContent) -> None:
    folder = request.app[CONFIG].documents
    pdf = await print_apart(request.app, render_invitation, content, "pdf", preliminary=True)
    docx = await print_apart(request.app, render_invitation, content, "docx", preliminary=True)
    pdf_name, docx_name = await keep_document(folder, pdf, "pdf"), await keep_document(folder, docx, "docx")
    files = LetterFiles(pdf=pdf_name, pdf_sha256=hashlib.sha256(pdf).hexdigest(), docx=docx_name)
    async with dropping(request.app[CONFIG].documents, pdf_name, docx_name), request.app[DATABASE].write() as session:
        await documents.send_before(
            session, access.actor, access.bundle.slug, content, describe_basis(access.bundle), files, now_of(request)
        )


@streams_form
async def submit_signed(request: web.Request) -> web.StreamResponse:
    """The form is read as it comes: who may not, and whose token is wrong, sends no file."""
    key, actor = key_of(request), actor_of(request)
    await _require(request, key, require_either)
    fields = Fields({})
    try:
        texts, data = await receive_file(request)
        version = Fields(texts).version
        told = await print_apart(request.app, read_signed_pdf, data)
        name = await keep_document(request.app[CONFIG].documents, data, "pdf")
        file = SignedFile(path=name, sha256=told.sha256, signatures=told.to_json())
        async with dropping(request.app[CONFIG].documents, name), request.app[DATABASE].write() as session:
            await documents.keep_signed(session, actor, _slug(request), key, version, file, now_of(request))
    except (Invalid, Conflict) as refusal:
        fields.refuse(refusal.field or "file", explain(refusal))
        return await _finish(request, fields, refusal, "")
    return redirect(f"/meetings/{_slug(request)}/invitation", "invitation_signed")


async def _require(request: web.Request, key: int, require: Callable[[Access, OfficialDocument], None]) -> None:
    """Asked before the form is looked at, and again in the transaction of the change."""
    async with request.app[DATABASE].read() as session:
        access = await load_access(session, actor_of(request), _slug(request))
        require(access, await get_document(session, access.bundle.id, key))


async def _step(
    request: web.Request, fields: Fields, take: Step, done: str, renamed: dict[str, str] | None = None
) -> web.Response:
    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            await take(session, actor_of(request), _slug(request))

    outcome = await attempt(fields, change)
    for of, to in (renamed or {}).items():
        if of in fields.errors:
            fields.errors[to] = fields.errors.pop(of)
    return await _finish(request, fields, outcome, done)


async def _finish(request: web.Request, fields: Fields, outcome: object, done: str) -> web.Response:
    if not fields.errors:
        return redirect(f"/meetings/{_slug(request)}/invitation", done)
    typed = {name: fields.raw(name) for name in ("number", "issued_on", "reason", "withdraw_reason")}
    return await render_invitation_page(request, typed, fields.errors, status_of(outcome))


def _slug(request: web.Request) -> str:
    return request.match_info["slug"]
