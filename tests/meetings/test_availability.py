from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from meetings.availability import (
    EVERYTHING,
    Booked,
    ClashKind,
    describe_instant,
    describe_span,
    find_clashes,
    find_free_slots,
)
from meetings.interval import Span, overlap
from meetings.periods import ZONE
from meetings.working_days import WorkingDays

START = datetime(2026, 11, 24, 1, tzinfo=UTC)  # 08:00 in the province


def hours(start: float, end: float) -> Span:
    return Span(START + timedelta(hours=start), START + timedelta(hours=end))


KEYS = st.integers(1, 3)
BOOKED = st.builds(
    lambda start, length, meeting, hall, chair, sites, units, people, connections: Booked(
        hours(start, start + length),
        meeting,
        "Họp",
        hall,
        chair,
        frozenset(sites),
        frozenset(units),
        frozenset(people),
        connections,
    ),
    st.integers(0, 6),
    st.integers(1, 3),
    st.none() | st.integers(1, 5),
    st.none() | KEYS,
    st.none() | KEYS,
    st.sets(KEYS),
    st.sets(KEYS),
    st.sets(KEYS),
    st.integers(0, 4),
)
WINDOWS = st.builds(
    lambda start, length, sites: Booked(hours(start, start + length), site_ids=frozenset(sites), closes=True),
    st.integers(0, 6),
    st.integers(1, 3),
    st.sets(KEYS, max_size=1),
)
WORLDS = st.lists(BOOKED | WINDOWS, max_size=8)


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


@given(BOOKED, WORLDS)
def test_clashes_lie_within_what_both_want(wanted: Booked, booked: list[Booked]) -> None:
    for clash in find_clashes(wanted, booked):
        assert clash.span == overlap(wanted.span, clash.booked.span)
        assert clash.booked in booked


@given(BOOKED, WORLDS, st.integers(0, 12))
def test_no_clash_is_missed_and_none_invented(wanted: Booked, booked: list[Booked], bridge: int) -> None:
    """Against the slow and obvious: each quarter of an hour, everything that somebody wants beside everything else."""
    found = {
        (clash.kind, clash.subject_id, start)
        for clash in find_clashes(wanted, booked, bridge)
        for start in quarters(clash.span)
    }
    assert found == set(list_by_quarter(wanted, booked, bridge))


def quarters(span: Span) -> list[datetime]:
    step = timedelta(minutes=15)
    return [span.start + number * step for number in range(span.length // step)]


def list_by_quarter(wanted: Booked, booked: list[Booked], bridge: int) -> Iterable[tuple[ClashKind, int, datetime]]:
    others = [each for each in booked if each.meeting_id is None or each.meeting_id != wanted.meeting_id]
    for start in quarters(wanted.span):
        there = [each for each in others if each.span.contains(start)]
        if bridge and wanted.connections and wanted.connections + sum(each.connections for each in there) > bridge:
            yield ClashKind.CAPACITY, EVERYTHING, start
        for other in there:
            for mine in list_uses(wanted):
                for theirs in list_uses(other):
                    kind = judge(mine, theirs, other.closes)
                    if kind is not None:
                        yield kind, mine[1], start
            if other.closes and not other.site_ids and wanted.connections:
                yield ClashKind.MAINTENANCE, EVERYTHING, start


def list_uses(booked: Booked) -> list[tuple[str, int]]:
    """Everything that it takes, once each, by the strongest use."""
    uses = {("place", key): "site" for key in booked.site_ids} | {
        ("person", key): "person" for key in booked.person_ids
    }
    uses |= {("unit", key): "unit" for key in booked.unit_ids}
    if booked.hall_id is not None:
        uses["place", booked.hall_id] = "hall"
    if booked.chair_id is not None:
        uses["person", booked.chair_id] = "chair"
    return [(use, key) for (_what, key), use in uses.items()]


def judge(mine: tuple[str, int], theirs: tuple[str, int], closes: bool) -> ClashKind | None:
    places, people = {"hall", "site"}, {"chair", "person"}
    uses = {mine[0], theirs[0]}
    if mine[1] != theirs[1]:
        return None
    if uses <= places:
        return ClashKind.MAINTENANCE if closes else ClashKind.HALL if "hall" in uses else ClashKind.SITE
    if uses <= people:
        return ClashKind.CHAIR if uses == {"chair"} else ClashKind.PERSON
    return ClashKind.UNIT if uses == {"unit"} else None


def test_bridge_is_full_only_while_too_many_meet_at_once() -> None:
    wanted = Booked(hours(0, 4), connections=5)
    booked = [Booked(hours(0, 2), 1, connections=4), Booked(hours(1, 3), 2, connections=4)]
    [clash] = find_clashes(wanted, booked, 12)
    assert (clash.kind, clash.span, clash.booked.connections) == (ClashKind.CAPACITY, hours(1, 2), 8)
    assert clash.is_blocking
    [longer] = find_clashes(wanted, booked, 8)
    assert (longer.span, longer.booked.connections) == (hours(0, 3), 8)
    assert find_clashes(wanted, booked, 13) == []
    assert find_clashes(replace(wanted, connections=0), booked, 1) == [], "a meeting in person needs no bridge"


def test_maintenance_closes_one_site_or_all_that_needs_the_bridge() -> None:
    site, system = (Booked(hours(0, 2), site_ids=sites, closes=True) for sites in (frozenset({7}), frozenset[int]()))
    assert [each.subject_id for each in find_clashes(Booked(hours(1, 3), hall_id=7), [site, system])] == [7]
    online = Booked(hours(1, 3), site_ids=frozenset({8}), connections=3)
    [clash] = find_clashes(online, [site, system])
    assert (clash.kind, clash.subject_id, clash.is_blocking) == (ClashKind.MAINTENANCE, EVERYTHING, True)


WEEK = Span(START - timedelta(hours=8), START + timedelta(days=7))  # from midnight of Tuesday, 24 November


def clocks(slots: list[Span]) -> list[str]:
    return [f"{slot.start.astimezone(ZONE):%d %H:%M}" for slot in slots]


def test_nearest_free_times_come_first_and_lie_in_working_hours() -> None:
    wanted = Booked(hours(1, 3), hall_id=7)
    booked = [Booked(hours(0, 3.5), 1, hall_id=7)]
    slots = find_free_slots(wanted, booked, WorkingDays(), WEEK)
    assert clocks(slots) == ["24 13:30", "24 14:00", "24 14:30", "24 15:00", "25 07:30"]
    assert {slot.length for slot in slots} == {timedelta(hours=2)}


def test_long_meeting_may_go_on_over_noon_and_a_longer_one_keeps_its_hour() -> None:
    six = find_free_slots(Booked(hours(0, 6), hall_id=7), [], WorkingDays(), WEEK, limit=3)
    assert clocks(six) == ["24 08:00", "24 07:30", "24 08:30"]
    days = find_free_slots(Booked(hours(0, 32), hall_id=7), [], WorkingDays(), WEEK)
    assert clocks(days) == ["24 08:00", "25 08:00", "26 08:00"], "not into the weekend"


def test_no_time_is_proposed_on_a_day_off() -> None:
    off = WorkingDays({date(2026, 11, 24): False, date(2026, 11, 28): True})
    slots = find_free_slots(Booked(hours(0, 2)), [], off, WEEK, limit=100)
    assert {f"{slot.start.astimezone(ZONE):%d}" for slot in slots} == {"25", "26", "27", "28", "30"}
    assert find_free_slots(Booked(hours(0, 2)), [], WorkingDays(), Span(WEEK.start, WEEK.start)) == []


@given(BOOKED, WORLDS, st.integers(0, 12), st.booleans())
def test_proposed_times_never_clash(wanted: Booked, booked: list[Booked], bridge: int, blocking_only: bool) -> None:
    two_days = Span(WEEK.start, WEEK.start + timedelta(days=2))
    slots = find_free_slots(
        wanted, booked, WorkingDays(), two_days, bridge=bridge, limit=40, blocking_only=blocking_only
    )
    assert len(set(slots)) == len(slots)
    for slot in slots:
        clashes = find_clashes(replace(wanted, span=slot), booked, bridge)
        assert not any(clash.is_blocking or not blocking_only for clash in clashes)
        assert slot.length == wanted.span.length


def test_span_is_told_in_the_provinces_time() -> None:
    assert describe_span(hours(0, 1.5)) == "08:00–09:30 24/11/2026"
    assert describe_span(hours(10, 17)) == "18:00 24/11/2026 – 01:00 25/11/2026"
    assert describe_instant(START) == "08:00 24/11/2026"
