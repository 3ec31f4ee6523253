"""What stands in a field of a PDF: a line of text, the image of a signature, a seal (NĐ 30/2020, annex I, ô 7c and 8).

Each is set by Typst on a page of the field's size, without a ground, and taken over as a form of that size.
"""

import io
import json
import struct
from dataclasses import dataclass

import typst
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import AnnotAppearances
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.stamp import BaseStamp, BaseStampStyle

from meetings.errors import N_, Invalid
from meetings.printing.typesetting import load_fonts

POINTS_PER_MM = 72 / 25.4
PNG = b"\x89PNG\r\n\x1a\n"
LARGEST_IMAGE = 512 * 2**10  # bytes
MOST_PIXELS = 4000  # on a side
NOT_PNG = N_("Ảnh chữ ký, ảnh dấu phải là tệp PNG nền trong suốt, lớn nhất 512 kB.")

PAGE = """#let given = json(bytes(sys.inputs.given))
#set page(width: given.width * 1pt, height: given.height * 1pt, margin: 0pt, fill: none)
#set text(font: "Liberation Serif", size: given.size * 1pt, lang: "vi", hyphenate: false, fill: black,
  style: if given.italic { "italic" } else { "normal" })
#set par(leading: 0.3em, spacing: 0.3em)
"""
TEXT = PAGE + "#place(given.at + horizon, block(align(given.at, given.lines.map(text).join(linebreak()))))"
IMAGE = PAGE + '#place(center + horizon, image(bytes(given.png), width: 100%, height: 100%, fit: "contain"))'


def draw_lines(
    lines: tuple[str, ...], width: float, height: float, *, size: float, italic: bool = False, centred: bool = False
) -> bytes:
    """Black text of ``size`` points on a page of ``width`` by ``height`` points."""
    given = {"width": width, "height": height, "size": size, "italic": italic, "lines": lines}
    source = TEXT.replace("given.at", "center" if centred else "left")
    return _typeset(source, given)


def draw_image(png: bytes, width: float, height: float) -> bytes:
    """The image as large as it fits, in the middle."""
    measure_image(png)
    given = {"width": width, "height": height, "size": 10, "italic": False, "lines": (), "png": list(png)}
    return _typeset(IMAGE, given)


def measure_image(png: bytes) -> tuple[int, int]:
    """Its width and height in pixels. ``Invalid`` when it is no PNG with transparency of a sensible size."""
    if len(png) > LARGEST_IMAGE or not png.startswith(PNG) or len(png) < 33 or png[12:16] != b"IHDR":
        raise Invalid(NOT_PNG, field="image")
    width, height, _depth, colours = struct.unpack(">IIBB", png[16:26])
    transparent = colours in (4, 6) or b"tRNS" in png
    if not (0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS and transparent):
        raise Invalid(NOT_PNG, field="image")
    return width, height


def _typeset(source: str, given: dict[str, object]) -> bytes:
    try:
        pdf = typst.compile(
            source.encode(),
            font_paths=load_fonts(),
            sys_inputs={"given": json.dumps(given, ensure_ascii=False)},
            format="pdf",
        )
    except RuntimeError as error:  # such as an image that cannot be decoded
        raise Invalid(NOT_PNG, field="image") from error
    return bytes(pdf)


def take_over(writer: BasePdfFileWriter, drawn: bytes) -> generic.IndirectObject:
    """The one page of ``drawn`` as a form of the file that is written."""
    form: generic.IndirectObject = writer.import_page_as_xobject(PdfFileReader(io.BytesIO(drawn)))
    return form


@dataclass(frozen=True)
class DrawnStyle(BaseStampStyle):
    """An appearance that is drawn already."""

    drawn: bytes = b""

    def create_stamp(self, writer: BasePdfFileWriter, box: BoxConstraints, text_params: dict[str, str]) -> "DrawnStamp":
        return DrawnStamp(writer, self, box)


class DrawnStamp(BaseStamp):
    """``DrawnStyle`` in one file."""

    def apply_appearance(self, annotation: generic.DictionaryObject) -> None:
        form = take_over(self._ensure_writer, self.style.drawn)
        annotation[generic.pdf_name("/AP")] = AnnotAppearances(form).as_pdf_object()
