"""Approved minutes as files: PDF/A-2b with Typst, DOCX with python-docx.

Both print the same ``Sheet`` (transcripts/printed_form.py). The PDF carries its fonts; the DOCX names Times New Roman,
which offices have and which may not be passed on. Neither shows the hash on the page, where the form has no place for
it: version and hash of the content stand in the file's properties. Equal input gives equal bytes.
"""

from dataclasses import asdict, replace
from pathlib import Path

from meetings.printing.typesetting import typeset
from transcripts.docx_form import write_docx
from transcripts.minutes import Content
from transcripts.printed_form import KIND, LABELS, build_sheet

TEMPLATE = Path(__file__).parent / "minutes.typ"


def render_pdf(content: Content, *, sha256: str, version: int) -> bytes:
    """Minutes in the form of Mẫu 1.9 as tagged PDF/A-2b; ``sha256`` and ``version`` go into its keywords."""
    sheet = asdict(build_sheet(content)) | {"kind": KIND, "labels": LABELS}
    return typeset(TEMPLATE, sheet | {"keywords": write_keywords(sha256, version)}, content.ended_at)


def render_docx(content: Content, *, sha256: str, version: int, number: str = "") -> bytes:
    """The same sheet as a Word document, for the office's own templates and signing tools; with the clerk's number."""
    keywords = ", ".join(write_keywords(sha256, version))
    sheet = build_sheet(replace(content, number=number) if number else content)
    return write_docx(sheet, keywords=keywords, created=content.ended_at)


def write_keywords(sha256: str, version: int) -> tuple[str, str]:
    return f"version:{version}", f"sha256:{sha256}"
