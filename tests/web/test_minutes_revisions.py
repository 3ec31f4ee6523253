"""Kept revisions of minutes: what makes one, what differs between two, taking one up again, and a save overtaken."""

from typing import Any

import pytest
from sqlmodel import col, select

from tests.records import House, add_minutes, page_of
from transcripts.minutes_models import MinutesRevision, RevisionCause
from transcripts.models import Minutes


@pytest.fixture
async def draft(house: House) -> Minutes:
    async with house.database.write() as session:
        return await add_minutes(session, house.world)


async def save(house: House, page: str, minutes: Minutes, who: str = "secretary", **values: Any) -> None:
    latest = await house.latest(minutes.meeting_id)
    body = {"revision": latest.revision, "content": {**latest.content, **values}}
    assert (await house.post(who, f"{page}/save", json=body)).status == 200


async def revisions(house: House) -> list[MinutesRevision]:
    async with house.database.read() as session:
        return list((await session.exec(select(MinutesRevision).order_by(col(MinutesRevision.revision)))).all())


async def test_typing_on_keeps_the_last_of_a_minute_and_everything_else_its_own(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    for number in range(3):
        await save(house, page, draft, title=f"Bản {number}")
    await save(house, page, draft, "office", title="Của văn phòng")
    await save(house, page, draft, title="Của thư ký")
    kept = [(row.revision, row.cause, row.content["title"], row.saved_by) for row in await revisions(house)]
    secretary, office = (house.world.actors[who].name for who in ("secretary", "office"))
    assert kept == [
        (1, RevisionCause.DRAFT, draft.content["title"], ""),
        (4, RevisionCause.SAVE, "Bản 2", secretary),
        (5, RevisionCause.SAVE, "Của văn phòng", office),
        (6, RevisionCause.SAVE, "Của thư ký", secretary),
    ]


async def test_any_two_are_compared_word_by_word(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    await save(house, page, draft, title="Họp giao ban <b>tháng 12</b>")
    text = await (await house.go("secretary", f"{page}/revisions?from=1&to=2")).text()
    assert "<ins>&lt;b&gt;tháng" in text
    assert "<b>tháng" not in text
    assert "dòng không đổi" in text
    assert "Hai bản giống nhau" in await (await house.go("chair", f"{page}/revisions?from=2&to=2")).text()
    for query in ("from=99&to=1", "from=x&to=1"):
        assert (await house.go("secretary", f"{page}/revisions?{query}")).status == 404
    for who in ("delegate", "site1", "contact", "technician"):
        assert (await house.go(who, f"{page}/revisions")).status == 403, who


async def test_restored_revision_is_a_new_one_and_attendance_stays(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    first = draft.content["title"]
    await save(house, page, draft, title="Đã xóa nhầm", sections=[])
    latest = await house.latest(draft.meeting_id)
    form = {"revision": str(latest.revision)}
    assert (await house.post("leader", f"{page}/revisions/1/restore", form)).status == 403
    assert (await house.post("secretary", f"{page}/revisions/99/restore", form)).status == 404
    assert (await house.post("secretary", f"{page}/revisions/1/restore", {"revision": "1"})).status == 409
    assert (await house.post("secretary", f"{page}/revisions/1/restore", form)).status == 303
    restored = await house.latest(draft.meeting_id)
    assert (restored.revision, restored.content["title"]) == (latest.revision + 1, first)
    assert restored.content["attendance"] == latest.content["attendance"]
    assert [row.cause for row in await revisions(house)][-1] is RevisionCause.RESTORE
    assert len(await revisions(house)) == 3


async def test_revision_of_another_meeting_is_not_found(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    async with house.database.write() as session:
        other = await add_minutes(session, house.world, slug="other")
    theirs = next(row.id for row in await revisions(house) if row.minutes_id == other.id)
    assert (await house.go("secretary", f"{page}/revisions?from={theirs}&to=1")).status == 404
    answer = await house.post("secretary", f"{page}/revisions/{theirs}/restore", {"revision": "1"})
    assert answer.status == 404


async def test_overtaken_save_learns_what_stands_there(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    await save(house, page, draft, "office", title="Của văn phòng")
    body = {"revision": draft.revision, "content": {**draft.content, "title": "Của thư ký"}}
    answer = await house.post("secretary", f"{page}/save", json=body)
    told = await answer.json()
    assert answer.status == 409
    assert told["content"]["title"] == "Của văn phòng"
    assert (told["revision"], told["edited_by"]) == (draft.revision + 1, house.world.actors["office"].name)


async def test_struck_statement_stays_with_the_minutes_and_is_not_printed(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    sections = draft.content["sections"]
    said = sections[1]["statements"][0]
    said["struck"] = True
    await save(house, page, draft, sections=sections)
    assert (await house.latest(draft.meeting_id)).content["sections"][1]["statements"][0]["struck"] is True
    assert said["text"] in await (await house.go("secretary", page)).text()  # on the paper that is worked on
    assert said["text"] not in (await (await house.go("chair", page)).text()).partition("desk-transcript")[0]
