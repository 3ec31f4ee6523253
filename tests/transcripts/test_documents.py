"""The printed minutes, read back: words and their order, places on the page, and the promises of the formats."""

import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import docx
import pypdf
import pytest
from docx.shared import Mm, Pt

from meetings.printing.typesetting import FONTS, read_coverage
from signaling.effects import StopReason
from tests.printed import (
    assert_has_measures,
    assert_in_order,
    assert_is_pdf_a,
    lines_of,
    placed_words,
    text_of,
    walk_paragraphs,
)
from transcripts.documents import render_docx, render_pdf
from transcripts.minutes import (
    Attendance,
    Conclusion,
    Content,
    Gap,
    Officer,
    Section,
    Statement,
    Vote,
    sha256,
)
from transcripts.official import render_to_sign
from transcripts.printed_form import MODES, SHARED, build_sheet
from web.layout import MODE_NAMES

START = datetime(2026, 2, 3, 1, 0, tzinfo=UTC)  # 08:00 in Việt Nam
HOSTILE = 'giá #set text(red) $x^2$ *đậm* _nghiêng_ \\ [ô] @nhãn `mã` <b> & "trích" // = - + ~'
STACKED = "Ẵ ẫ ễ ỗ ữ ỵ ợ ặ ệ Ề Ỷ Đ đ"


def attendance_of(count: int) -> tuple[Attendance, ...]:
    return tuple(
        Attendance(
            f"UBND xã số {number}",
            f"Điểm cầu xã số {number}",
            "online",
            number,
            START,
            START + timedelta(hours=2),
        )
        for number in range(1, count + 1)
    )


def make_content(**changed: Any) -> Content:
    content = Content(
        title="Họp giao ban trực tuyến tháng 01 năm 2026",
        kind="briefing",
        form="online",
        organ="Ủy ban nhân dân tỉnh Lâm Đồng",
        parent_organ="",
        notation="BB-UBND",
        number="5",
        started_at=START,
        ended_at=START + timedelta(hours=2, minutes=5, microseconds=183107),
        places=("Điểm cầu chính: Phòng họp số 1", "Điểm cầu xã số 1"),
        chair=Officer("Nguyễn Hữu Thắng", "Phó Chủ tịch UBND tỉnh"),
        secretary=Officer("Trần Thị Mỹ Hạnh", "Chuyên viên Văn phòng UBND tỉnh"),
        attendance=(*attendance_of(2), Attendance("UBND xã số 3", "", "absent", note="có lý do")),
        sections=(
            Section("Giải ngân vốn đầu tư công", "Sở Tài chính", "Báo cáo tóm tắt.", (Statement("Xã số 1", STACKED),)),
            Section("Nội dung khác", statements=(Statement("Xã số 2", HOSTILE),)),
        ),
        votes=(Vote("Thông qua kế hoạch", 12, 1, 2),),
        conclusions=(Conclusion("Rà soát dự án chậm", "Sở Tài chính", date(2026, 2, 28)),),
        gaps=(Gap(START + timedelta(minutes=30), START + timedelta(minutes=32), "outage"),),
        recipients=("Như thành phần dự họp;", "Lưu: VT, TH1."),
    )
    return replace(content, **changed)


IN_ORDER = [
    "BIÊN BẢN",
    "Họp giao ban trực tuyến tháng 01 năm 2026",
    "Thời gian bắt đầu: 08 giờ 00 phút, ngày 03 tháng 02 năm 2026.",
    "Địa điểm: họp trực tuyến; gồm 2 điểm cầu:",
    "- Điểm cầu chính: Phòng họp số 1;",
    "Thành phần tham dự: 2/3 đơn vị được mời, 3 người:",
    "- UBND xã số 1: trực tuyến tại Điểm cầu xã số 1, 1 người, có mặt từ 08 giờ 00 đến 10 giờ 00;",
    "Vắng: UBND xã số 3 (có lý do).",
    "Chủ trì (chủ tọa): Nguyễn Hữu Thắng – Phó Chủ tịch UBND tỉnh.",
    "Thư ký (người ghi biên bản): Trần Thị Mỹ Hạnh – Chuyên viên Văn phòng UBND tỉnh.",
    "Nội dung (theo diễn biến cuộc họp):",
    "1. Giải ngân vốn đầu tư công",
    "Người trình bày: Sở Tài chính.",
    "Báo cáo tóm tắt.",
    f"- Xã số 1: {STACKED}",
    "2. Nội dung khác",
    f"- Xã số 2: {HOSTILE}",
    "Kết quả biểu quyết",
    "- Thông qua kế hoạch: tán thành 12, không tán thành 1, không có ý kiến 2.",
    "Kết luận của chủ tọa",
    "1. Rà soát dự án chậm. Giao Sở Tài chính thực hiện; hoàn thành trước ngày 28/02/2026.",
    "Khoảng không có bản ghi âm",
    "- Từ 08 giờ 30 đến 08 giờ 32",
    "Cuộc họp kết thúc vào 10 giờ 05 phút, ngày 03 tháng 02 năm 2026./.",
    "THƯ KÝ",
    "CHỦ TỌA",
    "Trần Thị Mỹ Hạnh",
    "Nguyễn Hữu Thắng",
    "Nơi nhận:",
    "- Như thành phần dự họp;",
    "- Lưu: VT, TH1.",
]


def open_pdf(content: Content) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(render_pdf(content, sha256=sha256(content), version=1)))


def open_docx(content: Content) -> Any:
    return docx.Document(io.BytesIO(render_docx(content, sha256=sha256(content), version=1)))


def test_pdf_holds_the_form_in_order() -> None:
    text = text_of(open_pdf(make_content()))
    head = ["ỦY BAN NHÂN DÂN TỈNH LÂM ĐỒNG", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
    assert_in_order(text, [*head, "Số: 05/BB-UBND", *IN_ORDER])


def test_docx_holds_the_form_in_order() -> None:
    lines = lines_of(open_docx(make_content()))
    head = ["ỦY BAN NHÂN DÂN", "TỈNH LÂM ĐỒNG", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
    signatures = ["THƯ KÝ", "Trần Thị Mỹ Hạnh", "CHỦ TỌA", "Nguyễn Hữu Thắng"]  # by column
    body = [line for line in IN_ORDER if line not in signatures]
    assert_in_order("\n".join(lines), [*head, "Số: 05/BB-UBND", *body[: body.index("Nơi nhận:")]])
    assert_in_order("\n".join(lines), [*signatures, "Nơi nhận:", "- Như thành phần dự họp;", "- Lưu: VT, TH1."])


def test_head_has_no_place_and_date_line() -> None:
    assert "Lâm Đồng, ngày" not in text_of(open_pdf(make_content()))


def test_superior_organ_stands_above_the_issuer() -> None:
    content = make_content(organ="Văn phòng", parent_organ="Ủy ban nhân dân tỉnh Lâm Đồng")
    assert_in_order(text_of(open_pdf(content)), ["UBND TỈNH LÂM ĐỒNG", "VĂN PHÒNG", "Số:"])
    assert lines_of(open_docx(content))[:2] == ["UBND TỈNH LÂM ĐỒNG", "VĂN PHÒNG"]


def test_number_stays_blank_until_the_clerk_gives_one() -> None:
    assert re.search(r"Số:\s+/BB-UBND", text_of(open_pdf(make_content(number=""))))


def test_word_for_the_meeting_follows_its_title() -> None:
    assert "Hội nghị kết thúc vào" in text_of(open_pdf(make_content(title="Hội nghị tổng kết năm 2025")))


def test_pdf_is_tagged_pdf_a_2b_and_carries_its_fonts() -> None:
    assert_is_pdf_a(open_pdf(make_content()))


def test_files_name_the_version_and_hash_they_print() -> None:
    content = make_content()
    reader = open_pdf(content)
    assert reader.metadata is not None
    keywords = str(reader.metadata["/Keywords"])
    assert sha256(content) in keywords
    assert "version:1" in keywords
    assert reader.metadata.title == f"Biên bản {content.title}"
    assert open_docx(content).core_properties.keywords == f"version:1, sha256:{sha256(content)}"


@pytest.mark.parametrize("render", [render_pdf, render_docx])
def test_equal_input_gives_equal_bytes(render: Any) -> None:
    content = make_content(attendance=attendance_of(20))
    assert render(content, sha256="ab", version=2) == render(content, sha256="ab", version=2)


def test_page_has_the_margins_of_the_decree() -> None:
    page = open_pdf(make_content()).pages[0]
    assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (595, 842)
    words = placed_words(page)
    assert min(x for x, *_ in words) == pytest.approx(30, abs=0.5)
    assert min(y for _, y, *_ in words) > 20
    assert max(y for _, y, *_ in words) < 277
    sizes = {text: size for _, _, size, text in words}
    assert sizes["BIÊN BẢN"] == pytest.approx(14)
    assert next(size for text, size in sizes.items() if text.startswith("Số:")) == pytest.approx(13)


def test_pages_are_numbered_in_the_top_margin_from_the_second_on() -> None:
    long = make_content(sections=(Section("Mục dài", statements=(Statement("Xã", "Câu dài. " * 60),) * 12),))
    pages = open_pdf(long).pages
    assert len(pages) >= 3
    assert not [word for word in placed_words(pages[0]) if word[1] < 20]
    for number, page in enumerate(pages[1:], 2):
        x, _, size, text = next(word for word in placed_words(page) if word[1] < 20)
        assert (text, round(size)) == (str(number), 14)
        assert x == pytest.approx(30 + 165 / 2, abs=3)


def test_docx_has_the_measures_of_the_decree() -> None:
    document = open_docx(make_content())
    assert_has_measures(document)
    paragraphs = {paragraph.text: paragraph for paragraph in walk_paragraphs(document)}
    body = paragraphs["Nội dung (theo diễn biến cuộc họp):"]
    assert body.runs[0].font.size == Pt(14)
    assert abs(body.paragraph_format.first_line_indent - Mm(12.7)) < Mm(0.1)
    assert paragraphs["Nơi nhận:"].runs[0].bold
    assert paragraphs["Nơi nhận:"].runs[0].italic
    assert paragraphs["- Lưu: VT, TH1."].runs[0].font.size == Pt(11)


def test_a_long_attendance_moves_into_the_annex() -> None:
    content = make_content(attendance=attendance_of(30))
    pages = open_pdf(content).pages
    annex = next(index for index, page in enumerate(pages) if "DANH SÁCH THÀNH PHẦN THAM DỰ" in page.extract_text())
    before = " ".join("".join(page.extract_text() for page in pages[:annex]).split())
    assert "Thành phần tham dự: 30/30 đơn vị được mời, 465 người (danh sách tại Phụ lục I)." in before
    assert "Điểm cầu xã số 17" not in before
    after = " ".join(" ".join(page.extract_text() for page in pages[annex:]).split())
    assert_in_order(after, ["Phụ lục I", "DANH SÁCH", "STT", "UBND xã số 1 ", "UBND xã số 30"])
    assert not [word for word in placed_words(pages[annex]) if word[1] < 20]  # its own count starts at 1
    table = open_docx(content).tables[-1]
    assert len(table.rows) == 31
    assert [cell.text for cell in table.rows[30].cells][:3] == ["30", "UBND xã số 30", "Điểm cầu xã số 30"]


def test_with_an_annex_only_the_main_site_is_named_in_the_head() -> None:
    places = ("Điểm cầu chính: Phòng họp số 1", *(row.site for row in attendance_of(20)))
    text = text_of(open_pdf(make_content(attendance=attendance_of(20), places=places)))
    told = "Địa điểm: họp trực tuyến; Điểm cầu chính: Phòng họp số 1; và 20 điểm cầu khác (danh sách tại Phụ lục I)."
    assert told in text


def test_attendance_that_nobody_confirmed_is_said_to_be_so() -> None:
    content = make_content(attendance=(Attendance("UBND xã số 9"),))
    text = text_of(open_pdf(content))
    assert_in_order(text, ["Thành phần tham dự: 0/1 đơn vị được mời.", "Chưa xác nhận: UBND xã số 9."])


def test_names_are_printed_beside_their_unit_and_in_the_annex() -> None:
    named = Attendance("UBND xã số 9", "Điểm cầu xã số 9", "online", 2, note="đi thay", names=("Lý Sơn", "Ka Hoa"))
    told = [block.text for block in build_sheet(make_content(attendance=(named,))).body]
    assert "- UBND xã số 9: trực tuyến tại Điểm cầu xã số 9, 2 người (Lý Sơn, Ka Hoa), đi thay." in told
    annex = build_sheet(make_content(attendance=(named, *attendance_of(20)))).annex
    assert annex is not None
    assert annex.rows[0][-1] == "Lý Sơn, Ka Hoa; đi thay"


def test_what_hit_the_whole_meeting_stands_apart_from_what_was_not_recorded() -> None:
    end = START + timedelta(minutes=1)
    gaps = (Gap(START, end, "outage"), Gap(START, end, f"{SHARED}mất điện, trạm biến áp"))
    told = [block.text for block in build_sheet(make_content(gaps=gaps)).body if block.part == "gaps"]
    assert told == [
        "Khoảng không có bản ghi âm",
        "- Từ 08 giờ 00 đến 08 giờ 01 (hệ thống mất kết nối).",
        "Sự cố chung của cuộc họp",
        "- Từ 08 giờ 00 đến 08 giờ 01 (mất điện, trạm biến áp).",
    ]


def test_gap_is_explained_in_words_whatever_stopped_the_recording() -> None:
    # After these two no recording follows, so there is no gap.
    reasons = set(get_args(StopReason)) - {"ended", "cancelled"}
    start, end = START, START + timedelta(minutes=1)
    printed = [block.text for block in build_sheet(make_content(gaps=tuple(Gap(start, end, r) for r in reasons))).body]
    assert not any(reason in text for reason in reasons for text in printed)
    assert sum("Từ 08 giờ 00 đến 08 giờ 01 (" in text for text in printed) == len(reasons)


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("chuông \x07 và \x0b xuống", "chuông và xuống"),
        ("mặt cười 😀", "mặt cười □"),
        ("chữ Hán 漢", "chữ Hán □"),
        ("Tie\u0302\u0301ng Vie\u0323\u0302t", "Tiếng Việt"),
        ("riêng \ue000", "riêng"),
        ("lẻ \ud800", "lẻ"),
    ],
)
def test_letters_that_no_page_can_show_stop_no_document(typed: str, printed: str) -> None:
    content = make_content(sections=(Section("Mục", summary=typed),), title=f"Họp {typed}")
    pdf = render_pdf(content, sha256="", version=1)
    assert printed in text_of(pypdf.PdfReader(io.BytesIO(pdf)))
    render_docx(content, sha256="", version=1)


def test_face_covers_vietnamese() -> None:
    letters = "ĂÂÊÔƠƯĐăâêôơưđ…–—“”•" + "".join(map(chr, range(0x1EA0, 0x1EFA)))
    for face in FONTS.glob("*.ttf"):
        assert not [letter for letter in letters if ord(letter) not in read_coverage(face)]


def test_rows_that_were_never_filled_in_are_not_printed() -> None:
    empty = make_content(
        sections=(Section("", "", "", ()), Section("Khai mạc", "", "", (Statement("Điểm cầu tỉnh", " "),))),
        votes=(Vote(""),),
        conclusions=(Conclusion(" "), Conclusion("", "Sở Tài chính", date(2026, 3, 1))),
        gaps=(),
    )
    printed = [block.text for block in build_sheet(empty).body]
    assert printed[printed.index("Nội dung (theo diễn biến cuộc họp):") + 1 : -1] == [
        "1. Khai mạc",
        "Kết luận của chủ tọa",
        "1. Giao Sở Tài chính thực hiện; hoàn thành trước ngày 01/03/2026.",
    ]


def test_paper_and_pages_name_one_way_of_attending_alike() -> None:
    assert {mode.value: name for mode, name in MODE_NAMES.items()}.items() <= MODES.items()


def test_secretary_signs_on_the_left_and_chair_on_the_right_above_the_recipients() -> None:
    words = [word for page in open_pdf(make_content()).pages for word in placed_words(page)]
    places = {text: (x, y, size) for x, y, size, text in words}
    for title, name, middle in (("THƯ KÝ", "Trần Thị Mỹ Hạnh", 71.25), ("CHỦ TỌA", "Nguyễn Hữu Thắng", 153.75)):
        assert places[title][0] < middle < places[title][0] + 30
        assert places[title][2] == pytest.approx(14)
        assert 27 < places[name][1] - places[title][1] < 45  # room for the signature
    assert places["THƯ KÝ"][1] == places["CHỦ TỌA"][1]
    assert places["Nơi nhận:"][:1] == pytest.approx((30,), abs=0.5)
    assert places["Nơi nhận:"][1] > places["Nguyễn Hữu Thắng"][1]


def test_annex_says_what_it_goes_with_and_leaves_number_and_day_blank() -> None:
    annex = build_sheet(make_content(attendance=attendance_of(20))).annex
    assert annex is not None
    assert (annex.label, annex.title) == ("Phụ lục I", "DANH SÁCH THÀNH PHẦN THAM DỰ")
    assert re.fullmatch(r"\(Kèm theo Biên bản số +/BB-UBND ngày +tháng +năm \d{4} của .+\)", annex.attached_to)


def test_minutes_to_sign_have_fields_for_number_and_both_signatures_and_no_date() -> None:
    content = make_content(number="")
    reader = pypdf.PdfReader(io.BytesIO(render_to_sign(content, sha256=sha256(content), version=1)))
    fields = reader.get_fields() or {}
    assert set(fields) == {"code", "number", "sign_secretary", "sign_chair"}
    assert re.fullmatch(r"Số: +/BB-UBND", str(fields["number"]["/V"]))
    assert "CHỦ TỌA" in text_of(reader)
