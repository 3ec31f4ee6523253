"""Spoken Vietnamese numbers and dates, written as minutes want them."""


import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcripts.numbers import read_number, write_figures

DIGITS = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]


def say_below_hundred(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return DIGITS[ones]
    head = "mười" if tens == 1 else f"{DIGITS[tens]} mươi"
    last = {0: "", 1: "một" if tens == 1 else "mốt", 5: "lăm"}.get(ones, DIGITS[ones])
    return f"{head} {last}".strip()


def say_below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return say_below_hundred(rest)
    head = f"{DIGITS[hundreds]} trăm"
    if not rest:
        return head
    return f"{head} linh {DIGITS[rest]}" if rest < 10 else f"{head} {say_below_hundred(rest)}"


def say(number: int) -> str:
    """How ``number`` below a thousand milliards is spoken."""
    parts = []
    for scale, name in ((10**9, "tỷ"), (10**6, "triệu"), (1000, "nghìn")):
        count, number = divmod(number, scale)
        if count:
            parts.append(f"{say_below_thousand(count)} {name}")
    if number:
        # a rest below a hundred is spoken with its hundreds, so that nobody hears another number
        parts.append(f"không trăm {_with_link(number)}" if parts and number < 100 else say_below_thousand(number))
    return " ".join(parts) or "không"


def _with_link(number: int) -> str:
    return f"linh {DIGITS[number]}" if number < 10 else say_below_hundred(number)


@given(st.integers(0, 10**12 - 1))
def test_number_is_read_as_it_is_spoken(number: int) -> None:
    words = say(number).split()
    found = read_number(words)
    assert found is not None
    assert (found.value, found.words) == (number, len(words))


@given(st.integers(1, 31), st.integers(1, 12))
def test_spoken_date_becomes_figures(day: int, month: int) -> None:
    spoken = f"Trước ngày {say(day)} tháng {say(month)} phải xong"
    assert write_figures(spoken) == f"Trước ngày {day}/{month} phải xong"


@given(st.integers(1, 99))
def test_spoken_percentage_becomes_figures(number: int) -> None:
    assert write_figures(f"đạt {say(number)} phần trăm.") == f"đạt {number}%."


@given(st.text(max_size=60))
def test_text_without_numbers_is_left_alone(text: str) -> None:
    quiet = text.lower()
    if not any(word in quiet for word in [*DIGITS, "mười", "tư", "ngày"]):
        assert write_figures(text) == text


FIGURES = [
    ("Cuộc họp có hai mươi bảy đồng chí tham dự.", "Cuộc họp có 27 đồng chí tham dự."),
    ("một số đơn vị không có đầu tư công năm nay", "một số đơn vị không có đầu tư công năm nay"),
    ("Hai Bà Trưng", "Hai Bà Trưng"),
    ("hai mươi năm qua", "20 năm qua"),
    ("hai mươi lăm năm qua", "25 năm qua"),
    ("hai mươi tư xã", "24 xã"),
    ("một trăm hai mươi bốn xã, phường", "124 xã, phường"),
    ("một trăm linh năm", "105"),
    ("ba trăm lẻ bốn tỷ đồng", "304 tỷ đồng"),
    ("năm mươi tỷ đồng", "50 tỷ đồng"),
    ("hai tỷ ba trăm triệu đồng", "2 tỷ 300 triệu đồng"),
    ("mười hai nghìn năm trăm hộ", "12.500 hộ"),
    ("trong quý ba", "trong quý III"),
    ("tháng tư", "tháng 4"),
    ("sáu mươi lăm phẩy ba phần trăm", "65,3%"),
    ("năm phần trăm", "5%"),
    ("Ngày mười lăm tháng bảy năm hai nghìn không trăm hai mươi lăm", "Ngày 15/7/2025"),
    ("ngày năm tháng năm năm hai không hai lăm", "ngày 5/5/2025"),
    ("trước ngày 30 tháng 6", "trước ngày 30/6"),
    ("đạt 82% kế hoạch", "đạt 82% kế hoạch"),
    ("mục hai, khoản ba", "mục 2, khoản 3"),
]


@pytest.mark.parametrize(("spoken", "written"), FIGURES)
def test_figures_are_those_of_minutes(spoken: str, written: str) -> None:
    assert write_figures(spoken) == written
    assert write_figures(written) == written
