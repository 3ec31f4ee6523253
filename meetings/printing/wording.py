"""Words of official papers (Nghị định 30/2020/NĐ-CP, annex I). Such papers are in Vietnamese: nothing is translated.

Both renderings of a paper (PDF and DOCX) print the same values, so that they cannot differ in words.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from meetings.periods import ZONE

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
COMMITTEE, SHORT_COMMITTEE = "ỦY BAN NHÂN DÂN", "UBND"
RECIPIENTS = "Nơi nhận:"
END_MARK = "./."

T = TypeVar("T")


@dataclass(frozen=True)
class Block:
    """One paragraph. ``style`` is "field", "text", "heading" (bold), "heading_line" or "closing".

    The last three stay with what follows.

    ``segments`` are the rows of a transcript that it was taken from; ``part`` names what a page shows in its own way.
    """

    style: str
    text: str
    segments: tuple[int, ...] = ()
    part: str = ""


@dataclass(frozen=True)
class Annex:
    """A table on pages of its own; ``widths`` of its columns in millimetres, ``centred`` the columns set so."""

    label: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    centred: tuple[int, ...] = (0,)
    attached_to: str = ""  # "(Kèm theo …)", in italics


@dataclass(frozen=True)
class Head:
    """The two columns on top. ``parent_organ`` is empty for an organ that writes no superior, ``date_line`` where the
    form has none; ``official`` papers bear the country's name and motto."""

    parent_organ: str
    organ: tuple[str, ...]  # in lines
    reference: str  # "Số: 05/BB-UBND"; blanks where the clerk has given no number yet
    date_line: str = ""
    official: bool = True
    nation: str = NATION
    motto: str = MOTTO


def make_head(parent_organ: str, organ: str, reference: str, date_line: str = "", *, official: bool = True) -> Head:
    """The superior's name may be abbreviated, and then stands in one line; the issuer's own never is."""
    parent = parent_organ.upper().replace(COMMITTEE, SHORT_COMMITTEE)
    return Head(parent, break_organ(organ.upper()), reference, date_line, official)


def break_organ(name: str) -> tuple[str, ...]:
    """A committee's name stands in two lines: what it is, and where."""
    place = name.removeprefix(COMMITTEE).strip()
    return (COMMITTEE, place) if place and place != name else (name,)


def spell_instant(at: datetime) -> str:
    """2026-02-03 01:05 UTC becomes "08 giờ 05 phút, ngày 03 tháng 02 năm 2026"."""
    here = at.astimezone(ZONE)
    return f"{here:%H} giờ {here:%M} phút, {spell_day(here.date())}"


def spell_day(day: date) -> str:
    """Days below 10 and the months 1 and 2 carry a zero, the other months do not (NĐ 30/2020, annex I, II.4)."""
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02} tháng {month} năm {day.year}"


def spell_time(at: datetime) -> str:
    """2026-02-03 01:05 UTC becomes "08 giờ 05"."""
    here = at.astimezone(ZONE)
    return f"{here:%H} giờ {here:%M}"


def spell_start(at: datetime) -> str:
    """2026-06-05 01:00 UTC becomes "08 giờ 00, ngày 05 tháng 6 năm 2026"."""
    return f"{spell_time(at)}, {spell_day(at.astimezone(ZONE).date())}"


def write_number(number: str, notation: str) -> str:
    """Numbers below 10 get a zero; no space on either side of the stroke (NĐ 30/2020, annex I, II.3)."""
    written = number.zfill(2) if number.isdigit() else number
    return f"{written or '        '}/{notation}"


def write_reference(number: str, notation: str) -> str:
    return f"Số: {write_number(number, notation)}"


def write_date_line(town: str, day: date | None, year: int) -> str:
    """ "Lâm Đồng, ngày 05 tháng 6 năm 2026"; room to write where there is no day yet."""
    return f"{town}, {spell_day(day)}" if day else f"{town}, ngày        tháng        năm {year}"


def tell_attached(what: str, notation: str, year: int, organ: str) -> str:
    """What an annex goes with. In an electronic document its number and day are left blank (annex I, part I)."""
    return f"(Kèm theo {what} số {write_number('', notation)} ngày       tháng       năm {year} của {organ})"


def end_sentence(text: str) -> str:
    """In one line, with a full stop where it has no end of its own."""
    line = " ".join(text.split())
    return line if line.endswith((".", ":", ";", "?")) else f"{line}."


def list_names(lines: Iterable[str]) -> list[str]:
    """Names as they were typed, without the dash before and the stop after them."""
    return [name.strip().lstrip("-").strip().rstrip(".;") for name in lines if name.strip()]


def list_dashed(names: Sequence[str]) -> Iterator[str]:
    """Names below each other: the last one ends the sentence."""
    yield from (f"- {name};" for name in names[:-1])
    yield from (f"- {name}." for name in names[-1:])


def list_recipients(recipients: Iterable[str], kept: str = "Lưu: VT, Hồ sơ") -> tuple[str, ...]:
    """Each ends with a semicolon, the file copy ("Lưu", else ``kept``) comes last and ends with a full stop."""
    named = [text.strip().lstrip("-").strip().rstrip(";.") for text in recipients]
    named = [text for text in named if text]
    last = [text for text in named if text.startswith("Lưu")] or [kept]
    others = [f"- {text};" for text in named if not text.startswith("Lưu")]
    return (*others, f"- {last[-1]}.")


def clean_value(value: T) -> T:
    """The same value in composed letters (NFC), without the control characters that no page can show."""
    cleaned: Any = value
    if isinstance(value, str):
        composed = unicodedata.normalize("NFC", value)
        cleaned = "".join(letter for letter in composed if letter == "\t" or unicodedata.category(letter)[0] != "C")
    elif isinstance(value, tuple):
        cleaned = tuple(clean_value(item) for item in value)
    elif is_dataclass(value) and not isinstance(value, type):
        cleaned = type(value)(**{field.name: clean_value(getattr(value, field.name)) for field in fields(value)})
    result: T = cleaned
    return result
