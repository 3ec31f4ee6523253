"""Approved minutes become an official document (Mẫu 1.9): printed to be signed, then put into the register."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import OfficialDocument
from meetings.documents.actions import Issuer, KeptFile, open_document
from meetings.documents.standing import OPEN
from meetings.documents.store import list_documents
from meetings.kinds import DocumentKind, DocumentState
from meetings.models import Meeting
from meetings.printing.typesetting import typeset
from meetings.printing.wording import write_reference
from meetings.signing.preparing import prepare_for_signing
from transcripts.documents import TEMPLATE, render_docx, write_keywords
from transcripts.minutes import Content
from transcripts.models import Minutes
from transcripts.printed_form import KIND, LABELS, build_sheet


def render_to_sign(content: Content, *, sha256: str, version: int) -> bytes:
    """The minutes as PDF/A-2b with fields for their number and both signatures."""
    sheet = asdict(build_sheet(content)) | {"kind": KIND, "labels": LABELS, "signing": True}
    pdf = typeset(TEMPLATE, sheet | {"keywords": write_keywords(sha256, version)}, content.ended_at)
    return prepare_for_signing(pdf, {"number": write_reference("", content.notation)})


def render_numbered(content: Content, number: int | None, *, sha256: str, version: int) -> bytes:
    """The Word document that goes with the PDF, with the clerk's number."""
    return render_docx(content, sha256=sha256, version=version, number="" if number is None else str(number))


async def find_document(session: AsyncSession, minutes: Minutes) -> OfficialDocument | None:
    """The newest that was made from these very minutes, whatever became of it."""
    documents = await list_documents(session, minutes.meeting_id, DocumentKind.MINUTES)
    return next((row for row in documents if row.content["minutes_id"] == minutes.id), None)


async def open_minutes(
    session: AsyncSession, minutes: Minutes, files: dict[str, tuple[str, str]], now: datetime
) -> OfficialDocument | None:
    """``files``: name and hash of the "pdf" to be signed and of the "docx". A later version replaces an issued one.

    Called again for the same minutes, as after a crash, it changes nothing; nor does a version whose printing succeeds
    only after a later one is in the register (``None``).
    """
    known = await list_documents(session, minutes.meeting_id, DocumentKind.MINUTES)
    if any(row.content["minutes_version"] > minutes.version for row in known):
        return None
    for row in known:
        if row.content["minutes_id"] == minutes.id and row.state in (*OPEN, DocumentState.ISSUED):
            return row
    meeting = await session.get_one(Meeting, minutes.meeting_id)
    content = Content.from_json(minutes.content)
    before = next((row for row in known if row.state is DocumentState.ISSUED), None)
    return await open_document(
        session,
        None,
        minutes.meeting_id,
        DocumentKind.MINUTES,
        describe_minutes(minutes, content),
        [KeptFile(name=name, sha256=digest, ending=ending) for ending, (name, digest) in files.items()],
        now,
        before.id if before else None,
        issuer=Issuer(meeting.convening_unit_id, content.notation[:30]),
        reason=minutes.reason,
    )


def describe_minutes(minutes: Minutes, content: Content) -> dict[str, Any]:
    """What the register tells of them; the words themselves stay where they were approved."""
    return {
        "subject": content.title,
        "organ": content.organ,
        "signer_name": content.chair.name,
        "signer_position": content.chair.position,
        "secretary_name": content.secretary.name,
        "recipients": list(content.recipients),
        "minutes_id": minutes.id,
        "minutes_version": minutes.version,
        "content_sha256": minutes.content_sha256,
    }
