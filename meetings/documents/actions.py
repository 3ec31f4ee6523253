"""Use cases of minutes, notices and corrections once they are to be signed: files, number, issue, withdrawal.

The invitation's own way is ``meetings.invitations.documents``; the register, the numbers and the files are the same.
Nothing leaves before it is signed and numbered; what has left is frozen: it is withdrawn, replaced or corrected, each
with its reason. Files are a matter of the edge: here arrives what is known of a kept one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.document_models import DocumentFile, NumberGap, OfficialDocument
from meetings.documents.access import Access, load_to_change, note_step, require_keeping
from meetings.documents.checks import need_reason
from meetings.documents.numbers import LARGEST_NUMBER, number_document
from meetings.documents.standing import HANDED_IN, OPEN, SIGNED, state_when_signed
from meetings.documents.store import find_meeting, get_any, list_documents, list_files, next_number
from meetings.errors import N_, Conflict, Invalid
from meetings.kinds import DocumentKind, DocumentState
from meetings.permissions import Actor
from meetings.record_permissions import may_draft_notice

KINDS = (DocumentKind.MINUTES, DocumentKind.NOTICE, DocumentKind.CORRECTION)
STALE = N_("Văn bản đã chuyển sang bước khác sau lần bạn mở. Hãy tải lại trang.")
NOT_SIGNED = N_("Văn bản chưa đủ chữ ký. Hãy ký xong rồi mới cấp số và phát hành.")
NOT_NUMBERED = N_("Văn bản chưa được cấp số. Văn thư cấp số rồi mới phát hành.")
NOT_SEALED = N_("Văn bản chưa có chữ ký số của cơ quan. Văn thư ký số của cơ quan rồi mới phát hành.")
SEALED = N_("Văn bản đã có chữ ký số của cơ quan nên không đổi số, ngày được. Nếu sai, hãy trả lại để làm lại.")
ONGOING = N_("Đã có văn bản thay thế hoặc đính chính đang làm cho văn bản này. Hãy hoàn thành văn bản đó trước.")
GONE = N_("Văn bản được thay thế hoặc đính chính không còn hiệu lực. Hãy thu hồi văn bản này, nó không còn cần nữa.")
UPLOADED, SEAL_STEP = "uploaded", "sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file that lies in the documents' folder. ``signatures``: what a PDF says of itself."""

    name: str
    sha256: str
    ending: str = "pdf"
    signatures: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose document it is, and the symbol of its numbers."""

    organ_unit_id: int
    symbol: str


@dataclass(frozen=True, slots=True)
class Series:
    """A sequence of numbers."""

    organ_unit_id: int
    symbol: str
    year: int


async def open_document(
    session: AsyncSession,
    actor: Actor | None,
    meeting_id: int,
    kind: DocumentKind,
    content: dict[str, Any],
    files: Sequence[KeptFile],
    now: datetime,
    replaces_id: int | None = None,
    *,
    issuer: Issuer,
    reason: str = "",
) -> OfficialDocument:
    """Put a document that is printed and ready to be signed into the books ("trình ký").

    Of the same kind only one is on its way: what had been submitted before and not issued is withdrawn.
    """
    for row in await list_documents(session, meeting_id, kind):
        if row.state in OPEN:
            _withdraw(row, reason or "Được lập lại.", now)
            session.add(row)
            await note_step(session, actor, "document.withdraw", row, {"reason": row.withdrawn_reason}, now)
    document = OfficialDocument(
        meeting_id=meeting_id,
        kind=kind.value,
        organ_unit_id=issuer.organ_unit_id,
        symbol=issuer.symbol,
        content=content,
        state=DocumentState.SUBMITTED,
        replaces_id=replaces_id,
        reason=reason[:500],
        signer_name=content.get("signer_name", "")[:100],
        drafted_by=actor.name[:150] if actor else "",
        drafted_at=now,
        submitted_at=now,
    )
    session.add(document)
    await session.flush()
    for file in files:
        keep_file(session, actor, document, "submitted", file, now)
    await session.flush()
    await note_step(session, actor, "document.open", document, {"kind": kind, "reason": reason}, now)
    return document


def keep_file(
    session: AsyncSession, actor: Actor | None, document: OfficialDocument, step: str, file: KeptFile, now: datetime
) -> None:
    """Add a file to the document, whose present PDF or DOCX it is from now on. The caller holds the document."""
    if file.ending == "docx":
        document.docx_file = file.name
    else:
        if step == "submitted":
            document.unsigned_file, document.unsigned_sha256 = file.name, file.sha256
        document.signed_file, document.signed_sha256 = file.name, file.sha256
        if file.signatures is not None:
            document.signatures = file.signatures
    session.add(document)
    session.add(
        DocumentFile(
            document_id=document.id or 0,
            step=step,
            ending=file.ending,
            name=file.name,
            sha256=file.sha256,
            version=document.version,
            added_by=actor.name[:150] if actor else "",
            added_at=now,
        )
    )


async def note_signed(session: AsyncSession, actor: Actor, document: OfficialDocument, now: datetime) -> None:
    """All signatures that it needs are there. The caller holds the document and has kept its file."""
    if document.state not in HANDED_IN:
        raise Conflict(STALE)
    document.state, document.signed_at = state_when_signed(document), now
    document.version += 1
    session.add(document)
    await note_step(session, actor, "document.sign", document, {"sha256": document.signed_sha256}, now)


async def keep_scan(
    session: AsyncSession, actor: Actor, document_id: int, version: int, file: KeptFile, now: datetime
) -> OfficialDocument:
    """A PDF that was signed outside: a scan of the paper, or a file signed with other tools. It may be replaced until
    it is issued, for the clerk adds number and seal to it."""
    _access, document = await load(session, actor, document_id, version, require_either)
    if document.state not in HANDED_IN:
        raise Conflict(STALE)
    detail = {"sha256": file.sha256, "replaces": document.signed_sha256}
    keep_file(session, actor, document, UPLOADED, file, now)
    document.state, document.signed_at = state_when_signed(document), now
    document.version += 1
    await note_step(session, actor, "document.upload", document, detail, now)
    return document


async def return_document(
    session: AsyncSession, actor: Actor, document_id: int, version: int, reason: str, now: datetime
) -> OfficialDocument:
    """Back to a draft, with what is to be changed. Minutes have none here: their next version is another document."""
    _access, document = await load(session, actor, document_id, version, require_either)
    if document.kind == DocumentKind.MINUTES or document.state not in HANDED_IN:
        raise Conflict(STALE)
    reason = need_reason(reason, N_("Hãy ghi nội dung cần sửa."))
    document.content = document.content | {"returned": {"reason": reason, "by": actor.name, "at": now.isoformat()}}
    detail = {"reason": reason, "signed_sha256": document.signed_sha256}
    document.state = DocumentState.DRAFTED
    document.submitted_at = document.signed_at = None
    document.signed_file = document.signed_sha256 = document.docx_file = ""
    document.unsigned_file = document.unsigned_sha256 = ""
    document.signatures = {}
    document.version += 1
    session.add(document)
    await note_step(session, actor, "document.return", document, detail, now)
    return document


async def check_numbering(session: AsyncSession, access: Access, document: OfficialDocument) -> None:
    """Everything that keeps a number from it, in words."""
    require_keeping(access, document)
    if document.state not in SIGNED:
        raise Conflict(NOT_SIGNED)
    if await is_sealed(session, document):
        raise Conflict(SEALED)


async def give_number(
    session: AsyncSession,
    actor: Actor,
    document_id: int,
    version: int,
    number: int | None,
    issued_on: date,
    now: datetime,
    *,
    file: KeptFile | None = None,
    gap_reason: str = "",
) -> OfficialDocument:
    """The clerk's number and day. ``file``: the signed PDF with both written into it, made for this very number.

    ``gap_reason``: why the numbers before it that are still free are left out; the register shows it.
    """
    access, document = await load(session, actor, document_id, version, require_keeping)
    await check_numbering(session, access, document)
    free = await next_number(session, document.organ_unit_id, document.symbol, issued_on.year)
    detail = await number_document(session, document, number, issued_on, now)
    given = document.number or 0
    if given > free and gap_reason.strip():
        series = Series(document.organ_unit_id, document.symbol, issued_on.year)
        await explain_gap(session, actor, series, (free, given - 1), gap_reason, now)
    if file is not None:
        keep_file(session, actor, document, "numbered", file, now)
        detail["sha256"] = file.sha256
    await note_step(session, actor, "document.number", document, detail, now)
    return document


async def explain_gap(
    session: AsyncSession,
    actor: Actor,
    series: Series,
    numbers: tuple[int, int],
    reason: str,
    now: datetime,
) -> None:
    """Note why ``numbers`` (first, last) are not in the register. Whoever calls may keep the organ's documents."""
    first, last = numbers
    reason = need_reason(reason, N_("Hãy ghi lý do để trống số."))
    if not 0 < first <= last <= LARGEST_NUMBER:
        raise Invalid(N_("Số văn bản là số nguyên từ 1."), field="reason")
    session.add(
        NumberGap(
            organ_unit_id=series.organ_unit_id,
            symbol=series.symbol[:30],
            year=series.year,
            first=first,
            last=last,
            reason=reason,
            noted_by=actor.name[:150],
            noted_at=now,
        )
    )
    detail = {"symbol": series.symbol, "year": series.year, "numbers": [first, last], "reason": reason}
    await write_entry(session, actor, "document.explain_gap", f"unit:{series.organ_unit_id}", detail, now)


async def check_issue(session: AsyncSession, access: Access, document: OfficialDocument) -> None:
    """Everything that keeps it from leaving, in words; nothing when it may."""
    require_keeping(access, document)
    if document.state in (DocumentState.DRAFTED, DocumentState.SUBMITTED) or not document.signed_file:
        raise Conflict(NOT_SIGNED)
    if document.state is DocumentState.SIGNED or document.number is None:
        raise Conflict(NOT_NUMBERED)
    if document.state is not DocumentState.NUMBERED:
        raise Conflict(STALE)
    if needs_seal(document):
        step = step_of(document, await list_files(session, document.id or 0))
        if step not in (SEAL_STEP, UPLOADED):
            raise Conflict(NOT_SEALED)
    before_id = document.corrects_id or (None if document.kind == DocumentKind.MINUTES else document.replaces_id)
    if before_id is not None and (await get_any(session, before_id)).state is not DocumentState.ISSUED:
        raise Conflict(GONE)


def needs_seal(document: OfficialDocument) -> bool:
    """Minutes bear two signatures and a seal only "if there is one" (Mẫu 1.9); the others never leave without."""
    return document.kind != DocumentKind.MINUTES


async def is_sealed(session: AsyncSession, document: OfficialDocument) -> bool:
    return step_of(document, await list_files(session, document.id or 0)) == SEAL_STEP


async def is_uploaded(session: AsyncSession, document: OfficialDocument) -> bool:
    """Its present PDF was signed outside, and bears there what an organ puts on it."""
    return step_of(document, await list_files(session, document.id or 0)) == UPLOADED


def step_of(document: OfficialDocument, files: Sequence[DocumentFile]) -> str:
    """At which step its present PDF came; ``files`` are all that it ever had."""
    return next((file.step for file in reversed(files) if file.name == document.signed_file), "")


async def issue(
    session: AsyncSession,
    actor: Actor,
    document_id: int,
    version: int,
    now: datetime,
    *,
    docx: KeptFile | None = None,
) -> OfficialDocument:
    """It leaves, and is frozen. What it replaces is replaced from now on."""
    access, document = await load(session, actor, document_id, version, require_keeping)
    await check_issue(session, access, document)
    document.state, document.issued_at, document.issued_by = DocumentState.ISSUED, now, actor.name[:150]
    if docx is not None:
        keep_file(session, actor, document, "issued", docx, now)
    document.version += 1
    session.add(document)
    if document.replaces_id is not None:
        before = await get_any(session, document.replaces_id)
        if before.state is DocumentState.ISSUED:
            before.state = DocumentState.REPLACED
            before.version += 1
            session.add(before)
            await note_step(session, actor, "document.replace", before, {"by": document.id}, now)
    detail = {"number": document.number, "symbol": document.symbol, "sha256": document.signed_sha256}
    await note_step(session, actor, "document.issue", document, detail, now)
    return document


async def withdraw(
    session: AsyncSession, actor: Actor, document_id: int, version: int, reason: str, now: datetime
) -> OfficialDocument:
    """It does not hold any more (thu hồi). One that has left, or has a number, is withdrawn by the clerk."""
    _access, document = await load(session, actor, document_id, version, _require_withdrawing)
    left = document.state is DocumentState.ISSUED
    if not left and document.state not in OPEN:
        raise Conflict(STALE)
    _withdraw(document, need_reason(reason, N_("Hãy ghi lý do thu hồi.")), now)
    session.add(document)
    detail = {"reason": document.withdrawn_reason, "had_left": left}
    await note_step(session, actor, "document.withdraw", document, detail, now)
    return document


def _withdraw(document: OfficialDocument, reason: str, now: datetime) -> None:
    document.state, document.withdrawn_at, document.withdrawn_reason = DocumentState.WITHDRAWN, now, reason[:500]
    document.version += 1


async def require_successor(session: AsyncSession, document: OfficialDocument) -> None:
    """What was issued may be replaced or corrected, by one document at a time."""
    if document.state is not DocumentState.ISSUED:
        raise Conflict(STALE)
    for row in await list_documents(session, document.meeting_id):
        if row.state in OPEN and document.id in (row.replaces_id, row.corrects_id):
            raise Conflict(ONGOING)


def require_either(access: Access, document: OfficialDocument) -> None:
    if not may_draft_notice(access.actor, access.bundle.meeting):
        require_keeping(access, document)


def _require_withdrawing(access: Access, document: OfficialDocument) -> None:
    """Those who prepared it may, as long as it has neither left nor a number."""
    if document.state is DocumentState.ISSUED or document.number is not None:
        require_keeping(access, document)
    else:
        require_either(access, document)


async def load(
    session: AsyncSession,
    actor: Actor,
    document_id: int,
    version: int,
    require: Callable[[Access, OfficialDocument], None],
) -> tuple[Access, OfficialDocument]:
    """To change it. Nobody else does meanwhile; ``Conflict`` when ``version`` is an older one."""
    slug = (await find_meeting(session, document_id)).slug
    return await load_to_change(session, actor, slug, document_id, version, require, KINDS)
