import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.interval import Span, clip, overlap, total, union

START = datetime(2026, 1, 1, tzinfo=UTC)


def minutes(start: int, end: int) -> Span:
    return Span(START + timedelta(minutes=start), START + timedelta(minutes=end))


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start = draw(st.integers(0, 60))
    return minutes(start, start + draw(st.integers(0, 30)))


def minutes_in(many: list[Span]) -> set[int]:
    """The model: which whole minutes are covered."""
    return {n for n in range(100) if any(span.contains(START + timedelta(minutes=n)) for span in many)}


def test_span_refuses_naive_instants() -> None:
    with pytest.raises(ValueError, match="aware"):
        Span(datetime(2026, 1, 1), START)  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValueError, match="aware"):
        Span(START, datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test


def test_span_refuses_to_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        minutes(2, 1)


def test_touching_spans_do_not_overlap() -> None:
    assert not minutes(0, 10).overlaps(minutes(10, 20))
    assert overlap(minutes(0, 10), minutes(10, 20)) is None


def test_empty_span_overlaps_nothing() -> None:
    assert not minutes(5, 5).overlaps(minutes(0, 10))


def test_span_contains_its_start_and_not_its_end() -> None:
    assert minutes(0, 1).contains(START)
    assert not minutes(0, 1).contains(START + timedelta(minutes=1))


def test_union_joins_touching_spans() -> None:
    assert union([minutes(10, 20), minutes(0, 10)]) == [minutes(0, 20)]


def test_clip_keeps_only_what_lies_within() -> None:
    assert clip([minutes(0, 10), minutes(15, 30), minutes(40, 50)], minutes(5, 20)) == [minutes(5, 10), minutes(15, 20)]


@given(st.lists(spans()))
def test_union_covers_the_same_instants_with_disjoint_spans(many: list[Span]) -> None:
    joined = union(many)
    assert minutes_in(joined) == minutes_in(many)
    assert all(one.end < following.start for one, following in itertools.pairwise(joined))
    assert all(span.length > timedelta() for span in joined)


@given(st.lists(spans()))
def test_total_counts_each_instant_once(many: list[Span]) -> None:
    assert total(many) == timedelta(minutes=len(minutes_in(many)))
    assert total([*many, *many]) == total(many)


@given(spans(), spans())
def test_overlap_is_what_both_contain(one: Span, other: Span) -> None:
    common = overlap(one, other)
    assert minutes_in([common] if common else []) == minutes_in([one]) & minutes_in([other])
    assert common == overlap(other, one)
    assert one.overlaps(other) == (common is not None)
