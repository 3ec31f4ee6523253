"""The way of an official invitation: drafted, submitted, signed elsewhere, numbered, issued; and what stops it."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from meetings import actions
from meetings.audit import list_entries
from meetings.document_models import OfficialDocument
from meetings.documents.access import load_access
from meetings.documents.standing import Standing, standing_of
from meetings.documents.store import list_open, list_register
from meetings.errors import Conflict, Invalid, MeetingError, NotAllowed, NotFound
from meetings.invitation_models import Mail
from meetings.invitations import document_drafts, documents
from meetings.invitations.document_checks import InvitationDraft
from meetings.invitations.document_store import find_current
from meetings.invitations.documents import LetterFiles, SignedFile
from meetings.invitations.drafting import describe_basis, list_outdated
from meetings.models import Form, Meeting, MeetingStatus, Unit
from meetings.printing.invitation import InvitationContent
from tests.factories import NOW, TOMORROW, World, add_meeting, key, make_draft
from web.database import Database

ORIGIN = "https://hop.example.vn"
TODAY = date(2026, 11, 24)
SIGNED = SignedFile(path="invitations/a.pdf", sha256="ab" * 32, signatures={"count": 1})


async def book(database: Database, world: World, slug: str = "hop", **values: Any) -> str:
    async with database.write() as session:
        invited = list(zip(world.communes, world.sites, strict=True))
        agenda = ("Tình hình kinh tế - xã hội", "Giải ngân đầu tư công")
        defaults: dict[str, Any] = {
            "title": "Họp giao ban tháng 11 năm 2026",
            "hall_id": key(world.hall),
            "agenda": agenda,
        }
        await add_meeting(
            session, world.province, world.chair, world.secretary, invited, slug=slug, **(defaults | values)
        )
        commune = await session.get_one(Unit, key(world.communes[0]))
        commune.email = "ductrong@example.vn"
        session.add(commune)
    return slug


def written(document: OfficialDocument, **changes: Any) -> InvitationDraft:
    content = InvitationContent.from_json(document.content)
    names = InvitationDraft.__dataclass_fields__
    known: dict[str, Any] = {name: getattr(content, name) for name in names}
    signer = {"authority": ("TL. Chủ tịch",), "signer_position": "Chánh Văn phòng", "signer_name": "Nguyễn Văn Ký"}
    return InvitationDraft(**(known | signer | changes))


class Desk:
    """One meeting's invitation, moved on by whoever may."""

    def __init__(self, database: Database, world: World, slug: str) -> None:
        self.database, self.world, self.slug = database, world, slug

    async def load(self) -> OfficialDocument:
        async with self.database.read() as session:
            access = await load_access(session, self.world.actors["office"], self.slug)
            document = await find_current(session, access.bundle.id)
            assert document is not None
            return document

    async def draft(self, who: str = "secretary") -> OfficialDocument:
        async with self.database.write() as session:
            return await document_drafts.draft_invitation(session, self.world.actors[who], self.slug, ORIGIN, NOW)

    async def edit(self, who: str = "secretary", **changes: Any) -> OfficialDocument:
        document = await self.load()
        organ = changes.pop("organ_id", document.organ_unit_id)
        async with self.database.write() as session:
            actor, draft = self.world.actors[who], written(document, **changes)
            return await document_drafts.edit_invitation(
                session, actor, self.slug, key(document), document.version, organ, draft, NOW
            )

    async def run(self, use_case: Any, who: str, *args: Any, version: int = 0) -> OfficialDocument:
        document = await self.load()
        async with self.database.write() as session:
            done: OfficialDocument = await use_case(
                session, self.world.actors[who], self.slug, key(document), version or document.version, *args, NOW
            )
            return done

    async def submit(self, who: str = "secretary") -> OfficialDocument:
        return await self.run(document_drafts.submit_invitation, who)

    async def sign(self, who: str = "secretary") -> OfficialDocument:
        return await self.run(documents.keep_signed, who, SIGNED)

    async def number(self, who: str = "clerk", number: int | None = None, day: date = TODAY) -> OfficialDocument:
        return await self.run(documents.give_number, who, number, day)

    async def issue(self, who: str = "clerk") -> OfficialDocument:
        return await self.run(documents.issue_invitation, who, "invitations/a.docx")

    async def withdraw(self, reason: str, who: str = "clerk") -> OfficialDocument:
        return await self.run(documents.withdraw_invitation, who, reason)

    async def sign_all(self) -> None:
        await self.draft()
        await self.edit()
        await self.submit()
        await self.sign()


@pytest.fixture
async def desk(database: Database, world: World) -> Desk:
    return Desk(database, world, await book(database, world))


async def status_of(database: Database, slug: str) -> MeetingStatus:
    async with database.read() as session:
        return (await session.exec(select(Meeting).where(Meeting.slug == slug))).one().status


def told(error: MeetingError) -> str:
    return error.message.format(**error.values)


async def test_draft_says_all_that_an_invitation_must_say(desk: Desk) -> None:
    content = InvitationContent.from_json((await desk.draft()).content)
    assert (content.organ, content.parent_organ, content.symbol, content.town) == (
        "Ủy ban nhân dân tỉnh Lâm Đồng",
        "",
        "GM-UBND",
        "Lâm Đồng",
    )
    assert content.invitees == ("UBND xã Đức Trọng", "UBND xã Đinh Văn Lâm Hà", "UBND phường Xuân Hương - Đà Lạt")
    assert content.chair == "đồng chí Trần Văn Hiệp, Chủ tịch UBND tỉnh"
    assert content.places == (
        "Điểm cầu chính: Phòng họp số 1, UBND tỉnh",
        "Điểm cầu thành phần: Điểm cầu xã Đức Trọng, Điểm cầu xã Đinh Văn Lâm Hà, Điểm cầu phường Xuân Hương - Đà Lạt",
    )
    assert content.notes == (
        "Nội dung: (1) Tình hình kinh tế - xã hội; (2) Giải ngân đầu tư công.",
        "Phiên thử mở từ 07 giờ 00 cùng ngày; đề nghị các điểm cầu kết nối, kiểm tra âm thanh, hình ảnh trước giờ họp.",
        "Đầu mối hỗ trợ kỹ thuật: đồng chí Nguyễn Thị Thư, Chuyên viên.",
        "Tài liệu họp được đăng tại địa chỉ https://hop.example.vn/meetings/hop/papers "
        "(đăng nhập bằng tài khoản đã được cấp).",
        "Đề nghị các cơ quan, đơn vị đăng ký đại biểu dự họp trên hệ thống trước 17 giờ 00, ngày 24 tháng 11 năm 2026.",
    )
    assert content.recipients == ("Như thành phần mời", "Lưu: VT, VP")


async def test_whole_way_ends_with_letters_and_an_invited_meeting(desk: Desk) -> None:
    await desk.sign_all()
    assert standing_of(await desk.load()) is Standing.SIGNED
    numbered = await desk.number()
    assert (numbered.number, numbered.year, numbered.issued_on) == (1, 2026, TODAY)
    assert standing_of(numbered) is Standing.NUMBERED
    issued = await desk.issue()
    assert (issued.issued_at, issued.issued_by) == (NOW, "Bùi Văn Thư")
    assert await status_of(desk.database, desk.slug) is MeetingStatus.INVITED
    async with desk.database.read() as session:
        mails = (await session.exec(select(Mail))).all()
        entries = [entry.action for entry in reversed(await list_entries(session, action="invitation."))]
        register = await list_register(session, 2026, None)
    assert mails
    assert all([file["file"] for file in mail.files] == ["invitations/a.pdf", "invitations/a.docx"] for mail in mails)
    assert entries == [f"invitation.{verb}" for verb in ("draft", "edit", "submit", "sign", "number", "issue")]
    assert [entry.document.number for entry in register] == [1]


async def test_nothing_leaves_before_it_is_signed_and_numbered(desk: Desk) -> None:
    await desk.draft()
    with pytest.raises(Conflict, match="bản giấy mời đã ký"):
        await desk.issue()
    await desk.edit()
    await desk.submit()
    with pytest.raises(Conflict, match="bản giấy mời đã ký"):
        await desk.number()
    await desk.sign()
    with pytest.raises(Conflict, match="chưa được cấp số"):
        await desk.issue()
    assert await status_of(desk.database, desk.slug) is MeetingStatus.SCHEDULED
    async with desk.database.read() as session:
        assert (await session.exec(select(Mail))).all() == []


async def test_it_is_not_submitted_without_its_signer(desk: Desk) -> None:
    await desk.draft()
    with pytest.raises(Invalid) as refused:
        await desk.submit()
    assert refused.value.field == "signer_position"


async def test_it_is_not_submitted_without_a_place(database: Database, world: World) -> None:
    desk = Desk(database, world, await book(database, world, hall_id=None, planned_form=Form.IN_PERSON))
    await desk.draft()
    with pytest.raises(Invalid) as refused:
        await desk.submit()
    assert refused.value.field == "places"


async def test_next_draft_of_an_organ_remembers_who_signs(desk: Desk) -> None:
    await desk.sign_all()
    other = Desk(desk.database, desk.world, await book(desk.database, desk.world, "sau"))
    content = InvitationContent.from_json((await other.draft()).content)
    assert (content.authority, content.signer_position, content.signer_name) == (
        ("TL. CHỦ TỊCH",),
        "Chánh Văn phòng",
        "Nguyễn Văn Ký",
    )


async def test_change_of_the_booking_outdates_the_document_until_it_is_drafted_again(desk: Desk) -> None:
    await desk.sign_all()
    await desk.number(number=7)
    await move(desk, TOMORROW + timedelta(hours=3))
    async with desk.database.read() as session:
        access = await load_access(session, desk.world.actors["secretary"], desk.slug)
    assert list_outdated((await desk.load()).content, access.bundle) == ["starts_at", "ends_at"]
    with pytest.raises(Conflict, match="đã thay đổi"):
        await desk.issue()
    again = await desk.draft()
    assert standing_of(again) is Standing.DRAFTED
    assert (again.number, again.signed_file) == (7, "")
    assert again.content["signer_name"] == "Nguyễn Văn Ký"
    assert "11 giờ 00" not in str(again.content["notes"])
    assert "10 giờ 00 cùng ngày" in str(again.content["notes"])


async def move(desk: Desk, start: Any) -> None:
    async with desk.database.write() as session:
        meeting = (await session.exec(select(Meeting).where(Meeting.slug == desk.slug))).one()
        meeting.starts_at, meeting.ends_at = start, start + timedelta(hours=2)
        meeting.version += 1
        session.add(meeting)


async def test_issued_one_is_withdrawn_with_a_reason_and_keeps_its_number(desk: Desk) -> None:
    await desk.sign_all()
    await desk.number()
    await desk.issue()
    with pytest.raises(Conflict, match="đã phát hành"):
        await desk.draft()
    with pytest.raises(Invalid, match="lý do"):
        await desk.withdraw(" ")
    with pytest.raises(NotAllowed):
        await desk.withdraw("Đổi giờ họp", "secretary")
    gone = await desk.withdraw("Đổi giờ họp")
    assert standing_of(gone) is Standing.WITHDRAWN
    assert await status_of(desk.database, desk.slug) is MeetingStatus.SCHEDULED
    async with desk.database.read() as session:
        subjects = {mail.subject for mail in (await session.exec(select(Mail))).all()}
    assert any(subject.startswith("Thu hồi giấy mời") for subject in subjects)
    await desk.sign_all()
    with pytest.raises(Conflict) as taken:
        await desk.number(number=1)
    assert told(taken.value).startswith("Số 01/GM-UBND năm 2026 đã cấp cho văn bản")
    assert (await desk.number()).number == 2


async def test_returned_one_is_a_draft_again_and_says_why(desk: Desk) -> None:
    await desk.sign_all()
    returned = await desk.run(document_drafts.return_invitation, "clerk", "Sai ngày ở trích yếu")
    assert standing_of(returned) is Standing.DRAFTED
    assert returned.content["returned"]["reason"] == "Sai ngày ở trích yếu"
    assert "returned" not in (await desk.submit()).content


async def test_stale_page_changes_nothing(desk: Desk) -> None:
    await desk.draft()
    await desk.edit()
    with pytest.raises(Conflict):
        await desk.run(document_drafts.submit_invitation, "secretary", version=1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"symbol": "gm ubnd"}, "symbol"),
        ({"subject": ""}, "subject"),
        ({"invitees": ()}, "invitees"),
        ({"invitees": ("x" * 301,)}, "invitees"),
        ({"places": ()}, "places"),
        ({"notes": ("Mật khẩu: 123456",)}, "notes"),
        ({"notes": ("Mã phòng là 8899",)}, "notes"),
        ({"authority": ("Thay mặt Chủ tịch",)}, "authority"),
        ({"signer_name": "TS. Nguyễn Văn Ký"}, "signer_name"),
        ({"organ_id": 999_999}, "organ_id"),
    ],
)
async def test_what_may_not_stand_in_an_invitation_is_refused_at_its_field(
    desk: Desk, changes: dict[str, Any], field: str
) -> None:
    await desk.draft()
    with pytest.raises(Invalid) as refused:
        await desk.edit(**changes)
    assert refused.value.field == field


async def test_office_of_the_committee_may_issue_in_its_own_name(desk: Desk) -> None:
    await desk.draft()
    edited = await desk.edit(organ_id=key(desk.world.office))
    content = InvitationContent.from_json(edited.content)
    assert (edited.symbol, content.organ, content.parent_organ) == (
        "GM-VP",
        "Văn phòng UBND tỉnh",
        "Ủy ban nhân dân tỉnh Lâm Đồng",
    )


@pytest.mark.parametrize("day", [TODAY - timedelta(days=1), TODAY + timedelta(days=1)])
async def test_day_of_issue_lies_between_submission_and_today(desk: Desk, day: date) -> None:
    await desk.sign_all()
    with pytest.raises(Invalid) as refused:
        await desk.number(day=day)
    assert refused.value.field == "issued_on"


@pytest.mark.parametrize("who", ["contact", "delegate", "site1", "technician", "administrator", "leader", "inspector"])
async def test_others_neither_draft_nor_number(desk: Desk, who: str) -> None:
    with pytest.raises(NotAllowed):
        await desk.draft(who)
    await desk.sign_all()
    with pytest.raises((NotAllowed, NotFound)):
        await desk.number(who)


async def test_clerk_of_another_organ_does_not_even_see_it(desk: Desk) -> None:
    await desk.sign_all()
    stranger = replace(desk.world.actors["clerk"], unit_id=key(desk.world.department))
    async with desk.database.read() as session:
        with pytest.raises(NotFound):
            await load_access(session, stranger, desk.slug)
        assert len(await list_open(session, {key(desk.world.province)})) == 1
        assert await list_open(session, {key(desk.world.department)}) == []


async def test_letter_before_leaves_for_an_urgent_meeting_alone(database: Database, world: World) -> None:
    async def send(slug: str) -> OfficialDocument:
        files = LetterFiles(pdf="invitations/b.pdf", pdf_sha256="cd" * 32, docx="invitations/b.docx")
        async with database.write() as session:
            actor = world.actors["secretary"]
            access = await load_access(session, actor, slug)
            content = await document_drafts.fill_in_invitation(session, access, access.bundle.convening, ORIGIN, NOW)
            basis = describe_basis(access.bundle)
            return await documents.send_before(session, actor, slug, content, basis, files, NOW)

    with pytest.raises(Invalid, match="đột xuất"):
        await send(await book(database, world))
    urgent = await book(database, world, "gap", urgent=True)
    assert (await send(urgent)).preliminary
    assert await status_of(database, urgent) is MeetingStatus.SCHEDULED
    with pytest.raises(Conflict, match="đã gửi"):
        await send(urgent)
    async with database.read() as session:
        subjects = {mail.subject for mail in (await session.exec(select(Mail))).all()}
    assert all(subject.startswith("Thư mời họp") for subject in subjects)


async def test_clerks_at_once_never_get_one_number_twice(any_database: Database, any_world: World) -> None:
    desks = []
    for number in range(6):
        desk = Desk(any_database, any_world, await book(any_database, any_world, f"hop-{number}"))
        await desk.sign_all()
        desks.append(desk)
    wanted = [None, None, 3, 3, None, None]
    outcomes = await asyncio.gather(
        *(desk.number(number=number) for desk, number in zip(desks, wanted, strict=True)), return_exceptions=True
    )
    given = [each.number for each in outcomes if isinstance(each, OfficialDocument)]
    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert len(given) == len(set(given))
    assert len(given) >= 4  # whoever asked for 3 may have been too late
    assert all(isinstance(each, Conflict) for each in refused)
    for desk, outcome in zip(desks, outcomes, strict=True):
        if isinstance(outcome, Conflict):
            assert (await desk.number()).number not in given


async def test_booked_through_the_use_case_it_is_drafted_too(database: Database, world: World) -> None:
    async with database.write() as session:
        slug = (await actions.book_meeting(session, world.actors["secretary"], make_draft(world), NOW)).slug
    assert (await Desk(database, world, slug).draft()).symbol == "GM-UBND"
