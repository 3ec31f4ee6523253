"""Which of a meeting's official invitations counts, and which of an organ's was the last one signed."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import OfficialDocument
from meetings.documents.store import list_documents
from meetings.kinds import DocumentKind, DocumentState


async def list_invitations(session: AsyncSession, meeting_id: int) -> list[OfficialDocument]:
    """All of a meeting, the letters before them too, the newest first."""
    return await list_documents(session, meeting_id, DocumentKind.INVITATION)


async def find_current(session: AsyncSession, meeting_id: int) -> OfficialDocument | None:
    """The official invitation that stands or is on its way; a letter before it and withdrawn ones do not count."""
    return next((row for row in await list_invitations(session, meeting_id) if is_current(row)), None)


def is_current(document: OfficialDocument) -> bool:
    return not document.preliminary and document.state is not DocumentState.WITHDRAWN


async def find_latest_signed(session: AsyncSession, organ_id: int) -> OfficialDocument | None:
    """The organ's last invitation that was submitted: who signs, and to whom copies go, is most often the same."""
    query = select(OfficialDocument).where(
        OfficialDocument.kind == DocumentKind.INVITATION.value,
        OfficialDocument.organ_unit_id == organ_id,
        col(OfficialDocument.submitted_at).is_not(None),
        col(OfficialDocument.preliminary).is_(False),
    )
    return (await session.exec(query.order_by(col(OfficialDocument.submitted_at).desc()).limit(1))).first()
