"""Approved minutes as files: PDF/A-2b with Typst, DOCX with python-docx.

Both print the same ``Sheet`` (transcripts/printed_form.py). The PDF carries its fonts; the DOCX names Times New Roman,
which offices have and which may not be passed on. Neither shows the hash on the page, where the form has no place for
it: version and hash of the content stand in the file's properties. Equal input gives equal bytes.
"""

import json
import struct
from dataclasses import asdict
from functools import cache
from pathlib import Path

import typst

from transcripts.docx_form import write_docx
from transcripts.minutes import Content
from transcripts.printed_form import KIND, LABELS, MOTTO, NATION, build_sheet

HERE = Path(__file__).parent
FONTS = HERE / "fonts"
MISSING = "\N{WHITE SQUARE}"


def render_pdf(content: Content, *, sha256: str, version: int) -> bytes:
    """Minutes in the form of Mẫu 1.9 as tagged PDF/A-2b; ``sha256`` and ``version`` go into its keywords.

    A letter that the embedded face does not have becomes a white square: PDF/A allows no text without a glyph.
    """
    sheet = asdict(build_sheet(content)) | {"nation": NATION, "motto": MOTTO, "kind": KIND, "labels": LABELS}
    told = json.dumps(sheet | {"keywords": write_keywords(sha256, version)}, ensure_ascii=False)
    known = read_coverage(FONTS / "LiberationSerif-Regular.ttf")
    pdf = typst.compile(
        (HERE / "minutes.typ").read_bytes(),
        font_paths=_load_fonts(),
        sys_inputs={"sheet": "".join(letter if ord(letter) in known else MISSING for letter in told)},
        format="pdf",
        pdf_standards=["a-2b"],
        # Not the time of rendering: a second rendering gives the same bytes. A PDF counts whole seconds.
        timestamp=content.ended_at.replace(microsecond=0),
    )
    return bytes(pdf)


def render_docx(content: Content, *, sha256: str, version: int) -> bytes:
    """The same sheet as a Word document, for the office's own templates and signing tools."""
    keywords = ", ".join(write_keywords(sha256, version))
    return write_docx(build_sheet(content), keywords=keywords, created=content.ended_at)


def write_keywords(sha256: str, version: int) -> tuple[str, str]:
    return f"version:{version}", f"sha256:{sha256}"


@cache
def _load_fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


@cache
def read_coverage(path: Path) -> frozenset[int]:
    """The code points that a TrueType face has: its "cmap" subtables of format 4 (OpenType specification, cmap)."""
    font = path.read_bytes()
    tables = struct.unpack_from(">H", font, 4)[0]
    records = [struct.unpack_from(">4sLLL", font, 12 + 16 * index) for index in range(tables)]
    start = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    known: set[int] = set()
    for index in range(struct.unpack_from(">H", font, start + 2)[0]):
        table = start + struct.unpack_from(">HHL", font, start + 4 + 8 * index)[2]
        if struct.unpack_from(">H", font, table)[0] == 4:
            segments = struct.unpack_from(">H", font, table + 6)[0] // 2
            ends = struct.unpack_from(f">{segments}H", font, table + 14)
            starts = struct.unpack_from(f">{segments}H", font, table + 16 + 2 * segments)
            for first, last in zip(starts, ends, strict=True):
                known.update(range(first, last + 1))
    return frozenset(known - {0xFFFF})
