"""Closing a period, adjustments after it, explanations of units, and the number of secret meetings."""

from datetime import date

import pytest
from sqlmodel import select

from meetings.indicator.facts import refresh_fact
from meetings.kinds import Mode
from meetings.models import Invitation, Meeting, SecretMeetingCount
from tests.browsing import Browser, Page, Site
from tests.factories import key
from tests.web.ratio_history import hold_history

QUERY = "pair=province%3Acommune&calendar=civil&period=2026-10"


@pytest.fixture
async def held(site: Site) -> list[Meeting]:
    return await hold_history(site)


async def close(site: Site, who: str = "office") -> tuple[Browser, Page]:
    browser = await site.sign_in(who)
    await browser.open(f"/ratio/closings?{QUERY}")
    return browser, await browser.send(f"/ratio/closings?{QUERY}")


async def change_attendance(site: Site, meeting: Meeting, mode: Mode) -> None:
    async with site.database.write() as session:
        query = select(Invitation).where(Invitation.meeting_id == meeting.id)
        for invitation in (await session.exec(query)).all():
            invitation.confirmed_mode = mode
            session.add(invitation)
        await session.flush()
        await refresh_fact(session, key(meeting))


async def test_closed_period_keeps_its_figures_and_tells_later_changes(site: Site, held: list[Meeting]) -> None:
    browser, answer = await close(site)
    assert answer.status == 303
    page = await browser.open(answer.location)
    assert "80,0 %" in page.words.replace("\N{NO-BREAK SPACE}", " ")
    assert "Chưa đạt chỉ tiêu" in page.words
    assert "Khớp, không bị sửa" in page.words
    assert "Không có thay đổi nào kể từ khi chốt." in page.words
    await change_attendance(site, held[0], Mode.IN_HALL)
    page = await browser.open(answer.location)
    words = page.words.replace("\N{NO-BREAK SPACE}", " ")
    assert "1 cuộc họp thay đổi sau khi chốt." in words
    assert "80,0 %" in words, "what was closed"
    assert "60,0 %" in words, "what is known now"
    assert "Cách tính: khi chốt tính, trực tuyến; nay tính, không trực tuyến." in words
    assert "Xã Đức Trọng: khi chốt trực tuyến; nay tại điểm cầu chính." in words
    listed = await browser.open(f"/ratio/closings?{QUERY}")
    assert "Tháng 10/2026" in listed.words
    assert "Kỳ này đã chốt" in listed.words


async def test_closing_twice_or_too_early_is_refused_with_words(site: Site, held: list[Meeting]) -> None:
    browser, _answer = await close(site)
    again = await browser.send(f"/ratio/closings?{QUERY}")
    assert again.status == 409
    assert "đã được chốt số liệu" in again.words
    early = await browser.send("/ratio/closings?pair=province:commune&calendar=civil&period=2026")
    assert early.status == 409
    assert "chỉ chốt được số liệu từ ngày hôm sau" in early.words


async def test_unconfirmed_attendance_keeps_a_period_open(site: Site, held: list[Meeting]) -> None:
    async with site.database.write() as session:
        meeting = await session.get(Meeting, key(held[0]))
        assert meeting is not None
        meeting.attendance_confirmed_at = None
        session.add(meeting)
        await session.flush()
        await refresh_fact(session, key(held[0]))
    _browser, answer = await close(site)
    assert answer.status == 409
    assert "Còn 1 cuộc họp chưa xác nhận tham dự" in answer.words


async def test_only_the_office_closes(site: Site, held: list[Meeting]) -> None:
    for who in ("leader", "secretary", "inspector"):
        browser, answer = await close(site, who)
        assert answer.status == 403
        assert "Văn phòng là đơn vị chốt số liệu." in (await browser.open(f"/ratio/closings?{QUERY}")).words


async def test_unit_below_the_target_says_why(site: Site, held: list[Meeting]) -> None:
    await change_attendance(site, held[0], Mode.IN_HALL)
    url = f"/ratio/units/{site.world.communes[0].id}?{QUERY}"
    contact = await site.sign_in("contact")
    page = await contact.open(url)
    assert "Đơn vị dự trực tuyến 4/5 cuộc họp trong kỳ, thấp hơn chỉ tiêu." in page.words
    assert (await contact.send(url, {"text": "", "version": "0"})).faults["text"]
    answer = await contact.send(url, {"text": "Mất điện <b>ngày 06/10</b>.", "version": "0"})
    assert answer.status == 303
    page = await (await site.sign_in("leader")).open(url)
    assert "Mất điện <b>ngày 06/10</b>." in page.words
    assert "<b>ngày" not in page.text
    assert "<textarea" not in page.text
    stale = await contact.send(url, {"text": "Khác", "version": "0"})
    assert stale.status == 409
    assert "Khác" in stale.text


async def test_unit_that_reached_the_target_need_not_explain(site: Site, held: list[Meeting]) -> None:
    page = await (await site.sign_in("contact")).open(f"/ratio/units/{site.world.communes[0].id}?{QUERY}")
    assert "không cần giải trình" in page.words
    assert "<textarea" not in page.text


@pytest.mark.parametrize("who", ["delegate", "site1", "clerk", "technician"])
async def test_explanations_are_not_for_everybody(site: Site, held: list[Meeting], who: str) -> None:
    page = await (await site.sign_in(who)).open(f"/ratio/units/{site.world.communes[1].id}?{QUERY}")
    assert page.status == 403


async def test_contact_reads_no_other_unit(site: Site, held: list[Meeting]) -> None:
    page = await (await site.sign_in("contact")).open(f"/ratio/units/{site.world.communes[1].id}?{QUERY}")
    assert page.status == 403


async def test_secret_meetings_are_a_number_and_nothing_else(site: Site) -> None:
    office = await site.sign_in("office")
    page = await office.open("/ratio/secrets?year=2026")
    assert "01/10/2026 – 14/10/2026" in page.words
    assert "15/10/2026 – 31/10/2026" in page.words
    answer = await office.send("/ratio/secrets", table_of(("2026-10-01", "0", "0"), ("2026-10-15", "3", "0")))
    assert answer.location == "/ratio/secrets?year=2026&done=secrets"
    async with site.database.read() as session:
        [row] = (await session.exec(select(SecretMeetingCount))).all()
    assert (row.month, row.count) == (date(2026, 10, 15), 3)
    leader = await (await site.sign_in("leader")).open("/ratio/secrets?year=2026")
    assert "<form" not in leader.text.partition("<main")[2]


@pytest.mark.parametrize(
    ("count", "shown", "status"), [("-1", "0", 422), ("1001", "0", 422), ("x", "0", 422), ("1", "5", 409)]
)
async def test_wrong_number_is_told_at_its_field(site: Site, count: str, shown: str, status: int) -> None:
    office = await site.sign_in("office")
    await office.open("/ratio/secrets")
    page = await office.send("/ratio/secrets", table_of(("2026-09-15", "7", "0"), ("2026-10-01", count, shown)))
    assert page.status == status
    assert page.text.count('href="#count-2026-10-01"') == page.text.count('id="count-2026-10-01"') == 1
    assert f'value="{count}"' in page.text
    assert 'value="7"' in page.text
    async with site.database.read() as session:
        assert (await session.exec(select(SecretMeetingCount))).all() == []


async def test_numbers_of_secret_meetings_are_saved_at_once_and_only_where_they_changed(site: Site) -> None:
    office = await site.sign_in("office")
    await office.open("/ratio/secrets")
    await office.send("/ratio/secrets", table_of(("2026-10-01", "2", "0"), ("2026-10-15", "3", "0")))
    answer = await office.send("/ratio/secrets", table_of(("2026-10-01", "0", "0"), ("2026-10-15", "4", "3")))
    assert answer.status == 303
    async with site.database.read() as session:
        rows = (await session.exec(select(SecretMeetingCount))).all()
    assert {row.month.day: row.count for row in rows} == {1: 2, 15: 4}


def table_of(*rows: tuple[str, str, str]) -> list[tuple[str, str]]:
    """The screen's table as it is sent: half months, with the number typed and the one shown."""
    return [pair for row in rows for pair in zip(("half", "count", "shown"), row, strict=True)]
