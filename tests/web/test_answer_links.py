"""The link of a letter: it answers for one person, tells when it is no longer good, and is not to be guessed."""

from datetime import timedelta
from typing import Any

import pytest

from meetings.invitation_models import Delegate
from meetings.invitations import answers, delegates
from meetings.kinds import Answer
from meetings.models import Meeting, MeetingStatus
from tests.browsing import Site
from tests.factories import NOW, key
from tests.meetings.invitations.gathering import add_gathering, register
from web.auth import ADDRESS_FAILURES


@pytest.fixture
async def meeting(site: Site) -> Meeting:
    async with site.database.write() as session:
        return await add_gathering(session, site.world, title="Họp giao ban tháng 11", starts_at=NOW)


async def make_link(site: Site, name: str = "Nguyễn Văn An") -> tuple[str, int]:
    [one] = await register(site.database, site.world, name)
    async with site.database.write() as session:
        return f"/a/{await answers.make_link(session, await session.get_one(Delegate, one), NOW)}", one


async def answer_of(site: Site, delegate_id: int) -> Answer:
    async with site.database.read() as session:
        return (await session.get_one(Delegate, delegate_id)).answer


async def test_link_says_which_meeting_and_takes_the_answer(site: Site, meeting: Meeting) -> None:
    link, one = await make_link(site)
    visitor = site.visit()
    page = await visitor.open(link)
    for words in ("Họp giao ban tháng 11", "Thứ Ba, 24/11/2026, 08:00–10:00", "Điểm cầu xã Đức Trọng", "Trực tuyến"):
        assert words in page.words
    assert "Nguyễn Văn An" in page.words
    assert page.headers["Referrer-Policy"] == "same-origin"  # with no-referrer browsers send forms without origin
    assert page.headers["Cache-Control"] == "no-store"
    page = await visitor.send(link, {"answer": "accepted", "note": "Tôi sẽ đến"})
    assert page.location == f"{link}?done=answered"
    page = await visitor.open(page.location)
    assert "Đã ghi nhận: Sẽ dự" in page.words
    assert page.chosen("answer") == ["accepted"]
    assert await answer_of(site, one) is Answer.ACCEPTED


async def test_looking_at_a_link_answers_nothing(site: Site, meeting: Meeting) -> None:
    link, one = await make_link(site)
    for query in ("", "?answer=accepted", "?done=answered"):
        assert (await site.visit().open(link + query)).status == 200
        assert (await site.visit().request("HEAD", link + query)).status == 200
    assert await answer_of(site, one) is Answer.NEEDS_ACTION


async def test_form_of_another_site_answers_nothing(site: Site, meeting: Meeting) -> None:
    link, one = await make_link(site)
    page = await site.visit().request("POST", link, data={"answer": "accepted"})
    assert page.status == 403
    assert await answer_of(site, one) is Answer.NEEDS_ACTION


@pytest.mark.parametrize(
    "form", [{}, {"answer": "needs_action"}, {"answer": "x"}, {"answer": "accepted", "note": "x" * 301}]
)
async def test_faulty_answer_is_told_and_kept(site: Site, meeting: Meeting, form: dict[str, str]) -> None:
    link, one = await make_link(site)
    visitor = site.visit()
    await visitor.open(link)
    page = await visitor.send(link, form)
    assert page.status == 422
    assert page.faults
    assert form.get("note", "") in page.text
    assert await answer_of(site, one) is Answer.NEEDS_ACTION


@pytest.mark.parametrize(
    ("values", "status", "words"),
    [
        ({"status": MeetingStatus.CANCELLED, "status_reason": "Mưa bão"}, 410, "Cuộc họp đã hủy"),
        ({"status": MeetingStatus.ENDED}, 410, "Cuộc họp đã kết thúc"),
        ({"ends_at": NOW, "starts_at": NOW - timedelta(hours=1)}, 410, "Cuộc họp đã kết thúc"),
        ({"status": MeetingStatus.POSTPONED}, 200, "Cuộc họp đang tạm hoãn"),
    ],
)
async def test_link_that_is_no_longer_good_says_why(
    site: Site, meeting: Meeting, values: dict[str, Any], status: int, words: str
) -> None:
    link, one = await make_link(site)
    async with site.database.write() as session:
        row = await session.get_one(Meeting, meeting.id)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)
    visitor = site.visit()
    await visitor.open("/login")
    for page in (await visitor.open(link), await visitor.send(link, {"answer": "accepted"})):
        assert (page.status, words in page.words) == (status, True)
        assert "Gửi trả lời" not in page.words
    assert await answer_of(site, one) is Answer.NEEDS_ACTION


async def test_link_of_somebody_who_left_the_list_shows_no_meeting(site: Site, meeting: Meeting) -> None:
    link, one = await make_link(site)
    async with site.database.write() as session:
        await delegates.remove_delegate(session, site.world.actors["contact"], "hop", one, NOW)
    page = await site.visit().open(link)
    assert page.status == 410
    assert "Liên kết không còn hiệu lực" in page.words
    assert "Nguyễn Văn An" not in page.text
    assert "Họp giao ban" not in page.text


async def test_one_person_cannot_answer_for_another(site: Site, meeting: Meeting) -> None:
    link, one = await make_link(site)
    _other, two = await make_link(site, "Ka Thị Hoa")
    visitor = site.visit()
    await visitor.open(link)
    await visitor.send(link, {"answer": "declined", "delegate": str(two), "id": str(two)})
    assert await answer_of(site, one) is Answer.DECLINED
    assert await answer_of(site, two) is Answer.NEEDS_ACTION
    page = await (await site.sign_in("delegate")).send(
        "/meetings/hop/answer", {"delegate": str(two), "answer": "declined"}
    )
    assert page.status == 403


async def test_links_are_not_to_be_guessed(site: Site, meeting: Meeting) -> None:
    link, _one = await make_link(site)
    visitor = site.visit()
    for number in range(ADDRESS_FAILURES):
        page = await visitor.open(f"/a/{number:043}")
        assert (page.status, "Liên kết không đúng" in page.words) == (404, True)
    assert (await visitor.open(link)).status == 200, "others of this address have their own"
    for path in ("/a/khác", "/c/1-1-aaaaaaaaaaaaaaaa"):
        page = await visitor.open(path)
        assert page.status == 429
        assert "Đã mở quá nhiều liên kết không đúng từ mạng này." in page.words
    site.clock.move(minutes=16)
    assert (await visitor.open("/a/khác")).status == 404


async def test_odd_tokens_are_none(site: Site, meeting: Meeting) -> None:
    for token in ("%00", "x" * 5000, "%F0%9F%98%80", "%ff"):
        assert (await site.visit().open(f"/a/{token}")).status in (404, 400)


async def test_names_in_a_link_are_text(site: Site, meeting: Meeting) -> None:
    link, one = await make_link(site, "<script>alert(1)</script> An")
    page = await site.visit().open(link)
    assert "<script>alert" not in page.text
    assert await answer_of(site, one) is Answer.NEEDS_ACTION
    assert key(meeting)
