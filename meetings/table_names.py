"""How tables that people made are read: columns, words and units by what they are called, however it is written."""

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from meetings.errors import N_, Invalid
from meetings.org_tree import OrgTree, UnitHistory


def read_header(rows: Iterator[Sequence[str]], needed: Collection[str], names: Mapping[str, str]) -> list[str]:
    """The names of the columns, out of the first of ``rows``; ``Invalid`` when one that is needed is missing.

    ``names``: what each column is called in Vietnamese; a file may use either.
    """
    codes = {plain(name): code for code, name in names.items()}
    header = [codes.get(name, name) for name in map(plain, next(rows, ()))]
    missing = [f"{name} ({names[name]})" for name in needed if name not in header]
    if missing:
        raise Invalid(N_("Dòng đầu của tệp thiếu cột {columns}."), field="file", columns=", ".join(missing))
    return header


def plain(text: str) -> str:
    """NFC, lower case, single blanks: how words and names of a file are compared."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


class UnitIndex:
    """Finds units by what a file calls them, on a day. Each stretch of days without changes is indexed once."""

    def __init__(self, history: UnitHistory) -> None:
        self._history = history
        self._indexes: dict[int, tuple[OrgTree, dict[str, set[int]]]] = {}

    def find(self, text: str, *days: date) -> set[int]:
        """The units that bear this code or name on the first of ``days`` on which any does."""
        for day in days:
            if found := self._index(self._history.at(day)).get(plain(text)):
                return found
        return set()

    def _index(self, tree: OrgTree) -> dict[str, set[int]]:
        if id(tree) not in self._indexes:
            names: dict[str, set[int]] = {}
            for unit in tree:
                called = {unit.name, unit.short_name, unit.organ, unit.full_organ, *unit.codes.values()}
                for name in called:
                    names.setdefault(plain(name), set()).add(unit.id)
            self._indexes[id(tree)] = tree, names
        return self._indexes[id(tree)][1]
