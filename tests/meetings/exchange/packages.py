"""edXML packages as people might send them: made by hand, and any that Hypothesis can think of."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from meetings.exchange.package import (
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
)

SENDER = Organ(organ_id="000.00.00.H36", name="Ủy ban nhân dân tỉnh Lâm Đồng", email="ubnd@lamdong.gov.vn")
COMMUNES = tuple(Organ(organ_id=f"000.0{n}.00.H36", name=f"Ủy ban nhân dân xã {n}") for n in (1, 2, 3))
DAY = date(2026, 11, 23)
SENT = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
CODE = "000.00.00.H36,2026/11/23,12/GM-UBND"
PDF = b"%PDF-1.7 gi\xe1\xba\xa5y m\xe1\xbb\x9di"


def make_package(**values: Any) -> Package:
    usual = Package(
        sender=SENDER,
        to=COMMUNES,
        number="12",
        notation="GM-UBND",
        place="Lâm Đồng",
        day=DAY,
        type="25",
        type_name="Giấy mời",
        subject="Họp giao ban trực tuyến tháng 11",
        competence="TL.",
        position="CHÁNH VĂN PHÒNG",
        signer="Đặng Minh Trí",
        steering="1",
        document_id=CODE,
        traces=(Trace(SENDER.organ_id, SENT),),
        attachments=(Attachment(content_id="4b0f", name="12.pdf", content_type="application/pdf", data=PDF),),
    )
    return replace(usual, **values)


def make_status() -> Status:
    return Status(
        response=Reference(organ_id=SENDER.organ_id, code="12/GM-UBND", day=DAY, document_id=CODE),
        sender=COMMUNES[0],
        code="03",
        description="Văn thư đã tiếp nhận",
        at=SENT,
        staff=Staff(department="Văn phòng", name="Lý Thị Hoa"),
    )


_character = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
texts = st.text(_character, max_size=12).map(str.strip)
names = texts.filter(bool)
organs = st.builds(
    Organ, organ_id=texts, name=texts, in_charge=texts, address=texts, email=texts, telephone=texts, fax=texts,
    website=texts,
)  # fmt: skip
days = st.dates(min_value=date(1000, 1, 1))
seconds = st.integers(0, int(timedelta(days=120 * 365).total_seconds()))
moments = seconds.map(lambda second: datetime(1980, 1, 1, tzinfo=UTC) + timedelta(seconds=second))
few_texts = st.lists(texts, max_size=2).map(tuple)
staffs = st.builds(Staff, department=texts, name=texts, mobile=texts, email=texts)
references = st.builds(Reference, organ_id=texts, code=texts, day=st.none() | days, document_id=texts)
orders = st.builds(
    Order,
    business=st.sampled_from(Business),
    reason=texts,
    document_info=texts,
    document_receiver=texts,
    receivers=st.lists(st.builds(Receiver, texts, st.booleans()), max_size=2).map(tuple),
    document_id=texts,
    staff=staffs,
    paper=texts,
    replacements=st.lists(st.builds(Replacement, texts, few_texts), max_size=2).map(tuple),
)
attachments = st.builds(
    Attachment, content_id=st.uuids().map(str), name=texts, content_type=texts, data=st.binary(max_size=40),
    description=texts,
)  # fmt: skip
packages = st.builds(
    Package,
    sender=organs,
    to=st.lists(organs, max_size=3).map(tuple),
    number=texts,
    notation=texts,
    place=texts,
    day=days,
    type=texts,
    type_name=texts,
    type_detail=texts,
    subject=texts,
    content=texts,
    competence=texts,
    position=texts,
    signer=texts,
    due=st.none() | days,
    places=few_texts,
    priority=texts,
    sphere=texts,
    typist=texts,
    amount=texts,
    pages=texts,
    appendixes=few_texts,
    responses=st.lists(references, max_size=2).map(tuple),
    steering=texts,
    document_id=texts,
    traces=st.lists(st.builds(Trace, texts, moments), max_size=2).map(tuple),
    order=orders,
    attachments=st.lists(attachments, max_size=2, unique_by=lambda each: each.content_id).map(tuple),
)
statuses = st.builds(
    Status, response=references, sender=organs, code=st.sampled_from(["01", "02", "16"]), description=texts,
    at=moments, staff=staffs,
)  # fmt: skip
