"""Travel saved: a unit that attended online did not make the way to the province's seat and back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Distance:
    """One way to the province's seat, in kilometres and hours. ``basis`` says where the numbers are from.

    ``estimated``: they are the project's own, which nobody of the unit has confirmed.
    """

    km: float
    hours: float
    basis: str = ""
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Savings:
    """``trips`` there and back that nobody made; ``unknown`` units attended online but have no distance.

    ``estimated``: some of the distances are estimates.
    """

    trips: int = 0
    km: float = 0.0
    hours: float = 0.0
    unknown: tuple[int, ...] = ()
    estimated: bool = False


def sum_savings(online: Mapping[int, int], distances: Mapping[int, Distance]) -> Savings:
    """``online``: how many meetings each unit attended online."""
    went = {unit_id: count for unit_id, count in online.items() if count}
    known = {unit_id: count for unit_id, count in went.items() if unit_id in distances}
    return Savings(
        trips=sum(known.values()),
        km=_there_and_back((count, distances[unit_id].km) for unit_id, count in known.items()),
        hours=_there_and_back((count, distances[unit_id].hours) for unit_id, count in known.items()),
        unknown=tuple(sorted(went.keys() - known.keys())),
        estimated=any(distances[unit_id].estimated for unit_id in known),
    )


def _there_and_back(trips: Iterable[tuple[int, float]]) -> float:
    return sum(2 * count * length for count, length in trips)
