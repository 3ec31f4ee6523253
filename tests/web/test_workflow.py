"""The steps of a meeting's way on their pages, and every door that they lock or open again."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from meetings.calendar_models import Holiday
from meetings.kinds import Form, MeetingStatus
from meetings.meeting_store import get_meeting
from meetings.models import Meeting
from signaling import protocol
from tests.browsing import Browser, Clock, Page, Site, open_site
from tests.factories import NOW, TOMORROW, World, add_meeting
from tests.web.rooms import SOCKET, Rooms, be_guest, make_link, open_rooms
from web.database import Database

HOP = "/meetings/hop"
WITH_COMMUNES = 2


@pytest.fixture
async def rooms(database: Database, world: World, tmp_path: Path) -> AsyncIterator[Rooms]:
    """The rooms, with a meeting ``hop`` that begins now."""
    await add_hop(database, world, starts_at=NOW, ends_at=NOW + timedelta(hours=2))
    async with open_rooms(database, world, tmp_path, Clock()) as opened:
        yield opened


async def add_hop(database: Database, world: World, **values: Any) -> None:
    async with database.write() as session:
        invited = list(zip(world.communes[:WITH_COMMUNES], world.sites[:WITH_COMMUNES], strict=True))
        await add_meeting(session, world.province, world.chair, world.secretary, invited, slug="hop", **values)


async def change(site: Site, **values: Any) -> None:
    """The meeting as it stands, whatever led to it."""
    async with site.database.write() as session:
        meeting = (await get_meeting(session, "hop")).meeting
        for name, value in values.items():
            setattr(meeting, name, value)
        session.add(meeting)


async def read(site: Site) -> Meeting:
    async with site.database.read() as session:
        return (await get_meeting(session, "hop")).meeting


async def press(browser: Browser, step: str, **fields: str) -> Page:
    """Fill in the page of a step and press its button."""
    page = await browser.open(f"{HOP}/{step}")
    return await browser.send(f"{HOP}/{step}", {"version": page.value("version"), **fields})


# Doors


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (MeetingStatus.DRAFT, "Lịch họp chưa được duyệt."),
        (MeetingStatus.SUBMITTED, "Lịch họp chưa được duyệt."),
        (MeetingStatus.POSTPONED, "Cuộc họp tạm hoãn."),
        (MeetingStatus.CANCELLED, "Cuộc họp đã hủy."),
    ],
)
async def test_every_door_of_what_does_not_take_place_is_locked(rooms: Rooms, status: MeetingStatus, said: str) -> None:
    token = await make_link(rooms)
    guest = await be_guest(rooms, token)
    await change(rooms, status=status, status_reason="Bão số 13")
    for who, base in ((await rooms.sign_in("secretary"), HOP), (guest, f"/g/{token}")):
        lobby = await who.open(base if who is guest else f"{base}/lobby")
        assert said in lobby.words
        assert "room.js" not in lobby.text
        assert (await who.open(f"{base}/room")).status == 303
        socket = await rooms.connect(who, f"{base}/ws")
        await socket.say(protocol.Join(version=protocol.VERSION, resume=None, name=None))
        assert await socket.closed() == 4403
    secretary = await rooms.sign_in("secretary")
    assert (await secretary.open(f"{HOP}/projection")).location == f"{HOP}/lobby"
    screen = await rooms.connect(secretary, f"{SOCKET}?as=projection")
    await screen.say(protocol.Join(version=protocol.VERSION, resume=None, name=None))
    assert await screen.closed() == 4403
    if status in (MeetingStatus.DRAFT, MeetingStatus.SUBMITTED):
        assert (await (await rooms.sign_in("site1")).open(f"{HOP}/lobby")).status == 404


async def test_postponing_sends_everybody_out(rooms: Rooms) -> None:
    site, _ = await rooms.enter(await rooms.sign_in("site1"))
    done = await press(await rooms.sign_in("secretary"), "postpone", reason="Chủ trì đi công tác")
    assert done.location == f"{HOP}?done=postponed"
    assert await site.closed() == 4403


async def test_room_of_a_resumed_meeting_begins_once_more(rooms: Rooms) -> None:
    secretary = await rooms.sign_in("secretary")
    client, _ = await rooms.enter(secretary)
    await client.say(protocol.Start())
    await client.hear(protocol.RoomChanged)
    rooms.clock.now += timedelta(minutes=10)
    await client.say(protocol.End())
    assert await client.closed() == 4410
    again = NOW + timedelta(hours=1)
    done = await press(secretary, "resume", starts_on="24/11/2026", starts_at="09:00", ends_at="10:00", ends_on="")
    assert done.location == f"{HOP}?done=resumed"
    rooms.clock.now = again
    client, joined = await rooms.enter(secretary)
    assert joined.room.phase == "waiting"
    await client.say(protocol.Start())
    await client.hear(protocol.RoomChanged)
    meeting = await read(rooms)
    assert (meeting.status, meeting.started_at) == (MeetingStatus.IN_SESSION, again)


# Pages


@pytest.fixture
async def hop(site: Site) -> Site:
    await add_hop(site.database, site.world)
    return site


async def test_page_says_where_the_meeting_stands_and_what_is_late(hop: Site) -> None:
    page = await (await hop.sign_in("secretary")).open(HOP)
    assert 'aria-current="step"' in page.text
    assert "Giấy mời: quá hạn, lẽ ra xong 19/11" in page.words, "20, 23 and 24/11 lie before Wednesday"
    assert "Mở phòng họp: lúc 07:45 25/11" in page.words
    assert "Tạm hoãn cuộc họp" in page.words
    delegate = await (await hop.sign_in("delegate")).open(HOP)
    assert "quá hạn" not in delegate.words, "nobody but those who run it can do anything about it"
    assert "Tạm hoãn" not in delegate.words


async def test_reason_is_asked_for_and_what_was_typed_is_kept(hop: Site) -> None:
    secretary = await hop.sign_in("secretary")
    refused = await press(secretary, "form", planned_form="in_person", reason="")
    assert refused.status == 422
    assert set(refused.faults) == {"reason"}
    assert refused.chosen("planned_form") == ["in_person"]
    assert (await press(secretary, "postpone", reason=" ")).status == 422
    assert (await read(hop)).status is MeetingStatus.SCHEDULED


async def test_step_of_an_old_page_keeps_what_was_typed(hop: Site) -> None:
    secretary = await hop.sign_in("secretary")
    old = await secretary.open(f"{HOP}/postpone")
    await change(hop, version=9, title="Họp đã đổi tên")
    refused = await secretary.send(f"{HOP}/postpone", {"version": old.value("version"), "reason": "Bão"})
    assert refused.status == 409
    assert "Người khác vừa thay đổi cuộc họp này" in refused.words
    assert "Họp đã đổi tên" in refused.words
    assert "Bão" in refused.text
    assert (
        await secretary.send(f"{HOP}/postpone", {"version": refused.value("version"), "reason": "Bão"})
    ).status == 303


async def test_change_of_form_is_told_on_the_page(hop: Site) -> None:
    secretary = await hop.sign_in("secretary")
    hall = str(hop.world.hall.id)
    done = await press(secretary, "form", planned_form="hybrid", hall_id=hall, reason="Ba xã ở gần về dự tại chỗ")
    assert done.location == f"{HOP}?done=form_changed"
    page = await secretary.open(HOP)
    assert "Ba xã ở gần về dự tại chỗ" in page.words
    assert "Nguyễn Thị Thư, 08:00, 24/11/2026" in page.words
    assert (await read(hop)).planned_form is Form.HYBRID


async def test_booking_is_drafted_submitted_returned_and_approved(
    database: Database, world: World, tmp_path: Path
) -> None:
    await add_hop(database, world, status=MeetingStatus.DRAFT)
    async with open_site(database, world, tmp_path, approval_required=True) as site:
        secretary, chair = await site.sign_in("secretary"), await site.sign_in("chair")
        page = await secretary.open(HOP)
        assert "Trình duyệt" in page.words
        sent = await secretary.send(f"{HOP}/submit", {"version": page.value("version")})
        assert sent.location == f"{HOP}?done=submitted"
        assert (await secretary.open(f"{HOP}/approve")).status == 403
        assert (await press(chair, "return", reason="Đổi phòng")).location == f"{HOP}?done=returned"
        assert "Đổi phòng" in (await secretary.open(HOP)).words
        await secretary.send(f"{HOP}/submit", {"version": (await secretary.open(HOP)).value("version")})
        page = await chair.open(HOP)
        assert "Duyệt lịch họp" in page.words
        done = await chair.send(f"{HOP}/approve", {"version": page.value("version")})
        assert done.location == f"{HOP}?done=approved"
        assert (await read(site)).status is MeetingStatus.SCHEDULED


async def test_another_form_is_offered_where_it_is_not_refused(
    database: Database, world: World, tmp_path: Path
) -> None:
    await add_hop(database, world)
    async with open_site(database, world, tmp_path, approval_required=True) as site:
        secretary, chair = await site.sign_in("secretary"), await site.sign_in("chair")
        assert f'href="{HOP}/form"' in (await secretary.open(HOP)).text
        assert "sau khi Văn phòng hoặc người chủ trì duyệt lại" in (await secretary.open(f"{HOP}/form")).words
        assert "duyệt lại" not in (await chair.open(f"{HOP}/form")).words
        hall = str(world.hall.id)
        sent = await press(secretary, "form", planned_form="hybrid", hall_id=hall, reason="Ba xã về dự tại chỗ")
        assert sent.location == f"{HOP}?done=submitted"
        await change(site, status=MeetingStatus.INVITED)
        assert f'href="{HOP}/form"' not in (await secretary.open(HOP)).text
        assert f'href="{HOP}/form"' in (await chair.open(HOP)).text


async def test_exclusion_is_changed_by_the_office_alone(hop: Site) -> None:
    assert "Tính hay không tính" not in (await (await hop.sign_in("secretary")).open(HOP)).words
    office = await hop.sign_in("office")
    fields = {"exclusion": "field_visit", "exclusion_reason": "Kế hoạch 12", "relayed_from": ""}
    assert (await press(office, "exclusion", reason="", **fields)).status == 422
    assert (await press(office, "exclusion", reason="Ghi thiếu", **fields)).location == f"{HOP}?done=exclusion"
    assert (await read(hop)).exclusion == "field_visit"


# Deadlines and days off


async def test_deadlines_are_those_of_the_own_meetings(hop: Site) -> None:
    secretary = await hop.sign_in("secretary")
    page = await secretary.open("/deadlines")
    assert "Quá hạn (2)" in page.words
    assert "Giấy mời: quá hạn" in page.words
    only = await secretary.open("/deadlines?kind=papers&state=late")
    assert "Giấy mời: quá hạn" not in only.words
    assert "Tài liệu: quá hạn" in only.words
    assert "Không có việc nào đến hạn" in (await secretary.open("/deadlines?q=không+có+tên+này")).words
    for who in ("delegate", "site1", "technician", "leader"):
        assert (await (await hop.sign_in(who)).open("/deadlines")).status == 403


async def test_unknown_filters_count_as_not_said(hop: Site) -> None:
    page = await (await hop.sign_in("office")).open("/deadlines?kind=moon&state=x&whose=1")
    assert page.status == 200
    assert "Quá hạn (2)" in page.words


async def test_days_off_are_kept_by_the_office(site: Site) -> None:
    office = await site.sign_in("office")
    page = await office.open("/admin/holidays?year=2024")
    assert "Làm bù cho ngày 29/4/2024" in page.words
    form = {"day": "24/11/2026", "works": "", "name": "Ngày hội của tỉnh", "basis": "QĐ 12"}
    assert (await office.send("/admin/holidays", form)).location == "/admin/holidays?year=2026&done=holiday"
    wrong = await office.send("/admin/holidays", form | {"day": "28/11/2026"})
    assert wrong.status == 422
    assert "vốn đã nghỉ" in wrong.faults["day"]
    assert wrong.value("name") == "Ngày hội của tỉnh"
    removed = await office.send("/admin/holidays/remove", {"day": "2026-11-24"})
    assert removed.location == "/admin/holidays?year=2026&done=holiday_removed"
    assert (await (await site.sign_in("inspector")).send("/admin/holidays", form)).status == 403
    assert (await (await site.sign_in("secretary")).open("/admin/holidays")).status == 403


async def test_days_off_come_from_a_file_all_or_none(site: Site) -> None:
    office = await site.sign_in("office")
    table = "day,works,name,basis\n2027-09-03,,Quốc khánh,TB 1\n04/09/2027,1,Làm bù,TB 1\n"
    wrong = table + "hôm qua,,x,\n2027-12-01,có thể,y,\n"
    refused = await office.send("/admin/holidays/import", {}, file=("nghi.csv", wrong.encode()))
    assert refused.status == 422
    assert "4, 5" in refused.faults["file"]
    done = await office.send("/admin/holidays/import", {}, file=("nghi.csv", table.encode()))
    assert done.location == "/admin/holidays?year=2027&done=holiday"
    vietnamese = table.replace("day,works,name,basis", "Ngày,Làm bù,Tên,Căn cứ")
    assert (await office.send("/admin/holidays/import", {}, file=("nghi.csv", vietnamese.encode()))).status == 303
    async with site.database.read() as session:
        rows = [
            await session.get(Holiday, day)
            for day in (TOMORROW.date().replace(2027, 9, 3), TOMORROW.date().replace(2027, 9, 4))
        ]
    assert [(row.works, row.name) for row in rows if row] == [(False, "Quốc khánh"), (True, "Làm bù")]
