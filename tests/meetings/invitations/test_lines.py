import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.invitations.lines import MOST_LINES, Line, find_known, read_lines


def told(text: str) -> list[tuple[int, str]]:
    return [(fault.number, fault.message.format(**fault.values)) for fault in read_lines(text)[1]]


def test_people_are_read_line_by_line() -> None:
    text = "Nguyễn Văn An; Chủ tịch UBND xã; an@lamdong.gov.vn\n\n  K’Brếp ;Trưởng phòng\nLý Thị Hoa\n"
    assert read_lines(text) == (
        [
            Line(1, "Nguyễn Văn An", "Chủ tịch UBND xã", "an@lamdong.gov.vn"),
            Line(3, "K’Brếp", "Trưởng phòng"),
            Line(4, "Lý Thị Hoa"),
        ],
        [],
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("1. Nguyễn Văn An; Chủ tịch", Line(1, "Nguyễn Văn An", "Chủ tịch")),
        ("12) Nguyễn Văn An", Line(1, "Nguyễn Văn An")),
        ("Nguyễn Văn An\tChủ tịch\tan@x.vn", Line(1, "Nguyễn Văn An", "Chủ tịch", "an@x.vn")),
        ("Nguyễn Văn An; an@X.VN", Line(1, "Nguyễn Văn An", "", "an@x.vn")),
        ("Nguyễn   Văn An;;", Line(1, "Nguyễn Văn An")),
    ],
)
def test_lists_are_taken_as_people_have_them(text: str, line: Line) -> None:
    assert read_lines(text) == ([line], [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A", "Hãy nhập họ tên, từ 2 đến 100 ký tự."),
        ("123", "Hãy nhập họ tên, từ 2 đến 100 ký tự."),
        ("An " * 40, "Hãy nhập họ tên, từ 2 đến 100 ký tự."),
        ("an@lamdong.gov.vn", "Họ tên đang chứa địa chỉ email. Hãy viết: họ tên; chức vụ; email."),
        ("Nguyễn Văn An; " + "x" * 151, "Chức vụ có tối đa 150 ký tự."),
        (
            "Nguyễn Văn An; Chủ tịch; an@",
            "Địa chỉ email “an@” chưa đúng, ví dụ đúng: ten@lamdong.gov.vn.",
        ),
        (
            "Nguyễn Văn An; Chủ tịch; an@x.vn Bcc: b@x.vn",
            "Địa chỉ email “an@x.vn Bcc: b@x.vn” chưa đúng, ví dụ đúng: ten@lamdong.gov.vn.",
        ),
        ("An; b; c; d", "Dòng có quá nhiều phần. Hãy viết: họ tên; chức vụ; email."),
    ],
)
def test_what_is_wrong_is_told_at_its_line(text: str, message: str) -> None:
    lines, faults = read_lines(f"Lý Thị Hoa\n{text}\nK’Brếp")
    assert [line.full_name for line in lines] == ["Lý Thị Hoa", "K’Brếp"]
    assert [(fault.number, fault.message.format(**fault.values)) for fault in faults] == [(2, message)]


def test_person_named_twice_is_told_with_the_first_line() -> None:
    assert told("Lý Thị Hoa; Chủ tịch\nLÝ THỊ HOA; chủ tịch") == [(2, "LÝ THỊ HOA đã có ở dòng 1.")]
    assert told("Lý Thị Hoa; Chủ tịch\nLý Thị Hoa; Kế toán") == [], "two people may have one name"


def test_ten_thousand_names_are_refused_at_once() -> None:
    lines, faults = read_lines("\n".join(f"Nguyễn Văn Số {number}" for number in range(10_000)))
    assert lines == []
    assert [fault.number for fault in faults] == [MOST_LINES + 1]
    assert "danh sách có 10000 dòng" in faults[0].message.format(**faults[0].values)


def test_people_on_the_list_already_are_told() -> None:
    lines, _faults = read_lines("Lý Thị Hoa; Chủ tịch\nK’Brếp")
    found = find_known(lines, [("lý thị hoa", "CHỦ TỊCH")])
    assert [(fault.number, fault.message.format(**fault.values)) for fault in found] == [
        (1, "Lý Thị Hoa đã có trong danh sách.")
    ]


@given(st.text())
def test_any_text_is_read_without_failing(text: str) -> None:
    lines, faults = read_lines(text)
    for line in lines:
        assert "\n" not in line.full_name + line.position + line.email
    assert all(fault.message.format(**fault.values) for fault in faults)
