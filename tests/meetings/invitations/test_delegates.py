from datetime import timedelta

import pytest
from sqlmodel import select

from meetings.actions import edit_meeting
from meetings.audit import list_entries
from meetings.document_models import DocumentState, OfficialDocument
from meetings.errors import Conflict, Invalid, NotAllowed, NotFound
from meetings.invitation_models import AnswerLink, Consent, Delegate
from meetings.invitations import answers, delegates
from meetings.invitations.delegates import MOST_OF_UNIT, DelegateDraft
from meetings.invitations.notices import queue_for_delegate, queue_for_removed
from meetings.kinds import Answer
from meetings.meeting_store import get_meeting
from meetings.models import Meeting, MeetingStatus
from meetings.scheduling import InvitationDraft
from tests.factories import NOW, World, key, make_draft
from tests.meetings.booking import book, told
from tests.meetings.invitations.gathering import add_gathering, register
from web.database import Database


@pytest.fixture
async def meeting(database: Database, world: World) -> Meeting:
    async with database.write() as session:
        return await add_gathering(session, world)


async def people_of(database: Database, meeting: Meeting) -> list[Delegate]:
    async with database.read() as session:
        return await delegates.list_people(session, key(meeting))


async def test_contact_puts_people_on_the_list(any_database: Database, any_world: World) -> None:
    async with any_database.write() as session:
        meeting = await add_gathering(session, any_world)
    head = DelegateDraft(full_name="Lý Đại Biểu", position="Chủ tịch UBND xã", is_head=True)
    await register(any_database, any_world, "Nguyễn Văn An", head)
    rows = await people_of(any_database, meeting)
    assert [(row.full_name, row.is_head, row.consent) for row in rows] == [
        ("Lý Đại Biểu", True, Consent.NOT_NEEDED),
        ("Nguyễn Văn An", False, Consent.NOT_NEEDED),
    ]
    assert rows[0].person_id == any_world.actors["delegate"].person_id, "known by name and position"
    assert (rows[1].person_id, rows[1].added_by, rows[1].late_addition) == (None, "K’Brếp Đầu Mối", False)
    async with any_database.read() as session:
        assert [entry.action for entry in await list_entries(session)] == ["delegate.register"]


@pytest.mark.parametrize("who", ["delegate", "site1", "leader", "inspector", "technician", "chair"])
async def test_others_put_nobody_on_the_list(database: Database, world: World, meeting: Meeting, who: str) -> None:
    with pytest.raises(NotAllowed):
        await register(database, world, "Nguyễn Văn An", who=who)


async def test_contact_registers_for_no_other_unit(database: Database, world: World, meeting: Meeting) -> None:
    drafts = [DelegateDraft(full_name="Nguyễn Văn An")]
    async with database.write() as session:
        with pytest.raises(NotAllowed):
            await delegates.register_delegates(
                session, world.actors["contact"], "hop", key(world.communes[1]), drafts, NOW
            )
        with pytest.raises(NotFound):
            await delegates.register_delegates(
                session, world.actors["secretary"], "hop", key(world.department), drafts, NOW
            )


async def test_late_addition_is_marked_with_who_and_when(database: Database, world: World) -> None:
    async with database.write() as session:
        meeting = await add_gathering(session, world, status=MeetingStatus.IN_SESSION, started_at=NOW)
    later = NOW + timedelta(minutes=20)
    await register(database, world, "Nguyễn Văn An", now=later)
    [row] = await people_of(database, meeting)
    assert (row.late_addition, row.added_by, row.added_at) == (True, "K’Brếp Đầu Mối", later)


async def test_after_the_end_only_the_secretary_adds(database: Database, world: World) -> None:
    async with database.write() as session:
        meeting = await add_gathering(
            session, world, status=MeetingStatus.ENDED, started_at=NOW - timedelta(hours=2), ended_at=NOW
        )
    with pytest.raises(NotAllowed):
        await register(database, world, "Nguyễn Văn An")
    await register(database, world, "Nguyễn Văn An", who="secretary")
    assert [row.late_addition for row in await people_of(database, meeting)] == [True]


async def test_head_at_another_place_and_substitutes_wait_for_the_chair(
    database: Database, world: World, meeting: Meeting
) -> None:
    head = DelegateDraft(full_name="Lý Đại Biểu", is_head=True, site_id=world.hall.id)
    substitute = DelegateDraft(full_name="Nguyễn Văn An", substitute_for="Trần Thị Bình")
    there = DelegateDraft(full_name="Ka Thị Hoa", site_id=world.sites[0].id)
    await register(database, world, head, substitute, there)
    rows = await people_of(database, meeting)
    assert [(row.consent, row.site_id) for row in rows] == [
        (Consent.PENDING, world.hall.id),
        (Consent.PENDING, None),
        (Consent.NOT_NEEDED, None),
    ]
    async with database.read() as session:
        assert len(await delegates.list_invitees(session, key(meeting))) == 3


async def test_chair_consents_and_secretary_notes_it_on_the_chairs_word(
    database: Database, world: World, meeting: Meeting
) -> None:
    one, two = await register(
        database,
        world,
        DelegateDraft(full_name="Nguyễn Văn An", substitute_for="Trần Thị Bình"),
        DelegateDraft(full_name="Ka Thị Hoa", substitute_for="Trần Thị Bình"),
    )
    async with database.write() as session:
        first = await delegates.decide_place(session, world.actors["chair"], "hop", one, True, NOW)
        second = await delegates.decide_place(session, world.actors["secretary"], "hop", two, False, NOW)
        with pytest.raises(NotAllowed):
            await delegates.decide_place(session, world.actors["contact"], "hop", one, True, NOW)
    assert (first.consent, first.consent_by) == (Consent.GIVEN, "Trần Văn Hiệp")
    assert second.consent is Consent.REFUSED
    assert second.consent_by == "Nguyễn Thị Thư (theo ý kiến chủ trì Trần Văn Hiệp)"
    async with database.read() as session:
        assert [row.id for row in await delegates.list_invitees(session, key(meeting))] == [one]
        entries = await list_entries(session, action="delegate.consent")
    assert [(entry.detail["given"], entry.detail["by"]) for entry in entries] == [
        (False, second.consent_by),
        (True, "Trần Văn Hiệp"),
    ]


async def test_head_who_is_refused_another_place_sits_as_invited(
    database: Database, world: World, meeting: Meeting
) -> None:
    [head] = await register(
        database, world, DelegateDraft(full_name="Lý Đại Biểu", is_head=True, site_id=world.hall.id)
    )
    async with database.write() as session:
        row = await delegates.decide_place(session, world.actors["chair"], "hop", head, False, NOW)
    assert (row.site_id, row.consent) == (None, Consent.NOT_NEEDED)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (DelegateDraft(full_name=" "), "full_name"),
        (DelegateDraft(full_name="Nguyễn Văn An", email="an"), "email"),
        (DelegateDraft(full_name="Nguyễn Văn An", position="x" * 151), "position"),
        (DelegateDraft(full_name="Nguyễn Văn An", site_id=4711), "site_id"),
        (DelegateDraft(full_name="Nguyễn Văn An", is_head=True, substitute_for="Ai đó"), "substitute_for"),
        (DelegateDraft(full_name="Nguyễn Văn An", substitute_for="x" * 101), "substitute_for"),
    ],
)
async def test_wrong_person_is_refused_at_the_field(
    database: Database, world: World, meeting: Meeting, draft: DelegateDraft, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await register(database, world, draft)
    assert refused.value.field == field
    assert await people_of(database, meeting) == []


async def test_one_wrong_person_keeps_the_others_from_the_list(
    database: Database, world: World, meeting: Meeting
) -> None:
    with pytest.raises(Invalid) as refused:
        await register(database, world, "Nguyễn Văn An", "nguyễn văn an")
    assert told(refused.value) == "nguyễn văn an đã có trong danh sách."
    assert await people_of(database, meeting) == []


async def test_unit_has_one_head_and_at_most_so_many_people(database: Database, world: World, meeting: Meeting) -> None:
    await register(database, world, DelegateDraft(full_name="Lý Đại Biểu", is_head=True))
    with pytest.raises(Invalid) as refused:
        await register(database, world, DelegateDraft(full_name="Nguyễn Văn An", is_head=True))
    assert refused.value.field == "is_head"
    with pytest.raises(Invalid) as refused:
        await register(database, world, *(f"Người thứ {number}" for number in range(MOST_OF_UNIT)))
    assert told(refused.value) == "Mỗi đơn vị đăng ký được tối đa 200 người."


async def test_edit_of_a_place_asks_again(database: Database, world: World, meeting: Meeting) -> None:
    [one] = await register(database, world, DelegateDraft(full_name="Nguyễn Văn An", substitute_for="Trần Thị Bình"))
    async with database.write() as session:
        await delegates.decide_place(session, world.actors["chair"], "hop", one, True, NOW)
        same = DelegateDraft(full_name="Nguyễn Văn Anh", substitute_for="Trần Thị Bình")
        row = await delegates.edit_delegate(session, world.actors["contact"], "hop", one, same, NOW)
        assert (row.full_name, row.consent) == ("Nguyễn Văn Anh", Consent.GIVEN)
        other = DelegateDraft(full_name="Nguyễn Văn Anh", substitute_for="Lê Văn Cường")
        row = await delegates.edit_delegate(session, world.actors["contact"], "hop", one, other, NOW)
    assert (row.consent, row.consent_by) == (Consent.PENDING, "")


async def test_another_name_is_another_person_who_has_not_answered(
    database: Database, world: World, meeting: Meeting
) -> None:
    contact = world.actors["contact"]
    [one] = await register(database, world, DelegateDraft(full_name="Lý Đại Biểu", position="Chủ tịch UBND xã"))
    async with database.write() as session:
        await answers.answer_person(session, contact, "hop", one, Answer.DECLINED, "Đi công tác", NOW)
        spelt = DelegateDraft(full_name="Lý Đài Biểu", position="Chủ tịch UBND xã")
        row = await delegates.edit_delegate(session, contact, "hop", one, spelt, NOW)
        assert (row.answer, row.answer_note, row.answered_at) == (Answer.DECLINED, "Đi công tác", NOW)
        assert row.person_id == world.actors["delegate"].person_id
        other = DelegateDraft(full_name="Ka Thị Hoa", position="Chủ tịch UBND xã")
        row = await delegates.edit_delegate(session, contact, "hop", one, other, NOW)
        assert (row.answer, row.answer_note, row.answered_at) == (Answer.NEEDS_ACTION, "", None)
        assert (row.answered_by, row.answer_sequence, row.person_id) == ("", 0, None)
        first = DelegateDraft(full_name="Lý Đại Biểu", position="Chủ tịch UBND xã")
        row = await delegates.edit_delegate(session, contact, "hop", one, first, NOW)
    assert row.person_id == world.actors["delegate"].person_id, "known by name and position"


async def test_removed_person_leaves_a_link_that_says_so(any_database: Database, any_world: World) -> None:
    async with any_database.write() as session:
        meeting = await add_gathering(session, any_world)
    [one] = await register(any_database, any_world, "Nguyễn Văn An")
    async with any_database.write() as session:
        token = await answers.make_link(session, await session.get_one(Delegate, one), NOW)
        await delegates.remove_delegate(session, any_world.actors["contact"], "hop", one, NOW)
    assert await people_of(any_database, meeting) == []
    async with any_database.read() as session:
        [link] = (await session.exec(select(AnswerLink))).all()
        assert (link.delegate_id, link.revoked_at) == (None, NOW)
        reply = await answers.open_link(session, token, NOW)
    assert reply is not None
    assert (reply.state, reply.delegate) == ("withdrawn", None)


async def test_who_was_there_stays_in_the_record(database: Database, world: World, meeting: Meeting) -> None:
    [one] = await register(database, world, "Nguyễn Văn An")
    async with database.write() as session:
        row = await session.get_one(Delegate, one)
        row.arrived_at = NOW
        session.add(row)
    async with database.write() as session:
        with pytest.raises(Conflict):
            await delegates.remove_delegate(session, world.actors["contact"], "hop", one, NOW)


async def test_people_of_another_meeting_are_out_of_reach(database: Database, world: World, meeting: Meeting) -> None:
    [one] = await register(database, world, "Nguyễn Văn An")
    async with database.write() as session:
        await add_gathering(session, world, slug="khac")
        with pytest.raises(NotFound):
            await delegates.remove_delegate(session, world.actors["secretary"], "khac", one, NOW)
        with pytest.raises(NotFound):
            await delegates.decide_place(session, world.actors["secretary"], "khac", one, True, NOW)


async def test_people_of_units_no_longer_invited_leave_the_list(
    database: Database, world: World, meeting: Meeting
) -> None:
    await register(database, world, "Nguyễn Văn An", DelegateDraft(full_name="Ka Thị Hoa", site_id=world.hall.id))
    first = key(world.communes[0])
    async with database.write() as session:
        assert await delegates.drop_uninvited(session, key(meeting), [first], [key(world.sites[0])], NOW) == []
    assert [row.site_id for row in await people_of(database, meeting)] == [None, None]
    async with database.write() as session:
        gone = await delegates.drop_uninvited(session, key(meeting), [], [], NOW)
    assert [row.full_name for row in gone] == ["Nguyễn Văn An", "Ka Thị Hoa"]
    assert await people_of(database, meeting) == []


async def test_edit_of_the_booking_drops_people_of_units_that_are_not_invited_any_more(
    database: Database, world: World
) -> None:
    slug = await book(database, world, make_draft(world))
    units = [DelegateDraft(full_name="Nguyễn Văn An")]
    async with database.write() as session:
        for unit in world.communes[:2]:
            await delegates.register_delegates(session, world.actors["secretary"], slug, key(unit), units, NOW)
    async with database.write() as session:
        bundle = await get_meeting(session, slug)
        draft = make_draft(world, invitations=[InvitationDraft(key(world.communes[1]), key(world.sites[1]))])
        await edit_meeting(session, world.actors["secretary"], slug, draft, bundle.meeting.version, NOW)
        assert [row.unit_id for row in await delegates.list_people(session, bundle.id)] == [world.communes[1].id]


async def test_who_was_invited_by_mail_and_left_the_list_is_told(
    database: Database, world: World, meeting: Meeting
) -> None:
    draft = DelegateDraft(full_name="Nguyễn Văn An", email="an@lamdong.gov.vn")
    [one] = await register(database, world, draft)
    async with database.write() as session:
        session.add(
            OfficialDocument(
                meeting_id=key(meeting), organ_unit_id=key(world.province), symbol="GM-UBND", number=1, year=2026,
                state=DocumentState.ISSUED, drafted_at=NOW, issued_at=NOW,
            )
        )  # fmt: skip
    async with database.write() as session:
        bundle = await get_meeting(session, "hop")
        row = await session.get_one(Delegate, one)
        assert [mail.recipient for mail in await queue_for_delegate(session, bundle, row, NOW)] == [draft.email]
        await delegates.remove_delegate(session, world.actors["contact"], "hop", one, NOW)
        [mail] = await queue_for_removed(session, bundle, row, NOW)
        assert (mail.recipient, mail.method, mail.delegate_id) == (draft.email, "CANCEL", None)


async def test_link_to_a_wrong_address_dies_with_it(database: Database, world: World, meeting: Meeting) -> None:
    [one] = await register(database, world, DelegateDraft(full_name="Nguyễn Văn An", email="lan@lamdong.gov.vn"))
    async with database.write() as session:
        token = await answers.make_link(session, await session.get_one(Delegate, one), NOW)
        for email, state in (("LAN@lamdong.gov.vn", "open"), ("an@lamdong.gov.vn", "withdrawn")):
            draft = DelegateDraft(full_name="Nguyễn Văn An", email=email)
            await delegates.edit_delegate(session, world.actors["contact"], "hop", one, draft, NOW)
            reply = await answers.open_link(session, token, NOW)
            assert reply is not None
            assert reply.state == state
