"""The outbox follows the register: what was issued goes to the units that have an identifier, what was recalled is
recalled there. Nothing has to be called when a document is issued, so none is forgotten."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.document_models import OfficialDocument
from meetings.errors import N_, Conflict, NotAllowed, NotFound
from meetings.exchange.composing import write_code
from meetings.exchange.package import OF_RECALL, Business, Status, StatusCode, is_organ_id
from meetings.exchange.store import find_message, list_recipients
from meetings.exchange.troubles import Trouble, write_error
from meetings.exchange_models import ExchangeMessage, ExchangeRecipient, ExchangeStatus
from meetings.kinds import Classification, DocumentState, MailState
from meetings.meeting_store import get_meeting_by_id
from meetings.models import Invitation, Meeting, UnitCode
from meetings.people_store import load_tree
from meetings.periods import local_day
from meetings.permissions import Actor, may_keep_documents

TAKEN_UP = timedelta(days=7)  # a document that was issued longer ago is not sent when an exchange is set up


@dataclass(frozen=True, slots=True)
class Identity:
    """``scheme``: of the units' codes. ``organ_id``: of an organ that sends and has no code."""

    scheme: str
    organ_id: str


async def has_news(session: AsyncSession, identity: Identity, now: datetime) -> bool:
    """Whether there is something to queue; asking costs little."""
    return bool(await _list_issued(session, identity, now) or await _list_recalled(session))


async def queue_news(session: AsyncSession, identity: Identity, now: datetime) -> int:
    """Put what was issued or recalled since into the outbox; how many packages."""
    added = 0
    for document in await _list_issued(session, identity, now):
        added += await _queue(session, document, identity, now)
    for message, document in await _list_recalled(session):
        added += await _recall(session, message, document, now)
    await session.flush()
    return added


async def _list_issued(session: AsyncSession, identity: Identity, now: datetime) -> list[OfficialDocument]:
    """Never those of restricted meetings, whose files are only read here."""
    known = select(ExchangeMessage.document_id)
    coded = exists().where(
        col(Invitation.meeting_id) == col(Meeting.id),
        col(UnitCode.unit_id) == col(Invitation.unit_id),
        col(UnitCode.scheme) == identity.scheme,
    )
    query = (
        select(OfficialDocument)
        .join(Meeting, col(Meeting.id) == col(OfficialDocument.meeting_id))
        .where(OfficialDocument.state == DocumentState.ISSUED, col(OfficialDocument.preliminary).is_(False))
        .where(col(OfficialDocument.number).is_not(None), col(OfficialDocument.issued_on).is_not(None))
        .where(col(OfficialDocument.issued_at) > now - TAKEN_UP, col(OfficialDocument.id).not_in(known))
        .where(col(Meeting.classification) != Classification.RESTRICTED, col(Meeting.is_demo).is_(False), coded)
    )
    return list((await session.exec(query.order_by(col(OfficialDocument.issued_at)))).all())


async def _list_recalled(session: AsyncSession) -> list[tuple[ExchangeMessage, OfficialDocument]]:
    told = select(ExchangeMessage.document_id).where(ExchangeMessage.business == Business.RECALL.value)
    query = (
        select(ExchangeMessage, OfficialDocument)
        .join(OfficialDocument, col(OfficialDocument.id) == col(ExchangeMessage.document_id))
        .where(OfficialDocument.state == DocumentState.WITHDRAWN)
        .where(or_(ExchangeMessage.state == MailState.SENT, ExchangeMessage.state == MailState.QUEUED))
        .where(col(OfficialDocument.id).not_in(told))
    )
    return [(message, document) for message, document in (await session.exec(query)).all()]


async def _queue(session: AsyncSession, document: OfficialDocument, identity: Identity, now: datetime) -> int:
    bundle = await get_meeting_by_id(session, document.meeting_id)
    tree = await load_tree(session, bundle.day)
    organ = tree.get(document.organ_unit_id)
    own = (organ.codes.get(identity.scheme) if organ else None) or identity.organ_id
    before = await find_message(session, document.replaces_id) if document.replaces_id else None
    units = [tree.get(each.unit.id) for each in bundle.invitations]
    to = {
        unit.codes[identity.scheme]: unit for unit in units if unit and is_organ_id(unit.codes.get(identity.scheme, ""))
    }
    to.pop(own, None)
    if not own or not to:
        return 0
    replaces = before is not None and before.state is not MailState.FAILED
    message = ExchangeMessage(
        document_id=document.id or 0,
        business=(Business.REPLACEMENT if replaces else Business.NEW).value,
        sender_organ_id=own,
        sender_name=document.content.get("organ", "") or (organ.full_organ if organ else bundle.convening.full_organ),
        document_code=write_code(own, document),
        next_at=now,
        queued_at=now,
    )
    await _add(
        session,
        message,
        {organ_id: (unit.id, unit.full_organ) for organ_id, unit in to.items()},
        document.meeting_id,
        now,
    )
    return 1


async def _recall(session: AsyncSession, message: ExchangeMessage, document: OfficialDocument, now: datetime) -> int:
    """What has not left yet does not leave; what has, or may have, is recalled where it went."""
    if message.state is MailState.QUEUED and message.attempts == 0 and message.claimed_until is None:
        message.state, message.error = MailState.FAILED, write_error(Trouble.RECALLED, "")
        session.add(message)
        return 0
    recall = ExchangeMessage(
        document_id=message.document_id,
        business=Business.RECALL.value,
        sender_organ_id=message.sender_organ_id,
        sender_name=message.sender_name,
        document_code=message.document_code,
        next_at=now,
        queued_at=now,
    )
    to = {each.organ_id: (each.unit_id, each.name) for each in await list_recipients(session, message.id or 0)}
    await _add(session, recall, to, document.meeting_id, now)
    return 1


async def _add(
    session: AsyncSession, message: ExchangeMessage, to: dict[str, tuple[int, str]], meeting_id: int, now: datetime
) -> None:
    session.add(message)
    await session.flush()
    for organ_id, (unit_id, name) in to.items():
        row = ExchangeRecipient(message_id=message.id or 0, organ_id=organ_id, unit_id=unit_id, name=name[:200])
        session.add(row)
    detail = {"document": message.document_id, "business": message.business, "organs": len(to)}
    await write_entry(session, None, "exchange.queue", f"meeting:{meeting_id}", detail, now)


async def take_status(session: AsyncSession, status: Status, now: datetime) -> bool:
    """Keep what a recipient says of a document that it was sent. False: nobody here knows of that, or it is known."""
    query = (
        select(ExchangeMessage.document_id)
        .join(ExchangeRecipient, col(ExchangeRecipient.message_id) == col(ExchangeMessage.id))
        .where(ExchangeMessage.document_code == status.response.document_id)
        .where(ExchangeRecipient.organ_id == status.sender.organ_id)
    )
    if status.code in OF_RECALL:
        query = query.where(ExchangeMessage.business != Business.NEW.value)
    document_id = (await session.exec(query)).first()
    if document_id is None or status.code not in set(StatusCode):
        return False
    kept = select(ExchangeStatus.id).where(
        ExchangeStatus.document_id == document_id,
        ExchangeStatus.organ_id == status.sender.organ_id,
        ExchangeStatus.code == status.code,
        ExchangeStatus.at == status.at,
    )
    if (await session.exec(kept)).first() is not None:
        return False
    session.add(
        ExchangeStatus(
            document_id=document_id,
            organ_id=status.sender.organ_id,
            code=status.code,
            description=" ".join(status.description.split())[:500],
            at=status.at,
            received_at=now,
        )
    )
    await session.flush()
    return True


async def retry_message(session: AsyncSession, actor: Actor, message_id: int, now: datetime) -> ExchangeMessage:
    """Send a package again, or at once if it waits: the clerk of the organ whose document it is."""
    message = await session.get(ExchangeMessage, message_id, with_for_update=True)
    if message is None:
        raise NotFound
    document = await session.get_one(OfficialDocument, message.document_id)
    units = (await load_tree(session, local_day(now))).acted_for(actor.unit_id)
    if not may_keep_documents(actor, units, document.organ_unit_id):
        raise NotAllowed
    if message.state is MailState.SENT or message.error.startswith(Trouble.RECALLED.value):
        raise Conflict(N_("Gói văn bản này đã gửi xong hoặc không còn cần gửi."))
    message.state, message.attempts, message.error, message.next_at = MailState.QUEUED, 0, "", now
    session.add(message)
    detail = {"message": message.id, "document": message.document_id}
    await write_entry(session, actor, "exchange.retry", f"meeting:{document.meeting_id}", detail, now)
    return message
