"""Every text has its English one, and dates and numbers are written as people here write them."""

import importlib.util
import json
import sys
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import pytest

from web import i18n

ROOT = Path(__file__).parents[2]
MORNING = datetime(2026, 11, 24, 1, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("giaoban_messages", ROOT / "web" / "locales" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def vietnamese() -> None:
    i18n.use_locale("vi")


def test_every_text_has_its_english_and_no_english_is_left_over(messages: ModuleType) -> None:
    faults = messages.list_faults(messages.read_present(), messages.extract())
    assert not faults, "run web/locales/messages.py and translate:\n" + "\n".join(faults)


def test_texts_are_found_in_python_templates_and_scripts(messages: ModuleType) -> None:
    endings = {Path(file).suffix for message in messages.extract() for file, _line in message.locations}
    assert endings == {".py", ".html", ".js"}


def test_texts_are_calm(messages: ModuleType) -> None:
    for message in messages.extract():
        assert "!" not in str(message.id), message.id


def test_browser_gets_the_texts_of_scripts_only(messages: ModuleType) -> None:
    texts = json.loads(i18n.browser_messages("en"))
    in_scripts = {str(m.id) for m in messages.extract() if any(file.endswith(".js") for file, _line in m.locations)}
    assert set(texts) == in_scripts - {""}
    assert i18n.browser_messages("vi") == "{}"


def test_unknown_language_is_vietnamese() -> None:
    assert i18n.pick_locale("fr") == "vi"
    assert i18n.pick_locale(None) == "vi"


def test_fields_are_filled_in_either_language() -> None:
    assert i18n.translate("Chủ trì: {name}", "vi", name="Trần {x}") == "Chủ trì: Trần {x}"
    assert i18n.translate("Chủ trì: {name}", "en", name="Hiệp") == "Chair: Hiệp"


def test_plural_follows_the_number_in_english() -> None:
    i18n.use_locale("en")
    assert i18n.ngettext("{n} cuộc họp", "{n} cuộc họp", 1) == "1 meeting"
    assert i18n.ngettext("{n} cuộc họp", "{n} cuộc họp", 1200) == "1,200 meetings"
    i18n.use_locale("vi")
    assert i18n.ngettext("{n} cuộc họp", "{n} cuộc họp", 1200) == "1.200 cuộc họp"


def test_instants_are_shown_in_the_time_of_the_province() -> None:
    assert i18n.format_datetime(MORNING) == "08:05, 24/11/2026"
    assert i18n.format_day(MORNING) == "Thứ Ba, 24/11/2026"
    late = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)
    assert i18n.format_date(late) == "25/11/2026"
    assert i18n.today(late) == date(2026, 11, 25)
    assert i18n.format_date(None) == ""


def test_span_names_its_days_only_when_they_differ() -> None:
    assert i18n.format_span(MORNING, MORNING.replace(hour=3)) == "08:05–10:05"
    assert i18n.format_span(MORNING, MORNING.replace(day=25)) == "08:05, 24/11/2026 – 08:05, 25/11/2026"


def test_wall_time_becomes_an_instant() -> None:
    assert i18n.utc(date(2026, 11, 24), "08:05") == MORNING
    with pytest.raises(ValueError, match="hour"):
        i18n.utc(date(2026, 11, 24), "24:05")


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Fraction(824, 1000), "82,4\N{NO-BREAK SPACE}%"),
        (Fraction(4, 5), "80,0\N{NO-BREAK SPACE}%"),
        (Fraction(2, 3), "66,7\N{NO-BREAK SPACE}%"),
        (0.125, "12,5\N{NO-BREAK SPACE}%"),
        (None, "–"),
    ],
)
def test_shares_have_a_decimal_comma(share: Fraction | float | None, text: str) -> None:
    assert i18n.format_percent(share) == text


def test_numbers_follow_the_language() -> None:
    assert i18n.format_number(1234567) == "1.234.567"
    assert i18n.format_number(1234.5, 1) == "1.234,5"
    i18n.use_locale("en")
    assert i18n.format_number(1234.5, 1) == "1,234.5"


def test_lengths_are_whole_minutes() -> None:
    assert i18n.format_duration(3599) == "59 phút"
    assert i18n.format_duration(3900) == "1 giờ 05 phút"
