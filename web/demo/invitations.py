"""Invitations of the demo: one that was issued, and one that waits for its signature. The signer is invented."""

import hashlib
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import OfficialDocument
from meetings.invitations.document_drafts import draft_invitation
from meetings.kinds import DocumentState, MeetingStatus
from meetings.models import Meeting
from meetings.people_store import load_actor
from meetings.periods import local_day
from meetings.printing.documents import render_invitation
from meetings.printing.invitation import InvitationContent
from meetings.private_files import write_private
from web.demo.people import SECRETARY
from web.demo.units import Cast
from web.document_files import FOLDER

ORIGIN = "http://127.0.0.1:8080"
CLERK = "Hoàng Thị Lan"
NUMBER = 118


async def add_invitations(session: AsyncSession, cast: Cast, data_dir: Path, now: datetime) -> None:
    query = select(Meeting).where(col(Meeting.is_demo), Meeting.status == MeetingStatus.SCHEDULED)
    coming = (await session.exec(query.order_by(col(Meeting.starts_at)).where(col(Meeting.starts_at) > now))).all()
    for meeting, state in zip(coming[:2], (DocumentState.ISSUED, DocumentState.SUBMITTED), strict=False):
        actor = await load_actor(session, cast.accounts[SECRETARY])
        if actor is None:
            continue
        document = await draft_invitation(session, actor, meeting.slug, ORIGIN, now)
        content = replace(
            InvitationContent.from_json(document.content),
            authority=("TL. CHỦ TỊCH",),
            signer_position="Chánh Văn phòng",
            signer_name="Đặng Minh Trí",
        )
        document.content = document.content | content.to_json()
        document.signer_name, document.submitted_at, document.state = content.signer_name, now, state
        if state is DocumentState.ISSUED:
            _issue(meeting, document, content, data_dir, now)
        session.add(document)
        session.add(meeting)
    await session.flush()


def _issue(
    meeting: Meeting, document: OfficialDocument, content: InvitationContent, data_dir: Path, now: datetime
) -> None:
    """With a file that nobody signed, as the page says of it."""
    document.number, document.issued_on, document.year = NUMBER, local_day(now), local_day(now).year
    document.signed_at = document.issued_at = now
    document.issued_by = CLERK
    meeting.status = MeetingStatus.INVITED
    folder = data_dir / "documents" / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for ending in ("pdf", "docx"):
        data = render_invitation(content, ending, number=NUMBER, issued_on=document.issued_on)
        write_private(folder / f"demo.{ending}", data)
        if ending == "pdf":
            document.signed_sha256 = hashlib.sha256(data).hexdigest()
    document.signed_file, document.docx_file = f"{FOLDER}/demo.pdf", f"{FOLDER}/demo.docx"
    document.signatures = {"pages": 1, "list": [], "has_scripts": False}
