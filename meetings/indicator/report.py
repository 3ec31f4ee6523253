"""Use cases of the indicator: the report for leadership and the list of meetings behind each of its numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.attendance import THRESHOLD, UnitAttendance, held_form
from meetings.course_store import list_calls_of
from meetings.errors import N_, Invalid, NotAllowed
from meetings.indicator.pairs import Fact, Record, list_facts
from meetings.indicator.ratio import (
    ELIGIBLE,
    Goal,
    Ratio,
    meets,
    needed_online,
    pick_goal,
)
from meetings.interval import Span
from meetings.kinds import Outcome, Rule
from meetings.measuring import measure_bundle
from meetings.meeting_store import (
    MeetingBundle,
    bundle_meetings,
    list_channels,
    list_ended,
    list_open,
    list_presences_of,
    list_targets,
)
from meetings.models import Form, Mode, Target
from meetings.org_tree import OrgTree, UnitHistory, UnitView, Validity
from meetings.people_store import list_levels, load_history
from meetings.periods import Period, Profile, local_day, months_back, parse
from meetings.permissions import Actor, may_view_ratio


@dataclass(frozen=True, slots=True)
class Evidence:
    """One meeting of the pair, how it counts, its form as really held, and the attendance that both rest on."""

    bundle: MeetingBundle
    held: Fact
    outcome: Outcome
    form: Form | None
    measured: tuple[UnitAttendance, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One lower unit over the eligible meetings of the period that it was invited to."""

    unit: UnitView
    invited: int
    online: int
    in_hall: int
    absent: int

    @property
    def share(self) -> Fraction | None:
        """Of the meetings it attended, the share it attended online."""
        attended = self.online + self.in_hall
        return Fraction(self.online, attended) if attended else None


@dataclass(frozen=True, slots=True)
class Pending:
    """Meetings of the pair that are still to end in the period.

    ``needed``: how many of them must be online to reach the goal; ``None`` without a goal or when it is out of reach.
    """

    meetings: int
    planned_online: int
    needed: int | None


@dataclass(frozen=True, slots=True)
class RatioReport:
    """The figure of a period. ``months``: the twelve months up to its last one. ``rows``: the worst unit first."""

    upper: str
    lower: str
    period: Period
    rule: Rule
    threshold: Fraction
    ratio: Ratio
    target: Target | None
    met: bool | None
    months: list[tuple[Period, Ratio]]
    month_targets: list[Target | None]
    rows: list[UnitRow]
    pending: Pending


async def report_ratio(
    session: AsyncSession,
    actor: Actor,
    upper: str,
    lower: str,
    period: Period | str,
    profile: Profile | str = Profile.REPORTING,
    *,
    now: datetime,
    rule: Rule = Rule.MAJORITY,
    threshold: Fraction = THRESHOLD,
) -> RatioReport:
    """The share held online between two levels (codes) in a period (or its code), with everything the page shows."""
    period = await _open_report(session, actor, upper, lower, period, profile)
    months = months_back(period, 12)
    history = await load_history(session)
    span = Span(months[0].span.start, period.span.end)
    evidence = await _load_evidence(session, history, upper, lower, span, now, rule, threshold)
    targets = await list_targets(session, upper, lower)
    ratio = await _count(session, evidence, period, rule)
    target = pick_target(targets, period)
    return RatioReport(
        upper=upper,
        lower=lower,
        period=period,
        rule=rule,
        threshold=threshold,
        ratio=ratio,
        target=target,
        met=None if target is None else meets(ratio, to_goal(target)),
        months=[(month, await _count(session, evidence, month, rule)) for month in months],
        month_targets=[pick_target(targets, month) for month in months],
        rows=_list_rows(evidence, history, period),
        pending=await _find_pending(session, history, upper, lower, period, ratio, target),
    )


async def list_ratio_meetings(
    session: AsyncSession,
    actor: Actor,
    upper: str,
    lower: str,
    period: Period | str,
    profile: Profile | str = Profile.REPORTING,
    which: str = "all",
    *,
    now: datetime,
    rule: Rule = Rule.MAJORITY,
    threshold: Fraction = THRESHOLD,
) -> list[Evidence]:
    """The meetings behind a number, by their end.

    ``which``: ``all``, ``eligible``, ``hybrid``, ``department``, an outcome (``online``, ``not_online``,
    ``other_channel``, ``excluded``, ``unconfirmed``, ``no_lower_unit``) or ``excluded:CODE``.
    """
    period = await _open_report(session, actor, upper, lower, period, profile)
    history = await load_history(session)
    evidence = await _load_evidence(session, history, upper, lower, period.span, now, rule, threshold)
    return [each for each in evidence if _is_in(each, which)]


def _is_in(evidence: Evidence, which: str) -> bool:
    held, outcome = evidence.held, evidence.outcome
    wanted, _, code = which.partition(":")
    match wanted:
        case "all":
            return True
        case "eligible":
            return outcome in ELIGIBLE
        case "hybrid":
            return outcome in ELIGIBLE and held.hybrid
        case "department":
            return outcome in ELIGIBLE and held.department
    if wanted not in set(Outcome):
        raise Invalid(N_("Không có danh sách này."), field="which")
    return outcome == wanted and (not code or held.exclusion == code)


def to_goal(target: Target) -> Goal:
    """The target with its value as it was written: 80.1 is 801/10, not its nearest binary number."""
    return Goal(target.operator, Fraction(repr(target.value)), target.valid_from, target.valid_to, target.basis)


def pick_target(targets: Sequence[Target], period: Period) -> Target | None:
    """The target of a period (see ``ratio.pick_goal``)."""
    goals = {to_goal(target): target for target in targets}
    picked = pick_goal(goals, period)
    return None if picked is None else goals[picked]


async def _open_report(
    session: AsyncSession, actor: Actor, upper: str, lower: str, period: Period | str, profile: Profile | str
) -> Period:
    if not may_view_ratio(actor):
        raise NotAllowed
    ranks = {level.code: level.rank for level in await list_levels(session)}
    if upper not in ranks or lower not in ranks or ranks[upper] >= ranks[lower]:
        raise Invalid(N_("Cặp cấp không đúng: cấp trên phải cao hơn cấp dưới."), field="pair")
    return parse(period, profile) if isinstance(period, str) else period


async def _load_evidence(
    session: AsyncSession,
    history: UnitHistory,
    upper: str,
    lower: str,
    span: Span,
    now: datetime,
    rule: Rule,
    threshold: Fraction,
) -> list[Evidence]:
    meetings = await list_ended(session, span)
    bundles = await bundle_meetings(session, meetings, history)
    presences = await list_presences_of(session, [bundle.id for bundle in bundles])
    calls = await list_calls_of(session, [bundle.id for bundle in bundles])
    channels = await list_recognised(session)
    evidence = []
    for bundle in bundles:
        tree = history.at(local_day(bundle.meeting.ended_at or now))
        measured = measure_bundle(bundle, tree, presences[bundle.id], calls[bundle.id], now, threshold)
        modes = {each.unit_id: each.mode for each in measured}
        for fact in see_meeting(bundle, tree, modes, channels):
            if (fact.upper, fact.lower) == (upper, lower):
                evidence.append(Evidence(bundle, fact, fact.outcomes[rule], held_form(modes.values()), tuple(measured)))
    return evidence


def see_meeting(
    bundle: MeetingBundle, tree: OrgTree, modes: Mapping[int, Mode], channels: Mapping[str, Validity]
) -> list[Fact]:
    """A meeting that has ended, in each pair of levels it belongs to; ``tree`` holds the units of its last day."""
    meeting = bundle.meeting
    written = any(each.invitation.confirmed_mode is not None for each in bundle.invitations)
    record = Record(
        meeting_id=bundle.id,
        ended_on=local_day(meeting.ended_at or meeting.ends_at),
        convening_unit_id=meeting.convening_unit_id,
        kind=meeting.kind,
        planned_form=meeting.planned_form,
        sittings=[modes],
        confirmed=meeting.attendance_confirmed_at is not None,
        channel=meeting.channel,
        exclusion=meeting.exclusion,
        relayed_from=meeting.relayed_from,
        declared_form=None if written else meeting.declared_form,
    )
    return list_facts(record, tree, channels)


async def list_recognised(session: AsyncSession) -> dict[str, Validity]:
    """The recognised systems and when they are."""
    rows = await list_channels(session)
    return {row.code: Validity(row.valid_from, row.valid_to) for row in rows if row.recognised}


async def _count(session: AsyncSession, evidence: Sequence[Evidence], period: Period, rule: Rule) -> Ratio:
    seen = [each for each in evidence if period.contains(each.held.ended_on)]
    outcomes = Counter(each.outcome for each in seen)
    eligible = [each.held for each in seen if each.outcome in ELIGIBLE]
    return Ratio(
        online=outcomes[Outcome.ONLINE],
        eligible=len(eligible),
        hybrid=sum(each.hybrid for each in eligible),
        other_channel=outcomes[Outcome.OTHER_CHANNEL],
        unattended=outcomes[Outcome.UNATTENDED],
        unconfirmed=outcomes[Outcome.UNCONFIRMED],
        relayed=outcomes[Outcome.RELAYED],
        declared=sum(each.declared for each in eligible),
        excluded=dict(sorted(Counter(e.held.exclusion for e in seen if e.outcome is Outcome.EXCLUDED).items())),
    )


def _list_rows(evidence: Sequence[Evidence], history: UnitHistory, period: Period) -> list[UnitRow]:
    eligible = [e.held for e in evidence if e.outcome in ELIGIBLE and period.contains(e.held.ended_on)]
    modes: dict[int, list[Mode | None]] = {}
    for held in eligible:
        for unit_id, mode in held.units.items():
            modes.setdefault(unit_id, []).append(mode)
    rows = [
        UnitRow(
            unit=history.name(unit_id, period.end),
            invited=len(seen),
            online=seen.count(Mode.ONLINE),
            in_hall=seen.count(Mode.IN_HALL),
            absent=seen.count(Mode.ABSENT),
        )
        for unit_id, seen in modes.items()
    ]
    return sorted(rows, key=lambda row: (row.share is None, row.share or 0, -row.absent, row.unit.order))


async def _find_pending(
    session: AsyncSession,
    history: UnitHistory,
    upper: str,
    lower: str,
    period: Period,
    ratio: Ratio,
    target: Target | None,
) -> Pending:
    meetings = [meeting for meeting in await list_open(session, period.span) if not meeting.exclusion]
    bundles = await bundle_meetings(session, meetings, history)
    coming = [bundle.meeting for bundle in bundles if _will_count(bundle, history, upper, lower)]
    return Pending(
        meetings=len(coming),
        planned_online=sum(meeting.planned_form is Form.ONLINE for meeting in coming),
        needed=None if target is None else needed_online(ratio, to_goal(target), len(coming)),
    )


def _will_count(bundle: MeetingBundle, history: UnitHistory, upper: str, lower: str) -> bool:
    tree = history.at(local_day(bundle.meeting.ends_at))
    invited: Mapping[int, Mode] = dict.fromkeys(bundle.invited_unit_ids, Mode.ABSENT)
    return (upper, lower) in [(fact.upper, fact.lower) for fact in see_meeting(bundle, tree, invited, {})]
