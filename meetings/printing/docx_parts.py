"""The parts of official papers as a Word document, built with python-docx in the measures of NĐ 30/2020/NĐ-CP, annex I.

Word needs what Typst does by itself spelled out: rules under the header's lines are borders of empty paragraphs whose
indents leave the share that the decree asks for; the widths below are those of Times New Roman.
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from meetings.printing.wording import Annex, Block, Head

FACE = "Times New Roman"
LEFT_COLUMN, RIGHT_COLUMN = 63, 102  # millimetres; together the text's width of 165
TEXT_WIDTH = LEFT_COLUMN + RIGHT_COLUMN
MOTTO_WIDTH = 60.5  # millimetres of the motto in bold 14 pt
CAPITAL = 0.63  # mean width of a bold capital, in em; of bold running text:
LETTER = 0.46
BOX_WIDTH = 110
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a ZIP entry can carry


class Signed(Protocol):
    """A sheet that one person signs."""

    @property
    def recipients_label(self) -> str: ...
    @property
    def recipients(self) -> tuple[str, ...]: ...
    @property
    def authority(self) -> tuple[str, ...]: ...
    @property
    def signer(self) -> str: ...


def open_document(title: str, author: str, keywords: str, created: datetime) -> Any:
    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author, properties.keywords = title[:255], author[:255], keywords
    properties.language, properties.comments, properties.revision = "vi-VN", "", 1
    properties.last_modified_by = author[:255]
    properties.created = properties.modified = created.replace(tzinfo=None)
    style = document.styles["Normal"]
    style.font.name, style.font.size = FACE, Pt(14)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(script), FACE)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    style.element.get_or_add_rPr().append(language)
    set_page(document.sections[0])
    return document


def set_page(section: Any) -> None:
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(20), Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    section.header_distance = Mm(10)
    section.different_first_page_header_footer = True
    section.header.is_linked_to_previous = False
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    run = paragraph.add_run("2")
    run.font.size = Pt(14)
    field.append(run._r)
    paragraph._p.append(field)


def write_head(document: Any, head: Head, about: str = "") -> None:
    """``about``: what stands below the number of an official letter."""
    table = bare_table(document, (LEFT_COLUMN, RIGHT_COLUMN))
    left, right = table.rows[0].cells
    if head.parent_organ:
        add(left, head.parent_organ, size=13, align="center")
    for line in head.organ:
        add(left, line, size=13, bold=True, align="center")
    longest = max(_width_of(line, 13, CAPITAL, LEFT_COLUMN) for line in head.organ)
    rule(left, LEFT_COLUMN, 0.4 * longest)
    if head.official:
        add(right, head.nation, size=13, bold=True, align="center")
        add(right, head.motto, bold=True, align="center")
        rule(right, RIGHT_COLUMN, MOTTO_WIDTH)
    else:
        add(right, "", size=13)
    below = table.add_row().cells
    fix_widths(table, (LEFT_COLUMN, RIGHT_COLUMN))
    add(below[0], head.reference, size=13, align="center", before=5)
    if about:
        add(below[0], about, size=12, align="center", before=6)
    add(below[1], head.date_line, italic=True, align="center", before=5)
    for cell in (left, right, *below):
        drop_first_paragraph(cell)


def write_titles(document: Any, kind: str, subject: str, *, before: int = 16) -> None:
    add(document, kind, bold=True, align="center", before=before)
    add(document, subject, bold=True, align="center")
    rule(document, TEXT_WIDTH, 0.4 * _width_of(subject, 14, LETTER, TEXT_WIDTH), after=10)


def write_paragraphs(document: Any, blocks: Iterable[Block]) -> None:
    for block in blocks:
        add(
            document,
            block.text,
            bold=block.style == "heading",
            align="left" if "://" in block.text else "justify",  # an address does not break well
            indent=True,
            after=6,
            spacing=1.15,
            keep=block.style in {"heading", "heading_line", "closing"},
        )


def write_box(document: Any, text: str) -> None:
    """A framed line."""
    table = document.add_table(rows=1, cols=1, style="Table Grid")
    fix_widths(table, (BOX_WIDTH,))
    add(table.rows[0].cells[0], text, bold=True, align="center", before=4, after=4)
    drop_first_paragraph(table.rows[0].cells[0])


def write_signature(document: Any, sheet: Signed) -> None:
    """Recipients on the left, level with the signer's title on the right."""
    left, right = bare_table(document, (82, 83)).rows[0].cells
    write_recipients(left, sheet.recipients_label, sheet.recipients, before=8)
    for number, line in enumerate(sheet.authority):
        add(right, line, bold=True, align="center", before=0 if number else 8, keep=True)
    add(right, sheet.signer, bold=True, align="center", before=76)  # 27 mm for the signature
    for cell in (left, right):
        drop_first_paragraph(cell)


def write_recipients(where: Any, label: str, lines: Sequence[str], *, before: int = 0) -> None:
    add(where, label, size=12, bold=True, italic=True, before=before, keep=True)
    for line in lines:
        add(where, line, size=11, keep=line is not lines[-1])


def write_annex(document: Any, annex: Annex) -> None:
    """On pages of its own, whose count starts again."""
    section = document.add_section(WD_SECTION.NEW_PAGE)
    set_page(section)
    restart = OxmlElement("w:pgNumType")
    restart.set(qn("w:start"), "1")
    section._sectPr.append(restart)
    write_annex_titles(document, annex)
    write_annex_table(document, annex)


def write_annex_titles(document: Any, annex: Annex) -> None:
    add(document, annex.label, bold=True, align="center")
    add(document, annex.title, bold=True, align="center", after=0 if annex.attached_to else 10)
    if annex.attached_to:
        add(document, annex.attached_to, italic=True, align="center", after=10)


def write_annex_table(document: Any, annex: Annex) -> None:
    table = document.add_table(rows=1, cols=len(annex.columns), style="Table Grid")
    fix_widths(table, annex.widths)
    header = OxmlElement("w:tblHeader")  # repeated on each page
    table.rows[0]._tr.get_or_add_trPr().append(header)
    _fill_row(table.rows[0], annex, annex.columns, bold=True)
    for values in annex.rows:
        _fill_row(table.add_row(), annex, values)


def _fill_row(row: Any, annex: Annex, values: Sequence[str], *, bold: bool = False) -> None:
    for position, (cell, value) in enumerate(zip(row.cells, values, strict=True)):
        cell.width = Mm(annex.widths[position])
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
        if bold or position in annex.centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run(value)
        run.bold, run.font.size = bold, Pt(11)


def add(
    where: Any,
    text: str,
    *,
    size: int = 14,
    bold: bool = False,
    italic: bool = False,
    align: str = "left",
    indent: bool = False,
    before: int = 0,
    after: int = 0,
    spacing: float = 1.0,
    keep: bool = False,
    left: int = 0,
) -> Any:
    """Append a paragraph to a document or a cell; sizes and distances in points, ``left`` in millimetres."""
    paragraph = where.add_paragraph()
    shape = paragraph.paragraph_format
    shape.space_before, shape.space_after = Pt(before), Pt(after)
    shape.line_spacing, shape.keep_with_next = spacing, keep
    if left:
        shape.left_indent = Mm(left)
    if indent:
        shape.first_line_indent = Mm(12.7)
    paragraph.alignment = {
        "left": WD_ALIGN_PARAGRAPH.LEFT,
        "center": WD_ALIGN_PARAGRAPH.CENTER,
        "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
    }[align]
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)
    return paragraph


def rule(where: Any, column: float, width: float, *, after: int = 0) -> None:
    """A centred rule of ``width`` in a ``column``, both in millimetres: the border of an empty, narrow paragraph."""
    paragraph = add(where, "", size=2, after=after)
    indent = Mm(max(0.0, (column - width) / 2))
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = indent
    borders = OxmlElement("w:pBdr")
    top = OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "2"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(borders, "w:spacing", "w:ind", "w:jc", "w:rPr")
    mark = OxmlElement("w:rPr")  # the empty paragraph's own height
    height = OxmlElement("w:sz")
    height.set(qn("w:val"), "4")
    mark.append(height)
    properties.append(mark)


def _width_of(text: str, size: int, em: float, limit: float) -> float:
    """About how wide ``text`` is printed, in millimetres, and at most ``limit``."""
    return min(limit, len(text) * size * em * 25.4 / 72)


def bare_table(document: Any, widths: Sequence[int]) -> Any:
    """A table without borders or padding: columns for layout."""
    table = document.add_table(rows=1, cols=len(widths))
    fix_widths(table, widths)
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "0")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.append(margins)
    return table


def fix_widths(table: Any, widths: Sequence[int]) -> None:
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)


def drop_first_paragraph(cell: Any) -> None:
    """A new cell starts with an empty paragraph, which would push the text down by a line."""
    first = cell.paragraphs[0]._p
    first.getparent().remove(first)


def pack(document: Any) -> bytes:
    """Save with fixed times inside the archive, which would otherwise tell when it was rendered."""
    saved, packed = io.BytesIO(), io.BytesIO()
    document.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(packed, "w") as target:
        for entry in source.infolist():
            fixed = zipfile.ZipInfo(entry.filename, EPOCH)
            fixed.external_attr = 0o600 << 16
            target.writestr(fixed, source.read(entry), zipfile.ZIP_DEFLATED, 6)
    return packed.getvalue()
