from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.attendance_codes import (
    TICKET_AGE,
    Code,
    Ticket,
    is_fresh,
    is_genuine,
    make_code,
    make_ticket,
    read_code,
    read_ticket,
)

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
KEY = "khóa của cuộc họp"


def scan(now: datetime = NOW, meeting_id: int = 26, key: str = KEY) -> Code:
    code = read_code(make_code(meeting_id, key, now))
    assert code is not None
    return code


@pytest.mark.parametrize(("seconds", "fresh"), [(0, True), (29, True), (89, True), (90, False), (3600, False)])
def test_code_is_good_for_a_minute_and_a_half_at_most(seconds: int, fresh: bool) -> None:
    assert is_genuine(scan(), KEY)
    assert is_fresh(scan(), NOW + timedelta(seconds=seconds)) is fresh


def test_code_of_the_future_is_not_good() -> None:
    assert not is_fresh(scan(NOW + timedelta(minutes=5)), NOW)


def test_code_is_good_for_its_meeting_and_key_alone() -> None:
    code = scan()
    assert not is_genuine(Code(27, code.window, code.signature), KEY)
    assert not is_genuine(Code(26, code.window + 1, code.signature), KEY)
    assert not is_genuine(code, "khóa mới")
    assert not is_genuine(scan(key=""), ""), "a meeting without a key shows no code"


@given(st.text())
def test_any_text_is_read_as_a_code_or_refused(text: str) -> None:
    code = read_code(text)
    assert code is None or not is_genuine(code, KEY)


def test_ticket_lasts_for_a_quarter_of_an_hour() -> None:
    ticket = make_ticket(26, KEY, NOW, 7)
    assert read_ticket(ticket, 26, KEY, NOW) == Ticket(NOW, 7)
    assert read_ticket(make_ticket(26, KEY, NOW), 26, KEY, NOW) == Ticket(NOW, None)
    assert read_ticket(ticket, 26, KEY, NOW + TICKET_AGE - timedelta(seconds=1)) is not None
    assert read_ticket(ticket, 26, KEY, NOW + TICKET_AGE) is None
    assert read_ticket(ticket, 26, KEY, NOW - timedelta(seconds=1)) is None


def test_ticket_is_good_for_its_meeting_key_and_person_alone() -> None:
    ticket = make_ticket(26, KEY, NOW, 7)
    assert read_ticket(ticket, 27, KEY, NOW) is None
    assert read_ticket(ticket, 26, "khóa mới", NOW) is None
    assert read_ticket(ticket, 26, "", NOW) is None
    assert read_ticket(ticket.replace(".7.", ".8."), 26, KEY, NOW) is None
    assert read_ticket("", 26, KEY, NOW) is None
    assert read_ticket(make_code(26, KEY, NOW), 26, KEY, NOW) is None
