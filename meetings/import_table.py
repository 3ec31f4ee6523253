"""Meetings as a table, as archives of other systems give them: rows of text in, meetings and every fault out.

Columns: ``code, title, kind, convening_unit, start, end, status, planned_form, channel, excluded_reason, invited_units,
attendance`` and, where there are any, ``held_form`` and ``relayed_from``, or their names in Vietnamese. A unit is named
by any of its codes or by its exact name, as it was on the meeting's last day. Times are ISO 8601; one without a zone is
the province's. The README tells the words that each column takes; Vietnamese ones are the names of the closed
vocabularies.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from meetings.errors import N_, Invalid
from meetings.interval import Span
from meetings.kinds import EXCLUSIONS, Form, MeetingKind, MeetingStatus, Mode
from meetings.org_tree import UnitHistory
from meetings.periods import ZONE, local_day
from meetings.table_names import UnitIndex, plain, read_header

HELD_FORM, RELAYED_FROM = "held_form", "relayed_from"  # columns that may be missing
NAMES = {
    "code": "Mã cuộc họp",
    "title": "Tên cuộc họp",
    "kind": "Loại cuộc họp",
    "convening_unit": "Đơn vị chủ trì",
    "start": "Bắt đầu",
    "end": "Kết thúc",
    "status": "Trạng thái",
    "planned_form": "Hình thức dự kiến",
    "channel": "Hệ thống họp",
    "excluded_reason": "Lý do không tính",
    "invited_units": "Đơn vị được mời",
    "attendance": "Tham dự",
    HELD_FORM: "Hình thức thực tế",
    RELAYED_FROM: "Tiếp phát cuộc họp của",
}
COLUMNS = tuple(name for name in NAMES if name not in (HELD_FORM, RELAYED_FROM))
MOST_ROWS = 20_000
LONGEST = timedelta(days=31)
EMPTY = N_("Dòng {line}: cột {column} không được để trống.")
SYSTEM = "system"
SYSTEM_WORDS = frozenset({SYSTEM, "hệ thống", "hệ thống của tỉnh"})
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?", re.ASCII)

KINDS = {
    "họp giao ban": MeetingKind.BRIEFING,
    "giao ban": MeetingKind.BRIEFING,
    "họp tham mưu, tư vấn": MeetingKind.ADVISORY,
    "tham mưu, tư vấn": MeetingKind.ADVISORY,
    "họp giải quyết công việc": MeetingKind.WORKING,
    "giải quyết công việc": MeetingKind.WORKING,
    "họp chuyên môn": MeetingKind.TECHNICAL,
    "chuyên môn": MeetingKind.TECHNICAL,
    "họp sơ kết, tổng kết": MeetingKind.REVIEW,
    "sơ kết, tổng kết": MeetingKind.REVIEW,
    "sơ kết": MeetingKind.REVIEW,
    "tổng kết": MeetingKind.REVIEW,
    "họp chuyên đề": MeetingKind.THEMATIC,
    "chuyên đề": MeetingKind.THEMATIC,
    "tập huấn": MeetingKind.TRAINING,
    "hội nghị triển khai": MeetingKind.DEPLOYMENT,
    "phiên họp ủy ban nhân dân": MeetingKind.COMMITTEE_SESSION,
    "phiên họp ubnd": MeetingKind.COMMITTEE_SESSION,
    "loại khác": MeetingKind.OTHER,
    "khác": MeetingKind.OTHER,
} | {kind.value: kind for kind in MeetingKind}
STATUSES = {
    "draft": MeetingStatus.DRAFT,
    "dự thảo": MeetingStatus.DRAFT,
    "scheduled": MeetingStatus.SCHEDULED,
    "đã đặt lịch": MeetingStatus.SCHEDULED,
    "held": MeetingStatus.ENDED,
    "đã họp": MeetingStatus.ENDED,
    "đã kết thúc": MeetingStatus.ENDED,
    "cancelled": MeetingStatus.CANCELLED,
    "đã hủy": MeetingStatus.CANCELLED,
    "hủy": MeetingStatus.CANCELLED,
    "postponed": MeetingStatus.POSTPONED,
    "tạm hoãn": MeetingStatus.POSTPONED,
    "hoãn": MeetingStatus.POSTPONED,
}
FORMS = {"trực tuyến": Form.ONLINE, "trực tiếp": Form.IN_PERSON, "kết hợp": Form.HYBRID} | {
    form.value: form for form in Form
}
MODES = {
    "online": Mode.ONLINE,
    "trực tuyến": Mode.ONLINE,
    "in_person": Mode.IN_HALL,
    "trực tiếp": Mode.IN_HALL,
    "absent": Mode.ABSENT,
    "vắng": Mode.ABSENT,
}

REASONS = {plain(name): code for code, name in EXCLUSIONS.items()} | {code: code for code in EXCLUSIONS}

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file as text; ``number`` is where it stands, counted from 1 with the header.

    ``overlong``: it has more cells than there are columns. ``names``: how the file writes its columns.
    """

    number: int
    cells: Mapping[str, str]
    overlong: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong or odd in a line. ``message`` is a msgid with ``{line}`` and the fields of ``values``."""

    line: int
    column: str
    message: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """One meeting of the file.

    ``modes`` maps each invited unit to how it attended, ``None`` where nobody wrote it down. ``channel`` is ``system``,
    another platform's name, or empty for a meeting in person. ``relayed_from`` is the organ above the province that
    convened it.
    """

    line: int
    code: str
    title: str
    kind: MeetingKind
    convening_unit_id: int
    span: Span
    status: MeetingStatus
    planned_form: Form
    channel: str
    exclusion: str
    modes: Mapping[int, Mode | None]
    held_form: Form | None
    relayed_from: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says: its meetings, what keeps it from being taken, and what is only worth a look."""

    rows: list[MeetingRow]
    faults: list[Finding]
    warnings: list[Finding]


def read_lines(table: Iterable[Sequence[str]]) -> list[Line]:
    """The rows under their columns; empty rows are left out. ``Invalid`` when it is no such table."""
    rows = iter(table)
    first = [" ".join(unicodedata.normalize("NFC", cell).split()) for cell in next(rows, ())]
    header = read_header(iter([first]), COLUMNS, NAMES)
    names, lines = dict(zip(header, first, strict=True)), []
    for number, row in enumerate(rows, start=2):
        cells = [" ".join(unicodedata.normalize("NFC", cell).split()) for cell in row]
        if any(cells):
            lines.append(Line(number, dict(zip(header, cells, strict=False)), any(cells[len(header) :]), names))
        if len(lines) > MOST_ROWS:
            raise Invalid(N_("Tệp có quá {most} dòng. Hãy chia thành nhiều tệp."), field="file", most=MOST_ROWS)
    if not lines:
        raise Invalid(N_("Tệp không có cuộc họp nào."), field="file")
    return lines


def read_meetings(lines: Iterable[Line], history: UnitHistory, now: datetime) -> Reading:
    """The meetings of all lines, with every fault of every line; units as they were on each meeting's last day."""
    reading = Reading([], [], [])
    index, lines = UnitIndex(history), list(lines)
    unknown = {name for line in lines for name in line.cells} - {"", *NAMES}
    message = N_("Dòng {line}: cột “{column}” không có trong các cột được nhận; đã bỏ qua.")
    reading.warnings.extend(Finding(1, name, message, {"column": name[:50]}) for name in sorted(unknown))
    for line in lines:
        reader = _Reader(line, index, now)
        row = reader.read()
        if row is not None and not reader.faults:
            reading.rows.append(row)
        reading.faults.extend(reader.faults)
        reading.warnings.extend(reader.warnings)
    return reading


class _Reader:
    """Reads one line and keeps every fault that it meets."""

    def __init__(self, line: Line, index: UnitIndex, now: datetime) -> None:
        self._line, self._index, self._now = line, index, now
        self.faults: list[Finding] = []
        self.warnings: list[Finding] = []

    def read(self) -> MeetingRow | None:
        if self._line.overlong:
            message = N_("Dòng {line}: có nhiều ô hơn số cột; nội dung có dấu phẩy cần đặt trong dấu ngoặc kép.")
            self._refuse("", message)
        code, title = self._text("code", 64), self._text("title", 300)
        kind = self._word("kind", KINDS)
        status = self._word("status", STATUSES)
        form = self._word("planned_form", FORMS)
        held_form = self._word(HELD_FORM, FORMS) if self._cell(HELD_FORM) else None
        span = self._span()
        channel, exclusion = self._channel(form), self._exclusion()
        if span is None:
            return None
        if status is MeetingStatus.ENDED and span.end > self._now:
            self._refuse("end", N_("Dòng {line}: cuộc họp đã họp không thể kết thúc trong tương lai."))
        convening = self._unit("convening_unit", self._cell("convening_unit"), span)
        modes = self._modes(span, status, convening, declared=held_form is not None)
        if convening is None or kind is None or status is None or form is None:
            return None
        return MeetingRow(
            line=self._line.number,
            code=code,
            title=title,
            kind=kind,
            convening_unit_id=convening,
            span=span,
            status=status,
            planned_form=form,
            channel=channel,
            exclusion=exclusion,
            modes=modes,
            held_form=held_form,
            relayed_from=self._limit(RELAYED_FROM, 200),
        )

    def _cell(self, column: str) -> str:
        return self._line.cells.get(column, "")

    def _refuse(self, column: str, message: str, /, **values: object) -> None:
        """``{column}`` in the message is the column as the file writes it."""
        self.faults.append(Finding(self._line.number, column, message, {"column": self._name(column)} | values))

    def _name(self, column: str) -> str:
        return self._line.names.get(column, column)[:50]

    def _warn(self, column: str, message: str, /, **values: object) -> None:
        self.warnings.append(Finding(self._line.number, column, message, {"column": self._name(column)} | values))

    def _text(self, column: str, longest: int) -> str:
        if not self._cell(column):
            self._refuse(column, EMPTY)
        return self._limit(column, longest)

    def _limit(self, column: str, longest: int) -> str:
        text = self._cell(column)
        if len(text) > longest or any(unicodedata.category(letter) == "Cc" for letter in text):
            message = N_("Dòng {line}: cột {column} dài quá {longest} ký tự hoặc có ký tự điều khiển.")
            self._refuse(column, message, longest=longest)
        return text

    def _word(self, column: str, words: Mapping[str, Word]) -> Word | None:
        word = words.get(plain(self._cell(column)))
        if word is None:
            message = N_("Dòng {line}: cột {column} có giá trị “{value}”; cần một trong: {words}.")
            if not self._cell(column):
                message = N_("Dòng {line}: cột {column} đang để trống; cần một trong: {words}.")
            listed = ", ".join(name for name in words if name.isascii())
            self._refuse(column, message, value=self._cell(column)[:50], words=listed)
        return word

    def _span(self) -> Span | None:
        start, end = self._instant("start"), self._instant("end")
        if start is None or end is None:
            return None
        if end <= start:
            self._refuse("end", N_("Dòng {line}: thời gian kết thúc phải sau thời gian bắt đầu."))
            return None
        if end - start > LONGEST:
            self._refuse("end", N_("Dòng {line}: cuộc họp dài quá {days} ngày."), days=LONGEST.days)
            return None
        return Span(start, end)

    def _instant(self, column: str) -> datetime | None:
        text = self._cell(column)
        try:
            instant = datetime.fromisoformat(text) if INSTANT.fullmatch(text) else None
        except ValueError:
            instant = None
        if instant is None or not 1975 <= instant.year <= 2200:
            message = N_("Dòng {line}: cột {column} cần ngày giờ như 2022-03-01T08:00; hiện là “{value}”.")
            if not text:
                message = N_("Dòng {line}: cột {column} đang để trống; cần ngày giờ như 2022-03-01T08:00.")
            self._refuse(column, message, value=text[:50])
            return None
        return instant.replace(tzinfo=ZONE) if instant.tzinfo is None else instant

    def _channel(self, form: Form | None) -> str:
        text = self._cell("channel")
        if not text and form is not Form.IN_PERSON:
            message = N_(
                "Dòng {line}: cột {column} cần “system” hoặc tên hệ thống khác; chỉ để trống khi họp trực tiếp."
            )
            self._refuse("channel", message)
        if len(text) > 100:
            self._refuse("channel", N_("Dòng {line}: tên hệ thống họp dài quá 100 ký tự."))
        return SYSTEM if plain(text) in SYSTEM_WORDS else text

    def _exclusion(self) -> str:
        text = self._cell("excluded_reason")
        code = REASONS.get(plain(text), "")
        if text and not code:
            message = N_("Dòng {line}: lý do không tính “{value}” không có; để trống, hoặc một trong: {words}.")
            self._refuse("excluded_reason", message, value=text[:50], words=", ".join(EXCLUSIONS))
        return code

    def _unit(self, column: str, text: str, span: Span) -> int | None:
        if not text:
            self._refuse(column, EMPTY)
            return None
        found = self._index.find(text, local_day(span.end), local_day(span.start))
        if len(found) == 1:
            return next(iter(found))
        if found:
            message = N_("Dòng {line}: cột {column}: có nhiều đơn vị tên “{value}”; hãy dùng mã đơn vị.")
        else:
            message = N_("Dòng {line}: cột {column}: không có đơn vị “{value}” vào ngày họp.")
        self._refuse(column, message, value=text[:100])
        return None

    def _modes(
        self, span: Span, status: MeetingStatus | None, convening: int | None, *, declared: bool
    ) -> dict[int, Mode | None]:
        """How each invited unit attended; with nothing written down and no held form, nobody did."""
        held = status is MeetingStatus.ENDED
        texts = [text for text in (part.strip() for part in self._cell("invited_units").split(";")) if text]
        invited = [unit for text in texts if (unit := self._unit("invited_units", text, span)) is not None]
        if not texts and status in (MeetingStatus.ENDED, MeetingStatus.SCHEDULED):
            self._refuse("invited_units", N_("Dòng {line}: cột {column} cần ít nhất một đơn vị."))
        if len(set(invited)) < len(invited):
            self._refuse("invited_units", N_("Dòng {line}: một đơn vị được mời hai lần."))
        attended = self._attended(span, set(invited))
        if attended and not held:
            self._warn("attendance", N_("Dòng {line}: chưa họp nên không nhận cột {column}."))
        if held and invited and not attended and not declared:
            self._warn("attendance", N_("Dòng {line}: không ghi đơn vị nào dự, nên tính là không có đơn vị nào dự."))
        if convening in invited:
            self._warn("invited_units", N_("Dòng {line}: đơn vị chủ trì không cần mời chính mình; đã bỏ qua."))
        missing = None if not held or (declared and not attended) else Mode.ABSENT
        modes = {unit: attended.get(unit, missing) if held else None for unit in invited}
        return {unit: mode for unit, mode in modes.items() if unit != convening}

    def _attended(self, span: Span, invited: set[int]) -> dict[int, Mode]:
        attended: dict[int, Mode] = {}
        for part in (part.strip() for part in self._cell("attendance").split(";")):
            name, sign, word = part.rpartition("=")
            mode = MODES.get(plain(word))
            if not part:
                continue
            if not sign or mode is None:
                message = N_("Dòng {line}: cột {column} cần đơn_vị=online|in_person|absent; hiện là “{value}”.")
                self._refuse("attendance", message, value=part[:100])
                continue
            unit = self._unit("attendance", name.strip(), span)
            if unit is None:
                continue
            if unit not in invited:
                message = N_("Dòng {line}: “{value}” có trong cột {column} nhưng không có trong cột {invited}.")
                self._refuse("attendance", message, value=name.strip()[:100], invited=self._name("invited_units"))
            if unit in attended:
                self._refuse("attendance", N_("Dòng {line}: cột {column} ghi một đơn vị hai lần."))
            attended[unit] = mode
        return attended
