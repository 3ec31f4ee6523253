"""Sums by day and half month come to what going through the meetings one by one comes to."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from meetings.indicator.pairs import Fact, Record, list_facts
from meetings.indicator.tallies import ALL, COUNTS, DAY, EXCLUSION, HALF, Cell, Window, add_up, make_ratio, tally_facts
from meetings.kinds import EXCLUSIONS, Form, MeetingKind, Mode, Rule, UnitKind
from meetings.org_tree import OrgTree, UnitView, Validity
from meetings.periods import half_of_day
from tests.meetings.indicator.reference import Told, count

CHANNELS = {"giaoban": Validity()}
DAYS = st.dates(date(2021, 12, 1), date(2022, 4, 30))
PROVINCE, DEPARTMENT, PARTY, FIRST = 1, 2, 3, 10


def unit(key: int, kind: UnitKind, level: str, rank: int, parent: int | None = None) -> UnitView:
    return UnitView(key, f"Đơn vị {key}", "", kind, level, level, rank, parent, key)


TREE = OrgTree(
    [
        unit(PROVINCE, UnitKind.PEOPLE_COMMITTEE, "province", 1),
        unit(DEPARTMENT, UnitKind.DEPARTMENT, "province", 1, PROVINCE),
        unit(PARTY, UnitKind.PARTY_OR_UNION, "province", 1, PROVINCE),
        *(unit(FIRST + number, UnitKind.PEOPLE_COMMITTEE, "district", 2, PROVINCE) for number in range(4)),
    ]
)
SITTINGS = st.lists(st.sampled_from(Mode), min_size=4, max_size=4).map(lambda modes: dict(enumerate(modes, FIRST)))
MEETINGS = st.builds(
    Record,
    meeting_id=st.integers(1, 10**6),
    ended_on=DAYS,
    convening_unit_id=st.sampled_from([PROVINCE, PROVINCE, DEPARTMENT, PARTY]),
    kind=st.sampled_from(MeetingKind),
    planned_form=st.sampled_from(Form),
    sittings=st.lists(SITTINGS, min_size=1, max_size=3),
    confirmed=st.sampled_from([True, True, True, False]),
    channel=st.sampled_from(["giaoban", "giaoban", "zoom", ""]),
    exclusion=st.sampled_from(["", "", "", *EXCLUSIONS]),
    relayed_from=st.sampled_from(["", "", "", "Bộ Nội vụ"]),
    declared_form=st.sampled_from([None, None, None, *Form]),
)


def tell(record: Record) -> Told:
    return Told(
        ended_on=record.ended_on,
        sittings=[{key: str(mode) for key, mode in sitting.items()} for sitting in record.sittings],
        convened_by_upper=record.convening_unit_id != PARTY,
        confirmed=record.confirmed,
        channel=record.channel,
        exclusion=record.exclusion,
        relayed_from=record.relayed_from,
        declared=str(record.declared_form or ""),
    )


def lies_in(cell: Cell, window: Window) -> bool:
    grain, start = cell[3], cell[4]
    if grain == HALF:
        return window.halves is not None and window.halves[0] <= start <= window.halves[1]
    return any(first <= start <= last for first, last in window.days)


@given(st.lists(MEETINGS, max_size=12), DAYS, DAYS, st.sampled_from(Rule))
def test_sums_are_what_the_reference_counts(records: list[Record], one: date, other: date, rule: Rule) -> None:
    window = Window(min(one, other), max(one, other))
    cells, _units = tally_facts(fact for record in records for fact in list_facts(record, TREE, CHANNELS))
    sums = [0] * len(COUNTS)
    excluded: dict[str, int] = {}
    for cell, counts in cells.items():
        if cell[2] == ALL and lies_in(cell, window):
            sums = [mine + more for mine, more in zip(sums, counts, strict=True)]
        if cell[2] == EXCLUSION and lies_in(cell, window):
            excluded[cell[5]] = excluded.get(cell[5], 0) + counts[COUNTS.index("excluded")]
    ratio = make_ratio(sums, rule, excluded)
    expected = count([tell(record) for record in records], window.first, window.last, str(rule), {"giaoban"})
    assert {name: getattr(ratio, name) for name in expected} == expected
    left_out = ratio.unattended + ratio.unconfirmed + ratio.relayed + sum(ratio.excluded.values())
    assert sums[COUNTS.index("meetings")] == ratio.eligible + left_out


@given(st.lists(MEETINGS, max_size=6), st.lists(MEETINGS, max_size=6))
def test_what_is_taken_away_again_leaves_no_trace(kept: list[Record], gone: list[Record]) -> None:
    def facts_of(*records: Record) -> list[Fact]:
        return [fact for record in records for fact in list_facts(record, TREE, CHANNELS)]

    cells, units = tally_facts(facts_of(*kept, *gone))
    less_cells, less_units = tally_facts(facts_of(*gone), -1)
    add_up(cells, less_cells.items())
    add_up(units, less_units.items())
    expected_cells, expected_units = tally_facts(facts_of(*kept))
    assert {cell: counts for cell, counts in cells.items() if any(counts)} == expected_cells
    assert {cell: counts for cell, counts in units.items() if any(counts)} == expected_units


@given(DAYS, DAYS)
def test_window_holds_each_of_its_days_once(one: date, other: date) -> None:
    window = Window(min(one, other), max(one, other))
    for offset in range(-40, (window.last - window.first).days + 40):
        day = window.first + timedelta(days=offset)
        in_halves = window.halves is not None and window.halves[0] <= half_of_day(day) <= window.halves[1]
        in_days = sum(first <= day <= last for first, last in window.days)
        assert in_halves + in_days == (window.first <= day <= window.last)


def test_grains_are_days_and_halves() -> None:
    record = Record(
        1, date(2022, 2, 20), PROVINCE, MeetingKind.BRIEFING, Form.ONLINE, [{FIRST: Mode.ONLINE}], channel="giaoban"
    )
    cells, units = tally_facts(list_facts(record, TREE, CHANNELS))
    assert {(cell[3], cell[4]) for cell in cells} == {(DAY, date(2022, 2, 20)), (HALF, date(2022, 2, 15))}
    assert units["province", "district", HALF, date(2022, 2, 15), FIRST] == [1, 1, 0, 0]
