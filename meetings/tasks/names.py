"""Which unit a name of the minutes means. Pure."""

from collections.abc import Mapping

from meetings.kinds import UnitKind
from meetings.org_tree import OrgTree

COMMITTEE, SHORT = "ủy ban nhân dân", "ubnd"


def name_units(tree: OrgTree) -> dict[str, int]:
    """Every name under which minutes may give a unit work, folded, with its key.

    Of two units with one name the higher has it, as in the draft of minutes.
    """
    names: dict[str, int] = {}
    for unit in tree:
        said = [unit.name, unit.short_name, unit.organ, unit.full_organ]
        if unit.kind is UnitKind.PEOPLE_COMMITTEE:
            said.append(unit.area)
        for name in said:
            if name:
                names.setdefault(fold(name), unit.id)
    return names


def find_unit(name: str, names: Mapping[str, int]) -> int | None:
    """``None`` for a name of no unit, or of several together."""
    return names.get(fold(name))


def fold(name: str) -> str:
    """Lower case, with one spelling and one short form of the people's committee: what names it alike is equal."""
    folded = " ".join(name.lower().replace("uỷ ban", "ủy ban").strip(" .,;").split())
    return folded.replace(COMMITTEE, SHORT)
