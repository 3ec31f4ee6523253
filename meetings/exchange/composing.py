"""The edXML package of an official document, its replacement, or its recall. Pure: the same each time it is asked."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from meetings.document_models import OfficialDocument
from meetings.documents.wording import KINDS, name_document
from meetings.exchange.gateways import Gateway
from meetings.exchange.package import (
    Attachment,
    Business,
    DocumentCode,
    Order,
    Organ,
    Package,
    Reference,
    Replacement,
    Trace,
)
from meetings.exchange_models import ExchangeMessage, ExchangeRecipient

COMPETENCE = re.compile(r"(TM|KT|TL|TUQ|Q)\.")
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message with all that its package is made of. ``before``: what it replaces or corrects, as others know it."""

    message: ExchangeMessage
    document: OfficialDocument
    recipients: Sequence[ExchangeRecipient]
    urgent: bool
    before: OfficialDocument | None = None
    before_code: str = ""
    before_organ_ids: tuple[str, ...] = ()


def write_code(sender_organ_id: str, document: OfficialDocument) -> str:
    """Its DocumentId. Only a document with number and day has one."""
    return str(DocumentCode(sender_organ_id, _day_of(document), _number(document), document.symbol))


def compose(outgoing: Outgoing, gateway: Gateway, pdf: bytes) -> Package:
    """``pdf``: the signed document; a recall has none."""
    message, document = outgoing.message, outgoing.document
    content, business = document.content, Business(message.business)
    authority = [*content.get("authority", ()), content.get("signer_position", "")]
    found = next((match[0] for line in authority if (match := COMPETENCE.match(line))), "")
    return Package(
        sender=Organ(organ_id=message.sender_organ_id, name=message.sender_name),
        to=tuple(Organ(organ_id=each.organ_id, name=each.name) for each in outgoing.recipients),
        number=_number(document),
        notation=document.symbol,
        place=content.get("town", ""),
        day=_day_of(document),
        type=gateway.types[document.kind],
        type_name=KINDS[document.kind],
        subject=" ".join((content.get("subject") or name_document(document)).split())[:500],
        competence=found,
        position=content.get("signer_position", "")[:100],
        signer=document.signer_name[:50],
        places=tuple(line.strip(" -;.") for line in content.get("recipients", ())),
        priority=gateway.urgent if outgoing.urgent else gateway.normal,
        responses=_refer(outgoing),
        steering=gateway.steering,
        document_id=message.document_code,
        traces=(Trace(message.sender_organ_id, message.queued_at),),
        order=_order(outgoing, business),
        attachments=() if business is Business.RECALL else (_attach(document, pdf),),
    )


def _order(outgoing: Outgoing, business: Business) -> Order:
    document = outgoing.document
    if business is Business.RECALL:
        reason, code = document.withdrawn_reason, outgoing.message.document_code
        return Order(business=business, reason=reason, document_info=name_document(document), document_id=code)
    if business is Business.REPLACEMENT:
        return Order(
            business=business,
            reason=document.reason or "Thay thế văn bản đã phát hành.",
            document_info=name_document(outgoing.before) if outgoing.before else "",
            replacements=(Replacement(outgoing.before_code, outgoing.before_organ_ids),),
        )
    return Order()


def _refer(outgoing: Outgoing) -> tuple[Reference, ...]:
    """A correction names what it corrects."""
    before = outgoing.before
    if before is None or outgoing.document.corrects_id is None or not outgoing.before_code:
        return ()
    organ_id, code = outgoing.message.sender_organ_id, f"{_number(before)}/{before.symbol}"
    return (Reference(organ_id=organ_id, code=code, day=before.issued_on, document_id=outgoing.before_code),)


def _attach(document: OfficialDocument, pdf: bytes) -> Attachment:
    name = f"{_number(document)}-{document.symbol}.pdf".replace("/", "-").replace("\\", "-")
    mark = str(uuid.uuid5(uuid.NAMESPACE_OID, f"giaoban:{document.id}:{document.signed_sha256}"))
    return Attachment(content_id=mark, name=name, content_type=PDF, data=pdf, description=name_document(document))


def _day_of(document: OfficialDocument) -> date:
    """An issued document has one, and no other is sent."""
    if document.issued_on is None:
        raise ValueError("a document without its day is sent nowhere")
    return document.issued_on


def _number(document: OfficialDocument) -> str:
    return str(document.number).zfill(2)
