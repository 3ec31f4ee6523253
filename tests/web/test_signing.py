"""An official document signed on its pages by all who must, verified by who holds it, and files made to deceive."""

import asyncio
import hashlib
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pypdf
import pytest
from cryptography.hazmat.primitives import hashes
from sqlmodel import col, select

from meetings import signature_actions
from meetings.document_models import DocumentFile, OfficialDocument
from meetings.documents import actions
from meetings.documents.actions import Issuer, KeptFile, open_document
from meetings.errors import Invalid
from meetings.kinds import DocumentKind, DocumentState, MeetingStatus
from meetings.models import AuditEntry
from meetings.signature_actions import Handed
from meetings.signature_models import Signature, SignatureImage, SigningCertificate, SigningOrder
from meetings.signature_store import read_code
from meetings.signing.preparing import fill_in
from meetings.signing.verifying import verify
from tests.authority import PASSWORD, Authority, Holder, make_authority, make_paper, soon
from tests.browsing import Browser, Page, Site, open_site
from tests.factories import NOW, World, add_meeting, key
from tests.meetings.signing.test_signers import write_png
from tests.meetings.signing.test_verifying import draw_over
from web.auth import ADDRESS_FAILURES, THROTTLE
from web.database import Database
from web.document_files import keep_document, read_document
from web.signing_keys import load_trust

SIGN = "/documents/1/sign"
NUMBER = "Số: 05/BB-UBND"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make_authority()


@pytest.fixture(scope="module")
def paper() -> bytes:
    return make_paper()


async def sign(who: Holder, pdf: bytes, field: str) -> bytes:
    """Elsewhere: it needs an event loop of its own."""
    return await asyncio.to_thread(who.sign, pdf, field)


class Desk:
    """One document of minutes that waits to be signed, and who signs it."""

    def __init__(self, site: Site, authority: Authority, paper: bytes) -> None:
        self.site, self.authority, self.paper = site, authority, paper
        self.secretary = authority.issue(site.world.secretary.full_name)
        self.chair = authority.issue(site.world.chair.full_name)

    async def load(self) -> OfficialDocument:
        async with self.site.database.read() as session:
            return (await session.exec(select(OfficialDocument))).one()

    async def newest(self) -> bytes:
        document = await self.load()
        return await read_document(self.site.config.documents, document.signed_file, document.signed_sha256)

    async def upload(self, browser: Browser, data: bytes, step: str = "upload") -> Page:
        await browser.open(SIGN)
        return await browser.send(f"{SIGN}/{step}", file=("da-ky.pdf", data))

    async def sign_with_key(self, browser: Browser, who: Holder, password: str = PASSWORD) -> Page:
        await browser.open(SIGN)
        return await browser.send(f"{SIGN}/key", {"password": password}, file=("khoa.p12", who.write_pkcs12()))

    async def hand_in(self, role: str, data: bytes) -> list[Signature]:
        """Without the pages, which need a process for each file."""
        document, before = await self.load(), await self.newest()
        trust = await load_trust(self.site.config)
        verdict = await asyncio.to_thread(verify, data, trust, soon(), original=self.paper, before=before)
        name = await keep_document(self.site.config.documents, data, "pdf")
        sha256, size = document.signed_sha256, len(before)
        handed = Handed(file=name, verdict=verdict, method="upload", before_sha256=sha256, before_size=size)
        async with self.site.database.write() as session:
            return await signature_actions.take_signed(session, self.site.world.actors[role], 1, handed, NOW)

    async def confirm(self, role: str) -> None:
        async with self.site.database.write() as session:
            await signature_actions.confirm_signers(session, self.site.world.actors[role], 1, NOW)

    async def know(self, who: Holder, person_id: int) -> None:
        fingerprint = who.certificate.fingerprint(hashes.SHA256()).hex()
        known = SigningCertificate(fingerprint=fingerprint, person_id=person_id, holder=who.name, known_at=NOW)
        async with self.site.database.write() as session:
            session.add(known)

    async def sign_both(self) -> None:
        """Both certificates become known by the way."""
        for role, who in (("secretary", self.secretary), ("chair", self.chair)):
            await self.hand_in(role, await sign(who, await self.newest(), f"sign_{role}"))
            await self.confirm(role)

    async def number(self) -> None:
        data = fill_in(await self.newest(), {"number": NUMBER})
        name = await keep_document(self.site.config.documents, data, "pdf")
        document, clerk = await self.load(), self.site.world.actors["clerk"]
        file = KeptFile(name=name, sha256=hashlib.sha256(data).hexdigest())
        async with self.site.database.write() as session:
            await actions.give_number(session, clerk, 1, document.version, 5, NOW.date(), NOW, file=file)

    async def issue(self) -> None:
        document, clerk = await self.load(), self.site.world.actors["clerk"]
        async with self.site.database.write() as session:
            await actions.issue(session, clerk, 1, document.version, NOW)


@pytest.fixture
async def desk(
    database: Database, world: World, tmp_path: Path, authority: Authority, paper: bytes
) -> AsyncIterator[Desk]:
    seal = authority.issue("UBND tỉnh Lâm Đồng")
    (tmp_path / "seal.p12").write_bytes(seal.write_pkcs12())
    (tmp_path / "program.js").write_text("function vgca_sign_approved(request, done) {}")
    settings = {
        "signing_roots": str(authority.write(tmp_path / "ca")),
        "seal_file": str(tmp_path / "seal.p12"),
        "seal_password": PASSWORD,
        "signing_program": str(tmp_path / "program.js"),
        "signing_program_address": "wss://127.0.0.1:8987",
    }
    async with open_site(database, world, tmp_path, **settings) as site:
        name = await keep_document(site.config.documents, paper, "pdf")
        file = KeptFile(name=name, sha256=hashlib.sha256(paper).hexdigest())
        async with site.database.write() as session:
            meeting = await add_meeting(
                session,
                world.province,
                world.chair,
                world.secretary,
                slug="hop",
                starts_at=NOW - timedelta(days=1),
                status=MeetingStatus.ENDED,
            )
            content = {"subject": "Họp giao ban tháng 11", "organ": "UBND tỉnh Lâm Đồng", "signer_name": ""}
            await open_document(
                session,
                world.actors["secretary"],
                key(meeting),
                DocumentKind.MINUTES,
                content,
                [file],
                NOW,
                issuer=Issuer(key(world.province), "BB-UBND"),
            )
        yield Desk(site, authority, paper)


async def test_document_goes_from_secretary_to_issue_and_is_verified(desk: Desk) -> None:
    secretary = await desk.site.sign_in("secretary")
    page = await secretary.open(SIGN)
    assert "Thư ký : " + desk.site.world.secretary.full_name in page.words
    assert "Đến lượt ký" in page.words

    answer = await desk.upload(secretary, await sign(desk.secretary, desk.paper, "sign_secretary"))
    assert answer.location == f"{SIGN}?done=signature_waiting"
    page = await secretary.open(answer.location)
    assert "Xác nhận người ký" in page.words
    assert desk.secretary.name in page.words
    assert (await desk.load()).signed_sha256 == (await desk.load()).unsigned_sha256
    assert (await secretary.send(f"{SIGN}/confirm")).location == f"{SIGN}?done=signature_added"
    assert (await desk.load()).state is DocumentState.SUBMITTED

    chair = await desk.site.sign_in("chair")
    await desk.sign_with_key(chair, desk.chair)
    await chair.open(SIGN)
    await chair.send(f"{SIGN}/confirm")
    assert (await desk.load()).state is DocumentState.SIGNED

    clerk = await desk.site.sign_in("clerk")
    assert "Văn thư cấp số và ngày trước" in (await clerk.open(SIGN)).words
    await desk.number()
    await clerk.open(SIGN)
    assert (await clerk.send(f"{SIGN}/seal")).location == f"{SIGN}?done=signature_waiting"
    await clerk.open(SIGN)
    await clerk.send(f"{SIGN}/confirm")
    page = await clerk.open(SIGN)
    assert "Văn bản đã có đủ chữ ký." in page.words
    await desk.issue()

    data = await desk.newest()
    assert data.startswith(desk.paper)
    assert NUMBER in str((pypdf.PdfReader(io.BytesIO(data)).get_fields() or {})["number"]["/V"])
    visitor = desk.site.visit()
    await visitor.open("/verify")
    page = await visitor.send("/verify", file=("vb.pdf", data))
    assert "Đúng là bản đã phát hành, đang có hiệu lực" in page.words
    assert "Biên bản số 05/BB-UBND" in page.words
    assert page.words.count("chữ ký hợp lệ") == 3

    async with desk.site.database.read() as session:
        rows = list((await session.exec(select(Signature).order_by(col(Signature.id)))).all())
        steps = [row.step for row in (await session.exec(select(DocumentFile))).all()]
    assert [row.role for row in rows] == ["secretary", "chair", "organ"]
    assert [row.method for row in rows] == ["upload", "pkcs12", "pkcs12"]
    assert rows[1].before_sha256 == rows[0].after_sha256
    assert steps == ["submitted", "signed", "signed", "numbered", "sealed"]


async def test_known_certificate_needs_no_word(desk: Desk) -> None:
    await desk.know(desk.secretary, key(desk.site.world.secretary))
    (row,) = await desk.hand_in("secretary", await sign(desk.secretary, desk.paper, "sign_secretary"))
    assert row.confirmed_at == NOW
    assert (await desk.load()).signed_sha256 == row.after_sha256


async def test_file_with_two_signatures_is_taken_whole_or_not_at_all(desk: Desk) -> None:
    await desk.know(desk.secretary, key(desk.site.world.secretary))
    both = await sign(desk.chair, await sign(desk.secretary, desk.paper, "sign_secretary"), "sign_chair")
    rows = await desk.hand_in("chair", both)
    assert [(row.role, row.confirmed_at) for row in rows] == [("secretary", None), ("chair", None)]
    async with desk.site.database.write() as session:
        await signature_actions.discard_signers(session, desk.site.world.actors["chair"], 1, NOW)
    async with desk.site.database.read() as session:
        assert (await session.exec(select(Signature))).all() == []
    await desk.hand_in("chair", both)
    await desk.confirm("chair")
    assert (await desk.load()).state is DocumentState.SIGNED


async def test_file_of_another_signer_or_of_nobody_known_is_refused(desk: Desk) -> None:
    browser = await desk.site.sign_in("secretary")
    page = await desk.upload(browser, await sign(desk.chair, desk.paper, "sign_chair"))
    assert page.status == 422
    assert desk.chair.name in page.faults["file"]
    assert len(list(desk.site.config.documents.glob("**/*.pdf"))) == 1
    stranger = make_authority().issue(desk.secretary.name)
    for who, paper, place, words in (
        (desk.secretary, desk.paper, "sign_chair", "dành cho người khác"),
        (stranger, desk.paper, "sign_secretary", "không do tổ chức chứng thực"),
        (desk.secretary, draw_over(desk.paper), "sign_secretary", "đã bị thay đổi trong tệp này"),
    ):
        with pytest.raises(Invalid, match=words):
            await desk.hand_in("secretary", await sign(who, paper, place))
    assert (await desk.load()).version == 1


async def test_file_signed_on_an_older_one_is_refused(desk: Desk) -> None:
    await desk.hand_in("secretary", await sign(desk.secretary, desk.paper, "sign_secretary"))
    await desk.confirm("secretary")
    with pytest.raises(Invalid, match="thiếu chữ ký hoặc số, ngày đã có"):
        await desk.hand_in("chair", await sign(desk.chair, desk.paper, "sign_chair"))
    assert (await desk.load()).state is DocumentState.SUBMITTED


async def test_password_is_asked_for_and_kept_nowhere(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    browser = await desk.site.sign_in("secretary")
    page = await desk.sign_with_key(browser, desk.secretary, "sai-mat-khau")
    assert "mật khẩu không đúng" in page.faults["password"]
    assert "sai-mat-khau" not in page.text
    await desk.sign_with_key(browser, desk.secretary)
    async with desk.site.database.read() as session:
        entries = (await session.exec(select(AuditEntry))).all()
        told = json.dumps([entry.model_dump(mode="json") for entry in entries], default=str)
    assert PASSWORD not in told + caplog.text
    assert "sai-mat-khau" not in told + caplog.text


async def test_put_aside_file_leaves_nothing(desk: Desk) -> None:
    browser = await desk.site.sign_in("secretary")
    await desk.hand_in("secretary", await sign(desk.secretary, desk.paper, "sign_secretary"))
    await browser.open(SIGN)
    assert (await browser.send(f"{SIGN}/discard")).location == f"{SIGN}?done=signature_discarded"
    assert len(list(desk.site.config.documents.glob("**/*.pdf"))) == 1
    page = await browser.open(SIGN)
    assert "Đến lượt ký" in page.words
    assert (await browser.send(f"{SIGN}/confirm")).status == 409


async def test_signature_is_not_confirmed_under_a_document_that_was_withdrawn(desk: Desk) -> None:
    browser = await desk.site.sign_in("secretary")
    await desk.hand_in("secretary", await sign(desk.secretary, desk.paper, "sign_secretary"))
    document = await desk.load()
    async with desk.site.database.write() as session:
        await actions.withdraw(session, desk.site.world.actors["clerk"], 1, document.version, "Sai tên", NOW)
    await browser.open(SIGN)
    assert (await browser.send(f"{SIGN}/confirm")).status == 409
    assert (await desk.load()).signed_sha256 == document.signed_sha256


async def test_nobody_is_asked_to_sign_what_was_signed_on_paper(desk: Desk) -> None:
    document, clerk = await desk.load(), desk.site.world.actors["clerk"]
    scan = KeptFile(name=await keep_document(desk.site.config.documents, b"%PDF-", "pdf"), sha256="0" * 64)
    async with desk.site.database.write() as session:
        await actions.keep_scan(session, clerk, 1, document.version, scan, NOW)
        await actions.give_number(session, clerk, 1, document.version + 1, 5, NOW.date(), NOW)
    assert (await desk.load()).state is DocumentState.NUMBERED
    browser = await desk.site.sign_in("clerk")
    page = await browser.open(SIGN)
    assert "nên không ký số tiếp tại đây" in page.words
    assert "Đến lượt ký" not in page.words
    assert (await browser.send(f"{SIGN}/seal")).status == 409


async def test_images_are_drawn_on_the_page(desk: Desk) -> None:
    browser = await desk.site.sign_in("secretary")
    await browser.open(SIGN)
    assert (await browser.send(f"{SIGN}/image/own", file=("a.gif", b"GIF89a"))).faults["own_image"]
    answer = await browser.send(f"{SIGN}/image/own", file=("a.png", write_png(80, 40)))
    assert answer.location == f"{SIGN}?done=signature_image"
    assert (await browser.send(f"{SIGN}/image/seal", {"width_mm": "36"}, file=("a.png", write_png(9, 9)))).status == 403
    await desk.sign_with_key(browser, desk.secretary)
    await browser.open(SIGN)
    await browser.send(f"{SIGN}/confirm")
    form = (pypdf.PdfReader(io.BytesIO(await desk.newest())).get_fields() or {})["sign_secretary"]
    reference = form.indirect_reference
    assert reference is not None
    drawn = reference.get_object()["/AP"]["/N"].get_object()
    assert drawn["/Resources"]["/XObject"]
    clerk = await desk.site.sign_in("clerk")
    await clerk.open(SIGN)
    page = await clerk.send(f"{SIGN}/image/seal", {"width_mm": "3"}, file=("a.png", write_png(9, 9)))
    assert "20 đến 60 mm" in page.faults["width_mm"]
    await clerk.send(f"{SIGN}/image/seal", {"width_mm": "36"}, file=("a.png", write_png(9, 9)))
    async with desk.site.database.read() as session:
        images = (await session.exec(select(SignatureImage))).all()
    assert {image.width_mm for image in images} == {0, 36}


class Program:
    """The signing program of a person's computer, as far as the page and the server know it."""

    def __init__(self, desk: Desk, signs: Holder, field: str) -> None:
        self.desk, self.signs, self.field = desk, signs, field

    async def run(self, asked: dict[str, Any], *, spoil: bool = False) -> tuple[int, dict[str, Any]]:
        told = json.loads(asked["request"])
        async with aiohttp.ClientSession() as session:
            async with session.get(told["FileName"]) as answer:
                if answer.status != 200:
                    return answer.status, {}
                pdf = await answer.read()
            signed = await sign(self.signs, draw_over(pdf) if spoil else pdf, self.field)
            form = aiohttp.FormData(default_to_multipart=True)
            form.add_field("uploadfile", signed, filename="van-ban.pdf", content_type="application/pdf")
            async with session.post(told["FileUploadHandler"], data=form) as answer:
                return answer.status, await answer.json()


async def order(browser: Browser) -> dict[str, Any]:
    await browser.open(SIGN)
    page = await browser.send(f"{SIGN}/program", Accept="application/json")
    asked: dict[str, Any] = json.loads(page.text)
    return asked


async def test_program_fetches_signs_and_hands_in_once(desk: Desk) -> None:
    browser = await desk.site.sign_in("secretary")
    page = await browser.open(SIGN)
    assert "wss://127.0.0.1:8987" in page.headers["Content-Security-Policy"]
    assert "vgca_sign_approved" in (await browser.open("/documents/sign/program.js")).text
    program, asked = Program(desk, desk.secretary, "sign_secretary"), await order(browser)
    assert asked["function"] == "vgca_sign_approved"
    assert await program.run(asked) == (
        200,
        {"Status": True, "Message": "", "FileName": "van-ban.pdf", "FileServer": ""},
    )
    assert (await program.run(asked))[0] == 404
    assert "Xác nhận người ký" in (await browser.open(SIGN)).words
    async with desk.site.database.read() as session:
        kept = (await session.exec(select(SigningOrder))).one()
    assert kept.token_hash not in asked["request"]
    assert kept.used_at == NOW


async def test_program_that_comes_late_or_with_another_file_is_refused(desk: Desk) -> None:
    browser = await desk.site.sign_in("secretary")
    program = Program(desk, desk.secretary, "sign_secretary")
    asked = await order(browser)
    desk.site.clock.move(minutes=11)
    assert (await program.run(asked))[0] == 404
    status, told = await program.run(await order(browser), spoil=True)
    assert (status, told["Status"]) == (422, False)
    assert "đã bị thay đổi" in told["Message"]


async def issued(desk: Desk) -> bytes:
    await desk.sign_both()
    await desk.number()
    await desk.issue()
    return await desk.newest()


async def test_holder_learns_of_recall_and_of_changes(desk: Desk) -> None:
    data = await issued(desk)
    visitor = desk.site.visit()
    await visitor.open("/verify")

    async def check(file: bytes) -> str:
        return (await visitor.send("/verify", file=("vb.pdf", file))).words

    assert "đang có hiệu lực" in await check(data)
    words = await check(desk.paper)
    assert "Không phải bản phát hành" in words
    assert "Biên bản số" not in words
    words = await check(draw_over(data))
    assert "chữ ký không hợp lệ" in words
    assert "đang có hiệu lực" not in words
    document = await desk.load()
    async with desk.site.database.write() as session:
        await actions.withdraw(session, desk.site.world.actors["clerk"], 1, document.version, "Nội bộ: sai tên", NOW)
    words = await check(data)
    assert "đã bị thu hồi" in words
    assert "sai tên" not in words
    assert len(list(desk.site.config.documents.glob("**/*.pdf"))) == 4


async def test_code_and_hash_tell_of_issued_documents_alone(desk: Desk) -> None:
    async with desk.site.database.write() as session:
        code = await read_code(session, await session.get_one(OfficialDocument, 1))
    visitor = desk.site.visit()
    await visitor.open("/verify")
    assert (await visitor.send("/verify/code", {"code": code})).status == 404
    data_hash = (await desk.load()).signed_sha256
    assert (await visitor.send("/verify/code", {"code": data_hash})).status == 404
    await issued(desk)
    for typed in (code, code.lower().replace("-", " "), (await desk.load()).signed_sha256.upper()):
        assert "Biên bản số 05/BB-UBND" in (await visitor.send("/verify/code", {"code": typed})).words
    page = await visitor.send("/verify/code", {"code": "05/BB-UBND"})
    assert "16 chữ và số" in page.faults["code"]


async def test_verification_is_limited_for_each_address(desk: Desk) -> None:
    visitor = desk.site.visit()
    await visitor.open("/verify")
    assert (await visitor.send("/verify", csrf="", file=("a.pdf", b"x"))).status == 403
    assert (await visitor.send("/verify", file=("a.pdf", b"x"))).status == 422
    throttle = desk.site.server.app[THROTTLE]
    while throttle.count("verify:127.0.0.1", NOW) < ADDRESS_FAILURES:
        throttle.add("verify:127.0.0.1", NOW)
    assert (await visitor.send("/verify", file=("a.pdf", b"x"))).status == 429
