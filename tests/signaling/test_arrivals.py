"""Feedback about arrivals is read back by a parser written from the draft, apart from the code under test."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from signaling.arrivals import MOST_MISSING, MOST_NUMBERS, TICK, Arrivals
from tests.feedback import read_feedback


def test_feedback_tells_of_each_number_once_with_its_instant() -> None:
    arrivals = Arrivals()
    for number, now in ((10, 1.0), (11, 1.01), (13, 1.5)):
        arrivals.note(number, now)
    (packet,) = arrivals.take_feedback(1, 2)
    base, count, instants = read_feedback(packet)
    assert (base, count) == (10, 0)
    assert instants[2] is None
    assert [round(instant, 2) for instant in instants if instant is not None] == [1.0, 1.01, 1.5]
    assert struct.unpack_from("!II", packet, 4) == (1, 2)
    assert arrivals.take_feedback(1, 2) == []


def test_number_lost_between_two_feedbacks_is_told_of_as_missing() -> None:
    arrivals = Arrivals()
    arrivals.note(10, 1.0)
    arrivals.take_feedback(1, 2)
    arrivals.note(12, 1.1)
    (packet,) = arrivals.take_feedback(1, 2)
    base, count, instants = read_feedback(packet)
    assert (base, count) == (11, 1)
    assert instants[0] is None
    assert instants[1] is not None


def test_number_that_comes_late_is_told_of_again() -> None:
    arrivals = Arrivals()
    for number in (1, 3):
        arrivals.note(number, 1.0)
    arrivals.take_feedback(1, 2)
    arrivals.note(2, 1.05)
    base, _, instants = read_feedback(arrivals.take_feedback(1, 2)[0])
    assert base == 2
    assert None not in instants


def test_great_jump_begins_anew_and_costs_nothing() -> None:
    arrivals = Arrivals()
    arrivals.note(0, 1.0)
    arrivals.note(MOST_MISSING + 5, 1.1)
    base, _, instants = read_feedback(arrivals.take_feedback(1, 2)[0])
    assert (base, len(instants)) == (MOST_MISSING + 5, 1)


def test_silence_of_a_minute_ends_a_packet() -> None:
    arrivals = Arrivals()
    arrivals.note(0, 1.0)
    arrivals.note(1, 61.0)
    first, second = (read_feedback(packet) for packet in arrivals.take_feedback(1, 2))
    assert (first[0], len(first[2]), second[0], len(second[2])) == (0, 1, 1, 1)


@given(
    start=st.integers(0, 0xFFFF),
    steps=st.lists(st.tuples(st.sampled_from([1, 1, 1, 1, 2, 3, 40]), st.floats(0, 0.3)), min_size=1, max_size=900),
    every=st.integers(1, 300),
)
def test_whatever_arrives_in_order_is_told_of_exactly(start: int, steps: list[tuple[int, float]], every: int) -> None:
    arrivals = Arrivals()
    number, now = start, 1000.0
    expected: dict[int, float] = {}
    told: dict[int, float | None] = {}

    def collect() -> None:
        for packet in arrivals.take_feedback(1, 2):
            base, _, instants = read_feedback(packet)
            assert len(instants) <= MOST_NUMBERS
            told.update({(base + place) & 0xFFFF: instant for place, instant in enumerate(instants)})

    for place, (step, pause) in enumerate(steps):
        number, now = number + step, now + pause
        expected[number & 0xFFFF] = now
        arrivals.note(number & 0xFFFF, now)
        if place % every == 0:
            collect()
    collect()
    for number, instant in expected.items():
        heard = told[number]
        assert heard is not None
        assert abs(heard - instant) <= 2 * TICK
    assert all(instant is None for number, instant in told.items() if number not in expected)


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.floats(0, 20)), max_size=200))
def test_any_order_of_any_numbers_gives_packets_that_can_be_read(events: list[tuple[int, float]]) -> None:
    arrivals = Arrivals()
    now = 0.0
    for place, (number, pause) in enumerate(events):
        now += pause
        arrivals.note(number, now)
        if place % 7 == 0:
            for packet in arrivals.take_feedback(1, 2):
                read_feedback(packet)
    for packet in arrivals.take_feedback(1, 2):
        read_feedback(packet)
