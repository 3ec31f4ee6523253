"""Papers as files: PDF/A-2b by Typst, DOCX by python-docx. Equal input gives equal bytes.

The PDF carries its fonts; the DOCX names Times New Roman, which offices have and which may not be passed on. Rendering
takes a processor for a while: who serves pages calls this in another process.
"""

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from meetings.printing.attendance import AttendanceList, build_attendance_sheet
from meetings.printing.docx_parts import (
    add,
    open_document,
    pack,
    write_annex,
    write_annex_table,
    write_annex_titles,
    write_box,
    write_head,
    write_paragraphs,
    write_signature,
    write_titles,
)
from meetings.printing.invitation import InvitationContent, build_invitation_sheet
from meetings.printing.notice import NoticeContent, NoticeSheet, build_notice_sheet
from meetings.printing.ratio import RatioPaper, build_ratio_sheet
from meetings.printing.typesetting import typeset

HERE = Path(__file__).parent


def render_attendance(attendance: AttendanceList, ending: str) -> bytes:
    """The annex "Danh sách thành phần tham dự"; ``ending`` is "pdf" or "docx"."""
    sheet = build_attendance_sheet(attendance)
    if ending == "pdf":
        return typeset(HERE / "attendance.typ", asdict(sheet), attendance.held.end)
    document = open_document(sheet.title, sheet.author, "", attendance.held.end)
    write_annex_titles(document, sheet.annex)
    add(document, sheet.subject, bold=True, align="center")
    add(document, sheet.held, align="center", after=10)
    write_annex_table(document, sheet.annex)
    add(document, sheet.totals, size=13, before=8)
    return pack(document)


def render_invitation(
    content: InvitationContent,
    ending: str,
    *,
    number: int | None = None,
    issued_on: date | None = None,
    preliminary: bool = False,
) -> bytes:
    """Mẫu 1.7 as "pdf" or "docx"; with ``preliminary`` the letter that may go before it."""
    sheet = build_invitation_sheet(content, number=number, issued_on=issued_on, preliminary=preliminary)
    if ending == "pdf":
        return typeset(HERE / "invitation.typ", asdict(sheet), content.starts_at)
    document = open_document(sheet.title, sheet.author, "", content.starts_at)
    write_head(document, sheet.head)
    if sheet.box:
        write_box(document, sheet.box)
    write_titles(document, sheet.kind, sheet.name)
    if sheet.why:
        add(document, sheet.why, size=13, italic=True, align="center", after=10)
    write_paragraphs(document, sheet.body)
    if sheet.signer:
        write_signature(document, sheet)
    if sheet.annex:
        write_annex(document, sheet.annex)
    return pack(document)


def render_notice(
    content: NoticeContent,
    ending: str,
    *,
    made_at: datetime,
    number: int | None = None,
    issued_on: date | None = None,
    signing: bool = False,
) -> bytes:
    """A notice of conclusions or an official letter as "pdf" or "docx"; ``signing``: with marked places (form.typ)."""
    sheet = build_notice_sheet(content, number=number, issued_on=issued_on)
    if ending == "pdf":
        return typeset(HERE / "notice.typ", asdict(sheet) | {"signing": signing}, made_at)
    document = open_document(sheet.title, sheet.author, "", made_at)
    write_head(document, sheet.head, sheet.about)
    if sheet.kind:
        write_titles(document, sheet.kind, sheet.name)
    _write_addressees(document, sheet)
    write_paragraphs(document, sheet.body)
    if sheet.signer:
        write_signature(document, sheet)
    return pack(document)


def _write_addressees(document: Any, sheet: NoticeSheet) -> None:
    if len(sheet.addressees) == 1:
        add(document, f"{sheet.addressed_label} {sheet.addressees[0]}", align="center", before=14, after=12)
        return
    if sheet.addressees:
        add(document, sheet.addressed_label, left=50, before=14)
    for line in sheet.addressees:
        add(document, line, left=72, after=12 if line is sheet.addressees[-1] else 0)


def render_ratio(paper: RatioPaper, made_at: datetime) -> bytes:
    """The indicator of a period as PDF; ``made_at``: when its figures were read."""
    return typeset(HERE / "ratio.typ", asdict(build_ratio_sheet(paper)), made_at)
