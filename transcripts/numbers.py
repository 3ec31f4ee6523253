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
BEFORE = {"ngày", "tháng", "quý", "mục", "khoản", "điều", "điểm", "tổ", "số"}  # a digit after one of these is a figure
AFTER = {"giờ", "phút", "km", "ki", "mét", "héc", "ha", "tấn", "tạ"}  # likewise before one of these
NAMELESS = {"mồng", "mùng"}  # "mồng năm" is the fifth
RANGE = {"đến", "tới"}
YEARS_AFTER = {"đoạn", "kỳ"}  # "giai đoạn", "nhiệm kỳ": what follows is a year, also beyond "đến"
WORD = re.compile(r"\w+|[^\w\s]|\s+")


@dataclass(frozen=True)
class Spoken:
    """A number read from words: its value, how many words it took, and those of its parts that minutes keep apart."""

    value: int
    words: int
    text: str


def read_number(words: list[str]) -> Spoken | None:
    """The longest number at the start of ``words`` (lower case): "một trăm linh năm" is 105. ``None``: none."""
    value, used = 0, 0
    shown: list[str] = []
    for scale, names in ((10**9, BILLION), (10**6, MILLION), (1, ())):
        part = _read_below_million(words[used:])
        if part is None:
            break
        number, length = part
        if scale > 1:
            if used + length < len(words) and words[used + length] in names:
                value, used = value + number * scale, used + length + 1
                if words[used : used + 1] == ["rưỡi"]:
                    return Spoken(
                        value + scale // 2, used + 1, " ".join([*shown, f"{_group(number)},5 {words[used - 1]}"])
                    )
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
        if words[used : used + 1] == ["rưỡi"]:
            return number + 500, used + 1
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
        if rest[:1] == ["rưỡi"]:
            return hundreds + 50, 3
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
    if len(words) > 1 and words[1] in ("mốt", "lăm", "nhăm") and DIGITS[words[0]] > 1:  # "hai lăm" is 25
        return DIGITS[words[0]] * 10 + LAST_DIGITS[words[1]], 2
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
    if (_wants_year(words, at) and (year := _read_year(here))) or (year := _read_day(before, here)):
        return year
    if fraction := _read_fraction(before, here):
        return fraction
    number = read_number(here)
    if number is None or here[number.words : number.words + 1] == ["mấy"]:
        return None
    used, shown = number.words, number.text
    decimals = _read_decimals(here[used:])
    if decimals:
        shown, used = f"{shown},{decimals[0]}", used + decimals[1]
    sign = _read_share(here[used:])
    if sign:
        return f"{shown}{sign}", used + 2
    if here[used : used + 1] == ["giờ"]:
        half = here[used + 1 : used + 2] == ["rưỡi"]
        return (f"{shown} giờ 30", used + 2) if half else (shown, used)
    if before == "quý" and number.value in ROMAN:
        return ROMAN[number.value], used
    if before == "số" and (digits := _read_digits(here)):
        return digits
    if number.words > 1 or here[0] == "mười" or decimals or _asks_for_figure(words, at, used):
        return shown, used
    return None


def _asks_for_figure(words: list[str], at: int, used: int) -> bool:
    """Whether what stands around a single digit makes it a figure."""
    before, after = words[at - 1] if at else "", words[at + used : at + used + 3]
    if before in BEFORE and not (before == "số" and words[at] in ("năm", "không")):  # "số năm", "số không nhiều"
        return before != "ngày" or after[:1] != ["ngày"]
    if after[:1] and after[0] in RANGE:
        other = _read_figure(words, at + used + 1)
        return other is not None and other[0][-1] in "%‰"
    if before in RANGE and at > 1 and words[at - 2].isdigit():
        return True
    return bool(after) and (after[0] in AFTER or before in NAMELESS) and words[at] != "không"


def _read_share(words: list[str]) -> str:
    if words[:1] != ["phần"]:
        return ""
    return {"trăm": "%", "nghìn": "‰", "ngàn": "‰"}.get("".join(words[1:2]), "")


def _read_fraction(before: str, words: list[str]) -> tuple[str, int] | None:
    """ "hai phần ba" is 2/3, "trăm phần trăm" all of it."""
    if words[:3] == ["trăm", "phần", "trăm"] and before not in DIGITS and before not in ("mấy", "mươi"):
        return "100%", 3
    if len(words) < 3 or words[0] not in DIGITS or words[1] != "phần":
        return None
    below = 4 if words[2] == "tư" else DIGITS.get(words[2], 0)
    return (f"{DIGITS[words[0]]}/{below}", 3) if below > 1 else None


def _read_day(before: str, words: list[str]) -> tuple[str, int] | None:
    """ "ngày hai tám tháng hai": a day without its "mươi"."""
    if before != "ngày" or len(words) < 3 or words[2] != "tháng" or words[0] not in ("hai", "ba"):
        return None
    day = DIGITS[words[0]] * 10 + LAST_DIGITS.get(words[1], 100)
    return (str(day), 2) if day <= 31 and words[1] in LAST_DIGITS else None


def _read_digits(words: list[str]) -> tuple[str, int] | None:
    """ "số một hai ba": digit by digit, two or more and no number of another kind."""
    digits = []
    for word in words:
        if word not in DIGITS:
            break
        digits.append(str(DIGITS[word]))
    after = words[len(digits) : len(digits) + 1]
    return ("".join(digits), len(digits)) if len(digits) > 1 and after not in (["mươi"], ["trăm"]) else None


def _wants_year(words: list[str], at: int) -> bool:
    before = words[at - 1] if at else ""
    if before in RANGE or before in ("-", "–"):
        return any(word in YEARS_AFTER for word in words[max(0, at - 12) : at])
    return before == "năm" or before in YEARS_AFTER


def _read_year(words: list[str]) -> tuple[str, int] | None:
    """ "hai nghìn không trăm hai mươi lăm" or, digit by digit, "hai không hai lăm"."""
    digits = [LAST_DIGITS[word] for word in words[:4] if word in LAST_DIGITS]
    if len(digits) == 4 and digits[0] in (1, 2):
        return "".join(map(str, digits)), 4
    if words[:2] in (["hai", "không"], ["một", "chín"]):  # "hai không ba mươi" is 2030
        rest = _read_below_hundred(words[2:])
        if rest is not None and rest[0] > 9:
            return str((20 if words[0] == "hai" else 19) * 100 + rest[0]), 2 + rest[1]
    number = read_number(words)
    if number is not None and 1900 <= number.value <= 2199:
        return str(number.value), number.words
    return None


def _read_decimals(words: list[str]) -> tuple[str, int] | None:
    if words[:1] != ["phẩy"] or len(words) < 2:
        return None
    if words[1] == "không" or (len(words) > 2 and words[1] in DIGITS and words[2] in DIGITS):  # digit by digit
        digits = [str(DIGITS[word]) for word in _take_while_digits(words[1:])]
        return "".join(digits), 1 + len(digits)
    number = _read_below_thousand(words[1:])
    return None if number is None else (str(number[0]), 1 + number[1])


def _take_while_digits(words: list[str]) -> list[str]:
    end = next((place for place, word in enumerate(words) if word not in DIGITS), len(words))
    return words[:end]


def _join_dates(text: str) -> str:
    text = re.sub(r"\b(ngày|Ngày) (?:mồng|mùng) (\d{1,2})\b", r"\1 \2", text)
    text = re.sub(r"\b(ngày|Ngày) (\d{1,2}) tháng (\d{1,2}) năm (\d{4})\b", r"\1 \2/\3/\4", text)
    return re.sub(r"\b(ngày|Ngày) (\d{1,2}) tháng (\d{1,2})\b", r"\1 \2/\3", text)
