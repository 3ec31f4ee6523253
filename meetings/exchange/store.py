"""Every query on packages that are to leave, and on the statuses that came back. The caller commits.

Whoever sends a package claims it for a while; one that was claimed and neither sent nor failed is free again when that
is over. A recall never overtakes its document, nor a replacement what it replaces.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased
from sqlmodel import col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import OfficialDocument
from meetings.exchange.composing import Outgoing
from meetings.exchange.package import Business
from meetings.exchange.troubles import OF_GATEWAY, Trouble, next_try, write_error
from meetings.exchange_models import ExchangeMessage, ExchangeRecipient, ExchangeStatus
from meetings.kinds import MailState
from meetings.models import Meeting

LEASE = timedelta(minutes=15)


async def find_message(session: AsyncSession, document_id: int) -> ExchangeMessage | None:
    """That which carries the document itself."""
    query = select(ExchangeMessage).where(
        ExchangeMessage.document_id == document_id, ExchangeMessage.business != Business.RECALL.value
    )
    return (await session.exec(query)).first()


async def list_recipients(session: AsyncSession, message_id: int) -> list[ExchangeRecipient]:
    query = select(ExchangeRecipient).where(ExchangeRecipient.message_id == message_id)
    return list((await session.exec(query.order_by(col(ExchangeRecipient.organ_id)))).all())


async def list_messages(session: AsyncSession, document_id: int) -> list[ExchangeMessage]:
    query = select(ExchangeMessage).where(ExchangeMessage.document_id == document_id)
    return list((await session.exec(query.order_by(col(ExchangeMessage.id)))).all())


async def list_statuses(session: AsyncSession, document_id: int) -> list[ExchangeStatus]:
    """In the order of what they tell."""
    query = select(ExchangeStatus).where(ExchangeStatus.document_id == document_id)
    return list((await session.exec(query.order_by(col(ExchangeStatus.at), col(ExchangeStatus.id)))).all())


async def list_newest(
    session: AsyncSession, organ_ids: Sequence[int] | None, limit: int
) -> list[tuple[ExchangeMessage, OfficialDocument, str]]:
    """Messages with their documents and the meetings' addresses, the newest first; of all organs, or of these."""
    query = (
        select(ExchangeMessage, OfficialDocument, Meeting.slug)
        .join(OfficialDocument, col(OfficialDocument.id) == col(ExchangeMessage.document_id))
        .join(Meeting, col(Meeting.id) == col(OfficialDocument.meeting_id))
        .order_by(col(ExchangeMessage.id).desc())
        .limit(limit)
    )
    if organ_ids is not None:
        query = query.where(col(OfficialDocument.organ_unit_id).in_(organ_ids))
    return [(message, document, slug) for message, document, slug in (await session.exec(query)).all()]


async def claim_message(session: AsyncSession, now: datetime) -> ExchangeMessage | None:
    """The package that has waited longest, now the caller's; ``None`` when none is due."""
    query = (
        select(ExchangeMessage)
        .where(*_due(now))
        .order_by(col(ExchangeMessage.next_at), col(ExchangeMessage.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    message = (await session.exec(query)).first()
    if message is not None:
        message.claimed_until = now + LEASE
        session.add(message)
        await session.flush()
    return message


async def has_due(session: AsyncSession, now: datetime) -> bool:
    return (await session.exec(select(ExchangeMessage.id).where(*_due(now)).limit(1))).first() is not None


def _due(now: datetime) -> list[ColumnElement[bool]]:
    earlier, own = aliased(ExchangeMessage), aliased(OfficialDocument)
    waits = (
        exists()
        .where(col(earlier.state) == MailState.QUEUED, col(earlier.id) < col(ExchangeMessage.id))
        .where(col(own.id) == col(ExchangeMessage.document_id))
        .where(or_(col(earlier.document_id) == col(own.id), col(earlier.document_id) == col(own.replaces_id)))
    )
    free = or_(col(ExchangeMessage.claimed_until).is_(None), col(ExchangeMessage.claimed_until) <= now)
    return [col(ExchangeMessage.state) == MailState.QUEUED, col(ExchangeMessage.next_at) <= now, free, ~waits]


async def load_outgoing(session: AsyncSession, message: ExchangeMessage) -> Outgoing:
    document = await session.get_one(OfficialDocument, message.document_id)
    meeting = await session.get_one(Meeting, document.meeting_id)
    recipients = await list_recipients(session, message.id or 0)
    before = await session.get(OfficialDocument, document.replaces_id or document.corrects_id or 0)
    known = await find_message(session, before.id or 0) if before else None
    if known is None:
        return Outgoing(message, document, recipients, meeting.urgent)
    organ_ids = tuple(each.organ_id for each in await list_recipients(session, known.id or 0))
    return Outgoing(message, document, recipients, meeting.urgent, before, known.document_code, organ_ids)


async def note_sent(session: AsyncSession, message_id: int, now: datetime) -> None:
    """The gateway took it. Those that only waited for the gateway are due at once."""
    message = await session.get_one(ExchangeMessage, message_id, with_for_update=True)
    message.state, message.sent_at, message.claimed_until, message.error = MailState.SENT, now, None, ""
    message.attempts += 1
    session.add(message)
    await session.flush()
    held = or_(*(col(ExchangeMessage.error).startswith(f"{trouble.value}: ") for trouble in OF_GATEWAY))
    query = update(ExchangeMessage).where(col(ExchangeMessage.state) == MailState.QUEUED, held)
    await session.exec(query.where(col(ExchangeMessage.next_at) > now).values(next_at=now))


async def note_failure(
    session: AsyncSession, message_id: int, trouble: Trouble, detail: str, now: datetime
) -> ExchangeMessage:
    """It is tried again later, or given up. What the gateway is to blame for holds all that is due."""
    message = await session.get_one(ExchangeMessage, message_id, with_for_update=True)
    message.attempts += 1
    message.claimed_until = None
    message.error = write_error(trouble, detail)
    again = next_try(trouble, message.attempts, now)
    message.next_at = again or now
    message.state = MailState.QUEUED if again else MailState.FAILED
    session.add(message)
    await session.flush()
    if trouble in OF_GATEWAY:
        query = update(ExchangeMessage).where(*_due(now))
        await session.exec(query.values(next_at=message.next_at, error=message.error))
    return message
