"""edXML written and read: everything comes back, and what is no package, or too much of one, is refused in words."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings

from meetings.errors import Invalid
from meetings.exchange import checking, reading, unpacking, xml_tree
from meetings.exchange.checking import validate
from meetings.exchange.gateways import GATEWAYS, read_gateway
from meetings.exchange.package import (
    WRONG_DAY,
    Attachment,
    Business,
    DocumentCode,
    Order,
    Organ,
    Package,
    Replacement,
    Status,
    is_organ_id,
    read_document_id,
)
from meetings.exchange.reading import parse
from meetings.exchange.unpacking import unpack
from meetings.exchange.writing import build, build_status
from tests.meetings.exchange.packages import (
    CODE,
    COMMUNES,
    PDF,
    make_package,
    make_status,
    packages,
    statuses,
)


@settings(max_examples=60, deadline=None)
@given(packages)
def test_every_package_comes_back_as_it_was(package: Package) -> None:
    assert parse(build(package)) == package


@settings(max_examples=30, deadline=None)
@given(statuses)
def test_every_status_comes_back_under_either_name(status: Status) -> None:
    for element in ("Status", "MessageStatus"):
        assert parse(build_status(status, element)) == status


def test_the_form_is_that_of_the_regulation_misspellings_included() -> None:
    text = build(make_package()).decode()
    assert text.index("</edXML:edXMLEnvelope>") < text.index("<AttachmentEncoded><Attachment>")  # outside, no prefix
    header = re.search("<edXML:MessageHeader>(.*)</edXML:MessageHeader>", text)
    assert header is not None
    order = ["From", "To", "Code", "PromulgationInfo", "DocumentType", "Subject", "Content", "SignerInfo", "DueDate"]
    order += ["ToPlaces", "OtherInfo", "SteeringType", "DocumentId"]
    places = [re.search(f"<edXML:{name}[ />]", header[1]) for name in order]
    starts = [place.start() for place in places if place]
    assert len(starts) == len(order)
    assert starts == sorted(starts)
    for name in ("Bussiness", "BussinessDocType", "BussinessDocReason", "BussinessDocumentInfo", "TyperNotation"):
        assert f"<edXML:{name}" in text
    assert 'xlink:href="cid:4b0f" xlink:role="XLinkRole" xlink:type="simple"' in text
    assert "<edXML:ContentId>cid:4b0f</edXML:ContentId>" in text
    assert "<ContentId>4b0f</ContentId>" in text
    assert "<edXML:PromulgationDate>2026/11/23</edXML:PromulgationDate>" in text
    assert "<edXML:Timestamp>2026/11/23 09:30:00</edXML:Timestamp>" in text  # of the clock on the wall
    assert text.count("<edXML:To>") == 3


def test_document_ids() -> None:
    code = read_document_id("000.00.00.G22,2015/09/30,7816/VPCP-TTĐT")
    assert code == DocumentCode("000.00.00.G22", date(2015, 9, 30), "7816", "VPCP-TTĐT")
    assert str(code) == "000.00.00.G22,2015/09/30,7816/VPCP-TTĐT"
    for wrong in ("", "000.00.00.G22", "000.00.00.G22,2015/09/30,7816", "a,,1/b", "a,2015/13/01,1/b"):
        with pytest.raises(Invalid, match="năm/tháng/ngày"):
            read_document_id(wrong)
    assert [is_organ_id(each) for each in ("000.00.00.H36", "H36.01.02", "H36", "h36", "000.0.00.H36", "")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip


REPLACED = Order(
    business=Business.REPLACEMENT,
    reason="Sai thời gian họp",
    replacements=(Replacement(CODE, tuple(each.organ_id for each in COMMUNES)),),
)


@pytest.mark.parametrize(
    ("values", "findings"),
    [
        ({}, []),
        ({"order": Order(business=Business.RECALL, reason="Nhầm", document_id=CODE), "attachments": ()}, []),
        ({"order": Order(business=Business.RECALL)}, [checking.NO_REASON, checking.NO_TARGET]),
        ({"order": Order(business=Business.UPDATE, reason="Thêm nơi nhận", document_id=CODE), "attachments": ()}, []),
        ({"order": REPLACED}, []),
        ({"order": Order(business=Business.REPLACEMENT, reason="Sai")}, [checking.NO_REPLACED]),
        ({"attachments": ()}, [checking.NO_FILES]),
        ({"to": ()}, [checking.NO_RECIPIENT]),
        ({"to": (COMMUNES[0], COMMUNES[0])}, [checking.TWICE]),
        ({"to": (Organ(organ_id="xã"),)}, [checking.WRONG_RECIPIENT]),
        ({"sender": Organ(organ_id="")}, [checking.WRONG_SENDER, checking.OTHER_ID]),
        ({"number": "13"}, [checking.OTHER_ID]),
        ({"number": "mười hai"}, [checking.NO_NUMBER, checking.OTHER_ID]),
        ({"subject": ""}, [checking.NO_SUBJECT]),
        ({"subject": "a" * 501}, [checking.TOO_LONG]),
        ({"priority": "5"}, [checking.WRONG_PRIORITY]),
    ],
)
def test_what_may_leave(values: dict[str, object], findings: list[str]) -> None:
    assert validate(make_package(**values)) == findings


BOMB = '<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", xml_tree.BROKEN),
        (b"<edXML", xml_tree.BROKEN),
        (b'<?xml version="1.0" encoding="none-such"?><edXML/>', xml_tree.BROKEN),
        (b"<edXML/>", xml_tree.FOREIGN),
        (f"{BOMB}<edXML xmlns='{xml_tree.NAMESPACE}'>&b;</edXML>".encode(), xml_tree.DECLARES),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><edXML/>', xml_tree.DECLARES),
        (b'<edXMLEnvelope xmlns="http://www.go.vn/eDoc"/>', xml_tree.OLD),
        (f"<edXML xmlns='{xml_tree.NAMESPACE}'/>".encode(), xml_tree.FOREIGN),
        (b"<a>" * 30 + b"</a>" * 30, xml_tree.TOO_DEEP),
        (b"<a>" + b"<b/>" * 20_001 + b"</a>", xml_tree.TOO_DEEP),
        (build(make_package()).replace(b"<ContentId>4b0f", b"<ContentId>4b1f"), reading.MISMATCH),
        (build(make_package()).replace(b'href="cid:4b0f', b'href="cid:other'), reading.MISMATCH),
        (build(make_package()).replace(b"<ContentTransferEncoded>", b"<ContentTransferEncoded>*"), reading.NOT_BASE64),
        (build(make_package()).replace(b"DocType>0<", b"DocType>9<"), reading.UNKNOWN_ORDER),
        (build(make_package()).replace(b"Date>2026/11/23", b"Date>2026/23/11"), WRONG_DAY),
        (build_status(make_status(), "Status").replace(b">03<", b"><"), reading.NO_STATUS),
    ],
)
def test_what_is_no_package(data: bytes, message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse(data)
    assert refusal.value.message == message


def test_a_package_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_tree, "LARGEST", 100)
    with pytest.raises(Invalid, match=xml_tree.TOO_LARGE):
        parse(build(make_package()))


def test_an_empty_signature_and_foreign_elements_are_passed_over() -> None:
    marked = build(make_package()).replace(
        b"</edXML:edXMLHeader>", b'<edXML:DigitalSignature/><Signature xmlns="urn:s"/></edXML:edXMLHeader>'
    )
    assert parse(marked) == make_package()


def pack(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Attachment:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return Attachment(content_id="1", name="giay-moi.pdf", content_type="application/pdf", data=kept.getvalue())


def spoil(method: int) -> Attachment:
    """A whole archive with damaged data in it."""
    packed = pack(("a.pdf", PDF * 20), method=method)
    at = packed.data.index(b"a.pdf") + 14
    return replace(packed, data=packed.data[:at] + b"\xff" * 12 + packed.data[at + 12 :])


def test_files_come_plain_or_in_a_zip() -> None:
    plain = make_package().attachments[0]
    assert unpack(plain) == PDF
    assert unpack(pack(("giay-moi.pdf", PDF))) == PDF
    document = pack(("[Content_Types].xml", b"<a/>"), ("word/document.xml", b"<b/>"))
    assert unpack(document) == document.data  # a DOCX is a ZIP by itself
    archive = replace(pack(("a.pdf", PDF), ("b.pdf", PDF)), name="phu-luc.zip")
    assert unpack(archive) == archive.data


@pytest.mark.parametrize(
    ("attachment", "message"),
    [
        (pack(("a.pdf", bytes(20 * 2**20))), unpacking.BOMB),
        (pack(*((f"{n}.pdf", b"") for n in range(65))), unpacking.BOMB),
        (pack(("a.pdf", PDF), ("b.pdf", PDF)), unpacking.BAD_ZIP),
        (replace(pack(("a.pdf", PDF)), data=b"PK\x03\x04 and nothing"), unpacking.BAD_ZIP),
        (spoil(zipfile.ZIP_DEFLATED), unpacking.BAD_ZIP),
        (spoil(zipfile.ZIP_BZIP2), unpacking.BAD_ZIP),
        (spoil(zipfile.ZIP_LZMA), unpacking.BAD_ZIP),
    ],
)
def test_bombs_and_riddles(attachment: Attachment, message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        unpack(attachment)
    assert refusal.value.message == message


def test_gateways_differ_by_data_alone() -> None:
    assert {name: (each.types["invitation"], each.steering) for name, each in GATEWAYS.items()} == {
        "ordinal": ("25", "1"),
        "nd30": ("23", "1"),
        "category": ("2", "0"),
    }
    own = read_gateway('{"types": {"minutes": "99"}, "status_element": "MessageStatus"}')
    assert (own.types["minutes"], own.types["notice"], own.status_element) == ("99", "7", "MessageStatus")
    for wrong in ("", "[]", '{"other": "1"}', '{"types": {"law": "1"}}', '{"types": []}', '{"steering": 1}'):
        with pytest.raises(Invalid):
            read_gateway(wrong)
