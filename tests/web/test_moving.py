"""Moving a meeting: the page, and what dragging on the calendar sends."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from meetings import actions
from meetings.meeting_store import get_meeting
from meetings.models import Meeting, MeetingStatus
from tests.browsing import Browser, Site
from tests.factories import TOMORROW, key, make_draft
from tests.meetings.booking import EVENING

TIMES = {"starts_on": "26/11/2026", "starts_at": "14:00", "ends_on": "", "ends_at": "15:30"}


@pytest.fixture
async def meeting(site: Site) -> Meeting:
    async with site.database.write() as session:
        return await actions.book_meeting(session, site.world.actors["secretary"], make_draft(site.world), site.clock())


async def drop(browser: Browser, slug: str, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    """As the script of the calendar sends it."""
    page = await browser.send(f"/meetings/{slug}/move", form, Accept="application/json")
    answer: dict[str, Any] = json.loads(page.text)
    return page.status, answer


async def start_of(site: Site, slug: str) -> str:
    async with site.database.read() as session:
        return (await get_meeting(session, slug)).meeting.starts_at.isoformat()


async def test_meeting_is_moved_on_the_page(site: Site, meeting: Meeting) -> None:
    browser = await site.sign_in("secretary")
    page = await browser.open(f"/meetings/{meeting.slug}/move")
    assert [page.value(name) for name in TIMES] == ["25/11/2026", "08:00", "", "10:00"]
    moved = await browser.send(f"/meetings/{meeting.slug}/move", TIMES | {"version": page.value("version")})
    assert (moved.status, moved.location) == (303, f"/meetings/{meeting.slug}?done=moved")
    assert await start_of(site, meeting.slug) == "2026-11-26T07:00:00+00:00"


async def test_dropped_meeting_is_moved_and_told_when_it_is_now(site: Site, meeting: Meeting) -> None:
    browser = await site.sign_in("secretary")
    await browser.open("/meetings")
    status, answer = await drop(browser, meeting.slug, TIMES | {"version": "1"})
    assert (status, answer["ok"], answer["version"]) == (200, True, 2)
    assert answer["said"] == f"Đã chuyển “{meeting.title}” sang Thứ Năm, 26/11/2026, 14:00–15:30."


async def test_refused_move_tells_every_clash_and_proposes_free_times(site: Site, meeting: Meeting) -> None:
    async with site.database.write() as session:
        draft = make_draft(site.world, starts_at=EVENING, title="Họp chiều")
        other = await actions.book_meeting(session, site.world.actors["secretary"], draft, site.clock())
    browser = await site.sign_in("secretary")
    await browser.open("/meetings")
    wish = {"starts_on": "25/11/2026", "starts_at": "08:30", "ends_at": "10:30", "version": "1"}
    status, answer = await drop(browser, other.slug, wish)
    assert status == 409
    assert answer["faults"] == [
        f"Phòng họp số 1, UBND tỉnh đã có cuộc họp “{meeting.title}” lúc 08:00–10:00 25/11/2026.",
        f"Trần Văn Hiệp đã chủ trì cuộc họp “{meeting.title}” lúc 08:00–10:00 25/11/2026.",
    ]
    assert [slot["words"] for slot in answer["slots"][:2]] == [
        "Thứ Tư, 25/11/2026, 13:30–15:30",
        "Thứ Tư, 25/11/2026, 14:00–16:00",
    ]
    assert await start_of(site, other.slug) == EVENING.isoformat(), "it stays where it was"
    status, answer = await drop(browser, other.slug, {"slot": answer["slots"][0]["value"], "version": "1"})
    assert (status, answer["ok"]) == (200, True)
    assert await start_of(site, other.slug) == "2026-11-25T06:30:00+00:00"


async def test_refusal_on_the_page_keeps_what_was_typed(site: Site, meeting: Meeting) -> None:
    browser = await site.sign_in("secretary")
    await browser.open(f"/meetings/{meeting.slug}/move")
    form = TIMES | {"version": "1", "starts_at": "25:00", "ends_at": "16h"}
    page = await browser.send(f"/meetings/{meeting.slug}/move", form)
    assert page.status == 422
    assert page.faults["starts_at"].startswith("Giờ chưa đúng")
    assert [page.value(name) for name in ("starts_on", "starts_at", "ends_at")] == ["26/11/2026", "25:00", "16h"]


async def test_meeting_that_was_invited_to_is_moved_only_when_it_is_meant(site: Site, meeting: Meeting) -> None:
    async with site.database.write() as session:
        row = await session.get_one(Meeting, meeting.id)
        row.status = MeetingStatus.INVITED
        session.add(row)
    browser = await site.sign_in("secretary")
    assert "data-asks" in (await browser.open("/meetings")).text
    status, answer = await drop(browser, meeting.slug, TIMES | {"version": "1"})
    assert (status, answer["ok"], answer["asks"]) == (422, False, True)
    page = await browser.open(f"/meetings/{meeting.slug}/move")
    assert "Giấy mời đã gửi" in page.words
    status, answer = await drop(browser, meeting.slug, TIMES | {"version": "1", "confirmed": "1"})
    assert (status, answer["ok"]) == (200, True)


async def test_move_of_an_older_version_is_refused_and_says_when_it_is_now(site: Site, meeting: Meeting) -> None:
    browser = await site.sign_in("secretary")
    await browser.open("/meetings")
    await drop(browser, meeting.slug, TIMES | {"version": "1"})
    status, answer = await drop(browser, meeting.slug, TIMES | {"version": "1", "starts_on": "27/11/2026"})
    assert (status, answer["version"]) == (409, "2")
    assert "Thứ Năm, 26/11/2026, 14:00–15:30" in answer["faults"][0]
    status, answer = await drop(browser, meeting.slug, TIMES | {"version": "2", "starts_on": "27/11/2026"})
    assert answer["ok"] is True


async def test_free_times_are_found_on_request(site: Site, meeting: Meeting) -> None:
    browser = await site.sign_in("secretary")
    await browser.open("/meetings")
    status, answer = await drop(browser, meeting.slug, TIMES | {"version": "1", "do": "find"})
    assert (status, answer["faults"]) == (200, [])
    assert answer["slots"][0]["words"] == "Thứ Năm, 26/11/2026, 14:00–15:30", "its own time is no rival"
    assert await start_of(site, meeting.slug) == TOMORROW.isoformat()
    page = await browser.send(f"/meetings/{meeting.slug}/move", TIMES | {"version": "1", "do": "find"})
    assert page.text.count('name="slot"') == 5


@pytest.mark.parametrize("slot", ["x", "2026-11-26T07:00+0000", "2026-11-26T09:00+0000/2026-11-26T07:00+0000", "/"])
async def test_what_is_no_slot_counts_as_not_said(site: Site, meeting: Meeting, slot: str) -> None:
    browser = await site.sign_in("secretary")
    await browser.open("/meetings")
    page = await browser.send(f"/meetings/{meeting.slug}/move", {"slot": slot, "version": "1"})
    assert page.status == 422
    assert await start_of(site, meeting.slug) == TOMORROW.isoformat()


async def test_past_and_running_meetings_are_not_moved(site: Site, meeting: Meeting) -> None:
    browser = await site.sign_in("secretary")
    await browser.open("/meetings")
    status, answer = await drop(browser, meeting.slug, TIMES | {"version": "1", "starts_on": "20/11/2026"})
    assert status == 422
    assert answer["faults"] == ["Thời gian họp đã qua. Hãy chọn thời gian khác."]
    async with site.database.write() as session:
        await actions.start_meeting(session, key(meeting), None, site.clock())
    assert (await browser.open(f"/meetings/{meeting.slug}/move")).status == 403


async def test_free_times_are_found_from_the_booking_form_with_nothing_but_a_time(site: Site, meeting: Meeting) -> None:
    browser, world = await site.sign_in("secretary"), site.world
    await browser.open("/meetings/new?secret=no")
    form = {"secret": "no", "do": "free_slots", "starts_on": "25/11/2026", "starts_at": "08:00", "ends_at": "10:00"}
    page = await browser.send("/meetings/new", form | {"title": "Họp", "hall_id": str(world.hall.id)})
    assert page.status == 200
    assert "Giờ trống gần nhất" in page.words
    assert "Thứ Tư, 25/11/2026, 08:00–10:00" not in page.words, "the hall is taken"
    assert "Thứ Tư, 25/11/2026, 13:30–15:30" in page.words
    assert page.value("title") == "Họp"
    page = await browser.send("/meetings/new", {"secret": "no", "do": "free_slots", "starts_on": "", "title": "Họp"})
    assert "starts_on" in page.faults
