"""Minutes, notices and letters as official documents: from the approved minutes to the register, page by page."""

import hashlib
import io
from typing import Any

import docx
import pypdf
import pytest
from aiohttp import FormData
from sqlmodel import select

from meetings.deadline_store import load_facts
from meetings.document_actions import issue_document
from meetings.document_models import DocumentFile, OfficialDocument
from meetings.documents import notices
from meetings.documents.actions import KeptFile, give_number, keep_file, note_signed
from meetings.documents.standing import required_roles
from meetings.documents.store import list_documents
from meetings.invitation_models import Mail
from meetings.kinds import DocumentKind, DocumentState
from meetings.models import Meeting, Unit
from meetings.printing.documents import render_notice
from meetings.printing.notice import NoticeContent
from tests.factories import NOW, key
from tests.printed import lines_of
from tests.records import House, add_minutes, approve_unprinted, print_minutes, slug_of
from transcripts.minutes import Conclusion, Content
from transcripts.models import Minutes
from transcripts.official import open_minutes
from web.i18n import today

SIGNER = "Đặng Minh Trí"


@pytest.fixture
async def approved(house: House) -> Minutes:
    """Minutes with two conclusions, approved; they are printed where a test reads the paper."""
    async with house.database.write() as session:
        commune = await session.get_one(Unit, key(house.world.communes[0]))
        commune.email = "ductrong@example.vn"
        minutes = await add_minutes(session, house.world)
        content = minutes.content | {
            "conclusions": [
                {"text": "Đẩy nhanh giải ngân", "unit": "Sở Tài chính", "due": "2026-12-05", "segments": []},
                {"text": "Theo dõi mưa lũ", "unit": "", "due": None, "segments": []},
            ]
        }
        assert Content.from_json(content).conclusions[1] == Conclusion("Theo dõi mưa lũ")
        minutes.content = content
        session.add(minutes)
    return await approve_unprinted(house, minutes)


async def register(house: House, minutes: Minutes) -> "Desk":
    """What follows the printing of ``minutes``, without a paper."""
    async with house.database.write() as session:
        document = await open_minutes(session, minutes, {"pdf": (f"v{minutes.version}.pdf", "0" * 64)}, NOW)
        assert document is not None
        return Desk(house, document)


async def find(house: House, minutes: Minutes, kind: DocumentKind, at: int = 0) -> OfficialDocument:
    async with house.database.read() as session:
        return (await list_documents(session, minutes.meeting_id, kind))[at]


class Desk:
    """One document, moved on by whoever may."""

    def __init__(self, house: House, document: OfficialDocument) -> None:
        self.house = house
        self.id = key(document)

    async def load(self) -> OfficialDocument:
        async with self.house.database.read() as session:
            return await session.get_one(OfficialDocument, self.id)

    async def take(self, who: str, step: str, **form: str) -> Any:
        version = str((await self.load()).version)
        return await self.house.post(who, f"/documents/{self.id}/{step}", {"version": version, **form})

    async def write(self, **changes: str) -> None:
        content = NoticeContent.from_json((await self.load()).content)
        form = {
            name: "\n".join(value) if isinstance(value, tuple) else str(value) for name, value in vars(content).items()
        }
        answer = await self.take("secretary", "edit", **(form | {"signer_name": SIGNER} | changes))
        assert answer.status == 303, await answer.text()

    async def sign(self) -> None:
        async with self.house.database.write() as session:
            document = await session.get_one(OfficialDocument, self.id)
            await note_signed(session, self.house.world.actors["chair"], document, NOW)

    async def seal(self) -> None:
        """As the organ's signature does: a further file."""
        async with self.house.database.write() as session:
            document = await session.get_one(OfficialDocument, self.id)
            data = (self.house.config.documents / document.signed_file).read_bytes()
            name = f"{document.signed_file}.sealed"
            (self.house.config.documents / name).write_bytes(data)
            file = KeptFile(name=name, sha256=document.signed_sha256)
            keep_file(session, self.house.world.actors["clerk"], document, "sealed", file, NOW)

    async def hand_in(self) -> None:
        """Submitted by the use case, with the name of a PDF for the PDF: nothing reads it."""
        version = (await self.load()).version
        async with self.house.database.write() as session:
            file, secretary = (
                KeptFile(name=f"notice-{self.id}.pdf", sha256="0" * 64),
                self.house.world.actors["secretary"],
            )
            await notices.submit_notice(session, secretary, self.id, version, [file], NOW)

    async def give(self, number: int) -> None:
        """The number alone, by the use case: it is not written into the PDF. A notice is sealed too."""
        clerk, version = self.house.world.actors["clerk"], (await self.load()).version
        async with self.house.database.write() as session:
            document = await give_number(session, clerk, self.id, version, number, today(NOW), NOW)
            if document.kind == DocumentKind.NOTICE:
                sealed = KeptFile(name=f"sealed-{self.id}.pdf", sha256="0" * 64)
                keep_file(session, clerk, document, "sealed", sealed, NOW)

    async def leave(self) -> None:
        version = (await self.load()).version
        async with self.house.database.write() as session:
            await issue_document(session, self.house.world.actors["clerk"], self.id, version, NOW)

    async def number(self, number: int = 5, **form: str) -> Any:
        day = f"{today(NOW):%d/%m/%Y}"
        return await self.take("clerk", "number", number=str(number), issued_on=day, **form)

    async def pdf(self) -> pypdf.PdfReader:
        answer = await self.house.go("clerk", f"/documents/{self.id}/van-ban.pdf")
        assert answer.status == 200
        return pypdf.PdfReader(io.BytesIO(await answer.read()))


async def begin_notice(house: House, minutes: Minutes, template: str = "1") -> Desk:
    answer = await house.post(
        "secretary", f"/meetings/{await slug_of(house, minutes)}/notice", {"template_id": template}
    )
    assert answer.status == 303, await answer.text()
    return Desk(house, await find(house, minutes, DocumentKind.NOTICE))


async def issue_notice(house: House, minutes: Minutes, number: int = 5) -> Desk:
    desk = await begin_notice(house, minutes)
    await desk.write()
    await desk.hand_in()
    await desk.sign()
    await desk.give(number)
    await desk.leave()
    return desk


def fields_of(reader: pypdf.PdfReader) -> dict[str, str]:
    return {name: str(field.get("/V", "")) for name, field in (reader.get_fields() or {}).items()}


async def test_approval_makes_minutes_that_wait_for_their_signatures(house: House, approved: Minutes) -> None:
    await print_minutes(house, approved)
    document = await find(house, approved, DocumentKind.MINUTES)
    assert (document.state, document.symbol) == (DocumentState.SUBMITTED, approved.content["notation"])
    assert required_roles(document) == ("secretary", "chair")
    assert document.content["content_sha256"] == approved.content_sha256
    assert document.unsigned_sha256 == document.signed_sha256
    fields = fields_of(await Desk(house, document).pdf())
    assert set(fields) == {"code", "number", "sign_secretary", "sign_chair"}
    assert fields["number"].startswith("Số: ")
    page = await house.go("clerk", f"/documents/{document.id}")
    assert page.status == 200
    assert "Biên bản" in await page.text()
    assert (await house.go("delegate", f"/documents/{document.id}")).status == 404
    answer = await house.go("secretary", f"/meetings/{await slug_of(house, approved)}/minutes/document")
    assert answer.headers["Location"] == f"/documents/{document.id}"


async def test_minutes_get_their_number_in_the_signed_file_and_leave_without_a_seal(
    house: House, approved: Minutes
) -> None:
    await print_minutes(house, approved)
    desk = Desk(house, await find(house, approved, DocumentKind.MINUTES))
    assert (await desk.number()).status == 409  # not signed yet
    await desk.sign()
    unnumbered = (await desk.load()).signed_sha256
    assert (await desk.number(7, gap_reason="Đã cấp cho văn bản giấy")).status == 303
    document = await desk.load()
    assert (document.state, document.number, document.signed_sha256 == unnumbered) == (DocumentState.NUMBERED, 7, False)
    assert fields_of(await desk.pdf())["number"] == f"Số: 07/{document.symbol}"
    assert (await desk.take("clerk", "issue")).status == 303
    document = await desk.load()
    assert document.state is DocumentState.ISSUED
    word = docx.Document(str(house.config.documents / document.docx_file))
    assert f"Số: 07/{document.symbol}" in lines_of(word)
    assert (await house.go("delegate", f"/documents/{desk.id}")).status == 200
    register = await (await house.go("clerk", "/documents")).text()
    assert f"07/{document.symbol}" in register
    assert "Đã cấp cho văn bản giấy" in register
    table = (await (await house.go("clerk", "/documents.csv")).read()).decode("utf-8-sig")
    assert "Không sử dụng. Đã cấp cho văn bản giấy" in table


async def test_next_version_replaces_issued_minutes_when_it_is_issued_itself(house: House, approved: Minutes) -> None:
    first = await register(house, approved)
    await first.sign()
    await first.give(1)
    await first.leave()
    page = f"/meetings/{await slug_of(house, approved)}/minutes"
    await house.post("secretary", f"{page}/new-version", {"reason": "Sửa tên đơn vị"})
    second = await register(house, await approve_unprinted(house, await house.latest(approved.meeting_id)))
    assert (await second.load()).replaces_id == first.id
    await second.sign()
    await second.give(2)
    assert (await first.load()).state is DocumentState.ISSUED
    await second.leave()
    assert (await first.load()).state is DocumentState.REPLACED


async def test_version_that_is_printed_late_does_not_take_the_place_of_a_newer_one(
    house: House, approved: Minutes
) -> None:
    await register(house, approved)
    page = f"/meetings/{await slug_of(house, approved)}/minutes"
    await house.post("secretary", f"{page}/new-version", {"reason": "Sửa tên đơn vị"})
    again = await approve_unprinted(house, await house.latest(approved.meeting_id))
    newer = await (await register(house, again)).load()
    async with house.database.write() as session:
        for row in await list_documents(session, approved.meeting_id):
            if row.content["minutes_version"] == 1:
                assert row.state is DocumentState.WITHDRAWN
        assert await open_minutes(session, approved, {"pdf": ("late.pdf", "0" * 64)}, NOW) is None
    present = await find(house, again, DocumentKind.MINUTES)
    assert (present.id, present.state) == (newer.id, DocumentState.SUBMITTED)


async def test_notice_is_drafted_from_the_conclusions(house: House, approved: Minutes) -> None:
    desk = await begin_notice(house, approved)
    content = NoticeContent.from_json((await desk.load()).content)
    assert (content.symbol, content.parent_organ, content.authority) == ("TB-UBND", "", ("TL. CHỦ TỊCH",))
    assert content.signer_position == "CHÁNH VĂN PHÒNG"
    assert content.points == (
        "Đẩy nhanh giải ngân. Giao Sở Tài chính thực hiện; hoàn thành trước ngày 05/12/2026.",
        "Theo dõi mưa lũ.",
    )
    assert "kết luận như sau:" in content.paragraphs[-1]
    refused = await desk.take("secretary", "submit")
    assert refused.status == 422
    assert "Hãy ghi họ tên người ký trước khi trình." in await refused.text()


async def test_edit_that_is_refused_keeps_what_was_typed(house: House, approved: Minutes) -> None:
    desk = await begin_notice(house, approved)
    refused = await desk.take("secretary", "edit", symbol="tb ubnd", subject="Trích yếu riêng", points="Một điểm")
    assert refused.status == 422
    text = await refused.text()
    assert "Trích yếu riêng" in text
    assert "Ký hiệu viết dạng TB-UBND" in text


async def test_issued_notice_leaves_by_mail_and_stops_the_clock(house: House, approved: Minutes) -> None:
    desk = await begin_notice(house, approved)
    await desk.write()
    await desk.take("secretary", "submit")
    document = await desk.load()
    assert set(fields_of(await desk.pdf())) == {"code", "number", "date", "sign_signer"}
    await desk.sign()
    assert (await house.post("secretary", f"/documents/{desk.id}/number", {"version": "4"})).status in (403, 422)
    assert (await desk.number()).status == 303
    fields = fields_of(await desk.pdf())
    assert fields["number"] == "Số: 05/TB-UBND"
    assert fields["date"].endswith(f", ngày {NOW:%d} tháng 11 năm 2026")
    unsealed = await desk.take("clerk", "issue")
    assert unsealed.status == 409
    assert "Văn bản chưa có chữ ký số của cơ quan" in await unsealed.text()
    await desk.seal()
    assert (await desk.number(6)).status == 409  # the seal holds number and day
    assert (await desk.take("clerk", "issue")).status == 303
    async with house.database.read() as session:
        letters = [row for row in (await session.exec(select(Mail))).all() if row.key.startswith("document:")]
        meeting = await session.get_one(Meeting, approved.meeting_id)
        facts = (await load_facts(session, [meeting]))[approved.meeting_id]
        steps = [row.step for row in (await session.exec(select(DocumentFile))).all() if row.document_id == desk.id]
    assert letters
    assert "Thông báo số 05/TB-UBND" in letters[0].body
    assert [file["name"] for file in letters[0].files] == ["notice 05 TB-UBND.pdf", "notice 05 TB-UBND.docx"]
    assert facts.conclusions_at == NOW
    assert steps == ["submitted", "submitted", "numbered", "sealed", "issued"]
    page = await (await house.go("delegate", f"/meetings/{meeting.slug}")).text()
    assert f'href="/documents/{document.id}"' in page
    for step in ("edit", "submit", "return", "number", "issue"):  # what was issued is frozen
        assert (await desk.take("office", step, reason="x", issued_on="24/11/2026", number="9")).status in (409, 422)


async def test_recall_tells_those_who_have_it_and_starts_the_clock_again(house: House, approved: Minutes) -> None:
    desk = await issue_notice(house, approved)
    assert (await desk.take("secretary", "withdraw", withdraw_reason="Sai")).status == 403
    missing = await desk.take("clerk", "withdraw", withdraw_reason=" ")
    assert missing.status == 422
    assert "Hãy ghi lý do thu hồi." in await missing.text()
    assert (await desk.take("clerk", "withdraw", withdraw_reason="Ban hành nhầm")).status == 303
    async with house.database.read() as session:
        recalls = [row for row in (await session.exec(select(Mail))).all() if row.key.startswith("recall:")]
        meeting = await session.get_one(Meeting, approved.meeting_id)
        assert (await load_facts(session, [meeting]))[approved.meeting_id].conclusions_at is None
    assert "Lý do: Ban hành nhầm" in recalls[0].body
    assert "Ban hành nhầm" in await (await house.go("clerk", "/documents")).text()


async def test_replacement_takes_effect_when_it_is_issued(house: House, approved: Minutes) -> None:
    desk = await issue_notice(house, approved)
    answer = await desk.take("secretary", "replace", replace_reason="Sai thời hạn tại điểm 1")
    new = Desk(house, await find(house, approved, DocumentKind.NOTICE))
    assert answer.headers["Location"].startswith(f"/documents/{new.id}")
    assert (await desk.take("secretary", "replace", replace_reason="Lần nữa")).status == 409
    await new.write()
    await new.hand_in()
    await new.sign()
    await new.give(6)
    assert (await desk.load()).state is DocumentState.ISSUED
    assert (await new.take("clerk", "issue")).status == 303
    assert (await desk.load()).state is DocumentState.REPLACED
    assert "Thông báo số 05/TB-UBND" in (await new.load()).content["closing"]


async def test_replacement_of_what_was_withdrawn_meanwhile_does_not_leave(house: House, approved: Minutes) -> None:
    desk = await issue_notice(house, approved)
    await desk.take("secretary", "replace", replace_reason="Sai thời hạn tại điểm 1")
    new = Desk(house, await find(house, approved, DocumentKind.NOTICE))
    assert (await desk.take("clerk", "withdraw", withdraw_reason="Ban hành nhầm")).status == 303
    await new.write()
    await new.hand_in()
    await new.sign()
    await new.give(6)
    answer = await new.take("clerk", "issue")
    assert answer.status == 409
    assert "không còn hiệu lực" in await answer.text()
    assert (await new.load()).state is DocumentState.NUMBERED


async def test_correction_is_an_official_letter_that_names_what_it_corrects(house: House, approved: Minutes) -> None:
    desk = await issue_notice(house, approved)
    await desk.take("secretary", "correct", correct_reason="Do sơ suất khi soạn thảo")
    letter = Desk(house, await find(house, approved, DocumentKind.CORRECTION))
    document = await letter.load()
    content = NoticeContent.from_json(document.content)
    assert (document.corrects_id, content.title) == (desk.id, "")
    assert content.subject.startswith("đính chính Thông báo số 05/TB-UBND ngày ")
    assert content.addressees
    await letter.write(points="Tại điểm 1, “05/12” sửa thành “15/12”.")
    assert (await letter.take("secretary", "submit")).status == 303
    page = await (await house.go("secretary", f"/documents/{desk.id}")).text()
    assert "Được đính chính bởi" in page
    assert (await desk.load()).state is DocumentState.ISSUED


async def test_scan_that_was_signed_by_hand_stands_for_every_signature(house: House, approved: Minutes) -> None:
    desk = await begin_notice(house, approved)
    await desk.write()
    await desk.hand_in()
    document = await desk.load()
    content = NoticeContent.from_json(document.content)
    scan = render_notice(content, "pdf", made_at=NOW, number=5, issued_on=today(NOW))
    form = FormData()
    form.add_field("csrf_token", house.tokens["clerk"][1])
    form.add_field("version", str(document.version))
    form.add_field("file", scan, filename="ban-ky.pdf", content_type="application/pdf")
    assert (await house.post("clerk", f"/documents/{desk.id}/scan", data=form)).status == 303
    assert (await desk.number()).status == 303
    assert (await desk.load()).signed_sha256 == hashlib.sha256(scan).hexdigest()  # number and day stand on it already
    assert (await desk.take("clerk", "issue")).status == 303


async def test_gap_is_explained_on_the_register(house: House, approved: Minutes) -> None:
    desk = await register(house, approved)
    await desk.sign()
    await desk.give(4)
    await desk.leave()
    document = await desk.load()
    assert "Chưa giải trình" in await (await house.go("clerk", "/documents")).text()
    form = {"organ_id": str(document.organ_unit_id), "symbol": document.symbol, "year": str(document.year)}
    form |= {"first": "1", "last": "3"}
    assert (await house.post("clerk", "/documents/gaps", form)).status == 422
    assert (await house.post("secretary", "/documents/gaps", form | {"reason": "x"})).status == 403
    assert (await house.post("clerk", "/documents/gaps", form | {"reason": "Sổ giấy"})).status == 303
    text = await (await house.go("clerk", "/documents")).text()
    assert "Chưa giải trình" not in text
    assert "Sổ giấy" in text


async def test_templates_are_changed_by_the_office(house: House, approved: Minutes) -> None:
    page = await (await house.go("clerk", "/documents/templates")).text()
    assert "Thông báo của Văn phòng" in page
    assert (await house.go("secretary", "/documents/templates")).status == 403
    text = await (await house.go("clerk", "/documents/templates/1")).text()
    assert "{chair}" in text
    form = {"version": "1", "name": "Thông báo riêng", "issuer": "convening", "symbol": "TBKL-{organ}"}
    form |= {"subject": "Kết luận tại {meeting}", "authority": "KT. CHỦ TỊCH", "signer_position": "PHÓ CHỦ TỊCH"}
    wrong = await house.post("clerk", "/documents/templates/1", form | {"lead": "Đồng chí {ten}"})
    assert wrong.status == 422
    assert "Không có từ thay thế “ten”" in await wrong.text()
    assert (await house.post("clerk", "/documents/templates/1", form)).status == 303
    desk = await begin_notice(house, approved)
    content = NoticeContent.from_json((await desk.load()).content)
    assert (content.symbol, content.authority) == ("TBKL-UBND", ("KT. CHỦ TỊCH",))
    assert (await house.post("clerk", "/documents/templates/2/copy")).status == 303
    assert (await house.post("clerk", "/documents/templates/1/retire", {"version": "2"})).status == 303
