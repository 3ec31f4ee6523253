"""Which slot carries what, with as little moving about as can be. Pure."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

K = TypeVar("K")


def place(slots: Sequence[str], filled: Mapping[str, K], wanted: Sequence[K]) -> dict[str, K]:
    """Return what each slot carries from now on; slots that are not named are empty.

    What is wanted still stays where it is. The rest goes into free slots, in the order of both: ``slots`` names those
    first that are to be used first. What finds no slot is left out; what was there before is never pushed out by it.
    """
    rest = dict.fromkeys(wanted)
    placed: dict[str, K] = {}
    for slot in slots:
        if slot in filled and filled[slot] in rest:
            placed[slot] = filled[slot]
            del rest[filled[slot]]
    waiting = iter(rest)
    for slot in slots:
        if slot not in placed and (key := next(waiting, None)) is not None:
            placed[slot] = key
    return placed
