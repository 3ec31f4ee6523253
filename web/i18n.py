"""Texts in the reader's language, and how dates and numbers are written.

Source texts are Vietnamese. ``locales/<language>.po`` holds the other languages; they are compiled in memory when the
module is first used, so that there is no built file to forget. Fields are ``{named}``.
"""

import gettext as gnu
import io
import json
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from meetings.errors import N_
from meetings.periods import ZONE

LOCALES = {"vi": "Tiếng Việt", "en": "English"}
DEFAULT_LOCALE = "vi"
FOLDER = Path(__file__).parent / "locales"
WEEKDAYS = (
    N_("Thứ Hai"),
    N_("Thứ Ba"),
    N_("Thứ Tư"),
    N_("Thứ Năm"),
    N_("Thứ Sáu"),
    N_("Thứ Bảy"),
    N_("Chủ nhật"),
)

WEEKDAYS_SHORT = (N_("T2"), N_("T3"), N_("T4"), N_("T5"), N_("T6"), N_("T7"), N_("CN"))

# The language of the request at hand. A task has its own copy, so that two requests never mix.
_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT_LOCALE)


@cache
def _translations(locale: str) -> gnu.NullTranslations:
    if locale == DEFAULT_LOCALE:
        return gnu.NullTranslations()
    with (FOLDER / f"{locale}.po").open("rb") as source:
        catalog = read_po(source, locale=locale)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gnu.GNUTranslations(compiled)


@cache
def browser_messages(locale: str) -> str:
    """A JSON object from source text to translation of every text that a script of the site shows."""
    if locale == DEFAULT_LOCALE:
        return "{}"
    with (FOLDER / f"{locale}.po").open("rb") as source:
        catalog = read_po(source, locale=locale)
    texts = {
        str(message.id): str(message.string)
        for message in catalog
        if message.id and any(str(path).endswith(".js") for path, _line in message.locations)
    }
    return json.dumps(texts, ensure_ascii=False, sort_keys=True)


def pick_locale(wanted: str | None) -> str:
    """``wanted`` when the site speaks it, else the default."""
    return wanted if wanted in LOCALES else DEFAULT_LOCALE


def use_locale(locale: str) -> None:
    """Speak ``locale`` in the present task from now on."""
    _locale.set(pick_locale(locale))


def _(text: str, **values: object) -> str:
    """``text`` in the language of the request, its ``{fields}`` filled in."""
    return translate(text, _locale.get(), **values)


def translate(text: str, locale: str, **values: object) -> str:
    """``text`` in ``locale``, its ``{fields}`` filled in. A text that is not translated stays Vietnamese."""
    if not text:
        return ""
    found = _translations(pick_locale(locale)).gettext(text)
    return found.format(**values) if values else found


def ngettext(text: str, plural: str, n: int, **values: object) -> str:
    """As ``_``, for a number of things. Vietnamese has one form: give the same text twice. ``{n}`` is the number."""
    found = _translations(_locale.get()).ngettext(text, plural, n)
    return found.format(n=format_number(n), **values)


def local(value: datetime) -> datetime:
    """An instant as wall time in the province."""
    return value.astimezone(ZONE)


def today(now: datetime) -> date:
    """The date in the province at an instant."""
    return local(now).date()


def format_date(value: date | datetime | None) -> str:
    """``24/11/2026``; an instant is taken in the province's time."""
    if value is None:
        return ""
    return (local(value) if isinstance(value, datetime) else value).strftime("%d/%m/%Y")


def format_time(value: datetime | None) -> str:
    """``08:30``, 24 hours."""
    return local(value).strftime("%H:%M") if value else ""


def format_datetime(value: datetime | None) -> str:
    """``08:30, 24/11/2026``"""
    return f"{format_time(value)}, {format_date(value)}" if value else ""


def format_day(value: date | datetime) -> str:
    """``Thứ Ba, 24/11/2026``"""
    day = local(value).date() if isinstance(value, datetime) else value
    return f"{_(WEEKDAYS[day.weekday()])}, {format_date(day)}"


def format_weekday(day: date) -> str:
    """``Thứ Ba``"""
    return _(WEEKDAYS[day.weekday()])


def format_weekday_short(day: date) -> str:
    """``T3``"""
    return _(WEEKDAYS_SHORT[day.weekday()])


def format_day_month(day: date) -> str:
    """``24/11``"""
    return day.strftime("%d/%m")


def format_wall_time(value: datetime) -> str:
    """``2026-11-24T08:30``, in the province, for scripts."""
    return local(value).strftime("%Y-%m-%dT%H:%M")


def format_span(start: datetime, end: datetime) -> str:
    """``08:00–11:30``, with dates when the two are on different days."""
    if local(start).date() == local(end).date():
        return f"{format_time(start)}–{format_time(end)}"
    return f"{format_datetime(start)} – {format_datetime(end)}"


def format_short_span(start: datetime, end: datetime) -> str:
    """``08:00–11:30``, also past midnight; with days only where it goes on for a day or longer."""
    if end - start < timedelta(days=1):
        return f"{format_time(start)}–{format_time(end)}"
    first, last = (
        f"{format_time(start)} {format_day_month(local(start))}",
        f"{format_time(end)} {format_day_month(local(end))}",
    )
    return f"{first} – {last}"


def format_number(value: int | float | Decimal | Fraction | None, digits: int = 0) -> str:
    """``1.234,5`` in Vietnamese, ``1,234.5`` in English; ``–`` for nothing. Half a unit rounds up."""
    if value is None:
        return "–"
    exact = Decimal(value.numerator) / value.denominator if isinstance(value, Fraction) else Decimal(str(value))
    text = f"{exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP):,}"
    return text if _locale.get() == "en" else text.translate(str.maketrans(",.", ".,"))


def format_percent(value: int | float | Decimal | Fraction | None, digits: int = 1) -> str:
    """``82,4 %`` for 0.824; ``–`` for nothing. For showing only: comparisons take the unrounded share."""
    if value is None:
        return "–"
    exact = Fraction(str(value)) if isinstance(value, float) else Fraction(value)
    return f"{format_number(exact * 100, digits)}\N{NO-BREAK SPACE}%"


def format_duration(seconds: float) -> str:
    """``1 giờ 05 phút``; whole minutes, rounded down."""
    minutes = int(seconds // 60)
    if minutes < 60:
        return _("{n} phút", n=minutes)
    return _("{hours} giờ {minutes} phút", hours=minutes // 60, minutes=f"{minutes % 60:02}")


def utc(day: date, clock: str = "00:00") -> datetime:
    """The instant of a wall time ``HH:MM`` in the province on ``day``. Raises ``ValueError`` for what is no time."""
    hour, minute = (int(part) for part in clock.split(":")[:2])
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE).astimezone(UTC)
