"""Confirming attendance: what was measured is proposed, the secretary's word counts."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from meetings import actions
from meetings.actions import IncidentDraft
from meetings.kinds import IncidentKind
from meetings.models import Invitation, Meeting, Mode
from tests.browsing import Page, Site, open_site
from tests.factories import NOW, World, add_ended_meeting, add_presence
from web.database import Database


@pytest.fixture
async def meeting(site: Site) -> Meeting:
    """Ended an hour ago after two hours. The first commune was there all the time, the second for half an hour."""
    world, ended = site.world, NOW - timedelta(hours=1)
    async with site.database.write() as session:
        places = list(zip(world.communes, world.sites, strict=True))
        meeting = await add_ended_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            places,
            [None, None, None],
            ended,
            hall_id=world.hall.id,
        )
        start = ended - timedelta(hours=2)
        await add_presence(session, meeting, start, ended, unit=world.communes[0], site=world.sites[0])
        await add_presence(
            session, meeting, start, start + timedelta(minutes=30), unit=world.communes[1], site=world.sites[1]
        )
        return meeting


def make_form(site: Site, modes: list[str], heads: list[str]) -> dict[str, str]:
    form: dict[str, str] = {}
    for unit, mode, head in zip(site.world.communes, modes, heads, strict=True):
        form |= {f"mode-{unit.id}": mode, f"heads-{unit.id}": head, f"note-{unit.id}": ""}
    return form


async def confirm(site: Site, meeting: Meeting, modes: list[str], heads: list[str]) -> Page:
    browser = await site.sign_in("secretary")
    path = f"/meetings/{meeting.slug}/attendance"
    version = (await browser.open(path)).value("version")
    page = await browser.send(path, make_form(site, modes, heads) | {"version": version})
    if page.status != 303:
        return page
    return await browser.open(page.location)


async def list_confirmed(site: Site, meeting: Meeting) -> list[tuple[Mode | None, int | None]]:
    async with site.database.read() as session:
        query = select(Invitation).where(Invitation.meeting_id == meeting.id).order_by(col(Invitation.position))
        return [(row.confirmed_mode, row.head_count) for row in (await session.exec(query)).all()]


async def test_measured_attendance_is_proposed(site: Site, meeting: Meeting) -> None:
    page = await (await site.sign_in("secretary")).open(f"/meetings/{meeting.slug}/attendance")
    first, second, third = (unit.id for unit in site.world.communes)
    assert page.chosen(f"mode-{first}") == ["online"]
    assert page.chosen(f"mode-{second}") == ["absent"], "a quarter of the time is not attending"
    assert page.chosen(f"mode-{third}") == ["absent"]
    assert "kết nối 2 giờ 00 phút (100 %), vào 05:00, ra 07:00" in page.words
    assert "kết nối 30 phút (25 %)" in page.words
    assert "không kết nối vào phòng họp trực tuyến" in page.words


async def test_share_of_the_settings_decides_who_is_connected(
    database: Database, world: World, meeting: Meeting, tmp_path: Path
) -> None:
    second = world.communes[1].id
    async with open_site(database, world, tmp_path / "lenient", connected_share="0.25", ratio_rule="all") as site:
        browser = await site.sign_in("secretary")
        page = await browser.open(f"/meetings/{meeting.slug}/attendance")
        assert page.chosen(f"mode-{second}") == ["online"]
        assert "Đơn vị kết nối ít nhất 25 % thời gian họp được đề xuất là Trực tuyến." in page.words
        shown = await browser.open(f"/meetings/{meeting.slug}")
        assert "Hình thức thực tế Trực tuyến" in shown.words
        page = await confirm(site, meeting, ["online", "online", "in_hall"], ["5", "6", "7"])
        assert "Cấp xã: Tính là không trực tuyến: 2/3 đơn vị" in page.words


@pytest.mark.parametrize(
    ("modes", "form", "effect"),
    [
        (["online", "online", "absent"], "Trực tuyến", "Cấp xã: Tính là họp trực tuyến: 2/2 đơn vị"),
        (["online", "online", "in_hall"], "Kết hợp", "Cấp xã: Tính là họp trực tuyến: 2/3 đơn vị"),
        (["online", "in_hall", "absent"], "Kết hợp", "Cấp xã: Tính là không trực tuyến: 1/2 đơn vị"),
        (["in_hall", "in_hall", "in_hall"], "Trực tiếp", "Cấp xã: Tính là không trực tuyến: 0/3 đơn vị"),
        (["absent", "absent", "absent"], "không có đơn vị nào dự", "Không tính vào chỉ tiêu: không có đơn vị cấp dưới"),
    ],
)
async def test_confirmation_shows_the_form_and_what_it_does_to_the_ratio(
    site: Site, meeting: Meeting, modes: list[str], form: str, effect: str
) -> None:
    heads = ["0" if mode == "absent" else "7" for mode in modes]
    page = await confirm(site, meeting, modes, heads)
    assert f"Hình thức thực tế: {form}" in page.words
    assert effect in page.words
    assert await list_confirmed(site, meeting) == [
        (Mode(mode), int(head)) for mode, head in zip(modes, heads, strict=True)
    ]


async def test_confirmation_enters_the_ratio(site: Site, meeting: Meeting) -> None:
    leader = await site.sign_in("leader")
    assert "–" in (await leader.open("/")).words
    await confirm(site, meeting, ["online", "online", "absent"], ["5", "6", ""])
    page = await leader.open("/")
    assert "100,0 %" in page.words
    assert "1/1 cuộc họp" in page.words


@pytest.mark.parametrize(
    ("modes", "heads", "words"),
    [
        (["online", "online", ""], ["1", "1", ""], "Hãy chọn hình thức tham dự của Phường Xuân Hương - Đà Lạt."),
        (["online", "online", "both"], ["1", "1", ""], "Hãy chọn hình thức tham dự của Phường Xuân Hương - Đà Lạt."),
        (["online", "absent", "absent"], ["nhiều", "", ""], "Số người dự của Xã Đức Trọng phải là số từ 0 đến 9999."),
        (["online", "absent", "absent"], ["-3", "", ""], "Số người dự của Xã Đức Trọng phải là số từ 0 đến 9999."),
        (["online", "absent", "absent"], ["0", "", ""], "Xã Đức Trọng có dự nhưng số người là 0."),
    ],
)
async def test_wrong_row_is_said_and_the_others_are_kept(
    site: Site, meeting: Meeting, modes: list[str], heads: list[str], words: str
) -> None:
    page = await confirm(site, meeting, modes, heads)
    assert page.status == 422
    assert words in page.words
    second = site.world.communes[1].id
    assert page.chosen(f"mode-{second}") == [modes[1]]
    assert page.value(f"heads-{second}") == heads[1]
    assert await list_confirmed(site, meeting) == [(None, None)] * 3


async def test_confirmation_may_be_corrected(site: Site, meeting: Meeting) -> None:
    await confirm(site, meeting, ["online", "online", "absent"], ["5", "6", ""])
    page = await confirm(site, meeting, ["online", "in_hall", "absent"], ["5", "6", ""])
    assert "Hình thức thực tế: Kết hợp" in page.words


async def test_word_of_another_secretary_is_not_overwritten_unseen(site: Site, meeting: Meeting) -> None:
    first, path = await site.sign_in("secretary"), f"/meetings/{meeting.slug}/attendance"
    version = (await first.open(path)).value("version")
    await confirm(site, meeting, ["online", "online", "absent"], ["5", "6", ""])
    mine = make_form(site, ["in_hall", "online", "online"], ["1", "2", "3"])
    page = await first.send(path, mine | {"version": version})
    assert page.status == 409
    assert "Người khác vừa lưu việc tham dự của cuộc họp này." in page.words
    assert "Hình thức thực tế: Trực tuyến" in page.words
    assert page.chosen(f"mode-{site.world.communes[0].id}") == ["in_hall"]
    assert await list_confirmed(site, meeting) == [(Mode.ONLINE, 5), (Mode.ONLINE, 6), (Mode.ABSENT, 0)]
    assert (await first.send(path, mine | {"version": page.value("version")})).status == 303
    assert await list_confirmed(site, meeting) == [(Mode.IN_HALL, 1), (Mode.ONLINE, 2), (Mode.ONLINE, 3)]


async def test_meeting_that_has_not_ended_cannot_be_confirmed(site: Site, meeting: Meeting) -> None:
    async with site.database.write() as session:
        row = await session.get_one(Meeting, meeting.id)
        row.status = "in_session"  # type: ignore[assignment]  # the column turns it into its member
        session.add(row)
    assert (await (await site.sign_in("secretary")).open(f"/meetings/{meeting.slug}/attendance")).status == 403


async def test_what_the_site_declared_and_what_went_wrong_is_proposed(site: Site, meeting: Meeting) -> None:
    async with site.database.write() as session:
        query = select(Invitation).where(Invitation.unit_id == site.world.communes[1].id)
        row = (await session.exec(query)).one()
        row.head_count, row.names = 4, ["Ka Thị Hoa", "Lý Văn Sơn"]
        draft = IncidentDraft(
            kind=IncidentKind.TELEPHONE,
            unit_id=site.world.communes[1].id,
            text="Đứt cáp",
            starts_at=NOW - timedelta(hours=2, minutes=30),
        )
        await actions.log_incident(session, site.world.actors["secretary"], meeting.slug, draft, NOW)
    page = await (await site.sign_in("secretary")).open(f"/meetings/{meeting.slug}/attendance")
    unit = site.world.communes[1].id
    assert "Điểm cầu khai: Ka Thị Hoa, Lý Văn Sơn" in page.words
    assert (page.chosen(f"mode-{unit}"), page.value(f"heads-{unit}")) == (["online"], "4")
    assert page.value(f"note-{unit}") == "Dự bằng điện thoại từ 05:30 đến hết cuộc họp (Đứt cáp)"
