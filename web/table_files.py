"""A table out of a file that people made: CSV or XLSX in, rows of text out. Nothing is trusted but its size."""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from meetings.errors import N_, Invalid

LARGEST_FILE = 20 * 1024 * 1024  # bytes
LARGEST_UNPACKED = 100 * 1024 * 1024  # bytes of a workbook's parts together
MOST_ROWS, MOST_COLUMNS = 50_000, 100
MOST_STRINGS = 500_000  # texts of a workbook: the reader takes all of them in before the first row
STRING = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,30}:)?si[\s/>]")
BLOCK, OVERLAP = 2**20, 40  # bytes that are looked through at once, and the longest that a hit spans
ZIP = b"PK\x03\x04"
# What the reader makes of workbooks that are cut off, mangled or none at all; XML that is none is a SyntaxError.
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, InvalidFileException, SyntaxError, LookupError, ValueError, TypeError),
    *(AttributeError, ArithmeticError, EOFError, OSError, RuntimeError),
)


def read_table(data: bytes) -> list[list[str]]:
    """The rows of a CSV file in UTF-8, or of the first sheet of a workbook. ``Invalid`` says why it cannot be read."""
    if len(data) > LARGEST_FILE:
        raise Invalid(N_("Tệp lớn quá {most} MB."), field="file", most=LARGEST_FILE // 1024**2)
    rows: list[list[str]] = []
    for row in _read_workbook(data) if data.startswith(ZIP) else _read_csv(data):
        if len(rows) < MOST_ROWS:
            rows.append(row[:MOST_COLUMNS])
        elif any(row):  # sheets may end with a million rows in which nothing stands
            raise Invalid(N_("Tệp có quá {most} dòng. Hãy chia thành nhiều tệp."), field="file", most=MOST_ROWS)
    return rows


def _read_csv(data: bytes) -> Iterator[list[str]]:
    """Commas, or the semicolons that spreadsheets write where the comma is the decimal mark."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = N_("Tệp CSV không phải UTF-8 (byte {at}). Hãy lưu lại dạng “CSV UTF-8” hoặc XLSX.")
        raise Invalid(message, field="file", at=error.start) from error
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        message = N_("Không đọc được tệp CSV ở dòng {line} ({error}).")
        raise Invalid(message, field="file", line=reader.line_num, error=str(error)) from error


def _read_workbook(data: bytes) -> Iterator[list[str]]:
    """Cells as a person sees them: whole numbers without a point, days and times in ISO 8601."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
            if unpacked > LARGEST_UNPACKED:
                raise Invalid(N_("Tệp XLSX giải nén quá lớn nên không được nhận."), field="file")
            if _count_strings(parts) > MOST_STRINGS:
                message = N_(
                    "Tệp XLSX có quá {most} ô chữ khác nhau. Hãy chia thành nhiều tệp, hoặc lưu dạng CSV UTF-8."
                )
                raise Invalid(message, field="file", most=MOST_STRINGS)
        yield from _read_sheet(data)
    except BROKEN as error:
        raise Invalid(N_("Không đọc được tệp XLSX này. Hãy lưu lại rồi thử lần nữa."), field="file") from error


def _count_strings(parts: zipfile.ZipFile) -> int:
    """How many texts the workbook holds, in whichever part and encoding, or more than are taken."""
    count = 0
    for name in parts.namelist():
        with parts.open(name) as part:
            rest = b""
            while (block := part.read(BLOCK)) and count <= MOST_STRINGS:
                text = rest + block.replace(b"\0", b"")  # of UTF-16
                found = list(STRING.finditer(text))
                count += len(found)
                rest = text[max(len(text) - OVERLAP, found[-1].end() if found else 0) :]
    return count


def _read_sheet(data: bytes) -> Iterator[list[str]]:
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        for row in book.worksheets[0].iter_rows(values_only=True, max_col=MOST_COLUMNS):
            cells = [_to_text(value) for value in row]
            while cells and not cells[-1]:
                cells.pop()
            yield cells
    finally:
        book.close()


def _to_text(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case float() if value.is_integer():
            return str(int(value))
    return str(value)
