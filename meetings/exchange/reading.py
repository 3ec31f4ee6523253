"""Reads edXML from outside: a package, or a status. ``Invalid`` says why one cannot be taken."""

import base64
import binascii
from collections.abc import Sequence
from datetime import date, datetime

from meetings.errors import N_, Invalid
from meetings.exchange.package import (
    MOMENT,
    WRONG_DAY,
    Attachment,
    Business,
    Order,
    Organ,
    Package,
    Receiver,
    Reference,
    Replacement,
    Staff,
    Status,
    Trace,
    read_day,
)
from meetings.exchange.xml_tree import FOREIGN, Node, read_tree
from meetings.periods import ZONE

STATUS_NAMES = ("Status", "MessageStatus")  # gateways differ
CID = "cid:"
MISMATCH = N_("Danh mục tệp trong gói edXML không khớp với các tệp kèm theo.")
NOT_BASE64 = N_("Tệp kèm theo trong gói edXML không giải mã được.")
NO_DAY = N_("Gói edXML thiếu ngày ban hành văn bản.")
UNKNOWN_ORDER = N_("Gói edXML yêu cầu một nghiệp vụ không có trong QCVN 102:2016/BTTTT.")
NO_STATUS = N_("Bản tin trạng thái edXML thiếu mã trạng thái hoặc thời điểm.")


def parse(data: bytes, status_names: Sequence[str] = STATUS_NAMES) -> Package | Status:
    root = read_tree(data)
    header = root.find("edXMLEnvelope", "edXMLHeader")
    if header is None:
        raise Invalid(FOREIGN)
    for name in status_names:
        found = header.find(name)
        if found is not None:
            return _read_status(found)
    message = header.find("MessageHeader")
    if message is None:
        raise Invalid(FOREIGN)
    return _read_package(root, header, message)


def _read_package(root: Node, header: Node, message: Node) -> Package:
    other = message.find("OtherInfo") or Node("OtherInfo")
    traces = header.find("TraceHeaderList") or Node("TraceHeaderList")
    order = traces.find("Bussiness") or Node("Bussiness")
    return Package(
        sender=_read_organ(message.find("From")),
        to=tuple(_read_organ(each) for each in message.find_all("To")),
        number=message.read("Code", "CodeNumber"),
        notation=message.read("Code", "CodeNotation"),
        place=message.read("PromulgationInfo", "Place"),
        day=_need_day(message.read("PromulgationInfo", "PromulgationDate")),
        type=message.read("DocumentType", "Type"),
        type_name=message.read("DocumentType", "TypeName"),
        type_detail=message.read("DocumentType", "TypeDetail"),
        subject=message.read("Subject"),
        content=message.read("Content"),
        competence=message.read("SignerInfo", "Competence"),
        position=message.read("SignerInfo", "Position"),
        signer=message.read("SignerInfo", "FullName"),
        due=read_day(message.read("DueDate")),
        places=_read_texts(message.find("ToPlaces"), "Place"),
        priority=other.read("Priority"),
        sphere=other.read("SphereOfPromulgation"),
        typist=other.read("TyperNotation"),
        amount=other.read("PromulgationAmount"),
        pages=other.read("PageAmount"),
        appendixes=_read_texts(other.find("Appendixes"), "Appendix"),
        responses=tuple(_read_reference(each) for each in message.find_all("ResponseFor")),
        steering=message.read("SteeringType"),
        document_id=message.read("DocumentId"),
        traces=tuple(
            Trace(each.read("OrganId"), _need_moment(each.read("Timestamp"))) for each in traces.find_all("TraceHeader")
        ),
        order=_read_order(order),
        attachments=_read_attachments(root),
    )


def _read_order(order: Node) -> Order:
    info = order.find("BussinessDocumentInfo") or Node("BussinessDocumentInfo")
    listed = info.find("ReceiverList") or Node("ReceiverList")
    replaced = order.find("ReplacementInfoList") or Node("ReplacementInfoList")
    kind = order.read("BussinessDocType") or Business.NEW.value
    if kind not in set(Business):
        raise Invalid(UNKNOWN_ORDER)
    return Order(
        business=Business(kind),
        reason=order.read("BussinessDocReason"),
        document_info=info.read("DocumentInfo"),
        document_receiver=info.read("DocumentReceiver"),
        receivers=tuple(
            Receiver(each.read("OrganId"), each.read("ReceiverType") == "1") for each in listed.find_all("Receiver")
        ),
        document_id=order.read("DocumentId"),
        staff=_read_staff(order.find("StaffInfo")),
        paper=order.read("Paper"),
        replacements=tuple(
            Replacement(each.read("DocumentId"), _read_texts(each.find("OrganIdList"), "OrganId"))
            for each in replaced.find_all("ReplacementInfo")
        ),
    )


def _read_attachments(root: Node) -> tuple[Attachment, ...]:
    """Those outside the envelope; its list names each of them, by "cid:" and the same mark."""
    manifest = root.find("edXMLEnvelope", "edXMLBody", "edXMLManifest") or Node("edXMLManifest")
    named = [_name_content(each) for each in manifest.find_all("Reference")]
    encoded = root.find("AttachmentEncoded") or Node("AttachmentEncoded")
    files = tuple(
        Attachment(
            content_id=each.read("ContentId").removeprefix(CID),
            name=each.read("AttachmentName"),
            content_type=each.read("ContentType"),
            data=_decode(each.read("ContentTransferEncoded")),
            description=each.read("Description"),
        )
        for each in encoded.find_all("Attachment")
    )
    kept = [each.content_id for each in files]
    if sorted(named) != sorted(kept) or len(set(kept)) != len(kept) or "" in kept:
        raise Invalid(MISMATCH)
    return files


def _name_content(reference: Node) -> str:
    """The list says it twice; a sender that leaves one out is understood by the other."""
    written = reference.read("ContentId"), reference.attributes.get("href", "").strip()
    found = {each.removeprefix(CID) for each in written if each}
    if len(found) != 1:
        raise Invalid(MISMATCH)
    return found.pop()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid(NOT_BASE64) from error


def _read_status(node: Node) -> Status:
    code, at = node.read("StatusCode"), node.read("Timestamp")
    if not code or not at:
        raise Invalid(NO_STATUS)
    return Status(
        response=_read_reference(node.find("ResponseFor")),
        sender=_read_organ(node.find("From")),
        code=code.zfill(2) if code.isdigit() else code,
        description=node.read("Description"),
        at=_need_moment(at),
        staff=_read_staff(node.find("StaffInfo")),
    )


def _read_organ(node: Node | None) -> Organ:
    node = node or Node("From")
    return Organ(
        organ_id=node.read("OrganId"),
        name=node.read("OrganName"),
        in_charge=node.read("OrganizationInCharge"),
        address=node.read("OrganAdd"),
        email=node.read("Email"),
        telephone=node.read("Telephone"),
        fax=node.read("Fax"),
        website=node.read("Website"),
    )


def _read_reference(node: Node | None) -> Reference:
    node = node or Node("ResponseFor")
    return Reference(
        organ_id=node.read("OrganId"),
        code=node.read("Code"),
        day=read_day(node.read("PromulgationDate")),
        document_id=node.read("DocumentId"),
    )


def _read_staff(node: Node | None) -> Staff:
    node = node or Node("StaffInfo")
    return Staff(
        department=node.read("Department"),
        name=node.read("Staff"),
        mobile=node.read("Mobile"),
        email=node.read("Email"),
    )


def _read_texts(node: Node | None, name: str) -> tuple[str, ...]:
    return tuple(each.text for each in node.find_all(name)) if node else ()


def _need_day(text: str) -> date:
    day = read_day(text)
    if day is None:
        raise Invalid(NO_DAY)
    return day


def _need_moment(text: str) -> datetime:
    try:
        return datetime.strptime(text.replace("-", "/"), MOMENT).replace(tzinfo=ZONE)
    except ValueError as error:
        raise Invalid(WRONG_DAY) from error
