"""Writes edXML. The root and the encoded files stand in the default namespace, the envelope bears its prefix."""

import base64
import re
from collections.abc import Iterable
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from meetings.exchange.package import Attachment, Order, Organ, Package, Reference, Staff, Status, write_day
from meetings.exchange.xml_tree import NAMESPACE
from meetings.periods import ZONE

HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    f'<edXML xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
)
ENVELOPE = f'<edXML:edXMLEnvelope xmlns:edXML="{NAMESPACE}">'
TRACES = 'id={id} version="1.0" mustUnderstand="1" actor="http://schemas.xmlsoap.org/soap/actor/next"'
XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2


def build(package: Package) -> bytes:
    """The package with its files."""
    header = _tag("edXMLHeader", _message_header(package) + _traces(package))
    body = _tag("edXMLBody", _manifest(package.attachments))
    files = "".join(_attachment(each) for each in package.attachments)
    encoded = f"<AttachmentEncoded>{files}</AttachmentEncoded>" if files else "<AttachmentEncoded/>"
    return f"{HEAD}{ENVELOPE}{header}{body}</edXML:edXMLEnvelope>{encoded}</edXML>".encode()


def build_status(status: Status, element: str) -> bytes:
    """``element``: what the gateway calls it."""
    told = (
        _reference(status.response)
        + _organ("From", status.sender)
        + _leaf("StatusCode", status.code)
        + _leaf("Description", status.description)
        + _leaf("Timestamp", write_moment(status.at))
        + _staff(status.staff)
    )
    return f"{HEAD}{ENVELOPE}{_tag('edXMLHeader', _tag(element, told))}</edXML:edXMLEnvelope></edXML>".encode()


def write_moment(at: datetime) -> str:
    local = at.astimezone(ZONE)
    return f"{write_day(local)} {local:%H:%M:%S}"


def _message_header(package: Package) -> str:
    return _tag(
        "MessageHeader",
        _organ("From", package.sender)
        + "".join(_organ("To", each) for each in package.to)
        + _tag("Code", _leaf("CodeNumber", package.number) + _leaf("CodeNotation", package.notation))
        + _tag("PromulgationInfo", _leaf("Place", package.place) + _leaf("PromulgationDate", write_day(package.day)))
        + _tag(
            "DocumentType",
            _leaf("Type", package.type)
            + _leaf("TypeName", package.type_name)
            + (_leaf("TypeDetail", package.type_detail) if package.type_detail else ""),
        )
        + _leaf("Subject", package.subject)
        + _leaf("Content", package.content)
        + _tag(
            "SignerInfo",
            _leaf("Competence", package.competence)
            + _leaf("Position", package.position)
            + _leaf("FullName", package.signer),
        )
        + _leaf("DueDate", write_day(package.due) if package.due else "")
        + _tag("ToPlaces", _leaves("Place", package.places))
        + _other_info(package)
        + "".join(_reference(each) for each in package.responses)
        + _leaf("SteeringType", package.steering)
        + _leaf("DocumentId", package.document_id),
    )


def _other_info(package: Package) -> str:
    return _tag(
        "OtherInfo",
        _leaf("Priority", package.priority)
        + _leaf("SphereOfPromulgation", package.sphere)
        + _leaf("TyperNotation", package.typist)
        + _leaf("PromulgationAmount", package.amount)
        + _leaf("PageAmount", package.pages)
        + _tag("Appendixes", _leaves("Appendix", package.appendixes)),
    )


def _traces(package: Package) -> str:
    passed = "".join(
        _tag("TraceHeader", _leaf("OrganId", each.organ_id) + _leaf("Timestamp", write_moment(each.at)))
        for each in package.traces
    )
    attributes = TRACES.format(id=quoteattr(_clean(package.document_id)))
    return f"<edXML:TraceHeaderList {attributes}>{passed}{_order(package.order)}</edXML:TraceHeaderList>"


def _order(order: Order) -> str:
    receivers = "".join(
        _tag("Receiver", _leaf("ReceiverType", "1" if each.is_added else "0") + _leaf("OrganId", each.organ_id))
        for each in order.receivers
    )
    replaced = "".join(
        _tag(
            "ReplacementInfo",
            _leaf("DocumentId", each.document_id) + _tag("OrganIdList", _leaves("OrganId", each.organ_ids)),
        )
        for each in order.replacements
    )
    return _tag(
        "Bussiness",
        _leaf("BussinessDocType", order.business)
        + _leaf("BussinessDocReason", order.reason)
        + _tag(
            "BussinessDocumentInfo",
            _leaf("DocumentInfo", order.document_info)
            + _leaf("DocumentReceiver", order.document_receiver)
            + _tag("ReceiverList", receivers),
        )
        + _leaf("DocumentId", order.document_id)
        + _staff(order.staff)
        + _leaf("Paper", order.paper)
        + _tag("ReplacementInfoList", replaced),
    )


def _manifest(attachments: Iterable[Attachment]) -> str:
    listed = "".join(
        f"<edXML:Reference xlink:href={quoteattr(_clean('cid:' + each.content_id))} "
        f'xlink:role="XLinkRole" xlink:type="simple" {XLINK}>'
        + _leaf("Description", each.description)
        + _leaf("AttachmentName", each.name)
        + _leaf("ContentType", each.content_type)
        + _leaf("ContentId", f"cid:{each.content_id}")
        + "</edXML:Reference>"
        for each in attachments
    )
    return f'<edXML:edXMLManifest version="1.0">{listed}</edXML:edXMLManifest>'


def _attachment(each: Attachment) -> str:
    encoded = base64.b64encode(each.data).decode("ascii")
    return (
        f"<Attachment><ContentType>{_text(each.content_type)}</ContentType>"
        f"<ContentId>{_text(each.content_id)}</ContentId><Description>{_text(each.description)}</Description>"
        f"<ContentTransferEncoded>{encoded}</ContentTransferEncoded>"
        f"<AttachmentName>{_text(each.name)}</AttachmentName></Attachment>"
    )


def _organ(name: str, organ: Organ) -> str:
    return _tag(
        name,
        _leaf("OrganId", organ.organ_id)
        + _leaf("OrganizationInCharge", organ.in_charge)
        + _leaf("OrganName", organ.name)
        + _leaf("OrganAdd", organ.address)
        + _leaf("Email", organ.email)
        + _leaf("Telephone", organ.telephone)
        + _leaf("Fax", organ.fax)
        + _leaf("Website", organ.website),
    )


def _reference(response: Reference) -> str:
    return _tag(
        "ResponseFor",
        _leaf("OrganId", response.organ_id)
        + _leaf("Code", response.code)
        + _leaf("PromulgationDate", write_day(response.day) if response.day else "")
        + _leaf("DocumentId", response.document_id),
    )


def _staff(staff: Staff) -> str:
    return _tag(
        "StaffInfo",
        _leaf("Department", staff.department)
        + _leaf("Staff", staff.name)
        + _leaf("Mobile", staff.mobile)
        + _leaf("Email", staff.email),
    )


def _leaves(name: str, values: Iterable[str]) -> str:
    return "".join(_leaf(name, value) for value in values)


def _leaf(name: str, value: str) -> str:
    return _tag(name, _text(value))


def _tag(name: str, inner: str) -> str:
    return f"<edXML:{name}>{inner}</edXML:{name}>" if inner else f"<edXML:{name}/>"


def _text(value: str) -> str:
    return escape(_clean(value), {"\r": "&#13;"})


def _clean(value: str) -> str:
    """Without what no XML may hold."""
    return FORBIDDEN.sub("", value)
