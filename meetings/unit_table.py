"""Units as a CSV table: what a file must look like, line by line. Text in, rows out; no database.

Columns: ``gso_code, name, type, level, province, former_province, valid_from, valid_to, source_or_successor``.
``type`` and ``level`` are codes, dates are ``YYYY-MM-DD`` (first and last day), empty is open. ``province`` is the code
by which a row names the province it belongs to. The last column holds a source, or ``successor GSO 681``: the unit was
merged into the one with that code on the day after ``valid_to``; or ``ended …``: it was abolished then.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from meetings.errors import N_, Invalid

COLUMNS = (
    "gso_code",
    "name",
    "type",
    "level",
    "province",
    "former_province",
    "valid_from",
    "valid_to",
    "source_or_successor",
)
PROVINCE = "province"
LEVELS = ("province", "district", "commune")
TYPES = frozenset({"tinh", "thanh_pho", "huyen", "thi_xa", "quan", "xa", "phuong", "thi_tran", "dac_khu"})
SUCCESSOR = re.compile(r"successor GSO (\d+)", re.IGNORECASE)
VIA = re.compile(r"\s*\(via [^)]*\)\s*$", re.IGNORECASE)  # where a copy was had from is no part of the source
CODE = re.compile(r"\d{1,5}")


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit of the file; ``line`` is where it stands, counted from 1 with the header."""

    line: int
    gso: str
    name: str
    level: str
    province: str
    former_province: str
    valid_from: date | None
    valid_to: date | None
    source: str

    @property
    def key(self) -> tuple[str, ...]:
        """What makes it the same unit in another file: its code, else name, level and first day."""
        if self.gso:
            return ("gso", self.gso)
        return ("name", self.name, self.level, self.valid_from.isoformat() if self.valid_from else "")

    @property
    def successor(self) -> str:
        """The GSO code of the unit it was merged into, or empty."""
        match = SUCCESSOR.fullmatch(self.source)
        return match[1] if match else ""

    @property
    def is_abolished(self) -> bool:
        return self.source.lower().startswith("ended") and self.valid_to is not None

    @property
    def basis(self) -> str:
        """What the last column says, in words for people."""
        if self.successor:
            return f"nhập vào đơn vị có mã GSO {self.successor}"
        if self.is_abolished:
            return "kết thúc hoạt động cùng cấp huyện" if "district tier" in self.source else "kết thúc hoạt động"
        return VIA.sub("", self.source)

    @property
    def succeeded_on(self) -> date | None:
        """The day after its last one."""
        return None if self.valid_to is None else self.valid_to + timedelta(days=1)


def parse_units(text: str) -> list[UnitLine]:
    """The rows of a file, or ``Invalid`` with the ``line`` and what is wrong there. A byte order mark is skipped."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            raise Invalid(N_("Dòng 1: thiếu cột {columns}."), field="line", line=1, columns=", ".join(missing))
        lines = [_parse_row(reader.line_num, header, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise _wrong(reader.line_num, N_("Dòng {line}: không đọc được ({error})."), error=str(error)) from error
    if not lines:
        raise Invalid(N_("Tệp không có đơn vị nào."), field="line", line=1)
    _check_keys(lines)
    return lines


def _wrong(line: int, message: str, **values: object) -> Invalid:
    return Invalid(message, field="line", line=line, **values)


def _parse_row(line: int, header: list[str], row: list[str]) -> UnitLine:
    if len(row) != len(header):
        message = N_("Dòng {line}: có {found} ô, cần {wanted} ô.")
        raise _wrong(line, message, found=len(row), wanted=len(header))
    cells = {name: " ".join(cell.split()) for name, cell in zip(header, row, strict=True)}
    if not cells["name"] or len(cells["name"]) > 200:
        raise _wrong(line, N_("Dòng {line}: cần tên đơn vị, không quá 200 ký tự."))
    if cells["gso_code"] and not CODE.fullmatch(cells["gso_code"]):
        raise _wrong(line, N_("Dòng {line}: mã GSO “{code}” không đúng."), code=cells["gso_code"])
    if cells["level"] not in LEVELS:
        raise _wrong(line, N_("Dòng {line}: cấp “{level}” không có."), level=cells["level"])
    if cells["type"] not in TYPES:
        raise _wrong(line, N_("Dòng {line}: loại đơn vị “{type}” không có."), type=cells["type"])
    if not cells["province"] or len(cells["province"]) > 16:
        raise _wrong(line, N_("Dòng {line}: cần mã tỉnh, không quá 16 ký tự."))
    unit = UnitLine(
        line=line,
        gso=cells["gso_code"],
        name=cells["name"],
        level=cells["level"],
        province=cells["province"],
        former_province=cells["former_province"],
        valid_from=_parse_day(line, cells["valid_from"]),
        valid_to=_parse_day(line, cells["valid_to"]),
        source=cells["source_or_successor"][:200],
    )
    if unit.valid_from and unit.valid_to and unit.valid_to < unit.valid_from:
        raise _wrong(line, N_("Dòng {line}: ngày hết hiệu lực trước ngày bắt đầu."))
    if unit.successor and unit.valid_to is None:
        raise _wrong(line, N_("Dòng {line}: đơn vị có đơn vị kế thừa thì cần ngày hết hiệu lực."))
    return unit


def _parse_day(line: int, text: str) -> date | None:
    if not text:
        return None
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise _wrong(line, N_("Dòng {line}: ngày “{day}” không có dạng YYYY-MM-DD."), day=text)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _wrong(line, N_("Dòng {line}: không có ngày “{day}”."), day=text) from error


def _check_keys(lines: Iterable[UnitLine]) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for unit in lines:
        if unit.key in seen:
            message = N_("Dòng {line}: trùng đơn vị với dòng {other}.")
            raise _wrong(unit.line, message, other=seen[unit.key])
        seen[unit.key] = unit.line
