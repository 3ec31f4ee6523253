"""Which of a meeting's official invitations counts."""

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
