from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.errors import Invalid
from meetings.kinds import UnitKind
from meetings.org_tree import (
    UNRANKED,
    Dated,
    LevelView,
    OrgTree,
    Succession,
    UnitHistory,
    UnitRecord,
    UnitView,
    Validity,
    find_successors,
)

ALWAYS = Validity()
LAST_DISTRICT_DAY = date(2025, 6, 30)
PROVINCE, DISTRICT, COMMUNE = (
    LevelView("province", "cấp tỉnh", 1),
    LevelView("district", "cấp huyện", 2),
    LevelView("commune", "cấp xã", 3),
)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


def view(unit_id: int, parent: int | None = None, *, name: str = "", rank: int = 3, order: int = 1000) -> UnitView:
    return UnitView(
        id=unit_id,
        name=name or f"Xã {unit_id}",
        short_name="",
        kind=UnitKind.PEOPLE_COMMITTEE,
        level="commune",
        level_name="cấp xã",
        rank=rank,
        parent_id=parent,
        official_order=order,
    )


def record(
    unit_id: int,
    name: str,
    level: LevelView | None,
    validity: Validity = ALWAYS,
    parent: int | None = None,
    kind: UnitKind = UnitKind.PEOPLE_COMMITTEE,
) -> UnitRecord:
    return UnitRecord(
        id=unit_id,
        kind=kind,
        official_order=unit_id,
        validity=validity,
        names=[Dated((name, ""), ALWAYS)],
        levels=[] if level is None else [Dated(level, ALWAYS)],
        parents=[] if parent is None else [Dated(parent, ALWAYS)],
    )


def test_tree_answers_path_ancestors_and_children() -> None:
    tree = OrgTree([view(1, rank=1), view(2, 1, rank=2), view(3, 2), view(4, 2, order=5), view(5, 1, rank=2, order=1)])
    assert [unit.id for unit in tree.roots] == [1]
    assert [unit.id for unit in tree.children(1)] == [5, 2]
    assert [unit.id for unit in tree.ancestors(3)] == [2, 1]
    assert [unit.id for unit in tree.path(3)] == [1, 2, 3]
    assert [unit.id for unit in tree] == [1, 5, 2, 4, 3]
    assert len(tree) == 5
    assert 3 in tree
    assert 9 not in tree
    assert tree[3].parent_id == 2
    assert tree.get(9) is None
    assert tree.get(None) is None
    assert tree.children(3) == []


@pytest.mark.parametrize("parents", [{1: 1}, {1: 2, 2: 1}, {1: 2, 2: 3, 3: 1, 4: 1}])
def test_tree_refuses_a_cycle(parents: dict[int, int]) -> None:
    with pytest.raises(Invalid) as refused:
        OrgTree(view(unit, parent) for unit, parent in parents.items())
    assert refused.value.field == "parent"


def test_child_of_a_unit_that_does_not_exist_is_a_root() -> None:
    tree = OrgTree([view(2, 1), view(3, 2)])
    assert [unit.id for unit in tree.roots] == [2]
    assert tree.ancestors(2) == []


@given(st.data())
def test_tree_is_consistent_whatever_its_shape(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 25))
    parents = {unit: data.draw(st.none() | st.integers(0, unit - 1)) if unit else None for unit in range(count)}
    tree = OrgTree(view(unit, parent, order=data.draw(st.integers(0, 3))) for unit, parent in parents.items())
    assert len(tree.roots) + sum(len(tree.children(unit.id)) for unit in tree) == len(tree) == count
    for unit in tree:
        assert tree.path(unit.id)[-1] == unit
        assert tree.path(unit.id)[0] in tree.roots
        assert all(tree.ancestors(child.id)[0] == unit for child in tree.children(unit.id))


@given(DAYS, st.none() | DAYS, st.none() | DAYS)
def test_validity_covers_its_first_and_last_day(day: date, first: date | None, last: date | None) -> None:
    validity = Validity(first, last)
    expected = (first or date.min) <= day <= (last or date.max)
    assert validity.covers(day) == expected


def test_validity_that_ends_with_time_never_breaks() -> None:
    assert list(Validity(None, date.max).breaks()) == []


def test_unit_bears_the_name_level_and_parent_of_the_day() -> None:
    renamed = date(2024, 12, 1)
    unit = UnitRecord(
        id=7,
        kind=UnitKind.PEOPLE_COMMITTEE,
        official_order=1,
        validity=Validity(None, LAST_DISTRICT_DAY),
        names=[
            Dated(("Huyện Đạ Huoai cũ", ""), Validity(None, renamed - timedelta(days=1))),
            Dated(("Huyện Đạ Huoai", "Đạ Huoai"), Validity(renamed, None)),
        ],
        levels=[Dated(DISTRICT, ALWAYS)],
        parents=[Dated(1, ALWAYS)],
        codes=[Dated(("gso", "681"), ALWAYS), Dated(("qd20", "H36.11"), Validity(renamed, None))],
    )
    history = UnitHistory([record(1, "Tỉnh Lâm Đồng", PROVINCE), unit])
    before, after = history.at(renamed - timedelta(days=1))[7], history.at(renamed)[7]
    assert (before.name, before.short_name, before.codes) == ("Huyện Đạ Huoai cũ", "Huyện Đạ Huoai cũ", {"gso": "681"})
    assert (after.name, after.short_name) == ("Huyện Đạ Huoai", "Đạ Huoai")
    assert after.codes == {"gso": "681", "qd20": "H36.11"}
    assert (after.level, after.level_name, after.rank, after.parent_id) == ("district", "cấp huyện", 2, 1)
    assert 7 in history.at(LAST_DISTRICT_DAY)
    assert 7 not in history.at(LAST_DISTRICT_DAY + timedelta(days=1))


def test_correction_that_begins_later_wins() -> None:
    unit = UnitRecord(
        id=1,
        kind=UnitKind.PEOPLE_COMMITTEE,
        official_order=1,
        validity=ALWAYS,
        names=[Dated(("Xã Mới", ""), Validity(date(2025, 7, 1), None)), Dated(("Xã Cũ", ""), ALWAYS)],
    )
    assert UnitHistory([unit]).at(date(2026, 1, 1))[1].name == "Xã Mới"
    assert UnitHistory([unit]).at(date(2025, 1, 1))[1].name == "Xã Cũ"


def test_unit_without_level_is_unranked_and_stands_last() -> None:
    tree = UnitHistory([record(1, "Ban", None), record(2, "Xã Di Linh", COMMUNE)]).at(date(2026, 1, 1))
    assert tree[1].rank == UNRANKED
    assert tree[1].level == ""
    assert [unit.id for unit in tree] == [2, 1]


def test_unit_without_a_name_on_the_day_does_not_show() -> None:
    unit = UnitRecord(
        id=1,
        kind=UnitKind.PEOPLE_COMMITTEE,
        official_order=1,
        validity=ALWAYS,
        names=[Dated(("Xã Di Linh", ""), Validity(date(2025, 7, 1), None))],
    )
    history = UnitHistory([unit])
    assert 1 not in history.at(date(2025, 1, 1))
    with pytest.raises(KeyError):
        history.name(1, date(2025, 1, 1))


def test_former_unit_keeps_its_last_name_and_future_one_its_first() -> None:
    history = UnitHistory(
        [
            record(1, "Huyện Lâm Hà", DISTRICT, Validity(None, LAST_DISTRICT_DAY)),
            record(2, "Xã Di Linh", COMMUNE, Validity(date(2025, 7, 1), None)),
        ]
    )
    assert history.name(1, date(2026, 1, 1)).name == "Huyện Lâm Hà"
    assert history.name(2, date(2022, 1, 1)).name == "Xã Di Linh"
    assert history.name(2, date(2026, 1, 1)).name == "Xã Di Linh"
    with pytest.raises(KeyError):
        history.name(3, date(2026, 1, 1))


def test_history_refuses_a_cycle_on_whatever_day_it_would_be() -> None:
    def under(unit_id: int, parent: int, since: date | None) -> UnitRecord:
        names = [Dated((f"Xã {unit_id}", ""), ALWAYS)]
        parents = [Dated(parent, Validity(since, None))]
        return UnitRecord(unit_id, UnitKind.PEOPLE_COMMITTEE, 1, ALWAYS, names, parents=parents)

    UnitHistory([under(1, 2, None)]).check()
    with pytest.raises(Invalid):
        UnitHistory([under(1, 2, None), under(2, 1, date(2030, 1, 1))]).check()


@given(st.lists(st.tuples(st.none() | DAYS, st.none() | DAYS), max_size=6), DAYS)
def test_cached_trees_hold_who_exists_on_the_day(spans: list[tuple[date | None, date | None]], day: date) -> None:
    records = [record(n, f"Xã {n}", COMMUNE, Validity(first, last)) for n, (first, last) in enumerate(spans, start=1)]
    history = UnitHistory(records)
    assert set(history.records) == {record.id for record in records}
    for each in (day, day + timedelta(days=1), day - timedelta(days=1), day):
        assert {unit.id for unit in history.at(each)} == {r.id for r in records if r.validity.covers(each)}


@pytest.mark.parametrize(
    ("name", "kind", "organ", "full"),
    [
        ("Tỉnh Lâm Đồng", UnitKind.PEOPLE_COMMITTEE, "UBND tỉnh Lâm Đồng", "Ủy ban nhân dân tỉnh Lâm Đồng"),
        ("Đặc khu Phú Quý", UnitKind.PEOPLE_COMMITTEE, "UBND đặc khu Phú Quý", "Ủy ban nhân dân đặc khu Phú Quý"),
        ("Đà Lạt", UnitKind.PEOPLE_COMMITTEE, "UBND Đà Lạt", "Ủy ban nhân dân Đà Lạt"),
        ("UBND huyện Lâm Hà", UnitKind.PEOPLE_COMMITTEE, "UBND huyện Lâm Hà", "Ủy ban nhân dân huyện Lâm Hà"),
        ("Sở Tài chính", UnitKind.DEPARTMENT, "Sở Tài chính", "Sở Tài chính"),
    ],
)
def test_organ_is_named_as_papers_write_it(name: str, kind: UnitKind, organ: str, full: str) -> None:
    unit = UnitHistory([record(1, name, PROVINCE, kind=kind)]).at(date(2026, 1, 1))[1]
    assert (unit.organ, unit.full_organ) == (organ, full)


MERGERS = [
    Succession(682, 681, date(2024, 12, 1)),
    Succession(683, 681, date(2024, 12, 1)),
    Succession(681, 900, date(2025, 7, 1)),
    Succession(681, 901, date(2025, 7, 1)),
    Succession(672, None, date(2025, 7, 1)),
]


@pytest.mark.parametrize(
    ("unit", "day", "expected"),
    [
        (682, date(2024, 11, 30), [682]),
        (682, date(2024, 12, 1), [681]),
        (683, date(2025, 6, 30), [681]),
        (682, date(2025, 7, 1), [900, 901]),
        (672, date(2025, 6, 30), [672]),
        (672, date(2025, 7, 1), []),
        (5, date(2026, 1, 1), [5]),
    ],
)
def test_successors_follow_merges_splits_and_ends(unit: int, day: date, expected: list[int]) -> None:
    assert find_successors(unit, MERGERS, day) == expected


def test_successors_that_meet_again_are_named_once() -> None:
    steps = [Succession(1, 2, date(2020, 1, 1)), Succession(1, 3, date(2020, 1, 1))]
    steps += [Succession(2, 4, date(2021, 1, 1)), Succession(3, 4, date(2021, 1, 1))]
    assert find_successors(1, steps, date(2022, 1, 1)) == [4]


def test_successors_that_come_back_are_refused() -> None:
    steps = [Succession(1, 2, date(2020, 1, 1)), Succession(2, 1, date(2021, 1, 1))]
    with pytest.raises(Invalid) as refused:
        find_successors(1, steps, date(2022, 1, 1))
    assert refused.value.field == "succession"
