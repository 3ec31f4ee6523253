"""Where things stand on the calendar's grid."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from meetings.interval import Span, clip
from web.i18n import utc
from web.pages.calendar_grid import LEAST, QUARTER, Axis, choose_axis, find_gaps, place_day, sort_by_day, touches

DAY = date(2026, 11, 25)
AXIS = Axis(7, 18)


def span(start: str, end: str, day: date = DAY) -> Span:
    return Span(utc(day, start), utc(day, end))


SPANS = st.lists(
    st.builds(
        lambda start, length: Span(utc(DAY) + timedelta(minutes=start), utc(DAY) + timedelta(minutes=start + length)),
        st.integers(-600, 1600),
        st.integers(1, 700),
    ),
    max_size=12,
)


def test_usual_hours_are_always_drawn_and_others_where_a_meeting_begins() -> None:
    assert choose_axis([], [DAY]) == Axis(7, 18)
    assert choose_axis([span("06:30", "19:15")], [DAY]) == Axis(6, 20)
    late = Span(utc(DAY, "21:00"), utc(DAY, "23:00") + timedelta(hours=3))
    assert choose_axis([late], [DAY]) == Axis(7, 24)
    assert choose_axis([late], [DAY + timedelta(days=1)]) == Axis(7, 18), "its end at night draws no hours"


def test_what_ends_at_night_belongs_to_the_day_before() -> None:
    late = Span(utc(DAY, "21:00"), utc(DAY, "23:00") + timedelta(hours=3))
    assert touches(late, DAY)
    assert not touches(late, DAY + timedelta(days=1))
    two_days = Span(utc(DAY, "08:00"), utc(DAY, "17:00") + timedelta(days=1))
    assert touches(two_days, DAY + timedelta(days=1))


def test_short_meeting_is_drawn_large_enough_to_touch() -> None:
    [piece], more = place_day([(span("17:50", "17:55"), "x")], DAY, AXIS, 3)
    assert (piece.row, piece.length, more) == (42, LEAST, [])


def test_meetings_that_do_not_meet_each_other_share_a_lane() -> None:
    things = [(span("08:00", "10:00"), "a"), (span("09:00", "11:00"), "b"), (span("10:00", "12:00"), "c")]
    pieces, more = place_day(things, DAY, AXIS, 3)
    assert [(piece.thing, piece.lane, piece.lanes) for piece in pieces] == [("a", 0, 2), ("b", 1, 2), ("c", 0, 2)]
    assert more == []


def test_more_than_fit_are_counted_in_the_last_lane() -> None:
    things = [(span("08:00", "10:00"), name) for name in "abcd"]
    pieces, [more] = place_day([*things, (span("13:00", "14:00"), "e")], DAY, AXIS, 3)
    assert [(piece.thing, piece.lane, piece.lanes, piece.crowded) for piece in pieces] == [
        ("a", 0, 3, True),
        ("b", 1, 3, True),
        ("e", 0, 1, False),
    ]
    assert (more.count, more.lane, more.row, more.length) == (2, 2, 4, 8)


@given(SPANS, st.integers(2, 4))
def test_everything_of_the_day_is_drawn_or_counted_and_nothing_covers_another(spans: list[Span], most: int) -> None:
    pieces, more = place_day([(each, number) for number, each in enumerate(spans)], DAY, AXIS, most)
    assert len(pieces) + sum(each.count for each in more) == len(clip(spans, AXIS.span(DAY)))
    for number, one in enumerate(pieces):
        assert one.row >= 0
        assert one.row + one.length <= AXIS.quarters
        assert one.lane < one.lanes <= most
        for other in pieces[number + 1 :]:
            apart = one.row + one.length <= other.row or other.row + other.length <= one.row
            assert apart or one.lane != other.lane


@given(SPANS)
def test_gaps_are_what_is_left_of_the_drawn_hours(spans: list[Span]) -> None:
    gaps = find_gaps(spans, DAY, AXIS, QUARTER)
    for gap in gaps:
        assert clip(spans, gap) == []
        assert clip([gap], AXIS.span(DAY)) == [gap]
        assert gap.length >= QUARTER
    minutes = AXIS.span(DAY).length // timedelta(minutes=1)
    instants = [AXIS.span(DAY).start + timedelta(minutes=number) for number in range(minutes)]
    free = [instant for instant in instants if not any(each.contains(instant) for each in spans)]
    covered = [instant for instant in free if any(gap.contains(instant) for gap in gaps)]
    assert len(free) - len(covered) < (len(spans) + 1) * 15, "only what is shorter than a quarter is left out"


def test_things_lie_on_the_days_that_they_touch() -> None:
    """As asking every thing about every day would have it."""
    first = date(2026, 11, 30)
    days = [first + timedelta(days=number) for number in range(7)]
    starts = [utc(first) + timedelta(hours=hours) for hours in (-30, -5, 8, 20, 23, 100, 160, 175)]
    spans = [Span(start, start + timedelta(hours=length)) for start in starts for length in (1, 12, 30, 400)]
    found = sort_by_day(((span, span) for span in spans), days)
    assert found == {day: [span for span in spans if touches(span, day)] for day in days}
