from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.attendance import (
    Expected,
    Seat,
    Stay,
    UnitAttendance,
    held_form,
    measure_units,
    place_delegation,
    roll_up,
)
from meetings.interval import Span
from meetings.kinds import Form, Mode

START = datetime(2026, 11, 24, 1, tzinfo=UTC)
MEETING = Span(START, START + timedelta(minutes=100))
HALL = 50


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def stay(first: float, last: float | None, *, unit: int | None = None, site: int | None = None) -> Stay:
    return Stay(at(first), None if last is None else at(last), unit, site)


def measure(expected: Expected, *stays: Stay, threshold: Fraction = Fraction(1, 2)) -> UnitAttendance:
    [row] = measure_units([expected], stays, MEETING, hall_id=HALL, threshold=threshold)
    return row


def test_unit_in_the_room_for_half_of_the_meeting_is_online() -> None:
    row = measure(Expected(1), stay(0, 50, unit=1))
    assert (row.mode, row.connected, row.share) == (Mode.ONLINE, timedelta(minutes=50), 0.5)
    assert (row.first_in, row.last_out) == (at(0), at(50))
    assert not row.confirmed


def test_unit_in_the_room_for_less_than_half_is_absent_with_its_times_kept() -> None:
    row = measure(Expected(1), stay(0, 49.9, unit=1))
    assert row.mode is Mode.ABSENT
    assert row.first_in == at(0)


def test_threshold_is_a_setting() -> None:
    assert measure(Expected(1), stay(0, 50, unit=1), threshold=Fraction(51, 100)).mode is Mode.ABSENT
    assert measure(Expected(1), stay(0, 1, unit=1), threshold=Fraction(0)).mode is Mode.ONLINE
    assert measure(Expected(1), threshold=Fraction(0)).mode is Mode.ABSENT


def test_third_of_a_meeting_is_compared_exactly() -> None:
    third = Span(START, START + timedelta(minutes=99))
    [row] = measure_units([Expected(1)], [stay(0, 33, unit=1)], third, threshold=Fraction(1, 3))
    assert row.mode is Mode.ONLINE


def lost(first: float, last: float) -> Stay:
    return replace(stay(first, last, unit=1), lost=True)


def phone(first: float, last: float | None) -> Stay:
    return replace(stay(first, last, unit=1), by_phone=True)


def test_time_on_the_telephone_counts_as_connected() -> None:
    row = measure(Expected(1), lost(0, 20), phone(25, None))
    assert (row.mode, row.connected, row.last_out) == (Mode.ONLINE, timedelta(minutes=95), MEETING.end)
    assert row.by_phone == (Span(at(25), MEETING.end),)
    assert row.lost == (Span(at(20), MEETING.end),)


def test_breaks_of_the_line_are_told() -> None:
    row = measure(Expected(1), lost(-5, 20), lost(30, 60), stay(60.5, 80, unit=1), stay(90, 100, unit=1))
    assert row.lost == (Span(at(20), at(30)),)  # neither the half minute, nor where somebody left by themselves


def test_line_that_another_device_carried_on_was_not_broken() -> None:
    assert measure(Expected(1), lost(0, 20), stay(10, 100, unit=1)).lost == ()


def test_line_that_broke_with_the_meeting_or_after_it_is_not_told() -> None:
    assert measure(Expected(1), lost(0, 100)).lost == ()
    assert measure(Expected(1), lost(0, 120)).lost == ()


def test_time_before_and_after_the_meeting_does_not_count() -> None:
    row = measure(Expected(1), stay(-60, 40, unit=1), stay(120, 180, unit=1))
    assert row.connected == timedelta(minutes=40)
    assert (row.first_in, row.last_out) == (at(0), at(40))


def test_reconnects_and_second_devices_are_counted_once() -> None:
    row = measure(Expected(1), stay(0, 30, unit=1), stay(10, 30, unit=1), stay(29, 60, unit=1), stay(90, None, unit=1))
    assert row.connected == timedelta(minutes=70)
    assert (row.first_in, row.last_out) == (at(0), at(100))


def test_stay_that_is_still_open_lasts_to_the_end() -> None:
    assert measure(Expected(1), stay(50, None, unit=1)).connected == timedelta(minutes=50)


def test_stay_that_left_before_it_joined_is_empty() -> None:
    assert measure(Expected(1), stay(50, 40, unit=1)).connected == timedelta()


def test_several_identities_of_one_unit_are_one_unit() -> None:
    row = measure(Expected(1, site_id=10), stay(0, 30, unit=1), stay(40, 70, site=10), stay(70, 80, unit=2, site=10))
    assert row.connected == timedelta(minutes=70)


def test_every_unit_in_one_site_is_connected() -> None:
    expected = [Expected(1, site_id=10), Expected(2, site_id=10), Expected(3, site_id=11)]
    rows = measure_units(expected, [stay(0, 100, unit=1, site=10)], MEETING)
    assert [row.mode for row in rows] == [Mode.ONLINE, Mode.ONLINE, Mode.ABSENT]


def test_offices_attend_in_the_name_of_their_unit() -> None:
    assert measure(Expected(1, also={8}), stay(0, 100, unit=8)).mode is Mode.ONLINE
    assert measure(Expected(1), stay(0, 100, unit=8)).mode is Mode.ABSENT


def test_unit_in_the_hall_attends_in_person_even_with_a_laptop() -> None:
    row = measure(Expected(1, site_id=HALL), stay(0, 100, unit=1))
    assert row.mode is Mode.IN_HALL
    assert row.connected == timedelta(minutes=100)


def test_halls_own_connection_says_nothing_of_a_unit_in_the_hall() -> None:
    assert measure(Expected(1, site_id=HALL), stay(0, 100, unit=99, site=HALL)).connected == timedelta()


@pytest.mark.parametrize("mode", list(Mode))
def test_what_the_secretary_confirmed_wins(mode: Mode) -> None:
    row = measure(Expected(1, confirmed=mode, head_count=7, note="đi thay"), stay(0, 100, unit=1))
    assert (row.mode, row.confirmed, row.head_count, row.note) == (mode, True, 7, "đi thay")
    assert row.share == 1.0


def test_meeting_without_length_connects_nobody() -> None:
    [row] = measure_units([Expected(1)], [stay(-5, 5, unit=1)], Span(START, START))
    assert (row.mode, row.share) == (Mode.ABSENT, 0.0)


STAYS = st.lists(st.builds(stay, st.integers(-20, 110), st.none() | st.integers(-20, 130), unit=st.integers(1, 3)))


@given(STAYS)
def test_connected_time_never_exceeds_the_meeting(stays: list[Stay]) -> None:
    for row in measure_units([Expected(1), Expected(2), Expected(3)], stays, MEETING):
        assert timedelta() <= row.connected <= MEETING.length
        assert 0.0 <= row.share <= 1.0
        assert (row.first_in is None) == (row.connected == timedelta())


@given(STAYS)
def test_repeating_a_stay_changes_nothing(stays: list[Stay]) -> None:
    expected = [Expected(1), Expected(2)]
    assert measure_units(expected, stays, MEETING) == measure_units(expected, [*stays, *stays], MEETING)


@given(STAYS, STAYS)
def test_more_presence_never_makes_a_unit_less_present(some: list[Stay], more: list[Stay]) -> None:
    [before] = measure_units([Expected(1)], some, MEETING)
    [after] = measure_units([Expected(1)], [*some, *more], MEETING)
    assert after.connected >= before.connected


@pytest.mark.parametrize(
    ("modes", "form"),
    [
        ([], None),
        ([Mode.ABSENT], None),
        ([Mode.ONLINE, Mode.ABSENT], Form.ONLINE),
        ([Mode.IN_HALL, Mode.IN_HALL, Mode.ABSENT], Form.IN_PERSON),
        ([Mode.ONLINE, Mode.IN_HALL], Form.HYBRID),
    ],
)
def test_held_form_follows_real_attendance(modes: list[Mode], form: Form | None) -> None:
    assert held_form(modes) == form


@pytest.mark.parametrize(
    ("modes", "rolled"),
    [
        ({1: Mode.ONLINE}, {1: Mode.ONLINE}),
        ({1: Mode.ONLINE, 11: Mode.IN_HALL}, {1: Mode.ONLINE}),
        ({1: Mode.IN_HALL, 11: Mode.ONLINE}, {1: Mode.IN_HALL}),
        ({1: Mode.ABSENT, 11: Mode.ONLINE}, {1: Mode.ONLINE}),
        ({11: Mode.ONLINE, 12: Mode.IN_HALL}, {1: Mode.IN_HALL}),
        ({11: Mode.ONLINE, 12: Mode.ABSENT}, {1: Mode.ONLINE}),
        ({11: Mode.ABSENT}, {1: Mode.ABSENT}),
        ({1: Mode.ABSENT}, {1: Mode.ABSENT}),
        ({2: Mode.ONLINE, 11: Mode.IN_HALL}, {2: Mode.ONLINE, 1: Mode.IN_HALL}),
    ],
)
def test_delegation_counts_where_its_head_sits(modes: dict[int, Mode], rolled: dict[int, Mode]) -> None:
    assert roll_up(modes, {1: 1, 2: 2, 11: 1, 12: 1}) == rolled


SITE, OTHER = 10, 11


@pytest.mark.parametrize(
    ("seats", "place"),
    [
        ([], SITE),
        ([Seat(), Seat()], SITE),
        ([Seat(HALL, is_head=True), Seat(), Seat()], HALL),
        ([Seat(is_head=True), Seat(HALL), Seat(HALL)], SITE),
        ([Seat(OTHER, is_head=True), Seat(HALL)], OTHER),
        ([Seat(HALL, is_head=True, absent=True), Seat()], SITE),
        ([Seat(is_head=True, absent=True), Seat(HALL, substitutes=True), Seat()], HALL),
        ([Seat(is_head=True), Seat(HALL, substitutes=True)], SITE),
        ([Seat(HALL), Seat(HALL)], HALL),
        ([Seat(HALL), Seat()], SITE),
        ([Seat(HALL, absent=True), Seat(absent=True)], SITE),
        ([Seat(HALL, substitutes=True), Seat(OTHER, substitutes=True)], SITE),
    ],
)
def test_split_delegation_is_where_its_head_sits(seats: list[Seat], place: int) -> None:
    assert place_delegation(SITE, seats) == place
