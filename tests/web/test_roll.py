"""People on the page of the attendance: unfolded, proposed, confirmed, corrected; and the files made of them."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from pypdf import PdfReader
from sqlmodel import select

from meetings.audit import list_entries
from meetings.invitation_models import Attended, Delegate
from meetings.invitations.delegates import DelegateDraft
from meetings.models import Invitation, Meeting, MeetingStatus
from tests.browsing import Browser, Page, Site
from tests.factories import NOW, add_presence, key
from tests.meetings.invitations.gathering import add_gathering, register
from web.table_writing import Sheet, escape_cell, write_csv

PATH = "/meetings/hop/attendance"
HERE = "Nguyễn Văn An"
HOSTILE = '=HYPERLINK("http://x","<b>An</b>")'


@pytest.fixture
async def meeting(site: Site) -> Meeting:
    """Held from 06:00 to 08:00. The first commune's site was connected; one of its people sat in the hall."""
    world, start = site.world, NOW - timedelta(hours=2)
    async with site.database.write() as session:
        meeting = await add_gathering(
            session, world, title="Họp giao ban tháng 11", status=MeetingStatus.IN_SESSION, starts_at=start,
            started_at=start,
        )  # fmt: skip
        await add_presence(session, meeting, start, NOW, unit=world.communes[0], site=world.sites[0])
    await register(
        site.database, world, DelegateDraft(full_name=HERE, position="Phó Chủ tịch"),
        DelegateDraft(full_name="Ka Thị Hoa", site_id=world.hall.id), who="secretary",
    )  # fmt: skip
    async with site.database.write() as session:
        row = await session.get_one(Meeting, meeting.id)
        row.status, row.ended_at, row.ends_at = MeetingStatus.ENDED, NOW, NOW
        names = (await session.exec(select(Invitation).where(Invitation.unit_id == world.communes[1].id))).one()
        names.head_count, names.names = 2, ["Lý Văn Sơn", "Lý Văn Hà"]
        session.add_all([row, names])
    return meeting


async def people(site: Site) -> dict[str, Delegate]:
    async with site.database.read() as session:
        return {row.full_name: row for row in (await session.exec(select(Delegate))).all()}


async def confirm(site: Site, browser: Browser, **more: str) -> Page:
    first, second, third = (unit.id for unit in site.world.communes)
    form = {f"mode-{first}": "online", f"mode-{second}": "absent", f"mode-{third}": "absent"}
    version = (await browser.open(PATH)).value("version")
    return await browser.send(PATH, form | {"version": version} | more)


async def test_row_says_what_is_proposed_of_its_people(site: Site, meeting: Meeting) -> None:
    page = await (await site.sign_in("secretary")).open(PATH)
    assert "2 người: 1 có mặt, 1 chưa rõ (đề xuất)" in page.words
    assert page.value(f"heads-{site.world.communes[0].id}") == "1"
    assert HERE not in page.text, "people come when the row is unfolded"
    page = await (await site.sign_in("secretary")).open(f"{PATH}/people?unit={site.world.communes[0].id}")
    here, unknown = (await people(site))[HERE].id, (await people(site))["Ka Thị Hoa"].id
    assert page.chosen(f"attended-{here}") == ["present"]
    assert page.chosen(f"attended-{unknown}") == [""]
    assert "kết nối từ 06:00 đến 08:00 · đề xuất" in page.words
    assert (await (await site.sign_in("secretary")).open(f"{PATH}/people?unit=4711")).status == 404


async def test_nothing_is_confirmed_of_people_unless_it_is_said(site: Site, meeting: Meeting) -> None:
    assert (await confirm(site, await site.sign_in("secretary"))).status == 303
    assert {row.attended for row in (await people(site)).values()} == {None}


async def test_people_are_confirmed_as_proposed(site: Site, meeting: Meeting) -> None:
    secretary = await site.sign_in("secretary")
    assert "as_proposed" in (await secretary.open(PATH)).text
    await confirm(site, secretary, as_proposed="1")
    rows = await people(site)
    assert (rows[HERE].attended, rows["Ka Thị Hoa"].attended) == (Attended.PRESENT, None)
    assert "đã xác nhận 1" in (await secretary.open(PATH)).words


async def test_all_of_a_unit_are_present_with_one_mark(site: Site, meeting: Meeting) -> None:
    await confirm(site, await site.sign_in("secretary"), **{f"all-{site.world.communes[0].id}": "1"})
    assert {row.attended for row in (await people(site)).values()} == {Attended.PRESENT}


async def test_corrections_leave_a_trace(site: Site, meeting: Meeting) -> None:
    secretary, one = await site.sign_in("secretary"), (await people(site))["Ka Thị Hoa"].id
    await confirm(site, secretary, **{f"attended-{one}": "present"})
    await confirm(site, secretary, **{f"attended-{one}": "excused", f"reason-{one}": "Ốm", "note-1": ""})
    row = (await people(site))["Ka Thị Hoa"]
    assert (row.attended, row.absence_reason, row.marked_by) == (Attended.EXCUSED, "Ốm", "Nguyễn Thị Thư")
    async with site.database.read() as session:
        last = (await list_entries(session, action="attendance.confirm"))[0]
    assert last.detail == {"people": {str(one): [["present", ""], ["excused", "Ốm"]]}}
    page = await secretary.open(PATH)
    assert "Nguyễn Thị Thư: 0 đơn vị thay đổi, 1 người thay đổi" in page.words
    assert "Nguyễn Thị Thư: 3 đơn vị thay đổi, 1 người thay đổi" in page.words


async def test_refused_form_keeps_what_was_said_of_people(site: Site, meeting: Meeting) -> None:
    secretary, one = await site.sign_in("secretary"), (await people(site))["Ka Thị Hoa"].id
    first = str(site.world.communes[0].id)
    page = await confirm(
        site, secretary, opened=first, **{f"attended-{one}": "excused", f"reason-{one}": "Ốm", f"heads-{first}": "x"}
    )
    assert page.status == 422
    assert page.chosen(f"attended-{one}") == ["excused"]
    assert page.value(f"reason-{one}") == "Ốm"
    page = await confirm(site, secretary, opened=first, **{f"attended-{one}": "đâu đó"})
    assert "Hãy chọn việc tham dự của Ka Thị Hoa." in page.words
    assert {row.attended for row in (await people(site)).values()} == {None}


async def test_unit_that_came_uninvited_is_put_on_the_list(site: Site, meeting: Meeting) -> None:
    secretary, unit = await site.sign_in("secretary"), str(site.world.department.id)
    page = await secretary.send(f"{PATH}/unit", {"late_unit": unit})
    assert (page.status, page.faults) == (422, {"place": "Hãy chọn nơi đơn vị dự họp."})
    assert page.chosen("late_unit") == [unit]
    page = await secretary.send(f"{PATH}/unit", {"late_unit": unit, "place": "hall"})
    assert page.location == f"{PATH}?done=late_unit"
    page = await secretary.open(PATH)
    assert "Sở Tài chính" in page.words
    assert "bổ sung lúc 08:00, 24/11/2026 (Nguyễn Thị Thư)" in page.words
    assert page.chosen(f"mode-{unit}") == ["in_hall"]
    table = (await secretary.open(f"{PATH}.csv")).text.splitlines()
    assert [row.rpartition(";")[2] for row in table if "Sở Tài chính" in row] == ["Nguyễn Thị Thư, 08:00, 24/11/2026"]
    for again in (unit, str(site.world.province.id), "4711"):
        assert (await secretary.send(f"{PATH}/unit", {"late_unit": again, "place": "hall"})).status == 422


async def test_csv_is_for_vietnamese_spreadsheets_and_works_nothing_out(site: Site, meeting: Meeting) -> None:
    await register(site.database, site.world, HOSTILE, who="secretary")
    page = await (await site.sign_in("leader")).open(f"{PATH}.csv")
    assert page.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "danh-sach-tham-du-2026-11-24.csv" in page.headers["Content-Disposition"]
    assert page.text.startswith("\N{BYTE ORDER MARK}STT;Đơn vị;Điểm cầu;")
    rows = list(csv.DictReader(io.StringIO(page.text.lstrip("\N{BYTE ORDER MARK}")), delimiter=";"))
    assert [row["Họ và tên"] for row in rows] == [
        HERE, "Ka Thị Hoa", f"'{HOSTILE}", "Lý Văn Sơn", "Lý Văn Hà", "",
    ]  # fmt: skip
    assert (rows[0]["Tham dự"], rows[0]["Xác nhận"]) == ("Có mặt", "chưa xác nhận")
    assert rows[0]["Bổ sung"] == "Nguyễn Thị Thư, 08:00, 24/11/2026"


async def test_workbook_has_people_and_units_in_typed_cells(site: Site, meeting: Meeting) -> None:
    await register(site.database, site.world, HOSTILE, who="secretary")
    browser = await site.sign_in("chair")
    async with browser.session.get(site.server.make_url(f"{PATH}.xlsx")) as answer:
        book = openpyxl.load_workbook(io.BytesIO(await answer.read()))
    assert book.sheetnames == ["Người dự", "Đơn vị"]
    people_page, unit_page = book.worksheets
    assert people_page["A1"].value == "Họp giao ban tháng 11"
    assert people_page.freeze_panes == "A6"
    cell = next(row[4] for row in people_page.iter_rows(min_row=6) if row[4].value == HOSTILE)
    assert cell.data_type == "s", "text, never a formula"
    assert unit_page["J6"].value == 120
    assert unit_page["H6"].is_date
    assert unit_page["K6"].value == 100


@pytest.mark.parametrize("ending", ["pdf", "docx"])
async def test_annex_names_everybody(site: Site, meeting: Meeting, ending: str) -> None:
    browser = await site.sign_in("inspector")
    async with browser.session.get(site.server.make_url(f"{PATH}.{ending}")) as answer:
        assert answer.status == 200
        data = await answer.read()
    if ending == "docx":
        assert data.startswith(b"PK")
        return
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())
    for words in ("DANH SÁCH THÀNH PHẦN THAM DỰ", HERE, "Ka Thị Hoa", "Lý Văn Sơn", "Chưa xác nhận"):
        assert words in text


async def test_files_are_for_who_answers_for_the_record_and_leave_a_trace(site: Site, meeting: Meeting) -> None:
    for who in ("contact", "delegate", "site1", "technician", "administrator", "clerk"):
        assert (await (await site.sign_in(who)).open(f"{PATH}.csv")).status in (403, 404)
    await (await site.sign_in("leader")).open(f"{PATH}.csv")
    async with site.database.read() as session:
        [entry] = await list_entries(session, action="attendance.export")
    assert (entry.actor, entry.detail) == ("Võ Lãnh Đạo", {"format": "csv"})
    assert key(meeting)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_work_out_is_text(text: str) -> None:
    assert escape_cell(text) == f"'{text}"
    assert escape_cell("Nguyễn Văn An") == "Nguyễn Văn An"


def test_numbers_and_times_are_written_as_people_write_them() -> None:
    sheet = Sheet("x", [("A", 1), ("B", 1), ("C", 1), ("D", 1)], [(1, 2.5, NOW, None)])
    assert write_csv(sheet) == "\N{BYTE ORDER MARK}A;B;C;D\r\n1;2,5;24/11/2026 08:00;\r\n"
