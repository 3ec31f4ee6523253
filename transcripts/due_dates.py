"""Until when a sentence wants something done. Pure.

Numbers stand in figures (``numbers.write_figures``). A day that is not said whole is the next such day; a month, a
quarter or a year ends with its last day, a week with its Friday. Where a sentence tells of what is over, or of a day
that was lately, there is no deadline: the rules would rather miss one than invent one.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from meetings.working_days import WorkingDays

LATELY = timedelta(days=30)  # a day without a year that was no longer ago is meant as it was
LONGEST = timedelta(days=3 * 366)  # no conclusion gives more time
ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
WEEKDAYS = {"hai": 0, "2": 0, "ba": 1, "3": 1, "tư": 2, "4": 2, "năm": 3, "5": 3, "sáu": 4, "6": 4, "bảy": 5, "7": 5}
FRIDAY = 4

BY = r"(?:trước|chậm nhất|muộn nhất|hạn cuối|hạn chót|thời hạn|hạn|đến hết|đến|hết|trong|không quá|vào|xong|cuối)"
LINK = r"(?:\s+(?:là|vào|đến|hết|trong|trước|cuối|khoảng|của|lúc|\d{1,2} ?(?:giờ|h)(?: ?\d{2})?(?: phút)?))*"
WHEN = rf"\b{BY}{LINK}\s+"
OVER = re.compile(r"^\s*(?:(?:vừa|đã|mới) qua|qua\b|trước đây|vừa rồi|vừa mới)")
TOLD = re.compile(r"\b(?:đã|vừa|mới|từng)\s+(?:\S+\s+){0,6}$")
DONE = re.compile(r"\b(?:hoàn thành|xong|hoàn tất)\b")

DAY = re.compile(
    WHEN + r"(?:ngày\s+)?(?:mùng |mồng )?(\d{1,2})(?:\s*[/.-]\s*|\s+tháng\s+)(\d{1,2})(?:(?:[/.-]|\s+năm\s+)(\d{4}))?\b"
)
DAY_OF = re.compile(
    WHEN + r"ngày\s+(?:mùng |mồng )?(\d{1,2})(?: tháng (này|sau|tới))?\b(?!\s*[/.%-]|\s+(?:tháng|ngày|làm việc))"
)
MONTH = re.compile(
    WHEN + r"tháng (?:(\d{1,2})(?:(?:[/-]| năm )(\d{4})| năm (nay|sau|tới))?|(này|sau|tới))\b(?!\s*[/-]?\d)"
)
END_OF_MONTH = re.compile(r"\b(?:trước|đến|vào|trong|chậm nhất|hết)(?: là)? cuối tháng\b(?! (?:\d|này|sau|tới|trước))")
QUARTER = re.compile(WHEN + r"quý (?:(i{1,3}|iv|[1-4])(?:(?:[/-]| năm )(\d{4})| năm (nay|sau|tới))?|(này|sau|tới))\b")
HALF = re.compile(WHEN + r"(?:6|sáu) tháng (đầu|cuối) năm(?: (\d{4}|nay|sau|tới))?\b")
YEAR = re.compile(WHEN + r"năm (\d{4}|nay|sau|tới)\b")
END_OF_YEAR = re.compile(
    r"\b(?:trước|đến|vào|trong|chậm nhất|hết)(?: là)? cuối năm\b(?! (?:\d|nay|sau|tới|trước|ngoái))"
)
WEEK = re.compile(WHEN + r"tuần (này|sau|tới)\b")
WEEKDAY = re.compile(
    WHEN
    + r"(?:ngày )?(?:thứ (hai|ba|tư|năm|sáu|bảy|[2-7])|(chủ nhật))(?: (?:của )?(tuần này|tuần sau|tuần tới|này|tới))?\b"
)
TODAY = re.compile(WHEN + r"(?:ngày )?(hôm nay|ngày mai|mai|ngày kia)\b")
SPAN = re.compile(
    r"\b(?:trong|sau|không quá|thời hạn|hạn|chậm nhất)(?:\s+(?:vòng|thời hạn|thời gian|là|sau|tối đa|không quá))*"
    r"\s+(\d{1,3})\s+(ngày làm việc|ngày|tuần|tháng)\b(?!\s+(?:đầu|cuối|qua|vừa|trước|gần đây|năm))"
)


@dataclass(frozen=True)
class _Said:
    """A deadline at a place of the text; ``is_span``: a whole month or more, as reports of the past name them too."""

    start: int
    end: int
    day: date
    is_span: bool


def find_deadline(text: str, today: date, working: WorkingDays | None = None) -> date | None:
    """The last day that a sentence gives, or ``None``. Of several that by which it is to be done, else the first.

    ``working``: the calendar by which "5 ngày làm việc" are counted.
    """
    lowered = " ".join(text.lower().split())
    found = sorted(_list_said(lowered, today, working or WorkingDays()), key=lambda said: said.start)
    meant = [said for said in found if not _is_over(lowered, said, today)]
    if not meant:
        return None
    done = DONE.search(lowered)
    after = [said for said in meant if done is not None and said.start >= done.start()]
    return (after or meant)[0].day


def _is_over(text: str, said: _Said, today: date) -> bool:
    if OVER.match(text[said.end :]) or not today <= said.day <= today + LONGEST:
        return True
    return said.is_span and TOLD.search(text[: said.start]) is not None


def _list_said(text: str, today: date, working: WorkingDays) -> Iterator[_Said]:
    readers: list[tuple[re.Pattern[str], Callable[[re.Match[str]], date | None], bool]] = [
        (DAY, lambda m: _read_day(int(m[1]), int(m[2]), m[3], today), False),
        (DAY_OF, lambda m: _read_day_of(int(m[1]), m[2], today), False),
        (MONTH, lambda m: _read_month(m, today), True),
        (END_OF_MONTH, lambda _m: _end_of_month(today.year, today.month), True),
        (QUARTER, lambda m: _read_quarter(m, today), True),
        (HALF, lambda m: _read_half(m, today), True),
        (YEAR, lambda m: _before(m, date(_read_year(m[1], today), 1, 1), date(_read_year(m[1], today), 12, 31)), True),
        (END_OF_YEAR, lambda _m: date(today.year, 12, 31), True),
        (WEEK, lambda m: _friday(today, m[1] != "này"), True),
        (WEEKDAY, lambda m: _read_weekday(m, today), False),
        (TODAY, lambda m: today + timedelta(days={"hôm nay": 0, "ngày kia": 2}.get(m[1], 1)), False),
        (SPAN, lambda m: _read_span(int(m[1]), m[2], today, working), True),
    ]
    for pattern, read, is_span in readers:
        for match in pattern.finditer(text):
            day = _try(read, match)
            if day is not None:
                yield _Said(match.start(), match.end(), day, is_span)


def _try(read: Callable[[re.Match[str]], date | None], match: re.Match[str]) -> date | None:
    """What is no day of any calendar is none."""
    try:
        return read(match)
    except (ValueError, OverflowError):
        return None


def _read_day(day: int, month: int, year: str | None, today: date) -> date | None:
    if year:
        return date(int(year), month, day)
    if not 1 <= month <= 12:
        return None
    for candidate in range(today.year, today.year + 9):  # 29 February may be far
        if 1 <= day <= monthrange(candidate, month)[1]:
            found = date(candidate, month, day)
            if found >= today or today - found <= LATELY:
                return found
    return None


def _read_day_of(day: int, which: str | None, today: date) -> date | None:
    """A day of this month or the next; without either the next such day."""
    first = today.replace(day=1)
    if which is not None:
        return (first if which == "này" else _next_month(first)).replace(day=day)
    return today.replace(day=day) if day >= today.day else _next_month(first).replace(day=day)


def _read_month(match: re.Match[str], today: date) -> date | None:
    if match[4]:
        first = today.replace(day=1) if match[4] == "này" else _next_month(today)
        return _before(match, first, _end_of_month(first.year, first.month))
    month = int(match[1])
    year = _said_year(match[2], match[3], today)
    if year is None:
        year = today.year + (month < today.month)
    return _before(match, date(year, month, 1), _end_of_month(year, month))


def _read_quarter(match: re.Match[str], today: date) -> date | None:
    present = (today.month + 2) // 3
    year = _said_year(match[2], match[3], today)
    if match[4]:
        quarter, year = (present, today.year) if match[4] == "này" else (present % 4 + 1, today.year + (present == 4))
    else:
        quarter = ROMAN.get(match[1]) or int(match[1])
        year = today.year + (quarter < present) if year is None else year
    return _before(match, date(year, quarter * 3 - 2, 1), _end_of_month(year, quarter * 3))


def _read_half(match: re.Match[str], today: date) -> date | None:
    month = 6 if match[1] == "đầu" else 12
    year = _read_year(match[2], today) if match[2] else today.year + (month < today.month)
    return _end_of_month(year, month)


def _read_weekday(match: re.Match[str], today: date) -> date | None:
    number = 6 if match[2] else WEEKDAYS[match[1]]
    monday = today - timedelta(days=today.weekday())
    if match[3] in ("tuần sau", "tuần tới"):
        return monday + timedelta(days=7 + number)
    this = monday + timedelta(days=number)
    return this if this >= today or match[3] == "tuần này" else this + timedelta(days=7)


def _read_span(number: int, unit: str, today: date, working: WorkingDays) -> date | None:
    if number == 0:
        return None
    if unit == "ngày làm việc":
        return working.add(today, number)
    if unit == "tháng":
        first = today.replace(day=1)
        for _ in range(number):
            first = _next_month(first)
        return first.replace(day=min(today.day, monthrange(first.year, first.month)[1]))
    return today + timedelta(days=number * (7 if unit == "tuần" else 1))


def _before(match: re.Match[str], first: date, last: date) -> date:
    """ "trước tháng 12" ends with November, "trong tháng 12" with December."""
    begins = "trước" in match[0] and not re.search("cuối|hết", match[0])
    return first - timedelta(days=1) if begins else last


def _said_year(figures: str | None, word: str | None, today: date) -> int | None:
    return _read_year(figures or word or "", today) if figures or word else None


def _read_year(said: str, today: date) -> int:
    return {"nay": today.year, "sau": today.year + 1, "tới": today.year + 1}.get(said) or int(said)


def _friday(today: date, following: bool) -> date:
    friday = today + timedelta(days=FRIDAY - today.weekday())
    return friday + timedelta(days=7) if following else max(friday, today)


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _end_of_month(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
