"""Tables for people's spreadsheets: plain rows in, CSV or XLSX out.

What a person typed is text there and never a formula: in CSV an apostrophe stands before what a spreadsheet would work
out (=, +, -, @, tab, line end), in XLSX the cell is typed.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import xlsxwriter

from meetings.periods import ZONE

WORKED_OUT = ("=", "+", "-", "@", "\t", "\r", "\n")
MOST_IN_NAME = 31  # characters of a sheet's name

Cell = str | int | float | datetime | None


@dataclass(frozen=True)
class Sheet:
    """``columns``: titles with their widths in characters. ``notes`` stand above the table, the first one large."""

    name: str
    columns: Sequence[tuple[str, int]]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()


def write_csv(sheet: Sheet) -> str:
    """Semicolons between cells, as spreadsheets set to Vietnamese expect; with the mark by which they know UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([escape_cell(title) for title, _width in sheet.columns])
    writer.writerows([_spell(cell) for cell in row] for row in sheet.rows)
    return "\N{BYTE ORDER MARK}" + out.getvalue()


def escape_cell(text: str) -> str:
    return f"'{text}" if text.startswith(WORKED_OUT) else text


def _spell(cell: Cell) -> str | int:
    """Instants as wall time of the province; a decimal comma."""
    match cell:
        case None:
            return ""
        case datetime():
            return f"{cell.astimezone(ZONE):%d/%m/%Y %H:%M}"
        case float():
            return f"{cell:g}".replace(".", ",")
        case int():
            return cell
    return escape_cell(cell)


def write_workbook(sheets: Sequence[Sheet]) -> bytes:
    """One workbook: numbers and instants typed, headers frozen, rows filterable, ready to print across one page."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#EFEBE5", "border": 1})
    formats = {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "number": book.add_format({"valign": "top"}),
        "instant": book.add_format({"num_format": "dd/mm/yyyy hh:mm", "valign": "top", "align": "left"}),
    }
    for sheet in sheets:
        page = book.add_worksheet(sheet.name[:MOST_IN_NAME])
        for number, note in enumerate(sheet.notes):
            page.write_string(number, 0, note, None if number else formats["title"])
        top = len(sheet.notes) + (1 if sheet.notes else 0)
        for number, (title, width) in enumerate(sheet.columns):
            page.set_column(number, number, width)
            page.write_string(top, number, title, head)
        for at, row in enumerate(sheet.rows, top + 1):
            for number, cell in enumerate(row):
                _write_cell(page, at, number, cell, formats)
        page.freeze_panes(top + 1, 0)
        page.autofilter(top, 0, top + max(len(sheet.rows), 1), len(sheet.columns) - 1)
        page.set_landscape()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        page.repeat_rows(top)
    book.close()
    return out.getvalue()


def _write_cell(
    page: xlsxwriter.worksheet.Worksheet,
    row: int,
    column: int,
    cell: Cell,
    formats: dict[str, xlsxwriter.format.Format],
) -> None:
    match cell:
        case None | "":
            page.write_blank(row, column, None, formats["text"])
        case datetime():
            page.write_datetime(row, column, cell.astimezone(ZONE).replace(tzinfo=None), formats["instant"])
        case int() | float():
            page.write_number(row, column, cell, formats["number"])
        case _:
            page.write_string(row, column, cell, formats["text"])
