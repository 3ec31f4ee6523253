"""What pages tell of a document's way over the exchange axis: each package, each recipient, what that one answered."""

from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.errors import N_
from meetings.exchange.package import STATUS_WORDS, Business, StatusCode
from meetings.exchange.store import list_messages, list_recipients, list_statuses
from meetings.exchange.troubles import WORDS, read_error
from meetings.exchange_models import ExchangeMessage, ExchangeStatus
from web.i18n import _

BUSINESS_NAMES = {
    Business.NEW: N_("Gửi văn bản"),
    Business.RECALL: N_("Gửi yêu cầu thu hồi"),
    Business.UPDATE: N_("Gửi bản cập nhật"),
    Business.REPLACEMENT: N_("Gửi văn bản thay thế"),
}


@dataclass(frozen=True)
class ShownMessage:
    message: ExchangeMessage
    name: str
    words: str  # of its trouble
    detail: str  # what the gateway said


@dataclass(frozen=True)
class ShownRecipient:
    name: str
    organ_id: str
    status: ExchangeStatus | None  # the latest
    words: str


@dataclass(frozen=True)
class ShownExchange:
    messages: list[ShownMessage]
    recipients: list[ShownRecipient]


def show_message(message: ExchangeMessage) -> ShownMessage:
    trouble, detail = read_error(message.error)
    words = _(WORDS[trouble]) if trouble else ""
    return ShownMessage(message, _(BUSINESS_NAMES[Business(message.business)]), words, _(detail) if detail else "")


async def load_exchange(session: AsyncSession, document_id: int | None) -> ShownExchange | None:
    """``None`` where the document goes to nobody over the axis."""
    messages = await list_messages(session, document_id) if document_id else []
    if not messages or document_id is None:
        return None
    latest = {each.organ_id: each for each in await list_statuses(session, document_id)}
    recipients = []
    for each in await list_recipients(session, messages[0].id or 0):
        status = latest.get(each.organ_id)
        words = _(STATUS_WORDS[StatusCode(status.code)]) if status else ""
        recipients.append(ShownRecipient(each.name, each.organ_id, status, words))
    return ShownExchange([show_message(each) for each in messages], recipients)
