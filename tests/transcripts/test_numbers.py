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
    # money and amounts
    ("hai tỷ rưỡi", "2,5 tỷ"),
    ("một triệu rưỡi đồng", "1,5 triệu đồng"),
    ("hai trăm rưỡi", "250"),
    ("ba nghìn rưỡi hộ", "3.500 hộ"),
    ("ba nghìn hai trăm tỷ đồng", "3.200 tỷ đồng"),
    ("một nghìn không trăm linh năm tỷ đồng", "1.005 tỷ đồng"),
    ("hai mươi lăm triệu bốn trăm nghìn đồng", "25 triệu 400.000 đồng"),
    ("năm tỷ đồng", "5 tỷ đồng"),
    ("một tỉ đồng", "1 tỉ đồng"),
    ("ba phẩy hai tỷ đồng", "3,2 tỷ đồng"),
    ("mười phẩy năm héc ta", "10,5 héc ta"),
    ("hai phẩy không năm phần trăm", "2,05%"),
    ("không phẩy năm phần trăm", "0,5%"),
    ("bảy phẩy hai lăm phần trăm", "7,25%"),
    ("tám phẩy bảy mươi lăm phần trăm", "8,75%"),
    ("chín phẩy một hai phần trăm", "9,12%"),
    ("một trăm phần trăm", "100%"),
    ("trăm phần trăm hộ dân", "100% hộ dân"),
    ("ba phần nghìn", "3‰"),
    ("từ ba đến năm phần trăm", "từ 3 đến 5%"),
    ("từ hai mươi đến hai mươi lăm phần trăm", "từ 20 đến 25%"),
    ("tăng âm hai phần trăm", "tăng âm 2%"),
    ("hai phần ba số xã", "2/3 số xã"),
    ("một phần tư đại biểu", "1/4 đại biểu"),
    ("ba ki lô mét", "3 ki lô mét"),
    ("năm tấn gạo", "5 tấn gạo"),
    ("hai lăm xã", "25 xã"),
    ("ba mốt đơn vị", "31 đơn vị"),
    ("bốn mươi nhăm phiếu", "45 phiếu"),
    ("một trăm linh một hồ sơ", "101 hồ sơ"),
    ("chín trăm chín mươi chín", "999"),
    ("mười một", "11"),
    ("mười lăm phiếu tán thành, hai phiếu không tán thành", "15 phiếu tán thành, hai phiếu không tán thành"),
    # times of the day
    ("tám giờ", "8 giờ"),
    ("tám giờ ba mươi phút", "8 giờ 30 phút"),
    ("bảy giờ rưỡi sáng", "7 giờ 30 sáng"),
    ("mười bốn giờ", "14 giờ"),
    ("mười ba giờ bốn mươi lăm", "13 giờ 45"),
    # dates and years
    ("ngày mồng năm tháng sáu", "ngày 5/6"),
    ("ngày mùng một tháng mười hai", "ngày 1/12"),
    ("ngày hai tám tháng hai", "ngày 28/2"),
    ("ngày ba mốt tháng mười hai", "ngày 31/12"),
    ("ngày hai mốt tháng tư", "ngày 21/4"),
    ("ngày ba mươi tháng sáu năm nay", "ngày 30/6 năm nay"),
    ("ngày mười tháng mười năm hai nghìn không trăm hai mươi sáu", "ngày 10/10/2026"),
    ("tháng mười một", "tháng 11"),
    ("quý một", "quý I"),
    ("sáu tháng đầu năm", "sáu tháng đầu năm"),
    ("năm hai nghìn không trăm hai mươi sáu", "năm 2026"),
    ("năm một chín bảy lăm", "năm 1975"),
    ("năm một nghìn chín trăm chín mươi", "năm 1990"),
    (
        "giai đoạn hai nghìn không trăm hai mươi mốt đến hai nghìn không trăm hai mươi lăm",
        "giai đoạn 2021 đến 2025",
    ),
    ("nhiệm kỳ hai không hai lăm đến hai không ba mươi", "nhiệm kỳ 2025 đến 2030"),
    # numbers of documents and their parts
    ("Nghị quyết số mười tám", "Nghị quyết số 18"),
    ("Công văn số một hai ba", "Công văn số 123"),
    ("điều năm, điểm bốn", "điều 5, điểm 4"),
    ("tổ ba", "tổ 3"),
    # words that are no numbers
    ("một số năm qua", "một số năm qua"),
    ("số không nhiều", "số không nhiều"),
    ("năm năm qua", "năm năm qua"),
    ("ba bốn đơn vị", "ba bốn đơn vị"),
    ("hai mươi mấy xã", "hai mươi mấy xã"),
    ("mấy trăm hộ", "mấy trăm hộ"),
    ("thứ hai, thứ ba", "thứ hai, thứ ba"),
    ("không có ý kiến", "không có ý kiến"),
    ("Ba Đình", "Ba Đình"),
    ("xã Tám Thanh", "xã Tám Thanh"),
    ("chín muồi", "chín muồi"),
    ("một là, hai là, ba là", "một là, hai là, ba là"),
    ("thông tư, đầu tư", "thông tư, đầu tư"),
    ("tháng giêng", "tháng giêng"),
    ("phần trăm", "phần trăm"),
    ("cả hai phần việc", "cả hai phần việc"),
]


@pytest.mark.parametrize(("spoken", "written"), FIGURES)
def test_figures_are_those_of_minutes(spoken: str, written: str) -> None:
    assert write_figures(spoken) == written
    assert write_figures(written) == written
