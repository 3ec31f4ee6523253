"""Who is told what: invitations, changes, removals, cancellations, each to the right people and once."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
import vobject
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import DocumentState, OfficialDocument
from meetings.invitation_models import Delegate, Mail
from meetings.invitations.answers import open_link
from meetings.invitations.notices import queue_cancellation, queue_for_delegate, queue_invitation, queue_update
from meetings.kinds import Answer, Consent, MeetingStatus, Role
from meetings.meeting_store import MeetingBundle, get_meeting
from meetings.models import Invitation, Meeting, Person, Site, Unit
from tests.factories import NOW, World, add_account, add_meeting, add_person, key
from web.database import Database

UNIT, CONTACT, CHAIR = "vanthu@ductrong.vn", "daumoi@dinhvan.vn", "chutri@lamdong.vn"
HEAD, OTHER, GONE = "chutich@ductrong.vn", "phong@ductrong.vn", "vang@ductrong.vn"


@dataclass
class Office:
    database: Database
    world: World
    document_id: int = 0

    async def bundle(self, session: AsyncSession) -> MeetingBundle:
        return await get_meeting(session, "hop")

    async def invite(self) -> list[Mail]:
        async with self.database.write() as session:
            document = await session.get_one(OfficialDocument, self.document_id)
            return await queue_invitation(session, await self.bundle(session), document, NOW)

    async def update(self) -> list[Mail]:
        """Somebody moved the meeting."""
        async with self.database.write() as session:
            bundle = await self.bundle(session)
            bundle.meeting.version += 1
            bundle.meeting.sequence += 1
            session.add(bundle.meeting)
            return await queue_update(session, bundle, NOW)

    async def call_off(self, status: MeetingStatus, reason: str) -> list[Mail]:
        async with self.database.write() as session:
            bundle = await self.bundle(session)
            bundle.meeting.status = status
            bundle.meeting.version += 1
            session.add(bundle.meeting)
            return await queue_cancellation(session, bundle, reason, NOW)


@pytest.fixture
async def office(database: Database, world: World) -> Office:
    """Two units, the first with a mailbox and three people of whom one declined, the second with a contact."""
    async with database.write() as session:
        invited = list(zip(world.communes[:2], world.sites[:2], strict=True))
        meeting = await add_meeting(
            session, world.province, world.chair, world.secretary, invited,
            slug="hop", title="Họp giao ban", status=MeetingStatus.INVITED, hall_id=world.hall.id, agenda=["Giải ngân"],
        )  # fmt: skip
        unit = await session.get_one(Unit, key(world.communes[0]))
        unit.email = UNIT
        chair = await session.get_one(Person, key(world.chair))
        chair.email = CHAIR
        contact = await add_person(session, world.communes[1])
        contact.email = CONTACT
        await add_account(session, contact, Role.UNIT_CONTACT)
        session.add_all([unit, chair, contact])
        for name, email, answer, consent in (
            ("Lý Đứng Đầu", HEAD, Answer.NEEDS_ACTION, Consent.NOT_NEEDED),
            ("Lê Trưởng Phòng", OTHER, Answer.ACCEPTED, Consent.NOT_NEEDED),
            ("Võ Vắng Mặt", GONE, Answer.DECLINED, Consent.NOT_NEEDED),
            ("Không Được Đồng Ý", "x@ductrong.vn", Answer.NEEDS_ACTION, Consent.REFUSED),
            ("Không Có Thư", "", Answer.NEEDS_ACTION, Consent.NOT_NEEDED),
        ):
            session.add(
                Delegate(
                    meeting_id=key(meeting),
                    unit_id=key(unit),
                    full_name=name,
                    email=email,
                    answer=answer,
                    consent=consent,
                    added_at=NOW,
                )
            )
        document = OfficialDocument(
            meeting_id=key(meeting), organ_unit_id=key(world.province), symbol="GM-UBND", number=5, year=2026,
            issued_on=NOW.date(), state=DocumentState.ISSUED, signed_file="1.pdf", docx_file="1.docx", drafted_at=NOW,
        )  # fmt: skip
        session.add(document)
        await session.flush()
        return Office(database, world, key(document))


def by_address(letters: list[Mail]) -> dict[str, Mail]:
    return {mail.recipient: mail for mail in letters}


async def test_an_invitation_reaches_everybody_who_has_not_declined(office: Office) -> None:
    letters = by_address(await office.invite())
    assert set(letters) == {HEAD, OTHER, CHAIR, UNIT, CONTACT}
    letter = letters[HEAD]
    assert letter.subject == "Giấy mời: Họp giao ban (08:00, 25/11/2026)"
    assert "Giấy mời số 05/GM-UBND ngày 24/11/2026" in letter.body
    assert "Thời gian: từ 08:00 đến 10:00, Thứ Tư, ngày 25/11/2026" in letter.body
    assert "Điểm cầu dự họp: Điểm cầu xã Đức Trọng" in letter.body
    assert [each["name"] for each in letter.files] == ["Giay moi 05 GM-UBND.pdf", "Giay moi 05 GM-UBND.docx"]
    calendar = vobject.readOne(letter.calendar)
    assert calendar.method.value == "REQUEST"
    assert [each.value for each in calendar.vevent.attendee_list] == [f"mailto:{HEAD}"]
    assert calendar.vevent.attendee.params["PARTSTAT"] == ["NEEDS-ACTION"]
    chair = vobject.readOne(letters[CHAIR].calendar).vevent.attendee
    assert (chair.params["ROLE"], chair.params["RSVP"]) == (["CHAIR"], ["FALSE"])
    assert "Đề nghị trả lời" not in letters[CHAIR].body


async def test_each_person_has_a_link_and_a_unit_the_page(office: Office) -> None:
    letters = by_address(await office.invite())
    tokens = {each: letters[each].body.partition("/a/")[2].split()[0] for each in (HEAD, OTHER)}
    assert tokens[HEAD] != tokens[OTHER]
    async with office.database.read() as session:
        reply = await open_link(session, tokens[HEAD], NOW)
    assert reply is not None
    assert reply.delegate is not None
    assert reply.delegate.email == HEAD
    assert "/a/" not in letters[UNIT].body
    assert "https://origin.invalid/meetings/hop" in letters[UNIT].body


async def test_the_same_is_told_once_and_whoever_is_new_gets_it_too(office: Office) -> None:
    await office.invite()
    assert await office.invite() == []
    async with office.database.write() as session:
        bundle = await office.bundle(session)
        unit_id, new = key(office.world.communes[0]), "moi@ductrong.vn"
        row = Delegate(meeting_id=bundle.id, unit_id=unit_id, full_name="Người Mới", email=new, added_at=NOW)
        session.add(row)
        await session.flush()
        assert [mail.recipient for mail in await queue_for_delegate(session, bundle, row, NOW)] == [new]
        assert await queue_for_delegate(session, bundle, row, NOW) == []


async def test_nobody_is_invited_before_the_document_is_issued(office: Office) -> None:
    async with office.database.write() as session:
        document = await session.get_one(OfficialDocument, office.document_id)
        document.state = DocumentState.SIGNED
        session.add(document)
        await session.flush()
        bundle = await office.bundle(session)
        row = (await session.exec(select(Delegate).where(Delegate.email == HEAD))).one()
        assert await queue_for_delegate(session, bundle, row, NOW) == []
    assert await office.update() == []
    assert await office.call_off(MeetingStatus.CANCELLED, "Bão") == []


async def test_what_left_before_a_postponement_invites_nobody_new(office: Office) -> None:
    async with office.database.write() as session:
        document = await session.get_one(OfficialDocument, office.document_id)
        bundle = await office.bundle(session)
        document.issued_at, bundle.meeting.approved_at = NOW, NOW + timedelta(hours=1)
        session.add_all([document, bundle.meeting])
        await session.flush()
        row = (await session.exec(select(Delegate).where(Delegate.email == HEAD))).one()
        assert await queue_for_delegate(session, bundle, row, NOW) == []
        document.issued_at = NOW + timedelta(hours=2)
        session.add(document)
        await session.flush()
        assert len(await queue_for_delegate(session, bundle, row, NOW)) == 1


async def test_a_change_goes_to_those_who_were_invited_with_a_higher_sequence(office: Office) -> None:
    await office.invite()
    async with office.database.write() as session:
        row = (await session.exec(select(Delegate).where(Delegate.email == OTHER))).one()
        row.answer = Answer.DECLINED
        session.add(row)
    first, second = by_address(await office.update()), by_address(await office.update())
    assert set(first) == set(second) == {HEAD, CHAIR, UNIT, CONTACT}
    sequences = [vobject.readOne(each[HEAD].calendar).vevent.sequence.value for each in (first, second)]
    uids = {vobject.readOne(each[HEAD].calendar).vevent.uid.value for each in (first, second)}
    assert (sequences, uids) == (["1", "2"], {"hop@giaoban"})
    assert first[HEAD].subject.startswith("Thay đổi lịch họp: ")
    assert first[HEAD].files == []


async def test_who_is_not_invited_any_more_is_told_once(office: Office) -> None:
    await office.invite()
    async with office.database.write() as session:
        rows = await session.exec(select(Invitation).where(Invitation.unit_id == key(office.world.communes[1])))
        await session.delete(rows.one())
    letters = by_address(await office.update())
    assert letters[CONTACT].method == "CANCEL"
    assert letters[CONTACT].subject.startswith("Điều chỉnh thành phần dự họp: ")
    assert vobject.readOne(letters[CONTACT].calendar).vevent.status.value == "CANCELLED"
    assert CONTACT not in by_address(await office.update())


@pytest.mark.parametrize(
    ("status", "heading"), [(MeetingStatus.CANCELLED, "Hủy họp"), (MeetingStatus.POSTPONED, "Tạm hoãn họp")]
)
async def test_a_cancellation_says_why(office: Office, status: MeetingStatus, heading: str) -> None:
    await office.invite()
    letters = by_address(await office.call_off(status, "Phòng chống\nbão số 12"))
    assert set(letters) == {HEAD, OTHER, CHAIR, UNIT, CONTACT}
    assert letters[HEAD].subject.startswith(f"{heading}: Họp giao ban")
    assert "Lý do: Phòng chống bão số 12" in letters[HEAD].body
    assert vobject.readOne(letters[HEAD].calendar).method.value == "CANCEL"
    assert await office.call_off(status, "lần nữa") == []


async def test_who_waits_for_a_new_time_is_told_that_there_is_none(office: Office) -> None:
    await office.invite()
    await office.call_off(MeetingStatus.POSTPONED, "Bão")
    letters = by_address(await office.call_off(MeetingStatus.CANCELLED, "Đã giải quyết bằng văn bản"))
    assert set(letters) == {HEAD, OTHER, CHAIR, UNIT, CONTACT}
    assert letters[HEAD].subject.startswith("Hủy họp: ")
    assert vobject.readOne(letters[HEAD].calendar).method.value == "CANCEL"
    assert await office.call_off(MeetingStatus.CANCELLED, "lần nữa") == []


async def test_letters_are_signed_by_the_organ(office: Office) -> None:
    letter = by_address(await office.invite())[HEAD]
    assert "Ủy ban nhân dân tỉnh Lâm Đồng trân trọng kính mời" in letter.body
    assert "Trân trọng.\nỦy ban nhân dân tỉnh Lâm Đồng\n" in letter.body
    assert vobject.readOne(letter.calendar).vevent.organizer.params["CN"] == ["UBND tỉnh Lâm Đồng"]


async def test_people_who_share_a_mailbox_each_get_their_letter(office: Office) -> None:
    async with office.database.write() as session:
        for row in (await session.exec(select(Delegate))).all():
            row.email = UNIT
            session.add(row)
    letters = [mail for mail in await office.invite() if mail.recipient == UNIT]
    assert len(letters) == 3, "two who have not declined or been refused, one without an address before"
    assert len({mail.body for mail in letters}) == 3


async def test_hostile_titles_and_addresses_make_no_letter_of_their_own(office: Office) -> None:
    async with office.database.write() as session:
        meeting = (await session.exec(select(Meeting))).one()
        meeting.title = "Họp\r\nBcc: x@evil.example\r\nEND:VCALENDAR" + "dài" * 90
        row = (await session.exec(select(Delegate).where(Delegate.email == HEAD))).one()
        row.full_name, row.email = "Tên\r\nATTENDEE:mailto:x@evil.example", "x@evil.example\r\nRCPT TO:<y@evil.example>"
        site = await session.get_one(Site, key(office.world.hall))
        site.name = "Phòng\nBEGIN:VALARM"
        session.add_all([meeting, row, site])
    letters = await office.invite()
    assert {mail.recipient for mail in letters} == {OTHER, CHAIR, UNIT, CONTACT}
    for mail in letters:
        assert "\n" not in mail.subject
        assert len(mail.subject) <= 300
        assert mail.calendar.count("BEGIN:VEVENT") == 1
        assert "\r\nBEGIN:VALARM" not in mail.calendar


async def test_an_urgent_meeting_may_be_announced_before_its_document(office: Office) -> None:
    async with office.database.write() as session:
        document = await session.get_one(OfficialDocument, office.document_id)
        document.preliminary, document.number = True, None
        session.add(document)
    letter = by_address(await office.invite())[HEAD]
    assert letter.subject.startswith("Thư mời họp: ")
    assert "Giấy mời chính thức sẽ được gửi sau." in letter.body
    assert letter.created_at == NOW
    assert letter.next_at - NOW == timedelta()
