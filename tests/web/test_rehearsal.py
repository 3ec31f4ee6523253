"""The trial before a meeting: the board of its sites, what makes each ready, and who is on duty."""

from datetime import timedelta

import pytest

from meetings import actions
from meetings.actions import ReportDraft
from meetings.meeting_store import get_meeting
from meetings.models import Meeting
from meetings.room_models import LineState
from tests.browsing import Site
from tests.factories import NOW, add_meeting, add_presence, key

BOARD = "/meetings/hop/rehearsal"
RESULT = {
    "steps": [
        {"id": "microphone", "state": "passed", "finding": ""},
        {"id": "camera", "state": "failed", "finding": ""},
    ],
    "figures": {"up": 1.5e6, "down": 8e6, "loss_up": 0.01, "loss_down": 0.0, "round_trip": 40},
}


@pytest.fixture
async def meeting(site: Site) -> Meeting:
    """In an hour, with the hall and all three communes; the third one has no site yet."""
    world = site.world
    async with site.database.write() as session:
        return await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            [
                (world.communes[0], world.sites[0]),
                (world.communes[1], world.sites[1]),
                (world.communes[2], None),
            ],
            slug="hop",
            starts_at=NOW + timedelta(hours=1),
            hall_id=world.hall.id,
        )


async def report(site: Site, who: str, state: LineState, **ago: float) -> None:
    async with site.database.write() as session:
        meeting_id = (await get_meeting(session, "hop")).id
        reporter = actions.reporter_of(site.world.actors[who])
        draft = ReportDraft(state=state, route="udp", result=RESULT)
        await actions.add_report(session, reporter, meeting_id, draft, NOW - timedelta(**ago))


async def read_board(site: Site, path: str = BOARD, who: str = "technician") -> str:
    page = await (await site.sign_in(who)).open(path)
    assert page.status == 200
    return page.words


async def test_board_shows_every_site_in_official_order(site: Site, meeting: Meeting) -> None:
    words = await read_board(site)

    places = ("Phòng họp số 1, UBND tỉnh", "Xã Đức Trọng", "Xã Đinh Văn Lâm Hà", "Phường Xuân Hương - Đà Lạt")
    assert sorted(places, key=words.index) == list(places)
    assert "0/4 sẵn sàng" in words
    assert "Chưa chọn điểm cầu, chưa kiểm tra kết nối" in words
    assert "Phòng thử mở từ 08:00" in words


async def test_lights_follow_the_last_test_and_the_room(site: Site, meeting: Meeting) -> None:
    await report(site, "site1", LineState.GOOD, minutes=5)
    await report(site, "site2", LineState.BAD, minutes=9)
    await report(site, "site2", LineState.WEAK, minutes=3)
    async with site.database.write() as session:
        await add_presence(session, meeting, NOW, None, site=site.world.hall)

    words = await read_board(site)

    assert "1/4 sẵn sàng" in words
    assert "Sẵn sàng: 1 Cần lưu ý: 2 Chưa sẵn sàng: 1 Đang trong phòng: 1" in words
    assert "Đã vào phòng họp, chưa kiểm tra kết nối" in words
    assert "Lần kiểm tra gần nhất có chỗ cần lưu ý" in words
    assert "UDP gửi 1,5, nhận 8,0 Mbit/s · mất 1,0 %, khứ hồi 40 ms" in words
    assert "đạt không đạt UDP" in words
    assert "từ 08:00" in words


async def test_yesterdays_test_is_not_todays(site: Site, meeting: Meeting) -> None:
    await report(site, "site1", LineState.GOOD, hours=30)

    assert "Đã kiểm tra từ hôm trước, cần kiểm tra lại" in await read_board(site)


async def test_only_those_that_are_not_ready(site: Site, meeting: Meeting) -> None:
    await report(site, "site1", LineState.GOOD)

    words = await read_board(site, f"{BOARD}?show=unready")

    assert "1/4 sẵn sàng" in words
    assert "Điểm cầu xã Đức Trọng" not in words
    assert "Điểm cầu xã Đinh Văn Lâm Hà" in words


async def test_board_alone_is_sent_again_and_keeps_the_filter(site: Site, meeting: Meeting) -> None:
    browser = await site.sign_in("technician")

    part = await browser.open(f"{BOARD}?part=board&show=unready")

    assert part.text.lstrip().startswith('<div id="board" hx-get="/meetings/hop/rehearsal?part=board&amp;show=unready"')
    assert "<html" not in part.text
    assert (await (await site.sign_in("site1")).open(f"{BOARD}?part=board")).status == 403


async def test_site_sees_itself_alone_and_says_who_is_on_duty(site: Site, meeting: Meeting) -> None:
    browser = await site.sign_in("site1")
    page = await browser.open(BOARD)
    assert "Điểm cầu xã Đức Trọng" in page.words
    assert "Đinh Văn" not in page.words
    assert 'href="/connection?meeting=hop"' in page.text
    place = key(site.world.sites[0])

    refused = await browser.send(f"{BOARD}/duty", {"site": str(place), "name": "Lê Văn Trực", "phone": "gọi tôi"})
    saved = await browser.send(f"{BOARD}/duty", {"site": str(place), "name": "Lê Văn Trực", "phone": "0912 345 678"})

    assert (refused.status, list(refused.faults), refused.value("name")) == (422, ["phone"], "Lê Văn Trực")
    assert saved.location == f"{BOARD}?done=duty"
    assert "Lê Văn Trực 0912 345 678" in await read_board(site)
    other = await browser.send(f"{BOARD}/duty", {"site": str(key(site.world.sites[1])), "name": "x", "phone": ""})
    assert other.status == 404


async def test_operator_enters_who_is_on_duty_anywhere(site: Site, meeting: Meeting) -> None:
    browser = await site.sign_in("technician")
    place = key(site.world.sites[1])
    form = await browser.open(f"{BOARD}?duty={place}")
    assert "Người trực tại Điểm cầu xã Đinh Văn Lâm Hà" in form.words

    await browser.send(f"{BOARD}/duty", {"site": str(place), "name": "Trần Thị Ca", "phone": ""})

    assert "Trần Thị Ca" in await read_board(site)
    assert (await (await site.sign_in("leader")).open(f"{BOARD}?duty={place}")).status == 403
    for wrong in ("", "0", "999", "x"):
        assert (await browser.send(f"{BOARD}/duty", {"site": wrong, "name": "x"})).status == 404


async def test_meeting_page_and_today_lead_there(site: Site, meeting: Meeting) -> None:
    for who in ("technician", "secretary", "site1"):
        page = await (await site.sign_in(who)).open("/meetings/hop")
        assert f'href="{BOARD}"' in page.text, who
    assert f'href="{BOARD}"' in (await (await site.sign_in("technician")).open("/")).text
