from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from meetings.availability import Booked, ClashKind, describe_instant, describe_span, find_clashes
from meetings.interval import Span, overlap

START = datetime(2026, 11, 24, 1, tzinfo=UTC)  # 08:00 in the province


def hours(start: float, end: float) -> Span:
    return Span(START + timedelta(hours=start), START + timedelta(hours=end))


KEYS = st.integers(1, 3)
BOOKED = st.builds(
    lambda start, length, meeting, hall, chair, sites, units: Booked(
        hours(start, start + length), meeting, "Họp", hall, chair, frozenset(sites), frozenset(units)
    ),
    st.integers(0, 6),
    st.integers(1, 3),
    st.none() | st.integers(1, 5),
    st.none() | KEYS,
    st.none() | KEYS,
    st.sets(KEYS),
    st.sets(KEYS),
)


def test_hall_booked_twice_clashes_for_the_common_time() -> None:
    first = Booked(hours(0, 2), 1, "Họp giao ban", hall_id=7)
    [clash] = find_clashes(Booked(hours(1, 3), hall_id=7), [first])
    assert (clash.kind, clash.subject_id, clash.span, clash.booked) == (ClashKind.HALL, 7, hours(1, 2), first)
    assert clash.is_blocking


def test_meetings_that_follow_each_other_do_not_clash() -> None:
    assert (
        find_clashes(Booked(hours(2, 3), hall_id=7, chair_id=1), [Booked(hours(0, 2), 1, hall_id=7, chair_id=1)]) == []
    )


def test_meeting_does_not_clash_with_itself() -> None:
    booked = Booked(hours(0, 2), 1, hall_id=7, chair_id=2)
    assert find_clashes(booked, [booked]) == []


def test_two_anonymous_spans_do_clash() -> None:
    busy = Booked(hours(0, 2), hall_id=7)
    [clash] = find_clashes(busy, [busy])
    assert clash.booked == busy


def test_hall_that_is_a_branch_site_elsewhere_clashes_whoever_came_first() -> None:
    as_hall, as_site = Booked(hours(0, 2), 1, hall_id=7), Booked(hours(0, 2), 2, site_ids=frozenset({7}))
    assert [clash.kind for clash in find_clashes(as_hall, [as_site])] == [ClashKind.HALL]
    assert [clash.kind for clash in find_clashes(as_site, [as_hall])] == [ClashKind.HALL]


def test_branch_site_and_unit_in_two_meetings_only_warn() -> None:
    one = Booked(hours(0, 2), 1, site_ids=frozenset({7}), unit_ids=frozenset({3}))
    other = Booked(hours(0, 2), 2, site_ids=frozenset({7, 8}), unit_ids=frozenset({3, 4}))
    clashes = find_clashes(one, [other])
    assert [(clash.kind, clash.subject_id, clash.is_blocking) for clash in clashes] == [
        (ClashKind.SITE, 7, False),
        (ClashKind.UNIT, 3, False),
    ]


def test_chair_of_two_meetings_clashes_and_blocking_clashes_come_first() -> None:
    wanted = Booked(hours(0, 4), hall_id=1, chair_id=9, unit_ids=frozenset({3}))
    booked = [Booked(hours(0, 1), 1, chair_id=9, unit_ids=frozenset({3})), Booked(hours(2, 3), 2, hall_id=1)]
    kinds = [clash.kind for clash in find_clashes(wanted, booked)]
    assert kinds == [ClashKind.HALL, ClashKind.CHAIR, ClashKind.UNIT]


@given(BOOKED, BOOKED)
def test_clashing_is_mutual(one: Booked, other: Booked) -> None:
    there = {(clash.kind, clash.subject_id, clash.span) for clash in find_clashes(one, [other])}
    back = {(clash.kind, clash.subject_id, clash.span) for clash in find_clashes(other, [one])}
    assert there == back


@given(BOOKED, st.lists(BOOKED, max_size=5))
def test_clashes_lie_within_what_both_want(wanted: Booked, booked: list[Booked]) -> None:
    for clash in find_clashes(wanted, booked):
        assert clash.span == overlap(wanted.span, clash.booked.span)
        assert clash.booked in booked


def test_span_is_told_in_the_provinces_time() -> None:
    assert describe_span(hours(0, 1.5)) == "08:00–09:30 24/11/2026"
    assert describe_span(hours(10, 17)) == "18:00 24/11/2026 – 01:00 25/11/2026"
    assert describe_instant(START) == "08:00 24/11/2026"
