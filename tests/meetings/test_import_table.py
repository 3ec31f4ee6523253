from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from meetings.errors import Invalid
from meetings.import_table import COLUMNS, MOST_ROWS, NAMES, MeetingRow, Reading, read_lines, read_meetings
from meetings.kinds import Form, MeetingKind, MeetingStatus, Mode, UnitKind
from meetings.org_tree import Dated, UnitHistory, UnitRecord, Validity

NOW = datetime(2023, 1, 1, tzinfo=UTC)
ROW = {
    "code": "H-001",
    "title": "Giao ban tháng 3",
    "kind": "briefing",
    "convening_unit": "68",
    "start": "2022-03-01T08:00",
    "end": "2022-03-01T10:00",
    "status": "held",
    "planned_form": "online",
    "channel": "system",
    "excluded_reason": "",
    "invited_units": "676; Huyện Di Linh",
    "attendance": "676=online; Huyện Di Linh=in_person",
    "held_form": "",
    "relayed_from": "",
}


def make_unit(key: int, name: str, code: str, until: date | None = None) -> UnitRecord:
    return UnitRecord(
        id=key,
        kind=UnitKind.PEOPLE_COMMITTEE,
        official_order=key,
        validity=Validity(None, until),
        names=[Dated((name, ""), Validity())],
        codes=[Dated(("gso", code), Validity())],
    )


HISTORY = UnitHistory(
    [
        make_unit(1, "Tỉnh Lâm Đồng", "68"),
        make_unit(2, "Huyện Lâm Hà", "676"),
        make_unit(3, "Huyện Di Linh", "679"),
        make_unit(4, "Huyện Cát Tiên", "683", date(2024, 11, 30)),
        make_unit(5, "Xã Bình Thuận", "1"),
        make_unit(6, "Xã Bình Thuận", "2"),
    ]
)


def read(*rows: Mapping[str, str], columns: tuple[str, ...] = (*COLUMNS, "held_form", "relayed_from")) -> Reading:
    table = [list(columns), *([row.get(name, "") for name in columns] for row in rows)]
    return read_meetings(read_lines(table), HISTORY, NOW)


def read_one(**cells: str) -> MeetingRow:
    reading = read(ROW | cells)
    assert reading.faults == []
    [row] = reading.rows
    return row


def test_row_is_read() -> None:
    row = read_one()
    assert (row.line, row.code, row.title) == (2, "H-001", "Giao ban tháng 3")
    assert (row.kind, row.status, row.planned_form) == (MeetingKind.BRIEFING, MeetingStatus.ENDED, Form.ONLINE)
    assert (row.convening_unit_id, row.channel, row.exclusion, row.held_form) == (1, "system", "", None)
    assert row.span.start == datetime(2022, 3, 1, 1, tzinfo=UTC)  # a time without a zone is the province's
    assert row.modes == {2: Mode.ONLINE, 3: Mode.IN_HALL}


@pytest.mark.parametrize("text", ["2022-03-01T01:00Z", "2022-03-01 08:00:00+07:00", "2022-03-01T08:00:00.5"])
def test_times_are_iso_8601(text: str) -> None:
    assert read_one(start=text).span.start.replace(microsecond=0) == datetime(2022, 3, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "word", "means"),
    [
        ("kind", "Họp giao ban", MeetingKind.BRIEFING),
        ("kind", "committee_session", MeetingKind.COMMITTEE_SESSION),
        ("kind", "tập huấn", MeetingKind.TRAINING),
        ("status", "Đã họp", MeetingStatus.ENDED),
        ("status", "postponed", MeetingStatus.POSTPONED),
        ("planned_form", "Kết hợp", Form.HYBRID),
        ("held_form", "in_person", Form.IN_PERSON),
    ],
)
def test_words_are_codes_or_vietnamese_names(column: str, word: str, means: object) -> None:
    assert getattr(read_one(**{column: word}), column) == means


@pytest.mark.parametrize("name", ["676", "huyện  lâm hà", "Huyện Lâm Hà", "UBND huyện Lâm Hà"])
def test_unit_is_known_by_code_or_name(name: str) -> None:
    assert set(read_one(invited_units=name, attendance=f"{name}=online").modes) == {2}


def test_columns_and_words_may_be_vietnamese() -> None:
    row = ROW | {
        "channel": "Hệ thống của tỉnh",
        "excluded_reason": "Tiếp công dân, đối thoại",
        "attendance": "676=Trực tuyến",
    }
    table = [[NAMES[name] for name in (*COLUMNS, "held_form")], [row[name] for name in (*COLUMNS, "held_form")]]
    [found] = read_meetings(read_lines(table), HISTORY, NOW).rows
    assert (found.code, found.channel, found.exclusion) == ("H-001", "system", "citizen_reception")
    assert found.modes == {2: Mode.ONLINE, 3: Mode.ABSENT}


def test_fault_names_the_column_as_the_file_writes_it() -> None:
    row = ROW | {"kind": "", "start": "", "convening_unit": ""}
    table = [[NAMES[name] for name in COLUMNS], [row[name] for name in COLUMNS]]
    faults = read_meetings(read_lines(table), HISTORY, NOW).faults
    told = [fault.message.format(line=fault.line, **fault.values) for fault in faults]
    assert "đang để trống; cần một trong: giao ban, briefing" in told[0]
    assert told[1] == "Dòng 2: cột Bắt đầu đang để trống; cần ngày giờ như 2022-03-01T08:00."
    [fault] = read(ROW | {"convening_unit": ""}).faults
    assert fault.message.format(line=2, **fault.values) == "Dòng 2: cột convening_unit không được để trống."


def test_unit_that_nobody_wrote_down_was_absent() -> None:
    assert read_one(attendance="679=online").modes == {2: Mode.ABSENT, 3: Mode.ONLINE}


def test_held_form_stands_for_attendance_that_is_not_there() -> None:
    row = read_one(attendance="", held_form="hybrid")
    assert (row.held_form, row.modes) == (Form.HYBRID, {2: None, 3: None})


def test_nothing_known_of_attendance_means_nobody_came_and_is_told() -> None:
    reading = read(ROW | {"attendance": ""})
    assert reading.rows[0].modes == {2: Mode.ABSENT, 3: Mode.ABSENT}
    assert [warning.column for warning in reading.warnings] == ["attendance"]


def test_meeting_still_to_come_has_no_attendance() -> None:
    row = read_one(status="scheduled", start="2023-03-01T08:00", end="2023-03-01T10:00")
    assert row.modes == {2: None, 3: None}


def test_convening_unit_does_not_invite_itself() -> None:
    reading = read(ROW | {"invited_units": "68;676", "attendance": "68=online;676=online"})
    assert reading.rows[0].modes == {2: Mode.ONLINE}
    assert [warning.column for warning in reading.warnings] == ["invited_units"]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("code", ""),
        ("code", "x" * 65),
        ("title", ""),
        ("title", "x" * 301),
        ("kind", ""),
        ("kind", "party"),
        ("convening_unit", ""),
        ("convening_unit", "999"),
        ("start", ""),
        ("start", "01/03/2022"),
        ("start", "2022-03-01"),
        ("start", "2022-02-30T08:00"),
        ("start", "0001-01-01T00:00"),
        ("start", "2022-01-01T08:00"),  # ends two months later
        ("end", "2022-03-01T08:00"),
        ("end", "2022-02-28T10:00"),
        ("end", "2024-01-01T08:00"),
        ("status", "done"),
        ("planned_form", ""),
        ("planned_form", "zoom"),
        ("channel", ""),
        ("channel", "x" * 101),
        ("excluded_reason", "holiday"),
        ("invited_units", ""),
        ("invited_units", "676;Huyện Không Có"),
        ("invited_units", "676;676;679"),
        ("invited_units", "676;679;Xã Bình Thuận"),
        ("attendance", "676"),
        ("attendance", "676=maybe"),
        ("attendance", "683=online"),
        ("attendance", "676=online;676=absent"),
        ("held_form", "zoom"),
        ("relayed_from", "x" * 201),
    ],
)
def test_every_wrong_cell_is_named_with_its_line_and_column(column: str, text: str) -> None:
    reading = read(ROW, ROW | {"code": "H-002"} | {column: text})
    assert [row.code for row in reading.rows] == ["H-001"]
    assert {fault.line for fault in reading.faults} == {3}
    also = {"start": {"end"}, "invited_units": {"attendance"}}.get(column, set())
    assert column in (found := {fault.column for fault in reading.faults}) or also
    assert found <= {column} | also
    for fault in reading.faults:
        assert "{" not in fault.message.format(line=fault.line, **fault.values)


def test_meeting_held_in_person_needs_no_channel() -> None:
    assert read_one(planned_form="in_person", channel="").channel == ""


def test_unit_must_exist_on_the_day() -> None:
    assert set(read_one(invited_units="683", attendance="683=online").modes) == {4}
    later = ROW | {"start": "2025-03-01T08:00", "end": "2025-03-01T10:00", "invited_units": "683", "attendance": ""}
    assert [fault.column for fault in read(later | {"status": "scheduled"}).faults] == ["invited_units"]


def test_every_fault_of_a_line_is_listed() -> None:
    reading = read(ROW | {"kind": "?", "status": "?", "channel": "", "invited_units": "?", "attendance": ""})
    assert [fault.column for fault in reading.faults] == ["kind", "status", "channel", "invited_units"]


def test_cell_too_many_is_a_fault() -> None:
    table = [list(COLUMNS), [*(ROW[name] for name in COLUMNS), "phẩy thừa"]]
    assert [fault.column for fault in read_meetings(read_lines(table), HISTORY, NOW).faults] == [""]


def test_meeting_of_an_organ_above_is_told_apart() -> None:
    assert read_one(relayed_from="Bộ Nội vụ").relayed_from == "Bộ Nội vụ"


def test_order_of_columns_is_free_and_some_may_be_missing() -> None:
    assert len(read(ROW, columns=tuple(reversed(COLUMNS))).rows) == 1


@pytest.mark.parametrize("table", [[], [["code", "title"]], [list(COLUMNS)], [list(COLUMNS), [""] * 12]])
def test_no_such_table(table: list[list[str]]) -> None:
    with pytest.raises(Invalid):
        read_lines(table)


def test_table_too_long_is_refused() -> None:
    with pytest.raises(Invalid):
        read_lines([list(COLUMNS), *([ROW[name] for name in COLUMNS] for _ in range(MOST_ROWS + 1))])


def test_column_that_nobody_reads_is_told() -> None:
    columns = (*COLUMNS, "held_from")
    reading = read(ROW | {"held_from": "online"}, columns=columns)
    assert [(warning.line, warning.column) for warning in reading.warnings] == [(1, "held_from")]
