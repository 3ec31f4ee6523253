"""Papers as files: PDF/A-2b by Typst, DOCX by python-docx. Equal input gives equal bytes.

The PDF carries its fonts; the DOCX names Times New Roman, which offices have and which may not be passed on. Rendering
takes a processor for a while: who serves pages calls this in another process.
"""

from dataclasses import asdict
from pathlib import Path

from meetings.printing.attendance import AttendanceList, build_attendance_sheet
from meetings.printing.docx_parts import add, open_document, pack, write_annex_table, write_annex_titles
from meetings.printing.typesetting import typeset

HERE = Path(__file__).parent


def render_attendance(attendance: AttendanceList, ending: str) -> bytes:
    """The annex "Danh sách thành phần tham dự" on landscape pages; ``ending`` is "pdf" or "docx"."""
    sheet = build_attendance_sheet(attendance)
    if ending == "pdf":
        return typeset(HERE / "attendance.typ", asdict(sheet) | {"keywords": []}, attendance.held.end)
    document = open_document(sheet.title, sheet.author, "", attendance.held.end, landscape=True)
    write_annex_titles(document, sheet.annex)
    add(document, sheet.subject, bold=True, align="center")
    add(document, sheet.held, align="center", after=10)
    write_annex_table(document, sheet.annex)
    add(document, sheet.totals, size=13, before=8)
    return pack(document)
