"""Reads what forms send, once, at the edge: plain values out, every fault kept under its field for the page to show.

Text is normalised (NFC, nothing invisible, ends trimmed); what was typed stays with the caller, so that a refused
form comes back as it was. Dates are ``dd/mm/yyyy`` or ISO, times ``HH:MM`` (also ``8h30`` and ``0830``), both wall time
in the province.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from aiohttp import web

from meetings.errors import NotFound
from meetings.interval import Span
from signaling.protocol import clean_text
from web.i18n import _, utc

Choice = TypeVar("Choice", bound=StrEnum)

LARGEST_KEY = 2**31 - 1  # of an INTEGER column


class Fields:
    """A form being read. ``errors`` maps a field to the sentence that says what to change."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.values = values
        self.errors: dict[str, str] = {}

    def refuse(self, name: str, message: str) -> None:
        """Note a fault; the first one of a field stays."""
        self.errors.setdefault(name, message)

    def has(self, name: str) -> bool:
        """Whether the form sent this field, if only empty."""
        return name in self.values

    def raw(self, name: str) -> str:
        value = self.values.get(name)
        return clean(value) if isinstance(value, str) else ""

    @property
    def version(self) -> int:
        """That of what was shown with the form; 0, which nothing has, for anything else."""
        return read_key(self.raw("version")) or 0

    def all(self, name: str) -> list[str]:
        """Every value of a repeated field, empty ones too."""
        getall = getattr(self.values, "getall", None)
        found = getall(name, []) if getall else [self.values.get(name)]
        return [clean(value) for value in found if isinstance(value, str)]

    def text(self, name: str, longest: int, missing: str = "") -> str:
        """A line of text. ``missing`` is what to say when it is empty; without it, it may be."""
        value = self.raw(name)
        if not value and missing:
            self.refuse(name, missing)
        if len(value) > longest:
            self.refuse(name, _("Nội dung dài nhất là {n} ký tự; hiện có {given}.", n=longest, given=len(value)))
        return value

    def flag(self, name: str) -> bool:
        return self.raw(name) in ("1", "on", "true", "yes")

    def choice(self, name: str, of: type[Choice], missing: str) -> Choice | None:
        """A member of a closed vocabulary; ``missing`` says so when there is none."""
        try:
            return of(self.raw(name))
        except ValueError:
            self.refuse(name, missing)
            return None

    def key(self, name: str, missing: str = "") -> int | None:
        """The key of something chosen from a list."""
        value = read_key(self.raw(name))
        if value is None and missing:
            self.refuse(name, missing)
        return value

    def day(self, name: str, missing: str = "") -> date | None:
        text = self.raw(name)
        if not text:
            if missing:
                self.refuse(name, missing)
            return None
        value = read_day(text)
        if value is None:
            self.refuse(name, _("Ngày chưa đúng. Hãy nhập theo dạng ngày/tháng/năm, ví dụ 24/11/2026."))
        return value

    def instant(self, day: date | None, name: str, missing: str) -> datetime | None:
        """The instant of the time of day in field ``name`` on ``day``."""
        text = self.raw(name)
        if not text:
            self.refuse(name, missing)
            return None
        clock = read_clock(text)
        if not clock:
            self.refuse(name, _("Giờ chưa đúng. Hãy nhập theo dạng giờ:phút, ví dụ 08:30."))
            return None
        return utc(day, clock) if day is not None else None


def clean(text: str) -> str:
    """NFC, without control characters but line ends, without marks that nobody sees or that turn a line round (they
    would let one title look like another), without blanks around."""
    text = clean_text(unicodedata.normalize("NFC", text).replace("\r\n", "\n"))
    return "".join(letter for letter in text if letter == "\n" or unicodedata.category(letter) != "Cc").strip()


def is_text(value: str) -> bool:
    """Whether UTF-8 can write it. Header bytes that are no UTF-8 and odd charsets of forms make lone surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_cookie(request: web.Request, name: str) -> str:
    """The cookie's value; empty when there is none, or none that is text (other programs of the host may set some)."""
    value = request.cookies.get(name, "")
    return value if is_text(value) else ""


def read_key(text: str | None) -> int | None:
    """A positive key, or ``None`` for anything else."""
    if not text or not re.fullmatch(r"[0-9]{1,10}", text):
        return None
    return int(text) if 0 < int(text) <= LARGEST_KEY else None


def key_of(request: web.Request) -> int:
    """The key in the address ("{id}"); ``NotFound`` for what cannot be one."""
    key = read_key(request.match_info["id"])
    if key is None:
        raise NotFound
    return key


def read_clock(text: str) -> str:
    """``08:30`` of what was typed; empty for what is no time of day."""
    match = re.fullmatch(r"([01]?[0-9]|2[0-3])(?:[:hg.]\s*|(?=[0-9]{2}$))([0-5][0-9])", text)
    return f"{int(match[1]):02}:{match[2]}" if match else ""


def read_day(text: str | None) -> date | None:
    """``2026-11-24`` or ``24/11/2026``; ``None`` for anything else."""
    for pattern, order in (
        (r"(\d{4})-(\d{2})-(\d{2})", (1, 2, 3)),
        (r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", (3, 2, 1)),
    ):
        match = re.fullmatch(pattern, (text or "").strip())
        if match:
            year, month, day = (int(match[part]) for part in order)
            try:
                return date(year, month, day) if 1900 <= year <= 2200 else None
            except ValueError:
                return None
    return None


async def read_form(request: web.Request) -> Fields:
    """The form that a page sent."""
    return Fields(await request.post())


def read_span(fields: Fields, first_day: str, start: str, last_day: str, end: str) -> Span | None:
    """From a day and a time to a day (the same one when empty) and a time; faults stand under the fields' names."""
    day = fields.day(first_day, _("Hãy chọn ngày họp."))
    last = fields.day(last_day) or day
    begins = fields.instant(day, start, _("Hãy nhập giờ bắt đầu."))
    ends = fields.instant(last, end, _("Hãy nhập giờ kết thúc."))
    if begins is None or ends is None:
        return None
    if ends <= begins:
        fields.refuse(end, _("Thời gian kết thúc phải sau thời gian bắt đầu."))
        return None
    return Span(begins, ends)
