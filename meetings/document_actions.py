"""Use cases in which an official document leaves, or is recalled: its step, and the letters that tell of it."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import OfficialDocument
from meetings.documents import actions
from meetings.documents.store import get_any
from meetings.invitations.document_letters import queue_document, queue_recall
from meetings.meeting_store import get_meeting_by_id
from meetings.permissions import Actor


async def issue_document(
    session: AsyncSession,
    actor: Actor,
    document_id: int,
    version: int,
    now: datetime,
    *,
    docx: actions.KeptFile | None = None,
) -> OfficialDocument:
    """It leaves to everybody who was to come, in the transaction in which it is issued."""
    document = await actions.issue(session, actor, document_id, version, now, docx=docx)
    await session.flush()
    before_id = document.replaces_id or document.corrects_id
    before = await get_any(session, before_id) if before_id is not None else None
    await queue_document(session, await get_meeting_by_id(session, document.meeting_id), document, before, now)
    return document


async def withdraw_document(
    session: AsyncSession, actor: Actor, document_id: int, version: int, reason: str, now: datetime
) -> OfficialDocument:
    """It does not hold any more; those who have it are told."""
    document = await actions.withdraw(session, actor, document_id, version, reason, now)
    await session.flush()
    if document.issued_at is not None:
        await queue_recall(session, await get_meeting_by_id(session, document.meeting_id), document, now)
    return document
