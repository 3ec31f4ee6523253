"""The text of papers, page by page. They come from outside: this runs in a process of its own, with limits.

Office documents are read from their XML, where ISO/IEC 29500 keeps the words; formulas, charts and pictures are not
looked into.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pypdf
from pypdf.errors import PyPdfError

from meetings.errors import N_, Invalid

MOST_PAGES = 2000
MOST_LETTERS = 5_000_000  # of one paper
LARGEST_PART = 100 * 1024 * 1024  # bytes of one XML part, unpacked
UNREADABLE = N_("Không đọc được chữ trong tệp này nên không tìm được trong nội dung của nó.")
NUMBER = re.compile(r"(\d+)\.xml$")
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SLIDE = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_pages(path: Path, media_type: str) -> list[str]:
    """The pages or slides of a PDF or an office document; nothing of a picture. ``Invalid`` when it cannot be read."""
    reader = next((read for ending, read in READERS.items() if media_type.endswith(ending)), None)
    if reader is None:
        return []
    pages: list[str] = []
    letters = 0
    try:
        for page in map(_drop_unwritable, reader(path)):
            letters += len(page)
            if letters > MOST_LETTERS or len(pages) >= MOST_PAGES:
                break
            pages.append(page)
    except BROKEN as error:
        raise Invalid(UNREADABLE, field="file") from error
    return pages


BROKEN = (
    *(PyPdfError, zipfile.BadZipFile, zlib.error, ElementTree.ParseError, LookupError, ValueError, TypeError),
    *(AttributeError, ArithmeticError, EOFError, OSError, RuntimeError, NotImplementedError, RecursionError),
)


def _drop_unwritable(page: str) -> str:
    """Fonts of a PDF may name half a surrogate pair or a zero byte, which databases refuse."""
    return page.encode(errors="ignore").decode().replace("\0", " ")


def _read_pdf(path: Path) -> Iterator[str]:
    for page in pypdf.PdfReader(io.BytesIO(path.read_bytes())).pages:
        yield page.extract_text()


def _read_word(path: Path) -> Iterator[str]:
    """One page, for where pages end is known only when the document is set."""
    with zipfile.ZipFile(path) as parts:
        yield _read_paragraphs(parts, "word/document.xml", f"{WORD}p", f"{WORD}t")


def _read_slides(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as parts:
        for name in _list_numbered(parts, "ppt/slides/slide"):
            yield _read_paragraphs(parts, name, f"{SLIDE}p", f"{SLIDE}t")


def _read_workbook(path: Path) -> Iterator[str]:
    """The words of all cells, which a workbook keeps in one place; one page."""
    with zipfile.ZipFile(path) as parts:
        if "xl/sharedStrings.xml" in parts.namelist():
            yield _read_paragraphs(parts, "xl/sharedStrings.xml", f"{SHEET}si", f"{SHEET}t")


def _list_numbered(parts: zipfile.ZipFile, prefix: str) -> list[str]:
    found = [(int(number[1]), name) for name in parts.namelist() if (number := NUMBER.search(name))]
    return [name for _, name in sorted(found) if name.startswith(prefix)]


def _read_paragraphs(parts: zipfile.ZipFile, name: str, paragraph: str, words: str) -> str:
    """The text of one part, a line for each paragraph. The parser takes no entities from outside, and what they may
    grow to is bounded by it."""
    if parts.getinfo(name).file_size > LARGEST_PART:
        raise ValueError(f"{name} is too large")
    lines: list[str] = []
    line: list[str] = []
    with parts.open(name) as part:
        for _, element in ElementTree.iterparse(part):  # noqa: S314 - expat bounds what entities grow to
            if element.tag == words:
                line.append(element.text or "")
            elif element.tag == paragraph:
                lines.append("".join(line))
                line = []
                element.clear()
    return "\n".join(lines)


READERS = {
    "/pdf": _read_pdf,
    ".wordprocessingml.document": _read_word,
    ".presentationml.presentation": _read_slides,
    ".spreadsheetml.sheet": _read_workbook,
}
