"""The official invitation on its pages: from the booking to the letter, and files made to do harm."""

import hashlib
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from pypdf.generic import ArrayObject, ByteStringObject, DictionaryObject, NameObject, NumberObject, TextStringObject
from sqlmodel import select

from meetings.document_models import OfficialDocument
from meetings.errors import Conflict, Invalid
from meetings.invitation_models import Mail
from meetings.models import Meeting, MeetingStatus, Unit
from tests.browsing import Browser, Page, Site
from tests.factories import NOW, add_meeting, key
from web.document_files import SIGNED_MB
from web.press import run_apart
from web.signed_pdf import read_signed_pdf

BASE = "/meetings/hop/invitation"
TODAY = "24/11/2026"


def write_pdf(*, script: str = "", password: str = "", signer: str = "") -> bytes:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(595, 842)
    if script:
        names = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject(script)}
        action = DictionaryObject({NameObject(name): value for name, value in names.items()})
        writer._root_object[NameObject("/OpenAction")] = writer._add_object(action)
    if signer:
        sign(writer, signer)
    if password:
        writer.encrypt(password, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def sign(writer: pypdf.PdfWriter, signer: str) -> None:
    """A signature field with a real CMS value in it. That it does not fit the file's bytes, nobody asks here."""
    value = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Sig"),
            NameObject("/M"): TextStringObject("D:20261124090000+07'00'"),
            NameObject("/ByteRange"): ArrayObject([NumberObject(n) for n in (0, 10, 20, 30)]),
            NameObject("/Contents"): ByteStringObject(make_signature(signer) + bytes(64)),
        }
    )
    field = DictionaryObject({NameObject("/FT"): NameObject("/Sig"), NameObject("/V"): writer._add_object(value)})
    form = DictionaryObject({NameObject("/Fields"): ArrayObject([writer._add_object(field)])})
    writer._root_object[NameObject("/AcroForm")] = form


def make_signature(signer: str) -> bytes:
    own = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, signer)])
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA phục vụ các cơ quan nhà nước")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(own.public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=400))
        .sign(own, hashes.SHA256())
    )
    builder = pkcs7.PKCS7SignatureBuilder().set_data(b"x").add_signer(certificate, own, hashes.SHA256())
    return builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature])


@pytest.fixture
async def meeting(site: Site) -> Meeting:
    world = site.world
    async with site.database.write() as session:
        invited = list(zip(world.communes[:2], world.sites[:2], strict=True))
        commune = await session.get_one(Unit, key(world.communes[0]))
        commune.email = "ductrong@example.vn"
        session.add(commune)
        return await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            invited,
            slug="hop",
            title="Họp giao ban tháng 11",
            hall_id=key(world.hall),
        )


async def read_document(site: Site) -> OfficialDocument:
    async with site.database.read() as session:
        return (await session.exec(select(OfficialDocument))).one()


async def step(browser: Browser, name: str, **fields: Any) -> Page:
    """One form of the page, as it stands there."""
    page = await browser.open(BASE)
    return await browser.send(f"{BASE}/1/{name}", {"version": page.value("version"), **fields})


async def edit(browser: Browser, **changes: str) -> Page:
    page = await browser.open(f"{BASE}/1/edit")
    names = ("symbol", "subject", "attend", "chair", "version")
    fields = {name: page.value(name) for name in names} | {"organ_id": page.chosen("organ_id")[0]}
    written = {
        "invitees": "- UBND xã Đức Trọng\n\n- UBND xã Đinh Văn Lâm Hà",
        "places": "Phòng họp số 1",
        "notes": "Mang theo tài liệu.",
        "authority": "TL. Chủ tịch",
        "signer_position": "Chánh Văn phòng",
        "signer_name": "Nguyễn Văn Ký",
        "recipients": "Như thành phần mời\nLưu: VT, TH",
    }
    return await browser.send(f"{BASE}/1/edit", fields | written | changes)


async def upload(browser: Browser, content: bytes, name: str = "gm.pdf") -> Page:
    page = await browser.open(BASE)
    return await browser.send(f"{BASE}/1/signed", {"version": page.value("version")}, file=(name, content))


async def submit_one(site: Site) -> Browser:
    """Drafted, edited and submitted by the secretary."""
    secretary = await site.sign_in("secretary")
    await secretary.open(BASE)
    assert (await secretary.send(f"{BASE}/draft", {})).status == 303
    assert (await edit(secretary)).location == f"{BASE}?done=invitation_saved"
    assert (await step(secretary, "submit")).location == f"{BASE}?done=invitation_submitted"
    return secretary


def kept_files(site: Site) -> list[Path]:
    return sorted(path for path in site.config.documents.rglob("*") if path.is_file())


async def test_whole_way_over_the_pages(site: Site, meeting: Meeting) -> None:
    secretary = await submit_one(site)
    signed = write_pdf(signer="Nguyễn Văn Ký")
    assert (await upload(secretary, signed)).location == f"{BASE}?done=invitation_signed"
    assert "Chờ văn thư cấp số" in (await secretary.open(BASE)).words

    clerk = await site.sign_in("clerk")
    assert "Giấy mời chờ cấp số, phát hành (1)" in (await clerk.open("/")).words
    page = await clerk.open(BASE)
    assert "Chữ ký số: Nguyễn Văn Ký, 09:00, 24/11/2026" in page.words
    assert "chưa kiểm tra tính hợp lệ" in page.words
    assert (page.value("number"), page.value("issued_on")) == ("1", TODAY)
    assert (await step(clerk, "number", number="5", issued_on=TODAY)).location == f"{BASE}?done=invitation_numbered"
    assert "05/GM-UBND" in (await clerk.open(BASE)).words
    assert (await step(clerk, "issue")).location == f"{BASE}?done=invitation_issued"

    document = await read_document(site)
    async with site.database.read() as session:
        assert (await session.exec(select(Meeting))).one().status is MeetingStatus.INVITED
        [mail] = [each for each in (await session.exec(select(Mail))).all() if each.recipient == "ductrong@example.vn"]
    [pdf, word] = [site.config.documents / file["file"] for file in mail.files]
    assert hashlib.sha256(pdf.read_bytes()).hexdigest() == document.signed_sha256
    lines = [cell.text for row in docx.Document(str(word)).tables[0].rows for cell in row.cells]
    assert any("Số: 05/GM-UBND" in line for line in lines)
    assert any("Lâm Đồng, ngày 24 tháng 11 năm 2026" in line for line in lines)
    assert pdf.stat().st_mode & 0o077 == 0

    invited = await site.sign_in("site1")
    shown = await invited.open("/meetings/hop")
    assert "Giấy mời: Đã phát hành số 05/GM-UBND, 24/11/2026" in shown.words
    assert (await invited.open(f"{BASE}/1/signed.pdf")).status == 200


async def test_draft_is_a_pdf_and_a_word_document(site: Site, meeting: Meeting) -> None:
    secretary = await submit_one(site)
    async with secretary.session.get(f"{BASE}/1/giay-moi.pdf") as answer:
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="giay-moi-hop-giao-ban-thang-11')
        text = pypdf.PdfReader(io.BytesIO(await answer.read())).pages[0].extract_text()
    assert "trân trọng kính mời" in text
    assert "- UBND xã Đức Trọng;" in text
    assert (await secretary.open(f"{BASE}/1/giay-moi.docx")).status == 200
    assert (await (await site.sign_in("site1")).open(f"{BASE}/1/giay-moi.pdf")).status == 404  # not issued yet


async def test_form_that_is_refused_keeps_what_was_typed(site: Site, meeting: Meeting) -> None:
    secretary = await site.sign_in("secretary")
    await secretary.open(BASE)
    await secretary.send(f"{BASE}/draft", {})
    refused = await edit(secretary, notes="Mật khẩu: 123456", subject="Trích yếu mới")
    assert refused.status == 422
    assert "không ghi mật khẩu" in refused.faults["notes"]
    assert refused.value("subject") == "Trích yếu mới"
    assert "Mật khẩu: 123456" in refused.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "chọn một tệp"),
        (b"<html><script>alert(1)</script></html>", "không phải PDF"),
        (b"%PDF-1.7\n" + b"x" * 3000, "không phải PDF"),
        (b"PK\x03\x04" + b"0" * 100, "không phải PDF"),
        (write_pdf(password="bi-mat"), "đặt mật khẩu"),
        (write_pdf()[:-400], "không phải PDF"),
        (b"%PDF-1.7\n" + b"0" * (SIGNED_MB * 2**20), "lớn hơn 20 MB"),
    ],
    ids=["empty", "html", "no structure", "zip", "encrypted", "cut off", "large"],
)
async def test_file_that_is_no_signed_pdf_is_refused_and_nothing_stays(
    site: Site, meeting: Meeting, content: bytes, words: str
) -> None:
    secretary = await submit_one(site)
    refused = await upload(secretary, content)
    assert refused.status == 422
    assert words in refused.faults["file"]
    assert kept_files(site) == []
    assert (await read_document(site)).signed_file == ""


async def test_pdf_with_a_script_is_told_and_only_ever_saved(site: Site, meeting: Meeting) -> None:
    secretary = await submit_one(site)
    await upload(secretary, write_pdf(script="app.alert(1)"), '../../x".html')
    assert "có mã tự chạy" in (await secretary.open(BASE)).words
    answer = await secretary.open(f"{BASE}/1/signed.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "private, no-store"


async def test_file_that_was_changed_on_the_disk_is_not_handed_out(site: Site, meeting: Meeting) -> None:
    secretary = await submit_one(site)
    await upload(secretary, write_pdf())
    [file] = kept_files(site)
    file.write_bytes(write_pdf(script="x"))
    assert (await secretary.open(f"{BASE}/1/signed.pdf")).status == 409


async def test_upload_without_the_forms_token_is_refused(site: Site, meeting: Meeting) -> None:
    secretary = await submit_one(site)
    refused = await secretary.send(f"{BASE}/1/signed", {"version": "3"}, csrf="", file=("a.pdf", write_pdf()))
    assert refused.status == 403
    assert kept_files(site) == []


async def test_sending_before_number_is_refused_in_words(site: Site, meeting: Meeting) -> None:
    secretary = await submit_one(site)
    await upload(secretary, write_pdf())
    clerk = await site.sign_in("clerk")
    refused = await step(clerk, "issue")
    assert refused.status == 409
    assert "chưa được cấp số" in refused.words
    assert (await step(secretary, "number", number="1", issued_on=TODAY)).status == 403


async def test_number_that_is_taken_leads_to_the_next_free_one(site: Site, meeting: Meeting) -> None:
    async with site.database.write() as session:
        organ = key(site.world.province)
        session.add(
            OfficialDocument(
                meeting_id=key(meeting),
                organ_unit_id=organ,
                symbol="GM-UBND",
                number=9,
                year=2026,
                preliminary=True,
                content={"subject": "Họp khác"},
                drafted_at=NOW,
            )
        )
    secretary = await site.sign_in("secretary")
    await secretary.open(BASE)
    await secretary.send(f"{BASE}/draft", {})
    page = await secretary.open(f"{BASE}")
    assert "/invitation/2/edit" in page.text
    clerk = await site.sign_in("clerk")
    async with site.database.write() as session:
        document = await session.get_one(OfficialDocument, 2)
        document.state, document.submitted_at, document.signed_file = document.state.SIGNED, NOW, "invitations/x.pdf"
        session.add(document)
    page = await clerk.open(BASE)
    assert page.value("number") == "10"
    fields = {"version": page.value("version"), "number": "9", "issued_on": TODAY}
    refused = await clerk.send(f"{BASE}/2/number", fields)
    assert refused.status == 409
    assert "còn trống là 10" in refused.faults["number"]


async def test_clerks_page_lists_what_waits_and_the_register(site: Site, meeting: Meeting) -> None:
    secretary = await submit_one(site)
    clerk = await site.sign_in("clerk")
    page = await clerk.open("/documents")
    assert "Đang xử lý (1)" in page.words
    assert "Chưa phát hành văn bản nào trong năm 2026" in page.words
    assert 'href="/documents"' in (await clerk.open("/")).text
    await upload(secretary, write_pdf())
    await step(clerk, "number", number="", issued_on=TODAY)
    await step(clerk, "issue")
    assert "01/GM-UBND" in (await clerk.open("/documents?year=2026")).words
    sheet = (await clerk.open("/documents.csv?year=2026")).text
    assert sheet.startswith("\ufeffSố, ký hiệu;")
    assert "01/GM-UBND;24/11/2026;Ủy ban nhân dân tỉnh Lâm Đồng;Giấy mời Họp giao ban tháng 11;" in sheet
    await step(clerk, "withdraw", withdraw_reason="Hoãn họp")
    assert "Thu hồi: Hoãn họp" in (await clerk.open("/documents.csv")).text
    assert (await (await site.sign_in("site1")).open("/documents")).status == 403


async def test_letter_before_is_sent_for_an_urgent_meeting(site: Site, meeting: Meeting) -> None:
    secretary = await site.sign_in("secretary")
    await secretary.open(BASE)
    refused = await secretary.send(f"{BASE}/before", {})
    assert refused.status == 422
    assert "Chỉ cuộc họp đột xuất" in refused.words
    async with site.database.write() as session:
        row = await session.get_one(Meeting, key(meeting))
        row.urgent = True
        session.add(row)
    assert (await secretary.send(f"{BASE}/before", {})).location == f"{BASE}?done=invitation_before"
    document = await read_document(site)
    pdf = pypdf.PdfReader(str(site.config.documents / document.signed_file)).pages[0].extract_text()
    assert "KHÔNG PHẢI VĂN BẢN CHÍNH THỨC" in pdf
    assert "Số:" not in pdf
    assert "Thư mời họp trước" in (await (await site.sign_in("site1")).open(BASE)).words


def test_signature_is_told_by_the_name_of_its_own_certificate() -> None:
    told = read_signed_pdf(write_pdf(signer="Phó Chủ tịch Trần A"))
    [signature] = told.signatures
    assert signature == {
        "signer": "Phó Chủ tịch Trần A",
        "at": "2026-11-24T09:00:00+07:00",
        "reason": "",
        "whole": False,
    }
    assert (told.pages, told.has_scripts) == (1, False)
    assert read_signed_pdf(write_pdf()).signatures == ()


def loop_for_ever() -> None:
    while True:
        pass


def take_memory() -> int:
    return len(bytearray(8 * 2**30))


async def test_press_gives_up_what_takes_too_long_or_too_much() -> None:
    with pytest.raises(Conflict):
        await run_apart(0.5, loop_for_ever)
    with pytest.raises(Conflict):
        await run_apart(20.0, take_memory)


async def test_press_raises_what_the_work_refused() -> None:
    with pytest.raises(Invalid) as refused:
        await run_apart(20.0, read_signed_pdf, b"x")
    assert refused.value.field == "file"
