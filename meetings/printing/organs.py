"""How papers name an organ: its superior, its abbreviation in a notation, the town that stands before the date."""

from meetings.kinds import UnitKind
from meetings.org_tree import AREAS, SHORT_COMMITTEE, OrgTree, UnitView


def name_parent_organ(unit: UnitView, tree: OrgTree) -> str:
    """The superior organ; empty for a people's committee or council, which write none."""
    if unit.kind in (UnitKind.PEOPLE_COMMITTEE, UnitKind.COUNCIL) or unit.id not in tree:
        return ""
    above = tree.ancestors(unit.id)
    return above[0].full_organ if above else ""


def abbreviate(unit: UnitView) -> str:
    """The organ in a document's notation: "UBND", "VP", "STC"."""
    if unit.kind is UnitKind.PEOPLE_COMMITTEE:
        return SHORT_COMMITTEE
    if unit.kind is UnitKind.COUNCIL:
        return "HĐND"
    if unit.kind is UnitKind.OFFICE:
        return "VP"
    words = [word for word in unit.name.split() if word.lower() not in ("và", "tỉnh", "của")]
    return "".join(word[0].upper() for word in words[:5])


def name_town(unit: UnitView, tree: OrgTree) -> str:
    """The proper name of the area whose organ it is (NĐ 30/2020, annex I, II.4): "Lâm Đồng", "Đức Trọng".

    One that is a number keeps its kind: "Phường 1".
    """
    above = tree.ancestors(unit.id) if unit.id in tree else []
    seat = next((each for each in (unit, *above) if each.kind is UnitKind.PEOPLE_COMMITTEE), unit)
    area = seat.area[:1].upper() + seat.area[1:]
    name = next((area.removeprefix(kind) for kind in AREAS if area.startswith(kind)), area)
    return area if name.isdigit() else name
