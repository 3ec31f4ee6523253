"""The chair's word reaches the unit and whom it concerns, once, and with it the invitation of a substitute."""

import pytest
from sqlmodel import col, select

from meetings.document_models import DocumentState, OfficialDocument
from meetings.invitation_models import Mail
from meetings.invitations import delegates, requests
from meetings.invitations.delegates import DelegateDraft
from meetings.invitations.notices import queue_invitation
from meetings.invitations.requests import RequestDraft
from meetings.kinds import Consent
from meetings.meeting_store import get_meeting
from meetings.models import Unit
from tests.factories import NOW, World, key
from tests.meetings.invitations.gathering import add_gathering, register
from web.database import Database

UNIT, WHO = "vanthu@ductrong.vn", "an@ductrong.vn"
SUBSTITUTE = DelegateDraft(full_name="Nguyễn Văn An", position="Phó Chủ tịch", email=WHO, substitute_for="Lý Đại Biểu")


@pytest.fixture(autouse=True)
async def invited(database: Database, world: World) -> OfficialDocument:
    """A meeting to which the first commune, which has a mailbox, was invited."""
    async with database.write() as session:
        meeting = await add_gathering(session, world)
        unit = await session.get_one(Unit, key(world.communes[0]))
        unit.email = UNIT
        document = OfficialDocument(
            meeting_id=key(meeting), organ_unit_id=key(world.province), symbol="GM-UBND", number=5, year=2026,
            issued_on=NOW.date(), issued_at=NOW, state=DocumentState.ISSUED, signed_file="1.pdf", drafted_at=NOW,
        )  # fmt: skip
        session.add_all([unit, document])
        return document


async def send_out(database: Database, document: OfficialDocument) -> list[str]:
    async with database.write() as session:
        return [
            mail.recipient for mail in await queue_invitation(session, await get_meeting(session, "hop"), document, NOW)
        ]


async def decide(database: Database, world: World, delegate_id: int, given: bool) -> list[Mail]:
    """What left because of it."""
    async with database.write() as session:
        before = set((await session.exec(select(Mail.id))).all())
        await delegates.decide_place(session, world.actors["chair"], "hop", delegate_id, given, NOW)
        return list((await session.exec(select(Mail).where(col(Mail.id).not_in(before)))).all())


def describe(letters: list[Mail]) -> set[tuple[str, str, str]]:
    return {(mail.recipient, mail.subject.partition(":")[0], mail.body.splitlines()[2]) for mail in letters}


async def test_substitute_is_invited_once_the_chair_agrees(
    database: Database, world: World, invited: OfficialDocument
) -> None:
    [who] = await register(database, world, SUBSTITUTE)
    assert WHO not in await send_out(database, invited)
    letters = await decide(database, world, who, True)
    word = "Chủ trì đồng ý để ông (bà) Nguyễn Văn An, Phó Chủ tịch đi thay ông (bà) Lý Đại Biểu dự cuộc họp dưới đây."
    assert (UNIT, "Ý kiến của chủ trì", word) in describe(letters)
    assert {(mail.recipient, mail.method) for mail in letters} == {(UNIT, ""), (WHO, "REQUEST")}
    assert await decide(database, world, who, True) == [], "the same word is told once"


async def test_substitute_who_is_refused_is_told_and_not_invited(database: Database, world: World) -> None:
    [who] = await register(database, world, SUBSTITUTE)
    what = "ông (bà) Nguyễn Văn An, Phó Chủ tịch đi thay ông (bà) Lý Đại Biểu dự cuộc họp dưới đây."
    word = f"Chủ trì không đồng ý để {what}"
    letters = await decide(database, world, who, False)
    assert describe(letters) == {(UNIT, "Ý kiến của chủ trì", word), (WHO, "Ý kiến của chủ trì", word)}
    assert {mail.method for mail in letters} == {""}


async def test_substitute_whom_the_chair_refuses_after_all_loses_the_entry_in_the_calendar(
    database: Database, world: World
) -> None:
    [who] = await register(database, world, SUBSTITUTE)
    await decide(database, world, who, True)
    letters = await decide(database, world, who, False)
    assert {(mail.recipient, mail.method) for mail in letters} == {(UNIT, ""), (WHO, "CANCEL")}


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        (True, ["Chủ trì đồng ý để ông (bà) Lý Đại Biểu dự cuộc họp dưới đây tại {hall}."]),
        (
            False,
            [
                "Chủ trì không đồng ý để ông (bà) Lý Đại Biểu dự cuộc họp dưới đây tại {hall}.",
                "Đề nghị dự họp tại {site} như đã mời.",
            ],
        ),
    ],
)
async def test_head_and_unit_are_told_of_the_seat(
    database: Database, world: World, given: bool, lines: list[str]
) -> None:
    draft = DelegateDraft(full_name="Lý Đại Biểu", email=WHO, is_head=True, site_id=world.hall.id)
    [head] = await register(database, world, draft)
    letters = await decide(database, world, head, given)
    assert {mail.recipient for mail in letters} == {UNIT, WHO}
    told = [line.format(hall=world.hall.name, site=world.sites[0].name) for line in lines]
    for mail in letters:
        assert mail.body.splitlines()[2 : 2 + len(told)] == told


@pytest.mark.parametrize("given", [True, False])
async def test_unit_and_absent_head_are_told_of_the_answer_to_a_request(
    database: Database, world: World, given: bool
) -> None:
    await register(database, world, DelegateDraft(full_name="Lý Đại Biểu", email=WHO, is_head=True))
    draft = RequestDraft(full_name="Lý Đại Biểu", reason="Họp Hội đồng", substitute_name="Nguyễn Văn An")
    async with database.write() as session:
        row = await requests.ask_chair(session, world.actors["contact"], "hop", key(world.communes[0]), draft, NOW)
        before = set((await session.exec(select(Mail.id))).all())
        await requests.decide_request(
            session, world.actors["chair"], "hop", key(row), given, "Cần người đứng đầu báo cáo.", NOW
        )
        letters = list((await session.exec(select(Mail).where(col(Mail.id).not_in(before)))).all())
    said = "đồng ý" if given else "không đồng ý"
    for mail in letters:
        assert mail.body.splitlines()[2:4] == [
            f"Chủ trì {said} để ông (bà) Nguyễn Văn An đi thay ông (bà) Lý Đại Biểu dự cuộc họp dưới đây.",
            "Ý kiến của chủ trì: Cần người đứng đầu báo cáo.",
        ]
    assert {mail.recipient for mail in letters} == {UNIT, WHO}
    assert row.state is (Consent.GIVEN if given else Consent.REFUSED)
