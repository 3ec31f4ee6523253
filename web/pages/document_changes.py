"""Each step of minutes, notices and letters as official documents: its form is read, the step is taken."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_actions import issue_document, withdraw_document
from meetings.document_models import OfficialDocument
from meetings.documents import actions, notices
from meetings.documents.access import Access, load_document, require_keeping
from meetings.documents.notices import NoticeDraft
from meetings.documents.rendering import render_to_sign, write_fields
from meetings.errors import N_, Conflict, Invalid, NotFound
from meetings.meeting_store import get_meeting
from meetings.permissions import Actor
from meetings.printing.documents import render_notice
from meetings.printing.notice import NoticeContent
from meetings.signing.preparing import fill_in
from transcripts.minutes import Content
from transcripts.models import MinutesState
from transcripts.printed_form import write_conclusion
from transcripts.store import list_versions
from web.document_files import dropping, keep_document, read_document, receive_file
from web.i18n import _
from web.inputs import Fields, key_of, read_form
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.middlewares import streams_form
from web.pages.document import (
    LINES,
    TEXTS,
    load_page,
    print_document,
    render_document_page,
    render_edit,
    render_notice_start,
    require_start,
)
from web.pages.forms import attempt, explain, redirect, status_of, sure
from web.pages.signing import write_code
from web.press import print_apart
from web.signed_pdf import read_signed_pdf

Step = Callable[[AsyncSession, Actor, int, int], Awaitable[OfficialDocument]]


async def submit_notice_draft(request: web.Request) -> web.Response:
    """``/meetings/{slug}/notice``: filled in from the conclusions of the approved minutes."""
    fields = await read_form(request)
    await require_start(request)
    template_id = fields.key("template_id", _("Hãy chọn mẫu thông báo."))
    slug = request.match_info["slug"]

    async def change() -> OfficialDocument:
        async with request.app[DATABASE].write() as session:
            return await notices.draft_notice(
                session, actor_of(request), slug, sure(template_id), await _list_points(session, slug), now_of(request)
            )

    outcome = await attempt(fields, change)
    if isinstance(outcome, OfficialDocument):
        return redirect(f"/documents/{outcome.id}", "document_drafted")
    return await render_notice_start(request, fields.errors, status_of(outcome))


async def _list_points(session: AsyncSession, slug: str) -> list[str]:
    bundle = await get_meeting(session, slug)
    approved = [row for row in await list_versions(session, bundle.id) if row.state is MinutesState.APPROVED]
    if not approved:
        raise Conflict(N_("Biên bản chưa được phê duyệt nên chưa có kết luận để lập thông báo."))
    conclusions = Content.from_json(approved[0].content).conclusions
    return [text for each in conclusions if (text := write_conclusion(each))]


async def submit_edit(request: web.Request) -> web.Response:
    fields, key = await read_form(request), key_of(request)
    await _require(request, actions.require_either)
    values: dict[str, Any] = {name: fields.raw(name) for name in TEXTS} | {name: _lines(fields, name) for name in LINES}
    draft = NoticeDraft(**values)

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            await notices.edit_notice(session, actor_of(request), key, fields.version, draft, now_of(request))

    outcome = await attempt(fields, change)
    if not fields.errors:
        return redirect(f"/documents/{key}", "document_saved")
    typed = {name: fields.raw(name) for name in (*TEXTS, *LINES, "version")}
    return render_edit(request, await load_page(request), typed, fields.errors, status_of(outcome))


def _lines(fields: Fields, name: str) -> tuple[str, ...]:
    """One value a line. Of points a dash says that a line belongs to the one before; elsewhere it is how lists are
    typed."""
    lines = (" ".join(line.split()) for line in fields.raw(name).splitlines())
    if name in ("addressees", "recipients"):
        lines = (line.removeprefix("-").strip() for line in lines)
    return tuple(line for line in lines if line)


async def submit_submit(request: web.Request) -> web.Response:
    """The PDF is printed first, with its fields; whoever edits the document meanwhile makes this a conflict."""
    fields, key = await read_form(request), key_of(request)
    actor, now = actor_of(request), now_of(request)
    await _require(request, actions.require_either)

    async def change() -> None:
        async with request.app[DATABASE].read() as session:
            access, document = await load_document(session, actor, key)
        notices.check_submission(access, document)
        content = NoticeContent.from_json(document.content)
        pdf = await print_apart(request.app, render_to_sign, content, now)
        docx = await print_apart(request.app, render_notice, content, "docx", made_at=now)
        async with (
            _keeping(request, pdf, "pdf") as one,
            _keeping(request, docx, "docx") as two,
            request.app[DATABASE].write() as session,
        ):
            await notices.submit_notice(session, actor, key, fields.version, [one, two], now)

    return await _finish(request, fields, await attempt(fields, change), "document_submitted")


async def submit_return(request: web.Request) -> web.Response:
    fields = await read_form(request)

    async def take(session: AsyncSession, actor: Actor, key: int, version: int) -> OfficialDocument:
        return await actions.return_document(session, actor, key, version, fields.raw("reason"), now_of(request))

    return await _step(request, fields, take, "document_returned")


async def submit_number(request: web.Request) -> web.Response:
    """Number and day come into the fields of the signed PDF; into a scan they were written by hand."""
    fields, key = await read_form(request), key_of(request)
    await _require(request, require_keeping)
    day = fields.day("issued_on", _("Hãy nhập ngày ban hành."))
    number = fields.key("number", _("Số văn bản là số nguyên từ 1."))

    async def change() -> None:
        await _number(request, fields, key, sure(number), sure(day))

    return await _finish(request, fields, await attempt(fields, change), "document_numbered")


async def _number(request: web.Request, fields: Fields, key: int, number: int, day: date) -> None:
    actor, now = actor_of(request), now_of(request)
    async with request.app[DATABASE].read() as session:
        access, document = await load_document(session, actor, key)
        await actions.check_numbering(session, access, document)
        is_scan = await actions.is_uploaded(session, document)
    gap_reason, version = fields.raw("gap_reason"), fields.version
    if is_scan:
        async with request.app[DATABASE].write() as session:
            await actions.give_number(session, actor, key, version, number, day, now, gap_reason=gap_reason)
        return
    data = await read_document(request.app[CONFIG].documents, document.signed_file, document.signed_sha256)
    code = await write_code(request, document)
    filled = await print_apart(request.app, fill_in, data, write_fields(document, number, day), code)
    async with _keeping(request, filled, "pdf") as file, request.app[DATABASE].write() as session:
        await actions.give_number(session, actor, key, version, number, day, now, file=file, gap_reason=gap_reason)


async def submit_issue(request: web.Request) -> web.Response:
    """The DOCX is printed first, with number and day; whoever changed the document meanwhile makes this a conflict."""
    fields, key, actor = await read_form(request), key_of(request), actor_of(request)
    await _require(request, require_keeping)

    async def change() -> None:
        async with request.app[DATABASE].read() as session:
            access, document = await load_document(session, actor, key)
            await actions.check_issue(session, access, document)
        docx = await print_document(request, document, "docx")
        async with _keeping(request, docx, "docx") as file, request.app[DATABASE].write() as session:
            await issue_document(session, actor, key, fields.version, now_of(request), docx=file)

    return await _finish(request, fields, await attempt(fields, change), "document_issued")


async def submit_withdraw(request: web.Request) -> web.Response:
    fields = await read_form(request)

    async def take(session: AsyncSession, actor: Actor, key: int, version: int) -> OfficialDocument:
        return await withdraw_document(session, actor, key, version, fields.raw("withdraw_reason"), now_of(request))

    return await _step(request, fields, take, "document_withdrawn", "withdraw_reason")


async def submit_replace(request: web.Request) -> web.Response:
    return await _succeed(request, notices.draft_replacement, "replace_reason")


async def submit_correct(request: web.Request) -> web.Response:
    return await _succeed(request, notices.draft_correction, "correct_reason")


async def _succeed(
    request: web.Request,
    draft: Callable[..., Awaitable[OfficialDocument]],
    field: str,
) -> web.Response:
    """Begin the document that replaces or corrects this one, and go there."""
    fields, key = await read_form(request), key_of(request)
    await _require(request, actions.require_either)

    async def change() -> OfficialDocument:
        async with request.app[DATABASE].write() as session:
            return await draft(session, actor_of(request), key, fields.version, fields.raw(field), now_of(request))

    outcome = await attempt(fields, change)
    if isinstance(outcome, OfficialDocument):
        return redirect(f"/documents/{outcome.id}", "document_drafted")
    return await _finish(request, fields, outcome, "", field)


@streams_form
async def submit_scan(request: web.Request) -> web.StreamResponse:
    """A PDF signed outside. The form is read as it comes: who may not, and whose token is wrong, sends no file."""
    key, actor, fields = key_of(request), actor_of(request), Fields({})
    await _require(request, actions.require_either)
    try:
        texts, data = await receive_file(request)
        version = Fields(texts).version
        told = await print_apart(request.app, read_signed_pdf, data)
        async with _keeping(request, data, "pdf", told.to_json()) as file, request.app[DATABASE].write() as session:
            await actions.keep_scan(session, actor, key, version, file, now_of(request))
    except (Invalid, Conflict) as refusal:
        fields.refuse(refusal.field or "file", explain(refusal))
        return await _finish(request, fields, refusal, "")
    return redirect(f"/documents/{key}", "document_uploaded")


@asynccontextmanager
async def _keeping(
    request: web.Request, data: bytes, ending: str, signatures: dict[str, object] | None = None
) -> AsyncIterator[actions.KeptFile]:
    """``data`` in the documents' folder; gone again when the books do not come to know it."""
    folder = request.app[CONFIG].documents
    name = await keep_document(folder, data, ending)
    digest = hashlib.sha256(data).hexdigest()
    async with dropping(folder, name):
        yield actions.KeptFile(name=name, sha256=digest, ending=ending, signatures=signatures)


async def _require(request: web.Request, require: Callable[[Access, OfficialDocument], None]) -> None:
    """Asked before the form is looked at, and again in the transaction of the change."""
    async with request.app[DATABASE].read() as session:
        access, document = await load_document(session, actor_of(request), key_of(request))
        if document.kind not in actions.KINDS:
            raise NotFound
        require(access, document)


async def _step(request: web.Request, fields: Fields, take: Step, done: str, field: str = "reason") -> web.Response:
    await _require(request, actions.require_either)

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            await take(session, actor_of(request), key_of(request), fields.version)

    return await _finish(request, fields, await attempt(fields, change), done, field)


async def _finish(
    request: web.Request, fields: Fields, outcome: object, done: str, field: str = "reason"
) -> web.Response:
    """``field``: what the form calls its reason."""
    if not fields.errors:
        return redirect(f"/documents/{key_of(request)}", done)
    if "reason" in fields.errors:
        fields.errors[field] = fields.errors.pop("reason")
    names = ("number", "issued_on", "gap_reason", "reason", "withdraw_reason", "replace_reason", "correct_reason")
    return await render_document_page(
        request, {name: fields.raw(name) for name in names}, fields.errors, status_of(outcome)
    )
