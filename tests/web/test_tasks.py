"""The pages of tasks: the list with its filters, the file, one task with its forms, and where else tasks are shown."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from meetings.calendar_models import MeetingSeries
from meetings.models import AgendaItem, Meeting
from meetings.task_models import Task
from meetings.tasks.actions import create_tasks
from meetings.tasks.agenda import TITLE
from tests.browsing import Site
from tests.factories import NOW, add_ended_meeting, add_meeting, key
from transcripts.minutes import Conclusion
from web.rounds import carry_onto_agendas

LATE = Conclusion("Giao UBND xã Đức Trọng rà soát hộ nghèo.", "UBND xã Đức Trọng", date(2026, 11, 20))
SOON = Conclusion(
    "Giao Sở Tài chính bố trí vốn.", "Sở Tài chính", date(2026, 11, 25), (), ("UBND xã Đức Trọng",), "Tờ trình"
)
FREE = Conclusion("Yêu cầu các xã, phường báo cáo.", "Các xã, phường")


async def give(site: Site, *conclusions: Conclusion, series: bool = False) -> int:
    """The tasks of a meeting that was held yesterday; the key of the meeting."""
    world = site.world
    async with site.database.write() as session:
        invited = [(unit, place) for unit, place in zip(world.communes, world.sites, strict=True)]
        meeting = await add_ended_meeting(
            session, world.province, world.chair, world.secretary, invited, [None] * 3, NOW - timedelta(hours=20)
        )
        if series:
            row = MeetingSeries(
                slug="weekly", uid="weekly", rule="FREQ=WEEKLY", starts_at=NOW, minutes=60, created_at=NOW
            )
            session.add(row)
            await session.flush()
            meeting.series_id = row.id
        await create_tasks(session, world.actors["chair"], key(meeting), conclusions, NOW)
        return key(meeting)


async def test_list_says_what_is_late_and_filters_by_its_address(site: Site) -> None:
    await give(site, LATE, SOON, FREE)
    browser = await site.sign_in("secretary")
    page = await browser.open("/tasks")
    assert "Quá hạn 2 ngày làm việc" in page.words
    assert "Đang mở (3) Quá hạn (1) Sắp đến hạn (1)" in page.words
    assert (
        page.words.index("rà soát hộ nghèo") < page.words.index("bố trí vốn") < page.words.index("các xã, phường báo")
    )
    late = await browser.open("/tasks?state=late")
    assert "rà soát hộ nghèo" in late.words
    assert "bố trí vốn" not in late.words
    found = await browser.open("/tasks?q=bo+tri+von&whose=follow&unit=S%E1%BB%9F+T%C3%A0i+ch%C3%ADnh")
    assert "bố trí vốn" in found.words
    assert "rà soát" not in found.words
    assert "Không có nhiệm vụ nào phù hợp" in (await browser.open("/tasks?state=done")).words


async def test_nobody_meets_an_empty_list(site: Site) -> None:
    page = await (await site.sign_in("delegate")).open("/tasks?state=nothing&whose=nobody")
    assert "Chưa có nhiệm vụ" in page.words


async def test_file_holds_what_the_page_shows(site: Site) -> None:
    await give(site, LATE, SOON, Conclusion("=1+1", "Sở Tài chính"))
    browser = await site.sign_in("leader")
    rows = list(csv.reader(io.StringIO((await browser.open("/tasks.csv")).text.lstrip("\ufeff")), delimiter=";"))
    assert rows[0][:6] == ["STT", "Nhiệm vụ", "Đơn vị chủ trì", "Đơn vị phối hợp", "Sản phẩm", "Hạn hoàn thành"]
    assert rows[2][1:6] == [SOON.text, "Sở Tài chính", "UBND xã Đức Trọng", "Tờ trình", "25/11/2026"]
    assert rows[3][1] == "'=1+1"
    late = (await browser.open("/tasks.csv?state=late")).text
    assert "bố trí vốn" not in late
    assert (await browser.open("/tasks.xlsx")).status == 200


async def test_unit_reports_and_chair_accepts(site: Site) -> None:
    await give(site, LATE)
    unit, chair = await site.sign_in("contact"), await site.sign_in("chair")
    assert "Nhiệm vụ đơn vị phải thực hiện" in (await unit.open("/")).words
    report = {"step": "report", "seen": "assigned", "text": "Đã rà soát 14 thôn.", "day": "23/11/2026"}
    done = await unit.send("/tasks/1", report)
    assert "Đã gửi báo cáo hoàn thành" in (await unit.open(done.location)).words
    assert "Nhiệm vụ chờ xác nhận" in (await chair.open("/")).words
    page = await chair.open("/tasks/1")
    assert "Báo cáo hoàn thành ngày 23/11/2026" in page.words
    assert "Đã rà soát 14 thôn." in page.words
    await chair.send("/tasks/1", {"step": "accept", "seen": "reported", "text": ""})
    assert "Đã hoàn thành" in (await unit.open("/tasks/1")).words


@pytest.mark.parametrize(
    ("form", "status", "told"),
    [
        ({"step": "ask", "text": "Mưa lũ kéo dài", "day": "31/13/2026"}, 422, "Ngày chưa đúng"),
        ({"step": "ask", "text": "Mưa lũ kéo dài", "day": ""}, 422, "Hãy chọn hạn mới."),
        ({"step": "report", "text": ""}, 422, "Hãy ghi kết quả thực hiện."),
        ({"step": "report", "text": "Mưa lũ kéo dài", "seen": "returned"}, 409, "đã được cập nhật sau khi bạn mở"),
        ({"step": "give", "text": "Giao"}, 404, ""),
    ],
)
async def test_refused_form_keeps_what_was_typed(site: Site, form: dict[str, str], status: int, told: str) -> None:
    await give(site, LATE)
    page = await (await site.sign_in("contact")).send("/tasks/1", {"seen": "assigned"} | form)
    assert page.status == status
    assert told in page.words
    if form["text"].startswith("Mưa"):
        assert "Mưa lũ kéo dài" in page.text


async def test_task_of_strangers_is_not_there(site: Site) -> None:
    await give(site, LATE)
    browser = await site.sign_in("technician")
    assert (await browser.open("/tasks/1")).status == 404
    assert (await browser.open("/tasks/99")).status == 404
    assert (await browser.open("/tasks/abc")).status == 404


async def add_next(site: Site, days: int = 7, **values: Any) -> Meeting:
    world = site.world
    async with site.database.write() as session:
        row = (await session.exec(select(MeetingSeries))).one()
        return await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            [(world.communes[0], world.sites[0])],
            agenda=["Giải ngân"],
            series_id=row.id,
            starts_at=NOW + timedelta(days=days),
            slug=f"next{days}",
            **values,
        )


async def titles(site: Site, meeting: Meeting) -> list[str]:
    async with site.database.read() as session:
        query = select(AgendaItem).where(AgendaItem.meeting_id == meeting.id).order_by("position")
        return [item.title for item in (await session.exec(query)).all()]


async def test_open_tasks_come_onto_the_next_agenda_of_their_series(site: Site) -> None:
    await give(site, LATE, SOON, series=True)
    later, following = await add_next(site, 14), await add_next(site, 7)
    await carry_onto_agendas(site.database, NOW)
    assert await titles(site, following) == [TITLE, "Giải ngân"]
    assert await titles(site, later) == ["Giải ngân"]
    page = await (await site.sign_in("secretary")).open("/meetings/next7")
    assert "UBND xã Đức Trọng; Sở Tài chính" in page.words
    assert "Giao UBND xã Đức Trọng rà soát hộ nghèo." in page.words
    chair = await site.sign_in("chair")
    await chair.send("/tasks/1", {"step": "cancel", "seen": "assigned", "text": "Đã giao lại."})
    assert await titles(site, following) == [TITLE, "Giải ngân"]
    await chair.send("/tasks/2", {"step": "cancel", "seen": "assigned", "text": "Đã giao lại."})
    assert await titles(site, following) == ["Giải ngân"]
    async with site.database.read() as session:
        assert len((await session.exec(select(Task))).all()) == 2
