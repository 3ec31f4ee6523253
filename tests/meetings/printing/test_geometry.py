"""Printed papers against the decree's table (Nghị định 30/2020/NĐ-CP, annex I), measured on the page.

The table below is the decree's; what is measured is where the words stand in the PDF, how large and in which face, and
what the Word document says of the same paragraphs. Invitations, minutes, notices and letters are held to it alike.
"""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import docx
import pypdf
import pytest
import typst
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt

from meetings.printing.documents import render_invitation, render_notice
from meetings.printing.invitation import InvitationContent
from meetings.printing.notice import NoticeContent
from meetings.printing.typesetting import load_fonts
from meetings.signing.preparing import fill_in, prepare_for_signing
from tests.printed import POINTS_PER_MM, assert_has_measures, assert_is_pdf_a, faces_of, placed_words, walk_paragraphs

MADE = datetime(2026, 11, 25, 2, tzinfo=UTC)
ISSUED = date(2026, 3, 5)
LEFT, RIGHT = 30.0, 210.0 - 15.0  # the text's edges, in millimetres from the paper's left one
BOLD, ITALIC, BOTH, PLAIN = "Bold", "Italic", "BoldItalic", "LiberationSerif"


@dataclass(frozen=True)
class Element:
    """A row of the decree's table: sizes from ``least`` to ``most`` points."""

    begins: str
    least: float
    most: float
    face: str
    centred: str = ""  # in the "left" or "right" column of the head, on the whole "page", or nowhere


HEAD = (
    Element("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12, 13, BOLD, "right"),
    Element("Độc lập - Tự do - Hạnh phúc", 13, 14, BOLD, "right"),
    Element("Số: 05/", 13, 13, PLAIN, "left"),
)
DATED = (Element("Lâm Đồng, ngày 05 tháng 3 năm 2026", 13, 14, ITALIC, "right"),)
SIGNED = (
    Element("TL. CHỦ TỊCH", 13, 14, BOLD),
    Element("CHÁNH VĂN PHÒNG", 13, 14, BOLD),
    Element("Đặng Minh Trí", 13, 14, BOLD),
    Element("Nơi nhận:", 12, 12, BOTH),
    Element("- Lưu: VT, TH.", 11, 11, PLAIN),
)
COMMITTEE = (Element("ỦY BAN NHÂN DÂN", 12, 13, BOLD, "left"),)
OFFICE = (Element("UBND TỈNH LÂM ĐỒNG", 12, 13, PLAIN, "left"), Element("VĂN PHÒNG", 12, 13, BOLD, "left"))

NOTICE = NoticeContent(
    organ="Ủy ban nhân dân tỉnh Lâm Đồng",
    symbol="TB-UBND",
    town="Lâm Đồng",
    year=2026,
    title="THÔNG BÁO",
    subject="Kết luận của Chủ tịch tại cuộc họp giao ban",
    paragraphs=("Đồng chí Trần Văn A kết luận như sau:",),
    points=("Đẩy nhanh giải ngân vốn đầu tư công. " * 8, "Theo dõi mưa lũ."),
    closing="Ủy ban nhân dân tỉnh thông báo để các cơ quan, đơn vị liên quan biết, thực hiện.",
    recipients=("Các cơ quan dự họp", "Lưu: VT, TH"),
    authority=("TL. CHỦ TỊCH",),
    signer_position="Chánh Văn phòng",
    signer_name="Đặng Minh Trí",
)
LETTER = NoticeContent(
    organ="Văn phòng",
    parent_organ="Ủy ban nhân dân tỉnh Lâm Đồng",
    symbol="VP-TH",
    town="Lâm Đồng",
    year=2026,
    title="",
    subject="đính chính Thông báo số 12/TB-VP",
    addressees=("Sở Tài chính", "Sở Xây dựng"),
    paragraphs=("Văn phòng đính chính như sau:",),
    points=("Tại điểm 2, “05/12/2026” sửa thành “15/12/2026”.",),
    recipients=("Như trên", "Lưu: VT, TH"),
    authority=("TL. CHỦ TỊCH",),
    signer_position="Chánh Văn phòng",
    signer_name="Đặng Minh Trí",
)
INVITATION = InvitationContent(
    organ="Ủy ban nhân dân tỉnh Lâm Đồng",
    symbol="GM-UBND",
    town="Lâm Đồng",
    subject="Họp giao ban tháng 3 năm 2026",
    invitees=("Sở Tài chính",),
    attend="Họp giao ban tháng 3 năm 2026",
    chair="đồng chí Trần Văn A",
    starts_at=MADE,
    ends_at=MADE,
    places=("Phòng họp số 1",),
    recipients=("Như trên", "Lưu: VT, TH"),
    authority=("TL. CHỦ TỊCH",),
    signer_position="Chánh Văn phòng",
    signer_name="Đặng Minh Trí",
)


def notice(ending: str) -> bytes:
    return render_notice(NOTICE, ending, made_at=MADE, number=5, issued_on=ISSUED)


def letter(ending: str) -> bytes:
    return render_notice(LETTER, ending, made_at=MADE, number=5, issued_on=ISSUED)


def invitation(ending: str) -> bytes:
    return render_invitation(INVITATION, ending, number=5, issued_on=ISSUED)


def filled_notice(_ending: str) -> bytes:
    """As the clerk's number and day come into the fields of a paper that is signed here."""
    printed = render_notice(NOTICE, "pdf", made_at=MADE, signing=True)
    prepared = prepare_for_signing(printed, {"number": "Số:        /TB-UBND", "date": "Lâm Đồng, ngày"})
    return fill_in(prepared, {"number": "Số: 05/TB-UBND", "date": "Lâm Đồng, ngày 05 tháng 3 năm 2026"})


TITLE = (Element("THÔNG BÁO", 13, 14, BOLD, "page"), Element("Kết luận của Chủ tịch", 13, 14, BOLD, "page"))
INVITES = (Element("GIẤY MỜI", 13, 14, BOLD, "page"), Element("Họp giao ban tháng 3", 13, 14, BOLD, "page"))
ABOUT = (Element("V/v đính chính Thông báo", 12, 13, PLAIN, "left"), Element("Kính gửi:", 13, 14, PLAIN))
PAPERS: dict[str, tuple[Callable[[str], bytes], tuple[Element, ...]]] = {
    "notice": (notice, (*HEAD, *DATED, *COMMITTEE, *TITLE, *SIGNED)),
    "letter": (letter, (*HEAD, *DATED, *OFFICE, *ABOUT, *SIGNED)),
    "invitation": (invitation, (*HEAD, *DATED, *COMMITTEE, *INVITES, *SIGNED)),
}
COLUMNS = {"left": (LEFT + 63 / 2), "right": (LEFT + 63 + 102 / 2), "page": (LEFT + RIGHT) / 2}


def words_of(data: bytes) -> list[tuple[float, float, float, str]]:
    return placed_words(pypdf.PdfReader(io.BytesIO(data)).pages[0])


def find(words: list[tuple[float, float, float, str]], begins: str) -> tuple[float, float, float, str]:
    return next(word for word in words if word[3].startswith(begins))


def paragraph_of(document: Any, begins: str) -> Any:
    return next(paragraph for paragraph in walk_paragraphs(document) if paragraph.text.startswith(begins))


MEASURE = """
#let of = json(bytes(sys.inputs.of))
#context [#metadata(measure(text(
  font: "Liberation Serif", size: of.size * 1pt, weight: of.weight, style: of.style, of.text)).width / 1mm) <w>]
"""


def width_of(text: str, size: float, face: str) -> float:
    """How wide ``text`` is printed, in millimetres."""
    of = {"text": text, "size": size, "weight": "bold" if BOLD in face else "regular"}
    told = json.dumps(of | {"style": "italic" if ITALIC in face else "normal"})
    found = typst.query(
        MEASURE.encode(), "<w>", field="value", one=True, font_paths=load_fonts(), sys_inputs={"of": told}
    )
    return float(json.loads(found))


@pytest.mark.parametrize("paper", PAPERS)
def test_pdf_has_the_sizes_and_faces_of_the_table(paper: str) -> None:
    render, elements = PAPERS[paper]
    page = pypdf.PdfReader(io.BytesIO(render("pdf"))).pages[0]
    words, faces = placed_words(page), faces_of(page)
    for element in elements:
        _x, _y, size, text = find(words, element.begins)
        assert element.least - 0.01 <= size <= element.most + 0.01, element
        assert faces[text].rpartition("-")[2] == element.face, element


@pytest.mark.parametrize("paper", PAPERS)
def test_word_has_the_sizes_and_faces_of_the_table(paper: str) -> None:
    render, elements = PAPERS[paper]
    document = docx.Document(io.BytesIO(render("docx")))
    assert_has_measures(document)
    for element in elements:
        paragraph = paragraph_of(document, element.begins)
        run = paragraph.runs[0]
        assert Pt(element.least) <= run.font.size <= Pt(element.most), element
        assert (bool(run.bold), bool(run.italic)) == (element.face in (BOLD, BOTH), element.face in (ITALIC, BOTH))
        if element.centred:
            assert paragraph.alignment == WD_ALIGN_PARAGRAPH.CENTER, element


@pytest.mark.parametrize("paper", PAPERS)
def test_words_keep_within_the_margins(paper: str) -> None:
    words = words_of(PAPERS[paper][0]("pdf"))
    assert min(x for x, *_ in words) == pytest.approx(LEFT, abs=0.5)
    assert min(y for _, y, *_ in words) > 20
    assert max(y for _, y, *_ in words) < 297 - 20


@pytest.mark.parametrize("paper", PAPERS)
def test_head_stands_in_its_columns(paper: str) -> None:
    """The country's name on one line on the right, level with the organ's; number and date level below them."""
    words = words_of(PAPERS[paper][0]("pdf"))
    nation, motto = find(words, "CỘNG HÒA"), find(words, "Độc lập")
    number, dated = find(words, "Số:"), find(words, "Lâm Đồng, ngày")
    organ = find(words, "UBND TỈNH" if paper == "letter" else "ỦY BAN")
    assert nation[0] >= LEFT + 63
    assert organ[1] == pytest.approx(nation[1], abs=0.3)
    assert nation[1] < motto[1] < dated[1]
    assert number[1] == pytest.approx(dated[1], abs=0.8)
    assert organ[0] < number[0] + 20 < dated[0]


@pytest.mark.parametrize("paper", PAPERS)
def test_what_is_centred_is_centred(paper: str) -> None:
    render, elements = PAPERS[paper]
    page = pypdf.PdfReader(io.BytesIO(render("pdf"))).pages[0]
    for element in elements:
        if element.centred:
            x, _y, size, text = find(placed_words(page), element.begins)
            middle = x + width_of(text, size, element.face) / 2
            assert middle == pytest.approx(COLUMNS[element.centred], abs=1.0), element


@pytest.mark.parametrize("paper", PAPERS)
def test_signature_stands_on_the_right_level_with_the_recipients(paper: str) -> None:
    words = words_of(PAPERS[paper][0]("pdf"))
    title, name, recipients = find(words, "TL."), find(words, "Đặng Minh Trí"), find(words, "Nơi nhận:")
    assert recipients[0] == pytest.approx(LEFT, abs=0.5)
    assert recipients[1] == pytest.approx(title[1], abs=1.0)
    assert title[0] > LEFT + 165 / 2
    assert 27 < name[1] - find(words, "CHÁNH VĂN PHÒNG")[1] < 45  # room for the signature


@pytest.mark.parametrize("paper", PAPERS)
def test_body_is_justified_and_indented(paper: str) -> None:
    begins = {"notice": "Đồng chí", "letter": "Văn phòng đính chính", "invitation": "Tới dự"}[paper]
    render = PAPERS[paper][0]
    assert find(words_of(render("pdf")), begins)[0] == pytest.approx(LEFT + 12.7, abs=0.5)
    paragraph = paragraph_of(docx.Document(io.BytesIO(render("docx"))), begins)
    shape = paragraph.paragraph_format
    assert paragraph.alignment == WD_ALIGN_PARAGRAPH.JUSTIFY
    assert abs(shape.first_line_indent - Mm(12.7)) < Mm(0.1)
    assert shape.space_after >= Pt(6)
    assert 1.0 <= shape.line_spacing <= 1.5
    assert paragraph.runs[0].font.size in (Pt(13), Pt(14))


def test_lines_of_the_body_reach_both_edges() -> None:
    words = words_of(notice("pdf"))
    lines = [word for word in words if "giải ngân" in word[3]]
    assert len(lines) > 2
    assert all(x == pytest.approx(LEFT, abs=0.5) for x, *_ in lines[1:])


@pytest.mark.parametrize("paper", PAPERS)
def test_body_ends_with_the_mark(paper: str) -> None:
    text = " ".join(word[3] for word in words_of(PAPERS[paper][0]("pdf")))
    assert text.count("./.") == 1


def test_points_of_a_notice_are_numbered_and_dashes_belong_to_the_point_above() -> None:
    content = NoticeContent.from_json(NOTICE.to_json() | {"points": ["Một", "- thuộc điểm một", "Hai."]})
    data = render_notice(content, "docx", made_at=MADE)
    lines = [paragraph.text for paragraph in walk_paragraphs(docx.Document(io.BytesIO(data)))]
    at = lines.index("1. Một.")
    assert lines[at : at + 3] == ["1. Một.", "- thuộc điểm một.", "2. Hai."]


def test_committee_writes_no_superior_and_the_office_does() -> None:
    assert not [word for word in words_of(notice("pdf")) if word[3].startswith("UBND TỈNH")]
    assert find(words_of(letter("pdf")), "UBND TỈNH LÂM ĐỒNG")


@pytest.mark.parametrize("paper", PAPERS)
def test_papers_are_tagged_pdf_a(paper: str) -> None:
    assert_is_pdf_a(pypdf.PdfReader(io.BytesIO(PAPERS[paper][0]("pdf"))))


def test_fields_stand_where_the_words_would() -> None:
    """Number and day, in the fields of a paper that is signed here, come where print has them."""
    reader = pypdf.PdfReader(io.BytesIO(filled_notice("pdf")))
    height = float(reader.pages[0].mediabox.height)
    boxes = {}
    annotations: Any = reader.pages[0]["/Annots"]
    for annotation in annotations:
        field = annotation.get_object()
        left, _bottom, right, top = (float(edge) for edge in field["/Rect"])
        boxes[field["/T"]] = (left / POINTS_PER_MM, (height - top) / POINTS_PER_MM, right / POINTS_PER_MM)
    printed = words_of(notice("pdf"))
    for name, begins, column in (("number", "Số:", "left"), ("date", "Lâm Đồng, ngày", "right")):
        left, top, right = boxes[name]
        assert (left + right) / 2 == pytest.approx(COLUMNS[column], abs=0.6)
        assert top < find(printed, begins)[1] < top + 6.5
    left, _top, right = boxes["sign_signer"]
    assert left > LEFT + 165 / 2 - 1
    assert right < RIGHT + 1
