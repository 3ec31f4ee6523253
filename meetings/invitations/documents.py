"""Use cases of an official invitation once it is submitted: the signed file, the number, the issue, the withdrawal.

Nothing leaves before it is signed and numbered, but for the letter that may go before when a meeting is urgent. Files
are a matter of the edge: here arrives what is known of a kept one. Files that were replaced stay where they are, for
the audit log holds their hashes.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import OfficialDocument
from meetings.documents.access import Access, load_access, note_step, require_keeping
from meetings.documents.checks import need_reason
from meetings.documents.numbers import number_document
from meetings.documents.standing import HANDED_IN, OPEN, SIGNED, state_when_signed
from meetings.errors import N_, Conflict, Invalid
from meetings.invitations.document_access import load_invitation, may_draft, require_drafting, require_either
from meetings.invitations.document_drafts import require_current
from meetings.invitations.document_store import list_invitations
from meetings.invitations.drafting import describe_basis
from meetings.invitations.notices import queue_invitation, queue_withdrawal
from meetings.kinds import DocumentState, MeetingStatus
from meetings.meeting_store import lock_meeting
from meetings.permissions import Actor
from meetings.printing.invitation import InvitationContent
from meetings.printing.wording import write_number
from meetings.workflow import check_step

NOT_SIGNED = N_("Chưa có bản giấy mời đã ký. Hãy tải bản PDF đã ký lên rồi mới cấp số và phát hành.")
NOT_NUMBERED = N_("Giấy mời chưa được cấp số. Văn thư cấp số và ngày ban hành rồi mới phát hành.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFile:
    """A file that lies in the documents' folder. ``signatures`` is what it says of itself, not verified."""

    path: str
    sha256: str
    signatures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFiles:
    """The letter that goes before: its PDF and DOCX in the documents' folder."""

    pdf: str
    pdf_sha256: str
    docx: str


async def keep_signed(
    session: AsyncSession, actor: Actor, slug: str, document_id: int, version: int, file: SignedFile, now: datetime
) -> OfficialDocument:
    """The signed PDF came back. Until it is issued it may be replaced: the clerk adds number and seal to it."""
    access, document = await load_invitation(session, actor, slug, document_id, version, require_either)
    if document.state not in HANDED_IN:
        raise Conflict(N_("Chỉ nhận bản đã ký của giấy mời đã trình ký. Hãy tải lại trang."))
    require_current(access, document)
    detail = {"sha256": file.sha256, "replaces": document.signed_sha256}
    document.signed_file, document.signed_sha256, document.signatures = file.path, file.sha256, file.signatures
    document.state, document.signed_at = state_when_signed(document), now
    document.version += 1
    session.add(document)
    await note_step(session, actor, "invitation.sign", document, detail, now)
    return document


async def give_number(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    document_id: int,
    version: int,
    number: int | None,
    issued_on: date,
    now: datetime,
) -> OfficialDocument:
    """The clerk's number and day; the next free number where ``number`` is ``None``. One sequence for each organ,
    symbol and year; a number is never given twice, also after a withdrawal."""
    access, document = await load_invitation(session, actor, slug, document_id, version, require_keeping)
    if document.state not in SIGNED:
        raise Conflict(NOT_SIGNED)
    require_current(access, document)
    detail = await number_document(session, document, number, issued_on, now)
    await note_step(session, actor, "invitation.number", document, detail, now)
    return document


def check_issue(access: Access, document: OfficialDocument) -> None:
    """Everything that keeps it from leaving, in words; nothing when it may."""
    require_keeping(access, document)
    if document.state is DocumentState.ISSUED:
        raise Conflict(N_("Giấy mời này đã phát hành."))
    if document.state not in SIGNED or not document.signed_file:
        raise Conflict(NOT_SIGNED)
    if document.state is not DocumentState.NUMBERED or document.number is None or document.issued_on is None:
        raise Conflict(NOT_NUMBERED)
    require_current(access, document)


async def issue_invitation(
    session: AsyncSession, actor: Actor, slug: str, document_id: int, version: int, docx_file: str, now: datetime
) -> OfficialDocument:
    """It leaves: to everybody invited, with its files and the calendar's part. The meeting is INVITED from now on."""
    access, document = await load_invitation(session, actor, slug, document_id, version, require_keeping)
    check_issue(access, document)
    meeting = access.bundle.meeting
    if meeting.status is not MeetingStatus.INVITED:
        check_step(meeting.status, MeetingStatus.INVITED)
        meeting.status = MeetingStatus.INVITED
        meeting.version += 1
        session.add(meeting)
    document.state, document.issued_at, document.issued_by = DocumentState.ISSUED, now, actor.name[:150]
    document.docx_file = docx_file
    document.version += 1
    session.add(document)
    await session.flush()
    letters = await queue_invitation(session, access.bundle, document, now)
    detail = {
        "number": write_number(str(document.number), document.symbol),
        "issued_on": document.issued_on,
        "sha256": document.signed_sha256,
        "letters": len(letters),
    }
    await note_step(session, actor, "invitation.issue", document, detail, now)
    return document


async def withdraw_invitation(
    session: AsyncSession, actor: Actor, slug: str, document_id: int, version: int, reason: str, now: datetime
) -> OfficialDocument:
    """It does not hold any more. One that has left is withdrawn by the clerk, and those who have it are told."""
    access, document = await load_invitation(session, actor, slug, document_id, version, _require_withdrawing)
    left, meeting = document.state is DocumentState.ISSUED, access.bundle.meeting
    if document.preliminary or (not left and document.state not in OPEN):
        raise Conflict
    reason = need_reason(reason, N_("Hãy ghi lý do thu hồi."))
    document.state, document.withdrawn_at, document.withdrawn_reason = DocumentState.WITHDRAWN, now, reason
    document.version += 1
    session.add(document)
    if left and meeting.status is MeetingStatus.INVITED:
        check_step(meeting.status, MeetingStatus.SCHEDULED)
        meeting.status = MeetingStatus.SCHEDULED
        meeting.version += 1
        session.add(meeting)
    await session.flush()
    if left:
        await queue_withdrawal(session, access.bundle, document, now)
    await note_step(session, actor, "invitation.withdraw", document, {"reason": reason, "had_left": left}, now)
    return document


def _require_withdrawing(access: Access, document: OfficialDocument) -> None:
    """Those who drafted it may, as long as it has neither left nor a number."""
    if document.state is DocumentState.ISSUED or document.number is not None or not may_draft(access):
        require_keeping(access, document)


async def send_before(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    content: InvitationContent,
    basis: dict[str, Any],
    files: LetterFiles,
    now: datetime,
) -> OfficialDocument:
    """The letter before the official document of an urgent meeting. It says so itself, and the meeting stays SCHEDULED.

    ``basis``: the booking that the letter was written from.
    """
    await lock_meeting(session, slug)
    access = await load_access(session, actor, slug)
    await check_before(session, access)
    if describe_basis(access.bundle) != basis:
        raise Conflict
    document = OfficialDocument(
        meeting_id=access.bundle.id,
        organ_unit_id=access.bundle.convening.id,
        preliminary=True,
        content=content.to_json() | {"basis": basis},
        state=DocumentState.ISSUED,
        meeting_version=access.bundle.meeting.version,
        signed_file=files.pdf,
        signed_sha256=files.pdf_sha256,
        docx_file=files.docx,
        drafted_by=actor.name[:150],
        drafted_at=now,
        issued_at=now,
        issued_by=actor.name[:150],
    )
    session.add(document)
    await session.flush()
    letters = await queue_invitation(session, access.bundle, document, now)
    detail = {"sha256": files.pdf_sha256, "letters": len(letters)}
    await note_step(session, actor, "invitation.send_before", document, detail, now)
    return document


async def check_before(session: AsyncSession, access: Access) -> None:
    """Whether a letter may go before: the meeting is urgent, nothing has left yet that says the same."""
    require_drafting(access)
    if not access.bundle.meeting.urgent:
        raise Invalid(
            N_("Chỉ cuộc họp đột xuất mới gửi thư mời trước. Cuộc họp khác chờ giấy mời được ký, cấp số và phát hành.")
        )
    basis = describe_basis(access.bundle)
    for known in await list_invitations(session, access.bundle.id):
        if known.state is DocumentState.ISSUED and (not known.preliminary or known.content.get("basis") == basis):
            raise Conflict(N_("Giấy mời hoặc thư mời họp trước của cuộc họp này đã gửi."))
