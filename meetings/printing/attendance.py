"""The annex "Phụ lục – Danh sách thành phần tham dự": who was to come and how each attended, as one table.

Plain values in, the lines of the paper out. The paper belongs to minutes or to an invitation, which ``attached_to``
names; where that paper is electronic, its number is left blank (NĐ 30/2020/NĐ-CP, annex I).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from meetings.interval import Span
from meetings.kinds import HERE, Attended
from meetings.printing.wording import Annex, clean_value, spell_start, spell_time

LABEL, TITLE = "Phụ lục", "DANH SÁCH THÀNH PHẦN THAM DỰ"
COLUMNS = ("STT", "Họ và tên", "Chức vụ", "Đơn vị", "Điểm cầu", "Hình thức", "Tham dự")
WIDTHS = (11, 31, 28, 28, 28, 17, 22)  # millimetres; together the 165 of an annex, which is upright
CENTRED = (0, 5)
MODES = {"online": "Trực tuyến", "in_hall": "Trực tiếp", "absent": "–", "": "–"}
WORDS = {
    Attended.PRESENT: "Có mặt",
    Attended.LATE: "Đến muộn",
    Attended.LEFT_EARLY: "Về sớm",
    Attended.EXCUSED: "Vắng có lý do",
    Attended.UNEXCUSED: "Vắng không lý do",
}
UNCONFIRMED = "Chưa xác nhận"


@dataclass(frozen=True, kw_only=True)
class Attendee:
    """One person of the list. ``mode``: "online", "in_hall", "absent", or empty when nobody has said."""

    full_name: str
    position: str = ""
    unit: str = ""
    site: str = ""
    mode: str = ""
    attended: Attended | None = None
    substitute_for: str = ""
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class AttendanceList:
    """``organ`` is whose paper it is; ``attached_to`` the paper it goes with, such as "Biên bản cuộc họp"."""

    title: str
    organ: str
    held: Span
    rows: Sequence[Attendee]
    attached_to: str = ""


@dataclass(frozen=True)
class AttendanceSheet:
    """What is printed: above the table ``subject`` and ``held``, below it the ``totals``."""

    title: str
    author: str
    subject: str
    held: str
    annex: Annex
    totals: str


def build_attendance_sheet(attendance: AttendanceList) -> AttendanceSheet:
    attached = f"(Kèm theo {attendance.attached_to})" if attendance.attached_to else ""
    sheet = AttendanceSheet(
        title=f"Danh sách thành phần tham dự {attendance.title}",
        author=attendance.organ,
        subject=attendance.title,
        held=spell_start(attendance.held.start),
        annex=Annex(
            LABEL,
            TITLE,
            COLUMNS,
            tuple(_write_row(number, row) for number, row in enumerate(attendance.rows, 1)),
            WIDTHS,
            CENTRED,
            attached,
        ),
        totals=_count(attendance.rows),
    )
    return clean_value(sheet)


def _write_row(number: int, row: Attendee) -> tuple[str, ...]:
    absent = row.attended in (Attended.EXCUSED, Attended.UNEXCUSED)
    mode = MODES["absent"] if absent else MODES.get(row.mode, row.mode)
    return (str(number), row.full_name, row.position, row.unit, row.site, mode, _tell_attendance(row))


def _tell_attendance(row: Attendee) -> str:
    word = WORDS[row.attended] if row.attended else UNCONFIRMED
    at = {Attended.LATE: row.arrived_at, Attended.LEFT_EARLY: row.left_at}.get(row.attended or Attended.PRESENT)
    if at is not None:
        word += f" ({spell_time(at)})".replace(" ", "\N{NO-BREAK SPACE}")
    if row.substitute_for:
        word += f"; đi thay {row.substitute_for}"
    return f"{word}; {row.note}" if row.note else word


def _count(rows: Iterable[Attendee]) -> str:
    """ "Tổng số: 5 người; có mặt 3 (đến muộn 1, đi thay 1); vắng có lý do 1; vắng không lý do 1.".

    A unit that named nobody has a row and is no person.
    """
    people = [row for row in rows if row.full_name]
    counted = Counter(row.attended for row in people)
    here = [row for row in people if row.attended in HERE]
    among = [
        (counted[Attended.LATE], "đến muộn"),
        (counted[Attended.LEFT_EARLY], "về sớm"),
        (sum(bool(row.substitute_for) for row in here), "đi thay"),
        (sum(row.mode == "online" for row in here), "trực tuyến"),
    ]
    told = ", ".join(f"{word} {count}" for count, word in among if count)
    parts = [f"Tổng số: {len(people)} người", f"có mặt {len(here)}{f' ({told})' if told else ''}"]
    absent = ((counted[Attended.EXCUSED], "vắng có lý do"), (counted[Attended.UNEXCUSED], "vắng không lý do"))
    parts += [f"{word} {count}" for count, word in (*absent, (counted[None], "chưa xác nhận")) if count]
    return f"{'; '.join(parts)}."
