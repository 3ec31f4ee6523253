"""Printed papers, read back: their words in order, the places of the words on the page, the promises of the formats."""

from collections.abc import Iterator
from typing import Any

import pypdf
from docx.shared import Mm

POINTS_PER_MM = 72 / 25.4


def text_of(reader: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def lines_of(document: Any) -> list[str]:
    """Every paragraph in the order of the document, those in tables included."""
    return [paragraph.text for paragraph in walk_paragraphs(document)]


def walk_paragraphs(document: Any) -> Iterator[Any]:
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            for row in block.rows:
                for cell in row.cells:
                    yield from cell.paragraphs
        else:
            yield block


def assert_in_order(text: str, pieces: list[str]) -> None:
    at = 0
    for piece in pieces:
        found = text.find(piece, at)
        assert found >= 0, f"{piece!r} is missing after {text[max(0, at - 80) : at]!r}"
        at = found + len(piece)


def placed_words(page: Any) -> list[tuple[float, float, float, str]]:
    """(left mm, top mm, size pt, text) of each run of text on a page."""
    found: list[tuple[float, float, float, str]] = []
    height = float(page.mediabox.height)

    def visit(text: str, cm: list[float], tm: list[float], _font: Any, size: float) -> None:
        if text.strip():
            x = tm[4] * cm[0] + cm[4]
            y = tm[5] * cm[3] + cm[5]
            scale = abs(tm[3] * cm[3])
            found.append((x / POINTS_PER_MM, (height - y) / POINTS_PER_MM, size * scale, text.strip()))

    page.extract_text(visitor_text=visit)
    return found


def faces_of(page: Any) -> dict[str, str]:
    """The face in which each run of text on a page is set, such as ``LiberationSerif-Bold``."""
    found: dict[str, str] = {}

    def visit(text: str, _cm: list[float], _tm: list[float], font: Any, _size: float) -> None:
        if text.strip() and font is not None:
            found[text.strip()] = str(font["/BaseFont"]).rpartition("+")[2].partition("-Identity")[0]

    page.extract_text(visitor_text=visit)
    return found


def assert_has_measures(document: Any) -> None:
    """A Word document on A4 with the margins of the decree, its pages numbered from the second on."""
    section = document.sections[0]
    for measured, wanted in (
        (section.page_width, 210),
        (section.page_height, 297),
        (section.left_margin, 30),
        (section.right_margin, 15),
        (section.top_margin, 20),
        (section.bottom_margin, 20),
    ):
        assert abs(measured - Mm(wanted)) < Mm(0.1)
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header.paragraphs[0]._p.xml
    assert document.styles["Normal"].font.name == "Times New Roman"


def assert_is_pdf_a(reader: pypdf.PdfReader) -> None:
    """Tagged PDF/A-2b in Vietnamese, with every font inside."""
    catalogue: Any = reader.trailer["/Root"]
    metadata = catalogue["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in metadata
    assert bool(catalogue["/MarkInfo"]["/Marked"])
    assert catalogue["/StructTreeRoot"]["/K"]
    assert catalogue["/Lang"] == "vi"
    for page in reader.pages:
        resources: Any = page["/Resources"]
        for font in resources["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            assert "LiberationSerif" in descendant["/BaseFont"]
            assert {"/FontFile2", "/FontFile3"} & set(descendant["/FontDescriptor"])
