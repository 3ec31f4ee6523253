"""Letters that carry minutes, notices and corrections to those they concern, and tell of what holds no more.

They go to everybody who was to come, whether they came or not: a conclusion binds the units that were absent too.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import OfficialDocument
from meetings.documents.wording import KINDS, name_document
from meetings.invitation_models import Mail
from meetings.invitations.ical import ORIGIN, clean_line
from meetings.invitations.letters import AUTOMATIC, CLOSING, write_subject
from meetings.invitations.mail_store import MailDraft, queue_mail
from meetings.invitations.recipients import Recipient, list_recipients
from meetings.kinds import Classification
from meetings.meeting_store import MeetingBundle


async def queue_document(
    session: AsyncSession,
    bundle: MeetingBundle,
    document: OfficialDocument,
    before: OfficialDocument | None,
    now: datetime,
) -> list[Mail]:
    """The document itself. ``before``: what it replaces or corrects, which the letter names."""
    opening = [f"{clean_line(document.content.get('organ', ''))} gửi {name_document(document)}: {_subject(document)}."]
    if before is not None:
        word = "thay thế" if document.replaces_id is not None else "đính chính"
        opening.append(f"Văn bản này {word} {name_document(before)}. Lý do: {clean_line(document.reason)}")
    files = _list_files(document) if bundle.meeting.classification is not Classification.RESTRICTED else []
    if not files:
        opening.append("Văn bản hạn chế phổ biến nên không gửi kèm; đề nghị đăng nhập hệ thống để xem.")
    return await _queue(session, bundle, f"document:{document.id}", KINDS[document.kind], opening, files, document, now)


async def queue_recall(
    session: AsyncSession, bundle: MeetingBundle, document: OfficialDocument, now: datetime
) -> list[Mail]:
    """It was issued and is withdrawn: whoever has it puts it away (NĐ 30/2020/NĐ-CP, article 18)."""
    kind = KINDS[document.kind]
    opening = [
        f"{name_document(document)}: {_subject(document)} đã được thu hồi và không còn hiệu lực.",
        f"Lý do: {clean_line(document.withdrawn_reason)}",
        "Đề nghị hủy bỏ bản điện tử đã nhận, gửi lại bản giấy (nếu có).",
    ]
    heading = f"Thu hồi {kind[:1].lower()}{kind[1:]}"
    return await _queue(session, bundle, f"recall:{document.id}", heading, opening, [], document, now)


async def _queue(
    session: AsyncSession,
    bundle: MeetingBundle,
    what: str,
    heading: str,
    opening: Sequence[str],
    files: list[dict[str, str]],
    document: OfficialDocument,
    now: datetime,
) -> list[Mail]:
    subject = write_subject(heading, bundle)
    drafts = [
        MailDraft(
            key=f"{what}:{hashlib.sha256(each.address.lower().encode()).hexdigest()[:32]}",
            recipient=each.address,
            recipient_name=each.name,
            subject=subject,
            body=_write_body(each, opening, bundle, document),
            meeting_id=bundle.id,
            delegate_id=each.delegate.id if each.delegate else None,
            files=files,
        )
        for each in await list_recipients(session, bundle)
    ]
    return await queue_mail(session, drafts, now)


def _write_body(to: Recipient, opening: Sequence[str], bundle: MeetingBundle, document: OfficialDocument) -> str:
    page = f"{ORIGIN}/documents/{document.id}"
    lines = [f"Kính gửi: {clean_line(to.name)}", "", *opening, "", f"Xem văn bản tại: {page}", "", CLOSING]
    return "\n".join([*lines, clean_line(bundle.convening.name), "", AUTOMATIC]) + "\n"


def _subject(document: OfficialDocument) -> str:
    return clean_line(document.content.get("subject", "")).rstrip(".")


def _list_files(document: OfficialDocument) -> list[dict[str, str]]:
    number = str(document.number).zfill(2) if document.number else ""
    name = f"{document.kind} {number} {document.symbol}".strip().replace("/", "-").replace("\\", "-")
    pairs = ((f"{name}.pdf", document.signed_file), (f"{name}.docx", document.docx_file))
    return [{"name": shown, "file": kept} for shown, kept in pairs if kept]
