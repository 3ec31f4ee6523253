"""Values set by Typst as PDF/A-2b, tagged, with the fonts that lie beside this file. Equal input gives equal bytes."""

import json
import struct
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

HERE = Path(__file__).parent
FONTS = HERE / "fonts"
MISSING = "\N{WHITE SQUARE}"


def typeset(template: Path, sheet: Mapping[str, Any], made_at: datetime) -> bytes:
    """``template``, after what all papers share (``form.typ``), filled with ``sheet``: JSON values, never markup.

    ``made_at`` is what the file says of its age: not the time of rendering, for a second rendering gives the same
    bytes. A letter that the embedded face does not have becomes a white square: PDF/A allows no text without a glyph.
    """
    told = json.dumps(sheet, ensure_ascii=False)
    known = read_coverage(FONTS / "LiberationSerif-Regular.ttf")
    pdf = typst.compile(
        (HERE / "form.typ").read_bytes() + template.read_bytes(),
        font_paths=load_fonts(),
        sys_inputs={"sheet": "".join(letter if ord(letter) in known else MISSING for letter in told)},
        format="pdf",
        pdf_standards=["a-2b"],
        timestamp=made_at.replace(microsecond=0),  # a PDF counts whole seconds
    )
    return bytes(pdf)


@cache
def load_fonts() -> typst.Fonts:
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
