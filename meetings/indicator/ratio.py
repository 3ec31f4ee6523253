"""The share of meetings held online, per pair of levels and reporting period (docs/decisions/0010).

    ratio(P, upper -> lower) = online(P) / eligible(P)

A meeting counts in the period of its real end. It is *eligible* when a unit of the upper level convened it, at least
one unit of the lower level was invited and attended, attendance is confirmed, and it is not excluded. It is *online*
when it is eligible, was held over a recognised system, and the rule on the lower units that attended holds. Everything
that is left out is counted apart, so that the parts always add up to the whole. Shares are compared unrounded.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from meetings.kinds import Mode
from meetings.periods import Period

STATE_SECRET = "state_secret"  # noqa: S105 - the code of an exclusion, not a password


class Rule(StrEnum):
    """When the lower units that attended make a meeting an online one."""

    ANY = "any"
    MAJORITY = "majority"
    ALL = "all"


class Outcome(StrEnum):
    """Where a meeting of the pair stands; exactly one holds for each."""

    ONLINE = "online"
    NOT_ONLINE = "not_online"
    OTHER_CHANNEL = "other_channel"  # eligible; online by the rule, but over a system that is not recognised
    EXCLUDED = "excluded"
    UNCONFIRMED = "unconfirmed"
    NO_LOWER_UNIT = "no_lower_unit"


ELIGIBLE = frozenset({Outcome.ONLINE, Outcome.NOT_ONLINE, Outcome.OTHER_CHANNEL})


@dataclass(frozen=True, slots=True)
class Held:
    """A meeting that has ended, seen from one pair of levels.

    ``ended_on`` is the day of its real end in the province. ``lower`` maps each invited unit of the lower level to how
    it attended (offices already rolled up to their unit). ``department``: convened by a department in its own name.
    """

    meeting_id: int
    ended_on: date
    lower: Mapping[int, Mode]
    confirmed: bool = True
    recognised: bool = True
    exclusion: str = ""
    department: bool = False

    @property
    def is_hybrid(self) -> bool:
        attended = set(self.lower.values()) - {Mode.ABSENT}
        return attended == {Mode.ONLINE, Mode.IN_HALL}


@dataclass(frozen=True, slots=True)
class Ratio:
    """``online`` of ``eligible``, and what stands beside them. ``hybrids`` and ``departments`` are eligible ones."""

    online: int = 0
    eligible: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)
    no_lower_unit: int = 0
    unconfirmed: int = 0
    hybrids: int = 0
    other_channel: int = 0
    departments: int = 0

    @property
    def share(self) -> Fraction | None:
        """Exactly ``online / eligible``; ``None``, never 0 or 1, when nothing is eligible."""
        return Fraction(self.online, self.eligible) if self.eligible else None

    @property
    def percent(self) -> float | None:
        """The share in per cent, for showing only: compare with ``meets``."""
        return None if self.share is None else float(self.share * 100)


@dataclass(frozen=True, slots=True)
class Goal:
    """A target: ``operator`` is ``>`` or ``>=``, ``value`` in per cent."""

    operator: str
    value: Fraction
    valid_from: date
    valid_to: date | None = None
    basis: str = ""


def is_online(lower: Mapping[int, Mode], rule: Rule = Rule.MAJORITY) -> bool:
    """Whether the lower units that attended make it an online meeting. Half of them is not a majority."""
    attended = [mode for mode in lower.values() if mode is not Mode.ABSENT]
    online = sum(mode is Mode.ONLINE for mode in attended)
    if rule is Rule.ANY:
        return online > 0
    if rule is Rule.ALL:
        return online == len(attended) > 0
    return 2 * online > len(attended)


def judge_meeting(held: Held, rule: Rule = Rule.MAJORITY) -> Outcome:
    """Where one meeting stands."""
    if held.exclusion:
        return Outcome.EXCLUDED
    if not held.confirmed:
        return Outcome.UNCONFIRMED
    if all(mode is Mode.ABSENT for mode in held.lower.values()):
        return Outcome.NO_LOWER_UNIT
    if not is_online(held.lower, rule):
        return Outcome.NOT_ONLINE
    return Outcome.ONLINE if held.recognised else Outcome.OTHER_CHANNEL


def count_ratio(meetings: Iterable[Held], rule: Rule = Rule.MAJORITY, *, state_secrets: int = 0) -> Ratio:
    """The ratio over ``meetings``; ``state_secrets`` counts those that are never booked here."""
    meetings = list(meetings)
    outcomes = [judge_meeting(held, rule) for held in meetings]
    counts = Counter(outcomes)
    eligible = [held for held, outcome in zip(meetings, outcomes, strict=True) if outcome in ELIGIBLE]
    excluded = Counter(held.exclusion for held in meetings if held.exclusion)
    if state_secrets:
        excluded[STATE_SECRET] += state_secrets
    return Ratio(
        online=counts[Outcome.ONLINE],
        eligible=len(eligible),
        excluded=dict(sorted(excluded.items())),
        no_lower_unit=counts[Outcome.NO_LOWER_UNIT],
        unconfirmed=counts[Outcome.UNCONFIRMED],
        hybrids=sum(held.is_hybrid for held in eligible),
        other_channel=counts[Outcome.OTHER_CHANNEL],
        departments=sum(held.department for held in eligible),
    )


def meets(ratio: Ratio, goal: Goal) -> bool | None:
    """Whether the unrounded share reaches the goal; ``None`` when there is no share. ``> 80`` is not ``>= 80``."""
    if ratio.share is None:
        return None
    percent = ratio.share * 100
    return percent > goal.value if goal.operator == ">" else percent >= goal.value


def needed_online(ratio: Ratio, goal: Goal, coming: int) -> int | None:
    """How many of ``coming`` further eligible meetings must be online to reach the goal; ``None``: out of reach."""
    for online in range(coming + 1):
        if meets(Ratio(online=ratio.online + online, eligible=ratio.eligible + coming), goal):
            return online
    return None


def pick_goal(goals: Iterable[Goal], period: Period) -> Goal | None:
    """The goal of a period: bound to the months it is named after, not to its window; the latest of several."""
    fitting = [
        goal
        for goal in goals
        if goal.valid_from <= period.label_end and (goal.valid_to is None or goal.valid_to >= period.label_start)
    ]
    return max(fitting, key=lambda goal: goal.valid_from, default=None)
