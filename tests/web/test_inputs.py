"""What people type, and what is made of it."""

from datetime import UTC, date, datetime

import pytest
from multidict import MultiDict

from meetings.kinds import Form
from web import i18n
from web.inputs import Fields, clean, read_day, read_key, read_span


@pytest.fixture(autouse=True)
def vietnamese() -> None:
    i18n.use_locale("vi")


@pytest.mark.parametrize("text", ["24/11/2026", "2026-11-24", " 24-11-2026 ", "24.11.2026"])
def test_days_are_read_as_people_here_write_them(text: str) -> None:
    assert read_day(text) == date(2026, 11, 24)


@pytest.mark.parametrize("text", ["", None, "31/02/2026", "11/24/2026", "hôm nay", "0001-01-01", "24/11/26", "9" * 40])
def test_what_is_no_day_is_none(text: str | None) -> None:
    assert read_day(text) is None


@pytest.mark.parametrize("text", ["8:30", "08:30", "8h30", "8g30", "0830", "830", "8.30"])
def test_times_are_read_in_24_hours(text: str) -> None:
    fields = Fields({"at": text})
    assert fields.instant(date(2026, 11, 24), "at", "thiếu") == datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    assert fields.errors == {}


@pytest.mark.parametrize("text", ["24:00", "8:60", "8", "8 AM", "-1:00", "1:2:3", "８:30"])
def test_what_is_no_time_is_said_at_its_field(text: str) -> None:
    fields = Fields({"at": text})
    assert fields.instant(date(2026, 11, 24), "at", "thiếu") is None
    assert fields.errors["at"].startswith("Giờ chưa đúng")


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.0", "99999999999", "4294967296", "", None, "¹", "٣"])
def test_what_is_no_key_is_none(text: str | None) -> None:
    assert read_key(text) is None


def test_text_is_normalised_and_control_characters_go() -> None:
    assert clean("  Ho\u0323p giao ban\x00\x1b  ") == "Họp giao ban"
    assert clean("một\r\nhai") == "một\nhai"
    assert clean("Họp\u202e giao\u200b ban\u2066\ufeff\u3164") == "Họp giao ban"


def test_too_long_text_says_how_long_it_may_be() -> None:
    fields = Fields({"title": "x" * 301})
    fields.text("title", 300)
    assert fields.errors["title"] == "Nội dung dài nhất là 300 ký tự; hiện có 301."


def test_first_fault_of_a_field_stays() -> None:
    fields = Fields({})
    fields.refuse("title", "một")
    fields.refuse("title", "hai")
    assert fields.errors == {"title": "một"}


def test_choice_takes_members_only() -> None:
    fields = Fields({"form": "online", "other": "holographic"})
    assert fields.choice("form", Form, "Hãy chọn.") is Form.ONLINE
    assert fields.choice("other", Form, "Hãy chọn.") is None
    assert fields.errors == {"other": "Hãy chọn."}


def test_repeated_fields_keep_their_order_and_empty_ones() -> None:
    fields = Fields(MultiDict([("a", "1"), ("a", ""), ("a", " 3 ")]))
    assert fields.all("a") == ["1", "", "3"]
    assert fields.all("b") == []


def test_span_goes_over_midnight_only_when_told() -> None:
    form = {"d": "24/11/2026", "s": "22:00", "e": "01:00", "l": ""}
    fields = Fields(form)
    assert read_span(fields, "d", "s", "l", "e") is None
    assert fields.errors == {"e": "Thời gian kết thúc phải sau thời gian bắt đầu."}
    span = read_span(Fields(form | {"l": "25/11/2026"}), "d", "s", "l", "e")
    assert span is not None
    assert span.length.total_seconds() == 3 * 3600
