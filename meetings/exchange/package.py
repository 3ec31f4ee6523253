"""What an edXML package says (QCVN 102:2016/BTTTT as it is really used): a document with its files, or a status.

Field names are ours; those of the format, misspellings included, stand in ``writing`` and ``reading`` alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from meetings.errors import N_, Invalid
from meetings.periods import ZONE

QCVN_ID = re.compile(r"\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}")
QD20_ID = re.compile(r"[A-Z]\d{2}(\.[0-9A-Z]+)*")
LONGEST_ID = 35
DAY = "%Y/%m/%d"
MOMENT = "%Y/%m/%d %H:%M:%S"
WRONG_DAY = N_("Gói edXML có ngày tháng không đúng dạng năm/tháng/ngày.")
WRONG_ID = N_("Gói edXML có mã văn bản không đúng dạng “Mã cơ quan,năm/tháng/ngày,Số/Ký hiệu”.")


class Business(StrEnum):
    """BussinessDocType: what is to be done with the document."""

    NEW = "0"
    RECALL = "1"
    UPDATE = "2"
    REPLACEMENT = "3"


class StatusCode(StrEnum):
    """What became of a document where it was sent."""

    ARRIVED = "01"
    REFUSED = "02"
    RECEIVED = "03"
    WAITS = "04"
    IN_WORK = "05"
    DONE = "06"
    RECALLED = "13"
    AGREED = "15"
    DISAGREED = "16"


STATUS_WORDS: Mapping[StatusCode, str] = {
    StatusCode.ARRIVED: N_("Đã đến"),
    StatusCode.REFUSED: N_("Từ chối tiếp nhận"),
    StatusCode.RECEIVED: N_("Đã tiếp nhận"),
    StatusCode.WAITS: N_("Đã đến, chờ phân công"),
    StatusCode.IN_WORK: N_("Đã phân công, đang xử lý"),
    StatusCode.DONE: N_("Đã xử lý xong"),
    StatusCode.RECALLED: N_("Thu hồi"),
    StatusCode.AGREED: N_("Đồng ý thu hồi, cập nhật"),
    StatusCode.DISAGREED: N_("Từ chối thu hồi, cập nhật"),
}
OF_RECALL = frozenset({StatusCode.RECALLED, StatusCode.AGREED, StatusCode.DISAGREED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Organ:
    organ_id: str
    name: str = ""
    in_charge: str = ""
    address: str = ""
    email: str = ""
    telephone: str = ""
    fax: str = ""
    website: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    department: str = ""
    name: str = ""
    mobile: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class DocumentCode:
    """DocumentId: ``000.00.00.G22,2015/09/30,7816/VPCP-TTĐT``."""

    organ_id: str
    day: date
    number: str
    notation: str

    def __str__(self) -> str:
        return f"{self.organ_id},{write_day(self.day)},{self.number}/{self.notation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """ResponseFor: another document, by all that names it. ``code`` is "12/GM-UBND"."""

    organ_id: str
    code: str
    day: date | None
    document_id: str


@dataclass(frozen=True, slots=True)
class Trace:
    """An organ that the package passed, and when."""

    organ_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Receiver:
    """Of an update: an organ that is added to those who have the document, or removed."""

    organ_id: str
    is_added: bool


@dataclass(frozen=True, slots=True)
class Replacement:
    """A document whose place this one takes, and the organs that have it."""

    document_id: str
    organ_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Bussiness: what is to be done, why, with which document."""

    business: Business = Business.NEW
    reason: str = ""
    document_info: str = ""
    document_receiver: str = ""
    receivers: tuple[Receiver, ...] = ()
    document_id: str = ""
    staff: Staff = Staff()
    paper: str = "0"  # no paper copy follows
    replacements: tuple[Replacement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """``content_id`` has no "cid:" before it; ``data`` as it was sent, which may be a ZIP of the file."""

    content_id: str
    name: str
    content_type: str
    data: bytes
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A document on its way. Codes are text: each gateway has its own (``gateways``)."""

    sender: Organ
    to: tuple[Organ, ...]
    number: str
    notation: str
    place: str = ""
    day: date
    type: str
    type_name: str
    type_detail: str = ""
    subject: str
    content: str = ""
    competence: str = ""  # "TL.", "KT."
    position: str = ""
    signer: str = ""
    due: date | None = None
    places: tuple[str, ...] = ()
    priority: str = "0"
    sphere: str = ""
    typist: str = ""
    amount: str = ""
    pages: str = ""
    appendixes: tuple[str, ...] = ()
    responses: tuple[Reference, ...] = ()
    steering: str = ""
    document_id: str
    traces: tuple[Trace, ...] = ()
    order: Order = Order()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What an organ says became of a document that it was sent."""

    response: Reference
    sender: Organ
    code: str
    description: str = ""
    at: datetime
    staff: Staff = Staff()


def is_organ_id(text: str) -> bool:
    """Of QCVN 102 (``000.00.00.H49``) or of QĐ 20/2020/QĐ-TTg (``H49.01``)."""
    return len(text) <= LONGEST_ID and bool(QCVN_ID.fullmatch(text) or QD20_ID.fullmatch(text))


def write_day(day: date) -> str:
    return f"{day.year:04}/{day.month:02}/{day.day:02}"


def read_day(text: str) -> date | None:
    """``None`` for nothing. Some senders write dashes."""
    if not text:
        return None
    try:
        return datetime.strptime(text.replace("-", "/")[:10], DAY).replace(tzinfo=ZONE).date()
    except ValueError as error:
        raise Invalid(WRONG_DAY) from error


def read_document_id(text: str) -> DocumentCode:
    organ_id, _comma, rest = text.partition(",")
    day, _comma, code = rest.partition(",")
    number, slash, notation = code.strip().partition("/")
    found = read_day(day.strip())
    if found is None or not slash or not (organ_id.strip() and number.strip() and notation.strip()):
        raise Invalid(WRONG_ID)
    return DocumentCode(organ_id.strip(), found, number.strip(), notation.strip())
