"""The first page, by role: never empty, and what matters first."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from meetings.indicator.facts import refresh_fact
from meetings.invitations import requests
from meetings.meeting_store import get_meeting
from meetings.models import Account, MeetingStatus, Mode, Target
from tests.browsing import Site
from tests.factories import NOW, add_ended_meeting, add_meeting, add_presence, key
from tests.records import add_minutes
from transcripts.minutes_actions import submit_minutes


async def add_today(site: Site, **values: Any) -> str:
    """A meeting from 08:00 to 10:00 today with the first commune invited; its slug."""
    world = site.world
    async with site.database.write() as session:
        invited = [(world.communes[0], world.sites[0])]
        meeting = await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            invited,
            starts_at=NOW,
            hall_id=world.hall.id,
            **values,
        )
        return meeting.slug


@pytest.mark.parametrize("who", ["delegate", "secretary", "technician", "administrator", "clerk", "inspector", "site1"])
async def test_nobody_meets_an_empty_page(site: Site, who: str) -> None:
    page = await (await site.sign_in(who)).open("/")
    assert page.title == "Hôm nay, 24/11/2026 · Giao Ban"
    assert "Hôm nay không có cuộc họp" in page.words
    assert "sẽ hiện ở đây" in page.words


async def test_delegate_has_one_large_way_into_the_meeting(site: Site) -> None:
    slug = await add_today(site)
    page = await (await site.sign_in("delegate")).open("/")
    assert f'class="button button-primary button-large" href="/meetings/{slug}/lobby"' in page.text
    stranger = await (await site.sign_in("site2")).open("/")
    assert slug not in stranger.text


async def test_cancelled_and_ended_meetings_cannot_be_joined(site: Site) -> None:
    for status in (MeetingStatus.CANCELLED, MeetingStatus.ENDED):
        slug = await add_today(site, status=status)
        page = await (await site.sign_in("delegate")).open("/")
        assert slug in page.text
        assert f"/meetings/{slug}/lobby" not in page.text


async def test_secretary_sees_what_is_to_do_and_what_is_late(site: Site) -> None:
    world = site.world
    people = (world.province, world.chair, world.secretary, [(world.communes[0], None)], [None])
    async with site.database.write() as session:
        await add_ended_meeting(session, *people, NOW - timedelta(days=1), title="Họp hôm qua")
        await add_ended_meeting(session, *people, NOW - timedelta(days=20), title="Họp đã lâu")
        await add_minutes(session, world)
    page = await (await site.sign_in("secretary")).open("/")
    work = page.text.split('id="work"')[1]
    late, recent = work.index("Họp đã lâu"), work.index("Họp hôm qua")
    assert work[late:].index("Quá hạn") < work[late:].index("Xác nhận tham dự")
    assert "Quá hạn" not in work[recent : recent + work[recent:].index("Xác nhận tham dự")]
    assert "Biên bản: dự thảo" in page.words


async def test_chair_is_shown_the_minutes_to_approve(site: Site) -> None:
    async with site.database.write() as session:
        minutes = await add_minutes(session, site.world)
        await submit_minutes(session, site.world.actors["secretary"], minutes.meeting_id, minutes.revision, NOW)
    assert "Biên bản chờ phê duyệt" in (await (await site.sign_in("chair")).open("/")).words
    assert "Biên bản chờ phê duyệt" not in (await (await site.sign_in("secretary")).open("/")).words


async def test_chair_is_shown_what_units_ask(site: Site) -> None:
    slug = await add_today(site, title="Họp giao ban tuần")
    unit = site.world.communes[0].id or 0
    draft = requests.RequestDraft(full_name="Nguyễn Văn Vắng", reason="Đi công tác")
    site.clock.move(hours=-2)
    async with site.database.write() as session:
        await requests.ask_chair(session, site.world.actors["contact"], slug, unit, draft, site.clock())
    page = await (await site.sign_in("chair")).open("/")
    assert "Đề nghị chờ chủ trì cho ý kiến" in page.words
    assert f"/meetings/{slug}/requests" in page.text
    assert "chờ chủ trì" not in (await (await site.sign_in("contact")).open("/")).words


async def test_leader_sees_the_number_first(site: Site) -> None:
    world = site.world
    async with site.database.write() as session:
        invited = [(unit, None) for unit in world.communes]
        for modes in ([Mode.ONLINE] * 3, [Mode.ONLINE] * 3, [Mode.IN_HALL] * 3):
            meeting = await add_ended_meeting(
                session, world.province, world.chair, world.secretary, invited, modes, NOW - timedelta(days=3)
            )
            await refresh_fact(session, key(meeting))
        target: dict[str, Any] = {"upper_level": "province", "lower_level": "commune", "operator": ">", "value": 80.0}
        session.add(Target(valid_from=NOW.date().replace(month=1, day=1), **target))
    page = await (await site.sign_in("leader")).open("/")
    assert page.words.index("66,7 %") < page.words.index("Cuộc họp hôm nay")
    assert "2/3 cuộc họp" in page.words
    assert "Chưa đạt chỉ tiêu" in page.words
    assert "Chỉ tiêu > 80 %" in page.words
    assert 'href="/ratio"' in page.text
    assert "Tỷ lệ họp trực tuyến" not in (await (await site.sign_in("delegate")).open("/")).words
    own = await (await site.sign_in("contact")).open("/")  # whose unit is to say why
    assert "2/3 cuộc họp từ đầu năm, thấp hơn chỉ tiêu" in own.words
    assert f'href="/ratio/units/{world.communes[0].id}"' in own.text


async def test_technician_sees_first_which_sites_are_ready(site: Site) -> None:
    await add_today(site, slug="hop", status=MeetingStatus.IN_SESSION, started_at=NOW)
    async with site.database.write() as session:
        meeting = (await get_meeting(session, "hop")).meeting
        await add_presence(session, meeting, NOW, None, site=site.world.sites[0])
    page = await (await site.sign_in("technician")).open("/")
    assert "0/2 điểm cầu sẵn sàng Cần lưu ý: 1 Chưa sẵn sàng: 1" in page.words
    assert "Cần lưu ý Điểm cầu xã Đức Trọng (đang trong phòng)" in page.words
    assert "Chưa sẵn sàng Phòng họp số 1, UBND tỉnh" in page.words
    assert page.words.index("Các điểm cầu hôm nay") < page.words.index("Cuộc họp hôm nay")


async def test_administrator_sees_what_needs_attention(site: Site) -> None:
    async with site.database.write() as session:
        account = (await session.exec(select(Account).where(Account.username == "delegate"))).one()
        account.locked_until = NOW + timedelta(minutes=5)
        session.add(account)
    page = await (await site.sign_in("administrator")).open("/")
    assert "Cơ sở dữ liệu Bình thường" in page.words
    assert "đang tạm khóa do nhập sai mật khẩu: delegate" in page.words
    assert "Tình trạng hệ thống" not in (await (await site.sign_in("secretary")).open("/")).words


async def test_navigation_shows_what_the_role_may_see(site: Site) -> None:
    expected = {
        "delegate": {"/", "/meetings", "/minutes", "/tasks", "/units"},
        "leader": {"/", "/meetings", "/minutes", "/tasks", "/ratio", "/units"},
        "administrator": {"/", "/meetings", "/minutes", "/tasks", "/units", "/admin/accounts"},
    }
    for who, urls in expected.items():
        page = await (await site.sign_in(who)).open("/meetings")
        navigation = page.text.split('class="sidenav"')[1].split("</nav>")[0]
        assert {part.split('"')[0] for part in navigation.split('href="')[1:] if "icons.svg" not in part[:60]} == urls
        assert 'href="/meetings" aria-current="page"' in navigation
