"""A rendered PDF made ready to be signed: where the template left places, real fields stand from the beginning.

The template marks a place by a link to ``giaoban:NAME`` without words (``field`` in printing/form.typ). Here each
becomes a form field of the same rectangle: ``sign_*`` a signature, any other a line of text. Nothing is drawn later
that has no field now, so that every change after the first signature is one that readers know to allow: a signature,
or a field that is filled in.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.rw_common import PdfHandler

from meetings.signing.appearance import draw_lines, take_over

SCHEME = "giaoban:"
SIGN = "sign_"
SHARED = "/Helv 0 Tf 0 g"  # ISO 32000, 12.7.3.3: for readers that draw a field themselves
PRINTED, READ_ONLY = 1 << 2, 1
APPEND_ONLY = 3  # signatures are or will be there, and a change may only be appended (ISO 32000, table 219)
MOST_NODES = 5_000  # of the tree of pages
SIZES = {"number": (13, False), "date": (14, True), "code": (9, False)}  # points, italic (NĐ 30/2020, annex I, V)


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle on a page, in points from its lower left corner; ``name``: of the field."""

    name: str
    page: int
    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom


def prepare_for_signing(pdf: bytes, texts: Mapping[str, str]) -> bytes:
    """``pdf`` with its fields, as an update behind its own bytes. ``texts``: what stands in a field at first."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    fields, pages = generic.ArrayObject(), list(list_pages(writer))
    tagged = dict(_list_tagged(writer))
    for place, annotation in _list_places(writer):
        link: Any = annotation.get_object()
        for name in ("/A", "/Contents", "/Border"):
            link.pop(pdf_name(name), None)
        link[pdf_name("/Subtype")] = pdf_name("/Widget")
        link[pdf_name("/T")] = pdf_string(place.name)
        link[pdf_name("/P")] = pages[place.page]
        link[pdf_name("/F")] = generic.NumberObject(PRINTED)
        if place.name.startswith(SIGN):
            link[pdf_name("/FT")] = pdf_name("/Sig")
        else:
            _write_text(writer, link, place, texts.get(place.name, ""))
        if "/StructParent" in link:
            _tag_as_form(writer, tagged[int(link["/StructParent"])])
        writer.mark_update(annotation)
        fields.append(annotation)
    form = generic.DictionaryObject({pdf_name("/Fields"): fields, pdf_name("/DA"): pdf_string(SHARED)})
    form[pdf_name("/SigFlags")] = generic.NumberObject(APPEND_ONLY)
    writer.root[pdf_name("/AcroForm")] = writer.add_object(form)
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _list_tagged(writer: IncrementalPdfFileWriter) -> Iterator[tuple[int, generic.IndirectObject]]:
    """The structure's elements by the numbers that annotations call them by (ISO 32000, 14.7.4.4)."""
    root = follow(writer.root, "/StructTreeRoot", {})
    waiting = [root["/ParentTree"]] if "/ParentTree" in root else []
    for _step in range(MOST_NODES):
        if not waiting:
            return
        node = waiting.pop(0)
        waiting.extend(follow(node, "/Kids", ()))
        numbers = follow(node, "/Nums", generic.ArrayObject())
        for at in range(0, len(numbers), 2):
            if isinstance(numbers.raw_get(at + 1), generic.IndirectObject):
                yield int(numbers[at]), numbers.raw_get(at + 1)


def _tag_as_form(writer: IncrementalPdfFileWriter, reference: generic.IndirectObject) -> None:
    """A link's element becomes that of a field (14.8.4.5), holding the field alone."""
    element: Any = reference.get_object()
    held = element["/K"]
    element[pdf_name("/S")] = pdf_name("/Form")
    element[pdf_name("/K")] = held[0] if isinstance(held, generic.ArrayObject) and len(held) == 1 else held
    writer.mark_update(reference)


def _list_places(writer: IncrementalPdfFileWriter) -> Iterator[tuple[Place, generic.IndirectObject]]:
    for number, page in enumerate(list_pages(writer)):
        for annotation in follow(page.get_object(), "/Annots", ()):
            link = annotation.get_object()
            target = str(follow(follow(link, "/A", {}), "/URI", ""))
            if target.startswith(SCHEME):
                name = target.removeprefix(SCHEME).replace(".", "_")  # a dot divides names (ISO 32000, 12.7.3.2)
                yield place_of(name, number, link["/Rect"]), annotation


def place_of(name: str, page: int, rectangle: generic.ArrayObject) -> Place:
    left, bottom, right, top = (float(edge) for edge in rectangle)
    return Place(name, page, min(left, right), min(bottom, top), max(left, right), max(bottom, top))


def _write_text(writer: IncrementalPdfFileWriter, field: generic.DictionaryObject, place: Place, text: str) -> None:
    size, italic = SIZES[place.name]
    drawn = draw_lines((text,), place.width, place.height, size=size, italic=italic, centred=True)
    appearance = generic.DictionaryObject({pdf_name("/N"): take_over(writer, drawn)})
    field[pdf_name("/FT")] = pdf_name("/Tx")
    field[pdf_name("/Ff")] = generic.NumberObject(READ_ONLY)
    field[pdf_name("/V")] = pdf_string(text)
    field[pdf_name("/AP")] = appearance


def fill_in(pdf: bytes, texts: Mapping[str, str], code: str = "") -> bytes:
    """``pdf`` with other lines in its fields, as an update that leaves every signature before it valid.

    ``KeyError`` when it has no field of such a name; ``code`` is written where there is a place for it.
    """
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    known = {name: (place, field) for name, place, field in list_fields(writer.prev)}
    for name, text in (*texts.items(), *([("code", code)] if code and "code" in known else [])):
        place, reference = known[name]
        field: Any = writer.get_object(reference)
        _write_text(writer, field, place, text)
        writer.mark_update(reference)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def list_fields(reader: PdfHandler) -> Iterator[tuple[str, Place, generic.Reference]]:
    """Every field with a widget of its own: its name, place, and object."""
    pages = {page.reference: number for number, page in enumerate(list_pages(reader))}
    for field in follow(follow(reader.root, "/AcroForm", {}), "/Fields", ()):
        if not isinstance(field, generic.IndirectObject):
            continue
        found = field.get_object()
        if "/Rect" not in found or "/T" not in found:
            continue
        page = found.raw_get("/P") if "/P" in found else None
        number = pages.get(page.reference, 0) if isinstance(page, generic.IndirectObject) else 0
        yield str(found["/T"]), place_of(str(found["/T"]), number, found["/Rect"]), field.reference


def list_pages(file: PdfHandler) -> Iterator[generic.IndirectObject]:
    """Every page in order. ``PdfError`` when the tree has no end."""
    waiting: list[generic.IndirectObject] = [file.root.raw_get("/Pages")]
    for _step in range(MOST_NODES):
        if not waiting:
            return
        node = waiting.pop(0)
        found = node.get_object()
        if follow(found, "/Type", "") == "/Pages":
            below = found["/Kids"]
            waiting = [below.raw_get(at) for at in range(len(below))] + waiting
        else:
            yield node
    raise PdfError("the tree of pages has no end")


def follow(of: Any, key: str, default: Any) -> Any:
    """The value itself, where a reference to it may stand (``get`` gives the reference); ``default`` without one."""
    if key in of:
        return of[key]
    return default
