"""The annex "Danh sách thành phần tham dự", read back from both files."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import docx
import pypdf
import pytest
from docx.enum.section import WD_ORIENT

from meetings.interval import Span
from meetings.kinds import Attended
from meetings.printing.attendance import AttendanceList, Attendee, build_attendance_sheet
from meetings.printing.documents import render_attendance
from tests.printed import assert_in_order, assert_is_pdf_a, placed_words, text_of

START = datetime(2026, 6, 5, 1, 0, tzinfo=UTC)
PEOPLE = (
    Attendee(full_name="Lý Sơn", position="Chủ tịch", unit="UBND xã A", site="Điểm cầu A", mode="online",
             attended=Attended.PRESENT),
    Attendee(full_name="K’Brếp", position="Phó Chủ tịch", unit="UBND xã B", site="Điểm cầu B", mode="online",
             attended=Attended.LATE, arrived_at=START + timedelta(minutes=20), substitute_for="đồng chí Lê Văn A"),
    Attendee(full_name="Trần B", unit="Sở Tài chính", mode="in_hall", attended=Attended.LEFT_EARLY,
             left_at=START + timedelta(minutes=90)),
    Attendee(full_name="Võ C", unit="UBND xã C", mode="online", attended=Attended.EXCUSED, note="đi công tác"),
    Attendee(full_name="Đỗ D", unit="UBND xã D", attended=Attended.UNEXCUSED),
    Attendee(full_name="Hồ E", unit="UBND xã E"),
)  # fmt: skip


def make_list(**changed: Any) -> AttendanceList:
    values: dict[str, Any] = {
        "title": "Họp giao ban tháng 6 năm 2026",
        "organ": "Ủy ban nhân dân tỉnh Lâm Đồng",
        "held": Span(START, START + timedelta(hours=2)),
        "rows": PEOPLE,
        "attached_to": "Biên bản cuộc họp",
    }
    return AttendanceList(**(values | changed))


def test_each_way_of_attending_has_its_words() -> None:
    rows = [row[1:] for row in build_attendance_sheet(make_list()).annex.rows]
    ways = [(row[4], row[5].replace("\N{NO-BREAK SPACE}", " ")) for row in rows]
    assert ways == [
        ("Trực tuyến", "Có mặt"),
        ("Trực tuyến", "Đến muộn (08 giờ 20); đi thay đồng chí Lê Văn A"),
        ("Trực tiếp", "Về sớm (09 giờ 30)"),
        ("–", "Vắng có lý do; đi công tác"),
        ("–", "Vắng không lý do"),
        ("–", "Chưa xác nhận"),
    ]


def test_totals_stand_below_the_table() -> None:
    assert build_attendance_sheet(make_list()).totals == (
        "Tổng số: 6 người; có mặt 3 (đến muộn 1, về sớm 1, đi thay 1, trực tuyến 2); vắng có lý do 1; "
        "vắng không lý do 1; chưa xác nhận 1."
    )


def test_pdf_is_an_upright_annex_whose_pages_are_numbered() -> None:
    reader = pypdf.PdfReader(io.BytesIO(render_attendance(make_list(rows=PEOPLE * 12), "pdf")))
    assert_is_pdf_a(reader)
    page = reader.pages[0]
    assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (595, 842)
    told = ["Phụ lục", "DANH SÁCH THÀNH PHẦN THAM DỰ", "(Kèm theo Biên bản cuộc họp)", "Họp giao ban tháng 6 năm 2026"]
    assert_in_order(text_of(reader), [*told, "STT", "Họ và tên", "Lý Sơn", "72", "Tổng số: 72 người"])
    assert not [word for word in placed_words(page) if word[1] < 20]
    assert [text for _, y, _, text in placed_words(reader.pages[1]) if y < 20] == ["2"]
    assert "Họ và tên" in reader.pages[1].extract_text()  # the head of the table is repeated


def test_docx_holds_the_same_table() -> None:
    document = docx.Document(io.BytesIO(render_attendance(make_list(), "docx")))
    assert document.sections[0].orientation == WD_ORIENT.PORTRAIT
    [table] = document.tables
    sheet = build_attendance_sheet(make_list())
    assert [tuple(cell.text for cell in row.cells) for row in table.rows] == [sheet.annex.columns, *sheet.annex.rows]
    assert document.paragraphs[-1].text == sheet.totals


@pytest.mark.parametrize("ending", ["pdf", "docx"])
def test_equal_input_gives_equal_bytes_and_an_empty_list_is_printed_too(ending: str) -> None:
    assert render_attendance(make_list(), ending) == render_attendance(make_list(), ending)
    assert render_attendance(make_list(rows=()), ending)
