"""Printed minutes as a Word document, of the parts that all official papers share."""

from datetime import datetime
from typing import Any

from meetings.printing.docx_parts import (
    add,
    bare_table,
    drop_first_paragraph,
    open_document,
    pack,
    write_annex,
    write_head,
    write_paragraphs,
    write_recipients,
    write_titles,
)
from transcripts.printed_form import KIND, LABELS, Sheet


def write_docx(sheet: Sheet, *, keywords: str, created: datetime) -> bytes:
    """The document's bytes; equal arguments give equal bytes."""
    document = open_document(sheet.title, sheet.author, keywords, created)
    write_head(document, sheet.head)
    write_titles(document, KIND, sheet.name)
    write_paragraphs(document, sheet.body)
    _write_signatures(document, sheet)
    write_recipients(document, LABELS["recipients"], sheet.recipients, before=10)
    if sheet.annex:
        write_annex(document, sheet.annex)
    return pack(document)


def _write_signatures(document: Any, sheet: Sheet) -> None:
    table = bare_table(document, (82, 83))
    for cell, title, name in zip(
        table.rows[0].cells, (LABELS["signs_left"], LABELS["signs_right"]), (sheet.secretary, sheet.chair), strict=True
    ):
        add(cell, title, bold=True, align="center", before=10, keep=True)
        add(cell, name, bold=True, align="center", before=76, keep=True)  # 27 mm for the signature
        drop_first_paragraph(cell)
