"""The share of meetings held online, per pair of levels and reporting period (docs/decisions/0010).

    ratio(P, upper -> lower) = online(P) / eligible(P)

A meeting counts in the period of its real end. It is *eligible* when a unit of the upper level convened it, at least
one unit of the lower level was invited and attended, attendance is confirmed, and it is neither excluded nor only
relayed from a ministry. It is *online* when it is eligible, was held over a recognised system, and the rule on the
lower units that attended holds. Everything that is left out is counted apart, so that the parts always add up to the
whole. Shares are compared unrounded.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from meetings.kinds import Form, Mode, Outcome, Rule
from meetings.periods import Period

ELIGIBLE = frozenset({Outcome.ONLINE, Outcome.NOT_ONLINE, Outcome.OTHER_CHANNEL})

Modes = Mapping[int, Mode]
"""How each unit attended, by its key."""


class Via(StrEnum):
    """What a meeting was held over."""

    SYSTEM = "system"  # recognised on that day
    OTHER = "other"
    NOTHING = "nothing"  # everybody sat in one place


@dataclass(frozen=True, slots=True)
class Held:
    """A meeting that has ended, seen from one pair of levels.

    ``sittings``: for each stretch in which it sat, how the invited units of the lower level attended (offices rolled
    up to their unit); all hold the same units. ``declared``: the form that was written down where nobody wrote who
    attended; then the sittings say nothing.
    """

    sittings: Sequence[Modes]
    confirmed: bool = True
    via: Via = Via.SYSTEM
    exclusion: str = ""
    relayed: bool = False
    declared: Form | None = None

    @property
    def units(self) -> dict[int, Mode | None]:
        """How each lower unit attended on the whole; ``None`` where only the meeting's form was declared."""
        if self.declared is None:
            return {**merge_sittings(self.sittings)}
        known = {Form.ONLINE: Mode.ONLINE, Form.IN_PERSON: Mode.IN_HALL}.get(self.declared)
        return {unit_id: known for sitting in self.sittings for unit_id in sitting}

    @property
    def is_hybrid(self) -> bool:
        """Some lower units were online and some in person, in the same sitting or in different ones."""
        if self.declared is not None:
            return self.declared is Form.HYBRID
        seen = {mode for sitting in self.sittings for mode in sitting.values()}
        return {Mode.ONLINE, Mode.IN_HALL} <= seen


def merge_sittings(sittings: Sequence[Modes]) -> dict[int, Mode]:
    """How each unit attended a meeting that sat several times: online only when it did so more often than in person,
    so that the share held online is never overstated; absent only when it never came."""
    if len(sittings) == 1:
        return dict(sittings[0])
    merged: dict[int, Mode] = {}
    for unit_id in {unit_id: None for sitting in sittings for unit_id in sitting}:
        seen = [sitting.get(unit_id, Mode.ABSENT) for sitting in sittings]
        online, in_hall = seen.count(Mode.ONLINE), seen.count(Mode.IN_HALL)
        merged[unit_id] = Mode.ONLINE if online > in_hall else Mode.IN_HALL if in_hall else Mode.ABSENT
    return merged


def is_online(lower: Modes, rule: Rule = Rule.MAJORITY) -> bool:
    """Whether the lower units that attended make a sitting an online one. Half of them is not a majority."""
    attended = [mode for mode in lower.values() if mode is not Mode.ABSENT]
    online = sum(mode is Mode.ONLINE for mode in attended)
    if rule is Rule.ANY:
        return online > 0
    if rule is Rule.ALL:
        return online == len(attended) > 0
    return 2 * online > len(attended)


def is_held_online(held: Held, rule: Rule = Rule.MAJORITY) -> bool:
    """Whether most of its sittings were online. Of a declared hybrid only ``any`` can be known to hold."""
    if held.declared is not None:
        return held.declared is Form.ONLINE or (held.declared is Form.HYBRID and rule is Rule.ANY)
    return 2 * sum(is_online(sitting, rule) for sitting in held.sittings) > len(held.sittings)


def judge_meeting(held: Held, rule: Rule = Rule.MAJORITY) -> Outcome:
    """Where one meeting stands. It is of the pair: an upper unit convened it, with a lower unit invited."""
    if held.relayed:
        return Outcome.RELAYED
    if held.exclusion:
        return Outcome.EXCLUDED
    if not held.confirmed and held.declared is None:
        return Outcome.UNCONFIRMED
    if all(mode is Mode.ABSENT for mode in held.units.values()):
        return Outcome.UNATTENDED
    if held.via is Via.OTHER:
        return Outcome.OTHER_CHANNEL
    return Outcome.ONLINE if held.via is Via.SYSTEM and is_held_online(held, rule) else Outcome.NOT_ONLINE


@dataclass(frozen=True, slots=True)
class Ratio:
    """``online`` of ``eligible``, and what stands beside them.

    ``hybrid`` and ``other_channel`` are eligible ones. ``declared`` are those of the eligible whose form is known by
    word alone. ``invited`` and ``attended`` count the lower units of the eligible meetings, ``sites`` the points from
    which these were attended.
    """

    online: int = 0
    eligible: int = 0
    hybrid: int = 0
    other_channel: int = 0
    unattended: int = 0
    unconfirmed: int = 0
    relayed: int = 0
    declared: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)
    invited: int = 0
    attended: int = 0
    sites: int = 0

    @property
    def share(self) -> Fraction | None:
        """Exactly ``online / eligible``; ``None``, never 0 or 1, when nothing is eligible."""
        return Fraction(self.online, self.eligible) if self.eligible else None

    @property
    def percent(self) -> float | None:
        """The share in per cent, for showing only: compare with ``meets``."""
        return None if self.share is None else float(self.share * 100)

    @property
    def attendance(self) -> Fraction | None:
        """Of the lower units that were invited to eligible meetings, the share that attended."""
        return Fraction(self.attended, self.invited) if self.invited else None

    @property
    def average_sites(self) -> Fraction | None:
        """How many points an eligible meeting was attended from, on average."""
        return Fraction(self.sites, self.eligible) if self.eligible else None


@dataclass(frozen=True, slots=True)
class Goal:
    """A target: ``operator`` is ``>`` or ``>=``, ``value`` in per cent."""

    operator: str
    value: Fraction
    valid_from: date
    valid_to: date | None = None
    basis: str = ""


def meets(ratio: Ratio, goal: Goal) -> bool | None:
    """Whether the unrounded share reaches the goal; ``None`` when there is no share. ``> 80`` is not ``>= 80``."""
    if ratio.share is None:
        return None
    percent = ratio.share * 100
    return percent > goal.value if goal.operator == ">" else percent >= goal.value


def needed_online(ratio: Ratio, goal: Goal, coming: int) -> int | None:
    """How many of ``coming`` further eligible meetings must be online to reach the goal; ``None``: out of reach."""
    total = ratio.eligible + coming
    short = goal.value * total / 100 - ratio.online  # so many must be exceeded, or reached
    needed = max(0, math.floor(short) + 1 if goal.operator == ">" else math.ceil(short))
    return needed if total and needed <= coming else None


def pick_goal(goals: Iterable[Goal], period: Period) -> Goal | None:
    """The goal of a period: the one that is valid on its last day; the latest of several."""
    day = period.end
    fitting = [goal for goal in goals if goal.valid_from <= day and (goal.valid_to is None or day <= goal.valid_to)]
    return max(fitting, key=lambda goal: goal.valid_from, default=None)
