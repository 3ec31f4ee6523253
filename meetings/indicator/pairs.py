"""The pairs of levels a meeting belongs to, and everything the indicator keeps of it in each of them.

Units, their levels and who belongs to whom are those of the day of the meeting's real end, so that later changes of the
units leave its figures as they were.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from meetings.attendance import held_form, roll_up
from meetings.indicator.ratio import ELIGIBLE, Held, Via, judge_meeting, merge_sittings
from meetings.kinds import Form, MeetingKind, Mode, Outcome, Rule, UnitKind
from meetings.org_tree import UNRANKED, OrgTree, UnitView, Validity

CONVENERS = frozenset({UnitKind.PEOPLE_COMMITTEE, UnitKind.OFFICE, UnitKind.DEPARTMENT, UnitKind.SERVICE})
DEPARTMENTS = frozenset({UnitKind.DEPARTMENT, UnitKind.SERVICE})


@dataclass(frozen=True, slots=True)
class Record:
    """A meeting that has ended, as its rows say. ``sittings``: how each invited unit attended each stretch of it.

    ``site_of``: where an invited unit sat, when that is known. ``channel``: a channel's code, empty for none.
    """

    meeting_id: int
    ended_on: date
    convening_unit_id: int
    kind: MeetingKind
    planned_form: Form
    sittings: Sequence[Mapping[int, Mode]]
    confirmed: bool = True
    channel: str = ""
    exclusion: str = ""
    relayed_from: str = ""
    declared_form: Form | None = None
    site_of: Mapping[int, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fact:
    """What is kept of one meeting in one pair of levels. ``units``: how each lower unit attended.

    A unit's mode is ``None`` where only the meeting's form was declared, or where nothing is confirmed yet.
    """

    meeting_id: int
    upper: str
    lower: str
    ended_on: date
    convening_unit_id: int
    kind: MeetingKind
    planned_form: Form
    held_form: Form | None
    outcomes: Mapping[Rule, Outcome]
    units: Mapping[int, Mode | None]
    department: bool = False
    hybrid: bool = False
    declared: bool = False
    exclusion: str = ""
    relayed_from: str = ""
    sites: int = 0
    sittings: int = 1

    @property
    def attended(self) -> int:
        return sum(mode is not Mode.ABSENT for mode in self.units.values())

    @property
    def online(self) -> int:
        return sum(mode is Mode.ONLINE for mode in self.units.values())

    @property
    def is_eligible(self) -> bool:
        """Under every rule alike: a rule only tells online from not online."""
        return self.outcomes[Rule.MAJORITY] in ELIGIBLE


def list_facts(record: Record, tree: OrgTree, channels: Mapping[str, Validity]) -> list[Fact]:
    """One for each lower level of which a unit was invited; none when no such meeting counts.

    ``tree`` holds the units of the day of its end, ``channels`` the recognised systems and when they are. Party,
    council and vertical conveners are out; a department of the upper level in its own name is in.
    """
    convener = tree.get(record.convening_unit_id)
    if convener is None or not convener.level or convener.kind not in CONVENERS:
        return []
    lower: dict[str, dict[int, int]] = {}
    for unit_id in {unit_id: None for sitting in record.sittings for unit_id in sitting}:
        counted = find_counted(unit_id, tree)
        if counted is not None and convener.rank < counted.rank < UNRANKED:
            lower.setdefault(counted.level, {})[unit_id] = counted.id
    return [_make_fact(record, convener, level, belongs_to, channels) for level, belongs_to in lower.items()]


def find_counted(unit_id: int, tree: OrgTree) -> UnitView | None:
    """The committee that an invited unit counts for: itself, or the one whose office it is; ``None`` for others."""
    unit = tree.get(unit_id)
    if unit is not None and unit.kind is UnitKind.DISTRICT_OFFICE:
        unit = tree.get(unit.parent_id)
    return unit if unit is not None and unit.kind is UnitKind.PEOPLE_COMMITTEE else None


def find_via(channel: str, day: date, channels: Mapping[str, Validity]) -> Via:
    """What a meeting was held over; a system counts as recognised only in its time."""
    if not channel:
        return Via.NOTHING
    return Via.SYSTEM if channel in channels and channels[channel].covers(day) else Via.OTHER


def _make_fact(
    record: Record, convener: UnitView, level: str, belongs_to: Mapping[int, int], channels: Mapping[str, Validity]
) -> Fact:
    held = Held(
        sittings=[
            roll_up({unit_id: modes[unit_id] for unit_id in belongs_to if unit_id in modes}, belongs_to)
            for modes in record.sittings
        ],
        confirmed=record.confirmed,
        via=find_via(record.channel, record.ended_on, channels),
        exclusion=record.exclusion,
        relayed=bool(record.relayed_from),
        declared=record.declared_form,
    )
    outcomes = {rule: judge_meeting(held, rule) for rule in Rule}
    eligible = outcomes[Rule.MAJORITY] in ELIGIBLE
    known = record.confirmed or held.declared is not None
    modes = merge_sittings(record.sittings)
    return Fact(
        meeting_id=record.meeting_id,
        upper=convener.level,
        lower=level,
        ended_on=record.ended_on,
        convening_unit_id=record.convening_unit_id,
        kind=record.kind,
        planned_form=record.planned_form,
        held_form=record.declared_form or (held_form(modes.values()) if record.confirmed else None),
        outcomes=outcomes,
        units=held.units if known else dict.fromkeys(held.units),
        department=convener.kind in DEPARTMENTS,
        hybrid=eligible and held.is_hybrid,
        declared=held.declared is not None,
        exclusion=record.exclusion,
        relayed_from=record.relayed_from,
        sites=count_sites(modes, record.site_of) if eligible and held.declared is None else 0,
        sittings=len(record.sittings),
    )


def count_sites(modes: Mapping[int, Mode], site_of: Mapping[int, int | None]) -> int:
    """From how many points a meeting was attended: the main one, and each site with a unit that was online."""
    online = [unit_id for unit_id, mode in modes.items() if mode is Mode.ONLINE]
    sites = {site_of.get(unit_id) or ("unit", unit_id) for unit_id in online}
    return 1 + len(sites)
