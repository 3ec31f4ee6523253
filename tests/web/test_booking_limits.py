"""Capacity, sites of other units and voters: through the pages."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.models import Meeting, MeetingStatus
from meetings.room_models import Vote, VotingMember
from tests.browsing import Site
from tests.factories import NOW, add_meeting, key
from tests.web.test_booking import book, make_form


async def test_more_than_the_room_holds_is_saved_after_it_was_pointed_out(site: Site) -> None:
    browser = await site.sign_in("secretary")
    page = await browser.send("/meetings/new", make_form(site, capacity="5"))
    assert page.status == 422
    assert "Cuộc họp cần 6 chỗ" in page.faults["over_capacity"]
    assert page.value("capacity") == "5"
    assert 'name="over_capacity"' in page.text

    bundle = await book(site, browser, capacity="5", over_capacity="1")
    assert bundle.meeting.capacity == 5
    shown = await browser.open(f"/meetings/{bundle.slug}")
    assert "Phòng họp không đủ chỗ cho mọi đơn vị được mời" in shown.words
    assert "Số kết nối tối đa 5" in shown.words
    edit = await browser.open(f"/meetings/{bundle.slug}/edit")
    assert edit.value("capacity") == "5"


@pytest.mark.parametrize("typed", ["nhiều", "1", "201", "-3", "99999"])
async def test_capacity_that_cannot_be_is_refused_at_its_field(site: Site, typed: str) -> None:
    page = await (await site.sign_in("secretary")).send("/meetings/new", make_form(site, capacity=typed))
    assert page.status == 422
    assert list(page.faults) == ["capacity"]


async def test_unit_is_put_at_another_units_site_knowingly(site: Site) -> None:
    browser, world = await site.sign_in("secretary"), site.world
    first, host = world.communes[0], world.sites[1]

    def form(place: str, **changes: str) -> list[tuple[str, str]]:
        return [(name, place if name == f"site-{first.id}" else value) for name, value in make_form(site, **changes)]

    asked = await browser.send("/meetings/new", form("other"))
    assert "Hãy chọn điểm cầu" in asked.faults["invitations"]
    assert f'<option value="{host.id}"' in asked.text  # every site can be chosen now
    silent = await browser.send("/meetings/new", form(str(host.id)))
    assert "Xã Đức Trọng – Điểm cầu xã Đinh Văn Lâm Hà" in silent.faults["hosted_sites"]
    assert silent.chosen(f"site-{first.id}") == [str(host.id)]
    saved = await browser.send("/meetings/new", form(str(host.id), hosted_sites="1"))
    assert saved.status == 303
    shown = await browser.open(saved.location)
    assert "điểm cầu của Xã Đinh Văn Lâm Hà" in shown.words


async def test_voters_are_chosen_by_name(site: Site) -> None:
    browser, world = await site.sign_in("secretary"), site.world
    bundle = await book(site, browser)
    page = await browser.open(f"/meetings/{bundle.slug}/voters")
    assert "Lý Đại Biểu" in page.words
    assert page.chosen("voter") == []
    delegate, inspector = world.actors["delegate"].person_id, world.actors["inspector"].person_id
    refused = await browser.send(f"/meetings/{bundle.slug}/voters", [("voter", str(inspector))])
    assert refused.status == 422
    saved = await browser.send(f"/meetings/{bundle.slug}/voters", [("voter", str(delegate))])
    assert saved.status == 303
    shown = await browser.open(f"/meetings/{bundle.slug}")
    assert "1 người Lý Đại Biểu" in shown.words
    assert (await browser.open(f"/meetings/{bundle.slug}/voters")).chosen("voter") == [str(delegate)]


async def add_voted(session: AsyncSession, site: Site) -> Meeting:
    world = site.world
    meeting = await add_meeting(
        session,
        world.province,
        world.chair,
        world.secretary,
        list(zip(world.communes[:1], world.sites[:1], strict=True)),
        slug="daxong",
        status=MeetingStatus.ENDED,
        starts_at=NOW - timedelta(hours=3),
        started_at=NOW - timedelta(hours=3),
        ended_at=NOW - timedelta(hours=1),
    )
    shared: dict[str, Any] = {
        "meeting_id": key(meeting),
        "opened_at": NOW,
        "closed_at": NOW,
        "entitled": 3,
        "present": 2,
        "cast": 2,
    }
    session.add_all(
        [
            Vote(
                number=1,
                subject="Thông qua kế hoạch",
                kind="ballot",
                state="closed",
                valid=True,
                in_favour=1,
                against=1,
                abstain=0,
                choices=[{"name": "Lý Đại Biểu", "choice": "against"}],
                **shared,
            ),
            Vote(number=2, subject="Bầu tổ trưởng", kind="ballot", secret=True, state="withdrawn", **shared),
            VotingMember(meeting_id=key(meeting), person_id=key(world.chair)),
        ]
    )
    return meeting


async def test_meeting_page_tells_how_votes_ended_to_those_who_were_invited(site: Site) -> None:
    async with site.database.write() as session:
        await add_voted(session, site)
    page = await (await site.sign_in("delegate")).open("/meetings/daxong")
    assert "Thông qua kế hoạch" in page.words
    assert "Tán thành 1, không tán thành 1, không có ý kiến 0" in page.words
    assert "Lý Đại Biểu: không tán thành" in page.words
    assert "Đã hủy, không có kết quả." in page.words
    administrator = await (await site.sign_in("administrator")).open("/meetings/daxong")
    assert "Thông qua kế hoạch" not in administrator.words
