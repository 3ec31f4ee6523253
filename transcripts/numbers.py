"""Vietnamese numbers and dates as they are spoken, turned into figures as minutes write them. Pure.

The rules are cautious: "một số", "không có", "đầu tư" and "năm năm" hold number words that are none, so a single
digit becomes a figure only beside a word that asks for one (ngày, tháng, quý, phần trăm, …). A number of two words or
more that obeys the grammar of numbers is one wherever it stands. "mươi năm" counts years: the digit is "mươi lăm".
"""

import re
from dataclasses import dataclass

DIGITS = {
    "không": 0,
    "một": 1,
    "hai": 2,
    "ba": 3,
    "bốn": 4,
    "năm": 5,
    "sáu": 6,
    "bảy": 7,
    "bẩy": 7,
    "tám": 8,
    "chín": 9,
}
LAST_DIGITS = {**DIGITS, "mốt": 1, "tư": 4, "lăm": 5, "nhăm": 5}  # after "mươi"
THOUSAND, MILLION, BILLION = ("nghìn", "ngàn"), ("triệu",), ("tỷ", "tỉ")
ROMAN = {1: "I", 2: "II", 3: "III", 4: "IV"}
BEFORE = {"ngày", "tháng", "quý", "mục", "khoản", "điều", "điểm"}  # a digit after one of these is a figure
WORD = re.compile(r"\w+|[^\w\s]|\s+")


@dataclass(frozen=True)
class Spoken:
    """A number read from words: its value, how many words it took, and those of its parts that minutes keep apart."""

    value: int
    words: int
    text: str


def read_number(words: list[str]) -> Spoken | None:
    """The longest number at the start of ``words`` (lower case): "một trăm linh năm" is 105. ``None``: none."""
    value, used, shown = 0, 0, []
    for scale, names in ((10**9, BILLION), (10**6, MILLION), (1, ())):
        part = _read_below_million(words[used:])
        if part is None:
            break
        number, length = part
        if scale > 1:
            if used + length < len(words) and words[used + length] in names:
                value, used = value + number * scale, used + length + 1
                shown.append(f"{_group(number)} {words[used - 1]}")
            continue
        value, used = value + number, used + length
        shown.append(_group(number))
    return Spoken(value, used, " ".join(shown)) if used else None


def _read_below_million(words: list[str]) -> tuple[int, int] | None:
    head = _read_below_thousand(words)
    if head is None:
        return None
    number, used = head
    if used < len(words) and words[used] in THOUSAND:
        number, used = number * 1000, used + 1
        tail = _read_below_thousand(words[used:])
        if tail is not None and (tail[1] > 1 or not _starts_years(words[used:])):
            number, used = number + tail[0], used + tail[1]
    return number, used


def _starts_years(words: list[str]) -> bool:
    return words[:1] == ["năm"]  # "hai nghìn năm" are years


def _read_below_thousand(words: list[str]) -> tuple[int, int] | None:
    if len(words) > 1 and words[0] in DIGITS and words[1] == "trăm":
        hundreds = DIGITS[words[0]] * 100
        rest = words[2:]
        if len(rest) > 1 and rest[0] in ("linh", "lẻ") and rest[1] in LAST_DIGITS:
            return hundreds + LAST_DIGITS[rest[1]], 4
        tail = _read_below_hundred(rest)
        if tail is not None and (tail[1] > 1 or rest[0] == "mười"):
            return hundreds + tail[0], 2 + tail[1]
        return hundreds, 2
    return _read_below_hundred(words)


def _read_below_hundred(words: list[str]) -> tuple[int, int] | None:
    if not words:
        return None
    if words[0] == "mười":
        tail = words[1] if len(words) > 1 else ""
        if tail in LAST_DIGITS and tail not in ("không", "năm", "mốt", "tư"):
            return 10 + LAST_DIGITS[tail], 2
        return 10, 1
    if words[0] not in DIGITS:
        return None
    if len(words) > 1 and words[1] == "mươi" and DIGITS[words[0]] > 1:
        tail = words[2] if len(words) > 2 else ""
        if tail in LAST_DIGITS and tail not in ("không", "năm"):
            return DIGITS[words[0]] * 10 + LAST_DIGITS[tail], 3
        return DIGITS[words[0]] * 10, 2
    return DIGITS[words[0]], 1


def _group(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def write_figures(text: str) -> str:
    """``text`` with its numbers, percentages and dates in figures: "ngày ba mươi tháng sáu" becomes "ngày 30/6"."""
    pieces = WORD.findall(text)
    places = [index for index, piece in enumerate(pieces) if not piece.isspace()]
    words = [pieces[index].lower() for index in places]
    out: list[str] = []
    at = copied = 0
    while at < len(words):
        found = _read_figure(words, at)
        if found is None:
            at += 1
            continue
        shown, length = found
        out += [*pieces[copied : places[at]], shown]
        at += length
        copied = places[at - 1] + 1
    return _join_dates("".join([*out, *pieces[copied:]]))


def _read_figure(words: list[str], at: int) -> tuple[str, int] | None:
    before = words[at - 1] if at else ""
    here = words[at:]
    if before == "tháng" and here[:1] == ["tư"]:
        return "4", 1
    if before == "năm" and (year := _read_year(here)):
        return year
    number = read_number(here)
    if number is None:
        return None
    used, shown = number.words, number.text
    decimals = _read_decimals(here[used:])
    if decimals:
        shown, used = f"{shown},{decimals[0]}", used + decimals[1]
    if here[used : used + 2] == ["phần", "trăm"]:
        return f"{shown}%", used + 2
    if before == "quý" and number.value in ROMAN:
        return ROMAN[number.value], used
    if number.words > 1 or here[0] == "mười" or decimals or before in BEFORE:
        return shown, used
    return None


def _read_year(words: list[str]) -> tuple[str, int] | None:
    """ "hai nghìn không trăm hai mươi lăm" or, digit by digit, "hai không hai lăm"."""
    digits = [LAST_DIGITS[word] for word in words[:4] if word in LAST_DIGITS]
    if len(digits) == 4 and digits[0] in (1, 2):
        return "".join(map(str, digits)), 4
    number = read_number(words)
    if number is not None and 1900 <= number.value <= 2199:
        return str(number.value), number.words
    return None


def _read_decimals(words: list[str]) -> tuple[str, int] | None:
    if words[:1] != ["phẩy"]:
        return None
    number = read_number(words[1:])
    return None if number is None else (str(number.value), 1 + number.words)


def _join_dates(text: str) -> str:
    text = re.sub(r"\b(ngày|Ngày) (\d{1,2}) tháng (\d{1,2}) năm (\d{4})\b", r"\1 \2/\3/\4", text)
    return re.sub(r"\b(ngày|Ngày) (\d{1,2}) tháng (\d{1,2})\b", r"\1 \2/\3", text)
