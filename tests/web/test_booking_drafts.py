"""The booking form of what is not fixed yet, and of what is fixed already."""

from pathlib import Path

import pytest

from meetings.kinds import MeetingStatus
from meetings.meeting_store import get_meeting
from tests.browsing import Site, open_site
from tests.factories import World
from tests.web.test_booking import Form, book, make_form
from web.database import Database


async def test_draft_is_kept_unfinished_and_finished_later(site: Site) -> None:
    browser = await site.sign_in("secretary")
    form = make_form(site, do="keep", units=[], planned_form="hybrid", hall_id="")
    kept = await browser.send("/meetings/new", form)
    slug = kept.location.split("/")[2].split("?")[0]
    assert kept.location == f"/meetings/{slug}?done=drafted"
    edit = await browser.open(f"/meetings/{slug}/edit")
    assert edit.chosen("planned_form") == ["hybrid"]
    assert "Lưu dự thảo" in edit.words
    unfinished = make_form(site, units=[], version="1", planned_form="hybrid", hall_id="")
    refused = await browser.send(f"/meetings/{slug}/edit", unfinished)
    assert refused.status == 422
    assert "invitations" in refused.faults
    again = await browser.send(f"/meetings/{slug}/edit", make_form(site, do="keep", version="1", title="Họp khác tên"))
    assert again.location == f"/meetings/{slug}?done=edited"
    done = await browser.send(f"/meetings/{slug}/edit", make_form(site, version="2"))
    assert done.location == f"/meetings/{slug}?done=booked"
    async with site.database.read() as session:
        assert (await get_meeting(session, slug)).meeting.status is MeetingStatus.SCHEDULED


async def test_draft_without_its_name_keeps_what_was_typed(site: Site) -> None:
    browser = await site.sign_in("secretary")
    refused = await browser.send("/meetings/new", make_form(site, do="keep", title="", relayed_from="Bộ Nội vụ"))
    assert refused.status == 422
    assert set(refused.faults) == {"title"}
    assert refused.value("relayed_from") == "Bộ Nội vụ"


async def test_draft_that_does_not_fit_stays_as_it_was(site: Site) -> None:
    """Finishing it fails, so that what was typed is not half saved."""
    browser = await site.sign_in("secretary")
    await book(site, browser)
    kept = await browser.send("/meetings/new", make_form(site, do="keep", title="Dự thảo"))
    slug = kept.location.split("/")[2].split("?")[0]
    clash = await browser.send(f"/meetings/{slug}/edit", make_form(site, version="1", title="Tên mới"))
    assert clash.status == 409
    assert {"hall_id", "chair_id"} <= set(clash.faults), "every clash is listed"
    assert "Thời gian không trùng lịch" in clash.words
    assert clash.value("title") == "Tên mới"
    async with site.database.read() as session:
        meeting = (await get_meeting(session, slug)).meeting
    assert (meeting.title, meeting.version, meeting.status) == ("Dự thảo", 1, MeetingStatus.DRAFT)


async def test_proposed_time_is_put_into_the_form_by_its_button(site: Site) -> None:
    browser = await site.sign_in("secretary")
    await book(site, browser)
    clash = await browser.send("/meetings/new", make_form(site))
    value = clash.text.split('value="slot:')[1].split('"')[0].replace("&#43;", "+")
    page = await browser.send("/meetings/new", make_form(site, do=f"slot:{value}"))
    assert page.status == 200
    assert (
        await browser.send(
            "/meetings/new",
            _with_times(make_form(site), page.value("starts_on"), page.value("starts_at"), page.value("ends_at")),
        )
    ).status == 303


def _with_times(form: Form, day: str, start: str, end: str) -> Form:
    times = {"starts_on": day, "starts_at": start, "ends_at": end}
    return [(name, times.get(name, value)) for name, value in form]


async def test_where_approval_is_asked_for_the_button_says_so(database: Database, world: World, tmp_path: Path) -> None:
    async with open_site(database, world, tmp_path, approval_required=True) as site:
        secretary = await site.sign_in("secretary")
        assert "Trình duyệt" in (await secretary.open("/meetings/new?secret=no")).words
        sent = await secretary.send("/meetings/new", make_form(site))
        assert sent.location.endswith("?done=submitted")
        office = await site.sign_in("office")
        assert "Lịch họp chờ duyệt" in (await office.open("/")).words
        booked = await office.send("/meetings/new", make_form(site))
        assert booked.location.endswith("?done=booked"), "what waits takes nothing"


async def test_relay_and_preparing_unit_are_kept_and_fixed(site: Site) -> None:
    browser = await site.sign_in("secretary")
    finance = str(site.world.department.id)
    bundle = await book(site, browser, relayed_from="Bộ Tài chính", preparing_unit_id=finance)
    page = await browser.open(f"/meetings/{bundle.slug}")
    assert "Tiếp phát cuộc họp của Bộ Tài chính" in page.words
    assert "Đơn vị chuẩn bị nội dung Sở Tài chính" in page.words
    edit = await browser.open(f"/meetings/{bundle.slug}/edit")
    assert edit.value("relayed_from") == "Bộ Tài chính"
    assert "Lý do loại trừ" not in edit.words, "it was fixed with the booking"
    changed = make_form(site, version="1", relayed_from="", preparing_unit_id=finance)
    refused = await browser.send(f"/meetings/{bundle.slug}/edit", changed)
    assert refused.status == 422
    assert "đã chốt khi duyệt lịch" in refused.faults["relayed_from"]


@pytest.mark.parametrize("reason", ["", "Ba xã ở gần về dự tại chỗ"])
async def test_edit_of_a_fixed_booking_asks_why_the_form_changes(site: Site, reason: str) -> None:
    browser = await site.sign_in("secretary")
    bundle = await book(site, browser)
    form = make_form(site, version="1", planned_form="hybrid", change_reason=reason)
    page = await browser.send(f"/meetings/{bundle.slug}/edit", form)
    assert page.status == (303 if reason else 422)
    assert bool(page.faults) is not bool(reason)


async def test_nudge_never_blocks(site: Site) -> None:
    browser = await site.sign_in("secretary")
    page = await browser.open("/meetings/new?secret=no")
    assert "năm trường hợp không tổ chức họp" in page.words
    assert "không cản việc đặt lịch" in page.words
