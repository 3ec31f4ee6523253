"""The printed Giấy mời, read back: the words of Mẫu 1.7 and their order, and the measures of NĐ 30/2020/NĐ-CP."""

import io
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import docx
import pypdf
import pytest
from docx.shared import Pt

from meetings.printing.documents import render_invitation
from meetings.printing.invitation import InvitationContent, build_invitation_sheet
from meetings.printing.wording import spell_day
from tests.printed import (
    assert_has_measures,
    assert_in_order,
    assert_is_pdf_a,
    faces_of,
    lines_of,
    placed_words,
    text_of,
    walk_paragraphs,
)

START = datetime(2026, 6, 5, 1, 0, tzinfo=UTC)  # 08:00 in Việt Nam
ISSUED = date(2026, 6, 1)
HOSTILE = 'giá #set text(red) $x^2$ *đậm* _nghiêng_ \\ [ô] @nhãn `mã` <b> & "trích" // = - + ~'


def make_content(**changed: Any) -> InvitationContent:
    content = InvitationContent(
        organ="Ủy ban nhân dân tỉnh Lâm Đồng",
        symbol="GM-UBND",
        town="Lâm Đồng",
        subject="Họp giao ban trực tuyến tháng 6 năm 2026",
        invitees=("Lãnh đạo Sở Tài chính", "UBND xã Đức Trọng", "UBND phường Xuân Hương - Đà Lạt;"),
        attend="Họp giao ban giữa UBND tỉnh với UBND các xã, phường",
        chair="đồng chí Trần Văn Hiệp, Chủ tịch UBND tỉnh",
        starts_at=START,
        ends_at=START + timedelta(hours=2),
        places=("Điểm cầu chính: Phòng họp số 1", "Điểm cầu thành phần: phòng họp của các đơn vị được mời"),
        notes=("Thử đường truyền từ 07 giờ 00 cùng ngày", f"Lưu ý: {HOSTILE}", "Tài liệu: https://hop.vn/papers."),
        recipients=("Như thành phần mời;", "CT, các PCT UBND tỉnh", "Lưu: VT, TH."),
        authority=("KT. CHỦ TỊCH",),
        signer_position="Phó Chủ tịch",
        signer_name="Võ Ngọc Hiệp",
    )
    return replace(content, **changed)


IN_ORDER = [
    "GIẤY MỜI",
    "Họp giao ban trực tuyến tháng 6 năm 2026",
    "Ủy ban nhân dân tỉnh Lâm Đồng trân trọng kính mời:",
    "- Lãnh đạo Sở Tài chính;",
    "- UBND xã Đức Trọng;",
    "- UBND phường Xuân Hương - Đà Lạt.",
    "Tới dự Họp giao ban giữa UBND tỉnh với UBND các xã, phường.",
    "Chủ trì: đồng chí Trần Văn Hiệp, Chủ tịch UBND tỉnh.",
    "Thời gian: 08 giờ 00, ngày 05 tháng 6 năm 2026.",
    "Địa điểm:",
    "1. Điểm cầu chính: Phòng họp số 1;",
    "2. Điểm cầu thành phần: phòng họp của các đơn vị được mời.",
    "Thử đường truyền từ 07 giờ 00 cùng ngày.",
    f"Lưu ý: {HOSTILE}.",
    "Tài liệu: https://hop.vn/papers./.",
]
CLOSING = ["Nơi nhận:", "- Như thành phần mời;", "- CT, các PCT UBND tỉnh;", "- Lưu: VT, TH."]
SIGNATURE = ["KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", "Võ Ngọc Hiệp"]
HEAD = [
    "ỦY BAN NHÂN DÂN",
    "TỈNH LÂM ĐỒNG",
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Số: 05/GM-UBND",
    "Lâm Đồng, ngày 01 tháng 6 năm 2026",
]


def open_pdf(content: InvitationContent | None = None, **given: Any) -> pypdf.PdfReader:
    given = given or {"number": 5, "issued_on": ISSUED}
    return pypdf.PdfReader(io.BytesIO(render_invitation(content or make_content(), "pdf", **given)))


def open_docx(content: InvitationContent | None = None, **given: Any) -> Any:
    given = given or {"number": 5, "issued_on": ISSUED}
    return docx.Document(io.BytesIO(render_invitation(content or make_content(), "docx", **given)))


def test_pdf_holds_the_form_in_order() -> None:
    text = text_of(open_pdf())
    assert_in_order(text, [*HEAD, *IN_ORDER])
    assert_in_order(text, [IN_ORDER[-1], *CLOSING])
    assert_in_order(text, [IN_ORDER[-1], *SIGNATURE])


def test_docx_holds_the_form_in_order() -> None:
    text = "\n".join(lines_of(open_docx()))
    assert_in_order(text, [*HEAD, *IN_ORDER, *CLOSING, *SIGNATURE])


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 6, 5), "ngày 05 tháng 6 năm 2026"),
        (date(2026, 1, 15), "ngày 15 tháng 01 năm 2026"),
        (date(2026, 2, 9), "ngày 09 tháng 02 năm 2026"),
        (date(2026, 3, 31), "ngày 31 tháng 3 năm 2026"),
        (date(2026, 12, 10), "ngày 10 tháng 12 năm 2026"),
    ],
)
def test_days_below_ten_and_the_first_two_months_carry_a_zero(day: date, words: str) -> None:
    assert spell_day(day) == words


def test_number_and_day_stay_blank_until_the_clerk_gives_them() -> None:
    text = text_of(open_pdf(make_content(), number=None))
    assert re.search(r"Số:\s+/GM-UBND", text)
    assert re.search(r"Lâm Đồng, ngày\s+tháng\s+năm 2026", text)
    assert build_invitation_sheet(make_content(), number=123).head.reference == "Số: 123/GM-UBND"


def test_committee_writes_no_superior_and_an_office_does() -> None:
    assert build_invitation_sheet(make_content()).head.parent_organ == ""
    office = make_content(organ="Văn phòng", parent_organ="Ủy ban nhân dân tỉnh Lâm Đồng", symbol="GM-VP")
    assert_in_order(text_of(open_pdf(office)), ["UBND TỈNH LÂM ĐỒNG", "VĂN PHÒNG", "Số: 05/GM-VP"])
    assert "Văn phòng trân trọng kính mời:" in text_of(open_pdf(office))


def test_one_invitee_stands_in_the_line_and_one_place_too() -> None:
    text = text_of(open_pdf(make_content(invitees=("UBND xã Đức Trọng",), places=("Phòng họp số 1",))))
    assert "trân trọng kính mời: UBND xã Đức Trọng. Tới dự" in text
    assert "Địa điểm: Phòng họp số 1." in text


def test_meeting_of_two_days_says_when_it_ends() -> None:
    text = text_of(open_pdf(make_content(ends_at=START + timedelta(days=1, hours=9))))
    assert "từ 08 giờ 00, ngày 05 tháng 6 năm 2026 đến 17 giờ 00, ngày 06 tháng 6 năm 2026" in text


def test_page_has_the_margins_sizes_and_faces_of_the_decree() -> None:
    page = open_pdf().pages[0]
    assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (595, 842)
    words = placed_words(page)
    assert min(x for x, *_ in words) == pytest.approx(30, abs=0.5)
    assert min(y for _, y, *_ in words) > 20
    assert max(y for _, y, *_ in words) < 277
    sizes = {text: round(size, 1) for _, _, size, text in words}
    faces = faces_of(page)
    for text, size, face in (
        ("TỈNH LÂM ĐỒNG", 13, "Bold"),
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 13, "Bold"),
        ("Độc lập - Tự do - Hạnh phúc", 14, "Bold"),
        ("Số: 05/GM-UBND", 13, "Regular"),
        ("Lâm Đồng, ngày 01 tháng 6 năm 2026", 14, "Italic"),
        ("GIẤY MỜI", 14, "Bold"),
        ("Họp giao ban trực tuyến tháng 6 năm 2026", 14, "Bold"),
        ("Nơi nhận:", 12, "BoldItalic"),
        ("- Lưu: VT, TH.", 11, "Regular"),
        ("KT. CHỦ TỊCH", 14, "Bold"),
        ("Võ Ngọc Hiệp", 14, "Bold"),
    ):
        assert sizes[text] == size
        regular = {"LiberationSerif", "LiberationSerif-Regular"}
        assert faces[text] in (regular if face == "Regular" else {f"LiberationSerif-{face}"})


def test_head_stands_in_two_columns_with_number_and_day_on_one_line() -> None:
    places = {text: (x, y) for x, y, _, text in placed_words(open_pdf().pages[0])}
    nation, motto = places["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"], places["Độc lập - Tự do - Hạnh phúc"]
    organ, number = places["TỈNH LÂM ĐỒNG"], places["Số: 05/GM-UBND"]
    day = places["Lâm Đồng, ngày 01 tháng 6 năm 2026"]
    assert organ[0] < 93 <= min(nation[0], motto[0], day[0])
    assert number[0] < 93
    assert number[1] == pytest.approx(day[1], abs=0.8)
    assert places["ỦY BAN NHÂN DÂN"][1] == pytest.approx(nation[1], abs=0.5)
    assert places["Nơi nhận:"][1] == pytest.approx(places["KT. CHỦ TỊCH"][1], abs=1)
    assert places["Võ Ngọc Hiệp"][1] - places["PHÓ CHỦ TỊCH"][1] > 27


def test_pages_are_numbered_in_the_top_margin_from_the_second_on() -> None:
    long = make_content(notes=("Câu dài. " * 60,) * 8)
    pages = open_pdf(long).pages
    assert len(pages) >= 2
    assert not [word for word in placed_words(pages[0]) if word[1] < 20]
    x, _, size, text = next(word for word in placed_words(pages[1]) if word[1] < 20)
    assert (text, round(size)) == ("2", 14)
    assert x == pytest.approx(30 + 165 / 2, abs=3)


def test_many_invitees_stand_in_an_annex_whose_pages_count_anew() -> None:
    communes = tuple(f"UBND xã số {number}" for number in range(1, 125))
    pages = open_pdf(make_content(invitees=communes)).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "kính mời: 124 cơ quan, đơn vị, cá nhân (danh sách tại Phụ lục kèm theo)." in text
    annex = next(index for index, page in enumerate(pages) if "DANH SÁCH MỜI HỌP" in page.extract_text())
    assert not [word for word in placed_words(pages[annex]) if word[1] < 20]
    assert [text for _, y, _, text in placed_words(pages[annex + 1]) if y < 20] == ["2"]
    assert re.search(r"\(Kèm theo Giấy mời số\s+/GM-UBND ngày\s+tháng\s+năm 2026", text)
    table = open_docx(make_content(invitees=communes)).tables[-1]
    assert [cell.text for cell in table.rows[124].cells] == ["124", "UBND xã số 124"]


def test_long_list_of_recipients_goes_on_over_the_page() -> None:
    recipients = (*(f"UBND xã số {number}" for number in range(1, 125)), "Lưu: VT")
    text = text_of(open_pdf(make_content(recipients=recipients)))
    assert_in_order(text, ["Nơi nhận:", "- UBND xã số 1;", "- UBND xã số 124;", "- Lưu: VT."])


def test_letter_before_says_that_it_is_not_the_official_document() -> None:
    for text in (
        text_of(open_pdf(make_content(), preliminary=True)),
        " ".join(lines_of(open_docx(make_content(), preliminary=True))),
    ):
        told = ["KHÔNG PHẢI VĂN BẢN CHÍNH THỨC", "THƯ MỜI HỌP TRƯỚC", "Giấy mời chính thức có số, chữ ký và dấu"]
        assert_in_order(text, told)
        for absent in ("Số:", "CỘNG HÒA", "Võ Ngọc Hiệp", "Nơi nhận", "GIẤY MỜI"):
            assert absent not in text


def test_pdf_is_tagged_pdf_a_2b_and_carries_its_fonts() -> None:
    assert_is_pdf_a(open_pdf())
    assert_is_pdf_a(open_pdf(make_content(), preliminary=True))


@pytest.mark.parametrize("ending", ["pdf", "docx"])
def test_equal_input_gives_equal_bytes(ending: str) -> None:
    assert render_invitation(make_content(), ending) == render_invitation(make_content(), ending)


def test_docx_has_the_measures_of_the_decree() -> None:
    document = open_docx()
    assert_has_measures(document)
    runs = {paragraph.text: paragraph.runs[0] for paragraph in walk_paragraphs(document) if paragraph.runs}
    assert runs["Lâm Đồng, ngày 01 tháng 6 năm 2026"].italic
    assert runs["GIẤY MỜI"].bold
    assert runs["Số: 05/GM-UBND"].font.size == Pt(13)
    assert runs["Nơi nhận:"].font.size == Pt(12)
    assert runs["- Lưu: VT, TH."].font.size == Pt(11)


def test_values_survive_the_database() -> None:
    content = make_content()
    assert InvitationContent.from_json(json.loads(json.dumps(content.to_json()))) == content


def test_letters_that_no_page_can_show_stop_no_document() -> None:
    assert "mặt cười □" in text_of(open_pdf(make_content(notes=("mặt cười 😀", "chuông \x07"))))
