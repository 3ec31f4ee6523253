"""Who comes: the list of people, answers on the meeting's page, what units ask the chair."""

import html
from datetime import timedelta

import pytest

from meetings.invitation_models import Consent, Delegate
from meetings.invitations.delegate_store import list_people, list_requests
from meetings.kinds import Answer
from meetings.meeting_store import get_meeting
from meetings.models import Meeting, MeetingStatus
from tests.browsing import Page, Site
from tests.factories import NOW, key
from tests.meetings.invitations.gathering import add_gathering, register

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
async def meeting(site: Site) -> Meeting:
    async with site.database.write() as session:
        return await add_gathering(session, site.world, title="Họp giao ban tháng 11")


async def people_of(site: Site, meeting: Meeting) -> list[Delegate]:
    async with site.database.read() as session:
        return await list_people(session, key(meeting))


async def add(at: Site, who: str = "contact", **form: str) -> Page:
    unit = {"unit": str(at.world.communes[0].id), "do": "add"}
    return await (await at.sign_in(who)).send("/meetings/hop/delegates", unit | form)


async def test_contact_registers_a_person(site: Site, meeting: Meeting) -> None:
    page = await add(
        site, full_name="Lý  Đại Biểu", position="Chủ tịch UBND xã", email="ly@lamdong.gov.vn", is_head="1"
    )
    unit = site.world.communes[0].id
    assert (page.status, page.location) == (303, f"/meetings/hop/delegates?unit={unit}&done=people")
    page = await (await site.sign_in("contact")).open(page.location)
    assert "Lý Đại Biểu" in page.words
    assert "Người đứng đầu" in page.words
    assert "ly@lamdong.gov.vn" in page.words
    assert "1 người 0 dự, 0 vắng, 1 chưa trả lời" in page.words


async def test_list_is_pasted_at_once(site: Site, meeting: Meeting) -> None:
    lines = "1. Nguyễn Văn An; Phó Chủ tịch; an@lamdong.gov.vn\nKa Thị Hoa\tTrưởng phòng\n"
    page = await add(site, do="paste", lines=lines, site=str(site.world.hall.id))
    assert page.status == 303
    assert [(row.full_name, row.position, row.site_id) for row in await people_of(site, meeting)] == [
        ("Nguyễn Văn An", "Phó Chủ tịch", site.world.hall.id),
        ("Ka Thị Hoa", "Trưởng phòng", site.world.hall.id),
    ]


async def test_wrong_lines_are_told_and_nothing_typed_is_lost(site: Site, meeting: Meeting) -> None:
    await add(site, full_name="Ka Thị Hoa")
    lines = "Nguyễn Văn An\nA\nKa Thị Hoa\nLê Văn Cường; Kế toán; không-phải-email"
    page = await add(site, do="paste", lines=lines)
    assert page.status == 422
    assert "Có 3 dòng cần sửa. Chưa có ai được thêm." in page.words
    assert "Dòng 2: Hãy nhập họ tên, từ 2 đến 100 ký tự." in page.words
    assert "Dòng 3: Ka Thị Hoa đã có trong danh sách." in page.words
    assert "Dòng 4: Địa chỉ email “không-phải-email” chưa đúng" in page.words
    assert html.escape(lines, quote=False) in page.text
    assert len(await people_of(site, meeting)) == 1


async def test_ten_thousand_pasted_names_are_refused(site: Site, meeting: Meeting) -> None:
    page = await add(site, do="paste", lines="\n".join(f"Nguyễn Văn Số {number}" for number in range(10_000)))
    assert page.status == 422
    assert "Mỗi lần nhập được tối đa 200 người" in page.words
    assert await people_of(site, meeting) == []


async def test_refused_person_keeps_what_was_typed(site: Site, meeting: Meeting) -> None:
    page = await add(site, full_name="Nguyễn Văn An", position="Phó Chủ tịch", email="an@")
    assert page.status == 422
    assert page.faults == {"email": "Địa chỉ email “an@” chưa đúng, ví dụ đúng: ten@lamdong.gov.vn."}
    assert (page.value("full_name"), page.value("email")) == ("Nguyễn Văn An", "an@")


async def test_names_are_text_wherever_they_are_shown(site: Site, meeting: Meeting) -> None:
    await register(site.database, site.world, HOSTILE)
    async with site.database.write() as session:
        [row] = await list_people(session, key(meeting))
        row.answer_note, row.position, row.substitute_for, row.consent = HOSTILE, HOSTILE, HOSTILE, Consent.PENDING
        session.add(row)
    for who, path in (
        ("contact", "/meetings/hop/delegates"),
        ("contact", f"/meetings/hop/delegates/{row.id}"),
        ("secretary", "/meetings/hop"),
        ("chair", "/meetings/hop/requests"),
    ):
        page = await (await site.sign_in(who)).open(path)
        assert page.status == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text


async def test_person_is_corrected_and_removed(site: Site, meeting: Meeting) -> None:
    [one] = await register(site.database, site.world, "Nguyễn Văn An")
    contact = await site.sign_in("contact")
    page = await contact.open(f"/meetings/hop/delegates/{one}")
    assert page.value("full_name") == "Nguyễn Văn An"
    page = await contact.send(f"/meetings/hop/delegates/{one}", {"full_name": "Nguyễn Văn Anh", "position": "Kế toán"})
    assert page.status == 303
    assert [(row.full_name, row.position) for row in await people_of(site, meeting)] == [("Nguyễn Văn Anh", "Kế toán")]
    assert (await contact.send(f"/meetings/hop/delegates/{one}", {"full_name": ""})).status == 422
    assert (await contact.send(f"/meetings/hop/delegates/{one}/remove")).location.endswith("done=person_removed")
    assert await people_of(site, meeting) == []
    assert (await contact.open(f"/meetings/hop/delegates/{one}")).status == 404


async def test_substitute_waits_and_the_chair_consents(site: Site, meeting: Meeting) -> None:
    await add(site, full_name="Nguyễn Văn An", substitute_for="Lý Đại Biểu")
    [row] = await people_of(site, meeting)
    page = await (await site.sign_in("secretary")).open("/meetings/hop")
    assert "1 chờ ý kiến" in page.words
    chair = await site.sign_in("chair")
    page = await chair.open("/meetings/hop/requests")
    assert "Nguyễn Văn An" in page.words
    assert "đi thay Lý Đại Biểu" in page.words
    page = await chair.send(f"/meetings/hop/delegates/{row.id}/consent", {"given": "1", "from": "requests"})
    assert page.location == "/meetings/hop/requests?done=consented"
    [row] = await people_of(site, meeting)
    assert (row.consent, row.consent_by) == (Consent.GIVEN, "Trần Văn Hiệp")


async def test_others_see_how_many_come_but_not_who(site: Site, meeting: Meeting) -> None:
    await register(site.database, site.world, "Nguyễn Văn An")
    page = await (await site.sign_in("site2")).open("/meetings/hop")
    assert "1 người đăng ký" in page.words
    first = site.world.communes[0].id
    page = await (await site.sign_in("site2")).open(f"/meetings/hop/delegates?unit={first}")
    assert page.status == 404
    assert "Nguyễn Văn An" not in page.text


async def test_unit_answers_on_the_page_of_the_meeting(site: Site, meeting: Meeting) -> None:
    contact = await site.sign_in("contact")
    page = await contact.open("/meetings/hop")
    assert "Xã Đức Trọng có dự họp không?" in page.words
    unit = str(site.world.communes[0].id)
    page = await contact.send("/meetings/hop/answer", {"unit": unit, "answer": "declined", "note": "Họp HĐND xã"})
    assert page.location == "/meetings/hop?done=answered"
    page = await contact.open("/meetings/hop")
    assert "0 dự, 1 vắng, 2 chưa trả lời" in page.words
    assert "“Họp HĐND xã”" in page.words
    assert (await contact.send("/meetings/hop/answer", {"unit": unit, "answer": "vâng"})).status == 422
    other = str(site.world.communes[1].id)
    assert (await contact.send("/meetings/hop/answer", {"unit": other, "answer": "accepted"})).status == 403
    async with site.database.read() as session:
        bundle = await get_meeting(session, "hop")
    assert [each.invitation.answer for each in bundle.invitations] == [
        Answer.DECLINED, Answer.NEEDS_ACTION, Answer.NEEDS_ACTION,
    ]  # fmt: skip


async def test_answer_given_before_a_change_is_shown_as_such(site: Site, meeting: Meeting) -> None:
    contact, unit = await site.sign_in("contact"), str(site.world.communes[0].id)
    await contact.send("/meetings/hop/answer", {"unit": unit, "answer": "accepted"})
    async with site.database.write() as session:
        row = await session.get_one(Meeting, meeting.id)
        row.starts_at, row.sequence = row.starts_at + timedelta(minutes=30), row.sequence + 1
        session.add(row)
    assert "Sẽ dự (trước khi đổi lịch)" in (await contact.open("/meetings/hop")).words


async def test_person_with_an_account_answers_for_themselves(site: Site, meeting: Meeting) -> None:
    await add(site, full_name="Lý Đại Biểu", position="Chủ tịch UBND xã")
    [row] = await people_of(site, meeting)
    delegate = await site.sign_in("delegate")
    assert "Bạn có dự họp không?" in (await delegate.open("/meetings/hop")).words
    page = await delegate.send("/meetings/hop/answer", {"delegate": str(row.id), "answer": "tentative"})
    assert page.status == 303
    [row] = await people_of(site, meeting)
    assert (row.answer, row.answered_by) == (Answer.TENTATIVE, "page")


async def test_unit_asks_and_the_chair_decides_with_a_note(site: Site, meeting: Meeting) -> None:
    contact = await site.sign_in("contact")
    form = {
        "unit": str(site.world.communes[0].id), "full_name": "Lý Đại Biểu", "is_head": "1", "reason": "Họp HĐND xã",
        "substitute_name": "Nguyễn Văn An", "substitute_position": "Phó Chủ tịch",
    }  # fmt: skip
    page = await contact.send("/meetings/hop/requests", form | {"reason": ""})
    assert (page.status, page.value("substitute_name")) == (422, "Nguyễn Văn An")
    assert (await contact.send("/meetings/hop/requests", form)).location == "/meetings/hop/requests?done=asked"
    async with site.database.read() as session:
        [row] = await list_requests(session, key(meeting))
    chair, decide = await site.sign_in("chair"), f"/meetings/hop/requests/{row.id}/decide"
    page = await chair.send(decide, {"given": "0", "note": ""})
    assert page.status == 422
    assert "Cần nêu lý do không đồng ý để đơn vị biết." in page.words
    assert (await chair.send(decide, {"given": "1", "note": "Cử đúng thành phần."})).status == 303
    assert (await chair.send(decide, {"given": "0", "note": "x"})).status == 409
    page = await contact.open("/meetings/hop/requests")
    assert "Chủ trì đồng ý" in page.words
    assert "“Cử đúng thành phần.”" in page.words
    people = {row.full_name: row for row in await people_of(site, meeting)}
    assert people["Lý Đại Biểu"].answer is Answer.DECLINED
    assert people["Nguyễn Văn An"].consent is Consent.GIVEN


async def test_request_is_taken_back(site: Site, meeting: Meeting) -> None:
    contact = await site.sign_in("contact")
    form = {"unit": str(site.world.communes[0].id), "full_name": "Lý Đại Biểu", "reason": "Ốm"}
    await contact.send("/meetings/hop/requests", form)
    assert (await contact.send("/meetings/hop/requests/1/withdraw")).location.endswith("done=withdrawn")
    async with site.database.read() as session:
        assert await list_requests(session, key(meeting)) == []


async def test_late_addition_is_marked_on_the_page(site: Site) -> None:
    async with site.database.write() as session:
        await add_gathering(session, site.world, status=MeetingStatus.IN_SESSION, started_at=NOW, starts_at=NOW)
    await add(site, who="secretary", full_name="Nguyễn Văn An")
    page = await (await site.sign_in("contact")).open("/meetings/hop/delegates")
    assert "bổ sung lúc 08:00, 24/11/2026 (Nguyễn Thị Thư)" in page.words
