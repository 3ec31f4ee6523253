"""Windows of maintenance: who may close what, which meetings that concerns, and that nothing is booked meanwhile."""

import pytest

from meetings import actions
from meetings.audit import list_entries
from meetings.errors import Conflict
from meetings.models import Meeting
from tests.browsing import Site
from tests.factories import NOW, make_draft

FORM = {
    "site_id": "",
    "starts_on": "25/11/2026",
    "starts_at": "07:00",
    "ends_on": "",
    "ends_at": "12:00",
    "reason": "Thay máy chủ",
}


@pytest.fixture
async def meeting(site: Site) -> Meeting:
    async with site.database.write() as session:
        return await actions.book_meeting(session, site.world.actors["secretary"], make_draft(site.world), site.clock())


async def test_window_is_added_with_the_meetings_that_it_concerns(site: Site, meeting: Meeting) -> None:
    browser = await site.sign_in("technician")
    await browser.open("/admin/maintenance")
    sent = await browser.send("/admin/maintenance", FORM)
    assert (sent.status, sent.location) == (303, "/admin/maintenance?done=maintenance")
    page = await browser.open(sent.location)
    for words in (
        "Toàn hệ thống",
        "Thứ Tư, 25/11/2026, 07:00–12:00",
        "Thay máy chủ",
        "Ảnh hưởng 1 cuộc họp",
        meeting.title,
    ):
        assert words in page.words
    async with site.database.read() as session:
        [entry] = await list_entries(session, action="maintenance.add")
    assert entry.detail["reason"] == "Thay máy chủ"


async def test_window_of_a_site_concerns_only_its_meetings(site: Site, meeting: Meeting) -> None:
    browser, world = await site.sign_in("office"), site.world
    await browser.open("/admin/maintenance")
    for place, concerned in ((world.sites[0], True), (world.hall, True)):
        await browser.send("/admin/maintenance", FORM | {"site_id": str(place.id), "starts_at": "09:00"})
        assert (meeting.title in (await browser.open("/admin/maintenance")).words) is concerned
    async with site.database.write() as session:
        draft = make_draft(world, hall_id=None, chair_id=world.actors["leader"].person_id, invitations=[
            actions.InvitationDraft(world.communes[1].id or 0, world.sites[1].id)
        ])  # fmt: skip
        await actions.book_meeting(session, world.actors["secretary"], draft, NOW)


async def test_nothing_is_booked_in_a_window_until_it_is_ended(site: Site) -> None:
    browser, world = await site.sign_in("administrator"), site.world
    await browser.open("/admin/maintenance")
    await browser.send("/admin/maintenance", FORM | {"starts_on": "24/11/2026", "ends_on": "25/11/2026"})
    with pytest.raises(Conflict, match="bảo trì"):
        async with site.database.write() as session:
            await actions.book_meeting(session, world.actors["secretary"], make_draft(world), NOW)
    page = await browser.open("/admin/maintenance")
    assert "Đang bảo trì" in page.words
    assert (await browser.send("/admin/maintenance/1/end")).location == "/admin/maintenance?done=maintenance_over"
    async with site.database.write() as session:
        await actions.book_meeting(session, world.actors["secretary"], make_draft(world), NOW)
    assert "Đã qua" in (await browser.open("/admin/maintenance")).words
    await browser.send("/admin/maintenance/1/end")
    async with site.database.read() as session:
        assert len(await list_entries(session, action="maintenance.end")) == 1, "once is enough"


async def test_window_that_has_not_begun_is_called_off(site: Site) -> None:
    browser = await site.sign_in("technician")
    await browser.open("/admin/maintenance")
    await browser.send("/admin/maintenance", FORM)
    await browser.send("/admin/maintenance/1/end")
    page = await browser.open("/admin/maintenance")
    assert "Không có lịch bảo trì nào sắp tới" in page.words
    assert "Thay máy chủ" not in page.words
    assert (await browser.send("/admin/maintenance/1/end")).status == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"starts_on": "31/02/2026"}, "starts_on"),
        ({"ends_at": "06:00"}, "ends_at"),
        ({"starts_on": "20/11/2026"}, "ends_at"),
        ({"site_id": "9999"}, "site_id"),
    ],
)
async def test_wrong_window_is_refused_at_its_field_with_all_that_was_typed(
    site: Site, wrong: dict[str, str], field: str
) -> None:
    browser = await site.sign_in("technician")
    await browser.open("/admin/maintenance")
    page = await browser.send("/admin/maintenance", FORM | wrong)
    assert page.status == 422
    assert field in page.faults
    assert page.value("starts_at") == "07:00"


async def test_inspector_sees_and_changes_nothing(site: Site) -> None:
    browser = await site.sign_in("inspector")
    page = await browser.open("/admin/maintenance")
    assert page.status == 200
    assert '<h2 id="add">' not in page.text
    assert (await browser.send("/admin/maintenance", FORM)).status == 403
