"""The hall's door: the screen with its code, the list to tick, and the page on a visitor's phone."""

import re
from datetime import timedelta

import pytest
from sqlmodel import insert, select

from meetings import actions
from meetings.attendance_codes import make_code
from meetings.invitation_models import Delegate
from meetings.invitations.delegates import DelegateDraft
from meetings.models import Meeting, MeetingStatus
from tests.browsing import Browser, Page, Site
from tests.factories import NOW, key
from tests.meetings.invitations.gathering import add_gathering, register
from web.auth import ADDRESS_FAILURES

DOOR = "/meetings/hop/checkin"


@pytest.fixture
async def meeting(site: Site) -> Meeting:
    """Begins in half an hour; the door shows codes, and two people are expected in the hall."""
    async with site.database.write() as session:
        meeting = await add_gathering(
            session,
            site.world,
            title="Họp giao ban tháng 11",
            starts_at=NOW + timedelta(minutes=30),
            checkin_key="khóa",
        )
    await register(
        site.database,
        site.world,
        DelegateDraft(full_name="Nguyễn Văn An", position="Phó Chủ tịch", site_id=site.world.hall.id),
        DelegateDraft(full_name="Ka Thị Hoa", site_id=site.world.hall.id),
        "Lý Ở Xã",
    )
    return meeting


def scan(site: Site, meeting: Meeting) -> str:
    return f"/c/{make_code(key(meeting), 'khóa', site.clock.now)}"


async def people(site: Site) -> dict[str, Delegate]:
    async with site.database.read() as session:
        return {row.full_name: row for row in (await session.exec(select(Delegate))).all()}


def choice(page: Page, name: str) -> str:
    found = re.search(rf'value="(\d+)"[^>]*><span><strong>{name}', page.text)
    assert found, f"{name} is not to be chosen"
    return found[1]


async def check_in(visitor: Browser, path: str, name: str) -> Page:
    page = await visitor.open(path)
    return await visitor.send(path, {"delegate": choice(page, name)})


async def test_visitor_finds_the_own_name(site: Site, meeting: Meeting) -> None:
    visitor, path = site.visit(), scan(site, meeting)
    page = await visitor.open(path)
    assert page.headers["Referrer-Policy"] == "same-origin"  # with no-referrer browsers send forms without origin
    assert "Họp giao ban tháng 11" in page.words
    assert "Lý Ở Xã" not in page.words, "who is expected at another place"
    assert "@" not in page.words
    page = await visitor.send(path, {"delegate": choice(page, "Nguyễn Văn An")})
    assert page.location == path
    page = await visitor.open(path)
    assert "Đã điểm danh" in page.words
    assert "Có mặt lúc 08:00." in page.words
    row = (await people(site))["Nguyễn Văn An"]
    assert (row.arrived_at, row.marked_how, row.attended) == (NOW, "qr", None)


async def test_photograph_of_a_code_is_soon_worth_nothing(site: Site, meeting: Meeting) -> None:
    path, in_time = scan(site, meeting), site.visit()
    await in_time.open(path)
    site.clock.move(seconds=120)
    late = site.visit()
    page = await late.open(path)
    assert page.status == 410
    assert "Mã đã hết hiệu lực" in page.words
    assert "Nguyễn Văn An" not in page.text
    who = str((await people(site))["Nguyễn Văn An"].id)
    await late.open("/login")
    assert (await late.send(path, {"delegate": who})).status == 410
    assert (await people(site))["Nguyễn Văn An"].arrived_at is None
    assert (await in_time.send(path, {"delegate": who})).status == 303, "who opened it in time may take a moment"


async def test_ticket_lasts_a_quarter_of_an_hour(site: Site, meeting: Meeting) -> None:
    visitor, path = site.visit(), scan(site, meeting)
    await visitor.open(path)
    who = str((await people(site))["Nguyễn Văn An"].id)
    site.clock.move(minutes=16)
    assert (await visitor.send(path, {"delegate": who})).status == 410


async def test_renewed_key_ends_codes_and_tickets(site: Site, meeting: Meeting) -> None:
    visitor, path = site.visit(), scan(site, meeting)
    page = await visitor.open(path)
    who = choice(page, "Ka Thị Hoa")
    assert (await (await site.sign_in("hall")).send(DOOR, {"do": "renew"})).location.endswith("done=checkin_codes")
    for answer in (await visitor.open(path), await visitor.send(path, {"delegate": who})):
        assert answer.status == 404
        assert "Mã không đúng" in answer.words
    assert (await people(site))["Ka Thị Hoa"].arrived_at is None


async def test_one_telephone_checks_in_one_person(site: Site, meeting: Meeting) -> None:
    visitor, path = site.visit(), scan(site, meeting)
    await check_in(visitor, path, "Nguyễn Văn An")
    who = str((await people(site))["Ka Thị Hoa"].id)
    page = await visitor.send(path, {"delegate": who})
    assert "Mỗi điện thoại điểm danh cho một người." in page.words
    assert (await people(site))["Ka Thị Hoa"].arrived_at is None


async def test_whoever_is_not_on_the_list_puts_itself_there(site: Site, meeting: Meeting) -> None:
    visitor, path = site.visit(), scan(site, meeting)
    await visitor.open(path)
    form = {"full_name": "Lê  Văn Cường", "unit": str(site.world.communes[1].id), "position": "Trưởng phòng"}
    page = await visitor.send(path, form | {"unit": ""})
    assert (page.status, page.value("full_name")) == (422, form["full_name"])
    assert page.faults == {"unit": "Hãy chọn đơn vị đang công tác."}
    assert (await visitor.send(path, form)).status == 303
    assert "Thư ký sẽ xác nhận" in (await visitor.open(path)).words
    secretary = await site.sign_in("secretary")
    page = await secretary.open(DOOR)
    assert "Tự đăng ký, chờ thư ký xác nhận (1)" in page.words
    row = (await people(site))["Lê Văn Cường"]
    assert row.to_confirm
    await secretary.send(DOOR, {"do": "accept", "delegate": str(row.id)})
    assert not (await people(site))["Lê Văn Cường"].to_confirm


async def test_hall_ticks_the_list_but_confirms_nobody(site: Site, meeting: Meeting) -> None:
    hall = await site.sign_in("hall")
    row = (await people(site))["Ka Thị Hoa"]
    await hall.send(DOOR, {"do": "tick", "delegate": str(row.id)})
    page = await hall.open(f"{DOOR}?q=hoa")
    assert "08:00 · ghi tay" in page.words
    assert "Nguyễn Văn An" not in page.words
    assert "(1/2)" in page.words
    await hall.send(DOOR, {"do": "untick", "delegate": str(row.id)})
    assert (await people(site))["Ka Thị Hoa"].arrived_at is None
    assert (await hall.send(DOOR, {"do": "accept", "delegate": str(row.id)})).status == 403
    assert (await hall.send(DOOR, {"do": "tick", "delegate": "4711"})).status == 404


async def test_screen_shows_a_code_that_a_phone_can_open(site: Site, meeting: Meeting) -> None:
    hall = await site.sign_in("hall")
    for part in ("", "?part=screen", "?part=code"):
        page = await hall.open(DOOR + part)
        assert page.status == 200
        assert 'class="qr"' in page.text
        assert "style=" not in page.text, "the policy of the site lets no style in"
    assert "Mở camera điện thoại" in (await hall.open(f"{DOOR}?part=screen")).words


async def test_door_without_codes_says_how_to_begin(site: Site, meeting: Meeting) -> None:
    async with site.database.write() as session:
        row = await session.get_one(Meeting, meeting.id)
        row.checkin_key = ""
        session.add(row)
    hall = await site.sign_in("hall")
    assert "Bắt đầu điểm danh bằng mã QR" in (await hall.open(DOOR)).words
    assert (await site.visit().open(scan(site, meeting))).status == 404
    await hall.send(DOOR, {"do": "renew"})
    assert 'class="qr"' in (await hall.open(DOOR)).text


async def test_door_is_closed_before_and_after(site: Site, meeting: Meeting) -> None:
    site.clock.move(hours=-3)
    page = await site.visit().open(scan(site, meeting))
    assert "Chưa đến giờ điểm danh" in page.words
    site.clock.move(hours=3)
    async with site.database.write() as session:
        row = await session.get_one(Meeting, meeting.id)
        row.status = MeetingStatus.ENDED
        session.add(row)
    page = await site.visit().open(scan(site, meeting))
    assert (page.status, "Điểm danh đã kết thúc" in page.words) == (410, True)


async def test_codes_are_not_to_be_guessed(site: Site, meeting: Meeting) -> None:
    visitor, good = site.visit(), scan(site, meeting)
    for number in range(ADDRESS_FAILURES):
        assert (await visitor.open(f"/c/{key(meeting):x}-3913ab8-{number:016}")).status == 404
    assert (await visitor.open(good)).status == 200, "the others at the door come in"
    for odd in ("/c/ffffffff-1-aaaaaaaaaaaaaaaa", "/c/0-0-aaaaaaaaaaaaaaaa", "/c/x"):
        assert (await visitor.open(odd)).status == 429
    site.clock.move(minutes=16)
    for odd in ("/c/ffffffff-1-aaaaaaaaaaaaaaaa", "/c/0-0-aaaaaaaaaaaaaaaa", "/c/x", "/c/%00"):
        assert (await visitor.open(odd)).status == 404


async def test_long_list_is_searched_on_the_phone(site: Site, meeting: Meeting) -> None:
    rows = [
        {
            "meeting_id": key(meeting), "unit_id": key(site.world.communes[1]), "site_id": site.world.hall.id,
            "full_name": f"Nguyễn Văn Số {number}", "added_at": NOW,
        }
        for number in range(2_000)
    ]  # fmt: skip
    async with site.database.write() as session:
        await session.exec(insert(Delegate), params=rows)
    visitor, path = site.visit(), scan(site, meeting)
    page = await visitor.open(path)
    assert "Danh sách có 2.002 người. Xin gõ tên để tìm." in page.words
    assert len(page.text) < 20_000
    page = await visitor.open(f"{path}?q=số 1998")
    assert "Nguyễn Văn Số 1998" in page.words
    assert (await check_in(visitor, f"{path}?q=so+1998", "Nguyễn Văn Số 1998")).status == 303


async def test_names_at_the_door_are_text(site: Site, meeting: Meeting) -> None:
    visitor, path = site.visit(), scan(site, meeting)
    await visitor.open(path)
    hostile = "<script>alert(1)</script>"
    form = {"full_name": f"{hostile} An", "unit": str(site.world.province.id), "position": hostile}
    assert (await visitor.send(path, form)).status == 303
    for page in (await visitor.open(path), await (await site.sign_in("secretary")).open(DOOR)):
        assert "&lt;script&gt;alert(1)" in page.text
        assert "<script>alert" not in page.text


async def test_who_was_turned_down_is_told(site: Site, meeting: Meeting) -> None:
    visitor, path = site.visit(), scan(site, meeting)
    await visitor.open(path)
    await visitor.send(path, {"full_name": "Lê Văn Cường", "unit": str(site.world.province.id)})
    async with site.database.write() as session:
        row = (await session.exec(select(Delegate).where(Delegate.full_name == "Lê Văn Cường"))).one()
        await actions.confirm_at_door(session, site.world.actors["secretary"], "hop", key(row), False, NOW)
    assert "không được thư ký xác nhận" in (await visitor.open(path)).words
