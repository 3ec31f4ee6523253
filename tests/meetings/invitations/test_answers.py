import hashlib
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from meetings.audit import list_entries
from meetings.errors import Conflict, Invalid, NotAllowed, NotFound
from meetings.invitation_models import AnswerLink, Consent, Delegate
from meetings.invitations import answers, delegates
from meetings.invitations.tally import Tally
from meetings.kinds import Answer
from meetings.meeting_store import get_meeting
from meetings.models import Invitation, Meeting, MeetingStatus
from tests.factories import NOW, TOMORROW, World, add_meeting, key
from tests.meetings.invitations.gathering import add_gathering, register
from web.database import Database

YES, NO, MAYBE = Answer.ACCEPTED, Answer.DECLINED, Answer.TENTATIVE


@pytest.fixture
async def meeting(database: Database, world: World) -> Meeting:
    async with database.write() as session:
        return await add_gathering(session, world)


async def make_link(database: Database, delegate_id: int) -> str:
    async with database.write() as session:
        return await answers.make_link(session, await session.get_one(Delegate, delegate_id), NOW)


async def change(database: Database, meeting: Meeting, **values: Any) -> None:
    async with database.write() as session:
        row = await session.get_one(Meeting, meeting.id)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


async def load(database: Database, delegate_id: int) -> Delegate:
    async with database.read() as session:
        return await session.get_one(Delegate, delegate_id)


async def test_contact_answers_for_the_unit(any_database: Database, any_world: World) -> None:
    async with any_database.write() as session:
        await add_gathering(session, any_world, sequence=3)
    first = key(any_world.communes[0])
    async with any_database.write() as session:
        row = await answers.answer_unit(session, any_world.actors["contact"], "hop", first, NO, " Bận ", NOW)
    assert (row.answer, row.answer_note, row.answered_at, row.answered_by, row.answer_sequence) == (
        NO, "Bận", NOW, "K’Brếp Đầu Mối", 3,
    )  # fmt: skip
    async with any_database.read() as session:
        [entry] = await list_entries(session, action="answer.record")
    assert entry.detail == {"unit": first, "answer": ["needs_action", "declined"], "how": "page", "note": "Bận"}


@pytest.mark.parametrize("who", ["delegate", "site1", "chair", "leader", "inspector", "technician"])
async def test_others_do_not_answer_for_the_unit(database: Database, world: World, meeting: Meeting, who: str) -> None:
    async with database.write() as session:
        with pytest.raises(NotAllowed):
            await answers.answer_unit(session, world.actors[who], "hop", key(world.communes[0]), YES, "", NOW)


async def test_contact_answers_for_no_other_unit(database: Database, world: World, meeting: Meeting) -> None:
    async with database.write() as session:
        with pytest.raises(NotAllowed):
            await answers.answer_unit(session, world.actors["contact"], "hop", key(world.communes[1]), YES, "", NOW)
        with pytest.raises(NotFound):
            await answers.answer_unit(session, world.actors["secretary"], "hop", key(world.department), YES, "", NOW)


async def test_answer_must_be_one_and_its_note_short(database: Database, world: World, meeting: Meeting) -> None:
    contact, first = world.actors["contact"], key(world.communes[0])
    async with database.write() as session:
        for answer, note, field in ((Answer.NEEDS_ACTION, "", "answer"), (YES, "x" * 301, "note")):
            with pytest.raises(Invalid) as refused:
                await answers.answer_unit(session, contact, "hop", first, answer, note, NOW)
            assert refused.value.field == field


async def test_unit_answers_until_the_meeting_begins(database: Database, world: World, meeting: Meeting) -> None:
    await change(database, meeting, status=MeetingStatus.IN_SESSION, started_at=NOW)
    async with database.write() as session:
        with pytest.raises(NotAllowed):
            await answers.answer_unit(session, world.actors["contact"], "hop", key(world.communes[0]), YES, "", NOW)


async def test_link_answers_for_one_person(any_database: Database, any_world: World) -> None:
    async with any_database.write() as session:
        await add_gathering(session, any_world)
    one, two = await register(any_database, any_world, "Nguyễn Văn An", "Ka Thị Hoa")
    token = await make_link(any_database, one)
    async with any_database.write() as session:
        await answers.answer_by_link(session, token, YES, "  Tôi sẽ\r\nđến  ", NOW)
    row = await load(any_database, one)
    assert (row.answer, row.answer_note, row.answered_by) == (YES, "Tôi sẽ đến", "link")
    assert (await load(any_database, two)).answer is Answer.NEEDS_ACTION
    async with any_database.read() as session:
        [entry] = await list_entries(session, action="answer.record")
    assert (entry.actor, entry.account_id, entry.detail["how"]) == ("Nguyễn Văn An", None, "link")


async def test_log_names_the_contact_who_answered_for_a_person(
    database: Database, world: World, meeting: Meeting
) -> None:
    contact = world.actors["contact"]
    [one] = await register(database, world, "Nguyễn Văn An")
    async with database.write() as session:
        await answers.answer_person(session, contact, "hop", one, YES, "", NOW)
    async with database.read() as session:
        [entry] = await list_entries(session, action="answer.record")
    assert (entry.actor, entry.account_id, entry.detail["delegate"]) == (contact.name, contact.account_id, one)


async def test_only_the_hash_of_a_link_is_kept(database: Database, world: World, meeting: Meeting) -> None:
    [one] = await register(database, world, "Nguyễn Văn An")
    token = await make_link(database, one)
    assert len(token) >= 43
    async with database.read() as session:
        [link] = (await session.exec(select(AnswerLink))).all()
    assert link.token_hash == hashlib.sha256(token.encode()).hexdigest()


async def test_link_of_an_earlier_letter_stays_good(database: Database, world: World, meeting: Meeting) -> None:
    [one] = await register(database, world, "Nguyễn Văn An")
    first, second = await make_link(database, one), await make_link(database, one)
    async with database.write() as session:
        await answers.answer_by_link(session, first, YES, "", NOW)
        await answers.answer_by_link(session, second, NO, "", NOW + timedelta(minutes=1))
    assert (await load(database, one)).answer is NO


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, "open"),
        ({"status": MeetingStatus.SCHEDULED}, "open"),
        ({"status": MeetingStatus.IN_SESSION, "ends_at": NOW}, "open"),
        ({"ends_at": NOW}, "ended"),
        ({"status": MeetingStatus.ENDED}, "ended"),
        ({"status": MeetingStatus.RECORDED}, "ended"),
        ({"status": MeetingStatus.CANCELLED}, "cancelled"),
        ({"status": MeetingStatus.POSTPONED}, "postponed"),
    ],
)
async def test_link_dies_with_the_meeting(
    database: Database, world: World, meeting: Meeting, values: dict[str, Any], state: str
) -> None:
    [one] = await register(database, world, "Nguyễn Văn An")
    token = await make_link(database, one)
    await change(database, meeting, starts_at=NOW - timedelta(hours=2), **values)
    async with database.write() as session:
        reply = await answers.open_link(session, token, NOW)
        assert reply is not None
        assert reply.state == state
        if state != "open":
            with pytest.raises(Conflict):
                await answers.answer_by_link(session, token, YES, "", NOW)
    assert (await load(database, one)).answer is (Answer.NEEDS_ACTION)


async def test_revoked_link_and_one_of_a_refused_substitute_answer_nothing(
    database: Database, world: World, meeting: Meeting
) -> None:
    one, two = await register(database, world, "Nguyễn Văn An", "Ka Thị Hoa")
    tokens = await make_link(database, one), await make_link(database, two)
    async with database.write() as session:
        await delegates.revoke_links(session, one, NOW)
        row = await session.get_one(Delegate, two)
        row.consent = Consent.REFUSED
        session.add(row)
    async with database.write() as session:
        for token in tokens:
            with pytest.raises(Conflict):
                await answers.answer_by_link(session, token, YES, "", NOW)
        with pytest.raises(NotFound):
            await answers.answer_by_link(session, "không có", YES, "", NOW)
        assert await answers.open_link(session, "", NOW) is None


@pytest.mark.parametrize(
    ("sequence", "minutes", "taken"), [(2, 1, True), (1, 1, False), (2, -1, False), (3, -1, True), (2, 0, True)]
)
async def test_older_answer_never_wins(
    database: Database, world: World, meeting: Meeting, sequence: int, minutes: int, taken: bool
) -> None:
    [one] = await register(database, world, "Nguyễn Văn An")
    async with database.write() as session:
        row = await session.get_one(Delegate, one)
        assert await answers.record_answer(session, row, YES, "", "page", 2, NOW)
        at = NOW + timedelta(minutes=minutes)
        assert await answers.record_answer(session, row, NO, "", "mail", sequence, at) is taken
        assert row.answer is (NO if taken else YES)


async def test_answer_on_a_page_counts_after_a_letter_of_a_series(
    database: Database, world: World, meeting: Meeting
) -> None:
    """Letters of a series bear its number, which may be higher than that of one meeting of it."""
    [one] = await register(database, world, "Nguyễn Văn An")
    async with database.write() as session:
        row = await session.get_one(Delegate, one)
        assert await answers.record_answer(session, row, YES, "", "mail", 7, NOW)
        assert await answers.record_answer(session, row, NO, "", "page", 0, NOW + timedelta(minutes=1))
        assert (row.answer, row.answer_sequence) == (NO, 7)


async def test_unit_answers_by_mail_too(database: Database, world: World, meeting: Meeting) -> None:
    async with database.write() as session:
        row = (await session.exec(select(Invitation).where(Invitation.unit_id == world.communes[1].id))).one()
        assert await answers.record_answer(session, row, MAYBE, "", "mail", 0, NOW)
    async with database.read() as session:
        bundle = await get_meeting(session, "hop")
    assert [each.invitation.answer for each in bundle.invitations] == [Answer.NEEDS_ACTION, MAYBE, Answer.NEEDS_ACTION]


async def test_person_with_an_account_answers_for_themselves_alone(
    database: Database, world: World, meeting: Meeting
) -> None:
    async with database.write() as session:
        mine = Delegate(
            meeting_id=key(meeting), unit_id=key(world.communes[0]), full_name="Lý Đại Biểu", added_at=NOW,
            person_id=world.actors["delegate"].person_id,
        )  # fmt: skip
        session.add(mine)
    [other] = await register(database, world, "Nguyễn Văn An")
    async with database.write() as session:
        await answers.answer_person(session, world.actors["delegate"], "hop", key(mine), YES, "", NOW)
        with pytest.raises(NotAllowed):
            await answers.answer_person(session, world.actors["delegate"], "hop", other, NO, "", NOW)
        await answers.answer_person(session, world.actors["contact"], "hop", other, NO, "", NOW)
    assert [(await load(database, one)).answer for one in (key(mine), other)] == [YES, NO]


async def test_units_are_counted_by_their_own_answer_or_their_peoples(any_database: Database, any_world: World) -> None:
    world = any_world
    async with any_database.write() as session:
        meeting = await add_gathering(session, world)
        empty = await add_meeting(session, world.province, world.chair, world.secretary, starts_at=TOMORROW)
    one, _two = await register(any_database, world, "Nguyễn Văn An", "Ka Thị Hoa")
    async with any_database.write() as session:
        await answers.answer_unit(session, world.actors["secretary"], "hop", key(world.communes[1]), NO, "", NOW)
        await answers.answer_person(session, world.actors["secretary"], "hop", one, YES, "", NOW)
    async with any_database.read() as session:
        tallies = await answers.tally_meetings(session, [key(meeting), key(empty)])
    assert tallies == {key(meeting): Tally(accepted=1, declined=1, waiting=1), key(empty): Tally()}
