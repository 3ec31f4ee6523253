"""Comments of the sites on draft minutes: who reads, who writes, until when; taken in, answered, kept; never markup."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from meetings.invitation_models import Mail
from meetings.invitations.mail_store import is_stale
from meetings.models import Unit
from tests.factories import NOW
from tests.records import House, add_minutes, page_of
from transcripts import comment_actions
from transcripts.minutes_models import CommentState, MinutesComment
from transcripts.models import Minutes, MinutesState

TODAY = "24/11/2026"
PLACE = "sections.1.statements.0.text"
EVIL = '</textarea><script>alert(1)</script>"><img src=x onerror=alert(2)>'


@pytest.fixture
async def page(house: House) -> str:
    async with house.database.write() as session:
        minutes = await add_minutes(session, house.world)
    return await page_of(house, minutes)


async def latest(house: House) -> Minutes:
    async with house.database.read() as session:
        return (await session.exec(select(Minutes).order_by(col(Minutes.id).desc()).limit(1))).one()


async def comments(house: House) -> list[MinutesComment]:
    async with house.database.read() as session:
        return list((await session.exec(select(MinutesComment).order_by(col(MinutesComment.id)))).all())


async def open_draft(house: House, page: str, day: str = TODAY) -> None:
    form = {"revision": str((await latest(house)).revision), "comments_until": day}
    assert (await house.post("secretary", f"{page}/comments/open", form)).status == 303


async def quoted(house: House) -> str:
    text: str = (await latest(house)).content["sections"][1]["statements"][0]["text"]
    return text


async def send(house: House, page: str, who: str = "contact", **values: str) -> int:
    form = {"place": PLACE, "quote": await quoted(house), "text": "", "proposal": "", **values}
    return (await house.post(who, f"{page}/comments", form)).status


async def test_draft_is_for_the_contacts_only_while_it_is_out_for_comments(house: House, page: str) -> None:
    draft = await quoted(house)
    assert (await house.go("contact", f"{page}/comments")).status == 404
    await open_draft(house, page)
    assert (await latest(house)).state is MinutesState.COMMENTS
    assert draft in await (await house.go("contact", f"{page}/comments")).text()
    text = await (await house.go("contact", page)).text()
    assert "Đọc dự thảo và góp ý" in text
    assert draft not in text
    title = (await latest(house)).content["title"]
    assert title in await (await house.go("contact", "/minutes")).text()
    assert title not in await (await house.go("delegate", "/minutes")).text()
    for who in ("delegate", "site1", "technician", "administrator"):
        assert (await house.go(who, f"{page}/comments")).status == 403, who
    assert (await house.go("clerk", f"{page}/comments")).status == 404
    form = {"revision": str((await latest(house)).revision)}
    assert (await house.post("secretary", f"{page}/comments/close", form)).status == 303
    assert (await house.go("contact", f"{page}/comments")).status == 404


async def test_only_a_contact_comments_and_only_until_the_day(house: House, page: str) -> None:
    assert await send(house, page, text="sớm") == 404
    await open_draft(house, page)
    for who in ("secretary", "chair", "leader", "inspector", "delegate", "site1"):
        assert await send(house, page, who, text="không phải đầu mối") == 403, who
    assert await send(house, page, text="Đề nghị bổ sung số liệu") == 303
    async with house.database.write() as session:
        minutes = await session.get_one(Minutes, (await latest(house)).id)
        minutes.comments_until = NOW.date() - timedelta(days=1)
    assert await send(house, page, text="muộn") == 409
    assert [row.text for row in await comments(house)] == ["Đề nghị bổ sung số liệu"]


@pytest.mark.parametrize("day", ["", "23/11/2026", "24/11/2027", "hôm nào đó"])
async def test_day_must_be_one_that_fits(house: House, page: str, day: str) -> None:
    form = {"revision": str((await latest(house)).revision), "comments_until": day}
    assert (await house.post("secretary", f"{page}/comments/open", form)).status == 422
    assert (await latest(house)).state is MinutesState.DRAFT


async def test_accepted_proposal_stands_in_the_text_and_is_a_revision(house: House, page: str) -> None:
    await open_draft(house, page)
    assert await send(house, page, proposal="Số liệu đã được huyện sửa lại.") == 303
    shown = await (await house.go("secretary", f"{page}/comments")).text()
    assert "<ins>" in shown
    before = await latest(house)
    form = {"revision": str(before.revision), "written": "Số liệu đã được sửa lại.", "answer": "Cảm ơn huyện"}
    assert (await house.post("contact", f"{page}/comments/1/accept", form)).status == 403
    assert (await house.post("secretary", f"{page}/comments/1/accept", form)).status == 303
    after = await latest(house)
    assert after.content["sections"][1]["statements"][0]["text"] == "Số liệu đã được sửa lại."
    assert after.revision == before.revision + 1
    (comment,) = await comments(house)
    assert (comment.state, comment.proposal) == (CommentState.ACCEPTED, "Số liệu đã được huyện sửa lại.")
    text = await (await house.go("contact", f"{page}/comments")).text()
    assert "Đã tiếp thu" in text
    assert "Cảm ơn huyện" in text
    form["revision"] = str(after.revision)
    assert (await house.post("secretary", f"{page}/comments/1/accept", form)).status == 409  # once


async def test_comment_on_a_text_that_changed_waits_with_what_was_typed(house: House, page: str) -> None:
    await open_draft(house, page)
    old = await quoted(house)
    assert await send(house, page, proposal="Theo bản cũ") == 303
    minutes = await latest(house)
    content = minutes.content
    content["sections"][1]["statements"][0]["text"] = "Thư ký viết lại cả đoạn."
    saved = await house.post("secretary", f"{page}/save", json={"revision": minutes.revision, "content": content})
    assert saved.status == 200
    form = {"place": PLACE, "quote": old, "text": "ý kiến dài và quý", "proposal": ""}
    refused = await house.post("contact", f"{page}/comments", form)
    assert refused.status == 409
    assert "ý kiến dài và quý" in await refused.text()
    accept = {"revision": str((await latest(house)).revision), "written": "Theo bản cũ, có sửa"}
    refused = await house.post("secretary", f"{page}/comments/1/accept", accept)
    assert refused.status == 409
    assert "Theo bản cũ, có sửa" in await refused.text()
    assert await quoted(house) == "Thư ký viết lại cả đoạn."
    accept = {"revision": str((await latest(house)).revision), "written": ""}
    assert (await house.post("secretary", f"{page}/comments/1/accept", accept)).status == 303


async def test_answer_says_why_and_stays_after_the_minutes_are_submitted(house: House, page: str) -> None:
    await open_draft(house, page)
    assert await send(house, page, text="Đề nghị nêu tên dự án") == 303
    assert (await house.post("secretary", f"{page}/comments/1/answer", {"answer": " "})).status == 422
    assert (await house.post("secretary", f"{page}/comments/1/answer", {"answer": "Đã nêu ở mục 2"})).status == 303
    form = {"revision": str((await latest(house)).revision)}
    assert (await house.post("secretary", f"{page}/submit", form)).status == 303
    draft = await quoted(house)
    text = await (await house.go("contact", f"{page}/comments")).text()
    assert "Đã nêu ở mục 2" in text
    assert text.count(draft) == 1  # as what the comment was about, and no longer as the draft
    assert "1 góp ý" not in await (await house.go("secretary", page)).text()


async def test_comments_are_never_markup(house: House, page: str) -> None:
    await open_draft(house, page)
    assert await send(house, page, text=EVIL, proposal=EVIL) == 303
    assert await send(house, page, place="", quote="", text=EVIL) == 303
    for who in ("secretary", "contact", "leader"):
        text = await (await house.go(who, f"{page}/comments?place={PLACE}")).text()
        assert "<script>alert" not in text
        assert "<img src=x" not in text
    answer = await house.post("secretary", f"{page}/comments/1/accept", {"revision": "0", "written": EVIL})
    assert "<script>alert" not in await answer.text()


@pytest.mark.parametrize("place", ["sections.99.title", "title", "../x", "sections.0.statements", "a" * 200])
async def test_place_that_is_none_is_refused(house: House, page: str, place: str) -> None:
    await open_draft(house, page)
    assert await send(house, page, place=place, quote="x", text="y") == 409
    assert await comments(house) == []


async def test_empty_comment_is_refused(house: House, page: str) -> None:
    await open_draft(house, page)
    assert await send(house, page) == 422
    assert await send(house, page, proposal=await quoted(house)) == 422


async def test_unit_that_has_sent_its_fill_is_told_what_to_do(
    house: House, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comment_actions, "MOST_COMMENTS", 1)
    await open_draft(house, page)
    assert await send(house, page, text="Góp ý thứ nhất") == 303
    form = {"place": "", "quote": "", "text": "Góp ý thứ hai", "proposal": ""}
    refused = await house.post("contact", f"{page}/comments", form)
    text = await refused.text()
    assert (refused.status, "Mỗi đơn vị gửi được 1 góp ý" in text, "Góp ý thứ hai" in text) == (409, True, True)
    assert len(await comments(house)) == 1


async def test_units_are_asked_by_letter_once_for_a_day(house: House, page: str) -> None:
    async with house.database.write() as session:
        unit = await session.get_one(Unit, house.world.communes[0].id)
        unit.email = "ductrong@lamdong.gov.vn"
    draft = await quoted(house)
    for day in (TODAY, TODAY, "26/11/2026"):
        await open_draft(house, page, day)
    async with house.database.read() as session:
        letters = (await session.exec(select(Mail).where(Mail.recipient == "ductrong@lamdong.gov.vn"))).all()
    assert [letter.subject.partition(":")[0] for letter in letters] == ["Lấy ý kiến dự thảo biên bản"] * 2
    assert "đến hết ngày 26/11/2026" in letters[1].body
    assert f"{page}/comments" in letters[1].body
    assert draft not in letters[1].body
    async with house.database.read() as session:
        assert not await is_stale(session, letters[1], NOW)  # though the meeting is over
