from dataclasses import replace

import pytest

from meetings.audit import list_entries
from meetings.calendar_models import AbsenceRequest
from meetings.errors import Conflict, Invalid, NotAllowed, NotFound
from meetings.invitation_models import Consent
from meetings.invitations import delegates, requests
from meetings.invitations.requests import RequestDraft
from meetings.kinds import Answer
from meetings.models import Meeting, MeetingStatus
from tests.factories import NOW, World, key
from tests.meetings.invitations.gathering import add_gathering, register
from web.database import Database

ABSENT = RequestDraft(
    full_name="Lý Đại Biểu", position="Chủ tịch UBND xã", is_head=True, reason="Họp Hội đồng nhân dân xã"
)
INSTEAD = replace(ABSENT, substitute_name="Nguyễn Văn An", substitute_position="Phó Chủ tịch UBND xã")


@pytest.fixture
async def meeting(database: Database, world: World) -> Meeting:
    async with database.write() as session:
        return await add_gathering(session, world)


async def ask(database: Database, world: World, draft: RequestDraft = ABSENT, who: str = "contact") -> AbsenceRequest:
    async with database.write() as session:
        return await requests.ask_chair(session, world.actors[who], "hop", key(world.communes[0]), draft, NOW)


async def decide(
    database: Database, world: World, row: AbsenceRequest, given: bool, note: str = "", who: str = "chair"
) -> AbsenceRequest:
    async with database.write() as session:
        return await requests.decide_request(session, world.actors[who], "hop", key(row), given, note, NOW)


async def test_unit_asks_and_who_cannot_come_is_on_the_list(any_database: Database, any_world: World) -> None:
    async with any_database.write() as session:
        meeting = await add_gathering(session, any_world)
    row = await ask(any_database, any_world)
    async with any_database.read() as session:
        [person] = await delegates.list_people(session, key(meeting))
        assert [each.id for each in await requests.list_requests(session, key(meeting))] == [row.id]
        assert await requests.list_requests(session, key(meeting), key(any_world.communes[1])) == []
    assert (row.state, row.delegate_id, row.reason) == (Consent.PENDING, person.id, "Họp Hội đồng nhân dân xã")
    assert (person.full_name, person.is_head, person.answer) == ("Lý Đại Biểu", True, Answer.NEEDS_ACTION)


async def test_chair_excuses(any_database: Database, any_world: World) -> None:
    async with any_database.write() as session:
        meeting = await add_gathering(session, any_world)
    row = await decide(any_database, any_world, await ask(any_database, any_world), True, "Cử cấp phó dự nghe.")
    assert (row.state, row.decided_by, row.decided_at) == (Consent.GIVEN, "Trần Văn Hiệp", NOW)
    async with any_database.read() as session:
        [person] = await delegates.list_people(session, key(meeting))
        actions = [entry.action for entry in await list_entries(session)]
    assert (person.answer, person.absence_reason) == (Answer.DECLINED, "Họp Hội đồng nhân dân xã")
    assert actions == ["request.decide", "request.ask"]


async def test_substitute_comes_with_the_chairs_consent(database: Database, world: World, meeting: Meeting) -> None:
    await register(
        database, world, delegates.DelegateDraft(full_name="Lý Đại Biểu", is_head=True, site_id=world.hall.id)
    )
    row = await decide(database, world, await ask(database, world, INSTEAD), True, who="secretary")
    async with database.read() as session:
        head, substitute = await delegates.list_people(session, key(meeting))
    assert head.answer is Answer.DECLINED
    assert (substitute.full_name, substitute.substitute_for, substitute.consent) == (
        "Nguyễn Văn An", "Lý Đại Biểu", Consent.GIVEN,
    )  # fmt: skip
    assert substitute.site_id == world.hall.id, "in the head's place"
    assert substitute.consent_by == row.decided_by == "Nguyễn Thị Thư (theo ý kiến chủ trì Trần Văn Hiệp)"


async def test_substitute_who_is_on_the_list_is_not_put_there_twice(
    database: Database, world: World, meeting: Meeting
) -> None:
    [known] = await register(database, world, "nguyễn văn an")
    await decide(database, world, await ask(database, world, INSTEAD), True)
    async with database.read() as session:
        people = await delegates.list_people(session, key(meeting))
    assert [(row.id == known, row.substitute_for) for row in people] == [(False, ""), (True, "Lý Đại Biểu")]


async def test_chair_refuses_with_a_reason(database: Database, world: World, meeting: Meeting) -> None:
    row = await ask(database, world, INSTEAD)
    with pytest.raises(Invalid) as refused:
        await decide(database, world, row, False)
    assert refused.value.field == "note"
    row = await decide(database, world, row, False, "Nội dung cần người đứng đầu quyết định.")
    assert (row.state, row.decision_note) == (Consent.REFUSED, "Nội dung cần người đứng đầu quyết định.")
    async with database.read() as session:
        [person] = await delegates.list_people(session, key(meeting))
    assert (person.full_name, person.answer) == ("Lý Đại Biểu", Answer.NEEDS_ACTION)
    again = await ask(database, world)
    assert again.id != row.id, "the unit may ask again"


async def test_what_is_decided_stays_decided(database: Database, world: World, meeting: Meeting) -> None:
    row = await decide(database, world, await ask(database, world), True)
    with pytest.raises(Conflict):
        await decide(database, world, row, False, "Nghĩ lại")
    async with database.write() as session:
        with pytest.raises(Conflict):
            await requests.withdraw_request(session, world.actors["contact"], "hop", key(row), NOW)


async def test_unit_takes_back_what_waits(database: Database, world: World, meeting: Meeting) -> None:
    row = await ask(database, world)
    with pytest.raises(Conflict):
        await ask(database, world)
    async with database.write() as session:
        await requests.withdraw_request(session, world.actors["contact"], "hop", key(row), NOW)
    async with database.write() as session:
        with pytest.raises(NotFound):
            await requests.decide_request(session, world.actors["chair"], "hop", key(row), True, "", NOW)
    await ask(database, world)


@pytest.mark.parametrize("who", ["delegate", "site1", "leader", "technician", "inspector"])
async def test_others_neither_ask_nor_decide(database: Database, world: World, meeting: Meeting, who: str) -> None:
    with pytest.raises(NotAllowed):
        await ask(database, world, who=who)
    row = await ask(database, world)
    with pytest.raises(NotAllowed):
        await decide(database, world, row, True, who=who)
    with pytest.raises(NotAllowed):
        await decide(database, world, row, True, who="contact")


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (replace(ABSENT, full_name=""), "full_name"),
        (replace(ABSENT, reason="  "), "reason"),
        (replace(ABSENT, reason="x" * 501), "reason"),
        (replace(ABSENT, substitute_position="Phó Chủ tịch"), "substitute_name"),
        (replace(ABSENT, substitute_name="A"), "substitute_name"),
        (replace(ABSENT, substitute_name="An Bình", substitute_position="x" * 151), "substitute_position"),
        (replace(ABSENT, substitute_name="lý đại biểu"), "substitute_name"),
    ],
)
async def test_wrong_request_is_refused_at_the_field(
    database: Database, world: World, meeting: Meeting, draft: RequestDraft, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await ask(database, world, draft)
    assert refused.value.field == field


async def test_nobody_asks_after_the_end(database: Database, world: World) -> None:
    async with database.write() as session:
        await add_gathering(session, world, status=MeetingStatus.ENDED)
    for who in ("contact", "secretary"):
        with pytest.raises(NotAllowed):
            await ask(database, world, who=who)
